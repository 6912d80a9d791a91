"""Whether a statement says what the witnessed journal says: each claim that the journal makes too is compared.

Pure over a journal to read. What a statement adds (parts, checks, commands) is not judged here.
"""

from typing import Any

import msgspec

from registry.journal_copy import WitnessedJournal
from station.custody.facts import BayOffered, CameraAdmitted, CameraQuarantined, DockingStarted, Fact, RecordingHeld
from station.signing.plain_text import quoted
from station.signing.statements import Statement, media_of
from station.stamp import utc_text

_WORD = msgspec.json.Decoder(str)


def contradictions(statement: Statement, held: Fact, journal: WitnessedJournal) -> tuple[str, ...]:
    """The names of the claims that the journal contradicts."""
    body = held.body
    if not isinstance(body, RecordingHeld):
        return ("recording",)
    claims = {
        "held_at": utc_text(held.at.utc_ms),
        "clock": "synchronised" if held.at.synchronised else "free",
        "policy": quoted(held.policy),
        "docking": body.docking,
        "loan": body.loan,
        "unattributed": body.unattributed,
        "size_bytes": body.size_bytes,
        "sha256": body.sha256,
        "begun_device_ms": body.begun_device_ms,
        "ended_device_ms": body.ended_device_ms,
        **_media(held.n, journal),
        "officer": _officer(body, journal),
        **_visit(body, held.n, journal),
        **_name(held.n, journal),
    }
    return tuple(name for name, said in claims.items() if getattr(statement, name) != said)


def _media(n: int, journal: WitnessedJournal) -> dict[str, Any]:
    """The fact after it says what was found in the file; until that has come, nobody can compare it."""
    following = journal.fact(n + 1)
    return {} if following is None else {"media": media_of(n, following)}


def _officer(held: RecordingHeld, journal: WitnessedJournal) -> str | None:
    offered = None if held.loan is None else journal.fact(held.loan)
    return quoted(offered.body.officer) if offered and isinstance(offered.body, BayOffered) else None


def _visit(held: RecordingHeld, n: int, journal: WitnessedJournal) -> dict[str, Any]:
    """The docking it came from, and the camera that was admitted then; another may be in the bay by now."""
    started = journal.fact(held.docking)
    admitted = _admission(held.docking, n, journal)
    return {
        "bay": quoted(started.body.bay) if started and isinstance(started.body, DockingStarted) else None,
        "camera": quoted(admitted.camera) if admitted else None,
        "model": quoted(admitted.model) if admitted else None,
        "clock_ahead_ms": admitted.clock_ahead_ms if admitted else None,
        "clock_error_ms": admitted.clock_error_ms if admitted else None,
    }


def _admission(docking: int, before: int, journal: WitnessedJournal) -> CameraAdmitted | None:
    """None where nobody knew it, or where it was quarantined: it is not admitted after that."""
    for fact in journal.facts(docking, before):
        match fact.body:
            case CameraAdmitted(docking=number) as admitted if number == docking:
                return admitted
            case CameraQuarantined(docking=number) if number == docking:
                return None
    return None


def _name(n: int, journal: WitnessedJournal) -> dict[str, str | None]:
    """A private word travels beside the journal; once it was purged, nobody can compare it."""
    word = journal.word(n, "original_name")
    if word is None:
        return {}
    try:
        return {"original_name": quoted(_WORD.decode(word))}
    except msgspec.MsgspecError:
        return {"original_name": None}
