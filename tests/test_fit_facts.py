"""Promise: a fact that no reader of the catalogue would take back is refused before it is written."""

from dataclasses import replace

import pytest
from hypothesis import given

from station.custody import facts as said
from station.custody.facts import INTEGER_MAX, Fact, FactBody, Proof, UnfitObservationError, require_fit
from station.journal.entries import SALT_BYTES, entry_bytes, read_entry, seal
from station.stamp import Stamp
from tests.any_fact import any_facts

AT = Stamp(utc_ms=0, boot_id="b1", boot_ms=0, synchronised=False)
LONE_SURROGATE = "\ud800"
DIGEST = "0" * 64


def fact_of(body: FactBody) -> Fact:
    return Fact(0, AT, "station", "plain@1", "docking:0", body)


def order(proofs: int, copies: int) -> said.ClearingOrdered:
    proof = Proof(recording=0, copies=(0,) * copies)
    return said.ClearingOrdered(docking=0, proofs=(proof,) * proofs, release=None)


def clock_set(ahead: int, error: int = 0) -> said.ClockSet:
    return said.ClockSet(docking=0, clock_ahead_ms=ahead, clock_error_ms=error)


def judged(percent: int | None) -> said.BatteryJudged:
    return said.BatteryJudged(docking=0, percent=percent, health_percent=None)


def refused(code: str, articles: int = 0) -> said.LoanRefused:
    return said.LoanRefused(docking=0, officer="o1", code=code, articles=("第一条",) * articles)


@given(any_facts)
def test_what_fits_is_read_back(fact: Fact) -> None:
    require_fit(fact)
    written, _ = seal(fact, lambda: bytes(SALT_BYTES))
    assert read_entry(entry_bytes(written, "st-1")) == written


@pytest.mark.parametrize(
    "body",
    [
        said.DockingStarted(bay="x" * 128),
        said.DockingStarted(bay="😀" * 128),
        said.DockingStarted(bay="\x00"),
        said.DockingEnded(docking=INTEGER_MAX),
        clock_set(-INTEGER_MAX, INTEGER_MAX),
        judged(0),
        judged(100),
        judged(None),
        refused("A" * 64, articles=16),
        said.Purged(entries=(0,) * 256, rule="R"),
        order(proofs=256, copies=3),
        order(proofs=1, copies=16),
        said.JournalOpened(origin="o", log_key="k" * 512),
    ],
    ids=str,
)
def test_the_last_fit_value_fits(body: FactBody) -> None:
    require_fit(fact_of(body))
    assert read_entry(entry_bytes(fact_of(body), "st-1")) == fact_of(body)


@pytest.mark.parametrize(
    "body",
    [
        said.DockingStarted(bay=LONE_SURROGATE),
        said.DockingStarted(bay=""),
        said.DockingStarted(bay="x" * 129),
        said.CameraSilent(docking=0, camera="一" * 129),
        said.DockingEnded(docking=-1),
        said.DockingEnded(docking=INTEGER_MAX + 1),
        said.DockingEnded(docking=2**64),
        said.DockingEnded(docking=True),
        said.DockingEnded(docking=1.5),  # type: ignore[arg-type]  # a wire may say anything
        said.DockingEnded(docking=None),  # type: ignore[arg-type]
        said.DockingStarted(bay=1),  # type: ignore[arg-type]
        clock_set(INTEGER_MAX + 1),
        clock_set(0, -INTEGER_MAX - 1),
        judged(-1),
        judged(101),
        refused(""),
        refused("lower"),
        refused("A" * 65),
        refused("A", articles=17),
        said.StatementSigned(recording=0, statement_sha256="0" * 63),
        said.StatementSigned(recording=0, statement_sha256="0" * 65),
        said.StatementSigned(recording=0, statement_sha256="A" * 64),
        said.Purged(entries=(), rule="R"),
        said.Purged(entries=(0,) * 257, rule="R"),
        said.Purged(entries=(-1,), rule="R"),
        order(proofs=0, copies=1),
        order(proofs=257, copies=1),
        order(proofs=1, copies=17),
        said.JournalOpened(origin="o", log_key="k" * 513),
        said.ClearingReleased(docking=0, sealed={"remark": "no digest"}),
    ],
    ids=ascii,
)
def test_a_body_that_does_not_fit_is_refused(body: FactBody) -> None:
    with pytest.raises(UnfitObservationError, match=body.type):
        require_fit(fact_of(body))


@pytest.mark.parametrize("unfit", [LONE_SURROGATE, f"a{LONE_SURROGATE}b", "", "x" * 129], ids=ascii)
@pytest.mark.parametrize("said_beside", ["by", "policy", "subject"])
def test_words_beside_the_body_must_fit_too(said_beside: str, unfit: str) -> None:
    fact = fact_of(said.DockingEnded(docking=0))
    with pytest.raises(UnfitObservationError):
        require_fit(replace(fact, **{said_beside: unfit}))  # type: ignore[arg-type]


@pytest.mark.parametrize("unfit", [LONE_SURROGATE, "x" * 4_097], ids=["surrogate", "long"])
def test_private_words_must_fit_too(unfit: str) -> None:
    fact = fact_of(said.ClearingReleased(docking=0))
    require_fit(replace(fact, private={"remark": "词" * 4_096}))
    require_fit(replace(fact, private={"remark": ""}))
    with pytest.raises(UnfitObservationError):
        require_fit(replace(fact, private={"remark": unfit}))
