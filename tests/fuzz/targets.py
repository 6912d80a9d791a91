"""What is fuzzed: one function a target, bytes in, nothing out; any error that leaves it is a defect.

Atheris drives them in a campaign, the kept corpus in every run of the tests. Knows neither of the two.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from hardware.mtp.codes import DeviceProperty
from hardware.mtp.containers import Header
from hardware.mtp.datasets import DeviceInfo, Fields, ObjectInfo, PropDesc
from hardware.mtp.datetimes import read_datetime
from hardware.mtp.initiator import Initiator
from hardware.mtp.quirks import Quirks
from hardware.usb_cameras import UsbCameras
from hardware.wires import Camera, ListedFile, LyingError
from tests.fuzz.hostile_camera import HostileCamera
from tests.fuzz.hostile_pipe import Draws, HostilePipe, true_bytes
from tests.fuzz.hostile_usb import PLACE, HostileUsb
from tests.fuzz.large_file import NAME, LargeFile, byte_at
from tests.fuzz.oracle import opened, refused, requires_silence_in_the_middle, visit, visited
from tests.fuzz.transcripts import drawn_replay, offset_of, whole

QUESTIONS_MAX = 24
OPEN_CALLS_MAX, OPEN_MS_MAX = 16_000, 60_000
"""Of libusb, until a camera is open or refused: six greetings, each with what an endless camera is drained of."""
VISIT_CALLS_MAX, VISIT_MS_MAX = 400_000, 150_000
VISITS = 2


def datasets(chosen: bytes) -> None:
    """Every reader of bytes: a value in proportion to them, or a lie."""
    readers: tuple[Callable[[bytes], object], ...] = (
        _device_info,
        _object_info,
        PropDesc.read,
        lambda dataset: _held(Fields(dataset).array("I"), dataset),
        lambda dataset: _held(Fields(dataset).string(), dataset),
        lambda dataset: Header.read(dataset[:12].ljust(12, b"\0")),
        lambda dataset: read_datetime(dataset.decode("utf-16-le", "replace"), 480),
        lambda dataset: read_datetime(dataset.decode("latin-1"), -720),
    )
    with suppress(LyingError):
        readers[chosen[0] % len(readers) if chosen else 0](chosen[1:])


def _device_info(dataset: bytes) -> None:
    device = DeviceInfo.read(dataset)
    _held((*device.operations, *device.properties, *device.model, *device.serial), dataset)


def _object_info(dataset: bytes) -> None:
    info = ObjectInfo.read(dataset)
    _held(info.name + info.created + info.modified, dataset)
    for zone_minutes in (480, -720):
        read_datetime(info.created, zone_minutes)


def _held(values: tuple[int, ...] | str, dataset: bytes) -> None:
    assert len(values) <= len(dataset), "more than was sent"


def initiator(chosen: bytes) -> None:
    """Question after question to a camera whose answers are any bytes."""
    draws = Draws(chosen)
    pipe = HostilePipe(draws)
    host = Initiator(pipe)
    questions: tuple[Callable[[], object], ...] = (
        host.open_session,
        host.device_info,
        host.storage_ids,
        partial(host.object_handles, 0x10001, 0xFFFFFFFF),
        partial(host.object_info, 7),
        partial(host.object_size, 7),
        partial(host.property_desc, DeviceProperty.BATTERY_LEVEL),
        partial(host.property_value, DeviceProperty.DATE_TIME),
        partial(host.set_property_value, DeviceProperty.DATE_TIME, b"\x01\0\0"),
        partial(host.delete, 7),
        partial(_pull, host, pipe, draws),
        host.close_session,
    )
    for _ in range(QUESTIONS_MAX):
        if draws.over:
            break
        refused(questions[draws.below(len(questions))])
        requires_silence_in_the_middle(host, pipe)


def _pull(host: Initiator, pipe: HostilePipe, draws: Draws) -> None:
    pipe.size = (0, 1, 499, 500, 501, 512, 4_096, draws.number(2))[draws.below(8)]
    content = b"".join(bytes(piece) for piece in host.object(7, pipe.size))
    assert len(content) == pipe.size, "a success of another length"
    assert pipe.made_up or content == true_bytes(0, pipe.size), "other bytes than the file's"


def listing(chosen: bytes) -> None:
    """A whole visit at a camera whose card is drawn: who it is, what it lists, every file from an offset."""
    draws = Draws(chosen)
    refused(lambda: visit(HostileCamera(draws), lambda file: draws.number(2) % (file.size_bytes + 1) * draws.below(2)))


def replay(chosen: bytes) -> None:
    """A recorded visit with a few changes; cut differently it is still the same visit."""
    pipe = drawn_replay(Draws(chosen))
    came: list[dict[str, bytes]] = []
    error = refused(lambda: came.append(visit(pipe, offset_of)))
    if pipe.harmless:
        assert came == [whole()], error


def usb(chosen: bytes) -> None:
    """Opened at libusb, visited, closed, and opened again: the second time it stands where the first left it."""
    draws = Draws(chosen)
    backend = HostileUsb(draws)
    with backend.host.in_place():
        cameras = UsbCameras(480, backend, pause=backend.host.pause)
        for _ in range(VISITS):
            visited_over(cameras, backend, lambda file: draws.number(2) % (file.size_bytes + 1) * draws.below(2))
    backend.host.requires_none_left()


def visited_over(cameras: UsbCameras, backend: HostileUsb, offsets: Callable[[ListedFile], int]) -> None:
    came: list[Camera] = []
    begun = len(backend.done)
    backend.allow(OPEN_CALLS_MAX, OPEN_MS_MAX)
    refused(lambda: came.append(cameras.open(PLACE)))
    done = backend.done[begun:]
    assert done.count("reset") <= 1, done
    assert "reset" not in done or "cancel" in done[: done.index("reset")], "reset, and not last"
    if came:
        backend.allow(VISIT_CALLS_MAX, VISIT_MS_MAX)
        refused(lambda: visited(came[0], backend.camera, offsets))
    assert not backend.handles, "the camera is held open"


def large(chosen: bytes) -> None:
    """One file of 4 GiB and more, as it says, from an offset: all of it, or an error."""
    draws = Draws(chosen)
    pipe = LargeFile(draws)
    place = (0, 1, 1 << 32, (1 << 32) - 12, pipe.file_size, pipe.file_size - draws.number(4))[draws.below(6)]
    refused(lambda: requires_whole(opened(pipe, Quirks(sizes_modulo_4_gib=pipe.modulo)), pipe, place))


def requires_whole(camera: Camera, pipe: LargeFile, place: int) -> None:
    (file,) = camera.files()
    begun = place = min(max(place, 0), file.size_bytes)
    pipe.size, same = file.size_bytes, True
    for piece in camera.pull(NAME, begun):
        same = same and (piece[0], piece[-1]) == (byte_at(place), byte_at(place + len(piece) - 1))
        place += len(piece)
    assert place == file.size_bytes, "a success of another length than listed"
    assert same, "other bytes than the file's"


TARGETS: dict[str, Callable[[bytes], None]] = {
    "datasets": datasets,
    "initiator": initiator,
    "listing": listing,
    "replay": replay,
    "usb": usb,
    "large": large,
}
