"""PINs: the second factor beside a badge. Kept as Argon2id text with a salt of its own, checked one at a time.

Argon2's own secret is the agency's: whoever has the roll alone cannot try the million PINs of six digits. Never shows
or logs a PIN: a `Pin` prints as dots. A badge that nobody has takes as long to refuse as a wrong PIN.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from station.errors import RefusedError
from station.pages.kept_secret import keep_secret, secret_fits

_DIGITS = re.compile(r"[0-9]{6,12}")


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
    """The text to be kept for a new PIN."""
    if not _DIGITS.fullmatch(pin.digits):
        raise UnfitPinError("PIN_DIGITS", "密码须为 6 至 12 位数字 / a PIN has 6 to 12 digits")
    if len({(int(later) - int(earlier)) % 10 for earlier, later in pairwise(pin.digits)}) == 1:
        raise UnfitPinError(
            "PIN_TOO_PLAIN", "密码不能是同一数字或连号 / a PIN is not one digit again and again, and no run of digits"
        )
    return keep_secret(pin.digits.encode(), salt, secret)


def fits(kept: str | None, pin: Pin, secret: bytes) -> bool:
    """Whether this is the PIN that was kept; None where nobody has the badge. As slow for every answer."""
    return secret_fits(kept, pin.digits.encode() if _DIGITS.fullmatch(pin.digits) else None, secret)
