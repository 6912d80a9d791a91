"""What goes into a pack of evidence, read beside the running station: which recordings, why not others, their chains.

Reads the journal and custody's tables in one snapshot; writes nothing, and asks the station nothing.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dockward.pack_chain import Chain
from station.custody.access_request import AccessRequest, AccessStep, approved_for
from station.custody.facts import Fact
from station.custody.facts_of_footage import RecordingExamined
from station.custody.mission import Mission
from station.custody.recording import Recording, RecordingStep
from station.custody.secrecy import Secrecy
from station.errors import NotYetError, WrongUseError
from station.journal.entries import PrivateValue, read_entry
from station.journal.notes import Note
from station.journal.sqlite_log import SqliteLog
from station.policy.permits import Act, Policy
from station.signing.pack_list import (
    Approval,
    FactLine,
    Known,
    Listed,
    ListedMission,
    MediaTimes,
    PackList,
    Reason,
    withheld_because,
)
from station.stamp import utc_text
from station.store.projections import facts, look_up

_COPYING = {Act.COPY_INTERNAL, Act.GIVE_OTHER_DEPARTMENT, Act.PARTY_COPY, Act.PROVIDE_OUTSIDE, Act.DISCLOSE}
"""Routes by which copies are given; an approval by any other lets people look."""
Row = TypeVar("Row", Mission, Recording, AccessRequest, Secrecy)
_PLACING = (b'"type":"recording_placed"', b'"type":"recording_withdrawn"')


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is wanted: missions whole, recordings by number, and under which approval."""

    missions: Collection[int] = ()
    recordings: Collection[int] = ()
    request: int | None = None


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything of the journal that a pack carries."""

    listed: PackList
    lines: Sequence[FactLine]
    proofs: Mapping[int, bytes]
    note: Note
    words: Sequence[PrivateValue]
    media: Mapping[int, MediaTimes]

    @property
    def given(self) -> tuple[int, ...]:
        return tuple(one.recording for one in self.listed.recordings if one.given)


def read_material(
    connection: sqlite3.Connection, station: str, asked: Asked, at_ms: int, policy: Callable[[], Policy]
) -> Material:
    """In one snapshot; WrongUseError for what does not exist, NotYetError where no signed head covers it yet.

    `policy`: read only where an approval covers a mission, which may hold what its approver has no say in.
    """
    connection.execute("BEGIN")
    try:
        return _Reading(connection, asked, at_ms, policy).material(station)
    finally:
        connection.execute("ROLLBACK")


class _Reading:
    def __init__(self, connection: sqlite3.Connection, asked: Asked, at_ms: int, policy: Callable[[], Policy]) -> None:
        self._connection = connection
        self._log = SqliteLog(connection)
        self._at_ms = at_ms
        self._request = None if asked.request is None else self._approved(asked.request)
        self._policy = policy
        wanted, whole = {*asked.recordings}, {*asked.missions}
        if self._request is not None and not wanted and not whole:
            wanted = {*self._request.recordings}
            whole = set() if self._request.mission is None else {self._request.mission}
        for number in whole:
            self._row(Mission, number)
        self._missions = whole | {
            mission for number in wanted if (mission := self._row(Recording, number).mission) is not None
        }
        touched = set(self._ever_placed())
        self._recordings = {number: self._row(Recording, number) for number in sorted(wanted | touched)}
        self._asked = frozenset(wanted | {n for n, one in self._recordings.items() if one.mission in whole})
        if not self._asked:
            raise WrongUseError("nothing to pack: name recordings, missions with footage, or an approved request")

    def material(self, station: str) -> Material:
        reasons = self._reasons()
        chain = Chain(self._recordings, frozenset(n for n, why in reasons.items() if why is None), self._missions)
        for fact in facts(self._connection):
            chain.take(fact)
        note, witnessed = self._note_covering(max(chain.found))
        origin = note.checkpoint.origin
        listed = PackList(
            station=station,
            origin=origin,
            made_at=utc_text(self._at_ms),
            size=note.checkpoint.size,
            witnessed=witnessed,
            approval=self._approval(),
            disputes=tuple(chain.disputes),
            missions=tuple(
                ListedMission(mission=number, facts=tuple(chain.of_mission[number]))
                for number in sorted(self._missions)
            ),
            recordings=tuple(self._listed(chain, number, why) for number, why in sorted(reasons.items())),
        )
        return Material(
            listed=listed,
            lines=tuple(_lines(listed, chain.found)),
            proofs={n: str(self._log.proof(n, note)).encode() for n in sorted(chain.found)},
            note=note,
            words=tuple(value for value in self._log.private_values() if reasons.get(value.n, Reason.SECRET) is None),
            media=_media(chain.found.values()),
        )

    def _row(self, kind: type[Row], number: int) -> Row:
        found = look_up(self._connection, (kind, number))
        if not isinstance(found, kind):
            raise WrongUseError(f"there is no {kind.__name__.lower()} {number} in this journal; is the number right?")
        return found

    def _approved(self, number: int) -> AccessRequest:
        request = self._row(AccessRequest, number)
        stands = request.valid_until_ms is not None and request.valid_until_ms > self._at_ms
        if request.step is not AccessStep.APPROVED or not stands:
            raise WrongUseError(f"request {number} is not approved, or not any more: have it approved first")
        if Act[request.route] not in _COPYING:
            raise WrongUseError(f"request {number} was approved to look only: have a copy asked for and approved first")
        return request

    def _approval(self) -> Approval | None:
        request = self._request
        if request is None:
            return None
        return Approval(
            request=request.number,
            route=request.route,
            approved_by=request.answered_by or "",
            approved_at=utc_text(request.answered_ms or 0),
            valid_until=utc_text(request.valid_until_ms or 0),
        )

    def _ever_placed(self) -> Iterator[int]:
        """All that were once in these missions; without reading every other fact for it."""
        for entry in self._log.entries():
            if any(kind in entry for kind in _PLACING):
                body: Any = read_entry(entry).body
                if body.mission in self._missions:
                    yield body.recording

    def _reasons(self) -> dict[int, Reason | None]:
        secret, secret_missions = self._secret()
        approved = None if self._request is None else self._covered_by(self._request)
        return {
            number: withheld_because(
                Known(
                    recording=number,
                    purged=one.step is RecordingStep.PURGED,
                    taken_out=one.mission not in self._missions,
                    stated=one.stated is not None,
                    released=one.released is not None,
                    secret=number in secret or one.mission in secret_missions,
                ),
                self._asked,
                approved,
            )
            for number, one in self._recordings.items()
        }

    def _covered_by(self, request: AccessRequest) -> frozenset[int]:
        """What it names, and what its mission has by now."""
        if request.mission is None:
            return frozenset(request.recordings)
        policy = self._policy()
        return frozenset(n for n, one in self._recordings.items() if approved_for(policy, request, one))

    def _secret(self) -> tuple[set[int], set[int]]:
        """Recordings and missions under marks that stand."""
        rows = self._connection.execute("SELECT number FROM secrecy_marks WHERE live").fetchall()
        marks = [self._row(Secrecy, number) for (number,) in rows]
        recordings = {number for mark in marks for number in mark.recordings}
        return recordings, {mark.mission for mark in marks if mark.mission is not None}

    def _note_covering(self, number: int) -> tuple[Note, bool]:
        """The newest cosigned head where it covers everything, else the newest that the station signed."""
        for cosigned in (True, False):
            note = self._log.newest_checkpoint(cosigned=cosigned, covering=number + 1)
            if note is not None:
                return note, cosigned
        raise NotYetError(f"the station has not signed for fact {number} yet: try again in a minute")

    def _listed(self, chain: Chain, number: int, why: Reason | None) -> Listed:
        recording, held = self._recordings[number], chain.found[number]
        return Listed(
            recording=number,
            mission=recording.mission if recording.mission in self._missions else None,
            reason=why,
            size_bytes=recording.size_bytes,
            sha256=recording.sha256,
            held_at=utc_text(held.at.utc_ms),
            clock="synchronised" if held.at.synchronised else "free",
            facts=tuple(chain.of[number]),
        )


def _lines(listed: PackList, found: Mapping[int, Fact]) -> Iterator[FactLine]:
    for mission in listed.missions:
        yield from (_line(found[n], mission=mission.mission) for n in mission.facts)
    for one in listed.recordings:
        yield from (_line(found[n], recording=one.recording) for n in one.facts)


def _line(fact: Fact, *, recording: int | None = None, mission: int | None = None) -> FactLine:
    return FactLine(
        recording=recording,
        mission=mission,
        fact=fact.n,
        type=fact.body.type,
        zh=fact.body.zh,
        at=utc_text(fact.at.utc_ms),
        clock="synchronised" if fact.at.synchronised else "free",
        by=fact.by,
    )


def _media(found: Iterable[Fact]) -> dict[int, MediaTimes]:
    return {
        fact.body.recording: MediaTimes(begun_ms=fact.body.media_begun_ms, length_ms=fact.body.media_length_ms)
        for fact in found
        if isinstance(fact.body, RecordingExamined)
    }
