"""Stations that report to a registry, and the registry's books, for tests: real clerks, real files, throw-away keys."""

import random
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.enrolments import Enrolment, Enrolments
from registry.journal_copy import Witness
from registry.ledger import Alarm, Ledger
from registry.mirror import Mirror
from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.facts import Fact, RecordingHeld
from station.journal.batches import batch_bytes, make_batch
from station.journal.notes import LOG_KEY, WITNESS_KEY, Checkpoint, Note, VerifierKey, sign_checkpoint
from station.journal.sqlite_log import SqliteLog
from station.journal_clerk import JournalClerk
from tests.plain_policy import PlainPolicy
from tests.stations import START

NOW_S = START.utc_ms // 1000
AGENCY = "640100"


def seeded_key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(random.Random(seed).randbytes(32))


class ReportingStation:
    """A station with a journal of its own; `batch` is what its uplink would send."""

    def __init__(self, folder: Path, station: str = "t-01", number: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.station = station
        self.origin = f"dockward/{AGENCY}/{station}/{number}"
        self.secret = seeded_key(self.origin)
        self.log_key = VerifierKey(self.origin, LOG_KEY, self.secret.public_key().public_bytes_raw())
        self.enrolment = Enrolment(station, self.origin, str(self.log_key))
        rng = random.Random(self.origin)
        path = folder / f"{station}-journal.sqlite"
        self.clerk = JournalClerk(path, station, PlainPolicy(), ManualClock(START), lambda: rng.randbytes(32))
        self.log = SqliteLog(self.clerk._connection)
        if not self.log.size:
            self.tell(seen.JournalBegun(origin=self.origin, log_key=str(self.log_key)))

    @property
    def size(self) -> int:
        return self.log.size

    def tell(self, observation: seen.Observation) -> tuple[Fact, ...]:
        return self.clerk.judge_and_write(observation)

    def live(self, visits: int = 1, bay: str = "1") -> None:
        """Something comes and goes: two facts or three a visit, none about a person."""
        for _ in range(visits):
            self.tell(seen.PresenceClosed(bay=bay))
            self.tell(seen.PresenceOpened(bay=bay))

    def hold(self, sha256: str, size_bytes: int, name: str = "A.MP4", camera: str = "C-1") -> Fact:
        """A camera docks and one recording of it is held; its name is a private word."""
        (docked,) = self.tell(seen.PresenceClosed(bay=camera))
        identified = seen.CameraIdentified(
            docking=docked.n, camera=camera, model="m", clock_ahead_ms=None, clock_error_ms=None
        )
        self.tell(identified)
        read = seen.RecordingRead(
            docking=docked.n,
            listing="DCIM/1",
            size_bytes=size_bytes,
            sha256=sha256,
            original_name=name,
            begun_device_ms=None,
            ended_device_ms=None,
        )
        (held,) = self.tell(read)
        assert isinstance(held.body, RecordingHeld)
        return held

    def state(self, recording: int, statement_sha256: str) -> int:
        (fact,) = self.tell(seen.StatementMade(recording=recording, statement_sha256=statement_sha256))
        return fact.n

    def head(self, to: int | None = None) -> Checkpoint:
        size = self.size if to is None else to
        return Checkpoint(self.origin, size, self.log.root_at(size))

    def note(self, to: int | None = None) -> Note:
        return sign_checkpoint(self.head(to), self.log_key, self.secret.sign)

    def batch(self, first: int = 0, to: int | None = None) -> bytes:
        return batch_bytes(make_batch(self.log, first, self.note(to)))

    def close(self) -> None:
        self.clerk.close()


class Books:
    """A registry's folder as its mirror sees it; `open` again is a restart."""

    def __init__(self, folder: Path, *stations: ReportingStation) -> None:
        self.folder = folder
        self.stations = folder / "stations"
        self.stations.mkdir(parents=True, exist_ok=True)
        secret = seeded_key("witness")
        self.witness_key = VerifierKey(
            f"dockward/{AGENCY}/registry", WITNESS_KEY, secret.public_key().public_bytes_raw()
        )
        self.witness = Witness(self.witness_key, secret.sign)
        self.enrolments = Enrolments(self.stations)
        for station in stations:
            self.enrol(station)
        self.open()

    def enrol(self, station: ReportingStation) -> None:
        (self.stations / f"{station.station}.json").write_bytes(msgspec.json.encode(station.enrolment))

    def open(self) -> None:
        self.ledger = Ledger(self.folder / "registry.sqlite")
        self.mirror = Mirror(self.folder / "mirror", self.enrolments, self.ledger, self.witness)

    def close(self) -> None:
        self.mirror.close()
        self.ledger.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def codes(self) -> list[str]:
        return [alarm.code for alarm in self.alarms()]

    def alarms(self) -> tuple[Alarm, ...]:
        return self.ledger.alarms(10_000)

    def copy_path(self, station: str = "t-01") -> Path:
        enrolment = self.enrolments.find(station)
        assert enrolment is not None
        return self.mirror.path(enrolment)
