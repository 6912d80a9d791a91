"""Promise: a bay nobody opens is locked: at start, at close, and whatever another lock does."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from gpiozero import GPIOZeroError  # type: ignore[import-untyped]

from hardware.bays import require_own_places
from hardware.gpio_bays import GpioBays
from hardware.gpio_lines import OutputLine
from hardware.simulated.dock import Dock, LockedError
from hardware.simulated.pins import DockPins
from hardware.wires import ForbiddenError
from hardware.wiring import BayWiring

PINS = {"A1": 17, "A2": 27, "A3": 22}
BAY = BayWiring("A1", "1-1.1", 17, 1, 0)


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    return Dock(tmp_path)


def lines(pins: Mapping[str, int]) -> list[OutputLine]:
    return [OutputLine(bay, "lock", pin) for bay, pin in pins.items()]


def locks_on(dock: Dock, pins: Mapping[str, int] = PINS, factory: DockPins | None = None) -> GpioBays:
    return GpioBays(lines(pins), factory or DockPins(dock, lines(pins)), lambda: 0)


def opened(dock: Dock) -> set[str]:
    return {bay for bay in PINS if not dock.locked(bay)}


def test_each_lock_is_its_own(dock: Dock) -> None:
    locks = locks_on(dock)
    assert opened(dock) == set()
    locks.lock("A2", locked=False)
    assert opened(dock) == {"A2"}
    locks.lock("A3", locked=False)
    locks.lock("A2", locked=True)
    assert opened(dock) == {"A3"}
    locks.close()
    assert opened(dock) == set()


def test_a_lock_lets_a_person_take_the_camera_or_not(dock: Dock) -> None:
    dock.make_camera("DW-1")
    dock.put("DW-1", "A2")
    locks = locks_on(dock)
    with pytest.raises(LockedError):
        dock.take("A2")
    locks.lock("A2", locked=False)
    assert dock.take("A2") == "DW-1"
    locks.close()


def test_what_was_left_open_is_locked_at_start(dock: Dock) -> None:
    for bay in PINS:
        dock.set_lock(bay, locked=False)
    locks_on(dock).close()
    assert opened(dock) == set()


@pytest.mark.parametrize("level", [True, False])
def test_open_is_energised_and_locked_is_not(dock: Dock, level: bool) -> None:  # noqa: FBT001 - a level
    factory = DockPins(dock, lines(PINS))
    locks = locks_on(dock, factory=factory)
    locks.lock("A1", locked=not level)
    assert factory.pin(17).function == "output"
    assert factory.pin(17).state == level
    locks.close()
    assert factory.pin(17).function == "input"


@pytest.mark.parametrize("pins", [{"A1": 17, "A2": 17}, {"A1": 17, "A2": 53}])
def test_a_pin_that_cannot_be_used_is_said_and_nothing_stays_open(dock: Dock, pins: dict[str, int]) -> None:
    with pytest.raises(ForbiddenError, match=rf"the lock of bay A2 cannot use pin {pins['A2']}: .*_pin"):
        locks_on(dock, pins)
    assert opened(dock) == set()


def test_a_pin_that_another_part_holds_is_refused(dock: Dock) -> None:
    factory = DockPins(dock, lines(PINS))
    first = locks_on(dock, {"A1": 17}, factory)
    with pytest.raises(ForbiddenError, match="A9"):
        locks_on(dock, {"A9": 17}, factory)
    first.lock("A1", locked=False)
    assert opened(dock) == {"A1"}
    first.close()


def test_one_lock_that_fails_keeps_no_other_open(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = locks_on(dock)
    for bay in PINS:
        locks.lock(bay, locked=False)
    set_lock = dock.set_lock

    def jammed(bay: str, *, locked: bool) -> None:
        if bay == "A2":
            raise GPIOZeroError("no current")
        set_lock(bay, locked=locked)

    monkeypatch.setattr(dock, "set_lock", jammed)
    with pytest.raises(GPIOZeroError, match="no current"):
        locks.close()
    assert opened(dock) == {"A2"}


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (BayWiring("A1", "1-1.2", 18, 1, 1), "2 bays have the name A1"),
        (BayWiring("A2", "1-1.1", 18, 1, 1), "2 bays have usb 1-1.1"),
        (BayWiring("A2", "1-1.2", 18, 1, 0), "2 bays have board and slot 1.0"),
    ],
)
def test_no_two_bays_share_what_belongs_to_one(other: BayWiring, what: str) -> None:
    with pytest.raises(ForbiddenError, match=what):
        require_own_places([BAY, other])
    require_own_places([BAY, BayWiring("A2", "1-1.2", 18, 2, 0)])
    require_own_places([])
