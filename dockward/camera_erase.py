"""`dockward camera erase PATH --serial SERIAL --proof FOLDER`: deletes from a camera what is proved to lie in a folder.

Proved is a file that was pulled from this camera to that folder, that SHA256SUMS names so, whose copy hashes to that
now, and of which the camera now sends the same bytes. The rest stays, with the reason. Without --yes, all stays.
Whose camera it is says only a roll: without --cameras FILE nothing is erased, and nothing of a camera that is in it.
On a station it is `dockward camera erase BAY`: the station's own proofs decide.
"""

import argparse
import contextlib
import hashlib
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from dockward.camera_folder import Pulled, PulledFolder, mark_of
from dockward.camera_line import Line, add_camera_arguments, camera_at, shown, tell
from dockward.camera_part import digest_of
from dockward.camera_progress import Progress
from hardware.wires import Camera, ForbiddenError, ListedFile, WireError
from station.errors import WrongUseError


class Reason(StrEnum):
    """Why a file stays."""

    NOT_PULLED = "not_pulled"
    NOT_IN_SUMS = "not_in_sums"
    COPY_GONE = "copy_gone"
    COPY_CHANGED = "copy_changed"
    CAMERA_DIFFERS = "camera_differs"
    CAMERA_REFUSES = "camera_refuses"
    STILL_THERE = "still_there"
    NOT_REACHED = "not_reached"


_WORDS: Mapping[Reason, str] = {
    Reason.NOT_PULLED: "未拉取到此文件夹 / was not pulled to this folder; pull it first",
    Reason.NOT_IN_SUMS: "SHA256SUMS 未列或不一致 / SHA256SUMS does not name it so",
    Reason.COPY_GONE: "副本不在 / its copy is not in the folder; pull it again",
    Reason.COPY_CHANGED: "副本已改变 / its copy is not what was pulled; pull to a new folder",
    Reason.CAMERA_DIFFERS: "设备内容与副本不同 / the camera sends other bytes now; pull to a new folder",
    Reason.CAMERA_REFUSES: "设备拒绝删除 / the camera refuses to delete it; is its card or the file protected?",
    Reason.STILL_THERE: "删除后仍在 / the camera says that it is deleted, and lists it still",
    Reason.NOT_REACHED: "中断，未处理 / the camera broke off before it; erase again",
}


class Kept(msgspec.Struct, frozen=True):
    """A file that stays, and why."""

    path: str
    reason: Reason


class Outcome(msgspec.Struct, frozen=True):
    """`deletable` was proved and would be deleted with --yes; with it, `deleted` was, and is no longer listed."""

    serial: str
    proof: str
    deletable: list[str]
    deleted: list[str]
    kept: list[Kept]
    broke_off: str | None = None
    """Why not all of it was gone through."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_camera_arguments(parser)
    parser.add_argument("--serial", help="the camera's serial number, so that no other is erased")
    parser.add_argument("--proof", type=Path, metavar="FOLDER", help="where its files were pulled to")
    parser.add_argument("--yes", action="store_true", help="delete; without it, say what would be deleted")


def run(arguments: argparse.Namespace, line: Line) -> int:
    if arguments.serial is None or arguments.proof is None or arguments.cameras is None:
        raise WrongUseError(
            "请指明设备、副本与设备名册 / name the camera, its copies, and the roll of cameras that it is not in: "
            "--serial SERIAL --proof FOLDER --cameras FILE"
        )
    with camera_at(arguments, line) as camera:
        serial = camera.identity.serial
        if serial != arguments.serial:
            raise WrongUseError(f"此处设备为 / the camera here is {shown(serial)}, 而非 / not {arguments.serial}")
        folder = PulledFolder(arguments.proof)
        if not folder.pulled:
            raise WrongUseError(f"{arguments.proof}: 没有拉取记录 / nothing was pulled to there; pull first")
        outcome = _erase(camera, folder, sure=arguments.yes)
    tell(arguments, outcome, tuple(_lines(outcome, sure=arguments.yes)))
    return 1 if outcome.kept or outcome.broke_off else 0


def _erase(camera: Camera, folder: PulledFolder, *, sure: bool) -> Outcome:
    """Every copy is proved before the first file is deleted; each file is read again right before it is."""
    serial, sums = camera.identity.serial, folder.sums()
    outcome = Outcome(serial, str(folder.folder), [], [], [])
    proved: list[tuple[ListedFile, Pulled]] = []
    for file in sorted(camera.files()):
        known = folder.pulled.get(mark_of(serial, file))
        reason = _copy_lacks(folder.folder, known, sums)
        if known is None or reason is not None:
            outcome.kept.append(Kept(file.path, reason or Reason.NOT_PULLED))
        else:
            proved.append((file, known))
    gone_through = 0
    with contextlib.closing(Progress(sum(file.size_bytes for file, _ in proved))) as bar:
        try:
            for file, known in proved:
                reason = _delete(camera, file, known, bar, sure=sure)
                gone_through += 1
                if reason is None:
                    (outcome.deleted if sure else outcome.deletable).append(file.path)
                else:
                    outcome.kept.append(Kept(file.path, reason))
            listed = frozenset(camera.files() if sure else ())
        except WireError as error:
            outcome.kept.extend(Kept(file.path, Reason.NOT_REACHED) for file, _ in proved[gone_through:])
            return msgspec.structs.replace(outcome, broke_off=str(error))
    return _looked_again(outcome, listed & {file for file, _ in proved})


def _copy_lacks(folder: Path, known: Pulled | None, sums: Mapping[str, str]) -> Reason | None:
    if known is None:
        return Reason.NOT_PULLED
    if sums.get(known.file) != known.sha256:
        return Reason.NOT_IN_SUMS
    copy = folder / known.file
    if not copy.is_file():
        return Reason.COPY_GONE
    same = copy.stat().st_size == known.size_bytes and digest_of(copy) == known.sha256
    return None if same else Reason.COPY_CHANGED


def _delete(camera: Camera, file: ListedFile, known: Pulled, bar: Progress, *, sure: bool) -> Reason | None:
    digest = hashlib.sha256()
    for chunk in camera.pull(file.path):
        digest.update(chunk)
        bar.add(chunk.nbytes)
    if digest.hexdigest() != known.sha256:
        return Reason.CAMERA_DIFFERS
    if sure:
        try:
            camera.delete(file.path)
        except ForbiddenError:
            return Reason.CAMERA_REFUSES
    return None


def _looked_again(outcome: Outcome, listed: Collection[ListedFile]) -> Outcome:
    """What the camera lists afterwards is what counts."""
    still = {file.path for file in listed} & set(outcome.deleted)
    gone = [path for path in outcome.deleted if path not in still]
    kept = [*outcome.kept, *(Kept(path, Reason.STILL_THERE) for path in sorted(still))]
    return msgspec.structs.replace(outcome, deleted=gone, kept=kept)


def _lines(outcome: Outcome, *, sure: bool) -> Iterator[str]:
    for path in outcome.deletable:
        yield f"可删除 would be deleted: {shown(path)}"
    for path in outcome.deleted:
        yield f"已删除 deleted: {shown(path)}"
    for kept in outcome.kept:
        yield f"保留 kept: {shown(kept.path)}: {_WORDS[kept.reason]}"
    if outcome.broke_off is not None:
        yield f"中断 broke off: {outcome.broke_off}"
    if sure:
        yield f"已删除 deleted {len(outcome.deleted)}，保留 kept {len(outcome.kept)}"
    else:
        yield f"未删除任何文件 / nothing was deleted; 加 --yes 删除这 {len(outcome.deletable)} 个 / --yes deletes these"
