"""Decides whether a witness may cosign a station's checkpoint: never two histories, never a shorter one.

Pure: whoever calls keeps the newest head of each log, and must store the new one before the cosignature leaves.
The answers are those of C2SP tlog-witness.
"""

from enum import Enum

from station.errors import DockwardError
from station.journal.notes import Checkpoint, Note, NoteError, VerifierKey
from station.journal.tree import EMPTY_ROOT, is_consistent


class Refusal(Enum):
    """Why a checkpoint is not cosigned, with the status C2SP tlog-witness gives it."""

    OLD_BEYOND_SIZE = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    NOT_WHERE_WE_ARE = 409
    NOT_CONSISTENT = 422


class WitnessRefusedError(DockwardError):
    """Both notes are worth keeping: a log that shrank or forked is an alarm."""

    def __init__(self, refusal: Refusal, known_size: int) -> None:
        self.refusal = refusal
        self.code = refusal.name
        self.known_size = known_size
        super().__init__(f"{refusal.name}: this witness has seen {known_size} facts of that log")


def head_to_cosign(
    known: Checkpoint | None, log_key: VerifierKey, old_size: int, proof: tuple[bytes, ...], note: Note
) -> Checkpoint:
    """The head to store and then cosign, or WitnessRefusedError."""
    known_size, known_root = (known.size, known.root) if known else (0, EMPTY_ROOT)
    head = head_of(log_key, note, known_size)
    if old_size > head.size:
        raise WitnessRefusedError(Refusal.OLD_BEYOND_SIZE, known_size)
    if old_size != known_size or (head.size == known_size and head.root != known_root):
        raise WitnessRefusedError(Refusal.NOT_WHERE_WE_ARE, known_size)
    if not is_consistent(known_size, known_root, head.size, head.root, proof):
        raise WitnessRefusedError(Refusal.NOT_CONSISTENT, known_size)
    return head


def head_of(log_key: VerifierKey, note: Note, known_size: int) -> Checkpoint:
    """What this log says of itself, in its own name and with its own key, or WitnessRefusedError."""
    if note.checkpoint.origin != log_key.name:
        raise WitnessRefusedError(Refusal.UNKNOWN_LOG, known_size)
    if not _signed(note, log_key):
        raise WitnessRefusedError(Refusal.NOT_SIGNED, known_size)
    return note.checkpoint


def _signed(note: Note, log_key: VerifierKey) -> bool:
    try:
        return note.signed_by(log_key)
    except NoteError:
        return False
