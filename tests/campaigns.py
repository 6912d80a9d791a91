"""`make soak`: the campaigns at full count. Prints its seed; what was cut off goes on with --seed and --from.

Each round plays one random history through the real clerk with restarts, and checks custody's promises; every
twentieth kills whole dockings, or cuts them off from power, at twenty pairs of points; every fiftieth plays a simulated
town through lies, forks and lost networks; every hundredth enumerates the power cuts of one station's life; every
thousandth kills a real broker for a minute while a station reports.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from station.store import projections
from tests import broker_restarts, power_cuts, world_runs
from tests.histories import POLICIES, World, lost_footage, play, unproved_clearings
from tests.stations import ClerkStation

STEPS = 120
LIVES_EVERY, LIVES = 20, 20
WORLDS_EVERY = 50
POWER_CUTS_EVERY = 100
BROKER_MINUTE_EVERY = 1_000


def history(seed: int) -> int:
    """One history; how many facts it had."""
    rng = random.Random(seed)
    policy = POLICIES[seed % len(POLICIES)]
    with tempfile.TemporaryDirectory() as folder:
        station = ClerkStation(Path(folder), policy)
        world = World(rng, station.tell, station.set_roster, station.boot_again)
        for _ in play(world, STEPS):
            assert lost_footage(world) == []
            if rng.random() < 0.05:
                station.restart()
        assert unproved_clearings(world.facts, policy.clearing) == []
        assert list(projections.facts(station.clerk._connection)) == world.facts
        station.clerk.close()
    return len(world.facts)


def docking_lives(seed: int) -> int:
    """Dockings interrupted twice each, in processes of their own; how many."""
    words = (str((0, 1, 4)[seed % 3]), ("kill", "power")[seed // LIVES_EVERY % 2], "0", "1", str(LIVES), str(seed))
    command = [sys.executable, "-W", "ignore", "-m", "tests.docking_lives", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise AssertionError(f"{' '.join(words)}: {ended.stdout[-2_000:]}{ended.stderr[-2_000:]}")
    return LIVES


def town(seed: int) -> int:
    """One simulated town; how many facts it had."""
    came = world_runs.run(seed)
    if came.wrong:
        raise AssertionError(f"python -m tests.world_runs {seed}: {came}; keep the seed in {world_runs.SEEDS.name}")
    return came.facts


def broker_minute(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(broker_restarts.campaign(Path(folder), seed, seconds=60), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="start", type=int, default=0)
    arguments = parser.parse_args()
    facts = cuts = lives = towns = 0
    for number in range(arguments.start, arguments.count):
        seed = arguments.seed * 1_000_000 + number
        try:
            facts += history(seed)
            cuts += power_cuts.campaign(seed, wiped=True) if number % POWER_CUTS_EVERY == 0 else 0
            lives += docking_lives(seed) if number % LIVES_EVERY == 0 else 0
            towns += town(seed) if number % WORLDS_EVERY == 0 else 0
            if number % BROKER_MINUTE_EVERY == 0:
                broker_minute(seed)
        except BaseException:
            print(f"stopped in round {number}; go on, or see it again, with --seed {arguments.seed} --from {number}")
            raise
        if number % POWER_CUTS_EVERY == 0:
            told = f"{facts} facts, {cuts} power cuts, {lives} dockings, {towns} facts in towns"
            print(f"round {number} of {arguments.count}: {told}", flush=True)
    told = f"{arguments.count} histories, {facts} facts, {cuts} power cuts, {lives} dockings interrupted twice"
    told += f", {towns} facts in simulated towns"
    print(f"seed {arguments.seed}: {told}; nothing lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
