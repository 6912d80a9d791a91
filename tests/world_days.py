"""What happens in a simulated town, drawn from a seed: people who lend and film, and everything that goes wrong.

Nothing here decides what is right. A run ends with everything set right again, so that what was promised can be asked.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from dockward.stage_rolls import officer_of
from hardware.simulated.dock import LockedError
from station.desk.loans import check_out
from station.errors import RefusedError
from station.journal.notes import LOG_KEY, Checkpoint, VerifierKey, sign_checkpoint
from station.signer import FileKeys
from station.signing.signer_wire import KeyUse
from tests.worlds import BAYS, MORNING, Town, WorldStation

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
LIVE_ROUNDS = 60
CLIP_BYTES = (0, 31, 700, 4_096, 70_000)


class Days:
    """A run under way, and how much there was of it."""

    def __init__(self, town: Town, rng: random.Random) -> None:
        self.town, self.rng = town, rng
        self.lent = self.refused = self.clips = 0
        self.refusals: list[str] = []
        self.steps: tuple[Callable[[WorldStation], None], ...] = (
            self.a_shift,
            self.a_shift,
            self.a_shift,
            self.bad_line,
            self.network_down,
            self.kill,
            self.restart,
            self.clock_steps,
            self.disk_full,
            self.registry_signer_down,
            self.registry_restarts,
            self.registry_is_backed_up,
            self.registry_forgets,
            self.told_badly,
            self.told_late,
        )

    def step(self) -> None:
        station = self.rng.choice(self.town.stations)
        self.rng.choice(self.steps)(station)
        for one in self.town.stations:
            one.live(LIVE_ROUNDS)

    def finish(self) -> None:
        """All is well again; whatever waits is done."""
        self.town.registry.signs = True
        for station in self.town.stations:
            station.line.badness = station.http.badness = 0.0
            station.line.down = station.http.down = station.disk_full = False
            station.restart(boots=True)
        for station in self.town.stations:
            station.settle()

    # --- people

    def a_shift(self, station: WorldStation) -> None:
        """An officer takes a camera, films, and brings it back, to whatever bay is free."""
        station.live(LIVE_ROUNDS)
        bay = self.rng.choice(BAYS)
        camera = station.dock.camera_in(bay)
        if camera is None or not self.taken(station, bay, officer_of(camera)):
            return
        self.filmed(station, camera, self.rng.randint(0, 3))
        station.dock.put(camera, bay)
        station.live(LIVE_ROUNDS)

    def taken(self, station: WorldStation, bay: str, officer: str) -> bool:
        """Whether the bay opened for this officer, who has it now."""
        try:
            check_out(station.station.tell, lambda: station.station.clerk.state, bay, officer)
        except RefusedError as refused:
            self.refused += 1
            self.refusals.append(refused.code)
            return False
        for _ in range(4):  # the lock follows the fact
            station.round()
        try:
            station.dock.take(bay)
        except LockedError:
            return False  # it lapsed, or the station died meanwhile
        self.lent += 1
        station.round()
        return True

    def filmed(self, station: WorldStation, camera: str, clips: int) -> None:
        """Clips of a shift, by the camera's own clock."""
        for _ in range(clips):
            begun_ms = station.clock.stamp().utc_ms + station.dock.about(camera).clock_ahead_ms + MINUTE_MS
            station.round(10 * MINUTE_MS)
            size = self.rng.choice(CLIP_BYTES)
            station.film(camera, len(station.filmed) + 1, size, begun_ms, begun_ms + 5 * MINUTE_MS)
            self.clips += 1
        station.round(HOUR_MS)

    # --- what goes wrong

    def bad_line(self, station: WorldStation) -> None:
        station.line.badness = self.rng.choice((0.0, 0.2, 0.5))
        station.http.badness = self.rng.choice((0.0, 0.2, 0.5))

    def network_down(self, station: WorldStation) -> None:
        station.line.down = station.http.down = True
        self.a_shift(station)
        station.round(self.rng.randint(1, 5) * HOUR_MS)
        station.line.down = station.http.down = False
        station.line.connect(station.station, station.clock.stamp())

    def kill(self, station: WorldStation) -> None:
        station.dies_in = self.rng.randint(1, 12)
        self.a_shift(station)

    def restart(self, station: WorldStation) -> None:
        station.restart(boots=self.rng.random() < 0.5)

    def clock_steps(self, station: WorldStation) -> None:
        """The wall clock of the station, or a camera's, is set by somebody."""
        camera = self.rng.choice(self.town.cameras(station.name))
        about = station.dock.about(camera)
        if self.rng.random() < 0.5:
            ahead_ms = self.rng.choice((-HOUR_MS, -1_000, 1_000, HOUR_MS))
            station.dock.tell_about(camera, type(about)(about.model, ahead_ms, about.battery_percent))
        else:
            room_ms = station.clock.stamp().utc_ms - MORNING.utc_ms
            station.clock.step(self.rng.choice((2 * HOUR_MS, 20 * HOUR_MS, -min(room_ms, HOUR_MS))))

    def disk_full(self, station: WorldStation) -> None:
        station.disk_full = True
        self.a_shift(station)
        station.disk_full = False

    def registry_signer_down(self, station: WorldStation) -> None:
        self.town.registry.signs = False
        self.a_shift(station)
        self.town.registry.signs = True

    def registry_restarts(self, _station: WorldStation) -> None:
        self.town.registry.restart()
        self._connect_all()

    def registry_is_backed_up(self, _station: WorldStation) -> None:
        self.town.registry.back_up()
        self._connect_all()

    def registry_forgets(self, _station: WorldStation) -> None:
        """Its books are put back to an old copy."""
        if self.town.registry.restore():
            self._connect_all()

    def told_badly(self, station: WorldStation) -> None:
        station.line.lie_badly_signed(station.clock.stamp())

    def told_late(self, station: WorldStation) -> None:
        station.line.lie_late()

    def _connect_all(self) -> None:
        for station in self.town.stations:
            station.line.connect(station.station, station.clock.stamp())

    # --- what ends a journal

    def registry_forks(self, station: WorldStation) -> None:
        """Somebody has the log key, and the registry cosigns what it should not."""
        size = station.log.size
        told = self.rng.choice((self.rng.randint(1, size), size, size + self.rng.randint(1, 9)))
        config = station.station.config
        keys = FileKeys(station.folder / "station/signer")
        key = VerifierKey.of(config.origin, LOG_KEY, keys.public_key(KeyUse.LOG))
        head = Checkpoint(config.origin, told, self.rng.randbytes(32))
        station.line.lie_forked(sign_checkpoint(head, key, lambda text: keys.sign(KeyUse.LOG, text)))

    def footage_comes(self, station: WorldStation) -> None:
        """A camera is taken out unasked, films, and comes back: whatever the station may still do, it is read."""
        bay = BAYS[0]
        if station.dock.camera_in(bay) is None:
            return
        camera = station.dock.take(bay, by_force=True)
        station.round()
        self.filmed(station, camera, 1)
        station.dock.put(camera, bay)
        station.live(LIVE_ROUNDS)

    def card_is_restored(self, station: WorldStation) -> None:
        """The station goes on from a copy of itself that is some shifts old; with its signer's memory, or without."""
        station.settle()
        station.close()
        card, memory = station.folder / "card", self.rng.random() < 0.5
        _put_back(station.folder, card, memory=memory)
        station.open()
        for _ in range(2):
            self.a_shift(station)
        station.settle()
        station.close()
        shutil.rmtree(station.folder / "data")
        if memory:
            shutil.rmtree(station.folder / "heads", ignore_errors=True)
        _put_back(card, station.folder, memory=memory)
        station.restored = True
        station.open()
        self.a_shift(station)


def _put_back(source: Path, target: Path, *, memory: bool) -> None:
    target.mkdir(exist_ok=True)
    for name in ("data", "heads") if memory else ("data",):
        if (source / name).exists():
            shutil.copytree(source / name, target / name, symlinks=True)
