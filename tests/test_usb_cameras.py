"""Promise: over USB a camera's files come whole or with an error; pulled out at any moment, it is said to be gone."""

import errno
import threading
import tracemalloc
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import usb.core  # type: ignore[import-untyped]

from hardware.camera_models import read_models
from hardware.simulated.camera import Habits
from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import Nature, UsbTraits
from hardware.simulated.usb_backend import BULK_IN, Plugged, VirtualUsb
from hardware.usb_cameras import UsbCameras
from hardware.usb_pipe import READ_BYTES, READ_BYTES_MIN, _polled_every_ms, sorted_error
from hardware.wires import (
    AbsentError,
    BusyError,
    Camera,
    CameraIdentity,
    CardSpace,
    ForbiddenError,
    HostError,
    ListedFile,
    LyingError,
    SilentError,
    WireError,
)

NOW_MS = 1_790_000_000_500
BEGUN_MS, ENDED_MS = 1_789_000_000_000, 1_789_000_060_000
PLACES = {"1": "1-1.1", "2": "1-1.2"}
CLIP = "DCIM/100MEDIA/执法 🎥.MP4"
CONTENT = bytes(index * 31 % 251 for index in range(3_000))
EDGES = (0, 1, 499, 500, 501, 512, 1_012, READ_BYTES - 12, READ_BYTES, READ_BYTES + 1)
"""Around a packet and around a read of the host, with the header and without."""
HABITS = [Habits(split_header=split, empty_packets=empty) for split in (False, True) for empty in (False, True)]


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    dock.film("T8-1", CLIP, CONTENT, BEGUN_MS, ENDED_MS)
    dock.put("T8-1", "1")
    return dock


def virtual_usb(dock: Dock, **options: Any) -> VirtualUsb:
    return VirtualUsb(dock, PLACES, lambda: NOW_MS, **options)


def opened(dock: Dock, **options: Any) -> Camera:
    return UsbCameras(480, virtual_usb(dock, **options)).open("1-1.1")


def pulled(camera: Camera, path: str = CLIP) -> bytes:
    return b"".join(bytes(piece) for piece in camera.pull(path))


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("interrupts of USB")]


# --- a well-behaved camera


def test_a_camera_says_who_it_is_and_what_it_has(dock: Dock) -> None:
    camera = opened(dock)
    assert camera.identity == CameraIdentity("T8-1", "DW-T8")
    assert camera.battery_percent() == 80
    assert camera.files() == (ListedFile(CLIP, len(CONTENT), BEGUN_MS, ENDED_MS),)
    camera.close()


@pytest.mark.parametrize("bytes_per_call", [None, 512, 1_536])
@pytest.mark.parametrize("habits", HABITS, ids=str)
def test_files_around_packet_edges_come_whole(dock: Dock, habits: Habits, bytes_per_call: int | None) -> None:
    content = bytes(index * 31 % 251 for index in range(max(EDGES)))
    for size in EDGES:
        dock.film("T8-1", f"{size}.mp4", content[:size], BEGUN_MS, ENDED_MS)
    camera = opened(dock, habits=habits, bytes_per_call=bytes_per_call)
    camera.files()
    for size in EDGES:
        assert pulled(camera, f"{size}.mp4") == content[:size], size
    camera.close()


def test_the_card_is_shown_as_it_is_now(dock: Dock) -> None:
    camera = opened(dock)
    camera.files()
    dock.film("T8-1", "DCIM/later.mp4", b"later", BEGUN_MS, ENDED_MS)
    assert {file.path for file in camera.files()} == {CLIP, "DCIM/later.mp4"}
    assert pulled(camera, "DCIM/later.mp4") == b"later"
    camera.close()


def test_what_is_deleted_is_deleted_from_the_card_and_nothing_else(dock: Dock) -> None:
    dock.film("T8-1", "DCIM/other.mp4", b"other", BEGUN_MS, ENDED_MS)
    camera = opened(dock)
    camera.files()
    camera.delete(CLIP)
    assert [file.path for file in camera.files()] == ["DCIM/other.mp4"]
    assert not (dock.card("T8-1") / CLIP).exists()
    assert set(dock.times("T8-1")) == {"DCIM/other.mp4"}
    with pytest.raises(AbsentError, match="list it again"):
        camera.delete(CLIP)
    camera.close()


def test_the_clock_is_set_to_the_second_and_read_back(dock: Dock) -> None:
    dock.tell_about("T8-1", About(clock_ahead_ms=-90_000))
    camera = opened(dock)
    assert camera.clock_ms() == NOW_MS - 90_500
    camera.set_clock(NOW_MS)
    assert camera.clock_ms() == NOW_MS - 500
    assert dock.about("T8-1").clock_ahead_ms == -500
    camera.close()


@pytest.mark.parametrize("zone_minutes", [-720, 0, 345, 840])
def test_times_without_a_zone_are_the_cameras_own(dock: Dock, zone_minutes: int) -> None:
    usb_tree = virtual_usb(dock, habits=Habits(zone_minutes=zone_minutes))
    camera = UsbCameras(zone_minutes, usb_tree).open("1-1.1")
    assert camera.clock_ms() == NOW_MS - 500
    assert camera.files()[0].begun_ms == BEGUN_MS
    camera.close()


def test_what_a_camera_does_not_say_is_none(dock: Dock) -> None:
    dock.tell_about("T8-1", About(battery_percent=None))
    (dock.card("T8-1") / "untimed.mp4").write_bytes(b"x")
    camera = opened(dock, habits=Habits(has_clock=False))
    assert camera.battery_percent() is None
    assert camera.clock_ms() is None
    with pytest.raises(ForbiddenError):
        camera.set_clock(NOW_MS)
    assert ListedFile("untimed.mp4", 1, None, None) in camera.files()
    camera.close()


def test_a_large_file_is_never_held_whole(dock: Dock) -> None:
    with (dock.card("T8-1") / "large.mp4").open("wb") as file:
        file.truncate(48 << 20)
    camera = opened(dock)
    camera.files()
    tracemalloc.start()
    assert sum(len(piece) for piece in camera.pull("large.mp4")) == 48 << 20
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
    camera.close()


def test_a_file_of_more_than_4_gib_is_listed_and_begun(dock: Dock) -> None:
    with (dock.card("T8-1") / "huge.mp4").open("wb") as file:
        file.truncate(5 << 30)
    camera = opened(dock)
    assert {file.path: file.size_bytes for file in camera.files()}["huge.mp4"] == 5 << 30
    assert next(iter(camera.pull("huge.mp4"))) == bytes(READ_BYTES_MIN - 12)
    camera.close()


def test_a_camera_says_what_room_its_card_has(dock: Dock) -> None:
    camera = opened(dock)
    (card,) = camera.cards()
    assert card.capacity_bytes is not None
    assert card.free_bytes is not None
    assert 0 < card.free_bytes <= card.capacity_bytes
    camera.close()
    camera = opened(dock, habits=Habits(without=frozenset({0x1005})))
    assert camera.cards() == (CardSpace(None, None, deletable=True),)
    camera.close()


def test_files_times_in_utc_are_an_entry_of_the_table(dock: Dock) -> None:
    models = read_models(
        b'[[model]]\nvendor = "1209"\nproducts = { "0001" = "A" }\nkind = "mtp"\nquirks = { file_times_in_utc = true }'
    )
    camera = UsbCameras(480, virtual_usb(dock, habits=Habits(zone_minutes=0)), models).open("1-1.1")
    assert camera.files() == (ListedFile(CLIP, len(CONTENT), BEGUN_MS, ENDED_MS),)
    assert camera.clock_ms() == NOW_MS - 500 - 480 * 60_000, "the clock has the zone of the dock all the same"
    camera.close()


def test_no_file_is_deleted_under_the_number_of_all_of_them(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.usb_cameras.require_unchanged", lambda *_: None)
    camera: Any = opened(dock)
    camera.files()
    camera._listed[CLIP] = camera._listed[CLIP]._replace(handle=0xFFFFFFFF)
    with pytest.raises(LyingError, match="every file"):
        camera.delete(CLIP)
    assert (dock.card("T8-1") / CLIP).exists()
    camera.close()


@pytest.mark.parametrize(
    ("speed", "interval", "every_ms"),
    [(1, 10, 10), (2, 255, 255), (3, 4, 1), (3, 6, 4), (3, 10, 64), (4, 16, 4096), (None, 0, 0), (3, 255, 4096)],
)
def test_how_long_an_interrupt_endpoint_is_waited_for_is_its_own_word(
    speed: int | None, interval: int, every_ms: int
) -> None:
    assert _polled_every_ms(speed, interval) == every_ms


# --- what the host has


@pytest.mark.parametrize("read_bytes_max", [READ_BYTES // 2, READ_BYTES_MIN])
def test_where_memory_is_short_less_is_read_at_once(dock: Dock, read_bytes_max: int) -> None:
    natures = {"T8-1": Nature(traits=UsbTraits(read_bytes_max=read_bytes_max))}
    content = CONTENT + bytes(3 * READ_BYTES)
    (dock.card("T8-1") / "long.mp4").write_bytes(content)
    camera = opened(dock, natures=natures)
    camera.files()
    assert b"".join(bytes(piece) for piece in camera.pull("long.mp4")) == content
    camera.close()


def test_where_no_memory_is_left_for_usb_it_is_said(dock: Dock) -> None:
    natures = {"T8-1": Nature(traits=UsbTraits(read_bytes_max=READ_BYTES_MIN - 1))}
    with pytest.raises(HostError, match="usbfs_memory_mb"):
        opened(dock, natures=natures)
    assert threads() == []


@pytest.mark.parametrize(
    ("number", "kind", "what_to_do"),
    [(errno.EBUSY, BusyError, "stop it"), (errno.EACCES, ForbiddenError, "install Dockward's udev rules")],
)
def test_a_camera_that_cannot_be_had_is_told_with_what_to_do(
    dock: Dock, number: int, kind: type[WireError], what_to_do: str
) -> None:
    with pytest.raises(kind, match=what_to_do):
        opened(dock, natures={"T8-1": Nature(traits=UsbTraits(claim_errno=number))})
    assert threads() == []


def test_without_libusb_it_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(**_options: object) -> None:
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", find)
    for ask in (UsbCameras(480).places, lambda: UsbCameras(480).open("1-1.1")):
        with pytest.raises(HostError, match=r"apt-get install libusb-1\.0-0") as told:
            ask()
        assert "\n" not in str(told.value)


# --- the interrupt endpoint


def test_a_camera_without_an_interrupt_endpoint_is_read(dock: Dock) -> None:
    camera = opened(dock, natures={"T8-1": Nature(traits=UsbTraits(interrupts=False))})
    camera.files()
    assert pulled(camera) == CONTENT
    camera.close()


class RoughInterrupts(VirtualUsb):
    """Every other read of the interrupt endpoint breaks."""

    reads = 0

    def intr_read(self, dev_handle: Plugged, *rest: Any) -> int:
        self.reads += 1
        if self.reads % 2:
            raise usb.core.USBError("Pipe error", -9, errno.EPIPE)
        return super().intr_read(dev_handle, *rest)


def test_a_broken_message_does_not_end_the_listening(dock: Dock) -> None:
    camera = UsbCameras(480, RoughInterrupts(dock, PLACES, lambda: NOW_MS)).open("1-1.1")
    for _ in range(8):
        camera.set_clock(NOW_MS)
    assert camera.files()
    camera.close()


def test_a_camera_that_talks_is_listened_to(dock: Dock) -> None:
    camera = opened(dock)
    for _ in range(40):
        camera.set_clock(NOW_MS)
    assert camera.files()
    camera.close()


def test_closing_leaves_no_thread_and_twice_is_once(dock: Dock) -> None:
    camera = opened(dock)
    assert threads() == ["interrupts of USB 1-1.1"]
    camera.close()
    camera.close()
    assert threads() == []


# --- plugs


def test_nothing_is_at_an_empty_place(dock: Dock) -> None:
    cameras = UsbCameras(480, virtual_usb(dock))
    for place in ("1-1.2", "1-1", "2-1.1", "1-1.1.1"):
        with pytest.raises(AbsentError, match=place):
            cameras.open(place)


def test_two_bays_are_read_at_once(dock: Dock) -> None:
    dock.make_camera("T8-2")
    dock.film("T8-2", CLIP, CONTENT[::-1], BEGUN_MS, ENDED_MS)
    dock.put("T8-2", "2")
    cameras = UsbCameras(480, virtual_usb(dock, bytes_per_call=512))

    def read(place: str) -> tuple[str, bytes]:
        camera = cameras.open(place)
        camera.files()
        content = pulled(camera)
        camera.close()
        return camera.identity.serial, content

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(read, PLACES.values())) == [("T8-1", CONTENT), ("T8-2", CONTENT[::-1])]


class Pulled(VirtualUsb):
    """The plug is pulled just before the call of that number, counting transfers in both directions."""

    calls = 0
    pull_before: int | None = None

    def _require_transfer(self, plugged: Plugged) -> None:
        if self.calls == self.pull_before:
            self._dock.take("1", by_force=True)
        self.calls += 1
        super()._require_transfer(plugged)


@pytest.mark.parametrize("habits", HABITS[1:3], ids=str)
def test_pulled_out_at_any_call_a_camera_is_gone_and_no_file_is_short(dock: Dock, habits: Habits) -> None:
    counted = Pulled(dock, PLACES, lambda: NOW_MS, habits, 512)
    visit(counted)
    assert counted.calls > 40
    for call in range(counted.calls - 2):  # the last two close the session: nobody is told how that went
        if dock.camera_in("1") is None:
            dock.put("T8-1", "1")
        backend = Pulled(dock, PLACES, lambda: NOW_MS, habits, 512)
        backend.pull_before = call
        with pytest.raises(AbsentError, match="is gone"):
            visit(backend)
        assert backend.calls > call
    assert threads() == []


def visit(backend: VirtualUsb) -> None:
    """A whole reading of the camera, the file's bytes looked at as a worker does: only when they came to an end."""
    camera = UsbCameras(480, backend).open("1-1.1")
    try:
        camera.battery_percent()
        camera.clock_ms()
        camera.files()
        assert pulled(camera) == CONTENT
    finally:
        camera.close()


def test_a_pulled_plug_breaks_a_transfer_as_libusb_tells_it(dock: Dock) -> None:
    backend = virtual_usb(dock)
    (plugged,) = backend.enumerate_devices()
    dock.take("1", by_force=True)
    told = []
    for _ in range(3):
        with pytest.raises(usb.core.USBError, match=r"Error|device") as broken:
            backend.bulk_read(plugged, BULK_IN, 0, array("B", bytes(512)), 1)
        told.append(broken.value.errno)
    assert told == [errno.EIO, errno.ENODEV, errno.ENODEV]


def test_a_camera_put_back_is_opened_anew(dock: Dock) -> None:
    cameras = UsbCameras(480, virtual_usb(dock))
    before = cameras.open("1-1.1")
    dock.take("1", by_force=True)
    dock.put("T8-1", "1")
    with pytest.raises(WireError):
        before.files()
    after = cameras.open("1-1.1")
    assert after.files()
    before.close()
    assert after.files()
    after.close()


# --- left in the middle


def test_a_pull_given_up_is_cancelled_when_the_camera_is_closed(dock: Dock) -> None:
    cameras = UsbCameras(480, virtual_usb(dock, bytes_per_call=512))
    camera = cameras.open("1-1.1")
    camera.files()
    pieces = camera.pull(CLIP)
    next(pieces)
    with pytest.raises(SilentError, match="open it again"):
        camera.files()
    camera.close()
    again = cameras.open("1-1.1")
    again.files()
    assert pulled(again) == CONTENT
    again.close()


def test_a_camera_left_in_the_middle_by_a_host_that_died_is_opened(dock: Dock) -> None:
    cameras = UsbCameras(480, virtual_usb(dock, bytes_per_call=512))
    dead = cameras.open("1-1.1")
    dead.files()
    pieces = dead.pull(CLIP)
    next(pieces)
    camera = cameras.open("1-1.1")
    camera.files()
    assert pulled(camera) == CONTENT
    camera.close()
    dead.close()


# --- cameras that change under our hands


@pytest.mark.parametrize("use", [pulled, lambda camera: camera.delete(CLIP)])
def test_a_file_that_changed_since_it_was_listed_is_not_used(dock: Dock, use: Callable[[Camera], object]) -> None:
    camera = opened(dock)
    camera.files()
    dock.film("T8-1", CLIP, b"another", BEGUN_MS, ENDED_MS)
    with pytest.raises(LyingError, match="another file now"):
        use(camera)
    (dock.card("T8-1") / CLIP).unlink()
    with pytest.raises(ForbiddenError, match="0x2009"):
        use(camera)
    dock.film("T8-1", CLIP, b"another", BEGUN_MS, ENDED_MS)
    camera.files()
    assert pulled(camera) == b"another"
    camera.close()


def test_a_file_that_shrinks_while_it_is_read_is_an_error(dock: Dock) -> None:
    camera = opened(dock, bytes_per_call=512)
    with (dock.card("T8-1") / CLIP).open("wb") as file:
        file.truncate(200_000)
    camera.files()
    pieces = camera.pull(CLIP)
    next(pieces)
    with (dock.card("T8-1") / CLIP).open("wb") as file:
        file.truncate(100_000)
    with pytest.raises(SilentError):
        for _piece in pieces:
            pass
    camera.close()


@pytest.mark.parametrize("serial", [" ", "9" * 97], ids=len)
def test_a_camera_without_a_usable_serial_number_is_refused(dock: Dock, serial: str) -> None:
    dock.make_camera(serial)
    dock.put(serial, "2")
    with pytest.raises(LyingError, match="serial number"):
        UsbCameras(480, virtual_usb(dock)).open("1-1.2")
    assert threads() == []


# --- who is plugged in


class VendorClass(VirtualUsb):
    """An interface of the vendor's own class, called something."""

    name = "MTP"

    def get_interface_descriptor(self, _dev: Plugged, intf: int, alt: int, config: int) -> SimpleNamespace:
        found = super().get_interface_descriptor(_dev, intf, alt, config)
        found.bInterfaceClass, found.bInterfaceSubClass, found.bInterfaceProtocol, found.iInterface = 255, 255, 0, 1
        return found

    def ctrl_transfer(self, dev_handle: Plugged, _kind: int, request: int, *rest: Any) -> int:
        if request != 6:
            return super().ctrl_transfer(dev_handle, _kind, request, *rest)
        value, _index, content, _timeout = rest
        text = b"\x09\x04" if value == 0x0300 else self.name.encode("utf-16-le")
        sent = bytes([len(text) + 2, 3]) + text
        memoryview(content)[: len(sent)] = sent
        return len(sent)


def test_a_vendors_interface_called_mtp_is_mtp(dock: Dock) -> None:
    camera = UsbCameras(480, VendorClass(dock, PLACES, lambda: NOW_MS)).open("1-1.1")
    assert camera.files()
    camera.close()


def test_another_interface_is_no_camera_yet(dock: Dock) -> None:
    other = VendorClass(dock, PLACES, lambda: NOW_MS)
    other.name = "ADB Interface"
    with pytest.raises(SilentError, match="switch it to file transfer"):
        UsbCameras(480, other).open("1-1.1")


@pytest.mark.parametrize(
    ("number", "there", "kind"),
    [
        (errno.ENODEV, True, AbsentError),
        (errno.EIO, False, AbsentError),
        (errno.EIO, True, SilentError),
        (errno.EPIPE, True, SilentError),
        (errno.EPIPE, False, AbsentError),
        (errno.ETIMEDOUT, True, SilentError),
        (errno.EACCES, True, ForbiddenError),
        (errno.EBUSY, True, BusyError),
        (errno.ENOMEM, True, HostError),
        (errno.EOVERFLOW, True, LyingError),
        (None, True, SilentError),
    ],
)
def test_usb_errors_are_sorted_by_whose_fault_they_are(
    number: int | None, kind: type[WireError], *, there: bool
) -> None:
    error = sorted_error(usb.core.USBError("broken", None, number), "1-1.4", lambda: there)
    assert type(error) is kind
    assert "1-1.4" in str(error)
