"""The registry's copy of every station's journal, and its word that it holds it: the cosignature.

No answer leaves before what it says is on the disk. Never cosigns a second history or a shorter one, and keeps both
notes of whoever tries. What is wrong with one journal is that station's alarm, and stops no other.
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from registry.enrolments import Enrolment, Enrolments
from registry.journal_copy import (
    GapError,
    JournalCopy,
    ShrankError,
    UnbelievedError,
    Witness,
    WitnessedJournal,
    batch_of,
)
from registry.ledger import Alarm, Ledger
from registry.witness import WitnessRefusedError
from station.errors import JournalBrokenError, WireFailedError, WrongUseError
from station.journal.notes import Note
from station.journal.sqlite_log import SqliteLog, connect_to_read

COPIES_OPEN_MAX = 64
"""Each takes three file descriptors; a fleet may be larger."""
_NOTE_CHARACTERS_KEPT = 16_384
_BROKEN = (JournalBrokenError, WrongUseError, sqlite3.Error, OSError)


class Answer(Struct, frozen=True):
    """What a station is told: the newest cosigned note of its journal; where it is refused, only to find its place."""

    cosigned: Note | None = None
    refused: str = ""
    """The code of the alarm that was raised."""


class Mirror:
    """Batches one at a time; whoever asks what is held waits for none of them, nor for the signer."""

    def __init__(self, folder: Path, enrolments: Enrolments, ledger: Ledger, witness: Witness) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._enrolments = enrolments
        self._ledger = ledger
        self._witness = witness
        self._copies: OrderedDict[Path, JournalCopy] = OrderedDict()
        self._newest: dict[Path, Note] = {}
        self._broken: dict[str, str] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            while self._copies:
                self._copies.popitem()[1].close()

    @property
    def troubles(self) -> tuple[str, ...]:
        """Which copies cannot be read, and why."""
        return tuple(f"{station}: {why}" for station, why in sorted(self._broken.copy().items()))

    def path(self, enrolment: Enrolment) -> Path:
        """One file for each journal: a station whose disk is new begins another, and the old one stays."""
        return self._folder / f"{enrolment.station}-{sha256(enrolment.origin.encode()).hexdigest()[:16]}.sqlite"

    def take(self, station: str, payload: bytes, at_seconds: int) -> Answer:
        """Whatever a station sends. What cannot be believed is an alarm; a signer that fails leaves all as it was."""
        with self._lock:
            try:
                enrolment = self._enrolments.find(station)
            except WrongUseError as error:
                return self._refused(Alarm(station, "ENROLMENT_BROKEN", at_seconds * 1000, "", str(error)))
            if enrolment is None:
                return self._refused(Alarm(station[:64], "UNENROLLED", at_seconds * 1000, "", ""))
            self._ledger.saw(station, at_seconds * 1000)
            try:
                return self._take(enrolment, payload, at_seconds)
            except _BROKEN as error:
                self._forget(enrolment, error)
                return self._refused(Alarm(station, "COPY_BROKEN", at_seconds * 1000, "", str(error)))

    def newest(self, station: str, covering: int = 0) -> Note | None:
        """The newest cosigned note, if it is of at least so many facts; None too for a copy that cannot be read."""
        path = self._path_of(station)
        note = self._newest_in(path, station) if path else None
        return note if note and note.checkpoint.size >= covering else None

    @contextmanager
    def journal(self, station: str) -> Iterator[WitnessedJournal | None]:
        """What is witnessed of a station's journal, to read; None where nothing is yet."""
        path = self._path_of(station)
        if path is None or self._newest_in(path, station) is None:
            yield None
            return
        try:
            with closing(connect_to_read(path)) as connection:
                yield WitnessedJournal(connection)
        except _BROKEN as error:
            raise WireFailedError(f"our copy of the journal of {station} cannot be read: {error}") from error

    def _path_of(self, station: str) -> Path | None:
        try:
            enrolment = self._enrolments.find(station)
        except WrongUseError:
            return None  # among the enrolments' own troubles
        return self.path(enrolment) if enrolment else None

    def _newest_in(self, path: Path, station: str) -> Note | None:
        """Read once, and from then on what the newest batch brought."""
        known = self._newest.get(path)
        if known:
            return known
        try:
            newest = _read_newest(path)
        except _BROKEN as error:
            self._broken[station] = str(error)
            return None
        self._broken.pop(station, None)
        # What a batch brought meanwhile is newer than what was just read.
        return self._newest.setdefault(path, newest) if newest else None

    def _take(self, enrolment: Enrolment, payload: bytes, at_seconds: int) -> Answer:
        copy = self._copy(enrolment)
        checkpoint = ""
        try:
            batch = batch_of(payload)
            checkpoint = batch.checkpoint[:_NOTE_CHARACTERS_KEPT]
            cosigned = copy.take(enrolment.verifier, batch, at_seconds)
            self._broken.pop(enrolment.station, None)
            if cosigned:
                self._newest[self.path(enrolment)] = cosigned
            return Answer(cosigned)
        except (UnbelievedError, WitnessRefusedError) as unbelieved:
            ours = copy.newest()
            alarm = Alarm(enrolment.station, unbelieved.code, at_seconds * 1000, str(ours or ""), checkpoint)
            answer = self._refused(alarm)
            # A gap is ours, not the station's: the newest note tells it from where to send again.
            if isinstance(unbelieved, GapError):
                return Answer(ours)
            # So it does where its facts are ours: a station that has more goes on, one that lost some learns of it.
            return Answer(ours, answer.refused) if isinstance(unbelieved, ShrankError) else answer

    def _copy(self, enrolment: Enrolment) -> JournalCopy:
        path = self.path(enrolment)
        if path not in self._copies:
            self._copies[path] = JournalCopy(enrolment.station, path, self._witness)
            if len(self._copies) > COPIES_OPEN_MAX:
                self._copies.popitem(last=False)[1].close()
        self._copies.move_to_end(path)
        return self._copies[path]

    def _forget(self, enrolment: Enrolment, why: Exception) -> None:
        """It is read anew at the next question: somebody may have set it right."""
        self._broken[enrolment.station] = str(why)
        path = self.path(enrolment)
        self._newest.pop(path, None)
        copy = self._copies.pop(path, None)
        if copy:
            copy.close()

    def _refused(self, alarm: Alarm) -> Answer:
        self._ledger.raise_alarm(alarm)
        return Answer(refused=alarm.code)


def _read_newest(path: Path) -> Note | None:
    if not path.is_file():
        return None
    with closing(connect_to_read(path)) as connection:
        return SqliteLog(connection).newest_checkpoint(cosigned=True)
