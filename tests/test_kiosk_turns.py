"""Promise: nothing that hands do at the kiosk shows a PIN, or lends without a tap and the PIN it asks for."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.desk import kiosk_screens as on
from station.desk.bringing_back import BroughtBack
from station.desk.kiosk_screens import REASONS, Comer, Effect, Event, Screen, Step
from station.desk.kiosk_turns import LASTS_MS, PIN_DIGITS_MAX, Held, advance
from station.desk.loans import Offer
from station.desk.lost_badge import Claim
from station.desk.slip import Slip
from station.desk.taking import Opened
from station.desk.tapping import Meaning
from station.pages.pins import Pin
from station.pages.rendering import Pages
from station.views.kiosk import TONES, KioskView, kiosk_view
from station.views.kiosk_words import KIOSK_WORDS
from station.views.wall_clock import clock_text
from station.web import kiosk as kiosk_page
from tests.kiosk_bench import KioskBench, ready

SECRET = "735190826"  # noqa: S105 - a PIN that must be found nowhere
"""No time, turn, bay or slip of these tests has four of its digits in a row."""
NOT_IN_ANY_PAGE = tuple(SECRET[place : place + 4] for place in range(len(SECRET) - 3))
SAID = ("不行", "No")
SLIP = Slip("o", 4, "ab" * 8, ("凭条",), ("Slip",), "dockward-slip:1:o:4:abab")
BACK = BroughtBack("4", "C4", 4, ("已归仓", "Back"), (), SLIP)
OPENED = Opened(Offer("4", "C4", 4))
PAGES = Pages(Path(kiosk_page.__file__).parent / "templates", KIOSK_WORDS)

officers = st.sampled_from(["ada", "bob"])
bays = st.lists(st.sampled_from(["4", "44"]), max_size=2).map(tuple)
taps: st.SearchStrategy[Event] = st.builds(
    on.Tapped, st.builds(Comer, officers, st.booleans()), st.sampled_from(Meaning)
)
codes = ["NO_BADGE", "TWO_BADGES", "BADGE_OR_PIN_WRONG", "CERTIFICATE_OR_PIN_WRONG", "PIN_LOCKED_OUT", "ASK_AGAIN"]
refused: st.SearchStrategy[Event] = st.builds(on.RefusedBy, st.sampled_from(codes), st.just(SAID))
touches = st.sampled_from(
    [
        *(f"digit:{digit}" for digit in SECRET),
        *("take", "back", "rub_out", "enter", "cancel", "done", "lost", "point", "emergency"),
        *("reason:0", "reason:9", "reason:", "bay:4", "bay:", "digit:x", ""),
    ]
)
typed = st.sampled_from(["", SECRET, SECRET[:4]])
waits = st.sampled_from([0, 1_000, 31_000])


class Hands:
    """The pure screen, and whoever answers what it asks for; every page and every print is kept."""

    def __init__(self) -> None:
        self.held = Held()
        self.now_ms = 0
        self.effects: list[Effect] = []
        self.tapped: list[str] = []
        self.proved: set[str] = set()
        self.owing: set[str] = set()
        self.prints: list[str] = []

    def happens(self, event: Event, answer: Iterator[int]) -> None:
        if isinstance(event, on.Tapped):
            self.tapped.append(event.comer.officer)
            self.proved.discard(event.comer.officer)
            self.owing = {event.comer.officer} if event.comer.owes_pin else set()
        self.held, effect = advance(self.held, event, self.now_ms)
        self.looked_at(event)
        for _ in range(8):
            if effect is None:
                return
            self.asked(effect)
            event = self.answered(effect, next(answer))
            self.held, effect = advance(self.held, event, self.now_ms)
            self.looked_at(event)
        raise AssertionError("it asks for ever")

    def asked(self, effect: Effect) -> None:
        self.effects.append(effect)
        if isinstance(effect, on.Take):
            officer = effect.comer.officer
            assert officer in self.tapped or officer == "claimed"
            assert not effect.comer.owes_pin
            assert officer not in self.owing or officer in self.proved
            assert bool(effect.reason) <= effect.emergency

    def answered(self, effect: Effect, which: int) -> Event:
        if which == 0:
            return on.RefusedBy("ASK_AGAIN", SAID)
        match effect:
            case on.Prove(comer):
                officer = comer.officer if which > 1 else "bob"
                self.proved.add(officer)
                return on.Proved(officer)
            case on.Take(comer):
                return on.Lent(OPENED) if which > 1 else on.LentNothing(comer, SAID, emergency=True, bays=("4",))
            case on.ShowOffer(comer):
                return on.Lent(OPENED) if which > 1 else on.Tapped(comer, Meaning.TAKE)
            case on.BringBack(comer):
                return on.Back(comer, BACK) if which > 1 else on.Unsigned(comer, SAID, ("4", "44")[: which + 1])
            case on.ShowSlip(comer):
                return on.Back(comer, BACK)
            case on.ReportLost():
                return on.SignedIn(Comer("claimed"), Meaning.TAKE)

    def looked_at(self, event: Event) -> None:
        self.prints.append(f"{self.held!r} {self.held!s} {event!r} {self.effects[-1:]!r}")

    def page(self) -> str:
        return drawn(kiosk_view(self.held))


def drawn(view: KioskView) -> str:
    return PAGES.render("kiosk_screen.html", view=view, reasons=REASONS, qr="", clock=clock_text)


@given(st.data())
def test_nothing_that_hands_do_lends_without_a_tap_and_its_pin_or_shows_a_pin(data: st.DataObject) -> None:
    hands = Hands()
    answer = iter(lambda: data.draw(st.integers(0, 3)), None)
    for _ in range(data.draw(st.integers(5, 30))):
        hands.now_ms += data.draw(waits)
        stale = data.draw(st.integers(0, 4)) == 0
        turn = hands.held.turn - stale
        touch = st.builds(on.Touched, st.just(turn), touches, typed)
        hands.happens(data.draw(st.one_of(touch, touch, touch, taps, refused, st.just(on.Looked()))), answer)
        screen, page = hands.held.screen, hands.page()
        certificate = screen.number if isinstance(screen, on.LostCertificate) else "none"
        for secret in NOT_IN_ANY_PAGE:
            assert secret not in page.replace(certificate, "")
    printed = re.sub(r"(number|certificate)='\w*'", "", "|".join(hands.prints))
    assert not any(secret in printed for secret in NOT_IN_ANY_PAGE)


@given(st.data())
def test_touches_alone_ask_for_nothing(data: st.DataObject) -> None:
    """Whatever is touched or typed: nobody's badge was laid, so nobody is lent anything and nothing is signed."""
    hands = Hands()
    for _ in range(20):
        hands.now_ms += data.draw(waits)
        event = on.Touched(hands.held.turn, data.draw(touches), data.draw(typed))
        hands.held, effect = advance(hands.held, event, hands.now_ms)
        assert effect is None


@given(st.data())
def test_what_is_stale_changes_nothing(data: st.DataObject) -> None:
    hands = Hands()
    answer = iter(lambda: data.draw(st.integers(0, 3)), None)
    for _ in range(10):
        touch = st.builds(on.Touched, st.just(hands.held.turn), touches, typed)
        before = hands.held
        hands.happens(data.draw(st.one_of(touch, taps)), answer)
        if hands.held.turn == before.turn:
            assert type(hands.held.screen) is type(before.screen)
            continue
        for old in (before.turn, hands.held.turn + 1):
            late = on.Touched(old, data.draw(touches), data.draw(typed))
            assert advance(hands.held, late, hands.now_ms) == (hands.held, None)


CLAIM = Claim("640100", Pin(SECRET))
EVERY: dict[Step, Screen] = {
    one.step: one
    for one in (
        on.Idle(),
        on.What(Comer("ada")),
        on.AskPin(Comer("ada"), Pin(SECRET)),
        on.WhichBay(Comer("ada"), ("4",)),
        on.BayOpened(OPENED),
        on.NotLent(Comer("ada"), SAID, emergency=True, bays=("4",)),
        on.Emergency(Comer("ada")),
        on.SlipShown(Comer("ada"), BACK),
        on.NotSigned(Comer("ada"), SAID),
        on.LostCertificate("640100"),
        on.LostPin("640100", Pin(SECRET)),
        on.LostKeeper(CLAIM),
        on.LostKeeperPin(CLAIM, Pin(SECRET)),
        on.Refused(SAID),
    )
}


def test_every_step_has_its_tone_and_all_but_the_first_their_time() -> None:
    assert set(EVERY) == set(Step) == set(TONES)
    assert set(LASTS_MS) == set(Step) - {Step.IDLE}
    assert all(str(step) in drawn(kiosk_view(Held(screen))) for step, screen in EVERY.items())


@pytest.mark.parametrize("step", LASTS_MS)
def test_what_nobody_touches_goes_by_itself_with_whatever_was_typed(step: Step) -> None:
    shown, _ = advance(Held(on.Idle(), 3), on.RefusedBy("X", SAID), 1_000)
    shown = replace(shown, screen=EVERY[step], until_ms=1_000 + LASTS_MS[step])
    for event in (on.Looked(), on.Touched(shown.turn, "enter", SECRET)):
        held, effect = advance(shown, event, shown.until_ms or 0)
        assert (held.screen, held.turn, effect) == (on.Idle(), shown.turn + 1, None)
    held, _ = advance(shown, on.Looked(), (shown.until_ms or 0) - 1)
    assert held == shown


def test_typing_keeps_the_screen_and_its_turn() -> None:
    shown = Held(on.AskPin(Comer("ada", owes_pin=True)), 7, 30_000)
    held, _ = advance(shown, on.Touched(7, "digit:5"), 29_000)
    assert (held.turn, held.until_ms) == (7, 29_000 + LASTS_MS[Step.PIN])
    for _ in range(PIN_DIGITS_MAX + 5):
        held, _ = advance(held, on.Touched(7, "digit:6"), 29_000)
    assert held.screen == on.AskPin(Comer("ada", owes_pin=True), Pin("5" + "6" * (PIN_DIGITS_MAX - 1)))
    held, _ = advance(held, on.Touched(7, "rub_out"), 29_000)
    assert kiosk_view(held).digits == PIN_DIGITS_MAX - 1


def test_a_pin_leaves_the_screen_as_it_is_used() -> None:
    for screen in (on.AskPin(Comer("ada"), Pin("48")), on.LostKeeperPin(CLAIM, Pin("48"))):
        held, effect = advance(Held(screen, 1, 9_999), on.Touched(1, "enter", "2915"), 0)
        assert isinstance(effect, on.Prove | on.ReportLost)
        assert (effect.pin if isinstance(effect, on.Prove) else effect.keeper_pin) == Pin("482915")
        assert kiosk_view(held).digits == 0
        again, nothing = advance(held, on.Touched(held.turn, "enter"), 0)
        assert (again, nothing) == (held, None)


def test_another_s_badge_laid_while_a_pin_is_looked_at_lends_nobody_anything() -> None:
    shown = Held(on.AskPin(Comer("ada", owes_pin=True)), 1, 9_999)
    held, effect = advance(shown, on.Proved("bob"), 0)
    assert (held.screen, effect) == (on.Idle(), None)


def test_an_offer_that_lapsed_meanwhile_asks_for_the_pin_as_any_taking_does() -> None:
    comer = Comer("ada", owes_pin=True)
    held, effect = advance(Held(), on.Tapped(comer, Meaning.OFFERED), 0)
    assert effect == on.ShowOffer(comer)
    held, effect = advance(held, on.Tapped(comer, Meaning.TAKE), 0)
    assert (held.screen, effect) == (on.AskPin(comer), None)


def test_a_bay_that_is_not_shown_is_not_touched() -> None:
    for taking in (False, True):
        held = Held(on.WhichBay(Comer("ada"), ("4",), taking=taking), 1, 9_999)
        for touch in ("bay:5", "bay:", "4"):
            assert advance(held, on.Touched(1, touch), 0) == (held, None)


def test_where_no_emergency_is_offered_none_is_touched() -> None:
    held = Held(on.NotLent(Comer("ada"), SAID), 1, 9_999)
    for touch in ("emergency", "reason:0", "point", "take"):
        assert advance(held, on.Touched(1, touch), 0) == (held, None)


def test_nothing_of_the_kiosk_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench: KioskBench = ready(tmp_path)
    with caplog.at_level(0):
        bench.lay("officer-1")
        bench.types(SECRET)
        bench.touch("cancel")
        bench.touch("lost")
        bench.types("640100")
        bench.touch("enter", SECRET)
    assert SECRET not in caplog.text
    assert json.dumps(SECRET) not in repr(bench.kiosk.held())
