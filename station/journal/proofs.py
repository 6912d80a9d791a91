"""A proof, as one small file, that a fact stands in a journal: C2SP tlog-proof, with the entry itself inside."""

import base64
from dataclasses import dataclass

from station.journal.notes import Note

PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class LogProof:
    entry: bytes
    index: int
    path: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        lines = [
            PROOF_HEADER,
            f"extra {base64.b64encode(self.entry).decode('ascii')}",
            f"index {self.index}",
            *(base64.b64encode(node).decode("ascii") for node in self.path),
        ]
        return "\n".join(lines) + f"\n\n{self.note}"
