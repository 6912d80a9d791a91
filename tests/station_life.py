"""A seeded piece of a station's life, told to the real journal clerk, and every promise the clerk made.

The promises are kept from the answers, never read back from the journal, save what was in it before this life and
the private values, which no answer holds. Each is handed on the moment it is made.
"""

import contextlib
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.facts import Fact
from station.errors import RefusedError
from station.journal.entries import PrivateValue, entry_bytes
from station.journal.notes import LOG_KEY, VerifierKey
from station.journal.sqlite_log import SqliteLog
from station.journal_clerk import JournalClerk
from station.stamp import Stamp
from tests.plain_policy import PlainPolicy

STATION = "power-cut-01"
ORIGIN = f"dockward/test/{STATION}/1"
MORNING = Stamp(utc_ms=1_795_219_200_000, boot_id="power-cut", boot_ms=0, synchronised=True)


@dataclass(frozen=True, slots=True)
class Found:
    """What a journal holds beside its projections."""

    entries: tuple[bytes, ...]
    private: tuple[PrivateValue, ...]
    notes: tuple[str, ...]


def read_journal(connection: sqlite3.Connection) -> Found:
    log = SqliteLog(connection)
    notes = connection.execute("SELECT note FROM checkpoints ORDER BY id").fetchall()
    return Found(tuple(log.entries()), tuple(log.private_values()), tuple(note for (note,) in notes))


@dataclass(slots=True)
class Promises:
    """What was acknowledged so far."""

    entries: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    private: dict[int, tuple[PrivateValue, ...]] = field(default_factory=lambda: {0: ()})
    """Size of the journal after each judgement → the private values that are then beside it."""


class Life:
    """Cameras dock, are read, cleared, lent and brought back; the clerk runs on its own thread."""

    def __init__(self, path: Path, rng: random.Random, acknowledge: Callable[[Promises], None]) -> None:
        self.promises = Promises()
        self._path = path
        self._rng = rng
        self._acknowledge = acknowledge
        self._clock = ManualClock(MORNING)
        key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        self._sign = key.sign
        self._log_key = VerifierKey(ORIGIN, LOG_KEY, key.public_key().public_bytes_raw())
        self._clerk = self._open()
        found = read_journal(self._clerk._connection)
        self.promises.entries += found.entries
        self.promises.notes += found.notes
        self._name = f"life-{self.size}"
        self._answered()

    @property
    def size(self) -> int:
        return len(self.promises.entries)

    def stop(self) -> None:
        self._clerk.stop()

    def restart(self) -> None:
        self.stop()
        self._clerk = self._open()
        self._answered()

    def tell(self, observation: seen.Observation) -> tuple[Fact, ...]:
        self._clock.advance(self._rng.randint(1, 90_000))
        facts = self._clerk.tell(observation).result()
        self.promises.entries += [entry_bytes(fact, STATION) for fact in facts]
        self._answered()
        return facts

    def sign(self) -> None:
        self.promises.notes.append(str(self._clerk.sign_head(self._log_key, self._sign)))
        self._answered()

    def begin(self) -> None:
        if not self.size:
            self.tell(seen.JournalBegun(origin=ORIGIN, log_key=str(self._log_key)))

    def visit(self, number: int) -> list[int]:
        """One camera comes, is read and cleared, and leaves with an officer; the recordings it brought."""
        bay, held = self.dock(number, clips=self._rng.randint(1, 3))
        with contextlib.suppress(RefusedError):
            self.tell(seen.ClearingAsked(docking=self._docking(bay)))
        for n in held:
            self.tell(seen.StatementMade(recording=n, statement_sha256=f"{n:064x}"))
            received = seen.ReceiptVerified(recording=n, receipt_sha256=f"{n + 1:064x}")
            self.tell(self._rng.choice((received, seen.SecondCopyProved(recording=n, disk="disk-b"))))
        self.tell(seen.ClearingAsked(docking=self._docking(bay)))
        self.tell(seen.DeletionsListed(docking=self._docking(bay), listings=frozenset()))
        self.tell(seen.BatteryMeasured(docking=self._docking(bay), percent=88, health_percent=None))
        self.tell(seen.CameraAsked(bay=bay, by=f"officer-{bay}", reason=f"晚间巡查 {number}"))
        self.tell(seen.PresenceOpened(bay=bay))
        return held

    def dock(self, number: int, clips: int = 0) -> tuple[str, list[int]]:
        """The bay, and the recordings read there."""
        bay = f"{self._name}-{number}"
        camera = f"{bay}-camera"
        self.tell(seen.PresenceClosed(bay=bay))
        number = self._docking(bay)
        self.tell(
            seen.CameraIdentified(docking=number, camera=camera, model="T8", clock_ahead_ms=2_100, clock_error_ms=400)
        )
        listings = [f"DCIM/{clip}" for clip in range(clips)]
        held = [self._read(bay, listing) for listing in listings]
        self.tell(seen.CameraListed(docking=self._docking(bay), listings=frozenset(listings)))
        return bay, held

    def release(self, *bays: str) -> None:
        """One judgement of many facts, over many pages."""
        self.tell(seen.ReleaseGiven(by="custodian-1", bays=bays, remark="保管员放行" * 20))

    def purge(self, *entries: int) -> None:
        self.tell(seen.PurgeOrdered(entries=entries, rule="TERM_ENDED"))

    def _open(self) -> JournalClerk:
        clerk = JournalClerk(
            self._path,
            STATION,
            PlainPolicy(custodians=frozenset({"custodian-1"})),
            self._clock,
            lambda: self._rng.randbytes(32),
        )
        clerk.start()
        return clerk

    def _docking(self, bay: str) -> int:
        docking = self._clerk.state.docking_in(bay)
        assert docking is not None, f"nothing is in bay {bay}"
        return docking.number

    def _answered(self) -> None:
        self.promises.private[self.size] = read_journal(self._clerk._connection).private
        self._acknowledge(self.promises)

    def _read(self, bay: str, listing: str) -> int:
        digest = self._rng.randbytes(32).hex()
        (held,) = self.tell(
            seen.RecordingRead(
                docking=self._docking(bay),
                listing=listing,
                size_bytes=52_428_800,
                sha256=digest,
                original_name=f"{digest[:8]}.mp4",
                begun_device_ms=MORNING.utc_ms - 700_000,
                ended_device_ms=MORNING.utc_ms - 400_000,
            )
        )
        return held.n
