"""What a pack says to the people who open it: how to check it without us, and what that does not prove.

Chinese first, then English. Only coreutils and openssl are typed, and no program of ours.
"""

from collections.abc import Iterable

import msgspec

from station.signing.certificates import STATION_EVIDENCE
from station.signing.court import SIGNATURE_BYTES_MAX
from station.signing.pack_list import REASONS, Approval, PackList

AT_THE_TOP = 7
"""What lies beside each other at the top: bagit.txt, bag-info.txt, two manifests, the signature, signer.pem, data."""


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """Whose seal is to be checked against what."""

    station: str
    ca_fingerprint: str
    signed_at_s: int
    """A moment at which the signer's certificate was valid."""
    stamped: bool
    """Some statement has a time stamp."""


def pack_commands(station: str, *, stamped: bool) -> tuple[str, ...]:
    """To type in order in the pack's folder; `ca.pem` from outside lies beside that folder. Each must succeed.

    No two are joined by `&&`, which a shell that stops at errors (`set -e`) would pass over.
    """
    named = "-noout -subject -nameopt RFC2253 | cut -d , -f 1,2 | tr -d ' '"
    owner = f"subject=CN={station},OU={STATION_EVIDENCE}"
    seal = "tagmanifest-sha256.txt"
    stamp = "openssl ts -verify -data $n/statement.sig -in $n/statement.tsr -CAfile ../tsa.pem"
    return (
        "openssl x509 -in ../ca.pem -noout -fingerprint -sha256",
        "openssl verify -trusted ../ca.pem signer.pem",
        f"test $(openssl x509 -in signer.pem {named}) = {owner}",
        "openssl x509 -in signer.pem -noout -pubkey > ../public.pem",
        f"test $(wc -c < {seal}.sig) -le {SIGNATURE_BYTES_MAX}",
        f"openssl dgst -sha256 -verify ../public.pem -signature {seal}.sig {seal}",
        f"sha256sum --strict --quiet -c {seal} manifest-sha256.txt",
        "test $(($(du -alL data | wc -l) - $(du -L data | wc -l))) = $(wc -l < manifest-sha256.txt)",
        f"test $(ls -A | wc -l) = {AT_THE_TOP}",
        "for n in data/[0-9]*; do",
        (
            "openssl verify -trusted ../ca.pem $n/signer.pem &&"
            f" test $(openssl x509 -in $n/signer.pem {named}) = {owner} || exit 1"
        ),
        (
            f"openssl x509 -in $n/signer.pem -noout -pubkey > ../public.pem && test $(wc -c < $n/statement.sig) -le"
            f" {SIGNATURE_BYTES_MAX} && openssl dgst -sha256 -verify ../public.pem -signature $n/statement.sig"
            " $n/statement.json || exit 1"
        ),
        "(cd $n && tr '\"' '\\n' < statement.json | sha256sum -c) || exit 1",
        *((f"test ! -e $n/statement.tsr || {stamp} || exit 1",) if stamped else ()),
        "done",
    )


def readme(listed: PackList, seal: Seal) -> bytes:
    """The file `data/README.txt`."""
    return ("\n".join([*_chinese(listed, seal), "", "=" * 78, "", *_english(listed, seal)]) + "\n").encode()


def _commands(seal: Seal) -> list[str]:
    return [f"    {line}" for line in pack_commands(seal.station, stamped=seal.stamped)]


def _counts(listed: PackList) -> tuple[int, int]:
    given = sum(one.given for one in listed.recordings)
    return given, len(listed.recordings) - given


def _reasons(listed: PackList, language: int) -> Iterable[str]:
    found = {one.reason for one in listed.recordings if one.reason is not None}
    return (f"    {reason.value}: {REASONS[reason].split(' / ')[language]}" for reason in sorted(found))


def _approved(approval: Approval) -> str:
    return f"{approval.request} ({approval.route}, {approval.approved_by}, {approval.approved_at})"


def _chinese(listed: PackList, seal: Seal) -> list[str]:
    given, withheld = _counts(listed)
    under = (
        f"本包依据调阅申请 {_approved(listed.approval)} 的批准制作，有效期至 {listed.approval.valid_until}；"
        "批准范围以外的资料一律不提供。"
        if listed.approval
        else "本包未引用任何调阅批准：由系统管理员在采集站本机制作。"
    )
    expiry = f"openssl verify -attime {seal.signed_at_s} -trusted ../ca.pem signer.pem"
    return [
        "电子数据包说明",
        "",
        f"采集站 {listed.station}，制作时间 {listed.made_at}（采集站自称）。",
        f"所涉执法活动的全部音像资料均列于 list.csv：提供 {given} 份，未提供 {withheld} 份。未提供的原因代码：",
        *_reasons(listed, 0),
        under,
        "制作本包本身未写入采集站的调阅登记（本命令只读取日志，不写日志）。",
        "",
        "一、文件",
        "    list.csv / list.json    全部资料：是否提供、原因、摘要",
        "    times.csv / times.json  画面时间、校正时间及误差（以采集时测得的设备时钟偏差校正）",
        "    chain.csv, chain/       每份资料的保管链，每个事实一份证明（tlog-proof）；checkpoint 为日志检查点",
        "    words.json              所提供资料的文件名，可打开日志中的承诺值",
        "    编号目录                original 原始文件；statement.* 采集站签名清单；receipt.* 中心平台回执（如有）",
        "    播放时请另行复制 original，并按 list.csv 所载原文件名改名；不要改动本目录内的文件。",
        "",
        "二、不使用本系统软件的核验方法（coreutils 与 openssl）",
        "    将从外部取得的 ca.pem 放在本包目录的旁边（上一级目录），在本包目录内依次输入；每条均须成功：",
        "",
        *_commands(seal),
        "",
        "    以上命令应以公开文档（docs/evidence.md）所载为准：伪造者可以连同本说明一并伪造。",
        *(["    tsa.pem 为可信时间戳机构的证书，同样须从外部取得。"] if seal.stamped else []),
        f"    证书过期后，第二条命令改为：{expiry}",
        "    各份资料的证书过期后，按其 statement.json 中 not_proved 所载的 -attime 办理。",
        "    Windows：certutil -hashfile data\\编号\\original SHA256，与 manifest-sha256.txt 相应行比对；",
        "    openssl 命令相同。",
        "",
        *_chinese_limits(listed, seal),
    ]


def _chinese_limits(listed: PackList, seal: Seal) -> list[str]:
    return [
        "三、与外部来源比对",
        f"    CA证书SHA-256指纹（本包所称）：{seal.ca_fingerprint}",
        "    须与本机关设立CA时书面备案的指纹、以及上级机关公布的指纹比对。不得只与本包内的 data/ca.pem 比对：",
        "    没有外部指纹，只能说明持有包内证书密钥的人签署了本包，不能说明那是谁。",
        "",
        "四、未证明的事项",
        "    画面内容真实；任何时钟准确；签署之前无人改动。",
        "    校正时间只计入采集时测得的偏差，不计设备时钟此前的走时误差。",
        "    资料清单是否完整由采集站签名声明；包内附有整个日志（journal）的，dockward verify 逐条核对。",
        *_doubts(listed, 0),
    ]


def _english(listed: PackList, seal: Seal) -> list[str]:
    given, withheld = _counts(listed)
    under = (
        f"Made under the approval of access request {_approved(listed.approval)}, which stands until"
        f" {listed.approval.valid_until}; nothing beyond it is given."
        if listed.approval
        else "No approval is named: an administrator made this pack on the station's own machine."
    )
    expiry = f"openssl verify -attime {seal.signed_at_s} -trusted ../ca.pem signer.pem"
    return [
        "About this pack of electronic evidence",
        "",
        f"Station {listed.station}; made at {listed.made_at}, as the station says.",
        f"list.csv has every recording of the missions concerned: {given} given, {withheld} withheld. Reasons:",
        *_reasons(listed, 1),
        under,
        "That this pack was made is not in the station's register of access: the command reads the journal only.",
        "",
        "1. Files",
        "    list.csv / list.json    every recording: given or not, why, and its digest",
        "    times.csv / times.json  picture time, corrected time and error (by the camera's clock, as measured)",
        "    chain.csv, chain/       what the journal says of each, a proof a fact (tlog-proof); checkpoint: its head",
        "    words.json              file names of what is given, which open commitments in the journal",
        "    numbered folders        original; statement.* signed by the station; receipt.* of the registry, if any",
        "    To play an original, copy it elsewhere and give it the camera's name from list.csv; change nothing here.",
        "",
        "2. Checking without any program of ours (coreutils and openssl)",
        "    Put ca.pem, got from outside, beside this pack's folder (one level up). Type in this folder, in order;",
        "    each must succeed:",
        "",
        *_commands(seal),
        "",
        "    Type them from the public documentation (docs/evidence.md): whoever forges a pack forges these too.",
        *(["    tsa.pem is the time-stamp authority's certificate, from outside as well."] if seal.stamped else []),
        f"    After the certificate has expired, the second command is: {expiry}",
        "    For the certificates of the recordings, take the -attime that each statement.json has in not_proved.",
        "    Windows: certutil -hashfile data\\NUMBER\\original SHA256, compared with the line in manifest-sha256.txt;",
        "    the openssl commands are the same.",
        "",
        *_english_limits(listed, seal),
    ]


def _english_limits(listed: PackList, seal: Seal) -> list[str]:
    return [
        "3. What to compare outside",
        f"    SHA-256 fingerprint of the CA, as this pack says: {seal.ca_fingerprint}",
        "    Compare it with the one the agency filed on paper when the CA was made, and with the one its superior",
        "    authority publishes; never only with data/ca.pem in here. Without a fingerprint from outside, this shows",
        "    that whoever has the keys of the certificates in here signed it, and not who that is.",
        "",
        "4. Not proved",
        "    That what was filmed is true; that any clock was right; that nothing was changed before signing.",
        "    Corrected times count the offset measured at the docking, not how the camera's clock drifted before.",
        "    That the list is complete is the station's signed word; where the whole journal is in the pack",
        "    (journal), dockward verify compares every fact of it.",
        *_doubts(listed, 1),
    ]


def _doubts(listed: PackList, language: int) -> list[str]:
    unwitnessed = (
        "    本包所引日志检查点尚未经中心平台见证，只由采集站自己担保。",
        "    The checkpoint that the proofs lead to is not witnessed yet: only the station vouches for it.",
    )
    disputed = (
        "    本日志链存在冲突：另有人以本站密钥签署了不同的日志（见 chain 中 history_disputed）。",
        "    The journal is disputed: its key also signed another history (history_disputed in chain).",
    )
    told = ((not listed.witnessed, unwitnessed), (bool(listed.disputes), disputed))
    return [words[language] for holds, words in told if holds]
