"""A whole simulated dock: agency, broker, registry, two signers and a station, each set up as it would be in service.

Everything runs on loopback with certificates of a throw-away CA, and keeps everything under one folder. Simulated are
the dock itself (cameras, switches, locks, bay boards) and the broker; the rest is what ships.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from dockward.embedded_broker import embedded_broker
from dockward.stage_config import POLICY, Centre, StationPlan, witness_of, write_station_config
from dockward.stage_processes import POLL_SECONDS, START_SECONDS_MAX, registry, signer
from dockward.stage_setting import set_up
from hardware.simulated.dock import Dock
from station.assemble import Station, put_together
from station.config import StationConfig, read_config
from station.custody.docking import DockingStep
from station.custody.state import State
from station.errors import DockwardError, RefusedError
from station.running import run as run_station

_PATIENCE_SECONDS = 60


class StageError(DockwardError):
    """The demo could not be set up, or what was waited for did not happen."""


class Stage:
    """What whoever plays the people needs: the dock to touch, the station to ask."""

    def __init__(self, folder: Path, running: "Running", surrounded: "Surroundings") -> None:
        self.folder = folder
        self.dock = Dock(folder / "dock")
        self.station = running.station
        self.pages = running.pages
        self.surrounded = surrounded
        self.fleet = surrounded.fleet
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
        for _ in range(int(_PATIENCE_SECONDS / POLL_SECONDS)):
            if happened():
                return
            if not self.works:
                raise StageError(f"the station ended before {what}")
            self.pause(POLL_SECONDS)
        troubles = dict(self.station.status().troubles)
        raise StageError(f"waited {_PATIENCE_SECONDS} s in vain until {what}; troubles: {troubles}")


class Surroundings(NamedTuple):
    """All but the stations themselves, at work."""

    centre: Centre
    fleet: str
    """The registry's pages."""


@contextlib.contextmanager
def stage(folder: Path, plan: StationPlan, *others: str) -> Iterator[Stage]:
    """Set everything up in a new folder and let it work; everything ends with the context.

    `others` are stations that the registry knows too, each set up in the folder of its name.
    """
    with around(folder, plan, *others) as surrounded, at_work(folder, surrounded) as playing:
        yield playing


@contextlib.contextmanager
def at_work(folder: Path, surrounded: Surroundings) -> Iterator[Stage]:
    """The station that is set up in a folder, its signer at work already."""
    with working(read_config(folder / "station.toml")) as running:
        yield Stage(folder, running, surrounded)


@contextlib.contextmanager
def surroundings(folder: Path, bays: int, port: int, policy: str = POLICY) -> Iterator[str]:
    """All but the station itself, at work: `folder/station.toml` is what it needs. Yields the registry's pages."""
    with around(folder, StationPlan(bays, port, policy)) as surrounded:
        yield surrounded.fleet


@contextlib.contextmanager
def around(folder: Path, plan: StationPlan, *others: str) -> Iterator[Surroundings]:
    """The same for any plan."""
    set_up(folder, plan, others)
    with (
        embedded_broker(folder / "broker") as broker,
        registry(folder, broker) as (api, fleet),
        signer(folder / "station"),
    ):
        centre = Centre(broker, api, witness_of(folder / "registry"))
        write_station_config(folder, plan, centre)
        yield Surroundings(centre, fleet)


class Running(NamedTuple):
    """A station at work on an event loop of its own."""

    station: Station
    working: "asyncio.Future[None]"
    pages: str


@contextlib.contextmanager
def working(config: StationConfig) -> Iterator[Running]:
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
    for _ in range(int(START_SECONDS_MAX / POLL_SECONDS)):
        with contextlib.suppress(queue.Empty):
            return listening.get(timeout=POLL_SECONDS)
        if working.done():
            break
    raise StageError("the station did not start")


def _run_to_end(loop: asyncio.AbstractEventLoop, working: "asyncio.Future[None]") -> None:
    with contextlib.suppress(Exception):  # kept in `working`, for whoever waits for it
        loop.run_until_complete(working)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
