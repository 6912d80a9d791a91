"""A small town on a virtual clock: stations, their cameras and their registry, all of it the code that ships.

Nothing here waits or sleeps. Each station has its real clerk, dispatcher, docking work over simulated USB, store,
uploads over the registry's real API and uplink to the real mirror; between them lies a line that a seed bends. What
people do, and what goes wrong, is in `world_days`; what must be true in the end, in `world_truths`.
"""

import datetime as dt
import functools
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

import hardware.usb_pipe
from dockward.stage_rolls import camera_id, write_rolls
from hardware.open_hardware import Hardware
from hardware.simulated.dock import About, Dock
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_arrivals import Arrivals, Intervals
from hardware.usb_cameras import UsbCameras
from hardware.usb_places import attached
from hardware.wires import Colour, Measured
from hardware.wiring import BayWiring, HardwareWiring
from provisioning.machines import provision_ca, provision_registry, provision_station
from station.assemble import Station, joined, opened_clerk
from station.config import PolicyConfig, RegistryConfig, StationConfig, StoreConfig
from station.config_file import BrokerConfig
from station.custody.due_work import Work
from station.errors import DockwardError
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.parts import Parts
from station.policy.permits import ClearingDemand
from station.signer import FileKeys
from station.signing.head_memory import HeadMemory
from station.signing.policy_packs import packaged_pack
from station.stamp import Stamp
from station.store.folders import journal_path
from tests.world_line import BentHttp, Line, Registry

STATIONS, BAYS = ("w-01", "w-02"), ("1", "2")
MORNING = Stamp(utc_ms=1_795_219_200_000, boot_id="boot-0", boot_ms=1_000, synchronised=True)
ROUND_MS, ROUNDS_MAX = 1_500, 600
QUIET_ROUNDS, LOOK_EVERY = 22, 20
"""What failed is tried again after half a minute; the disks are looked at as often."""


class Killed(BaseException):
    """The process ends here, in the middle of whatever it does."""


class WorldClock:
    """Wall and monotonic clock of one machine; only the wall can be set."""

    def __init__(self, start: Stamp) -> None:
        self._now = start

    def stamp(self) -> Stamp:
        return self._now

    def advance(self, ms: int) -> None:
        self._now = self._now.later(ms)

    def step(self, ms: int) -> None:
        now = self._now
        self._now = Stamp(now.utc_ms + ms, now.boot_id, now.boot_ms, now.synchronised)

    def boot(self) -> None:
        number = int(self._now.boot_id.rpartition("-")[2]) + 1
        self._now = Stamp(self._now.utc_ms + 60_000, f"boot-{number}", 1_000, synchronised=True)


class FolderBays:
    """Switches and locks as the dock's folder has them."""

    def __init__(self, dock: Dock) -> None:
        self._dock = dock

    def present(self) -> Mapping[str, bool]:
        return {bay: self._dock.camera_in(bay) is not None for bay in BAYS}

    def lock(self, bay: str, locked: bool) -> None:  # noqa: FBT001 - the protocol's
        self._dock.set_lock(bay, locked=locked)

    def charge(self, bay: str, enabled: bool) -> None:  # noqa: FBT001 - the protocol's
        self._dock.set_charging(bay, on=enabled)

    def charging(self) -> Mapping[str, bool]:
        return {bay: self._dock.charging(bay) for bay in BAYS}

    def light(self, _bay: str, _colour: Colour) -> None:
        """Nobody looks."""

    def keys_turned(self) -> Mapping[str, bool]:
        return {}

    def power_well(self) -> bool | None:
        return None

    def measured(self) -> Mapping[str, Measured]:
        return {}

    def acknowledge(self, _bay: str, _cut_number: int) -> None:
        """No board here cuts anything."""

    def close(self) -> None:
        pass


class MortalKeys(FileKeys):
    """The station's signer, with its memory; each signature is a moment at which the station may die."""

    def __init__(self, folder: Path, memory: Path, alive: Callable[[], None]) -> None:
        super().__init__(folder, HeadMemory(memory))
        self._alive = alive

    def sign(self, *asked: Any) -> bytes:
        signature = super().sign(*asked)
        self._alive()
        return signature


class WorldStation:
    """One station from its provisioning to the end of the run, over all its restarts."""

    def __init__(self, folder: Path, name: str, town: "Town") -> None:
        self.name, self.folder, self.town = name, folder / name, town
        self.dock = Dock(self.folder / "dock")
        self.clock = WorldClock(MORNING)
        self.line = Line(town.rng, town.registry, name)
        self.http = BentHttp(town.registry, name, town.rng, self.alive)
        self.errors: Counter[str] = Counter()
        self.filmed: dict[str, bytes] = {}
        """Digest of all that its cameras ever filmed → its bytes."""
        self.wrong: list[str] = []
        """What was deleted before it was safe."""
        self.dies_in: int | None = None
        """So many gates further the process is killed."""
        self.disk_full = False
        self.restored = False
        """It goes on from an old copy of itself."""
        self.open()

    # --- the process

    def open(self) -> None:
        config, keys = config_of(self.folder, self.name, second=self.town.second), self.folder / "station/signer"
        signer = MortalKeys(keys, self.folder / "heads", self.alive)
        client = httpx.Client(transport=self.http, base_url="http://registry")
        places = {bay.name: bay.usb for bay in config.bays}
        tree = VirtualUsb(self.dock, places, lambda: self.clock.stamp().utc_ms, bytes_per_call=65_536)
        hardware = Hardware(
            UsbCameras(480, backend=tree), FolderBays(self.dock), Arrivals(lambda: attached(tree), Intervals(0))
        )
        clerk = opened_clerk(config, signer, self.clock)
        if self.town.demand is not None:
            clerk.policy = Demanding(clerk.policy, self.town.demand)
        clerk._connection.execute("PRAGMA synchronous = OFF")
        clerk.start()
        self._reader = connect_to_read(journal_path(config))
        self.log = SqliteLog(self._reader)
        self.station: Station = joined(Parts(config, self.clock, clerk, hardware, signer, client), self.log)
        if (second := self.station.keeping.second) is not None:
            # The folder is no disk of its own; whether it is one has tests elsewhere.
            second._require_another = lambda disk: None  # type: ignore[method-assign]  # noqa: ARG005
        free = self.station.recordings.free_bytes
        self.station.recordings.free_bytes = lambda: 0 if self.disk_full else free()  # type: ignore[method-assign]
        self.line.connect(self.station, self.clock.stamp())
        self.dies_in = None

    def close(self) -> None:
        self.station.clerk.stop()
        self._reader.close()

    def restart(self, *, boots: bool) -> None:
        self.close()
        if boots:
            self.clock.boot()
        self.open()

    def alive(self) -> None:
        """A moment at which a kill may strike."""
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in <= 0:
                raise Killed

    # --- time

    def round(self, ms: int = ROUND_MS) -> bool:
        """One look at everything; whether there was anything to do."""
        self.clock.advance(ms)
        try:
            return self._round()
        except Killed:
            self.errors["killed"] += 1
            self.restart(boots=self.town.rng.random() < 0.5)
            return True

    def _round(self) -> bool:
        self.station.watch.turn()
        tasks, _ = self.station.dispatcher.startable()
        for task in tasks:
            worker = self.station.dispatcher.begin(task)
            before = self.on_cards() if task.work is Work.CLEAR else {}
            error: DockwardError | None = None
            try:
                worker()
            except DockwardError as failed:
                error = failed
                self.errors[f"{task.work}: {type(failed).__name__}"] += 1
            finally:
                if before:
                    self._witness_deletions(before)
            self.station.dispatcher.end(task, error)
        self.line.pump(self.clock.stamp())
        return any(task.work is not Work.UPLOAD or not self.http.down for task in tasks)

    def settle(self, quiet_rounds: int = QUIET_ROUNDS) -> None:
        """Until nothing is left but waiting for the network, or for people."""
        if not self.live(ROUNDS_MAX, quiet_rounds):
            raise AssertionError(f"{self.name} is not at rest: {self.station.dispatcher.troubles} {self.errors}")

    def live(self, rounds: int, quiet_rounds: int = QUIET_ROUNDS) -> bool:
        """So many rounds at most; whether it came to rest."""
        quiet = 0
        for number in range(rounds):
            if number % LOOK_EVERY == 0:
                self.station.keeping.turn()
            quiet = 0 if self.round() or not self.line.at_rest(self.station) else quiet + 1
            if quiet > quiet_rounds:
                return True
        return False

    # --- what lies where

    def film(self, camera: str, number: int, size: int, begun_ms: int, ended_ms: int) -> None:
        content = sha256(f"{self.name}/{number}".encode()).digest() * (size // 32 + 1)
        self.filmed[sha256(content).hexdigest()] = content
        self.dock.film(camera, f"DCIM/{number:05}.MP4", content, begun_ms, ended_ms)

    def on_cards(self) -> dict[Path, str]:
        cards = [self.dock.card(camera) for camera in self.town.cameras(self.name)]
        return {path: digest_of(path) for card in cards for path in card.rglob("*.MP4")}

    def places(self, digest: str) -> set[str]:
        """Where those bytes are, equal."""
        found = {"card"} if digest in self.on_cards().values() else set()
        folders = {
            "own": (self.folder / "data", "*"),
            "registry": (self.town.registry.folder / "vault" / self.name, "original"),
            "second": (self.folder / "second", "original"),
        }
        for place, (folder, name) in folders.items():
            if any(digest_of(path) == digest for path in folder.rglob(name) if is_footage(path)):
                found.add(place)
        return found

    def _witness_deletions(self, before: dict[Path, str]) -> None:
        """At the very moment of a deletion everything must be where policy wants it."""
        demand = self.station.clerk.policy.clearing
        if self.station.clerk.state.disputes:
            self.wrong += [
                f"{path.name} was deleted while the history was disputed" for path in before if not path.exists()
            ]
        for path, digest in before.items():
            if path.exists():
                continue
            places = self.places(digest) - {"card"}
            if "own" not in places or len(places) < demand.copies:
                self.wrong.append(f"{path.name} was deleted while it was only in {sorted(places)}")
            if demand.receipt_required and "registry" not in places:
                self.wrong.append(f"{path.name} was deleted and the registry does not have it")


class Demanding:
    """A policy as it is, but for what it demands before clearing."""

    def __init__(self, policy: Any, demand: ClearingDemand) -> None:
        self._policy = policy
        self.clearing = demand

    def __getattr__(self, name: str) -> Any:
        return getattr(self._policy, name)

    def of_camera(self, camera: str | None) -> "Demanding":
        return Demanding(self._policy.of_camera(camera), self.clearing)

    def of_person(self, person: str) -> "Demanding":
        return Demanding(self._policy.of_person(person), self.clearing)

    def under(self, name: str) -> "Demanding":
        return Demanding(self._policy.under(name), self.clearing)


class Town:
    """Stations and their registry in one folder."""

    def __init__(
        self,
        folder: Path,
        rng: random.Random,
        stations: int = 1,
        demand: ClearingDemand | None = None,
        *,
        second: bool = False,
    ) -> None:
        shutil.copytree(template(), folder, dirs_exist_ok=True)
        self._shortened = shortened()
        self.folder, self.rng, self.demand, self.second = folder, rng, demand, second
        self.registry = Registry(folder / "registry", MORNING.utc_ms)
        self.stations = [WorldStation(folder, name, self) for name in STATIONS[:stations]]
        for station in self.stations:
            for bay, camera in zip(BAYS, self.cameras(station.name), strict=True):
                station.dock.make_camera(camera, About(battery_percent=100, clock_ahead_ms=rng.randint(-900, 900)))
                station.dock.put(camera, bay)

    @staticmethod
    def cameras(name: str) -> list[str]:
        first = STATIONS.index(name) * len(BAYS)
        return [camera_id(first + number) for number in range(len(BAYS))]

    def close(self) -> None:
        for station in self.stations:
            station.close()
        self.registry.close()
        self._shortened.undo()


def config_of(folder: Path, name: str, *, second: bool) -> StationConfig:
    made = folder / "station"
    registry = RegistryConfig(
        url="http://registry",
        witness=(folder.parent / "registry/witness.vkey").read_text().strip(),
        broker=BrokerConfig(host="none"),
        ca=str(made / "ca.pem"),
        certificate=str(made / "tls.pem"),
        key=str(made / "tls.key"),
    )
    rolls = PolicyConfig(
        pack="yinchuan", officers=str(folder.parent / "officers.csv"), cameras=str(folder.parent / "cameras.csv")
    )
    wirings = (("1-1.1", 17, 0), ("1-1.2", 18, 1))
    bays = tuple(
        BayWiring(name=bay, usb=usb, lock_pin=pin, board=1, slot=slot)
        for bay, (usb, pin, slot) in zip(BAYS, wirings, strict=True)
    )
    return StationConfig(
        station=name,
        agency="640100",
        enrolment=1,
        bays=bays,
        registry=registry,
        policy=rolls,
        data=str(folder / "data"),
        hardware=HardwareWiring(kind="simulated", dock=str(folder / "dock")),
        store=StoreConfig(second=str(folder / "second") if second else None),
    )


@functools.cache
def template() -> Path:
    """Provisioned machines, made once for all worlds of a process."""
    folder = Path(tempfile.mkdtemp(prefix="dockward-town-"))
    provision_ca(folder / "ca", "640100", MORNING.utc_ms)
    provision_registry(folder / "ca", folder / "registry", ["127.0.0.1"], MORNING.utc_ms)
    (folder / "registry/stations").mkdir()
    for name in STATIONS:
        provision_station(folder / "ca", folder / name / "station", name, 1, MORNING.utc_ms)
        enrolled = folder / "registry/stations" / f"{name}.json"
        enrolled.write_bytes((folder / name / "station/enrolment.json").read_bytes())
        (folder / name / "second").mkdir()
    write_rolls(folder, packaged_pack("yinchuan"), dt.date(2026, 11, 21))
    return folder


def shortened() -> pytest.MonkeyPatch:
    """What only costs time here, where processes are killed and the power stays on."""
    patch = pytest.MonkeyPatch()
    patch.setattr(os, "fsync", lambda _: None)
    patch.setattr(hardware.usb_pipe, "_INTERRUPT_PATIENCE_MS", 2)
    return patch


def is_footage(path: Path) -> bool:
    return path.is_file() and path.parent.name != "partial" and not path.name.startswith("journal.sqlite")


def digest_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
