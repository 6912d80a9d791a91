"""A station at a dock, for tests: the real clerk on its thread, real USB cameras on a virtual tree, real folders.

Only the clock stands still, and the switches are told by the test where no board is wanted.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardware.simulated.dock import About, Dock
from hardware.simulated.usb_backend import Plugged, VirtualUsb
from hardware.usb_arrivals import Arrivals, Intervals
from hardware.usb_cameras import UsbCameras
from hardware.usb_places import attached
from hardware.wires import Cameras
from station.bays.camera_models import CameraModels
from station.bays.docking_work import DockingWork
from station.bays.pull_turns import PullTurns
from station.bays.usb_watch import Pluggings
from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.docking import Docking
from station.custody.facts import Fact
from station.custody.recording import Recording
from station.custody.state import State
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal_clerk import JournalClerk
from station.policy.permits import Policy
from station.store.listings import Listings
from station.store.recordings import RecordingStore
from tests.plain_policy import PlainPolicy
from tests.stations import ORIGIN, START, seeded_keys

PLACES = {"1": "1-1.1", "2": "1-1.2"}
CAMERA, OTHER = "T8-000417", "T8-000418"
BEGUN_MS = START.utc_ms - 3_600_000
BYTES_PER_CALL = 512
ZONE_MINUTES = 480


class PullableUsb(VirtualUsb):
    """Counts transfers; before one of them, something may happen at the dock."""

    calls = 0
    before_call: int | None = None
    happening: Callable[[], object] = staticmethod(lambda: None)

    def _require_transfer(self, plugged: Plugged) -> None:
        if self.calls == self.before_call:
            self.happening()
        self.calls += 1
        super()._require_transfer(plugged)

    def at_call(self, number: int, happening: Callable[[], object]) -> None:
        self.calls, self.before_call, self.happening = 0, number, happening


class DockedStation:
    """Bay 1 with a camera whose recordings are these contents, and its docking started."""

    def __init__(
        self, folder: Path, *contents: bytes, policy: Policy | None = None, models: CameraModels | None = None
    ) -> None:
        self.folder = folder
        self.models = models or {}
        self.clock = ManualClock(START)
        self.dock = Dock(folder / "dock")
        self.make_camera(CAMERA, *contents)
        self.usb = PullableUsb(self.dock, PLACES, lambda: self.clock.stamp().utc_ms, bytes_per_call=BYTES_PER_CALL)
        self.journal = folder / "journal.sqlite"
        rng = random.Random(1)
        salts = lambda: rng.randbytes(32)  # noqa: E731 - named for the call below
        self.clerk = JournalClerk(self.journal, "t-01", policy or PlainPolicy(), self.clock, salts)
        if not self.clerk.tree.size:
            self.clerk.judge_and_write(seen.JournalBegun(origin=ORIGIN, log_key=str(seeded_keys().log_key)))
        self.clerk.start()
        self.recordings = RecordingStore(folder / "data")
        self.arrivals = Arrivals(lambda: attached(self.usb), Intervals(0))
        self.pluggings = Pluggings(self.arrivals.plugging)
        self.work = self.work_over(UsbCameras(ZONE_MINUTES, self.usb))

    def work_over(self, cameras: Cameras) -> DockingWork:
        return DockingWork(
            self.tell,
            self.state,
            self.clock,
            cameras,
            PLACES,
            self.recordings,
            self.pluggings,
            self.models,
            zone_minutes=ZONE_MINUTES,
            listings=Listings(self.folder / "data/listings"),
            turns=PullTurns(4),
        )

    def make_camera(self, serial: str, *contents: bytes, ahead_ms: int = 2_100) -> None:
        self.dock.make_camera(serial, About(clock_ahead_ms=ahead_ms))
        for number, content in enumerate(contents):
            self.film(number, content, serial)

    def film(self, number: int, content: bytes, serial: str = CAMERA) -> None:
        begun_ms = BEGUN_MS + number * 60_000
        self.dock.film(serial, f"DCIM/{number:03}.MP4", content, begun_ms, begun_ms + 30_000)

    def put(self, serial: str = CAMERA, bay: str = "1") -> int:
        """Dock it, as the switch tells it; the docking's number."""
        self.dock.put(serial, bay)
        self.tell(seen.PresenceClosed(bay=bay))
        return self.docking(bay).number

    def put_and_identify(self, serial: str = CAMERA, bay: str = "1") -> int:
        number = self.put(serial, bay)
        self.work.identify(number)
        return number

    def swap(self, serial: str = OTHER, bay: str = "1") -> None:
        """Another camera is put where one was, and no switch saw it."""
        self.dock.take(bay, by_force=True)
        self.dock.put(serial, bay)

    def tell(self, observation: seen.Observation) -> tuple[Fact, ...]:
        return self.clerk.tell(observation).result()

    def state(self) -> State:
        return self.clerk.state

    def docking(self, bay: str = "1") -> Docking:
        docking = self.state().docking_in(bay)
        assert docking is not None
        return docking

    def held(self) -> list[Recording]:
        return [self.state().recordings[number] for number in sorted(self.state().recordings)]

    def facts(self) -> list[Fact]:
        connection = connect_to_read(self.journal)
        try:
            return [read_entry(entry) for entry in SqliteLog(connection).entries()]
        finally:
            connection.close()

    def kinds(self) -> list[str]:
        return [fact.body.type for fact in self.facts()]

    def said(self, kind: str) -> Any:
        """The body of the only fact of this kind."""
        (body,) = [fact.body for fact in self.facts() if fact.body.type == kind]
        return body

    def fill_journal_disk(self) -> None:
        (pages,) = self.clerk._connection.execute("PRAGMA page_count").fetchone()
        self.clerk._connection.execute(f"PRAGMA max_page_count={pages}")

    def free_journal_disk(self) -> None:
        self.clerk._connection.execute("PRAGMA max_page_count=1000000")

    def close(self) -> None:
        self.clerk.stop()
