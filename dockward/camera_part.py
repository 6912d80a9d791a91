"""A file on its way from a camera to a disk: never under its own name before all of it is there, and goes on if cut.

    .NAME.part       what has come so far
    .NAME.part.json  its checkpoint, with the mark of the file of that camera; see `checkpointed_part`

Nothing is ever written over.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from station.durable import PART, disk_errors_named, move_file
from station.errors import DockwardError, WireFailedError
from station.store.checkpointed_part import Checkpoint, CheckpointedPart, Pull, digest_on_disk


class AlreadyThereError(DockwardError):
    """Another file has that name; nothing is written over."""


@disk_errors_named()
def receive(target: Path, mark: str, size_bytes: int, pull: Pull, told: Callable[[int], None]) -> str:
    """The whole file under its name; its SHA-256 as read back. `mark` tells one file of one camera from every other."""
    part = CheckpointedPart(target.with_name(f".{target.name}{PART}"), note_of(target), size_bytes, mark)
    if target.exists():
        return _left_before_it_was_written_down(target, size_bytes, part.checkpoint())
    part.take_up()
    part.fill(_counted(part.offset, part.rest(pull), told))
    digest = digest_of(part.path)
    if digest != part.digest.hexdigest():
        part.drop()
        raise WireFailedError(
            f"{part.path}: 回读与写入不符 / the disk gives back other bytes; check it, then pull again"
        )
    move_file(part.path, target)
    return digest


def note_of(target: Path) -> Path:
    """Kept by `receive`, for whoever writes down what came; then it may go."""
    return target.with_name(f".{target.name}{PART}.json")


def digest_of(path: Path) -> str:
    """SHA-256 of what is on the disk, not of what the page cache remembers."""
    return digest_on_disk(path).hexdigest()


def _counted(known: int, chunks: Iterable[memoryview], told: Callable[[int], None]) -> Iterator[memoryview]:
    """What was here counts as soon as it is seen to be of this file."""
    for chunk in chunks:
        told(known + chunk.nbytes)
        known = 0
        yield chunk
    told(known)


def _left_before_it_was_written_down(target: Path, size_bytes: int, noted: Checkpoint | None) -> str:
    """Power may fail after the last byte and before the folder's list says so."""
    if noted is None or noted.offset != size_bytes:
        raise AlreadyThereError(f"{target}: 已有同名文件，不覆盖 / is there already and stays; pull to another folder")
    if digest_of(target) != noted.sha256:
        raise AlreadyThereError(f"{target}: 与拉取时不同 / is not what was pulled; pull to another folder")
    return noted.sha256
