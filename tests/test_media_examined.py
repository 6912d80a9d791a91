"""Promise: each file that is taken is looked into once, none is refused for it, and its statement says what it was."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from msgspec.structs import replace

from dockward import paper_verifier
from dockward.verifier import UnsoundError
from registry.agreement import contradictions
from station.custody.facts import Fact, RecordingHeld
from station.custody.facts_of_footage import RecordingExamined
from station.errors import UnfitObservationError
from station.signing.statements import MEDIA_CHECKED, Statement, make_statement, read_statement, statement_bytes
from tests.docked_station import BEGUN_MS, ZONE_MINUTES
from tests.evidence_folders import NAME, VISIT, held
from tests.media_files import film
from tests.test_sealing import SealingStation
from tests.test_statements import DIGESTS, ISSUER

pytestmark = pytest.mark.usefixtures("quick_to_close")

AHEAD_MS = 2_100
HOUR_MS = 3_600_000
WHOLE = film(BEGUN_MS, 30_000)
LOCAL = film(BEGUN_MS + 60_000 + ZONE_MINUTES * 60_000, 30_000)
LATER = film(BEGUN_MS + 2 * HOUR_MS, 30_000)
HOSTILE = WHOLE[:20] + b"\xff" * 200
FILMS = (WHOLE, LOCAL, LATER, b"", HOSTILE, WHOLE[:-30])


@pytest.fixture
def docked(tmp_path: Path) -> Iterator[SealingStation]:
    docked = SealingStation(tmp_path, *FILMS)
    yield docked
    docked.close()


def examined(docked: SealingStation) -> dict[str, RecordingExamined]:
    """By the digest of the content."""
    by_number = {fact.n: fact.body.sha256 for fact in docked.facts() if isinstance(fact.body, RecordingHeld)}
    bodies = [fact.body for fact in docked.facts() if isinstance(fact.body, RecordingExamined)]
    return {by_number[body.recording]: body for body in bodies}


def of(content: bytes) -> str:
    return sha256(content).hexdigest()


def test_every_file_is_held_whatever_is_in_it_and_looked_into_once(docked: SealingStation) -> None:
    number = docked.put_and_identify()
    for _ in range(2):
        docked.work.read(number)
    assert {recording.sha256 for recording in docked.held()} == set(map(of, FILMS))
    kinds = docked.kinds()
    assert [kinds[n + 1] for n, kind in enumerate(kinds) if kind == "recording_held"] == ["recording_examined"] * 6
    assert kinds.count("recording_examined") == len(FILMS)


def test_what_was_found_is_written(docked: SealingStation) -> None:
    docked.work.read(docked.put_and_identify())
    found = examined(docked)
    whole, local, later = found[of(WHOLE)], found[of(LOCAL)], found[of(LATER)]
    assert (whole.container, whole.media_begun_ms, whole.media_length_ms, whole.notes) == ("MP4", BEGUN_MS, 30_000, ())
    assert (local.media_begun_ms, local.notes) == (BEGUN_MS + 60_000, ("MEDIA_TIME_LOCAL",))
    assert later.notes == ("FILE_TIME_DISAGREES",)
    assert (found[of(b"")].container, found[of(b"")].notes) == ("OTHER", ("MEDIA_EMPTY",))
    assert "MEDIA_TRUNCATED" in found[of(WHOLE[:-30])].notes
    assert found[of(HOSTILE)].notes


def test_the_statement_says_what_was_found_and_old_ones_stay_readable(docked: SealingStation) -> None:
    for recording in docked.read_all():
        docked.sealing.sign(recording.number)
        said = json.loads(docked.papers(recording.number)["statement.json"])
        found = examined(docked)[recording.sha256]
        assert said["media"] == {
            "container": found.container,
            "begun_device_ms": found.media_begun_ms,
            "length_ms": found.media_length_ms,
            "notes": list(found.notes),
        }
        assert MEDIA_CHECKED in said["checks"]
        docked.statement(recording.number)


# --- statements and whoever compares them


EXAMINED = Fact(
    held().n + 1,
    held().at,
    "station",
    held().policy,
    f"recording:{held().n}",
    RecordingExamined(
        recording=held().n, container="MP4", media_begun_ms=5, media_length_ms=None, notes=("MEDIA_LENGTH_MISSING",)
    ),
)
OTHERS = replace(EXAMINED, body=replace(EXAMINED.body, recording=3))


def stated(following: Fact | None) -> Statement:
    return make_statement(held(), NAME, VISIT, DIGESTS, ISSUER, following)


def test_a_statement_without_media_is_what_it_always_was() -> None:
    for following in (None, OTHERS, replace(EXAMINED, body=held().body)):
        encoded = statement_bytes(stated(following))
        assert b'"media"' not in encoded
        assert MEDIA_CHECKED.encode() not in encoded
        assert read_statement(encoded) == stated(None)


def test_a_statement_with_media_is_canonical_and_reads_back() -> None:
    encoded = statement_bytes(stated(EXAMINED))
    assert encoded == rfc8785.dumps(json.loads(encoded))
    assert read_statement(encoded) == stated(EXAMINED)


def changed(**values: Any) -> bytes:
    said = json.loads(statement_bytes(stated(EXAMINED)))
    said["media"] |= values
    return rfc8785.dumps(said)


UNFIT = [
    changed(container="mp4"),
    changed(container=None),
    changed(length_ms=-1),
    changed(length_ms=True),
    changed(begun_device_ms="5"),
    changed(notes=["free words"]),
    changed(notes=["A"] * 17),
    changed(notes="A"),
    changed(more=1),
    rfc8785.dumps({**json.loads(changed()), "media": None}),
    rfc8785.dumps({**json.loads(changed()), "media": {}}),
    rfc8785.dumps({**json.loads(changed()), "checks": []}),
    rfc8785.dumps({key: value for key, value in json.loads(changed()).items() if key != "media"}),
]


@pytest.mark.parametrize("encoded", UNFIT, ids=range(len(UNFIT)))
def test_media_that_is_none_is_read_by_nobody(encoded: bytes) -> None:
    with pytest.raises(UnfitObservationError):
        read_statement(encoded)
    with pytest.raises(UnsoundError):
        paper_verifier._parse(paper_verifier.STATEMENT, encoded)


def test_the_offline_verifier_takes_statements_with_and_without() -> None:
    for following in (None, EXAMINED):
        encoded = statement_bytes(stated(following))
        assert paper_verifier._parse(paper_verifier.STATEMENT, encoded) == json.loads(encoded)


class Following:
    """A witnessed journal in which only the fact after the recording matters."""

    def __init__(self, fact: Fact | None) -> None:
        self._fact = fact

    def fact(self, n: int) -> Fact | None:
        return self._fact if n == EXAMINED.n else None

    def facts(self, _start: int, _end: int) -> Iterator[Fact]:
        return iter(())

    def word(self, _n: int, _field: str) -> None:
        return None


def contradicted(statement: Statement, following: Fact | None) -> bool:
    journal: Any = Following(following)
    return "media" in contradictions(statement, held(), journal)


def test_the_registry_compares_it_with_the_witnessed_fact() -> None:
    other = replace(EXAMINED, body=replace(EXAMINED.body, notes=()))
    assert not contradicted(stated(EXAMINED), EXAMINED)
    assert not contradicted(stated(None), OTHERS)
    assert contradicted(stated(EXAMINED), other)
    assert contradicted(stated(EXAMINED), OTHERS)
    assert contradicted(stated(None), EXAMINED)
    assert not contradicted(stated(EXAMINED), None), "it has not come yet; without it there is no receipt"


@pytest.mark.parametrize(
    ("following", "body", "holds"),
    [
        (EXAMINED, {"container": "MP4", "media_begun_ms": 5, "notes": ["MEDIA_LENGTH_MISSING"]}, True),
        (EXAMINED, {"container": "MP4", "media_begun_ms": 5}, False),
        (EXAMINED, {"container": "MP4", "notes": ["MEDIA_LENGTH_MISSING"]}, False),
        (EXAMINED, None, False),
        (None, None, True),
        (None, {"container": "MP4"}, False),
    ],
)
def test_the_offline_verifier_compares_it_with_the_journal_of_a_pack(
    following: Fact | None, body: dict[str, Any] | None, *, holds: bool
) -> None:
    encoded = statement_bytes(stated(following))
    paper = paper_verifier.Paper(paper_verifier.STATEMENT, json.loads(encoded), encoded)
    if holds:
        paper_verifier.check_media_told(paper, body)
        return
    with pytest.raises(UnsoundError, match="what the journal does not"):
        paper_verifier.check_media_told(paper, body)
