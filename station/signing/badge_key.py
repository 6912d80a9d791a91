"""The agency's secret under which its roll keeps badges and PINs. Read once, and never shown.

A badge's number has 40 bits and a PIN six digits: whoever has a plain hash of either finds it by trying. Under this key
the roll alone, in an office's mail or on a stick, tells neither. It protects from nobody who has the key too, and not
from whoever holds a reader to a badge: the number is no secret to them, and only the PIN remains.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

from station.errors import WrongUseError
from station.signing.small_files import read_small

KEY_BYTES = 32
_FILE_BYTES_MAX = 1_024
_LINE = re.compile(rb"[0-9a-f]{64}\n?")
_DIGEST_BYTES = 16
"""Longer than the numbers are many, three times over."""


@dataclass(frozen=True, slots=True)
class BadgeKey:
    """One for an agency; what is made of it is used for nothing else."""

    secret: bytes = field(repr=False)

    def digest(self, number: str) -> str:
        """What stands in the roll for a badge's number."""
        return f"b-{self._mac(b'dockward badge v1', number.encode())[:_DIGEST_BYTES].hex()}"

    @property
    def pin_key(self) -> bytes:
        """Argon2's own secret, beside each PIN's salt."""
        return self._mac(b"dockward pin v1", b"")

    def _mac(self, use: bytes, said: bytes) -> bytes:
        return hmac.digest(self.secret, use + b"\0" + said, hashlib.sha256)


def read_badge_key(path: Path) -> BadgeKey:
    """WrongUseError where it is not there, or is something else; says nothing of what stands there."""
    try:
        content = read_small(path, _FILE_BYTES_MAX)
    except OSError as error:
        raise WrongUseError(
            f"{path} 无法读取 / cannot be read: {error.strerror}; copy the agency's badge key there, or make one with "
            "dockward provision badge-key"
        ) from error
    if not _LINE.fullmatch(content):
        raise WrongUseError(f"{path} 不是卡号密钥 / is no badge key; make one with dockward provision badge-key")
    return BadgeKey(bytes.fromhex(content.decode("ascii").strip()))


def badge_key_line(secret: bytes) -> bytes:
    """As its file holds it."""
    return secret.hex().encode() + b"\n"
