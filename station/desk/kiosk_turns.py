"""How the kiosk goes from one screen to the next. Pure: what happens, and when, are arguments.

Nothing is lent but after a tap, nor before the PIN where the pack asks one. A touch of a screen that is no longer shown
does nothing, and a screen that nobody touches goes by itself, with whatever was typed into it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from station.desk import kiosk_screens as on
from station.desk.kiosk_screens import Comer, Effect, Event, Screen, Step
from station.desk.lost_badge import Claim
from station.desk.tapping import Meaning
from station.pages.pins import Pin

PIN_DIGITS_MAX = 12
NUMBER_CHARACTERS_MAX = 32
REASON_CHARACTERS_MAX = 200
_SECOND_MS = 1_000

LASTS_MS: Mapping[Step, int] = {
    Step.WHAT: 20 * _SECOND_MS,
    Step.PIN: 30 * _SECOND_MS,
    Step.WHICH_BAY: 30 * _SECOND_MS,
    Step.OPENED: 20 * _SECOND_MS,
    Step.NOT_LENT: 30 * _SECOND_MS,
    Step.EMERGENCY: 60 * _SECOND_MS,
    Step.BROUGHT_BACK: 60 * _SECOND_MS,
    Step.NOT_SIGNED: 20 * _SECOND_MS,
    Step.LOST_CERTIFICATE: 60 * _SECOND_MS,
    Step.LOST_PIN: 30 * _SECOND_MS,
    Step.LOST_KEEPER: 120 * _SECOND_MS,
    Step.LOST_KEEPER_PIN: 30 * _SECOND_MS,
    Step.REFUSED: 15 * _SECOND_MS,
}
"""How long a screen stays after the last touch. Only the first one stays for ever."""

_TYPE_AGAIN = frozenset({"BADGE_OR_PIN_WRONG", "PIN_LOCKED_OUT"})
_LAY_AGAIN = frozenset({"NO_BADGE", "TWO_BADGES", "BADGE_LOST", "BADGE_UNKNOWN"})
_DIGITS = tuple(f"digit:{digit}" for digit in range(10))


@dataclass(frozen=True, slots=True)
class Held:
    """The screen that is shown. `turn` is another with each screen, and the same while digits are typed into one."""

    screen: Screen = on.Idle()  # noqa: RUF009 - frozen, and no behaviour
    turn: int = 0
    until_ms: int | None = None
    """By the clock that nobody can set; None: for ever."""


Next = tuple[Screen, Effect | None]


def advance(held: Held, event: Event, now_ms: int) -> tuple[Held, Effect | None]:
    held = _rested(held, now_ms)
    if isinstance(event, on.Touched):
        if event.turn != held.turn:
            return held, None
        typed = _typed(held.screen, event.touch)
        if typed is not None:
            return replace(held, screen=typed, until_ms=_until(typed, now_ms)), None
    screen, effect = _next(held.screen, event)
    if screen is held.screen and effect is None:
        return held, None
    return Held(screen, held.turn + 1, _until(screen, now_ms)), effect


def _rested(held: Held, now_ms: int) -> Held:
    over = held.until_ms is not None and now_ms >= held.until_ms
    return Held(turn=held.turn + 1) if over else held


def _until(screen: Screen, now_ms: int) -> int | None:
    lasts_ms = LASTS_MS.get(screen.step)
    return None if lasts_ms is None else now_ms + lasts_ms


def _next(screen: Screen, event: Event) -> Next:  # noqa: PLR0911 - one line for each kind of event
    match event:
        case on.Tapped(comer, meaning):
            return _tapped(screen, comer, meaning)
        case on.SignedIn(comer, meaning):
            return _meant(comer, meaning)
        case on.Touched(_, touch, typed):
            return (screen, None) if touch in _DIGITS or touch == "rub_out" else _touched(screen, touch, typed.strip())
        case on.Proved(officer):
            return _proved(screen, officer)
        case on.Lent(opened):
            return on.BayOpened(opened), None
        case on.LentNothing(comer, said, emergency, bays):
            return on.NotLent(comer, said, emergency, bays), None
        case on.Back(comer, back):
            return on.SlipShown(comer, back), None
        case on.Unsigned(comer, said, bays):
            return (on.WhichBay(comer, bays, said) if bays else on.NotSigned(comer, said)), None
        case on.RefusedBy(code, said):
            return _refused(screen, code, said), None
        case on.Looked():
            return screen, None


# --- badges


def _tapped(screen: Screen, comer: Comer, meaning: Meaning) -> Next:
    """While a custodian is waited for, a badge is the custodian's."""
    if isinstance(screen, on.LostKeeper | on.LostKeeperPin):
        return on.LostKeeperPin(screen.claim), None
    return _meant(comer, meaning)


def _meant(comer: Comer, meaning: Meaning) -> Next:
    match meaning:
        case Meaning.OFFERED:
            return on.Idle(), on.ShowOffer(comer)
        case Meaning.BACK:
            return on.Idle(), on.BringBack(comer)
        case Meaning.AGAIN:
            return on.Idle(), on.ShowSlip(comer)
        case Meaning.ASK:
            return on.What(comer), None
        case Meaning.TAKE:
            return _taking(comer)


def _taking(comer: Comer, bay: str = "") -> Next:
    return (on.AskPin(comer), None) if comer.owes_pin else (on.Idle(), on.Take(comer, bay))


def _proved(screen: Screen, officer: str) -> Next:
    """Whoever typed the PIN is whoever tapped, or another badge was laid meanwhile: then it is the other's turn."""
    if not isinstance(screen, on.AskPin) or screen.comer.officer != officer:
        return on.Idle(), None
    return _taking(Comer(officer))


def _refused(screen: Screen, code: str, said: on.Words) -> Screen:
    match screen:
        case on.AskPin(comer=comer) if code in _TYPE_AGAIN:
            return on.AskPin(comer, said=said)
        case on.LostKeeperPin(claim=claim) if code in _TYPE_AGAIN:
            return on.LostKeeperPin(claim, said=said)
        case on.LostKeeper(claim=claim) | on.LostKeeperPin(claim=claim) if code in _LAY_AGAIN:
            return on.LostKeeper(claim, said)
        case on.LostKeeperPin() if code == "CERTIFICATE_OR_PIN_WRONG":
            return on.LostCertificate(said=said)
        case _:
            return on.Refused(said)


# --- touches


def _typed(screen: Screen, touch: str) -> Screen | None:
    """The screen with one digit more or fewer; None where that was not touched, or nothing is typed here."""
    if touch not in _DIGITS and touch != "rub_out":
        return None
    match screen:
        case on.AskPin(pin=pin) | on.LostPin(pin=pin) | on.LostKeeperPin(pin=pin):
            return replace(screen, pin=Pin(_edited(pin.digits, touch, PIN_DIGITS_MAX)))
        case on.LostCertificate(number=number):
            return replace(screen, number=_edited(number, touch, NUMBER_CHARACTERS_MAX))
        case _:
            return None


def _edited(text: str, touch: str, longest: int) -> str:
    return text[:-1] if touch == "rub_out" else f"{text}{touch[-1]}"[:longest]


def _touched(screen: Screen, touch: str, typed: str) -> Next:  # noqa: PLR0911 - one line for each screen that listens
    if touch in {"cancel", "done"}:
        return (screen if isinstance(screen, on.Idle) else on.Idle()), None
    match screen, touch:
        case on.Idle(), "lost":
            return on.LostCertificate(), None
        case on.What(comer=comer), "back":
            return on.Idle(), on.BringBack(comer)
        case (
            (
                on.What(comer=comer)
                | on.NotSigned(comer=comer)
                | on.SlipShown(comer=comer)
                | on.WhichBay(comer=comer, taking=False)
            ),
            "take",
        ):
            return _taking(comer)
        case on.WhichBay(comer=comer, bays=bays, taking=taking), _ if _bay(touch) in bays:
            return _taking(comer, _bay(touch)) if taking else (on.Idle(), on.BringBack(comer, _bay(touch)))
        case on.NotLent(comer=comer, emergency=True), "emergency":
            return on.Emergency(comer), None
        case on.NotLent(comer=comer, bays=bays), "point" if bays:
            return on.WhichBay(comer, bays, taking=True), None
        case on.Emergency(comer=comer), _:
            reason = _reason(touch, typed)
            return (screen, None) if reason is None else (on.Idle(), on.Take(comer, "", reason, emergency=True))
        case _, "enter":
            return _entered(screen, typed)
        case _:
            return screen, None


def _bay(touch: str) -> str:
    return touch.removeprefix("bay:") if touch.startswith("bay:") else ""


def _reason(touch: str, typed: str) -> str | None:
    """What was touched, or was typed; None for a touch that is neither."""
    touched = next((zh for number, (zh, _) in enumerate(on.REASONS) if touch == f"reason:{number}"), None)
    return typed[:REASON_CHARACTERS_MAX] if touch == "enter" else touched


def _entered(screen: Screen, typed: str) -> Next:
    """Digits that were touched, then what came from a keyboard. A PIN leaves the screen as it is used."""
    match screen:
        case on.AskPin(comer=comer, pin=pin) if whole := _whole(pin, typed):
            return on.AskPin(comer), on.Prove(comer, whole)
        case on.LostCertificate(number=number) if whole_number := f"{number}{typed}"[:NUMBER_CHARACTERS_MAX]:
            return on.LostPin(whole_number), None
        case on.LostPin(number=number, pin=pin) if whole := _whole(pin, typed):
            return on.LostKeeper(Claim(number, whole)), None
        case on.LostKeeperPin(claim=claim, pin=pin) if whole := _whole(pin, typed):
            return on.LostKeeperPin(claim), on.ReportLost(claim, whole)
        case _:
            return screen, None


def _whole(pin: Pin, typed: str) -> Pin | None:
    digits = f"{pin.digits}{typed}"[: PIN_DIGITS_MAX + 1]
    return Pin(digits) if digits else None
