"""`dockward camera pull PATH FILE|--all --to FOLDER`: files from a camera to a disk, each proved or named as failed.

What was cut goes on where it was cut; what lies in the folder already is not asked for again. Deletes nothing.
"""

import argparse
import contextlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from dockward.camera_folder import SUMS, Pulled, PulledFolder, mark_of, names_for
from dockward.camera_line import Line, add_camera_arguments, camera_at, shown, tell
from dockward.camera_part import AlreadyThereError, receive
from dockward.camera_progress import Progress
from hardware.wires import AbsentError, Camera, HostError, ListedFile, WireError
from station.durable import make_folder
from station.errors import WrongUseError
from station.store.checkpointed_part import AnotherFileError, NotAsListedError

FAILURES_MAX = 3
"""After so many the camera is the problem and not the file."""


class Failed(msgspec.Struct, frozen=True):
    """A file that did not come, and why."""

    path: str
    reason: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of each file that was asked for."""

    serial: str
    to: str
    pulled: list[Pulled]
    already_there: list[Pulled]
    failed: list[Failed]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_camera_arguments(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", metavar="FILE", help="its path on the camera, as `camera ls` says it")
    which.add_argument("--all", action="store_true", help="every file on the camera")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="made where it is not there")


def run(arguments: argparse.Namespace, line: Line) -> int:
    pulling: _Pulling | None = None
    with contextlib.ExitStack() as held:
        while pulling is None or not pulling.ended:
            with camera_at(arguments, line) as camera:
                files = camera.files()
                if pulling is None:
                    folder = PulledFolder(arguments.to)
                    held.enter_context(folder.held())
                    pulling = _Pulling(arguments, folder, camera.identity.serial, files)
                    held.callback(pulling.bar.close)
                pulling.go_on(camera, frozenset(files))
    tell(arguments, pulling.outcome, tuple(_summary(pulling.outcome)))
    return 1 if pulling.outcome.failed else 0


class _Pulling:
    """One run of the act, over as many openings of the camera as it takes."""

    def __init__(
        self, arguments: argparse.Namespace, folder: PulledFolder, serial: str, files: Sequence[ListedFile]
    ) -> None:
        self._folder = folder
        self._serial = serial
        self._names = names_for(files)
        self._left = _wanted(files, arguments.file)
        self._says = None if arguments.json else _say
        self.bar = Progress(sum(file.size_bytes for file in self._left))
        self.outcome = Outcome(self._serial, str(folder.folder), [], [], [])

    @property
    def ended(self) -> bool:
        return not self._left

    def go_on(self, camera: Camera, listed: Collection[ListedFile]) -> None:
        """Until all is done, or a file fails: then the camera is to be opened anew."""
        if camera.identity.serial != self._serial:
            raise AbsentError("另一台设备在此位置 / another camera is at this place by now; start again")
        while self._left:
            file = self._left.pop(0)
            if file not in listed:
                self._failed(file, "拉取期间已变 / changed on the camera meanwhile; pull again")
                continue
            try:
                self._pull(camera, file)
            except (AbsentError, HostError):
                raise
            except AnotherFileError:
                """Once: what is not there any more is not compared again."""
                self._tell(f"已另录 filmed over since its pull was cut, pulled anew: {shown(file.path)}")
                self._left.insert(0, file)
                return
            except (WireError, NotAsListedError) as error:
                self._failed(file, str(error))
                if len(self.outcome.failed) >= FAILURES_MAX:
                    self._give_up()
                return

    def _pull(self, camera: Camera, file: ListedFile) -> None:
        mark = mark_of(self._serial, file)
        known = self._folder.pulled.get(mark)
        if known is not None and _is_there(self._folder.folder / known.file, file.size_bytes):
            self.outcome.already_there.append(known)
            self.bar.add(file.size_bytes)
            return
        name = self._names[file.path]
        target = self._folder.folder / name
        make_folder(target.parent)
        try:
            digest = receive(target, mark, file.size_bytes, lambda offset: camera.pull(file.path, offset), self.bar.add)
        except AlreadyThereError as error:
            self._failed(file, str(error))
            return
        pulled = Pulled(mark, file.path, name, file.size_bytes, digest)
        self._folder.add(pulled)
        self.outcome.pulled.append(pulled)
        self._tell(f"{digest}  {name}")

    def _failed(self, file: ListedFile, reason: str) -> None:
        self.outcome.failed.append(Failed(file.path, reason))
        self._tell(f"失败 failed: {shown(file.path)}: {reason}")

    def _give_up(self) -> None:
        reason = f"未尝试：已失败 {FAILURES_MAX} 个 / not tried after {FAILURES_MAX} failures; restart the camera"
        self.outcome.failed.extend(Failed(file.path, reason) for file in self._left)
        self._left.clear()

    def _tell(self, line: str) -> None:
        if self._says is not None:
            self.bar.close()
            self._says(line)


def _say(line: str) -> None:
    print(line, flush=True)


def _wanted(files: Sequence[ListedFile], named: str | None) -> list[ListedFile]:
    if named is None:
        return sorted(files)
    wanted = [file for file in files if named in {file.path, shown(file.path)}]
    if not wanted:
        raise WrongUseError(f"设备上没有 / not on the camera: {named}; see: dockward camera ls")
    return wanted[:1]


def _is_there(path: Path, size_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size == size_bytes


def _summary(outcome: Outcome) -> Iterator[str]:
    yield (
        f"已拉取 pulled {len(outcome.pulled)}，已有 already there {len(outcome.already_there)}，"
        f"失败 failed {len(outcome.failed)}；核对 check: cd {outcome.to} && sha256sum -c {SUMS}"
    )
