"""What an alarm means and what to do about it, for whoever looks at the fleet: Chinese first. Decides nothing."""

from collections.abc import Mapping

_TWO_COPIES = (
    "两台设备共用一把密钥，或采集站存储卡被还原：请勿重启或还原，保留两台设备，按 restored-card 手册重新登记",
    "two machines use this key, or a card was restored: keep both, enrol anew (docs/runbooks/restored-card.md)",
)
_ENROLMENT = (
    "请检查登记文件夹中该站的登记文件",
    "look at this station's file in the folder of enrolments",
)
_VAULT = (
    "本平台存档丢失、损坏或读不出：请勿删除采集站原件，检查磁盘并从备份恢复存档",
    "a recording in our vault is lost, spoiled or unreadable: look at the disk, restore the vault from its copy",
)
_ALTERED = (
    "日志内容与承诺不符，可能被改动：请保留该站设备，联系技术员检查",
    "what it sent is not what a station writes, it may have been altered: keep the machine, and have it examined",
)
ALARM_WORDS: Mapping[str, tuple[str, str]] = {
    "JOURNAL_SHRANK": _TWO_COPIES,
    "NOT_CONSISTENT": _TWO_COPIES,
    "NOT_WHERE_WE_ARE": _TWO_COPIES,
    "OLD_BEYOND_SIZE": _TWO_COPIES,
    "TWO_BOOTS": _TWO_COPIES,
    "REGISTRY_BEHIND": (
        "本平台数据不及该站已获见证的日志，可能由旧备份恢复：数据自动补传，请查明原因",
        "this registry has less than it witnessed: the station sends it again by itself; was an old copy restored?",
    ),
    "COPY_BROKEN": (
        "本平台的日志副本无法读写，请检查磁盘并从备份恢复",
        "our copy of its journal cannot be read or written: look at the disk, restore the copy from its backup",
    ),
    "ORDERS_REFUSED": (
        "该站拒收了以本平台名义下发的指令，可能有人冒用消息服务器，或者本平台由旧备份恢复：请查明原因",
        "it refused orders in our name: who else can write at the broker, or was a copy restored here?",
    ),
    "UNENROLLED": (
        "未登记的采集站正在上报，请登记或停用",
        "a station that is not enrolled reports here: enrol it, or switch it off",
    ),
    "ENROLMENT_BROKEN": _ENROLMENT,
    "UNKNOWN_LOG": (
        "上报的日志不是登记的日志，重新登记后请替换登记文件",
        "it sends another journal than the enrolled one: after a new enrolment, replace its file here",
    ),
    "NOT_SIGNED": (
        "日志签名不符，登记的密钥可能不是该站的：请核对登记文件",
        "its signature does not hold: is the enrolled key this station's?",
    ),
    "NOT_FACTS": _ALTERED,
    "WORDS_DO_NOT_OPEN": _ALTERED,
    "NOT_A_BATCH": _ALTERED,
    "STATE_UNREADABLE": (
        "在线状态无法读取，请核对该站软件版本",
        "its state cannot be read: compare the versions of the programs",
    ),
    "VAULT_SPOILED": _VAULT,
    "VAULT_LOST": _VAULT,
    "VAULT_UNREADABLE": _VAULT,
}
UNKNOWN = ("请联系技术员", "call the technician")


def said(code: str) -> tuple[str, str]:
    return ALARM_WORDS.get(code, UNKNOWN)
