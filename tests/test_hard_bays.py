"""Promise: a camera that hangs, is busy, locked, held or none at all is named, and its neighbours go on."""

import errno

import pytest

from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import EVER_AFTER, Fault, Kind, UsbTraits
from hardware.simulated.habits import BatteryForm, Habits
from hardware.wires import BusyError, ForbiddenError, SilentError, WireError
from tests.hard_case_cameras import (
    BEGUN_MS,
    CLIP,
    CONTENT,
    ENDED_MS,
    FILES,
    HANDLES,
    INFO,
    NO_LISTS,
    OBJECT,
    OPEN,
    all_files,
    cameras,
    dock,
    opened,
    pulled,
    then_all_is_well,
    visited,
    whole_or_an_error,
)

__all__ = ["dock"]

LONG = CONTENT * 70

# --- 9


@pytest.mark.parametrize("kind", [Kind.SILENCE, Kind.WEDGE])
@pytest.mark.parametrize("operation", [INFO, OPEN, HANDLES, OBJECT])
@pytest.mark.parametrize("at", [0, 12, 500])
def test_09_a_camera_that_says_nothing_more_is_given_up_by_name(
    dock: Dock, kind: Kind, operation: int, at: int
) -> None:
    ours = cameras(dock, Fault(kind, operation, at=at), habits=Habits(without=NO_LISTS))
    whole_or_an_error(lambda: visited(ours), FILES)
    dock.take("1", by_force=True)
    dock.put("T8-1", "1")
    then_all_is_well(ours)


def test_09_a_busy_camera_is_busy_and_not_refusing(dock: Dock) -> None:
    ours = cameras(dock, Fault(Kind.REFUSE, OBJECT, times=EVER_AFTER, value=0x2019))
    camera = ours.open("1-1.1")
    camera.files()
    with pytest.raises(BusyError):
        pulled(camera)
    camera.close()


def test_09_a_locked_camera_is_not_taken_for_an_empty_one(dock: Dock) -> None:
    camera = opened(dock, habits=Habits(locked=True))
    with pytest.raises(WireError):
        camera.files()
    camera.close()


# --- 14


@pytest.mark.parametrize(("number", "kind"), [(errno.EBUSY, BusyError), (errno.EACCES, ForbiddenError)])
def test_14_whoever_holds_a_camera_is_told_from_a_missing_permission(
    dock: Dock, number: int, kind: type[WireError]
) -> None:
    with pytest.raises(kind, match=r"1-1\.1"):
        opened(dock, traits=UsbTraits(claim_errno=number))


@pytest.mark.parametrize("traits", [UsbTraits(interface_name="MTP"), UsbTraits(interrupts=False)], ids=str)
def test_14_a_camera_is_found_by_its_interface(dock: Dock, traits: UsbTraits) -> None:
    camera = opened(dock, traits=traits)
    assert all_files(camera) == FILES
    camera.close()


@pytest.mark.parametrize("traits", [UsbTraits(interface_name="ADB"), UsbTraits(mass_storage=True)], ids=str)
def test_14_what_is_no_camera_is_named(dock: Dock, traits: UsbTraits) -> None:
    with pytest.raises(WireError, match=r"1-1\.1"):
        opened(dock, traits=traits)


# --- 15


@pytest.mark.parametrize("most", [16_384, 100_000])
def test_15_with_little_memory_for_usb_reads_become_smaller(dock: Dock, most: int) -> None:
    """Of a file that is long enough to be read in much."""
    dock.film("T8-1", "long.mp4", LONG, BEGUN_MS, ENDED_MS)
    camera = opened(dock, traits=UsbTraits(read_bytes_max=most), bytes_per_call=most)
    assert all_files(camera) == {**FILES, "long.mp4": LONG}
    camera.close()


def test_15_a_wedged_camera_leaves_the_others_alone(dock: Dock) -> None:
    dock.make_camera("T8-2")
    dock.film("T8-2", CLIP, CONTENT, BEGUN_MS, ENDED_MS)
    dock.put("T8-2", "2")
    ours = cameras(dock, Fault(Kind.WEDGE, OBJECT, at=700))
    wedged = ours.open("1-1.1")
    wedged.files()
    pieces = wedged.pull(CLIP)
    next(pieces)
    other = ours.open("1-1.2")
    assert all_files(other) == {CLIP: CONTENT}
    other.close()
    with pytest.raises(SilentError):
        list(pieces)
    wedged.close()


@pytest.mark.parametrize(
    "form", [BatteryForm(255), BatteryForm(4), BatteryForm(4, listed=True), BatteryForm(0x8000, wide=True)], ids=str
)
def test_15_a_battery_is_percent_however_it_is_counted(dock: Dock, form: BatteryForm) -> None:
    dock.tell_about("T8-1", About(battery_percent=50))
    camera = opened(dock, habits=Habits(battery=form))
    assert camera.battery_percent() in {49, 50}
    camera.close()
