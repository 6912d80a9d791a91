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
from hardware.wires import LyingError
from tests.fuzz.hostile_camera import HostileCamera
from tests.fuzz.hostile_pipe import Draws, HostilePipe, true_bytes
from tests.fuzz.oracle import refused, requires_silence_in_the_middle, visit
from tests.fuzz.transcripts import drawn_replay, offset_of, whole

QUESTIONS_MAX = 24


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


TARGETS: dict[str, Callable[[bytes], None]] = {
    "datasets": datasets,
    "initiator": initiator,
    "listing": listing,
    "replay": replay,
}
