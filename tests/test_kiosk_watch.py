"""Promise: a badge acts once, however long it lies; a station with a reader has a kiosk that hears of it."""

import asyncio
import random
from contextlib import aclosing
from pathlib import Path

import pytest

from hardware.badges.cards import Laid
from station.desk.kiosk_screens import Step
from tests import worlds
from tests.badge_bench import ADA, BOB, BenchDesk
from tests.kiosk_bench import KioskBench, ready


def test_whoever_listens_is_told_once_for_each_laying(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    told: list[Laid] = []
    desk.watch.listen(told.append)
    desk.lay(ADA)
    for _ in range(5):
        desk.watch.turn()
    assert [one.badge for one in told] == [ADA]
    desk.lay(BOB)
    desk.lift()
    desk.lay(BOB)
    assert [one.badge for one in told] == [ADA, BOB, BOB]


def test_whoever_is_told_can_sign_in_already(tmp_path: Path) -> None:
    desk = BenchDesk(tmp_path)
    found: list[Laid] = []
    desk.watch.listen(lambda _: found.append(desk.watch.laid(desk.clock.stamp())))
    desk.lay(ADA)
    assert [one.badge for one in found] == [ADA]


def test_a_badge_that_lies_on_opens_one_bay(tmp_path: Path) -> None:
    bench: KioskBench = ready(tmp_path, loan__pin=False)
    bench.lay("officer-1")
    bench.touch("done")
    for _ in range(3):
        bench.waits(400)
    assert (bench.step, bench.offers()) == ("idle", 1)


async def turns_left(town: worlds.Town) -> int:
    """How often a page that watches is woken."""
    kiosk = town.stations[0].station.kiosk
    assert kiosk is not None
    async with aclosing(kiosk.live.watch()) as turns:
        return len([turn async for turn in turns])


def test_a_station_with_a_reader_has_a_kiosk_that_hears_of_badges_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = BenchDesk(tmp_path)
    monkeypatch.setattr("station.assemble.open_badge_desk", lambda *_: desk.desk)
    town = worlds.Town(tmp_path / "town", random.Random(1))
    station = town.stations[0].station
    assert station.kiosk is not None
    desk.lay(ADA)
    assert station.kiosk.held().screen.step not in {Step.IDLE, Step.BROUGHT_BACK, Step.OPENED}
    station.stop_wires()
    assert asyncio.run(turns_left(town)) == 0
    town.close()
