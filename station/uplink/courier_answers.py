"""What a courier brought back from the registry: receipts, and the checkpoint that it cosigned.

Believed by what they say alone, exactly as if the line had brought them; where they lay says nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from station.durable import DiskFailedError, disk_errors_named
from station.errors import RefusedError
from station.signing.courier import ANSWER_FILES, COSIGNED, SMALL_BYTES_MAX
from station.uplink.uploads import Received

_INBOX = "courier-inbox"
_ANSWER = re.compile(r"(0|[1-9][0-9]{0,15})\.receipt\.json")


class Heads(Protocol):
    """What the running station does with its journal's heads."""

    def sign_heads(self) -> int: ...

    def cosigned(self, message: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """Recordings whose receipts counted, those that had one, those whose receipt did not hold and why."""

    receipted: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    cosigned: bool = False


class TakesReceipts(Protocol):
    def brought(self, number: int, received: Received) -> bool: ...


@dataclass(frozen=True, slots=True)
class Answers:
    """What a courier brought back, in a folder of the station's own; taken away once it was looked at."""

    inbox: Path
    heads: Heads
    uploads: TakesReceipts

    def take(self) -> Taken:
        """Whatever lies there. What failed for a while stays, and can be taken again."""
        if not self.inbox.is_dir():
            return Taken()
        cosigned = self._cosigned()
        receipted: list[int] = []
        known: list[int] = []
        refused: list[tuple[int, str]] = []
        for number in sorted(int(found[1]) for path in self.inbox.iterdir() if (found := _ANSWER.fullmatch(path.name))):
            try:
                (receipted if self._receipt(number) else known).append(number)
            except RefusedError as error:
                refused.append((number, error.code))
            self._away(*(f"{number}.{name}" for name in ANSWER_FILES))
        return Taken(tuple(receipted), tuple(known), tuple(refused), cosigned)

    def _receipt(self, number: int) -> bool:
        received = (self._small(f"{number}.{name}") for name in ANSWER_FILES)
        return self.uploads.brought(number, Received(*received))

    def _cosigned(self) -> bool:
        if not (self.inbox / COSIGNED).exists():
            return False
        told = self.heads.cosigned(self._small(COSIGNED))
        self._away(COSIGNED)
        return told

    def _small(self, name: str) -> bytes:
        try:
            with disk_errors_named(), (self.inbox / name).open("rb") as file:
                return file.read(SMALL_BYTES_MAX + 1)
        except DiskFailedError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise RefusedError("RECEIPT_INCOMPLETE") from error
            raise

    def _away(self, *names: str) -> None:
        with disk_errors_named():
            for name in names:
                (self.inbox / name).unlink(missing_ok=True)


def inbox_of(data: Path) -> Path:
    """Where answers are laid for the station to take."""
    return data / _INBOX
