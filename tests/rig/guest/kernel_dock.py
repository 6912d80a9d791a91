"""A station put together in this process, with cameras of the kernel's in its bays, and its registry beside it.

What ships does the work: clerk, dispatcher, docking work, recording store, uploads, on threads as in service. Only the
bays' switches are told by the test, and the journal's heads are handed to the registry without a broker.
"""

import asyncio
import contextlib
import datetime as dt
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx
from fastapi import FastAPI

from dockward.stage_rolls import camera_id, write_rolls
from hardware.open_hardware import Hardware
from hardware.usb_arrivals import kernel_arrivals
from hardware.usb_cameras import UsbCameras
from hardware.wires import Colour, Measured
from hardware.wiring import BayWiring, HardwareWiring
from provisioning.machines import provision_ca, provision_registry, provision_station
from registry.api import Peer, create_api
from registry.enrolments import Enrolments
from registry.journal_copy import Witness
from registry.ledger import Ledger
from registry.mirror import Mirror
from registry.uploads import Registrar, Uploads
from station.assemble import Station, joined, opened_clerk
from station.clock import Clock, SystemClock
from station.config import PolicyConfig, RegistryConfig, StationConfig
from station.config_file import BrokerConfig
from station.custody.facts import FactBody, RecordingHeld
from station.errors import DockwardError
from station.journal.entries import read_entry
from station.journal.notes import VerifierKey
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.pages.serving import listen, serve
from station.parts import Parts
from station.signer import FileKeys
from station.signing.policy_packs import packaged_pack
from station.signing.signer_wire import KeyUse, Signer
from station.stamp import Stamp
from station.store.folders import journal_path
from station.work_dispatcher import LONGEST_PAUSE_MS, PLACES, run_dispatcher
from tests.rig.guest.gadgets import BAYS, UmtpCamera

STATION = "rig-01"
PAPERS = ("statement.json", "statement.sig", "signer.pem", "receipt.json", "receipt.sig", "registry.pem")
_ZONE_MINUTES = 480
_REPORTS_EVERY_SECONDS = 0.2
_NOBODY = "http://127.0.0.1:9"


def make_machines(home: Path) -> None:
    """A provisioned station and registry, and the rolls that know the cameras."""
    now = SystemClock(lambda: True).stamp()
    provision_ca(home / "ca", "640100", now.utc_ms)
    provision_station(home / "ca", home / "station", STATION, 1, now.utc_ms)
    provision_registry(home / "ca", home / "registry", ["127.0.0.1"], now.utc_ms)
    enrolled = home / "registry/stations"
    enrolled.mkdir()
    (enrolled / f"{STATION}.json").write_bytes((home / "station/enrolment.json").read_bytes())
    today = dt.datetime.fromtimestamp(now.utc_ms / 1000, dt.UTC).date()
    write_rolls(home, packaged_pack("yinchuan"), today)


def docked_cameras(cards: Path, count: int = BAYS) -> list[UmtpCamera]:
    """One in each bay, known to the rolls; `cards/N` is what is on it."""
    cameras = [UmtpCamera(bay, camera_id(bay), cards / str(bay)) for bay in range(count)]
    for camera in cameras:
        camera.start()
        camera.dock()
    return cameras


class Switches:
    """The bays' switches as a test has them; locks, chargers and lamps go nowhere."""

    def __init__(self, bays: list[str]) -> None:
        self.closed = dict.fromkeys(bays, False)

    def present(self) -> Mapping[str, bool]:
        return dict(self.closed)

    def charging(self) -> Mapping[str, bool]:
        return dict.fromkeys(self.closed, False)

    def keys_turned(self) -> Mapping[str, bool]:
        return {}

    def power_well(self) -> bool | None:
        return None

    def measured(self) -> Mapping[str, Measured]:
        return {}

    def lock(self, bay: str, locked: bool) -> None:  # noqa: FBT001 - the protocol's
        pass

    def charge(self, bay: str, enabled: bool) -> None:  # noqa: FBT001 - the protocol's
        pass

    def light(self, bay: str, colour: Colour) -> None:
        pass

    def acknowledge(self, bay: str, cut_number: int) -> None:
        pass

    def close(self) -> None:
        pass


class ClockThatSkips:
    """The machine's own; a test need not sit through the pause before a next try."""

    def __init__(self) -> None:
        self._clock: Clock = SystemClock(lambda: True)
        self._ahead_ms = 0

    def stamp(self) -> Stamp:
        return self._clock.stamp().later(self._ahead_ms)

    def skip(self, ms: int) -> None:
        self._ahead_ms += ms


@dataclass
class KernelDock:
    """`home` is where the machines were made, `data` the station's own folder; begun and ended as often as liked."""

    home: Path
    data: Path
    cameras: list[UmtpCamera]
    passed: Callable[[str], None] = lambda _: None
    """Told what has just happened: a commit, an upload's answer, a signature."""
    clock: ClockThatSkips = field(default_factory=ClockThatSkips)
    signer: Signer | None = None
    """The keys themselves where it is none."""
    alone: bool = False
    """Nobody answers as its registry."""

    def begin(self, *, at_work: bool = True) -> None:
        """Not at work it does nothing by itself: whoever began it takes each task up."""
        self._stack = contextlib.ExitStack()
        self.config = self._config()
        signer = self.signer or FileKeys(self.home / "station/signer")
        url = _NOBODY if self.alone else self._registry_served()
        client = self._stack.enter_context(httpx.Client(base_url=url, trust_env=False, timeout=60))
        client.event_hooks["response"].append(lambda _: self.passed("http"))
        self.switches = Switches([bay.name for bay in self.config.bays])
        hardware = Hardware(UsbCameras(_ZONE_MINUTES), self.switches, kernel_arrivals())
        clerk = opened_clerk(self.config, signer, self.clock)
        clerk.listen(lambda: self.passed("commit"))
        clerk.start()
        self._stack.callback(clerk.stop)
        log = SqliteLog(self._stack.enter_context(contextlib.closing(connect_to_read(journal_path(self.config)))))
        self.station: Station = joined(Parts(self.config, self.clock, clerk, hardware, signer, client), log)
        self.ended: BaseException | None = None
        self._stopping = threading.Event()
        station = self.station
        works = [self._dispatch, station.watch.run, station.usb.run, station.keeping.run] if at_work else []
        works += [] if self.alone else [self._report]
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stopping.set()
        self.station.stop_wires()
        if self._wake is not None:
            self._wake()
        for thread in self._threads:
            thread.join()
        self._stack.close()

    def dock(self, *bays: int) -> None:
        """The switches of these, or of all of them."""
        for bay in bays or range(len(self.cameras)):
            self.switches.closed[str(bay)] = True
        self.station.watch.wake()

    def at_once(self) -> None:
        """Whatever rests is tried again now."""
        self.clock.skip(LONGEST_PAUSE_MS + 1)
        if self._wake is not None:
            self._wake()

    def bodies(self) -> list[FactBody]:
        with contextlib.closing(connect_to_read(journal_path(self.config))) as connection:
            return [read_entry(entry).body for entry in SqliteLog(connection).entries()]

    def held(self) -> list[str]:
        """The SHA-256 of each recording that the journal says is held."""
        return sorted(body.sha256 for body in self.bodies() if isinstance(body, RecordingHeld))

    def told(self, kind: str) -> int:
        return sum(body.type == kind for body in self.bodies())

    def troubles(self) -> dict[int, str]:
        """What the status page says of the bays that are not well."""
        return {int(view.bay): view.trouble for view in self.station.status().bays if view.trouble}

    def until(self, look: Callable[[], object], what: str, seconds: float) -> None:
        """Looks once a second: what it looks at costs the station's own threads their time."""
        for _ in range(int(seconds)):
            if look():
                return
            self._stopping.wait(1)
        raise AssertionError(f"waited {seconds} s in vain for {what}; {self.troubles()}, ended: {self.ended!r}")

    def held_at(self, bay: int) -> int:
        """How many recordings are held of the camera in a bay."""
        state = self.station.clerk.state
        docking = state.docking_in(str(bay))
        return 0 if docking is None else len(list(state.on_source(docking.source)))

    def until_cleared(self, seconds: float) -> None:
        """Every card is empty, by the station's own orders."""
        self.until(lambda: not any(map(clips, self.cameras)), "the cards to be cleared", seconds)

    def _config(self) -> StationConfig:
        made = self.home / "station"
        registry = RegistryConfig(
            url="https://registry",
            witness=(self.home / "registry/witness.vkey").read_text().strip(),
            broker=BrokerConfig(host="none"),
            ca=str(made / "ca.pem"),
            certificate=str(made / "tls.pem"),
            key=str(made / "tls.key"),
        )
        officers, known = self.home / "officers.csv", self.home / "cameras.csv"
        return StationConfig(
            station=STATION,
            agency="640100",
            enrolment=1,
            bays=tuple(BayWiring(str(one.bay), one.usb_path, board=1, slot=one.bay) for one in self.cameras),
            registry=registry,
            policy=PolicyConfig(pack="yinchuan", officers=str(officers), cameras=str(known)),
            data=str(self.data),
            hardware=HardwareWiring(camera_zone_minutes=_ZONE_MINUTES),
        )

    def _registry_served(self) -> str:
        """On this machine's own network and without TLS, until the end."""
        listening = self._stack.enter_context(contextlib.closing(listen("127.0.0.1", 0)))
        app, loop, stop = self._registry(), asyncio.new_event_loop(), asyncio.Event()
        serving = threading.Thread(target=loop.run_until_complete, args=(_served(app, listening, stop),), daemon=True)
        serving.start()
        self._stack.callback(loop.close)
        self._stack.callback(serving.join)
        self._stack.callback(loop.call_soon_threadsafe, stop.set)
        return "http://{}:{}".format(*listening.getsockname()[:2])

    def _registry(self) -> FastAPI:
        made = self.home / "registry"
        keys = FileKeys(made / "signer")
        key = VerifierKey.parse((made / "witness.vkey").read_text().strip())
        enrolments, ledger = Enrolments(made / "stations"), Ledger(made / "registry.sqlite")
        witness = Witness(key, lambda text: keys.sign(KeyUse.WITNESS, text))
        self.mirror = Mirror(made / "mirror", enrolments, ledger, witness)
        registrar = Registrar("registry", keys, (made / "ca.pem").read_bytes(), lambda: self.clock.stamp().utc_ms)
        uploads = Uploads(made / "vault", enrolments, ledger, self.mirror, registrar)
        return create_api(uploads, enrolments, lambda _: Peer("station-tls", STATION))

    def _dispatch(self) -> None:
        try:
            asyncio.run(self._dispatching())
        except BaseException as error:  # noqa: BLE001 - the top of a thread; its test looks at it
            self.ended = error

    _wake: Callable[[], None] | None = None

    async def _dispatching(self) -> None:
        loop, changed, stop = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        workers = ThreadPoolExecutor(2 * len(self.cameras) + sum(PLACES.values()), "work")

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the station has ended
                loop.call_soon_threadsafe(stop.set if self._stopping.is_set() else changed.set)

        def came(docking: int) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.station.dispatcher.try_now, docking)
            wake()

        self._wake = wake
        self.station.clerk.listen(wake)
        self.station.keeping.listen(wake)
        self.station.usb.listen(came)
        working = loop.create_task(run_dispatcher(self.station.dispatcher, changed, workers))
        stopped = loop.create_task(stop.wait())
        try:
            await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            working.cancel()
            stopped.cancel()
            await asyncio.to_thread(workers.shutdown, cancel_futures=True)

    def _report(self) -> None:
        """The journal's heads, to the registry and back; a registry that cannot be reached is tried again."""
        while not self._stopping.wait(_REPORTS_EVERY_SECONDS):
            with contextlib.suppress(DockwardError):
                now = self.clock.stamp()
                batch = self.station.uplink.next_batch(now)
                if batch is None:
                    continue
                answer = self.mirror.take(STATION, batch, now.utc_ms // 1000)
                self.passed("cosigned")
                if answer.cosigned is not None:
                    self.station.uplink.cosigned(str(answer.cosigned).encode())


async def _served(app: FastAPI, listening: socket.socket, stop: asyncio.Event) -> None:
    serving = asyncio.create_task(serve(app, listening))
    await stop.wait()
    serving.cancel()
    await asyncio.wait({serving})


def clips(camera: UmtpCamera) -> list[Path]:
    """What is on its card."""
    return sorted(path for path in camera.card.rglob("*") if path.is_file())


def proved(data: Path) -> dict[str, Path]:
    """SHA-256 of each original on the station's disk whose papers are complete → its folder."""
    found: dict[str, Path] = {}
    for folder in (data / "evidence").iterdir():
        if all((folder / name).exists() for name in ("original", *PAPERS)):
            found[sha256((folder / "original").read_bytes()).hexdigest()] = folder
    return found
