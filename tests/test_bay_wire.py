"""Promise: a bay is said to be full or empty only when its board says so now; a silent board slows no other."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_py.bay_board
from firmware_py.main_simulated import FolderBoards
from hardware.bays import WiredBays
from hardware.serial_bays import ATTEMPTS, SerialBays, open_line
from hardware.simulated.boards import unplug
from hardware.simulated.dock import Dock
from hardware.wires import AbsentError, Bays, ForbiddenError, SilentError
from hardware.wiring import places_on_boards
from tests.bay_wires import BAYS, BOARDS, LINES, full, line_to, look_until, new_dock, wired_bays
from tests.line_at_hand import LineAtHand, lossy


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
    dock.take("A3")
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
    assert dock.charging("A0"), "what was wanted of a silent board is done when it is back"


def test_of_all_silent_boards_one_is_asked_and_once(dock: Dock) -> None:
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        look_until(wired, full())
        for board in BOARDS[:2]:
            unplug(dock, board)
        line.asked.clear()
        assert wired.present() == full(silent=BOARDS[:2])
        assert line.asked == [1] * ATTEMPTS + [2] * ATTEMPTS + [247] * 2, "247 is measured too"
        line.asked.clear()
        while line.asked.count(2) < 2:
            assert wired.present() == full(silent=BOARDS[:2])
        assert [asked for asked in line.asked if asked != 247] == [1, 2, 1, 2], "in turn"
        assert line.asked.count(247) > 4 * 10, "and not often"
        for board in BOARDS[:2]:
            unplug(dock, board, unplugged=False)
        look_until(wired, full())


def test_where_nobody_answers_one_is_tried_at_each_look(dock: Dock) -> None:
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        for board in BOARDS:
            unplug(dock, board)
        wired.present()
        line.asked.clear()
        for _ in range(6):
            assert wired.present() == {}
        assert line.asked == [1, 2, 247] * 2


@pytest.mark.parametrize("living", [1, 2])
def test_a_dead_board_costs_the_others_less_than_a_tenth_and_is_left_out_within_two_seconds(
    dock: Dock, living: int
) -> None:
    """Counted at the line's own speed: a silent read takes as long as it is waited for."""
    looks = 200
    seconds = {}
    for dead in (False, True):
        line = LineAtHand(dock)
        with wired_bays(dock, line, BAYS[: 8 * (living + dead)]) as wired:
            for _ in range(3):
                wired.present()
            unplug(dock, BOARDS[living], unplugged=dead)
            line.seconds = 0
            assert len(wired.present()) == 8 * living
            assert line.seconds < 2
            line.seconds = 0
            for _ in range(looks):
                wired.present()
            seconds[dead] = line.seconds
    assert seconds[False] < seconds[True] < 1.1 * seconds[False]


def test_a_board_that_restarted_charges_again(dock: Dock) -> None:
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        look_until(wired, full())
        wired.charge("A0", enabled=True)
        wired.charge("B1", enabled=True)
        wired.charge("B1", enabled=False)
        line._boards = FolderBoards(str(dock.folder), places_on_boards(BAYS))
        look_until(wired, full())
        assert [bay.name for bay in BAYS if dock.charging(bay.name)] == ["A0"]


def test_what_nobody_wanted_is_left_as_the_board_has_it(dock: Dock) -> None:
    """A station that restarts interrupts no charging; it says what it wants bay by bay."""
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        look_until(wired, full())
        wired.charge("A0", enabled=True)
    with wired_bays(dock, line) as wired:
        assert wired.present() == full()
        assert dock.charging("A0")


@given(st.data())
def test_whatever_is_lost_or_late_nothing_wrong_is_said(full_dock: Dock, data: st.DataObject) -> None:
    truth = full("A3", "C7")
    with wired_bays(full_dock, lossy(full_dock, data)) as wired:
        for step in range(6):
            with contextlib.suppress(SilentError):
                wired.charge("B1", enabled=True)
                assert full_dock.charging("B1")
            seen = wired.present()
            assert seen.items() <= truth.items()
            assert step < 5 or full_dock.charging("B1") or "B1" not in seen


@pytest.mark.parametrize("most_at_once", range(1, 8))
def test_answers_are_read_however_their_bytes_come(dock: Dock, most_at_once: int) -> None:
    dock.put("DW-1", "A3")
    with wired_bays(dock, LineAtHand(dock, most_at_once)) as wired:
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
        def write(self, content: bytes, /) -> int:
            written = super().write(content)
            self._said = self.answers[0]
            return written

    line = SerialBays(OnlyTheOldEcho(dock))
    line.charge(1, 0, on=True)
    for address, slot, on in ((1, 0, False), (1, 1, True), (2, 0, True)):
        with pytest.raises(SilentError):
            line.charge(address, slot, on=on)


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
