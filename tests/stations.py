"""A station's journal for tests: the real clerk on a real file, a clock that stands still, salts from a seed."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.clock import ManualClock
from station.custody.facts import Fact
from station.custody.observations import JournalBegun, Observation
from station.journal.notes import LOG_KEY, WITNESS_KEY, Note, VerifierKey, cosign, sign_checkpoint
from station.journal_clerk import JournalClerk
from station.stamp import Stamp
from tests.plain_policy import PlainPolicy

ORIGIN = "dockward/test/t-01/1"
START = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=0, synchronised=True)


@dataclass(frozen=True)
class Keys:
    """A log key and a witness key, for tests alone."""

    log: Ed25519PrivateKey
    witness: Ed25519PrivateKey

    @property
    def log_key(self) -> VerifierKey:
        return VerifierKey(ORIGIN, LOG_KEY, self.log.public_key().public_bytes_raw())

    @property
    def witness_key(self) -> VerifierKey:
        return VerifierKey("witness.test/w", WITNESS_KEY, self.witness.public_key().public_bytes_raw())

    @property
    def policy(self) -> str:
        return f"log {self.log_key}\nwitness w {self.witness_key}\nquorum w\n"


def seeded_keys(seed: int = 1) -> Keys:
    rng = random.Random(seed)
    return Keys(*(Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)) for _ in range(2)))


def open_clerk(folder: Path, policy: PlainPolicy | None = None, seed: int = 7) -> JournalClerk:
    rng = random.Random(seed)
    clock = ManualClock(START)
    return JournalClerk(folder / "journal.sqlite", "t-01", policy or PlainPolicy(), clock, lambda: rng.randbytes(32))


class ClerkStation:
    """What a world of random histories talks to, with the real clerk underneath, on the caller's thread."""

    def __init__(self, folder: Path, policy: PlainPolicy) -> None:
        self.folder = folder
        self.policy = policy
        self.clerk = open_clerk(folder, policy)
        self._now = START

    def set_roster(self, cameras: frozenset[str]) -> None:
        self.policy = replace(self.policy, cameras=cameras)
        self.clerk.policy = self.policy

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        self._now = self._now.later(1_000)
        self.clerk._clock = ManualClock(self._now)
        return self.clerk.judge_and_write(observation)

    def boot_again(self) -> None:
        self._now = msgspec.structs.replace(self._now, boot_id=f"{self._now.boot_id}+", boot_ms=0)
        self.restart()

    def restart(self) -> None:
        self.clerk.close()
        self.clerk = open_clerk(self.folder, self.policy)


def begin(clerk: JournalClerk, keys: Keys) -> None:
    clerk.judge_and_write(JournalBegun(origin=ORIGIN, log_key=str(keys.log_key)))


def signed_head(clerk: JournalClerk, keys: Keys) -> Note:
    return sign_checkpoint(clerk.head(ORIGIN), keys.log_key, keys.log.sign)


def cosigned(note: Note, keys: Keys) -> Note:
    return note.with_signatures(cosign(note.checkpoint, keys.witness_key, 1_795_219_300, keys.witness.sign))
