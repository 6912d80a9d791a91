"""`dockward camera list`: what is plugged in on USB, where, and of what kind. Opens no camera, changes nothing."""

import argparse

from dockward.camera_line import Line, shown, tell
from hardware.camera_models import shipped_models
from hardware.usb_places import Kind, Place, places

_KINDS: dict[Kind, str] = {
    "mtp": "MTP",
    "disk": "U盘模式 disk",
    "locked": "未解锁 locked",
    "other": "其他 other",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace, line: Line) -> int:
    found = places(line.backend, shipped_models())
    lines = [_line(place) for place in found] or [
        "未发现 USB 设备 / nothing is plugged in on USB; is its cable a data cable?"
    ]
    tell(arguments, {"places": [_told(place) for place in found]}, lines)
    return 0


def _told(place: Place) -> dict[str, object]:
    return {**place._asdict(), "vendor": f"{place.vendor:04x}", "product": f"{place.product:04x}"}


def _line(place: Place) -> str:
    name = "未列型号 not in the table" if place.model is None else shown(place.model)
    return f"{place.usb_path:<10} {place.vendor:04x}:{place.product:04x}  {_KINDS[place.kind]}  {name}"
