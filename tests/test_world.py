"""Promise: whatever lies, forks, forgets, dies or is late: nothing is cleared wrongly, every fact arrives once.

A few seeds of the simulator that `make soak` runs by the thousand, and all that ever failed. Each prints what it came
to; `python -m tests.world_runs SEED` shows one again.
"""

import pytest

from tests.world_runs import kept_seeds, run

FRESH = (3, 4, 6)
"""A registry that forks, a restored card, and one in which no history ends."""


@pytest.mark.parametrize("seed", sorted({*FRESH, *kept_seeds()}))
def test_a_town_keeps_its_promises(seed: int) -> None:
    came = run(seed)
    print(f"seed {seed}: {came}")  # noqa: T201 - shown where it fails, or with -s
    assert came.wrong == ()
    assert came.facts
    assert bool(came.disputes) == (seed % 5 in {3, 4}), "two runs in five end a journal, and no other"
