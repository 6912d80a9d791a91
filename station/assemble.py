"""Joins everything; decides nothing. `put_together` opens what a station needs; `running` lets it work."""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hardware.open_hardware import knows_time, open_hardware
from hardware.wires import WireError
from station.bays.bay_watch import BayWatch
from station.bays.keeping_watch import KeepingWatch
from station.bays.technician import Technician
from station.bays.technician_bays import TechnicianBays
from station.bays.technician_line import Act, CourierTaken, HeadsSigned, Said
from station.bays.usb_watch import Pluggings, UsbWatch
from station.bays.watch_room import WatchRoom, technician_bays, unpowered
from station.clock import Clock, SystemClock
from station.config import StationConfig
from station.config_file import read_file
from station.custody.facts import Fact
from station.custody.observations import JournalBegun, Observation
from station.desk.badge_desk import BadgeDesk, open_badge_desk
from station.desk.kiosk import Kiosk
from station.durable import make_folder
from station.errors import RefusedError, WireFailedError
from station.journal.notes import LOG_KEY, VerifierKey
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal_clerk import JournalClerk
from station.pages.live import Live
from station.parts import Parts
from station.signing.signer_wire import KeyUse, RemoteSigner, Signer
from station.stamp import Stamp, beijing_day_ms
from station.store.at_rest import AtRest
from station.store.folders import journal_path
from station.store.loans_today import LoansToday
from station.store.quarantine import Quarantine
from station.store.recordings import RecordingStore
from station.store.rules import policy_in_force
from station.store.space import forecast
from station.uplink.courier_answers import Answers, inbox_of
from station.uplink.journal_uplink import JournalUplink
from station.uplink.mqtt_link import MqttLink
from station.uplink.stamping import Stamping
from station.uplink.uploads import registry_client
from station.views.bay_troubles import all_joined, bay_troubles
from station.views.damage_words import damage_troubles
from station.views.disk_words import gone_disk_troubles, watched_troubles
from station.views.footage_troubles import footage_troubles
from station.views.histories import history_troubles
from station.views.panel import refusal
from station.views.panel_words import PANEL_TROUBLE
from station.views.space_words import space_trouble, unverified_trouble
from station.views.status import Journal, StatusView, status
from station.views.words import (
    BADGE_TROUBLE,
    BAY_TROUBLE,
    LINK_TROUBLE,
    STAMP_TROUBLE,
    WORK_TROUBLES,
    at_rest_trouble,
)
from station.work_dispatcher import Outside, WorkDispatcher

if TYPE_CHECKING:
    from station.panel.watch import PanelWatch

SALT_BYTES = 32
_REGISTRY = "登记中心 registry"
"""What is in trouble, for people."""


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
    courier: Answers
    badges: BadgeDesk | None
    """None where no reader is configured."""
    stamping: Stamping | None
    """None where no time-stamp authority is configured."""
    unsafe: Mapping[str, AtRest]
    """Folders with footage that are not known to be encrypted."""
    keeping: KeepingWatch
    panel: "PanelWatch | None"
    """None where no panel is configured."""
    kiosk: Kiosk | None
    """None where no reader is configured."""
    loans: LoansToday
    show_refusal: Callable[[RefusedError, str], None]
    """At once, to whoever stands at the dock: words are Chinese and English."""

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        return self.clerk.tell(observation).result()

    def status(self) -> StatusView:
        troubles = {bay: f"{BAY_TROUBLE} / {trouble}" for bay, trouble in self.watch.troubles.items()}
        troubles = all_joined(troubles, self._work_troubles())
        if self.badges is not None and self.badges.watch.trouble:
            troubles["读卡器 badges"] = f"{BADGE_TROUBLE} / {self.badges.watch.trouble}"
        if self.stamping is not None and self.stamping.trouble:
            troubles["时间戳 stamps"] = f"{STAMP_TROUBLE} / {self.stamping.trouble}"
        if self.panel is not None and self.panel.trouble:
            troubles["显示屏 panel"] = f"{PANEL_TROUBLE} / {self.panel.trouble}"
        if self.unsafe:
            troubles["加密 encryption"] = at_rest_trouble(self.unsafe)
        if self.link.trouble:
            troubles[_REGISTRY] = f"{LINK_TROUBLE} / {self.link.trouble}"
        if self.link.alarm:
            troubles[_REGISTRY] = " · ".join(filter(None, (self.link.alarm, troubles.get(_REGISTRY))))
        troubles = all_joined(all_joined(troubles, bay_troubles(self.clerk.state)), self.watch.other_troubles)
        troubles = all_joined(troubles, history_troubles(self.clerk.state))
        troubles = all_joined(troubles, footage_troubles(self.clerk.state))
        troubles = all_joined(troubles, damage_troubles(self.clerk.state))
        bays = [bay.name for bay in self.config.bays]
        journal, at = Journal(self.clerk.tree.size, self.uplink.delivered), self.clock.stamp()
        outlived = self.clerk.policy.outlived(at.utc_ms)
        if at.synchronised and not outlived.permitted:
            troubles["规则包 policy"] = " / ".join(self.clerk.policy.said(outlived))
        troubles = all_joined(troubles, self._disk_troubles(at))
        view = status(self.clerk.state, bays, troubles, journal, at, self.watch.sensed)
        with contextlib.suppress(WireFailedError):
            view = replace(view, loans=self.loans.since(beijing_day_ms(at.utc_ms), journal.size))
        return replace(view, policy=self.clerk.policy.name)

    def for_courier(self, act: Act) -> Said:
        if act is Act.COURIER_HEADS:
            return HeadsSigned(self.uplink.sign_heads())
        taken = self.courier.take()
        return CourierTaken(taken.receipted, taken.known, taken.refused, self.uplink.delivered)

    def stop_wires(self) -> None:
        """Everything that would keep the process waiting comes to an end."""
        self.recordings.stop()
        self.technician.work.turns.stop()
        self.live.close()
        self.watch.stop()
        self.usb.stop()
        self.link.stop()
        self.keeping.stop()
        if self.badges is not None:
            self.badges.watch.stop()
        if self.stamping is not None:
            self.stamping.stop()
        if self.panel is not None:
            self.panel.stop()
        if self.kiosk is not None:
            self.kiosk.live.close()

    def _disk_troubles(self, at: Stamp) -> dict[str, str]:
        space = self.keeping.space
        troubles = all_joined(watched_troubles(self.keeping.troubles), gone_disk_troubles(self.clerk.state))
        if unverified := unverified_trouble(self.keeping.overdue):
            troubles["资料核验 digests"] = unverified
        low = space and space_trouble(forecast(space, released=not self.link.trouble), at)
        return {**troubles, "磁盘空间 disk space": low} if low else troubles

    def _work_troubles(self) -> dict[str, str]:
        """Where a person looks for it: at the bay, or beside all of them."""
        dockings = self.clerk.state.dockings
        return {
            dockings[number].bay if number in dockings else work.value: f"{WORK_TROUBLES[work]} / {trouble}"
            for (work, number), trouble in self.dispatcher.troubles.items()
        }


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
    recordings = RecordingStore(Path(config.data), Quarantine(parts.state, config.store.quarantine_mib << 20))
    recordings.discard_orphans(clerk.state)
    pluggings = Pluggings(parts.hardware.arrivals.plugging)
    docking = parts.docking_work(recordings, pluggings)
    line = parts.line(recordings)
    uploads = parts.uploads(recordings, line)
    sealing = parts.sealing(parts.tell, recordings)
    keeping = parts.keeping(docking, sealing, uploads, lambda: dispatcher.disk_wanted)
    workers = {**docking.workers(), **sealing.workers(), **uploads.workers(), **keeping.workers}
    outside = Outside(
        pluggings.doubted, lambda: unpowered(watch.sensed, clerk.state), line.opens_in_ms, lambda: keeping.watch.disks
    )
    dispatcher = WorkDispatcher(parts.state, clerk.policy, parts.clock, workers, outside)
    usb = UsbWatch(parts.hardware.arrivals, parts.places(), parts.state, pluggings)
    usb.listen_to_leaving(docking.turns.wake)
    uplink = parts.uplink(log)
    link = MqttLink(config, uplink, parts.orders(), parts.clock, parts.presence)
    around = (parts.hardware, parts.state, clerk.policy, parts.clock, parts.tell, pluggings, dispatcher)
    watch = WatchRoom(config, *around).watch()
    live = Live()
    for wake in (watch.wake, link.wake, live.changed, docking.turns.wake):
        clerk.listen(wake)
    panel, show = _panel(parts, lambda: station.status())  # noqa: PLW0108 - it is made below
    badges = open_badge_desk(config, parts.hardware.badges, parts.clock, parts.state)
    station = Station(
        config,
        parts.clock,
        clerk,
        recordings,
        dispatcher,
        watch,
        usb,
        uplink,
        link,
        live,
        Technician(docking, clerk.policy),
        technician_bays(config, watch, parts.tell, parts.state),
        Answers(inbox_of(Path(config.data)), uplink, uploads),
        badges,
        parts.stamping(),
        parts.unsafe(),
        keeping.watch,
        panel,
        parts.kiosk(badges, show) if badges is not None else None,
        LoansToday(journal_path(config)),
        show,
    )
    return station


def _panel(
    parts: Parts, read: Callable[[], StatusView]
) -> tuple["PanelWatch | None", Callable[[RefusedError, str], None]]:
    """The panel, and what shows a refusal on it; without one nobody is shown anything."""
    if parts.hardware.panels is None:
        return None, lambda *_: None
    from station.panel.watch import PanelWatch  # noqa: PLC0415 - draws with a library that not every station needs

    panel = PanelWatch(parts.hardware.panels, read, parts.clock)
    parts.clerk.listen(panel.wake)

    def show(refused: RefusedError, words: str) -> None:
        panel.notice(refusal(refused, words, parts.clock.stamp().utc_ms))

    return panel, show
