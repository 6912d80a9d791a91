"""Keeps the evidence that two histories of our journal were signed: both notes in a folder, then a fact. Judges none.

Each contradiction has a folder of its own, named after what it is, and is never written over: `theirs.note` is what
came, `ours.note` what we had signed and had cosigned of that size, or the newest we have; `head` is what our own
signer refused to sign.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from station.custody.facts import Fact
from station.custody.history import Contradiction
from station.custody.observations import HistoryContradicted, Observation
from station.custody.state import State
from station.durable import disk_errors_named, make_folder, write_file
from station.journal.notes import Checkpoint


class Disputes(Protocol):
    """Whether our history is disputed, and where a new contradiction is told."""

    @property
    def stand(self) -> bool: ...

    def tell(self, why: Contradiction, of: Checkpoint, notes: Mapping[str, str]) -> None:
        """`of`: the head that contradicts ours. It stands from when this returns."""


class KeptDisputes:
    """Notes on the station's disk, the fact in its journal."""

    def __init__(
        self, folder: Path, state: Callable[[], State], tell: Callable[[Observation], tuple[Fact, ...]]
    ) -> None:
        self._folder = folder
        self._state = state
        self._tell = tell

    @property
    def stand(self) -> bool:
        return bool(self._state().disputes)

    def tell(self, why: Contradiction, of: Checkpoint, notes: Mapping[str, str]) -> None:
        digest = sha256("".join(notes.values()).encode()).hexdigest()[:16]
        folder = self._folder / f"{why.lower()}-{of.size}-{digest}"
        with disk_errors_named():
            make_folder(folder)
        for name, text in notes.items():
            write_file(folder / name, [text.encode()])
        self._tell(HistoryContradicted(why=why, size=of.size, root=of.root.hex()))
