"""Promise: a badge alone opens nothing; who guesses waits longer each time; no PIN or badge number is shown."""

import base64
import logging
from dataclasses import dataclass, field

import msgspec
import pytest
from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import ARGON2_VERSION, core, ffi
from hypothesis import given
from hypothesis import strategies as st

from hardware.badges.cards import Badge, Laid
from station.desk import badge_sign_in
from station.desk.badge_sign_in import BadgeSignIn
from station.errors import RefusedError, WrongUseError
from station.pages.lock_out import BADGE_FAILURES_MAX, LockedOutError, LockOut, after_success, begin_try
from station.pages.lock_out_file import LockOutShelf
from station.pages.pins import Pin, UnfitPinError, fits, keep
from station.policy.rolls import Credentials, Officer
from station.signing.badge_key import BadgeKey
from station.stamp import Stamp

START = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=5_000_000, synchronised=True)
RIGHT, WRONG = Pin("482915"), Pin("482916")
KEY, OTHER_KEY = BadgeKey(b"k" * 32), BadgeKey(b"l" * 32)
SALT = b"salt for a test!"
KEPT = keep(RIGHT, SALT, KEY.pin_key)
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


def rolled(officer: str, badge: Badge, kept_pin: str = KEPT) -> Officer:
    return Officer(officer, "unit-1", credentials=Credentials(KEY.digest(badge.number), kept_pin))


@dataclass
class Desk:
    """Ada has a badge and a PIN, and so has Bob; Cas has none. Time is what the test says."""

    now: Stamp = START
    shelf: Shelf = field(default_factory=Shelf)
    roll: list[Officer] = field(
        default_factory=lambda: [rolled("o-1", ADA), rolled("o-2", BOB), Officer("o-3", "unit-1")]
    )

    def sign_in(self, badge: Badge, pin: Pin, *, alone: bool = True) -> str:
        shelf = LockOutShelf(self.shelf.read, self.shelf.written.append)
        desk = BadgeSignIn(self.roll, KEY, shelf)
        return desk.sign_in(Laid(badge, proved=False, alone=alone), pin, self.now).id

    def refusal(self, badge: Badge, pin: Pin, *, alone: bool = True) -> str:
        with pytest.raises(RefusedError) as refused:
            self.sign_in(badge, pin, alone=alone)
        return refused.value.code


def peer_tag(digits: str, salt: bytes, secret: bytes) -> bytes:
    """The reference implementation's, given the same secret; argon2-cffi's own classes take none."""
    out, typed, salt_in, secret_in = (ffi.new("uint8_t[]", one) for one in (32, digits.encode(), salt, secret))
    context = ffi.new(
        "argon2_context *",
        {
            "out": out,
            "outlen": 32,
            "version": ARGON2_VERSION,
            "pwd": typed,
            "pwdlen": len(digits),
            "salt": salt_in,
            "saltlen": len(salt),
            "secret": secret_in,
            "secretlen": len(secret),
            "ad": ffi.NULL,
            "adlen": 0,
            "t_cost": 2,
            "m_cost": 19 * 1_024,
            "lanes": 1,
            "threads": 1,
            "allocate_cbk": ffi.NULL,
            "free_cbk": ffi.NULL,
            "flags": 0,
        },
    )
    assert core(context, Type.ID.value) == 0
    return bytes(ffi.buffer(out, 32))


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")


@pytest.mark.parametrize("digits", ["482915", "739164820517"])
def test_another_argon2_reads_what_is_kept_and_we_read_its(digits: str) -> None:
    kept = keep(Pin(digits), SALT, KEY.pin_key)
    its = f"$argon2id$v=19$m=19456,t=2,p=1${encoded(SALT)}${encoded(peer_tag(digits, SALT, KEY.pin_key))}"
    assert kept == its
    assert fits(its, Pin(digits), KEY.pin_key)
    assert not fits(its, WRONG, KEY.pin_key)
    assert not PEER.check_needs_rehash(kept)
    assert fits(PEER.hash(digits), Pin(digits), b"")
    assert PEER.verify(keep(Pin(digits), SALT, b""), digits)


def test_the_roll_alone_tells_neither_badge_nor_pin() -> None:
    """Whoever tries every PIN and every number tries them in vain without the agency's key."""
    assert not fits(KEPT, RIGHT, OTHER_KEY.pin_key)
    assert not fits(KEPT, RIGHT, b"")
    with pytest.raises(VerifyMismatchError):
        PEER.verify(KEPT, RIGHT.digits)
    assert KEY.digest(ADA.number) != OTHER_KEY.digest(ADA.number)
    assert KEY.digest(ADA.number) != KEY.digest(BOB.number)
    assert KEY.secret.hex() not in f"{KEY!r} {rolled('o-1', ADA)!r}"
    assert "argon2" not in repr(rolled("o-1", ADA))


@given(st.text(max_size=14) | st.from_regex(r"[0-9]{5,13}", fullmatch=True))
def test_a_new_pin_has_six_to_twelve_digits_and_is_no_run(typed: str) -> None:
    fit = 6 <= len(typed) <= 12 and set(typed) <= set("0123456789")
    circle = "01234567890123456789012345"
    plain = typed in circle or typed in circle[::-1] or len(set(typed)) == 1
    if fit and not plain:
        kept = keep(Pin(typed), b"s" * 16, KEY.pin_key)
        assert typed not in kept
        assert fits(kept, Pin(typed), KEY.pin_key)
    else:
        with pytest.raises(UnfitPinError, match="PIN"):
            keep(Pin(typed), b"s" * 16, KEY.pin_key)


@given(st.text(max_size=16))
def test_no_other_text_is_the_pin(typed: str) -> None:
    assert fits(KEPT, Pin(typed), KEY.pin_key) == (typed == RIGHT.digits)


WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID).hash(RIGHT.digits)


@pytest.mark.parametrize("kept", [None, "", KEPT[:-1], f"{KEPT}\n", KEPT.replace("m=19456", "m=8"), WEAK], ids=range(6))
def test_what_is_not_kept_as_it_must_be_lets_nobody_in(kept: str | None) -> None:
    assert not fits(kept, RIGHT, KEY.pin_key)
    assert not fits(kept, RIGHT, b"")
    assert not fits(kept, Pin(""), KEY.pin_key)


def test_equal_pins_are_kept_differently_and_a_salt_is_whole() -> None:
    assert keep(RIGHT, b"another salt 123", KEY.pin_key) != KEPT
    with pytest.raises(WrongUseError, match="16 random bytes"):
        keep(RIGHT, b"short", KEY.pin_key)


def test_badge_and_pin_together_sign_in() -> None:
    desk = Desk()
    assert desk.sign_in(ADA, RIGHT) == "o-1"
    assert desk.refusal(ADA, WRONG) == desk.refusal(Badge("0000000001"), RIGHT) == "BADGE_OR_PIN_WRONG"
    assert desk.refusal(ADA, RIGHT, alone=False) == "TWO_BADGES"


def test_a_stranger_s_badge_costs_a_look_at_a_pin_too(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str | None] = []

    def counted(kept: str | None, pin: Pin, secret: bytes) -> bool:
        looked.append(kept)
        return fits(kept, pin, secret)

    monkeypatch.setattr(badge_sign_in, "fits", counted)
    Desk().refusal(Badge("0000000001"), RIGHT)
    assert looked == [None]


def test_a_try_counts_before_its_pin_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever pulls the plug after a wrong PIN has tried all the same."""

    def plug_pulled(_kept: str | None, _pin: Pin, _secret: bytes) -> bool:
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
    failed = desk.shelf.read().badges
    assert {tried.split()[0]: failures.count for tried, failures in failed.items()} == {"o-2": 1}
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


def test_a_new_pin_in_the_roll_opens_what_was_closed_and_a_new_badge_does_not() -> None:
    desk = Desk()
    for _ in range(BADGE_FAILURES_MAX):
        desk.refusal(ADA, WRONG)
        desk.now = desk.now.later(16 * MINUTE)
    assert desk.refusal(ADA, RIGHT) == "PIN_LOCKED_OUT"
    desk.roll[0] = rolled("o-1", Badge("00DEADBEEF"))
    assert desk.refusal(Badge("00DEADBEEF"), RIGHT) == "PIN_LOCKED_OUT"
    desk.roll[0] = rolled("o-1", Badge("00DEADBEEF"), keep(Pin("739164"), b"another salt 123", KEY.pin_key))
    assert desk.sign_in(Badge("00DEADBEEF"), Pin("739164")) == "o-1"


@pytest.mark.parametrize("steps_ms", [(-400 * 86_400_000,), (400 * 86_400_000,), (86_400_000, -86_400_000)])
def test_setting_the_clock_opens_nothing(steps_ms: tuple[int, ...]) -> None:
    desk = Desk()
    for _ in range(3):
        desk.refusal(ADA, WRONG)
    for step_ms in steps_ms:
        desk.now = msgspec.structs.replace(desk.now, utc_ms=desk.now.utc_ms + step_ms)
        assert desk.refusal(ADA, RIGHT) == "PIN_LOCKED_OUT"
    desk.now = desk.now.later(30 * SECOND)
    assert desk.sign_in(ADA, RIGHT) == "o-1"


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
    shown += [RIGHT, WRONG, ADA, desk, desk.shelf, desk.roll, Laid(ADA, proved=False, alone=True)]
    text = " ".join(f"{thing} {thing!r}" for thing in shown) + caplog.text
    text += " ".join(msgspec.json.encode(lock_out).decode() for lock_out in desk.shelf.written)
    for secret in (RIGHT.digits, WRONG.digits, KEPT, KEPT[-20:], ADA.number[:-3], BOB.number[:-3]):
        assert secret not in text
