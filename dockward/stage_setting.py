"""Sets up what the demo's machines need before any of them runs: keys, certificates, badges, accounts and rolls."""

from pathlib import Path

from dockward.stage_config import AGENCY, BAYS_MAX, STATION, StationPlan
from dockward.stage_rolls import open_accounts, write_rolls
from provisioning.badges import provision_badge_key
from provisioning.machines import (
    provision_broker,
    provision_ca,
    provision_desk,
    provision_registry,
    provision_station,
)
from station.clock import SystemClock
from station.errors import WrongUseError
from station.policy.civil_time import local_day
from station.signing.badge_key import BadgeKey, read_badge_key
from station.signing.policy_packs import packaged_pack

HOSTS = ("127.0.0.1", "localhost")


def set_up(folder: Path, plan: StationPlan, others: tuple[str, ...]) -> None:
    """In a new folder; each of the others has its keys in the folder of its name, and nothing else."""
    if not 1 <= plan.bays <= BAYS_MAX:
        raise WrongUseError(f"a demo has 1 to {BAYS_MAX} bays")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise WrongUseError(f"{folder} is not empty; name a new folder")
    pack, now_ms = packaged_pack(plan.policy), now()
    provision_ca(folder / "ca", AGENCY, now_ms)
    provision_registry(folder / "ca", folder / "registry", HOSTS, now_ms)
    provision_broker(folder / "ca", folder / "broker", HOSTS, now_ms)
    (folder / "stations").mkdir()
    for home, station in ((folder, STATION), *((folder / other, other) for other in others)):
        home.mkdir(exist_ok=True)
        provision_station(folder / "ca", home / "station", station, 1, now_ms)
        enrolment = (home / "station/enrolment.json").read_bytes()
        (folder / "stations" / f"{station}.json").write_bytes(enrolment)
    write_rolls(folder, pack, local_day(pack, now_ms), new_badge_key(folder) if plan.staffed else None)
    if plan.desk_port is not None:
        provision_desk(folder / "ca", folder / "desk", STATION, HOSTS, now_ms)
        open_accounts(folder / "data")


def new_badge_key(folder: Path) -> BadgeKey:
    return read_badge_key(provision_badge_key(folder / "badges"))


def now() -> int:
    return SystemClock(lambda: True).stamp().utc_ms
