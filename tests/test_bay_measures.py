"""Promise: what a board measures and why it cut a bay is known soon, and a cut bay is left alone until that is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.main_simulated import FolderBoards
from firmware_py.modbus_rtu import WRITE_AND_READ
from firmware_py.slot import LAMP_CUT
from hardware.serial_bays import SerialBays
from hardware.simulated.boards import BoardsAtHand, lamp_shows, show, unplug
from hardware.simulated.dock import Dock
from hardware.wires import ForbiddenError
from hardware.wiring import BayWiring, places_on_boards
from tests.bay_wires import BAYS, BOARDS, new_dock, wired_bays
from tests.line_at_hand import LineAtHand, troubled

STEADY = {bay.name: (4_000 + place, 4 * place, 100 * place - 1_000) for place, bay in enumerate(BAYS)}
"""Each bay's sensors show something else."""


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return new_dock(tmp_path / "dock")


@pytest.fixture(scope="module")
def steady_dock(tmp_path_factory: pytest.TempPathFactory) -> Dock:
    dock = new_dock(tmp_path_factory.mktemp("bays"))
    for bay, shown in STEADY.items():
        show(dock, bay, shown)
    return dock


def test_every_board_is_measured_in_turn(dock: Dock) -> None:
    dock.put("DW-1", "A3")
    show(dock, "C7", (0, 3, -250))
    with wired_bays(dock, LineAtHand(dock)) as wired:
        assert wired.measured() == {}
        for board in range(len(BOARDS)):
            wired.present()
            assert len(wired.measured()) == 8 * (board + 1)
        wired.charge("A3", enabled=True)
        for _ in range(60):
            wired.present()
        measured = wired.measured()
        assert measured["A3"][:3] == (4_850, 1_200, 3_000)
        assert measured["C7"][:3] == (0, 3, -250)
        assert measured["A3"].cut is None
        assert measured["A3"].counting_seconds > 0
        unplug(dock, 1)
        wired.present()
        assert "A3" not in wired.measured(), "what a silent board once measured is not so now"


@given(st.data())
def test_whatever_is_lost_or_late_no_wrong_measurement_is_believed(steady_dock: Dock, data: st.DataObject) -> None:
    with wired_bays(steady_dock, troubled(steady_dock, data)) as wired:
        for _ in range(6):
            wired.present()
            for bay, measured in wired.measured().items():
                assert measured[:3] == STEADY[bay]
                assert (measured.cut, measured.charge_mah) == (None, 0)


def test_a_cut_is_read_left_alone_and_acknowledged(dock: Dock) -> None:
    dock.put("DW-1", "A3")
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        for _ in range(len(BOARDS)):
            wired.present()
        wired.charge("A3", enabled=True)
        wired.present()
        show(dock, "A3", (300, 900, 2_500))
        line.asked.clear()
        wired.present()
        assert line.asked == [1, 2, 247, 1], "the cut is asked after before all"
        assert wired.measured()["A3"][5:] == ("short", 1, 900)
        show(dock, "A3", None)
        line.asked.clear()
        for _ in range(len(BOARDS)):
            wired.present()
        assert len(line.asked) == len(BOARDS) * 4, "a cut charger is not told to charge"
        assert not dock.charging("A3")
        with pytest.raises(ForbiddenError, match="refused with 3"):
            wired.acknowledge("A3", 2)
        wired.acknowledge("A3", 1)
        wired.present()
        assert dock.charging("A3")
        assert wired.measured()["A3"].cut is None


def test_a_board_that_always_misses_its_first_question_keeps_nobody_from_being_measured(dock: Dock) -> None:
    class HardOfHearing(LineAtHand):
        misses = False

        def reaches(self, question: bytes) -> bytes:
            if question[:2] != bytes([1, WRITE_AND_READ]):
                return question
            self.misses = not self.misses
            return b"" if self.misses else question

    line = HardOfHearing(dock)
    bays = SerialBays(line, line.clock_ms)
    seen = [bays.look([1, 2]) for _ in range(12)]
    for board in (1, 2):
        measured = [look[board].measured for look in seen[1:]]
        assert all(measured)
        assert len({id(one) for one in measured}) > 4


def test_what_was_measured_long_ago_is_left_out_and_until_then_it_is_the_very_same(dock: Dock) -> None:
    line = LineAtHand(dock)
    bays = SerialBays(line, line.clock_ms)
    for _ in range(2):
        seen = bays.look([1, 2])
    line.seconds += 3.5
    later = bays.look([1, 2])
    assert (later[1].measured is seen[1].measured, later[2].measured is seen[2].measured) == (False, True)
    line.seconds += 4.1
    assert [board for board, slots in bays.look([1, 2]).items() if slots.measured] == [2], "whose turn it was"


def test_sensors_that_do_not_answer_are_said(dock: Dock) -> None:
    show(dock, "A0", "silent")
    with wired_bays(dock, LineAtHand(dock), BAYS[:1]) as wired:
        wired.charge("A0", enabled=True)
        for _ in range(40):
            wired.present()
        assert wired.measured()["A0"][:3] == (None, None, None)
        assert wired.measured()["A0"].cut == "blind"


def test_a_board_drives_locks_and_lamps_that_are_not_on_our_own_pins(dock: Dock) -> None:
    bays = (BayWiring("A0", "1-1.1", None, 1, 0), BayWiring("A1", "1-1.2", None, 1, 1))
    line = LineAtHand(dock)
    with wired_bays(dock, line, bays) as wired:
        wired.present()
        wired.lock("A1", locked=False)
        wired.light("A0", "yellow")
        wired.charge("A1", enabled=True)
        assert (dock.locked("A0"), dock.locked("A1")) == (True, False)
        assert lamp_shows(dock, "A0") == 3
        BoardsAtHand(dock, bays)
        assert dock.locked("A1"), "boards that were off hold nothing open"
        line._boards = FolderBoards(str(dock.folder), places_on_boards(bays))
        wired.present()
        wired.present()
        assert not dock.locked("A1"), "what a board that restarted forgot is wanted still"
        assert lamp_shows(dock, "A0") == 3, "and so are lamps"
        assert not dock.charging("A1"), "but chargers are for whoever plans"
    assert dock.locked("A1")


def test_a_lock_that_a_board_holds_open_and_nobody_wants_open_is_closed(dock: Dock) -> None:
    """As a station leaves it that was killed; its successor has not been asked to open anything."""
    bays = (BayWiring("A0", "1-1.1", None, 1, 0),)
    line = LineAtHand(dock)
    SerialBays(line).unlock(1, 0, unlocked=True)
    assert not dock.locked("A0")
    with wired_bays(dock, line, bays) as wired:
        wired.present()
        assert dock.locked("A0")


def test_lamps_are_read_back_and_a_board_that_restarted_has_them_dark(dock: Dock) -> None:
    line = LineAtHand(dock)
    bays = SerialBays(line, line.clock_ms)
    bays.look(BOARDS)
    for slot in range(8):
        bays.light(1, slot, slot + 8)
    assert bays.look(BOARDS)[1].lamps == (8, 9, 10, 11, 12, 13, 14, 15)
    show(dock, "A3", (300, 900, 2_500))
    bays.charge(1, 3, on=True)
    assert bays.look(BOARDS)[1].cut[3]
    assert lamp_shows(dock, "A3") == LAMP_CUT
    assert bays.look(BOARDS)[1].lamps[3] == 11, "what was asked of it, not what a cut makes it show"
    line._boards = FolderBoards(str(dock.folder), places_on_boards(BAYS))
    assert bays.look(BOARDS)[1].lamps == (0,) * 8
