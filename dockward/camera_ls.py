"""`dockward camera ls PATH`: every file on a camera, with times by the camera's own clock. Changes nothing on it."""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone

from dockward.camera_identify import size
from dockward.camera_line import Line, add_camera_arguments, camera_at, shown, tell
from hardware.wires import ListedFile

_NO_TIME = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_camera_arguments(parser)


def run(arguments: argparse.Namespace, line: Line) -> int:
    with camera_at(arguments, line) as camera:
        serial, files = camera.identity.serial, sorted(camera.files())
    say(arguments, serial, files)
    return 0


def say(arguments: argparse.Namespace, serial: str, files: Sequence[ListedFile]) -> None:
    told = {"place": arguments.place, "serial": serial, "files": [file._asdict() for file in files]}
    tell(arguments, told, tuple(_lines(files, arguments.zone_minutes)))


def _lines(files: Sequence[ListedFile], zone_minutes: int) -> Iterator[str]:
    for file in files:
        yield f"{file.size_bytes:>14}  {_time(file.begun_ms, zone_minutes):19}  {shown(file.path)}"
    total = sum(file.size_bytes for file in files)
    yield f"{len(files)} 个文件 files, {size(total)}"


def _time(at_ms: int | None, zone_minutes: int) -> str:
    """A camera may say any number; no year has it."""
    if at_ms is None:
        return _NO_TIME
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
        return f"{moment.astimezone(timezone(timedelta(minutes=zone_minutes))):%Y-%m-%d %H:%M:%S}"
    except OverflowError:
        return _NO_TIME
