"""What the machines of a simulated dock are configured with, as the files that a technician would write."""

from pathlib import Path
from typing import NamedTuple

AGENCY, STATION = "demo", "demo-01"
POLICY = "yinchuan"
_LOCK_PINS = (*range(9, 14), *range(15, 28))
BAYS_MAX = len(_LOCK_PINS)
_SLOTS_PER_BOARD = 4


_REGISTRY_TOML = """\
name = "演示中心 / demo registry"
witness = "{witness}"
data = "data"
stations = "../stations"
signer = "signer.sock"
broker = {{ host = "localhost", port = {broker}, protocol = "3.1.1" }}
api = {{ host = "127.0.0.1", port = 0 }}
pages = {{ port = 0 }}
"""
_STATION_TOML = """\
station = "{station}"
agency = "{agency}"
enrolment = 1
data = "data"
signer = "station/signer.sock"
technician = "station/technician.sock"
pages = {{ port = {port} }}
hardware = {{ kind = "simulated", dock = "dock", panel = {{ controller = "st7789", dc_pin = 24 }}{reader} }}
policy = {{ pack = "{policy}", officers = "officers.csv", cameras = "cameras.csv"{rules} }}
{desk}
[registry]
url = "{api}"
witness = "{witness}"
ca = "station/ca.pem"
certificate = "station/tls.pem"
key = "station/tls.key"
broker = {{ host = "localhost", port = {broker}, protocol = "3.1.1" }}

[models.DW-T8]
design_mah = 3000
recording_ma = 450
standby_ma = 90

[models.DW-T9]
design_mah = 3000
recording_ma = 450
standby_ma = 90
mib_per_minute = 60

"""
_BAY_TOML = """\
[[bays]]
name = "{number}"
usb = "1-1.{number}"
lock_pin = {pin}
board = {board}
slot = {slot}
"""
_READER = ', badges = { serial = "reader-line" }'
_BADGE_KEY = ', badge_key = "badges/badge.key"'
_UNIT_PACK = ', units = {{ "{unit}" = "{pack}" }}'
_DESK = 'desk = {{ host = "127.0.0.1", port = {port}, certificate = "desk/tls.pem", key = "desk/tls.key" }}\n'


class Centre(NamedTuple):
    """The central side, as a station is told of it."""

    broker: int
    api: str
    witness: str


class StationPlan(NamedTuple):
    """One station of the stage."""

    bays: int
    port: int = 0
    policy: str = POLICY
    station: str = STATION
    staffed: bool = False
    """Its officers have badges, and there is a reader for them."""
    desk_port: int | None = None
    """None: no desk."""
    unit_pack: tuple[str, str] | None = None
    """A department with settings of its own, and the file of its pack."""


def witness_of(registry: Path) -> str:
    return (registry / "witness.vkey").read_text(encoding="utf-8").strip()


def write_registry_config(registry: Path, broker: int) -> Path:
    path = registry / "registry.toml"
    path.write_text(_REGISTRY_TOML.format(witness=witness_of(registry), broker=broker), encoding="utf-8")
    return path


def write_station_config(folder: Path, plan: StationPlan, centre: Centre) -> Path:
    """`station.toml` beside everything that it names."""
    content = _STATION_TOML.format(
        agency=AGENCY,
        station=plan.station,
        port=plan.port,
        policy=plan.policy,
        **centre._asdict(),
        reader=_READER if plan.staffed else "",
        rules=_rules(plan),
        desk="" if plan.desk_port is None else _DESK.format(port=plan.desk_port),
    )
    path = folder / "station.toml"
    path.write_text(content + "\n".join(map(_bay, range(1, plan.bays + 1))), encoding="utf-8")
    return path


def _rules(plan: StationPlan) -> str:
    key = _BADGE_KEY if plan.staffed else ""
    return key if plan.unit_pack is None else key + _UNIT_PACK.format(unit=plan.unit_pack[0], pack=plan.unit_pack[1])


def _bay(number: int) -> str:
    board, slot = divmod(number - 1, _SLOTS_PER_BOARD)
    return _BAY_TOML.format(number=number, pin=_LOCK_PINS[number - 1], board=board + 1, slot=slot)
