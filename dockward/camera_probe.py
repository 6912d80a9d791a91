"""`dockward camera probe PATH`: is this model one to buy? What it can do, as far as asking tells. Changes nothing.

What only doing would show (deleting, setting its clock) is believed as the camera says it, and the page says so.
"""

import argparse
import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
import usb.util  # type: ignore[import-untyped]

from dockward.camera_judging import Abilities, Point, Verdict, judged
from dockward.camera_line import Line, add_camera_arguments, camera_at, shown, tell
from hardware.camera_models import CameraModels, shipped_models
from hardware.mtp.codes import DeviceProperty, Operation
from hardware.mtp.datasets import PropDesc
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.usb_pipe import UsbPipe
from hardware.usb_places import Place, find_at, mtp_interface, places
from hardware.wires import AbsentError, LyingError

_NEEDED = (
    Operation.GET_STORAGE_IDS,
    Operation.GET_OBJECT_HANDLES,
    Operation.GET_OBJECT_INFO,
    Operation.GET_OBJECT,
)
_VERDICTS = {
    Verdict.FIT: ("适合", "fit"),
    Verdict.CONDITIONAL: ("有条件", "fit on conditions"),
    Verdict.UNFIT: ("不适合", "unfit"),
}


class Probed(msgspec.Struct, frozen=True):
    """The verdict and what it rests on; no abilities where the camera could not be asked."""

    place: str
    vendor: str
    product: str
    kind: str
    name: str | None
    verdict: Verdict
    points: tuple[Point, ...]
    abilities: Abilities | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_camera_arguments(parser)


def run(arguments: argparse.Namespace, line: Line) -> int:
    models = shipped_models()
    place = next((place for place in places(line.backend, models) if place.usb_path == arguments.place), None)
    if place is None:
        raise AbsentError(f"USB {arguments.place} 处没有设备 / nothing is at this place; see: dockward camera list")
    abilities, broken = _asked(arguments, line, place, models)
    verdict, points = judged(place.kind, abilities, broken)
    vendor, product = f"{place.vendor:04x}", f"{place.product:04x}"
    probed = Probed(place.usb_path, vendor, product, place.kind, place.model, verdict, points, abilities)
    tell(arguments, probed, tuple(_lines(probed)))
    return 1 if verdict is Verdict.UNFIT else 0


def _asked(
    arguments: argparse.Namespace, line: Line, place: Place, models: CameraModels
) -> tuple[Abilities | None, str | None]:
    """A camera that breaks the protocol, or has no serial number, gets its verdict for that."""
    if place.kind not in {"mtp", "locked"}:
        return None, None
    try:
        return _abilities(arguments, line, models), None
    except LyingError as error:
        return None, str(error)


def _abilities(arguments: argparse.Namespace, line: Line, models: CameraModels) -> Abilities:
    """Opened twice: once as the station would, once to read what it says of itself."""
    with camera_at(arguments, line) as camera:
        who, percent, cards = camera.identity, camera.battery_percent(), camera.cards()
        clock_ms, files = camera.clock_ms(), camera.files()
    found = next(place for place in places(line.backend, models) if place.usb_path == arguments.place)
    quirks = models.of(found.vendor, found.product).quirks
    with contextlib.closing(UsbPipe(arguments.place, line.backend)) as pipe:
        initiator = Initiator(pipe)
        initiator.open_session()
        device = initiator.device_info()
        battery = _battery(initiator)
        initiator.close_session()
    does = device.operations
    return Abilities(
        serial=who.serial,
        model=who.model,
        files=len(files),
        lacks=tuple(operation.name for operation in _NEEDED if operation not in does),
        deletes=Operation.DELETE_OBJECT in does,
        deletable_cards=all(card.deletable for card in cards),
        tells_time=clock_ms is not None,
        sets_time=Operation.SET_DEVICE_PROP_VALUE in does and DeviceProperty.DATE_TIME in device.properties,
        battery_percent=percent,
        battery_largest=None if battery is None else battery.largest,
        sizes_of_64_bits=Operation.GET_OBJECT_PROP_VALUE in does,
        sizes_modulo_4_gib=quirks.sizes_modulo_4_gib,
        reads_from_bits=_reads_from_bits(does) if quirks.partial_reads else 0,
        lists_folders_at_once=quirks.property_lists and Operation.GET_OBJECT_PROP_LIST in does,
        tells_free_space=bool(cards) and all(card.free_bytes is not None for card in cards),
        tells_events=_tells_events(arguments.place, line.backend),
    )


def _tells_events(usb_path: str, backend: Any) -> bool:
    """Whether it has an interrupt endpoint; which events it sends there is not asked."""
    found = find_at(usb_path, backend)
    if found is None:
        return False
    try:
        interface = mtp_interface(found, (interface for configuration in found for interface in configuration))
        return any(
            usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_INTR for endpoint in interface or ()
        )
    finally:
        usb.util.dispose_resources(found)


def _reads_from_bits(does: Collection[int]) -> int:
    if Operation.GET_PARTIAL_OBJECT_64 in does:
        return 64
    return 32 if Operation.GET_PARTIAL_OBJECT in does else 0


def _battery(initiator: Initiator) -> PropDesc | None:
    try:
        return initiator.property_desc(DeviceProperty.BATTERY_LEVEL)
    except CameraRefusedError:
        return None


def _lines(probed: Probed) -> Iterator[str]:
    zh, en = _VERDICTS[probed.verdict]
    yield f"结论 verdict: {zh} / {en}"
    name = probed.name or (probed.abilities.model if probed.abilities else "")
    yield f"设备 camera: {probed.vendor}:{probed.product} {shown(name)} ({probed.kind})"
    yield from _points(probed.points)
    if probed.abilities is not None:
        yield "删除与校时未实测，以设备自述为准 / deleting and setting its clock were not tried, only asked about"


def _points(points: Sequence[Point]) -> Iterator[str]:
    for point in points:
        zh, en = _VERDICTS[point.weight]
        mark = "✓" if point.weight is Verdict.FIT else f"{zh} {en}"
        yield f"  {mark}: {point.zh} / {point.en}"
