"""Joins everything; decides nothing. `put_together` opens what a station needs, `run` lets it work until stopped."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
from msgspec.structs import replace

from hardware.open_hardware import Hardware, knows_time, open_hardware
from hardware.wires import WireError
from station.bays.bay_watch import BayWatch
from station.bays.docking_work import DockingWork, Tell
from station.bays.sealing import Sealing, Stating
from station.bays.technician import Technician
from station.bays.technician_bays import TechnicianBays
from station.bays.technician_door import TechnicianDoor, open_door
from station.bays.usb_watch import Pluggings, UsbWatch
from station.bays.watch_room import WatchRoom, technician_bays, unpowered
from station.clock import Clock, SystemClock
from station.config import StationConfig
from station.custody.due_work import Work
from station.custody.facts import Fact
from station.custody.observations import JournalBegun, Observation
from station.custody.state import State
from station.desk.badge_desk import BadgeDesk, open_badge_desk
from station.durable import make_folder
from station.errors import BrokenCustodyError, WireFailedError, WrongUseError
from station.journal.notes import LOG_KEY, Note, VerifierKey
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal_clerk import JournalClerk
from station.pages.live import Live
from station.pages.serving import listen, serve
from station.signing.receipts import Trust
from station.signing.signer_wire import KeyUse, RemoteSigner, Signer
from station.store.recordings import RecordingStore
from station.store.rules import policy_in_force
from station.uplink.journal_uplink import JournalUplink
from station.uplink.mqtt_link import MqttLink, Presence
from station.uplink.uploads import Uploads, registry_client
from station.version import VERSION
from station.views.bay_troubles import all_joined, bay_troubles
from station.views.status import Journal, StatusView, status
from station.views.words import BADGE_TROUBLE, BAY_TROUBLE, LINK_TROUBLE, WORK_TROUBLES
from station.web.app import create_app
from station.web.check_out import CheckOut, add_check_out
from station.work_dispatcher import PLACES, WorkDispatcher, Worker, run_dispatcher

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Station:
    """A station put together. Its threads and tasks start with `run`."""

    config: StationConfig
    clock: Clock
    clerk: JournalClerk
    recordings: RecordingStore
    dispatcher: WorkDispatcher
    watch: BayWatch
    usb: UsbWatch
    uplink: JournalUplink
    link: MqttLink
    live: Live
    technician: Technician
    technician_bays: TechnicianBays
    badges: BadgeDesk | None
    """None where no reader is configured."""

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        return self.clerk.tell(observation).result()

    def status(self) -> StatusView:
        troubles = {bay: f"{BAY_TROUBLE} / {trouble}" for bay, trouble in self.watch.troubles.items()}
        troubles = all_joined(troubles, self._work_troubles())
        if self.badges is not None and self.badges.watch.trouble:
            troubles["读卡器 badges"] = f"{BADGE_TROUBLE} / {self.badges.watch.trouble}"
        if self.link.trouble:
            troubles["registry"] = f"{LINK_TROUBLE} / {self.link.trouble}"
        troubles = all_joined(all_joined(troubles, bay_troubles(self.clerk.state)), self.watch.other_troubles)
        bays = [bay.name for bay in self.config.bays]
        journal, at = Journal(self.clerk.tree.size, self.uplink.delivered), self.clock.stamp()
        outlived = self.clerk.policy.outlived(at.utc_ms)
        if at.synchronised and not outlived.permitted:
            troubles["规则包 policy"] = " / ".join(self.clerk.policy.said(outlived))
        view = status(self.clerk.state, bays, troubles, journal, at, self.watch.sensed)
        return replace(view, policy=self.clerk.policy.name)

    def stop_wires(self) -> None:
        """Everything that would keep the process waiting comes to an end."""
        self.recordings.stop()
        self.live.close()
        self.watch.stop()
        self.usb.stop()
        self.link.stop()
        if self.badges is not None:
            self.badges.watch.stop()

    def _work_troubles(self) -> dict[str, str]:
        """Where a person looks for it: at the bay, or beside all of them."""
        dockings = self.clerk.state.dockings
        return {
            dockings[number].bay if number in dockings else work.value: f"{WORK_TROUBLES[work]} / {trouble}"
            for (work, number), trouble in self.dispatcher.troubles.items()
        }


@dataclass(frozen=True, slots=True)
class Parts:
    """What a station is put together from, each opened already."""

    config: StationConfig
    clock: Clock
    clerk: JournalClerk
    hardware: Hardware
    signer: Signer
    registry: httpx.Client

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        return self.clerk.tell(observation).result()

    def state(self) -> State:
        return self.clerk.state

    def places(self) -> dict[str, str]:
        return {bay.name: bay.usb for bay in self.config.bays}

    def docking_work(self, recordings: RecordingStore, pluggings: Pluggings) -> DockingWork:
        cameras, places = self.hardware.cameras, self.places()
        models = self.config.models
        return DockingWork(self.tell, self.state, self.clock, cameras, places, recordings, pluggings, models)

    def workers(self, tell: Tell, docking: DockingWork, recordings: RecordingStore) -> dict[Work, Worker]:
        config = self.config
        stating = Stating(config.station, config.origin, read_file(config.registry.ca), self.signer)
        sealing = Sealing(tell, self.state, journal_path(config), recordings, stating)
        uploads = Uploads(self.registry, tell, self.state, self.clock, recordings, trust_of(config, self.signer))
        return {**docking.workers(), **sealing.workers(), **uploads.workers()}

    def uplink(self, log: SqliteLog) -> JournalUplink:
        trust = trust_of(self.config, self.signer)

        def keep(note: Note) -> None:
            self.clerk.keep_checkpoint(note, trust.log_key, trust.witness_key).result()

        return JournalUplink(log, trust.log_key, trust.witness_key, self._sign, keep)

    def presence(self, *, online: bool) -> Presence:
        return Presence(
            online=online,
            boot=self.clock.stamp().boot_id,
            version=VERSION,
            policy=self.clerk.policy.name,
            journal_size=self.clerk.tree.size,
        )

    def _sign(self, text: bytes) -> bytes:
        return self.signer.sign(KeyUse.LOG, text)


@contextlib.contextmanager
def put_together(config: StationConfig) -> Iterator[Station]:
    clock = SystemClock(knows_time(config.hardware))
    with contextlib.ExitStack() as stack:
        try:
            hardware = stack.enter_context(open_hardware(config.hardware, config.bays, lambda: clock.stamp().utc_ms))
        except WireError as error:
            raise WireFailedError(str(error)) from error
        signer = RemoteSigner(Path(config.signer))
        registry = stack.enter_context(registry_client(config))
        clerk = opened_clerk(config, signer, clock)
        clerk.start()
        stack.callback(clerk.stop)
        log = SqliteLog(stack.enter_context(contextlib.closing(connect_to_read(journal_path(config)))))
        yield joined(Parts(config, clock, clerk, hardware, signer, registry), log)


def opened_clerk(config: StationConfig, signer: Signer, clock: Clock) -> JournalClerk:
    """The journal, begun under this station's origin if it is new."""
    make_folder(Path(config.data))
    policy = policy_in_force(config.policy, read_file(config.registry.ca), clock.stamp().utc_ms)
    clerk = JournalClerk(journal_path(config), config.station, policy, clock, lambda: secrets.token_bytes(SALT_BYTES))
    if not clerk.tree.size:
        log_key = VerifierKey.of(config.origin, LOG_KEY, signer.public_key(KeyUse.LOG))
        clerk.judge_and_write(JournalBegun(origin=config.origin, log_key=str(log_key)))
    return clerk


def joined(parts: Parts, log: SqliteLog) -> Station:
    clerk, config = parts.clerk, parts.config
    recordings = RecordingStore(Path(config.data))
    recordings.discard_orphans(clerk.state)
    pluggings = Pluggings(parts.hardware.arrivals.plugging)
    docking = parts.docking_work(recordings, pluggings)
    workers = parts.workers(parts.tell, docking, recordings)

    def without_power() -> frozenset[int]:
        return unpowered(watch.sensed, clerk.state)

    dispatcher = WorkDispatcher(parts.state, clerk.policy, parts.clock, workers, pluggings.doubted, without_power)
    usb = UsbWatch(parts.hardware.arrivals, parts.places(), parts.state, pluggings)
    technician = Technician(docking, clerk.policy)
    uplink = parts.uplink(log)
    link = MqttLink(config, uplink, parts.clock, parts.presence)
    watch = WatchRoom(
        config, parts.hardware, parts.state, clerk.policy, parts.clock, parts.tell, pluggings, dispatcher
    ).watch()
    bays = technician_bays(config, watch, parts.tell, parts.state)
    live = Live()
    for wake in (watch.wake, link.wake, live.changed):
        clerk.listen(wake)
    badges = open_badge_desk(config, parts.hardware.badges, parts.clock)
    return Station(
        config, parts.clock, clerk, recordings, dispatcher, watch, usb, uplink, link, live, technician, bays, badges
    )


def journal_path(config: StationConfig) -> Path:
    return Path(config.data) / "journal.sqlite"


def trust_of(config: StationConfig, signer: Signer) -> Trust:
    """Whom the registry's answers must come from."""
    return Trust(
        ca_pem=read_file(config.registry.ca),
        log_key=VerifierKey.of(config.origin, LOG_KEY, signer.public_key(KeyUse.LOG)),
        witness_key=VerifierKey.parse(config.registry.witness),
    )


async def run(station: Station, stop: asyncio.Event, serving: Callable[[str], None] = lambda _: None) -> None:
    """Until told to stop. Whatever ends before that ends everything, and the process is started anew."""
    config = station.config
    with (
        contextlib.closing(listen(config.pages.host, config.pages.port)) as listening,
        contextlib.closing(open_door(Path(config.technician))) as knocking,
    ):
        serving("http://{}:{}".format(*listening.getsockname()[:2]))
        await _run(station, stop, listening, knocking)


async def _run(station: Station, stop: asyncio.Event, listening: socket.socket, knocking: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake_dispatcher() -> None:
        loop.call_soon_threadsafe(changed.set)

    def camera_came(docking: int) -> None:
        loop.call_soon_threadsafe(station.dispatcher.try_now, docking)
        wake_dispatcher()

    station.clerk.listen(wake_dispatcher)
    station.usb.listen(camera_came)
    turning = [station.watch.run, station.usb.run, station.link.run]
    turning += [station.badges.watch.run] if station.badges is not None else []
    wires = ThreadPoolExecutor(len(turning), "wire")
    workers = ThreadPoolExecutor(2 * len(station.config.bays) + sum(PLACES.values()), "work")
    try:
        async with asyncio.TaskGroup() as group:
            for wire in turning:
                group.create_task(_until_stopped(loop.run_in_executor(wires, wire), stop))
            app = create_app(station.config.station, station.status, station.live)
            if (desk := station.badges) is not None:
                state, policy = (lambda: station.clerk.state), station.clerk.policy
                add_check_out(app, CheckOut(desk, station.tell, state, policy, station.clock.stamp))
            door = TechnicianDoor(
                station.technician, station.dispatcher, workers, changed.set, os.getegid(), station.technician_bays
            )
            loops = [
                group.create_task(run_dispatcher(station.dispatcher, changed, workers)),
                group.create_task(serve(app, listening)),
                group.create_task(door.serve(knocking)),
            ]
            await stop.wait()
            station.stop_wires()
            for task in loops:
                task.cancel()
    finally:
        station.stop_wires()
        for threads in (wires, workers):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)


async def _until_stopped(wire: "asyncio.Future[None]", stop: asyncio.Event) -> None:
    await wire
    if not stop.is_set():
        raise BrokenCustodyError("a wire's thread ended by itself; the station starts anew")


def read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read: {error.strerror}; provision the station again") from error
