"""Promise: a silent board slows no other, is left out within two seconds, and is back at once when it answers."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hardware.serial_bays import ATTEMPTS, REPORTED_MS, SerialBays
from hardware.simulated.boards import unplug
from hardware.simulated.dock import Dock
from hardware.wires import SilentError
from tests.bay_wires import BOARDS, NAMES, full, look_until, new_dock, wired_bays
from tests.line_at_hand import CrowdedLine, LineAtHand


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return new_dock(tmp_path / "dock")


@pytest.fixture(scope="module")
def full_dock(tmp_path_factory: pytest.TempPathFactory) -> Dock:
    return new_dock(tmp_path_factory.mktemp("bays"))


def test_of_all_silent_boards_one_is_asked_and_once(dock: Dock) -> None:
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        look_until(wired, full())
        unplug(dock, 1)
        line.asked.clear()
        assert wired.present() == full(silent=[1])
        assert line.asked == [1, 2, 247] + [1] * (ATTEMPTS - 1) + [2], "the others first, then one of them is measured"
        unplug(dock, 2)
        assert wired.present() == full(silent=[1, 2])
        line.asked.clear()
        while line.asked.count(2) < 3:
            assert wired.present() == full(silent=[1, 2])
        assert [asked for asked in line.asked if asked != 247] == [1, 2] * 3, "in turn"
        assert line.asked.count(247) > 5 * 10, "and not often"
        for board in BOARDS[:2]:
            unplug(dock, board, unplugged=False)
        look_until(wired, full())


def test_boards_that_are_back_are_seen_in_one_look(dock: Dock) -> None:
    """As after the cut of a cable: who answers when it is tried lets the next be tried."""
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        for board in BOARDS:
            unplug(dock, board)
        for _ in range(5):
            assert wired.present() == {}
        for board in BOARDS:
            unplug(dock, board, unplugged=False)
        assert wired.present() == full()


def test_what_is_asked_of_a_silent_board_costs_nothing(dock: Dock) -> None:
    line = LineAtHand(dock)
    with wired_bays(dock, line) as wired:
        look_until(wired, full())
        unplug(dock, 1)
        line.seconds = 0
        for bay in NAMES[:8]:
            with pytest.raises(SilentError, match="bay board 1"):
                wired.charge(bay, enabled=True)
        assert line.asked[-ATTEMPTS:] == [1] * ATTEMPTS
        assert line.seconds < 1
        assert wired.present() == full(silent=[1])


def test_writing_to_boards_that_died_together_ends_in_time_and_no_living_one_is_refused(dock: Dock) -> None:
    line = CrowdedLine(dock, 30)
    bays = SerialBays(line, line.clock_ms)
    assert set(bays.look(range(1, 31))) == set(range(1, 31))
    line.boards.dead = {1, 2, 3}
    bays.look(range(1, 31))
    bays.charge(30, 0, on=True)
    line.boards.dead = set(range(1, 30))
    line.seconds = 0
    for board in range(1, 30):
        with pytest.raises(SilentError):
            bays.charge(board, 0, on=True)
    assert line.seconds < 1


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


@pytest.mark.parametrize("living", [1, 4, 29])
def test_a_dead_board_costs_the_others_less_than_a_tenth(dock: Dock, living: int) -> None:
    """Counted at the line's own speed: a silent read takes as long as it is waited for."""
    looks = max(300 // living, 20)
    seconds = {}
    for dead in (False, True):
        line = CrowdedLine(dock, living + dead)
        bays = SerialBays(line, line.clock_ms)
        addresses = range(1, living + dead + 1)
        bays.look(addresses)
        line.boards.dead = {living + 1} if dead else set()
        bays.look(addresses)
        line.seconds = 0
        line.asked.clear()
        for _ in range(looks):
            assert len(bays.look(addresses)) == living
        assert len(line.asked) == looks * (living + 1) + line.asked.count(living + 1) * dead, "one is measured at each"
        seconds[dead] = line.seconds
    assert seconds[False] < seconds[True] < 1.1 * seconds[False]


@pytest.mark.parametrize("boards", [1, 4, 9, 19, 30])
@settings(max_examples=15)
@given(dead=st.sets(st.integers(1, 30), min_size=1), moment=st.integers(0, 30))
@example(dead={1, 2}, moment=1)
@example(dead={1, 2, 28, 29, 30}, moment=2)
@example(dead=set(range(1, 31)), moment=15)
def test_boards_that_die_are_left_out_within_two_seconds_however_many(
    boards: int, full_dock: Dock, dead: set[int], moment: int
) -> None:
    """At any moment of a look, any of them; who lives is seen again soon."""
    dead, moment = {1 + board % boards for board in dead}, moment % (boards + 1)

    class Dying(CrowdedLine):
        died_at: float | None = None
        questions = 0

        def write(self, content: bytes, /) -> int:
            written = super().write(content)
            self.questions += 1
            if self.questions == 2 * (boards + 1) + moment:
                self.died_at = self.seconds
                self.boards.dead = dead
            return written

    line = Dying(full_dock, boards)
    bays = SerialBays(line, line.clock_ms)
    while line.died_at is None:
        seen = bays.look(range(1, boards + 1))
    while dead & set(seen):
        seen = bays.look(range(1, boards + 1))
    assert line.seconds - line.died_at < REPORTED_MS / 1000
    alive = set(range(1, boards + 1)) - dead
    for _ in range(boards):
        if set(seen) == alive:
            break
        seen = bays.look(range(1, boards + 1))
    assert set(seen) == alive


@pytest.mark.parametrize("every_seconds", [0.0005, 0.003, 0.019, 0.039, 0.15, 0.199])
def test_noise_that_never_ends_keeps_no_dead_board_alive(dock: Dock, every_seconds: float) -> None:
    line = LineAtHand(dock)
    bays = SerialBays(line, line.clock_ms)
    assert set(bays.look(BOARDS)) == set(BOARDS)
    for board in BOARDS:
        unplug(dock, board)
    line.gap_seconds = every_seconds
    line.say(bytes([1, 23, 12, 0]) * 4_000)
    begun = line.seconds
    assert bays.look(BOARDS) == {}
    assert line.seconds - begun < 1.5
