"""Promise: bay boards behind a USB adapter are asked and driven; a cable pulled at any moment is named and outlived."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hardware.serial_bays import SerialBays, SerialLine, open_line
from hardware.simulated.dock import Dock
from hardware.wires import AbsentError, WireError
from hardware.wiring import BayWiring
from tests.rig.guest.serial_gadget import URL, SerialGadget, boards_behind
from tests.rig.guest.waiting import until

BAYS = (
    BayWiring("1", "1-1", board=1, slot=0),
    BayWiring("2", "1-2", board=1, slot=1),
    BayWiring("3", "1-3", board=2, slot=0),
)
ADDRESSES = (1, 2)
CAMERA = "T8-1"


class PulledLine:
    """The real line, whose cable is pulled before one of its uses."""

    def __init__(self, line: SerialLine, pull: Callable[[], None]) -> None:
        self._line = line
        self._pull = pull
        self.uses_left: int | None = None

    @property
    def is_open(self) -> bool:
        return self._line.is_open

    @property
    def in_waiting(self) -> int:
        self._use()
        return self._line.in_waiting

    def open(self) -> None:
        self._line.open()

    def read(self, size: int = 1, /) -> bytes:
        self._use()
        return self._line.read(size)

    def write(self, content: bytes, /) -> int | None:
        self._use()
        return self._line.write(content)

    def close(self) -> None:
        self._line.close()

    def _use(self) -> None:
        if self.uses_left == 0:
            self._pull()
        if self.uses_left is not None:
            self.uses_left -= 1


@pytest.fixture(scope="module")
def gadget() -> Iterator[SerialGadget]:
    gadget = SerialGadget()
    yield gadget
    gadget.unplug()


@pytest.fixture(scope="module")
def dock(gadget: SerialGadget, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dock]:
    """Whose boards are at the far end of the cable for as long as this module is tried."""
    del gadget
    dock = Dock(tmp_path_factory.mktemp("dock"))
    dock.make_camera(CAMERA)
    with boards_behind(dock, BAYS) as boards:
        assert boards.runtime == "MicroPython", "the machine's image brings it"
        yield dock


@pytest.fixture
def cable(gadget: SerialGadget, dock: Dock) -> SerialGadget:
    """Plugged, and every bay empty."""
    for bay in BAYS:
        if dock.camera_in(bay.name):
            dock.take(bay.name, by_force=True)
    gadget.unplug()
    gadget.plug()
    return gadget


@pytest.fixture
def line(cable: SerialGadget) -> PulledLine:
    return PulledLine(open_line(URL), cable.unplug)


@pytest.fixture
def bus(line: PulledLine) -> Iterator[SerialBays]:
    with closing(SerialBays(line)) as opened:
        until(lambda: set(opened.look(ADDRESSES)) == set(ADDRESSES), "both boards to answer")
        yield opened


def present(bus: SerialBays) -> dict[int, tuple[bool, ...]]:
    return {address: slots.present for address, slots in bus.look(ADDRESSES).items()}


def test_switches_are_seen_and_chargers_locks_and_lamps_driven_through_the_adapter(bus: SerialBays, dock: Dock) -> None:
    dock.put(CAMERA, "2")
    until(lambda: present(bus)[1][1], "the switch of bay 2 to be seen")
    bus.charge(1, 1, on=True)
    bus.unlock(2, 0, unlocked=True)
    bus.light(1, 0, 3)
    assert (dock.charging("1"), dock.charging("2"), dock.charging("3")) == (False, True, False)
    assert (dock.locked("1"), dock.locked("2"), dock.locked("3")) == (True, True, False)
    assert (dock.folder / "lamps/1").read_text() == "3"
    until(lambda: bus.look((1,))[1].measured[1:2], "what board 1 measures")


def test_a_cable_pulled_at_any_moment_of_the_talk_is_named_and_the_same_bus_goes_on(
    bus: SerialBays, line: PulledLine, cable: SerialGadget, dock: Dock
) -> None:
    for uses in range(1, 5):
        line.uses_left = uses
        with pytest.raises(AbsentError, match="the bay bus is gone") as told:
            bus.look(ADDRESSES)
        line.uses_left = None
        assert "\n" not in str(told.value)
        with pytest.raises(AbsentError, match="the bay bus is gone"):
            bus.charge(1, 0, on=True)
        assert not dock.charging("1")
        dock.put(CAMERA, "3")
        cable.plug()
        until(lambda: present(bus).get(2, (False,))[0], f"bay 3 to be seen again after use {uses}")
        dock.take("3", by_force=True)
        until(lambda: present(bus) == {1: (False,) * 8, 2: (False,) * 8}, "bay 3 to be empty")


def test_a_cable_that_was_out_while_nobody_spoke_is_named_once_and_the_same_bus_goes_on(
    bus: SerialBays, cable: SerialGadget
) -> None:
    was = Path(URL).resolve()
    cable.unplug()
    cable.plug()
    assert Path(URL).resolve() != was, "while the lost one is open its number is not given again: it is named by its id"
    with pytest.raises(AbsentError, match="the bay bus is gone"):
        bus.look(ADDRESSES)
    until(lambda: set(bus.look(ADDRESSES)) == set(ADDRESSES), "both boards to answer again")


@pytest.mark.minutes
def test_an_adapter_that_is_plugged_in_later_is_waited_for(cable: SerialGadget) -> None:
    cable.unplug()
    with closing(SerialBays(open_line(URL))) as bus:
        with pytest.raises(AbsentError):
            bus.look(ADDRESSES)
        cable.plug()
        until(lambda: set(bus.look(ADDRESSES)) == set(ADDRESSES), "both boards to answer")


def test_a_line_that_another_process_holds_is_refused_by_name(bus: SerialBays) -> None:
    assert bus.look(ADDRESSES)
    with pytest.raises(WireError, match=r"no bay bus at .*check `serial`"):
        open_line(URL)
