"""Puts together who keeps what was read: the disks' watch and the work on them. Decides nothing."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from station.bays.docking_work import Tell
from station.bays.keeping_watch import KeepingWatch, Watched
from station.bays.keeping_work import KeepingWork, ProvedAnew
from station.clock import Clock
from station.config import StationConfig
from station.custody.docking import DockingStep
from station.custody.state import State
from station.policy.permits import Policy
from station.store.kept import KeptRecordings
from station.store.listings import Listings
from station.store.recordings import RecordingStore
from station.store.second_disk import SecondDisk

NAME_BYTES = 16


class Keeping(NamedTuple):
    watch: KeepingWatch
    work: KeepingWork


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

    def keeping(self) -> Keeping:
        store = self.config.store
        second = second_disk(self.config)
        watched = Watched(self.kept, self.recordings, second, store.keep_days, self._awaited_bytes)
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
        )
        return Keeping(watch, work)

    def _awaited_bytes(self) -> int:
        return awaited_bytes(self.state(), self.listings)


def second_disk(config: StationConfig) -> SecondDisk | None:
    if config.store.second is None:
        return None
    return SecondDisk(Path(config.store.second), Path(config.data), lambda: f"disk-{secrets.token_hex(NAME_BYTES)}")


def awaited_bytes(state: State, listings: Listings) -> int:
    """What cameras of ours showed and we do not hold; a camera in quarantine gives only what has room there."""
    return sum(
        owed.size_bytes
        for docking in state.dockings.values()
        if docking.camera is not None and docking.step is not DockingStep.QUARANTINED
        for owed in listings.of(docking.source).owed
        if owed.listing not in state.on_camera.get(docking.source, {})
    )
