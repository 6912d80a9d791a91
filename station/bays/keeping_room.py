"""Puts together who keeps what was read: the disks' watch and the work on them. Decides nothing."""

import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from station.bays.docking_work import Tell
from station.bays.keeping_watch import KeepingWatch, Watched
from station.bays.keeping_work import KeepingWork, ProvedAnew
from station.bays.scrubbing import Scrubbed, Scrubbing
from station.clock import Clock
from station.config import StationConfig
from station.custody.docking import DockingStep
from station.custody.due_work import Work
from station.custody.state import State
from station.policy.permits import Policy
from station.store.folders import scrub_rounds_path
from station.store.kept import KeptRecordings
from station.store.listings import Listings
from station.store.recordings import RecordingStore
from station.store.scrub_rounds import Rounds
from station.store.second_disk import SecondDisk
from station.work_dispatcher import Worker

NAME_BYTES = 16


class Keeping(NamedTuple):
    watch: KeepingWatch
    workers: dict[Work, Worker]


class KeepingRoom(NamedTuple):
    """What they are made from."""

    config: StationConfig
    state: Callable[[], State]
    policy: Policy
    clock: Clock
    tell: Tell
    recordings: RecordingStore
    listings: Listings
    kept: KeptRecordings
    proved_anew: ProvedAnew
    disk_wanted: Callable[[], bool]
    doubt: Callable[[int], None]

    def keeping(self) -> Keeping:
        store = self.config.store
        second = second_disk(self.config, lambda disk: self.state().gone(disk))
        turn = threading.Lock()
        scrubbing = self._scrubbing(second, turn)
        watched = Watched(self.kept, self.recordings, second, store.keep_days, self._awaited_bytes, scrubbing)
        watch = KeepingWatch(watched, self.state, self.policy, self.clock.stamp, self.tell)
        work = KeepingWork(
            self.tell,
            self.state,
            self.clock.stamp,
            self.kept,
            self.recordings,
            second,
            store.keep_days,
            self.proved_anew,
            watch.wake,
            turn,
        )
        return Keeping(watch, {**work.workers(), **scrubbing.workers()})

    def _scrubbing(self, second: SecondDisk | None, turn: threading.Lock) -> Scrubbing:
        scrubbed = Scrubbed(
            self.tell,
            self.state,
            self.clock.stamp,
            self.policy,
            self.kept,
            self.recordings,
            second,
            self.disk_wanted,
            self.doubt,
            turn,
        )
        return Scrubbing(scrubbed, Rounds(scrub_rounds_path(self.config)))

    def _awaited_bytes(self) -> int:
        return awaited_bytes(self.state(), self.listings)


def second_disk(config: StationConfig, gone: Callable[[str], bool]) -> SecondDisk | None:
    if config.store.second is None:
        return None
    root, own = Path(config.store.second), Path(config.data)
    return SecondDisk(root, own, lambda: f"disk-{secrets.token_hex(NAME_BYTES)}", gone)


def awaited_bytes(state: State, listings: Listings) -> int:
    """What cameras of ours showed and we do not hold; a camera in quarantine gives only what has room there."""
    return sum(
        owed.size_bytes
        for docking in state.dockings.values()
        if docking.camera is not None and docking.step is not DockingStep.QUARANTINED
        for owed in listings.of(docking.source).owed
        if owed.listing not in state.on_camera.get(docking.source, {})
    )
