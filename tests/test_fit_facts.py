"""Promise: what no reader of the catalogue would take back is refused before it is written: a wire may say anything."""

import pytest
from msgspec.structs import replace

from station.custody import facts as said
from station.custody.facts import INTEGER_MAX, Fact, FactBody, Proof
from station.errors import UnfitObservationError
from station.journal.entries import PRIVATE_CHARACTERS_MAX, SALT_BYTES, entry_bytes, read_entry, seal
from station.stamp import Stamp

AT = Stamp(utc_ms=0, boot_id="b1", boot_ms=0, synchronised=False)
LONE_SURROGATE = "\ud800"


def fact_of(body: FactBody) -> Fact:
    return Fact(0, AT, "station", "plain@1", "docking:0", body)


ENDED = fact_of(said.DockingEnded(docking=0))


def order(proofs: int, copies: int) -> said.ClearingOrdered:
    proof = Proof(recording=0, copies=(0,) * copies)
    return said.ClearingOrdered(docking=0, proofs=(proof,) * proofs, release=None)


def clock_set(ahead: int, error: int = 0) -> said.ClockSet:
    return said.ClockSet(docking=0, clock_ahead_ms=ahead, clock_error_ms=error)


def judged(percent: int | None) -> said.BatteryJudged:
    return said.BatteryJudged(docking=0, percent=percent, health_percent=None)


def refused(code: str, articles: int = 0) -> said.LoanRefused:
    return said.LoanRefused(docking=0, officer="o1", code=code, articles=("第一条",) * articles)


def must_be_refused(fact: Fact, station: str = "st-1") -> None:
    with pytest.raises(UnfitObservationError, match=fact.body.type):
        entry_bytes(fact, station)


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
        order(proofs=256, copies=16),
        said.JournalOpened(origin="o", log_key="k" * 512),
    ],
    ids=ascii,
)
def test_the_last_fit_value_is_written_and_read_back(body: FactBody) -> None:
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
def test_a_body_that_does_not_fit_is_not_written(body: FactBody) -> None:
    must_be_refused(fact_of(body))


@pytest.mark.parametrize("unfit", [LONE_SURROGATE, f"a{LONE_SURROGATE}b", "", "x" * 129], ids=ascii)
def test_words_beside_the_body_must_fit_too(unfit: str) -> None:
    must_be_refused(replace(ENDED, by=unfit))
    must_be_refused(replace(ENDED, policy=unfit))
    must_be_refused(replace(ENDED, subject=unfit))
    must_be_refused(replace(ENDED, at=replace(AT, boot_id=unfit)))


@pytest.mark.parametrize("unfit", [-1, INTEGER_MAX + 1, 2**64])
def test_numbers_beside_the_body_must_fit_too(unfit: int) -> None:
    must_be_refused(replace(ENDED, n=unfit))
    must_be_refused(replace(ENDED, at=replace(AT, boot_ms=unfit)))


def test_a_time_after_the_year_9999_does_not_fit() -> None:
    last = replace(ENDED, at=replace(AT, utc_ms=253_402_300_799_999))
    assert read_entry(entry_bytes(last, "st-1")) == last
    must_be_refused(replace(last, at=last.at.later(1)))


@pytest.mark.parametrize("station", ["", "x" * 33, "ST-1", "st_1", "st 1", "站", LONE_SURROGATE], ids=ascii)
def test_a_station_is_known_by_a_plain_id(station: str) -> None:
    must_be_refused(ENDED, station)
    assert read_entry(entry_bytes(ENDED, "a-0" * 10 + "zz")) == ENDED


def test_private_words_must_fit_too() -> None:
    fact = fact_of(said.ClearingReleased(docking=0))
    for word in ("词" * PRIVATE_CHARACTERS_MAX, "", '李雷 said: "ok" \\ 100%'):
        written, _ = seal(replace(fact, private={"remark": word}), lambda: bytes(SALT_BYTES))
        assert read_entry(entry_bytes(written, "st-1")) == written
    for unfit in (LONE_SURROGATE, f"a{LONE_SURROGATE}", "x" * (PRIVATE_CHARACTERS_MAX + 1)):
        with pytest.raises(UnfitObservationError, match="clearing_released: remark"):
            seal(replace(fact, private={"remark": unfit}), lambda: bytes(SALT_BYTES))
