"""Promise: any Modbus tool can talk to a bay board, and simulated boards live as long as whoever started them."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from firmware_py import bay_board, limits, slot
from firmware_py.measuring import SHUNT_MILLIOHMS
from hardware.serial_bays import BAUD, SerialBays, open_line
from hardware.simulated.boards import Runtime, SimulatedBoards, installed_runtime, lamp_shows, show
from hardware.simulated.dock import Dock
from hardware.wires import AbsentError
from tests.bay_wires import BAYS, LOOKS_MAX, full, look_until, new_dock, wired_bays

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "bay-bus.md").read_text(encoding="utf-8")
SERIAL = "/dev/ttyAMA0"
PATIENCE_MS = 30_000
POLLS_MAX = 600
STARTER = """
import os, sys
from pathlib import Path
from hardware.simulated.boards import SimulatedBoards
from hardware.simulated.dock import Dock
from tests.bay_wires import BAYS
boards = SimulatedBoards(Dock(Path(sys.argv[1])), BAYS, sys.argv[2])
print(boards.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return new_dock(tmp_path / "dock")


@pytest.fixture(params=["CPython", "MicroPython"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    return "CPython" if request.param == "CPython" else "MicroPython"


@pytest.fixture
def boards(dock: Dock, runtime: Runtime) -> Iterator[SimulatedBoards]:
    """Boards that know their switches."""
    with SimulatedBoards(dock, BAYS, runtime) as boards:
        with wired_bays(dock, open_line(boards.url)) as wired:
            look_until(wired, full())
        yield boards


def mbpoll(boards: SimulatedBoards, command: str) -> dict[int, int]:
    """The values it prints."""
    words = command.replace(SERIAL, boards.url).split()
    assert words[0] == "mbpoll"
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {int(place): int(value) for place, value in re.findall(r"^\[(\d+)\]:\s+(\d+)", done.stdout, re.MULTILINE)}


def poll_until(boards: SimulatedBoards, command: str, wanted: dict[int, int]) -> dict[int, int]:
    """What is read when these are what they should be."""
    for _ in range(POLLS_MAX):
        found = mbpoll(boards, command)
        if wanted.items() <= found.items():
            return found
    pytest.fail(f"{wanted} never came, last {found}")


def documented(heading: str) -> str:
    """The mbpoll command of a row of the document."""
    command = re.search(rf"^\| {re.escape(heading)} \| `(mbpoll [^`]+)` \|", DOCUMENT, re.MULTILINE)
    assert command, heading
    return command[1]


def test_mbpoll_does_what_the_document_says(boards: SimulatedBoards, dock: Dock) -> None:
    assert mbpoll(boards, documented("which map, how many slots, how often charging fell back")) == {0: 2, 1: 8, 2: 0}
    dock.put("DW-1", "A3")
    seen = documented("presence, what the chargers do, which are cut, which locks are open")
    with wired_bays(dock, open_line(boards.url)) as wired:
        look_until(wired, full("A3"))
    assert mbpoll(boards, seen) == {place: int(place == 3) for place in range(32)}
    assert mbpoll(boards, documented("charge slot 3")) == {}
    assert dock.charging("A3")
    assert mbpoll(boards, seen) == {place: int(place in (3, 11)) for place in range(32)}
    mbpoll(boards, documented("charge slots 0 and 2, and no other"))
    assert [bay.name for bay in BAYS if dock.charging(bay.name)] == ["A0", "A2"]
    assert mbpoll(boards, documented("what was asked of the chargers")) == {
        slot: int(slot in (0, 2)) for slot in range(8)
    }
    mbpoll(boards, documented("fall back after 60 seconds of silence"))
    assert mbpoll(boards, documented("after how many seconds of silence charging falls back")) == {0: 60}


def test_mbpoll_reads_why_a_bay_was_cut_and_acknowledges_it(boards: SimulatedBoards, dock: Dock) -> None:
    dock.put("DW-1", "A3")
    assert mbpoll(boards, documented("open the lock of slot 3")) == {}
    assert mbpoll(boards, documented("what was asked of the locks")) == {
        place: int(place == 11) for place in range(8, 16)
    }
    assert [bay.name for bay in BAYS if not dock.locked(bay.name)] == ["A3"]
    seen = documented("presence, what the chargers do, which are cut, which locks are open")
    assert mbpoll(boards, seen)[27] == 1
    mbpoll(boards, documented("light slot 0 green, slot 1 blinking red"))
    assert [lamp_shows(dock, bay) for bay in ("A0", "A1", "A2")] == [2, 9, 0]
    mbpoll(boards, documented("charge slot 3"))
    measured = documented("what is measured of slot 3, and why it was cut")
    slot_3 = poll_until(boards, measured, {29: 4_850, 30: 1_200})
    assert (slot_3[34], slot_3[35]) == (0, 0)
    everything = mbpoll(boards, documented("all input registers"))
    assert sorted(everything) == list(range(bay_board.INPUT_REGISTERS))
    show(dock, "A3", (300, 900, 2_500))
    slot_3 = poll_until(boards, measured, {34: limits.SHORT})
    assert (slot_3[35], slot_3[36]) == (1, 900)
    assert not dock.charging("A3")
    assert mbpoll(boards, seen)[19] == 1
    assert lamp_shows(dock, "A3") == slot.LAMP_CUT
    show(dock, "A3", None)
    numbers = documented("watchdog, lamps, the numbers of the last cuts, and what a look reads")
    holding = {**dict.fromkeys(range(17), 0), 0: bay_board.WATCHDOG_SECONDS, 1: 2, 2: 9, 12: 1}
    assert holding.items() <= mbpoll(boards, numbers).items()
    assert mbpoll(boards, documented("acknowledge the first cut of slot 3")) == {}
    assert dock.charging("A3")


@pytest.mark.parametrize(
    ("sensors", "reason"),
    [
        ((4_700, 1_900, 2_500), limits.OVER_CURRENT),
        ((4_900, 500, 6_000), limits.OVER_TEMPERATURE),
        ((300, 900, 2_500), limits.SHORT),
        ("silent", limits.BLIND),
    ],
)
def test_a_board_cuts_a_bay_alone_and_the_host_reads_why(
    boards: SimulatedBoards, dock: Dock, sensors: tuple[int, int, int] | Literal["silent"], reason: int
) -> None:
    mbpoll(boards, documented("charge slot 3"))
    show(dock, "A3", sensors)
    assert poll_until(boards, documented("what is measured of slot 3, and why it was cut"), {34: reason})[35] == 1
    assert not dock.charging("A3")


def test_a_charger_that_does_not_switch_off_is_read_whether_it_was_asked_to_or_was_cut(
    boards: SimulatedBoards, dock: Dock
) -> None:
    measured = documented("what is measured of slot 3, and why it was cut")
    mbpoll(boards, documented("charge slot 3"))
    show(dock, "A3", (300, 900, 2_500))
    assert poll_until(boards, measured, {34: limits.SHORT})[35] == 1
    show(dock, "A3", "stuck")
    assert poll_until(boards, measured, {34: limits.STUCK})[35] == 2
    show(dock, "A0", "stuck")
    assert poll_until(boards, measured.replace("-r 29", "-r 5"), {10: limits.STUCK})[11] == 1


def test_a_host_that_falls_silent_leaves_locks_lowers_the_current_and_the_lamps_say_so(
    boards: SimulatedBoards, dock: Dock
) -> None:
    dock.put("DW-1", "A3")
    mbpoll(boards, documented("charge slot 3"))
    mbpoll(boards, documented("open the lock of slot 3"))
    mbpoll(boards, documented("fall back after 60 seconds of silence").removesuffix(" 60") + " 1")
    with contextlib.closing(SerialBays(open_line(boards.url))) as line:
        for _ in range(LOOKS_MAX):
            line.look([2])  # what is said to another board is nothing to this one
            if lamp_shows(dock, "A0") == slot.LAMP_SILENT:
                break
    assert [lamp_shows(dock, bay) for bay in ("A0", "A3", "B0")] == [slot.LAMP_SILENT, slot.LAMP_SILENT, 0]
    assert dock.charging("A3")
    assert not dock.locked("A3")


def test_mbpoll_reaches_every_board_of_the_line_and_no_other(boards: SimulatedBoards) -> None:
    version = documented("which map, how many slots, how often charging fell back")
    for address in (1, 2, 247):
        assert mbpoll(boards, version.replace("-a 1", f"-a {address}"))[0] == bay_board.MAP_VERSION
    with pytest.raises(AssertionError, match="timed out"):
        mbpoll(boards, version.replace("-a 1", "-a 3").replace("-o 1", "-o 0.1"))


@pytest.mark.parametrize(
    ("words", "said"),
    [("-t 1 -r 25 -c 8", "Illegal data address"), ("-t 4 -r 0 /dev/ttyAMA0 601", "Illegal data value")],
)
def test_mbpoll_is_told_why_it_is_refused(boards: SimulatedBoards, words: str, said: str) -> None:
    line = "" if SERIAL in words else f" {SERIAL}"
    with pytest.raises(AssertionError, match=said):
        mbpoll(boards, f"mbpoll -m rtu -a 1 -b 19200 -P none -s 2 -0 -1 -o 1 {words}{line}")


def test_the_document_has_the_firmwares_own_numbers() -> None:
    for words in (
        f"register map version {bay_board.MAP_VERSION}",
        f"{BAUD} baud",
        f"{slot.DEBOUNCE_MS} ms",
        f"{bay_board.WATCHDOG_SECONDS} s",
        f"1–{bay_board.WATCHDOG_SECONDS_MAX}",
        f"{limits.OVER_CURRENT_MA} mA for {limits.OVER_CURRENT_MS} ms",
        f"{limits.SAFE_MA} mA while the host is silent",
        f"{limits.OVER_TEMPERATURE_CENTIDEGREES // 100} °C or more for {limits.OVER_TEMPERATURE_MS} ms",
        f"| short | {limits.SHORT_MA} mA, or less than {limits.SHORT_MV} mV with {limits.COLLAPSED_MA} mA",
        f"{limits.RISE_MS} ms after switching on",
        f"not measured for {limits.BLIND_MS} ms",
        f"input registers {bay_board.SLOT_REGISTER}–{bay_board.ASKED_REGISTER - 1}",
        f"holding register {bay_board.ACKNOWLEDGE_REGISTER}–{bay_board.ACKNOWLEDGE_REGISTER + bay_board.SLOTS - 1}",
        f"{bay_board.UNKNOWN} where the sensors do not answer",
        f"{SHUNT_MILLIOHMS} mΩ",
        f"discrete input {bay_board.CHARGING_INPUT}–{bay_board.CUT_INPUT - 1}",
        f"holding register {bay_board.NUMBER_REGISTER}",
        f"registers {bay_board.LOOK_REGISTER}–{bay_board.NUMBER_REGISTER}",
        f"input register {bay_board.ASKED_REGISTER}",
    ):
        assert words in DOCUMENT, words


def test_boards_without_power_are_a_line_that_is_gone(boards: SimulatedBoards, dock: Dock) -> None:
    with wired_bays(dock, open_line(boards.url)) as wired:
        assert wired.present() == full()
        boards.kill()
        for _ in range(2):
            with pytest.raises(AbsentError, match="the bay bus is gone"):
                wired.present()


def test_a_line_that_was_lost_is_opened_again(boards: SimulatedBoards, dock: Dock) -> None:
    line = open_line(boards.url)
    with wired_bays(dock, line) as wired:
        for _ in range(3):
            line.close()
            assert wired.present() == full()


def test_two_stations_do_not_talk_on_one_line(boards: SimulatedBoards) -> None:
    with contextlib.closing(open_line(boards.url)), pytest.raises(AbsentError, match="no bay bus"):
        open_line(boards.url)


def test_boards_end_with_their_context(dock: Dock, runtime: Runtime) -> None:
    with SimulatedBoards(dock, BAYS, runtime) as boards:
        alive = os.pidfd_open(boards.pid)
        assert not ended(alive, 0)
    assert ended(alive, 0)
    os.close(alive)


def test_boards_die_with_whoever_started_them(dock: Dock, runtime: Runtime) -> None:
    command = [sys.executable, "-c", STARTER, str(dock.folder), runtime]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        alive = os.pidfd_open(int(starter.stdout.readline()))
        starter.send_signal(signal.SIGKILL)
    assert ended(alive, PATIENCE_MS)
    os.close(alive)


def test_the_boards_say_in_what_they_run(boards: SimulatedBoards, runtime: Runtime) -> None:
    assert boards.runtime == runtime
    program = Path(f"/proc/{boards.pid}/cmdline").read_bytes()
    assert (b"micropython" in program) == (runtime == "MicroPython")


def test_where_no_micropython_is_installed_cpython_is_named(monkeypatch: pytest.MonkeyPatch, dock: Dock) -> None:
    assert installed_runtime() == "MicroPython"
    monkeypatch.setattr("hardware.simulated.boards.shutil.which", lambda *_args, **_options: None)
    assert installed_runtime() == "CPython"
    with pytest.raises(AbsentError, match="no MicroPython here"):
        SimulatedBoards(dock, BAYS, "MicroPython")


def ended(process: int, patience_ms: int) -> bool:
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(patience_ms))
