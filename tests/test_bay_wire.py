"""Promise: a bay is said to be full or empty only when its board says so now; a silent board slows no other."""

import contextlib
import os
import threading
import tty
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_py.bay_board
from hardware.bays import WiredBays
from hardware.serial_badges import open_reader_line
from hardware.serial_bays import SerialBays, SerialLine, open_line
from hardware.simulated.boards import lamp_shows, unplug
from hardware.simulated.dock import Dock
from hardware.wires import AbsentError, Bays, ForbiddenError, SilentError
from tests.bay_wires import BAYS, BOARDS, LINES, NAMES, full, line_to, look_until, new_dock, wired_bays
from tests.line_at_hand import BYTE_SECONDS, LineAtHand, troubled


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return new_dock(tmp_path / "dock")


@pytest.fixture(scope="module")
def full_dock(tmp_path_factory: pytest.TempPathFactory) -> Dock:
    dock = new_dock(tmp_path_factory.mktemp("bays"))
    dock.put("DW-1", "A3")
    dock.put("DW-2", "C7")
    return dock


@pytest.fixture(params=LINES)
def wired(request: pytest.FixtureRequest, dock: Dock) -> Iterator[WiredBays]:
    with line_to(dock, request.param) as line, wired_bays(dock, line) as wired:
        look_until(wired, full())
        yield wired


def test_the_wires_are_what_the_station_asks_for(wired: Bays, dock: Dock) -> None:
    """One camera comes, is locked in, is charged, is given out and goes."""
    assert isinstance(wired, WiredBays)
    dock.put("DW-1", "A3")
    dock.put("DW-2", "C7")
    look_until(wired, full("A3", "C7"))
    assert dock.locked("A3")
    wired.charge("A3", enabled=True)
    assert dock.charging("A3")
    assert not dock.charging("C7")
    wired.lock("A3", locked=False)
    assert [bay.name for bay in BAYS if not dock.locked(bay.name)] == ["A3"]
    dock.take("A3", by_force=True)
    look_until(wired, full("C7"))
    wired.charge("A3", enabled=False)
    wired.lock("A3", locked=True)
    assert not dock.charging("A3")
    assert dock.locked("A3")


def test_a_silent_board_is_left_out_until_it_is_back(wired: WiredBays, dock: Dock) -> None:
    dock.put("DW-1", "A3")
    look_until(wired, full("A3"))
    unplug(dock, 1)
    assert wired.present() == full(silent=[1])
    with pytest.raises(SilentError, match="bay board 1 does not answer"):
        wired.charge("A0", enabled=True)
    unplug(dock, 1, unplugged=False)
    look_until(wired, full("A3"))
    wired.charge("A0", enabled=True)
    assert dock.charging("A0")


def test_what_nobody_wanted_is_left_as_the_board_has_it(dock: Dock) -> None:
    """A station that restarts interrupts no charging; it says what it wants bay by bay."""
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        look_until(wired, full())
        wired.charge("A0", enabled=True)
    with wired_bays(dock, line) as wired:
        assert wired.present() == full()
        assert dock.charging("A0")


MOVES = st.sampled_from(["nothing", "put", "take", "charge", "unlock", "light"])


@given(data=st.data())
def test_whatever_is_lost_late_damaged_or_forged_nothing_wrong_or_old_is_believed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever is seen is as it is now, not as it was at an earlier look; what was measured was so during this one."""
    dock = new_dock(tmp_path_factory.mktemp("troubled"))
    line = troubled(dock, data)
    line.gap_seconds = data.draw(st.sampled_from([BYTE_SECONDS, 0.002]))
    bays = SerialBays(line, line.clock_ms)
    measured: dict[int, object] = {}
    for step in range(8):
        match data.draw(MOVES):
            case "put" if not any(map(dock.camera_in, NAMES)):
                dock.put("DW-1", data.draw(st.sampled_from(NAMES)))
            case "take":
                for bay in filter(dock.camera_in, NAMES):
                    dock.take(bay, by_force=True)
            case "charge" | "unlock" | "light" as what:
                board, slot, on = data.draw(st.tuples(st.sampled_from(BOARDS), st.integers(0, 7), st.booleans()))
                with contextlib.suppress(SilentError):
                    if what == "charge":
                        bays.charge(board, slot, on=on)
                    elif what == "unlock":
                        bays.unlock(board, slot, unlocked=on)
                    else:
                        bays.light(board, slot, step)
        line.seconds += data.draw(st.sampled_from([0.0, 0.1, 1.0]))
        begun_ms = line._now_ms
        for board, slots in bays.look(BOARDS).items():
            names = [bay.name for bay in BAYS if bay.board == board]
            assert slots.present == tuple(dock.camera_in(bay) is not None for bay in names)
            assert slots.charging == tuple(dock.charging(bay) for bay in names)
            assert slots.unlocked == tuple(not dock.locked(bay) for bay in names)
            assert slots.lamps == tuple(lamp_shows(dock, bay) for bay in names)
            assert slots.cut == (False,) * 8
            if slots.measured and slots.measured is not measured.get(board):
                assert slots.measured[0].counting_seconds >= begun_ms // 1000
            measured[board] = slots.measured


_TIMES_FULL = 3


@pytest.mark.parametrize("open_it", [open_line, open_reader_line])
def test_a_line_that_takes_nothing_holds_nobody_up(open_it: Callable[[str], SerialLine]) -> None:
    """As an adapter that hangs: nobody reads what is said to it."""
    unread, adapter = os.openpty()
    tty.setraw(adapter)
    raised: list[Exception] = []

    def say(line: SerialLine) -> None:
        try:
            line.write(bytes(1_000_000))
        except OSError as error:
            raised.append(error)

    with contextlib.closing(open_it(os.ttyname(adapter))) as line:
        saying = threading.Thread(target=say, args=(line,), daemon=True)
        saying.start()
        saying.join(10)
        assert [str(error) for error in raised] == ["Write timeout"]
        while len(raised) < _TIMES_FULL:  # the kernel moves bytes on once more, and then there is room for a question
            say(line)
        if open_it is open_line:
            with pytest.raises(AbsentError, match="the bay bus is gone: Write timeout"):
                SerialBays(line).look([1])
            assert not line.is_open, "and it is opened again at the next look"
    os.close(unread)
    os.close(adapter)


def test_an_answer_to_the_last_look_is_not_taken_for_this_ones(dock: Dock) -> None:
    """The same board, the same question, everything right: but a camera was there, and is not any more."""

    class Late(LineAtHand):
        def fate(self, answer: bytes) -> Sequence[tuple[float, bytes]]:
            return [(0.9, answer)]

    dock.put("DW-1", "A3")
    line = Late(dock)
    bays = SerialBays(line, line.clock_ms)
    for _ in range(20):
        assert bays.look([1]) == {}
        if dock.camera_in("A3"):
            dock.take("A3", by_force=True)
    assert line.asked.count(1) > 20, "and there were answers"


@pytest.mark.parametrize("gap_seconds", [0, 0.0003, 0.0012])
def test_answers_are_read_however_their_bytes_come(dock: Dock, gap_seconds: float) -> None:
    dock.put("DW-1", "A3")
    with wired_bays(dock, LineAtHand(dock, gap_seconds=gap_seconds)) as wired:
        look_until(wired, full("A3"))
        wired.charge("A3", enabled=True)
        assert dock.charging("A3")


def test_a_line_that_fails_at_any_call_is_said_to_be_gone_and_opened_again(dock: Dock) -> None:
    untroubled = LineAtHand(dock)
    with wired_bays(dock, untroubled) as wired:
        assert wired.present() == full()
    assert untroubled.calls > 10
    for call in range(1, untroubled.calls + 1):
        line = LineAtHand(dock, fails_at=call)
        with wired_bays(dock, line) as wired:
            with pytest.raises(AbsentError, match="the bay bus is gone"):
                wired.present()
            assert not line.is_open
            assert wired.present() == full()
            assert line.opened == 2


def test_a_late_echo_is_not_taken_for_what_was_just_asked(dock: Dock) -> None:
    class OnlyTheOldEcho(LineAtHand):
        first = b""

        def fate(self, answer: bytes) -> Sequence[tuple[float, bytes]]:
            self.first = self.first or answer
            return [(0, self.first)]

    line = OnlyTheOldEcho(dock)
    bays = SerialBays(line, line.clock_ms)
    bays.charge(1, 0, on=True)
    for address, slot, on in ((1, 0, False), (1, 1, True), (2, 0, True)):
        bays.look([])
        with pytest.raises(SilentError):
            bays.charge(address, slot, on=on)


def test_a_line_that_babbles_is_given_up(dock: Dock) -> None:
    class Babbling(LineAtHand):
        def read(self, size: int = 1, /) -> bytes:
            return b"\x01" * size

        @property
        def in_waiting(self) -> int:
            return 4_096

    with wired_bays(dock, Babbling(dock)) as wired:
        assert wired.present() == {}


def test_a_board_of_another_map_is_not_believed(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    with wired_bays(dock, LineAtHand(dock)) as wired:
        monkeypatch.setattr(firmware_py.bay_board, "MAP_VERSION", 3)
        assert [wired.present() for _ in range(3)] == [{}, {}, {}]


def test_a_refusal_says_where_to_read_on(dock: Dock) -> None:
    with pytest.raises(ForbiddenError, match=r"refused with 2; see docs/bay-bus\.md"):
        SerialBays(LineAtHand(dock)).charge(1, 16, on=True)


def test_an_adapter_that_is_not_plugged_in_is_waited_for_and_a_line_that_cannot_be_is_refused() -> None:
    waiting = SerialBays(open_line("/dev/no-such-line"))
    for _ in range(2):
        with pytest.raises(AbsentError, match="the bay bus is gone"):
            waiting.look([1])
    waiting.close()
    with pytest.raises(AbsentError, match="no bay bus at nothing://here"):
        open_line("nothing://here")
