"""Passwords of accounts: which are taken, how they are kept and compared. Never shows or logs one.

A password is what somebody typed in any script, in the one form that keyboards agree on (NFKC).
"""

import unicodedata
from dataclasses import dataclass

from station.errors import RefusedError
from station.pages.kept_secret import keep_secret, secret_fits

SHORTEST, LONGEST = 10, 128
_DIFFERENT_MIN = 5
"""Both are ours: no article has such a number."""


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """What somebody typed."""

    typed: str

    def __repr__(self) -> str:
        return "Password(…)"

    __str__ = __repr__

    @property
    def text(self) -> str:
        return unicodedata.normalize("NFKC", self.typed)


class UnfitPasswordError(RefusedError):
    """A new password is too short, too long or too easily guessed; says which are taken."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.args = (words,)


def keep(password: Password, name: str, salt: bytes) -> str:
    """The text to be kept for the new password of an account of this name."""
    text = password.text
    if not SHORTEST <= len(text) <= LONGEST:
        raise UnfitPasswordError(
            "PASSWORD_LENGTH",
            f"密码须为 {SHORTEST} 至 {LONGEST} 个字符 / a password has {SHORTEST} to {LONGEST} characters",
        )
    if len(set(text)) < _DIFFERENT_MIN or name in text.lower():
        raise UnfitPasswordError(
            "PASSWORD_TOO_PLAIN",
            f"密码至少含 {_DIFFERENT_MIN} 个不同字符，且不含账号名 / a password has {_DIFFERENT_MIN} or more different "
            "characters, and not the account's name in it",
        )
    return keep_secret(text.encode(), salt)


def fits(kept: str | None, password: Password) -> bool:
    """Whether this is the password that was kept; None where nobody has the account. As slow for every answer."""
    text = password.text
    return secret_fits(kept, text.encode() if SHORTEST <= len(text) <= LONGEST else None)
