"""The unit's other disk: a further sealed copy of each recording, in case this machine's own disk dies.

    dockward-disk              the disk's own name, written when it is first taken into use
    evidence/N/                statement, signature, certificate, and then the original under its name

An original stands under its name only after it was read back past the page cache and is what its statement says. A disk
that is not another piece of hardware than our own is never written to, and nothing here decides what is copied. What
another journal wrote there under the same number is neither replaced nor deleted.
"""

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

from station.custody.recording import Recording
from station.durable import DiskFailedError, NoRoomError, make_folder, move_file, sync_folder, write_file
from station.errors import BrokenCustodyError, UnfitObservationError, WireFailedError
from station.signing.statements import read_statement
from station.store.checkpointed_part import GoingOn, digest_on_disk
from station.store.physical_disk import SYSFS, DeviceOf, device_of, hardware_under
from station.store.recordings import ORIGINAL, STATEMENT, evidence_folder

NAME_FILE = "dockward-disk"
PAPERS = (STATEMENT, "statement.sig", "signer.pem")
SPARE_BYTES = 16 * 1024 * 1024
"""Of the other disk, for what is written beside an original."""
_COPYING = "copying"
_NAME = re.compile(r"disk-[0-9a-f]{32}\Z")
_NEVER_WRITTEN_AGAIN = 0o440
_READ_BYTES = 1 << 20


class SecondDiskError(WireFailedError):
    """The other disk cannot be used; everything else goes on, and copying by itself once it can."""


class NoSecondDiskError(SecondDiskError):
    """Nothing is mounted where it should be."""


class GoneDiskError(SecondDiskError):
    """A disk that people wrote off is here after all: nothing is written to it and nothing on it counts."""

    def __init__(self, disk: str) -> None:
        super().__init__(
            f"{disk} was written off as gone for good, and is connected; nothing is written to it and nothing on it "
            "counts: take it out, give it to the custodian, use an empty disk"
        )
        self.disk = disk


class DamagedOriginalError(BrokenCustodyError):
    """An original on our own disk is not what was signed; `found` is the digest of what it is now."""

    def __init__(self, number: int, found: str) -> None:
        super().__init__(f"recording {number} on our own disk is not what was signed; keep both")
        self.found = found


class _OwnDiskError(WireFailedError):
    """Our own disk does not give what is to be copied."""


class SecondDisk:
    """Mounted at `root` by somebody else; `own` is where the originals are. Used by one thread at a time."""

    def __init__(
        self,
        root: Path,
        own: Path,
        new_name: Callable[[], str],
        gone: Callable[[str], bool],
        sysfs: Path = SYSFS,
        device: DeviceOf = device_of,
    ) -> None:
        """`gone`: whether people wrote a disk of this name off."""
        self.root = root
        self._own = own
        self._new_name = new_name
        self._gone = gone
        self._hardware = partial(hardware_under, sysfs=sysfs, device=device)
        self._device = device

    def name(self) -> str:
        """By which facts know it; given when it is first taken into use. SecondDiskError where it cannot be used."""
        with self._mounted() as disk:
            return self._name_of(disk)

    def require_writable(self) -> None:
        """A disk that has become read-only, or fails, is known before there is something to copy."""
        with self._mounted() as disk, self._errors_named():
            _require_room(disk, 0)
            write_file(disk / f"{NAME_FILE}.try", [os.urandom(16)])
            (disk / f"{NAME_FILE}.try").unlink()

    def copy(self, recording: Recording, evidence: Path, going_on: GoingOn) -> str:
        """The name of the disk on which there is a copy now, read back and compared with its statement."""
        self._require_statement(recording, evidence)
        with self._mounted() as disk:
            name = self._name_of(disk)
            with self._errors_named():
                folder = evidence_folder(disk, recording.number)
                if not _is_ours(folder, evidence):
                    raise SecondDiskError(self._of_another(recording))
                make_folder(folder)
                for paper in PAPERS:
                    self._copy_paper(evidence / paper, folder / paper)
                if self._digest(folder / ORIGINAL, going_on) != recording.sha256:
                    self._copy_original(recording, evidence / ORIGINAL, folder, going_on)
        if self.name() != name:
            raise SecondDiskError(f"{self.root} was changed for another disk meanwhile; the copy is made there again")
        return name

    def digest(self, recording: Recording, going_on: GoingOn) -> str:
        """Of the copy as the disk has it now; empty where there is none."""
        with self._mounted() as disk, self._errors_named():
            return self._digest(evidence_folder(disk, recording.number) / ORIGINAL, going_on)

    def drop(self, recording: Recording, evidence: Path) -> None:
        """A copy of ours that the disk does not give any more makes room for another; it proved nothing."""
        with self._mounted() as disk, self._errors_named():
            folder = evidence_folder(disk, recording.number)
            if _is_ours(folder, evidence):
                (folder / ORIGINAL).unlink(missing_ok=True)
                sync_folder(folder)

    def remove(self, recording: Recording, evidence: Path) -> None:
        """A recording that is purged: the original first, then what was said of it. Another journal's stays."""
        with self._mounted() as disk:
            name = self._name_of(disk)
            with self._errors_named():
                folder = evidence_folder(disk, recording.number)
                if not _is_ours(folder, evidence):
                    if any(name == other for other, _ in recording.copies):
                        raise SecondDiskError(self._of_another(recording))
                    return
                (folder / ORIGINAL).unlink(missing_ok=True)
                if folder.exists():
                    for left in sorted(folder.iterdir()):
                        left.unlink()
                    folder.rmdir()
                    sync_folder(folder.parent)

    def _of_another(self, recording: Recording) -> str:
        return (
            f"{evidence_folder(self.root, recording.number)} has another statement than is signed here, as of another "
            "journal; nothing there is changed: keep that disk and use an empty one"
        )

    @contextlib.contextmanager
    def _mounted(self) -> Iterator[Path]:
        """The disk by a path that stays on it: unmounted meanwhile, its folder is one of the disk below."""
        try:
            descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise self._not_looked_at(error) from error
        try:
            disk = Path(f"/proc/self/fd/{descriptor}")
            self._require_another(disk)
            yield disk
        finally:
            os.close(descriptor)

    def _require_another(self, disk: Path) -> None:
        """The folder of a disk that is not mounted lies on some other disk: nothing may be written there."""
        try:
            mounted = self._device(disk) != self._device(self.root.parent)
            shared = self._hardware(disk) & self._hardware(self._own) if mounted else frozenset()
        except OSError as error:
            raise self._not_looked_at(error) from error
        if not mounted:
            raise NoSecondDiskError(f"no disk is mounted at {self.root}; connect and mount it")
        if shared:
            raise SecondDiskError(f"{self.root} is on the same piece of hardware as the originals; mount another disk")

    def _not_looked_at(self, error: OSError) -> SecondDiskError:
        return SecondDiskError(f"{self.root} cannot be looked at: {error.strerror}; is the disk there?")

    def _name_of(self, disk: Path) -> str:
        with self._errors_named():
            path = disk / NAME_FILE
            if not path.exists():
                write_file(path, [f"{self._new_name()}\n".encode()])
            name = path.read_text(encoding="ascii", errors="replace").strip()
        if not _NAME.match(name):
            raise SecondDiskError(
                f"{self.root / NAME_FILE} is not what a station wrote; use an empty disk, or delete that file"
            )
        if self._gone(name):
            raise GoneDiskError(name)
        return name

    def _require_statement(self, recording: Recording, evidence: Path) -> None:
        with _own_disk():
            encoded = (evidence / STATEMENT).read_bytes()
        try:
            said = read_statement(encoded)
        except UnfitObservationError as error:
            raise BrokenCustodyError(f"the statement of recording {recording.number} here is damaged") from error
        if (said.sha256, said.size_bytes) != (recording.sha256, recording.size_bytes):
            raise BrokenCustodyError(f"the statement of recording {recording.number} here is of another file")

    def _copy_paper(self, source: Path, target: Path) -> None:
        with _own_disk():
            content = source.read_bytes()
        write_file(target, [content])
        if self._digest(target, iter) != sha256(content).hexdigest():
            raise SecondDiskError(f"{self.root} reads back other bytes than were written; change that disk")

    def _copy_original(self, recording: Recording, original: Path, folder: Path, going_on: GoingOn) -> None:
        _require_room(folder, recording.size_bytes)
        copying = folder / _COPYING
        write_file(copying, going_on(_own_bytes(original)))
        if self._digest(copying, going_on) != recording.sha256:
            copying.unlink()
            self._blame(recording, original, going_on)
        copying.chmod(_NEVER_WRITTEN_AGAIN)
        move_file(copying, folder / ORIGINAL)

    def _blame(self, recording: Recording, original: Path, going_on: GoingOn) -> None:
        """A copy that is not what was signed: which of the two disks did it?"""
        with _own_disk():
            found = digest_on_disk(original, going_on).hexdigest()
        if found != recording.sha256:
            raise DamagedOriginalError(recording.number, found)
        raise SecondDiskError(f"{self.root} reads back other bytes than were written; change that disk")

    def _digest(self, path: Path, going_on: GoingOn) -> str:
        return digest_on_disk(path, going_on).hexdigest() if path.exists() else ""

    @contextlib.contextmanager
    def _errors_named(self) -> Iterator[None]:
        """What fails here is this disk's; our own disk's errors pass."""
        try:
            yield
        except (OSError, NoRoomError, DiskFailedError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            number = cause.errno if isinstance(cause, OSError) else None
            if number in {errno.ENOSPC, errno.EDQUOT}:
                raise SecondDiskError(f"the disk at {self.root} is full; use a larger one") from error
            if number == errno.EROFS:
                raise SecondDiskError(f"the disk at {self.root} is read-only; check it, then mount it anew") from error
            raise SecondDiskError(f"the disk at {self.root} failed: {cause}; check it, then change it") from error


def _require_room(on: Path, size_bytes: int) -> None:
    disk = os.statvfs(on)
    if disk.f_bavail * disk.f_frsize < size_bytes + SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_ours(folder: Path, evidence: Path) -> bool:
    """Nothing lies there, or what belongs to our own statement; beside every original its statement came first."""
    there = folder / STATEMENT
    if not there.exists():
        return not (folder / ORIGINAL).exists()
    with _own_disk():
        ours = (evidence / STATEMENT).read_bytes()
    return there.read_bytes() == ours


def _own_bytes(path: Path) -> Iterable[bytes]:
    with _own_disk(), path.open("rb") as file:
        while chunk := file.read(_READ_BYTES):
            yield chunk


@contextlib.contextmanager
def _own_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _OwnDiskError(f"the disk for recordings failed: {error}; check it, then change it") from error
