"""What each key in a signer may sign, wherever the key lies. Holds no key.

Evidence keys sign what they are given; the log key the checkpoints of its own journal, none behind one it signed; the
witness key cosignatures.
"""

import re
from pathlib import Path

from station.errors import RefusedError, WrongUseError
from station.journal.notes import Checkpoint, NoteError, parse_checkpoint
from station.signing.head_memory import HeadMemory
from station.signing.signer_wire import KeyUse

_COSIGNED = re.compile(r"cosignature/v1\ntime (?:0|[1-9][0-9]{0,15})\n(?P<checkpoint>.*)", re.DOTALL)


class KeyRules:
    """Where `log-origin` stands beside the keys, checkpoints of that journal alone are signed."""

    def __init__(self, folder: Path, memory: HeadMemory | None = None) -> None:
        self._origin = _read_origin(folder / "log-origin")
        self._memory = memory

    def require(self, use: KeyUse, message: bytes) -> None:
        """Refuse what this key is not for; what the log key is to sign is remembered before it does."""
        match use:
            case KeyUse.LOG:
                self._require_own_checkpoint(message)
            case KeyUse.WITNESS:
                _require_cosignature(message)
            case KeyUse.EVIDENCE:
                pass

    def _require_own_checkpoint(self, message: bytes) -> None:
        try:
            head = _checkpoint(message)
        except NoteError as error:
            raise RefusedError("LOG_KEY_SIGNS_CHECKPOINTS_ONLY") from error
        if self._origin not in {None, head.origin}:
            raise RefusedError("LOG_KEY_SIGNS_ITS_OWN_JOURNAL_ONLY")
        if self._memory is not None:
            self._memory.go_on_to(head)


def _checkpoint(message: bytes) -> Checkpoint:
    try:
        return parse_checkpoint(message.decode())
    except UnicodeDecodeError as error:
        raise NoteError("not a checkpoint") from error


def _require_cosignature(message: bytes) -> None:
    """C2SP tlog-cosignature: the time, then the whole checkpoint."""
    try:
        cosigned = _COSIGNED.fullmatch(message.decode())
        parse_checkpoint(cosigned["checkpoint"] if cosigned else "")
    except (UnicodeDecodeError, NoteError) as error:
        raise RefusedError("WITNESS_KEY_SIGNS_COSIGNATURES_ONLY") from error


def _read_origin(path: Path) -> str | None:
    """The journal this log key was made for; none where it was never bound to one."""
    if not path.exists():
        return None
    origin = path.read_text(encoding="utf-8").removesuffix("\n")
    if not origin:
        raise WrongUseError(f"{path} names no journal; write dockward/AGENCY/STATION/NUMBER into it")
    return origin
