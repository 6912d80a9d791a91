"""What the kiosk's page shows, as plain values. Pure; knows of a PIN only how many digits are typed."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from station.desk import kiosk_screens as on
from station.desk.bringing_back import ODD_WORDS
from station.desk.file_list import FileList
from station.desk.kiosk_screens import NO_WORDS, Screen, Step, Words
from station.desk.kiosk_turns import LASTS_MS, Held
from station.desk.slip import Slip
from station.views.words import BADGE_TROUBLE, Tone

TONES: Mapping[Step, Tone] = {
    Step.IDLE: Tone.WORKING,
    Step.WHAT: Tone.WAITING,
    Step.PIN: Tone.WORKING,
    Step.WHICH_BAY: Tone.WAITING,
    Step.OPENED: Tone.OFFERED,
    Step.NOT_LENT: Tone.STOP,
    Step.EMERGENCY: Tone.STOP,
    Step.BROUGHT_BACK: Tone.READY,
    Step.NOT_SIGNED: Tone.STOP,
    Step.LOST_CERTIFICATE: Tone.WAITING,
    Step.LOST_PIN: Tone.WAITING,
    Step.LOST_KEEPER: Tone.WAITING,
    Step.LOST_KEEPER_PIN: Tone.WAITING,
    Step.REFUSED: Tone.STOP,
}
TYPED_INTO = frozenset({Step.PIN, Step.EMERGENCY, Step.LOST_CERTIFICATE, Step.LOST_PIN, Step.LOST_KEEPER_PIN})
_RELOAD_SECONDS = 2


class KioskView(Struct, frozen=True):
    """`said` is what the act led to, in the words of whoever said it; `lines` stand below it, smaller."""

    step: Step
    turn: int
    tone: Tone
    reload_seconds: int
    """Of a page without script: never while somebody may be typing."""
    said: Words = NO_WORDS
    lines: tuple[Words, ...] = ()
    digits: int = 0
    number: str = ""
    bays: tuple[str, ...] = ()
    emergency: bool = False
    takes: bool = False
    """Whoever stands here may want to take one instead."""
    slip: Slip | None = None
    files: FileList | None = None


def kiosk_view(held: Held, trouble: str = "", files: FileList | None = None) -> KioskView:
    screen = held.screen
    step = screen.step
    seconds = LASTS_MS[step] // 1_000 + 1 if step in TYPED_INTO else _RELOAD_SECONDS
    view = KioskView(step, held.turn, TONES[step], seconds, **_shown(screen, files))
    if isinstance(screen, on.Idle) and trouble:
        return KioskView(step, held.turn, Tone.STOP, seconds, said=(BADGE_TROUBLE, trouble.rpartition(" / ")[2]))
    return view


def _shown(screen: Screen, files: FileList | None) -> dict[str, Any]:  # noqa: PLR0911 - one line for each screen
    match screen:
        case on.AskPin(pin=pin, said=said) | on.LostKeeperPin(pin=pin, said=said):
            return {"digits": len(pin.digits), "lines": _line(said)}
        case on.LostPin(pin=pin):
            return {"digits": len(pin.digits)}
        case on.LostCertificate(number=number, said=said):
            return {"number": number, "lines": _line(said)}
        case on.LostKeeper(said=said):
            return {"lines": _line(said)}
        case on.WhichBay(bays=bays, said=said, taking=taking):
            return {"said": said, "bays": bays, "takes": not taking}
        case on.BayOpened(opened=opened):
            return {"said": opened.words, "lines": tuple((one.zh, one.en) for one in opened.reminders)}
        case on.NotLent(said=said, emergency=emergency, bays=bays):
            return {"said": said, "emergency": emergency, "bays": bays}
        case on.SlipShown(back=back):
            odd = tuple(ODD_WORDS[one] for one in back.odd)
            return {"said": back.words, "lines": odd, "slip": back.slip, "files": files, "takes": True}
        case on.NotSigned(said=said):
            return {"said": said, "takes": True}
        case on.Refused(said=said):
            return {"said": said}
        case on.Idle() | on.What() | on.Emergency():
            return {}


def _line(said: Words) -> tuple[Words, ...]:
    return (said,) if said != NO_WORDS else ()
