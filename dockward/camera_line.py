"""By what way an act reaches a camera, and whether it may. Decides nothing about footage and keeps nothing.

A camera of a unit belongs to its station, where each act on it is a fact. So on a machine with a station's
configuration the station is asked and no camera opened; elsewhere none that stands in the roll that was named.
"""

import argparse
import contextlib
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from hardware.kernel_clock import kernel_knows_time
from hardware.usb_cameras import UsbCameras
from hardware.wires import Camera
from hardware.wiring import HardwareWiring
from station.clock import Clock, SystemClock
from station.errors import WrongUseError
from station.policy.csv_rows import Fault, RollsError, rows
from station.policy.rolls_csv import CAMERAS, HEADINGS
from station.signing.rolls_files import roll_text

STATION_CONFIG = Path("/etc/dockward/station.toml")
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Line(NamedTuple):
    """No backend: libusb."""

    backend: Any | None
    clock: Clock


class InCustodyError(WrongUseError):
    """This camera is a station's to act on."""


def real_line() -> Line:
    return Line(None, SystemClock(kernel_knows_time))


def add_camera_arguments(parser: argparse.ArgumentParser) -> None:
    """PATH and what decides whether it may be opened, for every act on one camera."""
    zone = HardwareWiring().camera_zone_minutes
    parser.add_argument(
        "place",
        metavar="PATH",
        help="its place on the USB tree, as `camera list` says it: 1-1.4; on a station also its bay",
    )
    parser.add_argument("--zone-minutes", type=int, default=zone, metavar="N", help=f"the camera's zone ({zone})")
    parser.add_argument("--cameras", type=Path, metavar="FILE", help="CSV roll of cameras: none of these is touched")
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"a station's configuration ({STATION_CONFIG})")
    parser.add_argument("--json", action="store_true", help="print JSON")


@contextlib.contextmanager
def camera_at(arguments: argparse.Namespace, line: Line) -> Iterator[Camera]:
    """The camera, opened, if it is in nobody's custody."""
    listed = _serials(arguments.cameras)
    cameras = UsbCameras(arguments.zone_minutes, line.backend)
    with contextlib.closing(cameras.open(arguments.place)) as camera:
        require_in_no_roll(camera.identity.serial, listed, arguments.cameras)
        yield camera


def station_config(named: Path | None) -> Path | None:
    """Whose station this machine is; None where it is none. An installed station is not unmade by naming another."""
    if named is not None and not named.exists():
        raise WrongUseError(f"{named} 不存在 / is not there; name a station's configuration, or none")
    return next((config for config in (STATION_CONFIG, named) if config is not None and config.exists()), None)


def require_in_no_roll(serial: str, listed: frozenset[str], roll: Path | None) -> None:
    if _folded(serial) in listed:
        raise InCustodyError(
            f"{shown(serial)} 在册 / is in the roll {roll}: 请归仓，由采集站操作 / dock it: its station acts on it"
        )


def tell(arguments: argparse.Namespace, told: object, lines: Sequence[str]) -> None:
    """One JSON object, or lines for a person."""
    print(msgspec.json.encode(told).decode() if arguments.json else "\n".join(lines))


def shown(said: str) -> str:
    """What a camera says, with whatever could steer a terminal or turn writing around made visible."""
    return "".join(f"\\u{ord(sign):04x}" if unicodedata.category(sign) in _STEERING else sign for sign in said)


def _serials(roll: Path | None) -> frozenset[str]:
    """A roll with a fault in it lists nobody for sure: it is refused."""
    if roll is None:
        return frozenset()
    faults: list[Fault] = []
    listed = frozenset(_folded(row.key("id")) for row in rows(CAMERAS, roll_text(roll), HEADINGS[CAMERAS], faults))
    if faults:
        raise RollsError(faults)
    return listed


def _folded(serial: str) -> str:
    return unicodedata.normalize("NFKC", serial).strip().casefold()
