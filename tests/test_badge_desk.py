"""Promise: who lies alone on the reader and types the PIN signs in; no restart, cut or clock forgives a wrong one."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from hardware.badges.em4100 import KINDS
from hardware.serial_badges import SerialBadges, open_reader_line
from hardware.simulated.badges import EmCard, SimulatedReader
from station.clock import ManualClock
from station.desk import badge_sign_in
from station.desk.badge_desk import BadgeDesk
from station.desk.badge_sign_in import BadgeSignIn
from station.desk.badge_watch import REMEMBERED_MS, BadgeWatch
from station.errors import RefusedError, WireFailedError
from station.pages.lock_out import LockedOutError
from station.pages.lock_out_file import NAME, LockOutLostError, lock_out_file
from station.pages.pins import Pin
from tests.badge_bench import ADA, BOB, KEY, NOBODYS, OFFICERS, PINS, WRONG, BenchDesk
from tests.stations import START

SECOND = 1_000


class PlugPulledError(Exception):
    """While the PIN was looked at."""


def refusal(desk: BenchDesk, pin: Pin) -> str:
    with pytest.raises(RefusedError) as refused:
        desk.sign_in(pin)
    assert " / " in str(refused.value)  # Chinese first, then English
    return refused.value.code


def test_badge_and_pin_sign_in_while_the_badge_lies_and_a_little_longer(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    assert refusal(desk, PINS[ADA]) == "NO_BADGE"
    desk.lay(ADA)
    assert desk.sign_in(PINS[ADA]) == "officer-1"
    desk.clock.advance(10 * REMEMBERED_MS)
    desk.watch.turn()
    assert desk.sign_in(PINS[ADA]) == "officer-1"
    desk.lift()
    desk.clock.advance(REMEMBERED_MS)
    desk.watch.turn()
    assert desk.sign_in(PINS[ADA]) == "officer-1"
    desk.clock.advance(1)
    assert refusal(desk, PINS[ADA]) == "NO_BADGE"


def test_the_next_officer_s_badge_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    desk.lay(ADA)
    desk.lay(BOB)
    assert refusal(desk, PINS[ADA]) == "BADGE_OR_PIN_WRONG"
    assert desk.sign_in(PINS[BOB]) == "officer-2"
    desk.lay(NOBODYS)
    assert refusal(desk, PINS[ADA]) == "BADGE_OR_PIN_WRONG"


def test_beside_another_badge_nobody_signs_in_until_one_is_laid_alone(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    desk.lay(ADA)
    desk.lay(BOB, alone=False)
    assert refusal(desk, PINS[BOB]) == refusal(desk, PINS[ADA]) == "TWO_BADGES"
    assert not (tmp_path / NAME).exists()
    desk.lay(ADA)
    assert desk.sign_in(PINS[ADA]) == "officer-1"


def test_an_unplugged_reader_is_said_forgets_who_lay_there_and_comes_back(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    desk.lay(ADA)
    desk.reader.gone = True
    desk.watch.turn()
    assert "check its cable" in desk.watch.trouble
    with pytest.raises(WireFailedError, match="check its cable"):
        desk.sign_in(PINS[ADA])
    desk.reader.gone = False
    desk.lift()
    assert desk.watch.trouble == ""
    assert refusal(desk, PINS[ADA]) == "NO_BADGE"
    desk.lay(ADA)
    assert desk.sign_in(PINS[ADA]) == "officer-1"


def failing(desk: BenchDesk, times: int) -> None:
    for _ in range(times):
        assert refusal(desk, WRONG) == "BADGE_OR_PIN_WRONG"


@pytest.mark.parametrize("boot", ["b1", "b2"])
def test_whoever_pulls_the_plug_waits_as_long(tmp_path: Path, boot: str) -> None:
    """The station starts anew, or its machine does."""
    before = BenchDesk(tmp_path)
    before.lay(ADA)
    failing(before, 3)
    now = before.clock.stamp()
    at = msgspec.structs.replace(now, boot_id=boot, boot_ms=now.boot_ms if boot == now.boot_id else 0)
    desk = BenchDesk(tmp_path, ManualClock(at))
    desk.lay(ADA)
    assert refusal(desk, PINS[ADA]) == "PIN_LOCKED_OUT"
    desk.clock.advance(30 * SECOND - 1)
    desk.watch.turn()
    with pytest.raises(LockedOutError, match="1 s"):
        desk.sign_in(PINS[ADA])
    desk.clock.advance(1)
    assert desk.sign_in(PINS[ADA]) == "officer-1"


def test_a_plug_pulled_while_the_pin_is_looked_at_forgives_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plug_pulled(*_: object) -> bool:
        raise PlugPulledError

    with monkeypatch.context() as pulling:
        pulling.setattr(badge_sign_in, "fits", plug_pulled)
        for _ in range(3):
            desk = BenchDesk(tmp_path)
            desk.lay(ADA)
            with pytest.raises(PlugPulledError):
                desk.sign_in(WRONG)
    desk = BenchDesk(tmp_path)
    desk.lay(ADA)
    assert refusal(desk, PINS[ADA]) == "PIN_LOCKED_OUT"


@pytest.mark.parametrize("step_ms", [-400 * 86_400_000, 400 * 86_400_000])
def test_setting_the_clock_opens_nothing_and_keeps_no_badge(tmp_path: Path, step_ms: int) -> None:
    desk = BenchDesk(tmp_path)
    desk.lay(ADA)
    failing(desk, 3)
    now = desk.clock.stamp()
    stepped = BenchDesk(tmp_path, ManualClock(msgspec.structs.replace(now, utc_ms=now.utc_ms + step_ms)))
    stepped.lay(ADA)
    assert refusal(stepped, PINS[ADA]) == "PIN_LOCKED_OUT"


def test_one_officer_s_failures_close_nobody_else_out(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    desk.lay(ADA)
    failing(desk, 3)
    desk.lay(BOB)
    assert desk.sign_in(PINS[BOB]) == "officer-2"


@pytest.mark.parametrize("content", [b"", b"{", b'{"badges": 3}', b"\xff\xfe"])
def test_a_lock_out_that_cannot_be_read_lets_nobody_in_and_is_not_written_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    desk = BenchDesk(tmp_path)
    desk.lay(ADA)
    with pytest.raises(LockOutLostError, match="move the file away"):
        desk.sign_in(PINS[ADA])
    assert (tmp_path / NAME).read_bytes() == content


def test_where_the_lock_out_cannot_be_kept_no_pin_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(badge_sign_in, "fits", lambda *_: pytest.fail("looked at"))
    desk = BenchDesk(tmp_path / "no such folder")
    desk.lay(ADA)
    with pytest.raises(WireFailedError, match="the disk failed"):
        desk.sign_in(PINS[ADA])


def test_nothing_kept_of_tries_is_a_badge_or_a_pin(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    for badge in (ADA, NOBODYS):
        desk.lay(badge)
        failing(desk, 1)
    kept = (tmp_path / NAME).read_text(encoding="utf-8")
    assert "officer-1" in kept
    assert "argon2" not in kept
    for secret in (ADA.number, NOBODYS.number, WRONG.digits, KEY.digest(ADA.number)):
        assert secret not in kept


def until(happened: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(6_000):
        if happened():
            return
        waiting.wait(0.01)
    raise AssertionError("not within a minute")


def test_on_its_thread_the_watch_hears_a_pty_that_is_pulled_out_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.desk.badge_watch.LOOK_AGAIN_SECONDS", 0.01)
    place, clock = tmp_path / "line", ManualClock(START)
    badges = SerialBadges(open_reader_line(str(place)), KINDS["em4100"]())
    watch = BadgeWatch(badges, clock)
    desk = BadgeDesk(watch, BadgeSignIn(OFFICERS, KEY, lock_out_file(tmp_path)))
    thread = threading.Thread(target=watch.run)
    with contextlib.closing(badges):
        thread.start()
        try:
            for badge in (ADA, BOB):
                until(lambda: "check its cable" in watch.trouble)
                with SimulatedReader() as reader:
                    place.symlink_to(reader.url)
                    until(lambda: not watch.trouble)
                    reader.lay(EmCard(int(badge.number, 16)))

                    def laid(reader: SimulatedReader = reader) -> bool:
                        reader.turn()
                        with contextlib.suppress(RefusedError):
                            return bool(watch.laid(START))
                        return False

                    until(laid)
                    assert desk.sign_in(PINS[badge], START).credentials is not None
                    place.unlink()
        finally:
            watch.stop()
            thread.join()
