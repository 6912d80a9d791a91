"""Promise: comparing gives way to whoever wants the disk, and goes on where it was after any break."""

import asyncio
import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from station.bays.scrubbing import GAVE_WAY_MS_MAX, LOOK_AGAIN_MS
from station.custody.due_work import Task, Work
from station.errors import WireFailedError
from station.store.scrub_rounds import ORIGINALS, Round, Rounds
from station.work_dispatcher import Outside, WorkDispatcher, _lane, run_dispatcher
from tests.keeping_station import KeepingStation
from tests.scrubbed_station import SCRUBS, at_work, copied, due, findings, flip, original, round_of, step
from tests.stations import START

__all__ = ["at_work"]

pytestmark = pytest.mark.usefixtures("quick_to_close")

# --- a restart goes on


def test_after_a_restart_it_goes_on_where_it_was(at_work: KeepingStation) -> None:
    one, two, three = at_work.settled()
    at_work.keeping.turn()
    assert step(at_work) == ("scrub", one)
    at_work.clock.advance(60_000)
    assert step(at_work) == ("scrub", two)
    at_work.put_together()
    assert round_of(at_work) == [("scrub", three)]
    at_work.put_together()
    assert round_of(at_work) == [], "and that the round has ended is known too"


def test_a_round_that_began_anew_meanwhile_leaves_nothing_out(at_work: KeepingStation) -> None:
    """The clock became true while the second file was compared."""
    one, two, three = at_work.settled()
    (at_work.folder / "data/scrub.json").write_bytes(b'{"originals": {"verified_ms": 0, "begun_ms": 0, "sure": false}}')
    at_work.put_together()
    known, at_work.clock._now = at_work.clock.stamp(), replace(at_work.clock.stamp(), synchronised=False)
    at_work.keeping.turn()
    assert step(at_work) == ("scrub", one)
    at_work.clock._now = known
    assert due(at_work) == [("scrub", two)]
    at_work.keeping.turn()
    at_work.scrubbing.scrub(two)
    assert round_of(at_work) == [("scrub", one), ("scrub", two), ("scrub", three)]


def test_a_position_that_cannot_be_read_begins_anew(at_work: KeepingStation) -> None:
    at_work.settled()
    round_of(at_work)
    for left in (b"", b"[", b'{"originals": {"begun_ms": "x"}}', b"\xff"):
        (at_work.folder / "data/scrub.json").write_bytes(left)
        at_work.put_together()
        assert len(round_of(at_work)) == 3


def test_a_position_is_not_written_for_every_file(tmp_path: Path) -> None:
    rounds, one = Rounds(tmp_path / "scrub.json"), Round(0, 0, sure=True)
    written = []
    for number in range(200):
        rounds.keep(ORIGINALS, replace(one, after=number), START.later(number * 1_000))
        known = Rounds(tmp_path / "scrub.json").of(ORIGINALS)
        assert known is not None
        written.append(known.after)
    assert len(set(written)) == 4
    assert all(number - (after or 0) <= 60 for number, after in enumerate(written))


def test_a_full_disk_keeps_nothing_from_being_compared(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.settled()
    real = os.fsync

    def full(descriptor: int) -> None:
        if "scrub.json" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    assert len(round_of(at_work)) == 3
    assert not (at_work.folder / "data/scrub.json").exists()


def test_the_station_s_end_breaks_it_off(at_work: KeepingStation) -> None:
    one, *_ = at_work.settled()
    at_work.keeping.turn()
    at_work.recordings.stop()
    for _ in range(9):
        with pytest.raises(WireFailedError, match="going down"):
            step(at_work)
    assert due(at_work) == [("scrub", one)]
    assert findings(at_work) == []


# --- never in the way


class Dispatched:
    """The dispatcher over this station's state, as if work were under way."""

    def __init__(self, at_work: KeepingStation) -> None:
        at_work.keeping.turn()
        outside = Outside(disks=lambda: at_work.keeping.disks)
        self.dispatcher = WorkDispatcher(at_work.state, at_work.clerk.policy, at_work.clock, {}, outside)

    def startable(self) -> set[str]:
        return {task.work.value for task in self.dispatcher.startable()[0]}

    def under_way(self, work: Work, number: int) -> Task:
        self.dispatcher._running[_lane(work, number)] = work
        return Task(work, number)


@pytest.mark.parametrize("work", [Work.READ, Work.SIGN, Work.COPY, Work.PURGE])
def test_nothing_is_compared_while_others_want_the_disk(at_work: KeepingStation, work: Work) -> None:
    copied(at_work)
    dispatched = Dispatched(at_work)
    task = dispatched.under_way(work, 1)
    assert dispatched.dispatcher.disk_wanted
    assert not dispatched.startable() & SCRUBS
    dispatched.dispatcher.end(task, None)
    assert dispatched.startable() & SCRUBS == {"scrub"}
    dispatched.under_way(Work.UPLOAD, 1)
    assert dispatched.startable() & SCRUBS == {"scrub"}, "a slow line keeps nothing from being compared"
    dispatched.under_way(Work.SCRUB, 1)
    assert not dispatched.startable() & SCRUBS, "one file at a time"
    assert not dispatched.dispatcher.disk_wanted


def test_the_dispatcher_goes_over_everything_one_file_after_the_other(at_work: KeepingStation) -> None:
    numbers = copied(at_work)
    flip(original(at_work, numbers[-1]))
    at_work.keeping.turn()
    expected, done, under_way = 6, [], set[str]()

    async def run() -> None:
        ended, changed = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def recorded(work: Work, worker: Callable[[int], None]) -> Callable[[int], None]:
            def compare(number: int) -> None:
                under_way.add(work)
                assert len(under_way) == 1
                worker(number)
                under_way.remove(work)
                done.append((work.value, number))
                if len(done) == expected:
                    loop.call_soon_threadsafe(ended.set)

            return compare

        workers = {work: recorded(work, worker) for work, worker in at_work.scrubbing.workers().items()}
        nothing: dict[Work, Callable[[int], None]] = dict.fromkeys(set(Work) - set(workers), lambda _: None)
        outside = Outside(disks=lambda: at_work.keeping.disks)
        dispatcher = WorkDispatcher(at_work.state, at_work.clerk.policy, at_work.clock, nothing | workers, outside)
        with ThreadPoolExecutor(8) as threads:
            running = asyncio.create_task(run_dispatcher(dispatcher, changed, threads))
            await asyncio.wait({running, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert not dispatcher.troubles

    asyncio.run(run())
    assert done == sorted(done, key=lambda one: (one[1], one[0]))
    assert [code for code, _ in findings(at_work)] == ["HASH_MISMATCH"]


def test_what_is_due_now_comes_first(at_work: KeepingStation) -> None:
    at_work.read_all()
    dispatched = Dispatched(at_work)
    assert due(at_work)
    assert "sign" in dispatched.startable()
    assert not dispatched.startable() & SCRUBS


def test_a_file_that_is_being_compared_waits_while_a_camera_is_pulled(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *_ = at_work.settled()
    at_work.keeping.turn()
    at_work.disk_wanted = True
    rested = []

    def rest(ms: int) -> None:
        rested.append(ms)
        at_work.disk_wanted = len(rested) < 7

    monkeypatch.setattr(at_work.recordings, "rest", rest)
    flip(original(at_work, one))
    assert step(at_work) == ("scrub", one)
    assert rested == [LOOK_AGAIN_MS] * 7
    assert findings(at_work) == [("HASH_MISMATCH", f"recording:{one}")]


def test_a_file_that_waited_for_long_is_closed_and_begun_again(
    at_work: KeepingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *_ = at_work.settled()
    at_work.keeping.turn()
    rested: list[int] = []
    monkeypatch.setattr(at_work.recordings, "rest", rested.append)
    at_work.disk_wanted = True
    assert step(at_work) == ("scrub", one)
    assert sum(rested) == GAVE_WAY_MS_MAX
    assert due(at_work) == [("scrub", one)]
    at_work.disk_wanted = False
    assert len(round_of(at_work)) == 3
