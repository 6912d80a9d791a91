"""The trace tells the truth: every row is there, every name leads to code, every test is collected."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from docs.trace import PARTS, Part, Row, read_trace, thing_named
from station.signing.policy_packs import packaged_articles, packaged_names, packaged_pack

ROOT = Path(__file__).parent.parent
TRACE = read_trace()
ROWS = TRACE.rows()
AMBIGUITIES, SYSTEMS = 35, 40
CODE, TEST = ["station.policy.gate.lends"], ["tests/test_gate.py::test_who_asks_is_looked_at_first"]
FINISHED: tuple[Part, ...] = ("docking",)
"""Parts whose work is over; it ends with no row left due to them."""


def test_every_article_of_the_book_has_a_row_and_no_row_is_of_nothing() -> None:
    assert list(TRACE.articles) == list(packaged_articles())
    assert list(TRACE.ambiguities) == [f"A-{number:02}" for number in range(1, AMBIGUITIES + 1)]
    assert list(TRACE.systems) == [f"S-{number:02}" for number in range(1, SYSTEMS + 1)]
    assert all(row.about for row in (*TRACE.ambiguities.values(), *TRACE.systems.values()))
    assert not any(row.about for row in TRACE.articles.values())


def test_every_article_a_pack_cites_has_a_row() -> None:
    for name in packaged_names():
        pack = packaged_pack(name)
        cited = {article for rule in pack.rules.values() for article in rule.articles}
        cited |= {article for words in pack.findings.values() for article in words.articles}
        assert cited <= set(ROWS), name


@pytest.mark.parametrize("key", ROWS)
def test_what_is_due_says_what_is_missing(key: str) -> None:
    row = ROWS[key]
    assert row.note or not row.due


def test_nothing_is_left_due_to_a_part_that_is_finished() -> None:
    assert set(FINISHED) <= set(PARTS)
    assert [key for key, row in ROWS.items() if row.due in FINISHED] == []


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({}, id="nothing is said of it"),
        pytest.param({"by": CODE}, id="done without a test"),
        pytest.param({"tests": TEST}, id="done by nothing"),
        pytest.param({"due": "desk", "not_software": "an aim"}, id="in two states"),
        pytest.param({"by": CODE, "not_software": "an aim"}, id="code for what is not the software's"),
        pytest.param({"tests": TEST, "not_software": "an aim"}, id="a test for what is not the software's"),
        pytest.param({"due": "later"}, id="due to no part there is"),
        pytest.param({"by": ["gate"], "tests": TEST}, id="no dotted name"),
        pytest.param({"by": CODE, "tests": ["tests/test_gate.py"]}, id="a file is no test"),
        pytest.param({"by": CODE, "tests": TEST, "when": "soon"}, id="what no row has"),
    ],
)
def test_a_row_that_proves_nothing_is_not_read(said: dict[str, Any]) -> None:
    whole = {"by": CODE, "tests": TEST}
    assert msgspec.convert(whole, Row).state == "done"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(said, Row)


@pytest.mark.parametrize("name", sorted({name for row in ROWS.values() for name in row.by}))
def test_a_named_function_is_importable(name: str) -> None:
    assert callable(thing_named(name)), name


@pytest.mark.parametrize(
    "name",
    [
        "nowhere.at_all",
        "station.policy.nowhere.lends",
        "station.policy.gate.nowhere",
        "station.policy.in_force.PackPolicy.nowhere",
    ],
)
def test_a_name_that_leads_nowhere_is_noticed(name: str) -> None:
    with pytest.raises(LookupError, match=r"there is no"):
        thing_named(name)


def test_every_named_test_is_collected() -> None:
    named = {name for row in ROWS.values() for name in row.tests}
    files = sorted({name.split("::")[0] for name in named})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-2_000:] + answer.stderr[-2_000:]
    collected = {line.split("[")[0] for line in answer.stdout.splitlines() if "::" in line}
    assert named <= collected, sorted(named - collected)
