"""The kiosk at the dock: holds its one screen, and does what the screen asks for with the desk's own acts.

One act at a time, from whichever thread it comes. What is refused is refused on the panel too. Decides nothing, and
keeps nothing of what was typed once it is used.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from hardware.badges.cards import Laid
from station.custody.acts_at_the_dock import ReportBadgeLost
from station.custody.docking import Docking
from station.custody.facts import Fact
from station.custody.recording import Recording
from station.desk import kiosk_screens as on
from station.desk.badge_desk import BadgeDesk
from station.desk.badge_sign_in import SignInRefusedError
from station.desk.bringing_back import BringingBack, BroughtBack, NotSignedError, bring_back, shown_again
from station.desk.choosing import OF_THE_OFFICER, Wish
from station.desk.file_list import FileList, file_list
from station.desk.kiosk_screens import Comer, Effect, Event
from station.desk.kiosk_turns import Held, advance
from station.desk.lost_badge import report_lost
from station.desk.refusal_words import in_both, words_of
from station.desk.taking import NotLentError, Taking, opened_already, take
from station.desk.tapping import AGAIN_MS, Meaning, meaning
from station.errors import DockwardError, RefusedError, WireFailedError
from station.pages.live import Live
from station.pages.pins import Pin
from station.policy.rolls import Officer

_FAILED = ("内部错误，请查看采集站日志", "Internal error; see the station's log")
_PACE_S = 0.05
"""Somebody stands there and waits."""
_BEAT_S = 1.0
"""So late at most an open page shows that a screen is over."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KioskActs:
    """What the station does for it, each callable from any thread.

    `signed_by`: what an officer signed for lately; `brought`: all that one docking brought.
    """

    badges: BadgeDesk
    taking: Taking
    bringing: BringingBack
    report: Callable[[ReportBadgeLost], tuple[Fact, ...]]
    signed_by: Callable[[str], tuple[Docking, ...]]
    brought: Callable[[int], tuple[Recording, ...]]
    show: Callable[[RefusedError, str], None]
    """The words of a refusal, to whoever looks at the panel."""


class Kiosk:
    """`tap` is told of each badge that is laid; touches come from the page."""

    def __init__(self, acts: KioskActs) -> None:
        self._acts = acts
        self._held = Held()
        self._laid: Laid | None = None
        """The badge that the screen is about: whoever types slowly has lifted it long ago."""
        self._one_at_a_time = threading.Lock()
        self.live = Live(_PACE_S, _BEAT_S)
        """Hears of each new screen."""

    @property
    def trouble(self) -> str:
        """Why no badge can be read now."""
        return self._acts.badges.watch.trouble

    def held(self) -> Held:
        """What is shown at this moment."""
        self._happen(on.Looked)
        return self._held

    def touch(self, turn: int, touch: str, typed: str = "") -> None:
        self._happen(lambda: on.Touched(turn, touch, typed))

    def tap(self, laid: Laid) -> None:
        def tapped() -> Event:
            officer = self._acts.badges.signing_in.whose(laid).id
            self._laid = laid
            policy = self._acts.taking.policy.of_person(officer)
            return on.Tapped(Comer(officer, policy.asks_pin), self._meaning(officer))

        self._happen(lambda: self._or_refused(tapped))

    def files(self, shown: on.SlipShown) -> FileList | None:
        """What the camera turned out to hold so far, with the differences; None while nobody can say."""
        acts = self._acts
        try:
            signed = {one.number: one for one in acts.signed_by(shown.comer.officer)}
            brought = acts.brought(shown.back.docking)
        except WireFailedError:
            return None
        docking = signed.get(shown.back.docking)
        return None if docking is None else file_list(acts.taking.state(), acts.taking.policy, docking, brought)

    def _happen(self, happened: Callable[[], Event]) -> None:
        with self._one_at_a_time:
            before, event = self._held, happened()
            self._held, effect = advance(self._held, event, self._now_ms())
            while effect is not None:
                event = self._or_refused(lambda wanted=effect: self._done(wanted))  # type: ignore[misc]
                self._held, effect = advance(self._held, event, self._now_ms())
            changed = self._held != before
            if isinstance(self._held.screen, on.Idle):
                self._laid = None
        if changed:
            self.live.changed()

    def _now_ms(self) -> int:
        return self._acts.taking.now().boot_ms

    def _meaning(self, officer: str) -> Meaning:
        return meaning(self._acts.taking.state(), officer, self._signed_last(officer), self._acts.taking.now())

    def _signed_last(self, officer: str) -> Docking | None:
        return max(self._acts.signed_by(officer), key=lambda one: one.handover or 0, default=None)

    # --- what screens ask for

    def _or_refused(self, done: Callable[[], Event]) -> Event:
        try:
            return done()
        except RefusedError as refused:
            said = words_of(refused, self._acts.taking.policy)
            self._acts.show(refused, " / ".join(said))
            return on.RefusedBy(refused.code, said)
        except WireFailedError as failed:
            return on.RefusedBy("ASK_AGAIN", in_both(str(failed)))
        except DockwardError:
            _log.exception("the kiosk failed")
            return on.RefusedBy("INTERNAL", _FAILED)

    def _done(self, wanted: Effect) -> Event:
        match wanted:
            case on.Prove(_, pin):
                return on.Proved(self._signed_in(pin).id)
            case on.ReportLost(claim, keeper_pin):
                acts = self._acts
                custodian, at = self._signed_in(keeper_pin), acts.taking.now()
                officer = report_lost(acts.badges.signing_in, acts.report, claim, custodian, at).id
                return on.SignedIn(Comer(officer), self._meaning(officer))
            case on.ShowOffer(comer):
                opened = opened_already(self._acts.taking, comer.officer)
                return on.Tapped(comer, Meaning.TAKE) if opened is None else on.Lent(opened)
            case on.Take():
                return self._taken(wanted)
            case on.BringBack(comer, bay):
                return self._brought_back(comer, bay)
            case on.ShowSlip(comer):
                return on.Back(comer, self._slip_again(comer.officer))

    def _signed_in(self, pin: Pin) -> Officer:
        """Whoever tapped last, if this is the PIN."""
        if self._laid is None:
            raise SignInRefusedError("NO_BADGE")
        return self._acts.badges.signing_in.sign_in(self._laid, pin, self._acts.taking.now())

    def _taken(self, wanted: on.Take) -> Event:
        wish = Wish(wanted.comer.officer, wanted.reason, emergency=wanted.emergency)
        try:
            return on.Lent(take(self._acts.taking, wish, wanted.bay))
        except NotLentError as refused:
            self._acts.show(refused, str(refused))
            bays = () if refused.code in OF_THE_OFFICER else self._docked()
            return on.LentNothing(wanted.comer, refused.words, refused.emergency, bays)

    def _docked(self) -> tuple[str, ...]:
        """Where a person sees a camera."""
        bays = (one.bay for one in self._acts.taking.state().dockings.values() if one.camera is not None)
        return tuple(sorted(bays, key=lambda bay: (len(bay), bay)))

    def _brought_back(self, comer: Comer, bay: str) -> Event:
        since_ms = self._acts.taking.now().utc_ms - AGAIN_MS
        try:
            return on.Back(comer, bring_back(self._acts.bringing, comer.officer, bay, since_ms))
        except NotSignedError as refused:
            self._acts.show(refused, str(refused))
            return on.Unsigned(comer, refused.words, refused.bays)

    def _slip_again(self, officer: str) -> BroughtBack:
        last = self._signed_last(officer)
        if last is None:
            raise NotSignedError("NOTHING_BROUGHT_BACK")
        return shown_again(self._acts.bringing, self._acts.taking.state().dockings.get(last.number, last))
