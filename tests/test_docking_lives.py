"""Killed, or cut off from power, at any point of a docking: in the end always the same facts, and nothing lost."""

import json
import subprocess
import sys
from typing import Any

import pytest

SLICES = 4
"""Each is a test of its own, so that they share the machine's cores."""
PAIRS = 60


def lives(*words: object) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.docking_lives", *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.stdout, ended.stderr[-4_000:]
    return dict(json.loads(ended.stdout))


def require_sound(told: dict[str, Any], recordings: int) -> None:
    wanted = told["wanted"]
    assert wanted["delivered"]
    assert not wanted["on the card"], "an undisturbed docking ends with an empty card"
    assert not wanted["twice"]
    assert not wanted["violations"]
    assert len(wanted["kept"]) == recordings
    assert told["points"] > 0
    assert told["wrong"] == {}


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("harm", ["kill", "power"])
@pytest.mark.parametrize("recordings", [0, 1])
def test_at_every_point_of_a_docking(recordings: int, harm: str, part: int) -> None:
    require_sound(lives(recordings, harm, part, SLICES), recordings)


@pytest.mark.parametrize("part", range(SLICES))
def test_at_every_point_of_a_longer_docking(part: int) -> None:
    """Killed at every other point, cut off from power at those between."""
    require_sound(lives(4, ("kill", "power")[part % 2], part, SLICES), 4)


@pytest.mark.parametrize("harm", ["kill", "power"])
@pytest.mark.parametrize("recordings", [0, 1, 4])
def test_at_pairs_of_points(recordings: int, harm: str) -> None:
    require_sound(lives(recordings, harm, 0, 1, PAIRS), recordings)
