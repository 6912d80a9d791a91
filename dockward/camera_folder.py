"""A folder of pulled files: what came from which camera, under names every disk takes, provable by `sha256sum -c`.

    SHA256SUMS        one line for each file, as sha256sum writes it
    .dockward-pulled  the same with the camera's own name of each file, one JSON object a line; each is fsynced

Never writes over a file, never trusts a line that power cut short.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath

import msgspec

from dockward.camera_part import note_of
from hardware.wires import ListedFile
from station.durable import disk_errors_named, make_folder, sync_folder, write_file
from station.errors import WrongUseError
from station.policy.naming import safe

SUMS = "SHA256SUMS"
_RECORD = ".dockward-pulled"
_SUMS_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) [ *](?P<file>.+)")
_NAME_BYTES_MAX = 200
"""With what stands around a name while its file is on its way, still under 255."""
_TOLD_APART_CHARACTERS = 8
_SUFFIX_BYTES_MAX = 16


class Pulled(msgspec.Struct, frozen=True):
    """One file that lies in the folder, whole."""

    mark: str
    path: str
    """As the camera calls it."""
    file: str
    """As the folder does."""
    size_bytes: int
    sha256: str


_READER = msgspec.json.Decoder(Pulled)


def mark_of(serial: str, file: ListedFile) -> str:
    """Tells one file of one camera from every other, and from what it is filmed over with."""
    told = f"{serial}\0{file.path}\0{file.size_bytes}\0{file.begun_ms}\0{file.ended_ms}"
    return sha256(told.encode(errors="surrogatepass")).hexdigest()


class PulledFolder:
    """One folder; used by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pulled: Mapping[str, Pulled] = {one.mark: one for one in self._read_record()}

    def sums(self) -> Mapping[str, str]:
        """File → SHA-256, as SHA256SUMS says."""
        try:
            lines = (self.folder / SUMS).read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return {}
        return {found["file"]: found["sha256"] for line in lines if (found := _SUMS_LINE.fullmatch(line))}

    @disk_errors_named()
    def add(self, pulled: Pulled) -> None:
        """Durable when it returns; then nothing needs the note of the part any more."""
        self._append(_RECORD, msgspec.json.encode(pulled) + b"\n")
        self._append(SUMS, f"{pulled.sha256}  {pulled.file}\n".encode())
        self.pulled = {**self.pulled, pulled.mark: pulled}
        note_of(self.folder / pulled.file).unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else pulls here meanwhile; what power cut short is set right first."""
        make_folder(self.folder)
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._set_right()
            yield
        except BlockingIOError as error:
            raise WrongUseError(
                f"{self.folder}: 另一进程正在拉取 / another pull is writing here; wait for it, or use another folder"
            ) from error
        finally:
            os.close(descriptor)

    def _set_right(self) -> None:
        self.pulled = {one.mark: one for one in self._read_record()}
        self._make_be(_RECORD, b"".join(msgspec.json.encode(one) + b"\n" for one in self.pulled.values()))
        sums = {**self.sums(), **{one.file: one.sha256 for one in self.pulled.values()}}
        self._make_be(SUMS, "".join(f"{digest}  {file}\n" for file, digest in sums.items()).encode())

    def _make_be(self, name: str, content: bytes) -> None:
        path = self.folder / name
        if (path.read_bytes() if path.exists() else b"") != content:
            write_file(path, [content])

    def _read_record(self) -> Iterator[Pulled]:
        try:
            lines = (self.folder / _RECORD).read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for line in lines[:-1]:
            try:
                yield _READER.decode(line)
            except msgspec.MsgspecError:
                continue

    def _append(self, name: str, content: bytes) -> None:
        is_new = not (self.folder / name).exists()
        with (self.folder / name).open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.folder)


def names_for(files: Sequence[ListedFile]) -> dict[str, str]:
    """Camera path → path in the folder: the same wherever every file system takes it, else told apart by a digest."""
    plain = {file.path: PurePosixPath(*_fitted(file.path)) for file in files}
    folders = {_folded(above) for path in plain.values() for above in path.parents}
    seen: dict[str, int] = {}
    for path in plain.values():
        seen[_folded(path)] = seen.get(_folded(path), 0) + 1
    taken = folders | {_folded(PurePosixPath(SUMS))}
    return {
        said: str(_told_apart(path, said) if seen[_folded(path)] > 1 or _folded(path) in taken else path)
        for said, path in plain.items()
    }


def _fitted(path: str) -> Iterator[str]:
    """Part by part; what had to change names by a digest what it was."""
    parts = path.split("/")
    for count, part in enumerate(parts, 1):
        fit = safe(part)
        if fit == part and len(fit.encode()) <= _NAME_BYTES_MAX:
            yield part
        else:
            yield _told_apart(PurePosixPath(fit), "/".join(parts[:count])).name


def _told_apart(path: PurePosixPath, said: str) -> PurePosixPath:
    apart = sha256(said.encode(errors="surrogatepass")).hexdigest()[:_TOLD_APART_CHARACTERS]
    suffix = path.suffix if len(path.suffix.encode()) <= _SUFFIX_BYTES_MAX else ""
    stem = path.name.removesuffix(suffix).encode()[:_NAME_BYTES_MAX].decode(errors="ignore")
    return path.with_name(f"{stem}~{apart}{suffix}")


def _folded(path: PurePosixPath) -> str:
    return str(path).upper().casefold()
