"""Promise: a badge alone opens nothing; who guesses waits longer each time; no PIN or badge number is shown."""

import logging
from dataclasses import dataclass, field

import msgspec
import pytest
from argon2 import PasswordHasher, Type
from hypothesis import given
from hypothesis import strategies as st

from hardware.badges.cards import Badge, Laid
from station.desk import badge_sign_in
from station.desk.badge_sign_in import BadgeSignIn, Holder, LockOutShelf
from station.errors import RefusedError, WrongUseError
from station.pages.lock_out import BADGE_FAILURES_MAX, LockedOutError, LockOut, after_success, begin_try
from station.pages.pins import Pin, UnfitPinError, fits, keep
from station.stamp import Stamp

START = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=5_000_000, synchronised=True)
RIGHT, WRONG = Pin("482915"), Pin("482916")
KEPT = keep(RIGHT, b"salt for a test!")
ADA, BOB = Badge("0C000621A5"), Badge("010063E9AE")
SECOND, MINUTE = 1_000, 60_000
BADGE_WAITS_MS = (0, 0, 0, *(seconds * SECOND for seconds in (30, 60, 120, 240, 480)), *(15 * MINUTE,) * 12)
"""Before the next try after so many failures; after twenty there is none."""
PEER = PasswordHasher(time_cost=2, memory_cost=19 * 1_024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)


class PlugPulledError(Exception):
    """In the middle of something."""


@dataclass
class Shelf:
    """A lock-out in memory, and everything that was ever written."""

    written: list[LockOut] = field(default_factory=lambda: [LockOut()])

    def read(self) -> LockOut:
        return self.written[-1]


@dataclass
class Desk:
    """Ada has a badge and a PIN, and so has Bob; time is what the test says."""

    now: Stamp = START
    shelf: Shelf = field(default_factory=Shelf)
    holders: dict[Badge, Holder] = field(default_factory=lambda: {ADA: Holder("o-1", KEPT), BOB: Holder("o-2", KEPT)})

    def sign_in(self, badge: Badge, pin: Pin, *, alone: bool = True) -> str:
        shelf = LockOutShelf(self.shelf.read, self.shelf.written.append)
        desk = BadgeSignIn(self.holders.get, shelf, lambda: self.now)
        return desk.sign_in(Laid(badge, proved=False, alone=alone), pin)

    def refusal(self, badge: Badge, pin: Pin, *, alone: bool = True) -> str:
        with pytest.raises(RefusedError) as refused:
            self.sign_in(badge, pin, alone=alone)
        return refused.value.code


def test_another_argon2_reads_what_is_kept_and_we_read_its() -> None:
    assert PEER.verify(KEPT, RIGHT.digits)
    assert not PEER.check_needs_rehash(KEPT)
    assert fits(PEER.hash("739164"), Pin("739164"))
    assert not fits(PEER.hash("739164"), RIGHT)


@given(st.text(max_size=14) | st.from_regex(r"[0-9]{5,13}", fullmatch=True))
def test_a_new_pin_has_six_to_twelve_digits_and_is_no_run(typed: str) -> None:
    fit = 6 <= len(typed) <= 12 and set(typed) <= set("0123456789")
    circle = "01234567890123456789012345"
    plain = typed in circle or typed in circle[::-1] or len(set(typed)) == 1
    if fit and not plain:
        kept = keep(Pin(typed), b"s" * 16)
        assert typed not in kept
        assert fits(kept, Pin(typed))
    else:
        with pytest.raises(UnfitPinError, match="PIN"):
            keep(Pin(typed), b"s" * 16)


@given(st.text(max_size=16))
def test_no_other_text_is_the_pin(typed: str) -> None:
    assert fits(KEPT, Pin(typed)) == (typed == RIGHT.digits)


WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID).hash(RIGHT.digits)


@pytest.mark.parametrize("kept", [None, "", KEPT[:-1], f"{KEPT}\n", KEPT.replace("m=19456", "m=8"), WEAK])
def test_what_is_not_kept_as_it_must_be_lets_nobody_in(kept: str | None) -> None:
    assert not fits(kept, RIGHT)
    assert not fits(kept, Pin(""))


def test_equal_pins_are_kept_differently_and_a_salt_is_whole() -> None:
    assert keep(RIGHT, b"another salt 123") != KEPT
    with pytest.raises(WrongUseError, match="16 random bytes"):
        keep(RIGHT, b"short")


def test_badge_and_pin_together_sign_in() -> None:
    desk = Desk()
    assert desk.sign_in(ADA, RIGHT) == "o-1"
    assert desk.refusal(ADA, WRONG) == desk.refusal(Badge("0000000001"), RIGHT) == "BADGE_OR_PIN_WRONG"
    assert desk.refusal(ADA, RIGHT, alone=False) == "TWO_BADGES"


def test_a_stranger_s_badge_costs_a_look_at_a_pin_too(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str | None] = []

    def counted(kept: str | None, pin: Pin) -> bool:
        looked.append(kept)
        return fits(kept, pin)

    monkeypatch.setattr(badge_sign_in, "fits", counted)
    Desk().refusal(Badge("0000000001"), RIGHT)
    assert looked == [None]


def test_a_try_counts_before_its_pin_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever pulls the plug after a wrong PIN has tried all the same."""

    def plug_pulled(_kept: str | None, _pin: Pin) -> bool:
        raise PlugPulledError

    desk = Desk()
    monkeypatch.setattr(badge_sign_in, "fits", plug_pulled)
    for _ in range(3):
        with pytest.raises(PlugPulledError):
            desk.sign_in(ADA, WRONG)
    assert desk.refusal(ADA, RIGHT) == "PIN_LOCKED_OUT"


@given(st.lists(st.tuples(st.integers(0, 20 * MINUTE), st.booleans()), max_size=60))
def test_one_badge_is_tried_no_faster_than_its_waits_whatever_restarts(tries: list[tuple[int, bool]]) -> None:
    lock_out, at, failed, waited_ms = LockOut(), START, 0, 0
    for later_ms, restarted in tries:
        at = at.later(later_ms)
        waited_ms += later_ms
        if restarted:
            at = msgspec.structs.replace(at, boot_id=at.boot_id + "+", boot_ms=0)
            waited_ms = 0
        allowed = failed < len(BADGE_WAITS_MS) and waited_ms >= BADGE_WAITS_MS[failed]
        if not allowed:
            with pytest.raises(LockedOutError) as refused:
                begin_try(lock_out, "o-1", at)
            expected = BADGE_WAITS_MS[failed] - waited_ms if failed < len(BADGE_WAITS_MS) else None
            assert refused.value.wait_ms == expected
        elif failed < 10:  # further on the whole station waits too
            lock_out, failed, waited_ms = begin_try(lock_out, "o-1", at), failed + 1, 0


def tries_in(hours: int, badges: list[str | None]) -> int:
    """How often somebody gets to try who never rests."""
    lock_out, at, tried = LockOut(), START, 0
    for turn in range(hours * 3_600):
        try:
            lock_out = begin_try(lock_out, badges[turn % len(badges)], at)
            tried += 1
        except LockedOutError:
            pass
        at = at.later(SECOND)
    return tried


def test_who_never_rests_tries_one_badge_twenty_times_and_no_more() -> None:
    assert tries_in(12, ["o-1"]) == BADGE_FAILURES_MAX == len(BADGE_WAITS_MS)


@pytest.mark.parametrize("badges", [[f"o-{n}" for n in range(400)], [None]])
def test_many_badges_are_tried_once_a_minute_at_most(badges: list[str | None]) -> None:
    assert 24 <= tries_in(2, badges) <= 120 + 20


def test_a_right_pin_forgives_its_own_badge_and_no_other() -> None:
    desk = Desk()
    for badge in (ADA, ADA, BOB):
        desk.refusal(badge, WRONG)
    desk.sign_in(ADA, RIGHT)
    assert {badge: failures.count for badge, failures in desk.shelf.read().badges.items()} == {"o-2": 1}
    assert desk.shelf.read().station.count == 3


def test_a_shift_of_thirty_who_type_well_waits_for_nobody() -> None:
    desk = Desk()
    for _ in range(30):
        assert desk.sign_in(ADA, RIGHT) == "o-1"
        desk.now = desk.now.later(SECOND)
    assert desk.shelf.read() == LockOut()


def test_a_custodian_opens_what_is_closed() -> None:
    lock_out, at = LockOut(), START
    for _ in range(BADGE_FAILURES_MAX):
        lock_out, at = begin_try(lock_out, "o-1", at), at.later(16 * MINUTE)
    with pytest.raises(LockedOutError, match="custodian") as refused:
        begin_try(lock_out, "o-1", at.later(10**9))
    assert refused.value.wait_ms is None
    begin_try(after_success(lock_out, "o-1"), "o-1", at)


def test_what_is_kept_of_the_lock_out_comes_back_the_same() -> None:
    lock_out = begin_try(begin_try(LockOut(), "o-1", START), None, START)
    assert msgspec.json.decode(msgspec.json.encode(lock_out), type=LockOut) == lock_out


def test_nothing_secret_is_shown_or_kept(caplog: pytest.LogCaptureFixture) -> None:
    desk, shown = Desk(), list[object]()
    with caplog.at_level(logging.DEBUG):
        for badge, pin in ((ADA, RIGHT), (ADA, WRONG), (BOB, WRONG), (Badge("0000000001"), RIGHT)):
            try:
                shown.append(desk.sign_in(badge, pin))
            except RefusedError as refused:
                shown.append(refused)
    shown += [RIGHT, WRONG, ADA, desk, desk.shelf, desk.holders, Laid(ADA, proved=False, alone=True)]
    text = " ".join(f"{thing} {thing!r}" for thing in shown) + caplog.text
    text += " ".join(msgspec.json.encode(lock_out).decode() for lock_out in desk.shelf.written)
    for secret in (RIGHT.digits, WRONG.digits, KEPT, KEPT[-20:], ADA.number[:-3], BOB.number[:-3]):
        assert secret not in text
