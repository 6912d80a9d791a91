"""What a station is put together from: every piece of it, made from what is open already. Starts nothing."""

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from hardware.open_hardware import Hardware
from station.bays.docking_work import DockingWork, Tell
from station.bays.keeping_room import Keeping, KeepingRoom
from station.bays.pull_turns import PullTurns
from station.bays.sealing import Sealing, Stating
from station.bays.usb_watch import Pluggings
from station.clock import Clock
from station.config import StationConfig
from station.config_file import read_file
from station.custody.facts import Fact
from station.custody.observations import Observation
from station.custody.state import State
from station.desk.badge_desk import BadgeDesk
from station.desk.bringing_back import BringingBack
from station.desk.kiosk import Kiosk, KioskActs
from station.desk.taking import Taking
from station.errors import RefusedError
from station.journal.notes import LOG_KEY, Note, VerifierKey
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal_clerk import JournalClerk
from station.policy.civil_time import local_time
from station.signing.orders import Addressee
from station.signing.policy_packs import pack_in_force
from station.signing.receipts import Trust
from station.signing.signer_wire import KeyUse, Signer
from station.signing.stamps import read_authority
from station.store.at_rest import AtRest, unsafe_folders
from station.store.folders import journal_path, listings_folder
from station.store.handovers import Handovers
from station.store.kept import KeptRecordings
from station.store.listings import Listings
from station.store.projections import unstamped
from station.store.recordings import RecordingStore
from station.uplink.disputes import KeptDisputes
from station.uplink.journal_uplink import JournalUplink
from station.uplink.line import Line
from station.uplink.mqtt_link import Presence
from station.uplink.orders import OrdersInbox
from station.uplink.stamping import Authority, Stamping
from station.uplink.uploads import Uploads
from station.version import VERSION
from station.views.words import (
    at_rest_trouble,
)

_log = logging.getLogger(__name__)


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
        zone = self.config.hardware.camera_zone_minutes
        return DockingWork(
            self.tell,
            self.state,
            self.clock,
            cameras,
            places,
            recordings,
            pluggings,
            models,
            zone_minutes=zone,
            listings=Listings(listings_folder(self.config)),
            turns=self.turns(),
        )

    def turns(self) -> PullTurns:
        emergency = [bay.name for bay in self.config.bays if bay.emergency]
        return PullTurns(self.config.hardware.pulls_per_hub, emergency)

    def line(self, recordings: RecordingStore) -> Line:
        """How recordings may use the way to the registry, by the clock on this unit's wall."""
        ca_pem = read_file(self.config.registry.ca)
        pack = pack_in_force(self.config.policy.pack, ca_pem, self.clock.stamp().utc_ms)
        return Line(self.config.registry.uploads, self.clock, lambda at_ms: local_time(pack, at_ms), recordings.rest)

    def kept(self) -> KeptRecordings:
        return KeptRecordings(journal_path(self.config))

    def uploads(self, recordings: RecordingStore, line: Line) -> Uploads:
        trust = trust_of(self.config, self.signer)
        settled = self.kept().recording
        return Uploads(self.registry, self.tell, self.state, self.clock, recordings, trust, line, settled)

    def keeping(self, docking: DockingWork, sealing: Sealing, uploads: Uploads, wanted: Callable[[], bool]) -> Keeping:
        clerk = self.clerk
        return KeepingRoom(
            self.config,
            self.state,
            clerk.policy,
            self.clock,
            self.tell,
            docking.recordings,
            docking.listings,
            self.kept(),
            uploads.proved_anew,
            wanted,
            sealing.doubt,
        ).keeping()

    def sealing(self, tell: Tell, recordings: RecordingStore) -> Sealing:
        config = self.config
        stating = Stating(config.station, config.origin, read_file(config.registry.ca), self.signer)
        return Sealing(tell, self.state, journal_path(config), recordings, stating)

    def uplink(self, log: SqliteLog) -> JournalUplink:
        trust = trust_of(self.config, self.signer)

        def keep(note: Note) -> None:
            self.clerk.keep_checkpoint(note, trust.log_key, trust.witness_key).result()

        disputes = KeptDisputes(Path(self.config.data) / "disputes", self.state, self.tell)
        return JournalUplink(log, trust.log_key, trust.witness_key, self._sign, keep, disputes)

    def orders(self) -> OrdersInbox:
        registry = self.config.registry
        named = VerifierKey.parse(registry.witness).name
        to = Addressee(origin=self.config.origin, registry=named, ca_pem=read_file(registry.ca))
        return OrdersInbox(to, self.state, self.tell, self.clock)

    def stamping(self) -> Stamping | None:
        stamps = self.config.stamps
        if stamps is None:
            return None
        authority = Authority(stamps.url, read_authority(read_file(stamps.ca)))

        def next_unstamped(after: int) -> int | None:
            with contextlib.closing(connect_to_read(journal_path(self.config))) as connection:
                return unstamped(connection, after)

        stamping = Stamping(authority, next_unstamped, self.tell, Path(self.config.data), self.clock)
        self.clerk.listen(stamping.wake)
        return stamping

    def kiosk(self, badges: BadgeDesk, show: Callable[[RefusedError, str], None]) -> Kiosk:
        """The screen at the dock; hears of each badge that is laid, and of each fact."""
        clerk, handovers = self.clerk, Handovers(journal_path(self.config))
        kiosk = Kiosk(
            KioskActs(
                badges,
                Taking(self.tell, self.state, clerk.policy, self.clock.stamp),
                BringingBack(self.tell, self.state, clerk.policy, self.config.origin, handovers.root_at),
                self.tell,
                handovers.signed,
                handovers.brought,
                show,
            )
        )
        badges.watch.listen(kiosk.tap)
        clerk.listen(kiosk.live.changed)
        return kiosk

    def unsafe(self) -> Mapping[str, AtRest]:
        """Said once in the log, and on the status page for as long as it is so."""
        found = unsafe_folders(self.config)
        if found:
            _log.warning("%s", at_rest_trouble(found))
        return found

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


def trust_of(config: StationConfig, signer: Signer) -> Trust:
    """Whom the registry's answers must come from."""
    return Trust(
        ca_pem=read_file(config.registry.ca),
        log_key=VerifierKey.of(config.origin, LOG_KEY, signer.public_key(KeyUse.LOG)),
        witness_key=VerifierKey.parse(config.registry.witness),
    )
