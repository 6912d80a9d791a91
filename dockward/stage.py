"""A whole simulated dock: agency, broker, registry, two signers and a station, each set up as it would be in service.

Everything runs on loopback with certificates of a throw-away CA, and keeps everything under one folder. Simulated are
the dock itself (cameras, switches, locks, bay boards) and the broker; the rest is what ships.
"""

import asyncio
import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from dockward.embedded_broker import embedded_broker
from dockward.stage_rolls import write_rolls
from hardware.simulated.dock import Dock
from provisioning.machines import provision_broker, provision_ca, provision_registry, provision_station
from station.assemble import Station, put_together
from station.clock import SystemClock
from station.config import StationConfig, read_config
from station.custody.docking import DockingStep
from station.custody.state import State
from station.errors import DockwardError, RefusedError, WireFailedError, WrongUseError
from station.policy.civil_time import local_day
from station.running import run as run_station
from station.signing.policy_packs import packaged_pack
from station.signing.signer_wire import KeyUse, RemoteSigner

AGENCY, STATION = "demo", "demo-01"
POLICY = "yinchuan"
HOSTS = ("127.0.0.1", "localhost")
_LOCK_PINS = (*range(9, 14), *range(15, 28))
BAYS_MAX = len(_LOCK_PINS)
_SLOTS_PER_BOARD = 4
_POLL_SECONDS = 0.02
_PATIENCE_SECONDS = 60
_START_SECONDS_MAX = 20


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
hardware = {{ kind = "simulated", dock = "dock", panel = {{ controller = "st7789", dc_pin = 24 }} }}
policy = {{ pack = "{policy}", officers = "officers.csv", cameras = "cameras.csv" }}

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

"""
_BAY_TOML = """\
[[bays]]
name = "{number}"
usb = "1-1.{number}"
lock_pin = {pin}
board = {board}
slot = {slot}
"""


class StageError(DockwardError):
    """The demo could not be set up, or what was waited for did not happen."""


class Stage:
    """What whoever plays the people needs: the dock to touch, the station to ask."""

    def __init__(self, folder: Path, running: "Running", fleet: str) -> None:
        self.folder = folder
        self.dock = Dock(folder / "dock")
        self.station = running.station
        self.pages = running.pages
        self.fleet = fleet
        self._running = running
        self._pausing = threading.Event()

    @property
    def works(self) -> bool:
        """False once the station has ended by itself; leaving the context then says why."""
        return not self._running.working.done()

    @property
    def state(self) -> State:
        return self.station.clerk.state

    @property
    def everything_delivered(self) -> bool:
        return self.station.uplink.delivered == self.station.clerk.tree.size

    @property
    def reading_bytes(self) -> int:
        """How much of a recording that is being read is here already."""
        parts = (self.folder / "data/partial").glob("*.part")
        return max((size for part in parts if (size := _size(part)) is not None), default=0)

    def said(self, refused: RefusedError) -> str:
        """A refusal as the pack says it to people: what to do next, and what it rests on."""
        policy = self.station.clerk.policy
        return f"{refused.code} " + " / ".join(policy.said(policy.finds(refused.code, refused.rule)))

    def read_through(self, bay: str) -> bool:
        docking = self.state.docking_in(bay)
        return docking is not None and docking.step is DockingStep.READ

    def now_ms(self) -> int:
        return self.station.clock.stamp().utc_ms

    def pause(self, seconds: float) -> None:
        self._pausing.wait(seconds)

    def wait_for(self, what: str, happened: Callable[[], bool]) -> None:
        for _ in range(int(_PATIENCE_SECONDS / _POLL_SECONDS)):
            if happened():
                return
            if not self.works:
                raise StageError(f"the station ended before {what}")
            self.pause(_POLL_SECONDS)
        troubles = dict(self.station.status().troubles)
        raise StageError(f"waited {_PATIENCE_SECONDS} s in vain until {what}; troubles: {troubles}")


@contextlib.contextmanager
def stage(folder: Path, bays: int, port: int, policy: str = POLICY) -> Iterator[Stage]:
    """Set everything up in a new folder and let it work; everything ends with the context."""
    with surroundings(folder, bays, port, policy) as fleet, at_work(read_config(folder / "station.toml")) as running:
        yield Stage(folder, running, fleet)


@contextlib.contextmanager
def surroundings(folder: Path, bays: int, port: int, policy: str = POLICY) -> Iterator[str]:
    """All but the station itself, at work: `folder/station.toml` is what it needs. Yields the registry's pages."""
    if not 1 <= bays <= BAYS_MAX:
        raise WrongUseError(f"a demo has 1 to {BAYS_MAX} bays")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise WrongUseError(f"{folder} is not empty; name a new folder")
    pack = packaged_pack(policy)
    _provision(folder)
    write_rolls(folder, pack, local_day(pack, SystemClock(lambda: True).stamp().utc_ms))
    with (
        embedded_broker(folder / "broker") as broker,
        _registry(folder, broker) as (api, fleet),
        _signer(folder / "station"),
    ):
        _write_station_config(folder, bays, port, broker, api, policy)
        yield fleet


def _provision(folder: Path) -> None:
    now_ms = SystemClock(lambda: True).stamp().utc_ms
    provision_ca(folder / "ca", AGENCY, now_ms)
    provision_station(folder / "ca", folder / "station", STATION, 1, now_ms)
    provision_registry(folder / "ca", folder / "registry", HOSTS, now_ms)
    provision_broker(folder / "ca", folder / "broker", HOSTS, now_ms)
    (folder / "stations").mkdir()
    (folder / "stations" / f"{STATION}.json").write_bytes((folder / "station/enrolment.json").read_bytes())


@contextlib.contextmanager
def _registry(folder: Path, broker: int) -> Iterator[tuple[str, str]]:
    """The registry's two addresses: where recordings go, and its pages."""
    machine = folder / "registry"
    witness = (machine / "witness.vkey").read_text(encoding="utf-8").strip()
    (machine / "registry.toml").write_text(_REGISTRY_TOML.format(witness=witness, broker=broker), encoding="utf-8")
    with _signer(machine), _process(machine, "registry", "run", "--config", str(machine / "registry.toml")) as process:
        said: dict[str, str] = {}

        def started() -> bool:
            said.update(_said(machine / "registry.log"))
            return {"api", "pages"} <= said.keys()

        _wait_for_start(process, started)
        yield said["api"], said["pages"]


def _said(log: Path) -> dict[str, str]:
    """`registry api: https://…` and the like, as a process says them when it listens."""
    lines = (line.split(": ", 1) for line in log.read_text(encoding="utf-8").splitlines() if ": http" in line)
    return {what.split()[-1]: url.rstrip("/") for what, url in lines}


def _write_station_config(folder: Path, bays: int, port: int, broker: int, api: str, policy: str) -> None:
    witness = (folder / "registry/witness.vkey").read_text(encoding="utf-8").strip()
    content = _STATION_TOML.format(
        agency=AGENCY, station=STATION, port=port, api=api, witness=witness, broker=broker, policy=policy
    )
    wiring = "\n".join(map(_bay, range(1, bays + 1)))
    (folder / "station.toml").write_text(content + wiring, encoding="utf-8")


def _bay(number: int) -> str:
    board, slot = divmod(number - 1, _SLOTS_PER_BOARD)
    return _BAY_TOML.format(number=number, pin=_LOCK_PINS[number - 1], board=board + 1, slot=slot)


@contextlib.contextmanager
def _signer(machine: Path) -> Iterator[RemoteSigner]:
    """The key process of a machine that was provisioned into this folder."""
    path = machine / "signer.sock"
    with _process(machine, "signer", "run", "--keys", str(machine / "signer"), "--socket", str(path)) as process:
        signer = RemoteSigner(path)
        _wait_for_start(process, lambda: bool(signer.public_key(KeyUse.EVIDENCE)))
        yield signer


class Running(NamedTuple):
    """A station at work on an event loop of its own."""

    station: Station
    working: "asyncio.Future[None]"
    pages: str


@contextlib.contextmanager
def at_work(config: StationConfig) -> Iterator[Running]:
    """The station, until the context ends; whatever ended it before is raised then."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    listening: queue.SimpleQueue[str] = queue.SimpleQueue()
    with put_together(config) as station:
        working = asyncio.ensure_future(run_station(station, stop, listening.put), loop=loop)
        thread = threading.Thread(target=_run_to_end, args=(loop, working), name="station")
        thread.start()
        try:
            yield Running(station, working, _once_said(listening, working))
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()
            if working.done() and (failed := working.exception()) is not None:
                raise failed


def _once_said(listening: queue.SimpleQueue[str], working: "asyncio.Future[None]") -> str:
    """Where the pages are; whatever ended the station before it could say so is raised by whoever waits for it."""
    for _ in range(int(_START_SECONDS_MAX / _POLL_SECONDS)):
        with contextlib.suppress(queue.Empty):
            return listening.get(timeout=_POLL_SECONDS)
        if working.done():
            break
    raise StageError("the station did not start")


def _run_to_end(loop: asyncio.AbstractEventLoop, working: "asyncio.Future[None]") -> None:
    with contextlib.suppress(Exception):  # kept in `working`, for whoever waits for it
        loop.run_until_complete(working)


@contextlib.contextmanager
def _process(folder: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """One of our commands, as a process of its own; what it says goes into a file beside what it works on."""
    log = (folder / f"{words[0]}.log").open("wb")
    with log, subprocess.Popen([sys.executable, "-m", "dockward", *words], stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()


def _wait_for_start(process: "subprocess.Popen[bytes]", started: Callable[[], bool]) -> None:
    for _ in range(int(_START_SECONDS_MAX / _POLL_SECONDS)):
        with contextlib.suppress(WireFailedError):
            if started():
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_POLL_SECONDS)
            break
    raise StageError(f"a process of the demo did not start: {process.args!r}; its log lies in the demo's folder")


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
