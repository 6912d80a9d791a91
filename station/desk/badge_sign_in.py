"""An officer lays a badge on the reader and types a PIN. What is refused never says which of the two was wrong.

Never keeps a badge's number or a PIN, and gives neither to anything that writes.
"""

import hashlib
import string
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from hardware.badges.cards import Laid
from station.errors import RefusedError
from station.pages.lock_out import after_success, begin_try
from station.pages.lock_out_file import LockOutShelf
from station.pages.pins import Pin, fits
from station.policy.rolls import Credentials, Officer
from station.signing.badge_key import BadgeKey
from station.stamp import Stamp

SIGN_IN_REFUSALS: Mapping[str, str] = {
    "NO_BADGE": "请先把证卡放在读卡器上 / lay your badge on the reader, then type the PIN",
    "TWO_BADGES": "不止一张卡，请全部拿开，只放自己的一张 / more than one card was there; lift all, lay yours alone",
    "PIN_WANTED": "请输入密码 / type your PIN",
    "BADGE_LOST": "此证卡已挂失，请交管理人员 / this badge was reported lost; give it to a custodian",
    "BADGE_UNKNOWN": "此卡未登记，请用本人证卡，或者找管理人员 / nobody has this badge; lay your own, or ask a "
    "custodian",
    "CERTIFICATE_OR_PIN_WRONG": "证件编号或密码不对，请重试 / certificate number or PIN is wrong; try again",
    "BADGE_OR_PIN_WRONG": "证卡或密码不对，请重试；忘记密码请找管理人员 / badge or PIN is wrong; try again, or "
    "ask a custodian for a new PIN",
}
_SIGNS_OF_A_PIN = 16


def always(_officer: str) -> bool:
    return True


def nobodys(_mark: str) -> bool:
    return False


def mark_of(credentials: Credentials) -> str:
    """What stands for a badge where even its digest must not."""
    return hashlib.sha256(credentials.badge.encode()).hexdigest()


class SignInRefusedError(RefusedError):
    """Nobody signed in; says what to do next, and nothing of badge or PIN."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.args = (SIGN_IN_REFUSALS[code],)


class BadgeSignIn:
    """One station's, by the roll it was started with. Tries are taken one at a time."""

    def __init__(
        self,
        officers: Iterable[Officer],
        key: BadgeKey,
        shelf: LockOutShelf,
        is_lost: Callable[[str], bool] = nobodys,
    ) -> None:
        """`is_lost`: whether the badge that this mark stands for was reported lost."""
        officers = tuple(officers)
        self._is_lost = is_lost
        self._certified = _by_certificate(officers)
        self._holders = {one.credentials.badge: one for one in officers if one.credentials is not None}
        self._key = key
        self._shelf = shelf
        self._one_at_a_time = threading.Lock()

    def sign_in(self, laid: Laid, pin: Pin | None, at: Stamp, asks_pin: Callable[[str], bool] = always) -> Officer:
        """Whose badge and PIN these are; LockedOutError, or SignInRefusedError with what to show.

        `asks_pin`: whether this officer's badge alone is not enough. A PIN that was typed is looked at all the same.
        """
        holder = self._holder(laid)
        if pin is None:
            if holder is None or asks_pin(holder.id):
                raise SignInRefusedError("PIN_WANTED")
            return holder
        return self._with_pin(holder, pin, at, "BADGE_OR_PIN_WRONG")

    def whose(self, laid: Laid) -> Officer:
        """Whom this badge names, and nothing is proved; SignInRefusedError where it names nobody."""
        holder = self._holder(laid)
        if holder is None:
            raise SignInRefusedError("BADGE_UNKNOWN")
        return holder

    def by_certificate(self, number: str, pin: Pin, at: Stamp) -> Officer:
        """Whose certificate and PIN these are: for whoever lost the badge. Counted like any other try."""
        return self._with_pin(self._certified.get(number.strip()), pin, at, "CERTIFICATE_OR_PIN_WRONG")

    def _holder(self, laid: Laid) -> Officer | None:
        if not laid.alone:
            raise SignInRefusedError("TWO_BADGES")
        holder = self._holders.get(self._key.digest(laid.badge.number))
        if holder is not None and holder.credentials is not None and self._is_lost(mark_of(holder.credentials)):
            raise SignInRefusedError("BADGE_LOST")
        return holder

    def _with_pin(self, holder: Officer | None, pin: Pin, at: Stamp, wrong: str) -> Officer:
        kept = holder.credentials.kept_pin if holder is not None and holder.credentials is not None else None
        tried = _tried(holder.id, kept) if holder is not None and kept is not None else None
        with self._one_at_a_time:
            before = self._shelf.read()
            self._shelf.write(begin_try(before, tried, at))
            if not fits(kept, pin, self._key.pin_key) or holder is None or tried is None:
                raise SignInRefusedError(wrong)
            self._shelf.write(after_success(before, tried))
        return holder


def _by_certificate(officers: tuple[Officer, ...]) -> Mapping[str, Officer]:
    """By the number, or by its digits alone, which is all that a keypad has; never by what two could mean."""
    whole = _of_one_each((one.certificate, one) for one in officers)
    digits = _of_one_each((_digits(one.certificate), one) for one in officers)
    return digits | whole


def _of_one_each(numbered: Iterable[tuple[str, Officer]]) -> dict[str, Officer]:
    """A number that two have is nobody's: who of them stands there, no number says."""
    pairs = tuple(numbered)
    times = Counter(number for number, _ in pairs)
    return {number: one for number, one in pairs if number and times[number] == 1}


def _digits(certificate: str) -> str:
    return "".join(one for one in certificate if one in string.digits)


def _tried(officer: str, kept_pin: str) -> str:
    """What failures are counted against: a new PIN in the roll begins anew, another badge with the old PIN does not."""
    return f"{officer} {hashlib.sha256(kept_pin.encode()).hexdigest()[:_SIGNS_OF_A_PIN]}"
