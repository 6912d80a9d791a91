"""What a signed paper tells a court: the commands that check it, what they prove, and what they do not.

Only coreutils and openssl are needed, and none of our programs. No command holds a quote that JSON would escape.
"""

from collections.abc import Sequence
from typing import NamedTuple

from station.signing.certificates import REGISTRY_EVIDENCE, STATION_EVIDENCE
from station.signing.plain_text import file_line

SIGNATURE_BYTES_MAX = 72
"""Of ECDSA P-256 in DER. `openssl dgst` reads no further, and would not see what somebody appended."""
_SIGNED_WITH = {"statement": ("signer.pem", STATION_EVIDENCE), "receipt": ("registry.pem", REGISTRY_EVIDENCE)}
"""By paper: the file of the certificate, and its role."""


class CourtWords(NamedTuple):
    """What stands in a paper for a court, under the names of its keys. Who checks a paper demands exactly these."""

    ca_fingerprint: str
    commands: tuple[str, ...]
    proved: tuple[str, ...]
    not_proved: tuple[str, ...]


def court_words(paper: str, name: str, files: Sequence[str], ca_fingerprint: str, signed_at_s: int) -> CourtWords:
    """The words of a paper by the owner of this name; its certificate is valid at `signed_at_s`."""
    return CourtWords(
        ca_fingerprint,
        checking_commands(paper, name, files),
        _PROVED[paper],
        _not_proved(ca_fingerprint, _SIGNED_WITH[paper][0], signed_at_s),
    )


def commands_for_the_minutes() -> tuple[str, ...]:
    """The commands of any statement, to be kept on paper with the CA's fingerprint when the CA is made.

    STATION is the station's id, DIGEST the digest that the statement lists. Carried commands differ in nothing else:
    those that somebody carries along with his own forgery say what he likes.
    """
    return checking_commands(
        "statement", "STATION", [file_line("DIGEST", "original"), file_line("DIGEST", "signer.pem")]
    )


def checking_commands(paper: str, name: str, files: Sequence[str]) -> tuple[str, ...]:
    """Commands to type, in order, in a copy of the folder; each must end with exit code 0.

    `ca.pem` is put there by whoever checks, from outside. Where an openssl writes `subject= CN=`, the blank is dropped.
    """
    certificate, role = _SIGNED_WITH[paper]
    subject = f"openssl x509 -in {certificate} -noout -subject -nameopt RFC2253 | cut -d , -f 1,2 | tr -d ' '"
    return (
        "openssl x509 -in ca.pem -noout -fingerprint -sha256",
        f"openssl verify -trusted ca.pem {certificate}",
        f"test $({subject}) = subject=CN={name},OU={role}",
        f"openssl x509 -in {certificate} -noout -pubkey > public.pem",
        f"test $(wc -c < {paper}.sig) -le {SIGNATURE_BYTES_MAX}",
        f"openssl dgst -sha256 -verify public.pem -signature {paper}.sig {paper}.json",
        *(f"echo '{line}' | sha256sum -c" for line in files),
    )


_PROVED = {
    "statement": (
        "证明：原始文件自采集站签署本清单以来未改动一个字节；签署者持有上述CA签发给该采集站的证书密钥。",
        (
            "Proved: not one byte of the original has changed since the station signed this statement, and the signer"
            " held the key of the certificate that this CA issued to this station."
        ),
    ),
    "receipt": (
        "证明：中心平台确认存有与清单摘要相同的原始文件，且所引日志检查点经日志签名并由中心平台见证。",
        (
            "Proved: the registry says that it holds the original with the digest of the statement, and cites a"
            " checkpoint that it witnessed of the journal in which holding and stating are written."
        ),
    ),
}


def _not_proved(fingerprint: str, certificate: str, signed_at_s: int) -> tuple[str, ...]:
    """What nobody may read into the commands' success, and what to get from outside."""
    expired = f"openssl verify -attime {signed_at_s} -trusted ca.pem {certificate}"
    return (
        (
            f"CA证书（ca.pem）必须从外部取得：其SHA-256指纹应与本机关书面备案及上级机关公布的指纹一致，"
            f"不得只与本文件比对。本文件所称指纹：{fingerprint}"
        ),
        (
            "Get ca.pem from outside: compare its SHA-256 fingerprint with the one that the agency filed on paper when"
            " the CA was made, and that its superior authority publishes; never only with this file, which says"
            f" {fingerprint}"
        ),
        (
            "伪造者可以连同本文件所载命令一并伪造：应使用与CA指纹一同书面备案、或公开文档所载的命令，并与本文件所载命令"
            "逐字核对；二者不一致的，不予采信。"
        ),
        (
            "Whoever forges this file forges the commands in it too: type those that were filed on paper with the"
            " CA's fingerprint, or that the public documentation (docs/evidence.md) prints, and compare them with"
            " these; where they differ, believe nothing here."
        ),
        f"证书过期后，第二条命令改为：{expired}",
        f"After the certificate has expired, the second command is: {expired}",
        "未证明：画面内容真实、设备时钟准确、签署时间准确，以及签署之前无人改动。时间由采集站自称；以经见证的日志为准。",
        (
            "Not proved: that what was filmed is true, that any clock was right, or that nothing was changed before"
            " signing. The station itself says when it signed; a witnessed journal shows by when."
        ),
        "名称中的特殊字符写作%XX（UTF-8，同网址写法）。",
        "In names, characters that could be mistaken are written %XX (UTF-8, as in URLs).",
    )
