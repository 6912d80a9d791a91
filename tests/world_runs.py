"""One seed, one run of a simulated town, and what it came to. `python -m tests.world_runs SEED...` shows some again.

A seed that ever failed is kept in tests/seeds/worlds.txt, with a word on what it found, and is run with every suite.
"""

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from msgspec import Struct

from station.policy.permits import ClearingDemand
from tests.world_days import Days
from tests.world_truths import facts_of, wrongs
from tests.worlds import Town

SEEDS = Path(__file__).parent / "seeds" / "worlds.txt"
STEPS = 8
DEMANDS = (
    None,
    None,
    ClearingDemand(copies=2, custodian_release=False, receipt_required=True),
    ClearingDemand(copies=3, custodian_release=False),
)
"""The pack's own, and stricter ones; three copies are ours, the registry's and the second disk's."""


class Run(Struct, frozen=True):
    wrong: tuple[str, ...]
    facts: int
    recordings: int
    bytes: int
    loans: int
    lies: int
    kills: int
    disputes: int


def kept_seeds() -> list[int]:
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line.strip() and not line.startswith("#")]


def run(seed: int, steps: int = STEPS) -> Run:
    rng = random.Random(seed)
    demand = DEMANDS[seed // 2 % len(DEMANDS)]
    with tempfile.TemporaryDirectory(prefix="dockward-world-") as folder:
        second = seed % 3 == 0 or (demand is not None and demand.copies > 2)
        town = Town(Path(folder), rng, 1 + seed % 2, demand, second=second)
        try:
            days = Days(town, rng)
            for station in town.stations:
                days.bad_line(station)
            for _ in range(steps):
                days.step()
            _end(days, seed)
            days.finish()
            return _came_to(town, days)
        finally:
            town.close()


def _end(days: Days, seed: int) -> None:
    """Two runs in five end a journal."""
    station = days.town.stations[0]
    match seed % 5:
        case 3:
            days.registry_forks(station)
            days.footage_comes(station)
        case 4:
            days.card_is_restored(station)
            days.footage_comes(station)


def _came_to(town: Town, days: Days) -> Run:
    filmed = [content for station in town.stations for content in station.filmed.values()]
    told: Counter[str] = Counter()
    for station in town.stations:
        told += station.line.told + station.http.told
    return Run(
        wrong=tuple(wrongs(town)),
        facts=sum(len(facts_of(station)) for station in town.stations),
        recordings=len(filmed),
        bytes=sum(map(len, filmed)),
        loans=days.lent,
        lies=sum(count for lie, count in told.items() if "noticed" not in lie),
        kills=sum(station.errors["killed"] for station in town.stations),
        disputes=sum(len(station.station.clerk.state.disputes) for station in town.stations),
    )


def main(words: list[str]) -> int:
    wrong = 0
    for seed in map(int, words):
        came = run(seed)
        sys.stdout.write(f"{seed} {came}\n")
        wrong += bool(came.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
