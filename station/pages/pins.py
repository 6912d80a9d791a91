"""PINs: the second factor beside a badge. Kept as Argon2id text with a salt of its own, checked one at a time.

Argon2's own secret is the agency's: whoever has the roll alone cannot try the million PINs of six digits. Never shows
or logs a PIN: a `Pin` prints as dots. A badge that nobody has takes as long to refuse as a wrong PIN.
"""

import re
import threading
from dataclasses import dataclass
from itertools import pairwise

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from station.errors import RefusedError, WrongUseError
from station.policy.credentials import ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES, KEPT_PIN, PIN_PREFIX

SALT_BYTES = 16
_TAG_BYTES = 32
_NOBODYS = f"{PIN_PREFIX}{'A' * 22}${'A' * 43}"
"""Well formed, and nobody's: looked at where there is no PIN to look at."""
_DIGITS = re.compile(r"[0-9]{6,12}")
_ONE_AT_A_TIME = threading.Lock()
"""19 MiB each: six officers in a row are not six times that."""


@dataclass(frozen=True, slots=True, repr=False)
class Pin:
    """What somebody typed."""

    digits: str

    def __repr__(self) -> str:
        return "Pin(…)"

    __str__ = __repr__


class UnfitPinError(RefusedError):
    """A new PIN is too short, or too easily guessed; says which PINs are taken."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.args = (words,)


def keep(pin: Pin, salt: bytes, secret: bytes) -> str:
    """The text to be kept for a new PIN: the usual `$argon2id$…`, which other tools read too."""
    if not _DIGITS.fullmatch(pin.digits):
        raise UnfitPinError("PIN_DIGITS", "密码须为 6 至 12 位数字 / a PIN has 6 to 12 digits")
    if len({(int(later) - int(earlier)) % 10 for earlier, later in pairwise(pin.digits)}) == 1:
        raise UnfitPinError(
            "PIN_TOO_PLAIN", "密码不能是同一数字或连号 / a PIN is not one digit again and again, and no run of digits"
        )
    if len(salt) != SALT_BYTES:
        raise WrongUseError(f"a salt has {SALT_BYTES} random bytes, not {len(salt)}; draw one for each PIN")
    maker = Argon2id(
        salt=salt,
        length=_TAG_BYTES,
        iterations=ARGON2_PASSES,
        lanes=ARGON2_LANES,
        memory_cost=ARGON2_MEMORY_KIB,
        secret=secret,
    )
    with _ONE_AT_A_TIME:
        return maker.derive_phc_encoded(pin.digits.encode())


def fits(kept: str | None, pin: Pin, secret: bytes) -> bool:
    """Whether this is the PIN that was kept; None where nobody has the badge. As slow for every answer."""
    possible = kept if kept is not None and KEPT_PIN.fullmatch(kept) and _DIGITS.fullmatch(pin.digits) else None
    typed = pin.digits.encode() if possible else b""
    with _ONE_AT_A_TIME:
        try:
            Argon2id.verify_phc_encoded(typed, possible or _NOBODYS, secret)
        except InvalidKey:
            return False
    return possible is not None
