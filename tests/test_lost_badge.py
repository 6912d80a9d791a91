"""Promise: a lost badge is dead at once, by two people's word; whoever lost it still gets a camera."""

from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from provisioning.badges import credentials_for
from station.custody.acts_at_the_dock import ReportBadgeLost
from station.desk.badge_desk import BadgeDesk
from station.desk.badge_sign_in import BadgeSignIn, SignInRefusedError, mark_of
from station.desk.lost_badge import Claim, report_lost
from station.errors import RefusedError
from station.pages.lock_out import LockedOutError
from station.pages.lock_out_file import lock_out_file
from station.pages.pins import Pin
from station.policy.rolls import Officer
from tests.badge_bench import ADA, BOB, KEY, NOBODYS, PINS, WRONG, BenchDesk
from tests.dock_bench import PEOPLE, DockBench, rolls_of

CREDENTIALS = {"officer-1": (ADA, PINS[ADA]), "keeper": (BOB, PINS[BOB])}


def with_badge(one: Officer, number: str) -> Officer:
    held = CREDENTIALS.get(one.id)
    return replace(one, certificate=number, credentials=credentials_for(KEY, *held) if held else None)


class LostAtTheDock:
    """A dock with cameras, a reader, and a custodian whose badge lies on it."""

    def __init__(self, folder: Path) -> None:
        people = tuple(with_badge(one, f"64010{number}") for number, one in enumerate(PEOPLE))
        self.dock = DockBench(rolls=rolls_of(*people))
        self.dock.ready("C1", "1")
        self.bench = BenchDesk(folder, self.dock.clock)
        is_lost = lambda mark: mark in self.dock.state().lost_badges  # noqa: E731 - one line, used once
        self.desk = BadgeDesk(self.bench.watch, BadgeSignIn(people, KEY, lock_out_file(folder), is_lost))
        self.bench.lay(BOB)

    def reports(self, number: str = "640100", pin: Pin = PINS[ADA], keeper: Pin = PINS[BOB]) -> Officer:
        at = self.dock.clock.stamp()
        custodian = self.desk.sign_in(keeper, at)
        return report_lost(self.desk.signing_in, self.dock.tell, Claim(number, pin), custodian, at)

    def refusal(self, number: str = "640100", pin: Pin = PINS[ADA], keeper: Pin = PINS[BOB]) -> str:
        before = len(self.dock.facts)
        with pytest.raises(RefusedError) as refused:
            self.reports(number, pin, keeper)
        assert len(self.dock.facts) == before
        return refused.value.code

    def signs_in(self) -> str:
        return self.desk.sign_in(PINS[ADA], self.dock.clock.stamp()).id


@pytest.fixture
def at_dock(tmp_path: Path) -> LostAtTheDock:
    return LostAtTheDock(tmp_path)


def test_certificate_pin_and_custodian_kill_the_badge_and_let_its_owner_take_a_camera(at_dock: LostAtTheDock) -> None:
    at_dock.bench.lay(ADA)
    assert at_dock.signs_in() == "officer-1"
    at_dock.bench.lay(BOB)
    officer = at_dock.reports(" 640100 ")
    assert officer.id == "officer-1"
    (fact,) = [fact for fact in at_dock.dock.facts if fact.body.type == "badge_lost"]
    assert (fact.by, at_dock.dock.said("badge_lost")[0].officer) == ("keeper", "officer-1")
    at_dock.bench.lay(ADA)
    with pytest.raises(SignInRefusedError, match="此证卡已挂失"):
        at_dock.signs_in()
    with pytest.raises(SignInRefusedError, match="此证卡已挂失"):
        at_dock.desk.sign_in(None, at_dock.dock.clock.stamp(), lambda _: False)
    assert at_dock.dock.take(officer.id).offer.camera == "C1"


def test_no_number_of_a_badge_and_no_digest_of_the_roll_is_written(at_dock: LostAtTheDock) -> None:
    officer = at_dock.reports()
    assert officer.credentials is not None
    written = repr(at_dock.dock.facts)
    assert mark_of(officer.credentials) in written
    assert officer.credentials.badge not in written
    assert ADA.number not in written


def test_reported_again_the_badge_is_dead_once_and_its_owner_is_let_in_again(at_dock: LostAtTheDock) -> None:
    at_dock.reports()
    assert at_dock.reports().id == "officer-1"
    assert at_dock.dock.kinds().count("badge_lost") == 1


def test_a_new_badge_of_the_same_officer_lives(at_dock: LostAtTheDock, tmp_path: Path) -> None:
    officer = at_dock.reports()
    renewed = replace(officer, credentials=credentials_for(KEY, NOBODYS, PINS[ADA]))
    is_lost = lambda mark: mark in at_dock.dock.state().lost_badges  # noqa: E731 - one line, used once
    desk = BadgeDesk(at_dock.bench.watch, BadgeSignIn((renewed,), KEY, lock_out_file(tmp_path), is_lost))
    at_dock.bench.lay(NOBODYS)
    assert desk.sign_in(PINS[ADA], at_dock.dock.clock.stamp()).id == "officer-1"


@pytest.mark.parametrize(
    ("number", "pin", "keeper", "code"),
    [
        ("640100", WRONG, PINS[BOB], "CERTIFICATE_OR_PIN_WRONG"),
        ("999999", PINS[ADA], PINS[BOB], "CERTIFICATE_OR_PIN_WRONG"),
        ("", PINS[ADA], PINS[BOB], "CERTIFICATE_OR_PIN_WRONG"),
        ("640101", PINS[ADA], PINS[BOB], "CERTIFICATE_OR_PIN_WRONG"),
        ("640100", PINS[ADA], WRONG, "BADGE_OR_PIN_WRONG"),
        ("640102", PINS[BOB], PINS[BOB], "APPROVAL_SELF"),
    ],
)
def test_neither_hand_alone_is_enough(at_dock: LostAtTheDock, number: str, pin: Pin, keeper: Pin, code: str) -> None:
    assert at_dock.refusal(number, pin, keeper) == code
    at_dock.bench.lay(ADA)
    assert at_dock.signs_in() == "officer-1"


def test_no_colleague_confirms_it(at_dock: LostAtTheDock) -> None:
    with pytest.raises(RefusedError) as refused:
        at_dock.dock.tell(ReportBadgeLost(by="officer-2", officer="officer-1", badge="a" * 64))
    assert refused.value.code == "NOT_AUTHORISED"
    assert at_dock.dock.said("badge_lost") == []


def test_pins_are_guessed_no_faster_by_certificate(at_dock: LostAtTheDock) -> None:
    for _ in range(3):
        assert at_dock.refusal(pin=WRONG) == "CERTIFICATE_OR_PIN_WRONG"
    with pytest.raises(LockedOutError):
        at_dock.reports(pin=WRONG)
    at_dock.bench.lay(ADA)
    with pytest.raises(LockedOutError):
        at_dock.signs_in()


def test_a_number_that_two_have_is_nobody_s(tmp_path: Path) -> None:
    people = tuple(with_badge(one, "640100") for one in PEOPLE)
    signing_in = BadgeSignIn(people, KEY, lock_out_file(tmp_path))
    with pytest.raises(SignInRefusedError):
        signing_in.by_certificate("640100", PINS[ADA], DockBench().clock.stamp())


@pytest.mark.parametrize(
    ("first", "second", "typed", "whose"),
    [
        ("宁A-0417", "宁A-0418", "0417", "officer-1"),
        ("宁A-0417", "宁A-0418", "宁A-0418", "keeper"),
        ("宁A-0417", "宁B-0417", "0417", ""),
        ("宁A-0417", "宁B-0417", "宁B-0417", "keeper"),
        ("0417", "宁B-0417", "0417", "officer-1"),
        ("宁A", "宁B-0417", "", ""),
    ],
)
def test_the_digits_of_a_certificate_are_enough_where_nobody_else_has_them(
    tmp_path: Path, first: str, second: str, typed: str, whose: str
) -> None:
    """A keypad has no letters. Who is meant is never guessed."""
    numbers = {"officer-1": first, "keeper": second}
    people = tuple(with_badge(one, numbers[one.id]) for one in PEOPLE if one.id in numbers)
    signing_in = BadgeSignIn(people, KEY, lock_out_file(tmp_path))
    found = []
    for _, pin in CREDENTIALS.values():
        with suppress(SignInRefusedError):
            found.append(signing_in.by_certificate(typed, pin, DockBench().clock.stamp()).id)
    assert found == [whose] * bool(whose)
