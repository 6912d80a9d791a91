"""`dockward demo --shift --json`: its facts are those of a camera's visit, fact for fact."""

import json
import subprocess
import sys
from typing import Any

import pytest

from dockward.__main__ import WRONG_USE, main
from dockward.refusals import BEFORE_THE_GATE, GATE

VISIT = (
    ("docking_started",),
    ("camera_admitted", "loan_ended"),
    ("recording_held", "recording_examined"),
    ("camera_read",),
    ("statement_signed",),
    ("receipt_accepted",),
    ("clearing_ordered", "camera_cleared"),
    ("battery_judged", "clock_set"),
    ("loan_refused", "bay_offered", "finding_reported", "loan_started", "camera_removed", "docking_ended"),
)
"""What happens in one camera's visit, in its order."""

READY = ("battery_judged", "clock_set")
TAKEN = ("bay_offered", "finding_reported CHECK_UNREADABLE", "loan_started", "docking_ended")
"""A simulated camera does not tell how much room it has: it is lent, and that is noted."""


def whole(*held: str) -> tuple[str, ...]:
    """What a visit says of these recordings, from held to cleared, in that order."""
    rows = ("recording_held", "recording_examined", "statement_signed", "receipt_accepted", "ordered", "cleared")
    return tuple(f"{row} {name}" for row in rows for name in held)


VISITS = {
    "1 T8-000417": ("docking_started", "camera_admitted", "camera_read 0", *READY, *TAKEN),
    "2 T8-000512": ("docking_started", "camera_admitted", "camera_read 0", *READY, "loan_refused", *TAKEN),
    "1 T8-000417 again": (
        *("docking_started", "camera_admitted", "loan_ended"),
        *("recording_held 90000", "recording_examined 90000"),
        *("recording_held 990000", "recording_examined 990000"),
        *("statement_signed 90000", "statement_signed 990000"),
        *("receipt_accepted 90000", "receipt_accepted 990000"),
        *("camera_removed", "docking_ended"),
    ),
    "3 T8-000417": (
        *("docking_started", "camera_admitted", "recording_held 100663296"),
        *("recording_examined 100663296", "camera_read 3"),
        *("statement_signed 100663296", "receipt_accepted 100663296"),
        *("ordered 90000", "ordered 990000", "ordered 100663296"),
        *("cleared 90000", "cleared 990000", "cleared 100663296"),
        *READY,
    ),
    "2 T8-000512 again": (
        *("docking_started", "camera_admitted", "loan_ended"),
        *("recording_held 980000", "recording_examined 980000"),
        *("recording_held 0", "recording_examined 0", "camera_read 2"),
        *("statement_signed 980000", "statement_signed 0"),
        *("receipt_accepted 980000", "receipt_accepted 0"),
        *("ordered 980000", "ordered 0", "cleared 980000", "cleared 0"),
        *READY,
    ),
}
"""Bay and camera → every fact of that visit. The second visit of camera 417 is pulled out before it is read."""


@pytest.fixture(scope="module")
def shift() -> dict[str, Any]:
    command = [sys.executable, "-m", "dockward", "demo", "--shift", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-4_000:] + ended.stdout[-2_000:]
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def visits_of(facts: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Each visit's facts in words, in the order of the journal."""
    recordings = {fact["n"]: fact["body"] for fact in facts if fact["type"] == "recording_held"}
    bays = {fact["n"]: fact["body"]["bay"] for fact in facts if fact["type"] == "docking_started"}
    cameras = {fact["body"]["docking"]: fact["body"]["camera"] for fact in facts if fact["type"] == "camera_admitted"}
    visits: dict[str, list[str]] = {}
    names: dict[int, str] = {}
    for docking, bay in bays.items():
        name = f"{bay} {cameras[docking]}"
        names[docking] = f"{name} again" if name in visits else name
        visits[names[docking]] = []
    inside: dict[str, int] = {}
    for fact in facts[1:]:
        if fact["type"] == "camera_admitted":
            inside[f"camera:{fact['body']['camera']}"] = fact["body"]["docking"]
        for docking, words in said(fact, recordings, inside):
            visits[names[docking]].append(words)
    return visits


def said(fact: dict[str, Any], recordings: dict[int, dict[str, Any]], inside: dict[str, int]) -> list[tuple[int, str]]:
    """The docking a fact belongs to, and the fact in words that no clock changes; `inside`: where a camera is."""
    body, kind = fact["body"], fact["type"]
    match kind:
        case "docking_started":
            return [(fact["n"], kind)]
        case "recording_held":
            return [(body["docking"], f"{kind} {body['size_bytes']}")]
        case "recording_examined" | "statement_signed" | "receipt_accepted":
            held = recordings[body["recording"]]
            return [(held["docking"], f"{kind} {held['size_bytes']}")]
        case "clearing_ordered":
            sizes = [recordings[proof["recording"]]["size_bytes"] for proof in body["proofs"]]
            return [(body["docking"], f"ordered {size}") for size in sizes]
        case "camera_cleared":
            return [(body["docking"], f"cleared {recordings[n]['size_bytes']}") for n in body["recordings"]]
        case "finding_reported":
            return [(inside[body["about"]], f"{kind} {body['code']}")]
        case "camera_read":
            return [(body["docking"], f"{kind} {body['listed']}")]
        case _:
            return [(body["docking"], kind)]


def row_of(words: str) -> int:
    kind = {"ordered": "clearing_ordered", "cleared": "camera_cleared"}.get(
        words.split(maxsplit=1)[0], words.split(maxsplit=1)[0]
    )
    return next(place for place, row in enumerate(VISIT) if kind in row)


def test_every_visit_is_told_fact_for_fact(shift: dict[str, Any]) -> None:
    facts = shift["facts"]
    assert facts[0]["type"] == "journal_opened"
    visits = visits_of(facts)
    assert {name: sorted(words) for name, words in visits.items()} == {
        name: sorted(words) for name, words in VISITS.items()
    }


def test_each_row_follows_the_one_before(shift: dict[str, Any]) -> None:
    """Rows 5 to 8 run side by side for different recordings; for one recording, and one docking, they are in order."""
    for words in visits_of(shift["facts"]).values():
        own = [word for word in words if word.split()[0] not in {"statement_signed", "receipt_accepted", *READY}]
        in_rows = [word for word in own if word.split()[0] not in {"ordered", "cleared"}]
        assert in_rows == sorted(in_rows, key=row_of)
        for size in {word.split()[1] for word in words if word.startswith("recording_held")}:
            of_one = [word for word in words if word.endswith(f" {size}") and not word.startswith("camera_read")]
            assert of_one == sorted(of_one, key=lambda word: (row_of(word), word.startswith("cleared")))


def test_recordings_are_credited_and_clocks_were_read_before_they_were_set(shift: dict[str, Any]) -> None:
    facts = shift["facts"]
    offers = {fact["n"]: fact["body"]["officer"] for fact in facts if fact["type"] == "bay_offered"}
    held = [fact["body"] for fact in facts if fact["type"] == "recording_held"]
    credited = sorted((body["size_bytes"], offers[body["loan"]]) for body in held)
    first, second = "officer-12", "officer-34"
    assert credited == [(0, second), (90_000, first), (980_000, second), (990_000, first), (100_663_296, first)]
    admitted = [fact["body"] for fact in facts if fact["type"] == "camera_admitted"]
    made_ahead_ms = {"T8-000417": 2_100, "T8-000512": -1_700}
    for body in admitted[:2]:
        assert abs(body["clock_ahead_ms"] - made_ahead_ms[body["camera"]]) <= body["clock_error_ms"]


def test_every_check_held_and_the_registry_has_it_all(shift: dict[str, Any]) -> None:
    assert shift["passed"]
    assert shift["delivered"] == len(shift["facts"])
    assert len(shift["checks"]) == 13
    assert shift["refusals"].keys() == {*GATE, *BEFORE_THE_GATE}


def test_a_shift_with_too_few_bays_is_told_so_at_once() -> None:
    assert main(["demo", "--shift", "--bays", "2"]) == WRONG_USE
