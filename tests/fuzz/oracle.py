"""What must hold whatever a camera says; the same words for Hypothesis, for the campaign and for the kept corpus.

Only errors of the wire come out; what is pulled is as long as listed; a listing leads out of no folder. That the host
comes to an end is counted by the pipe it is driven on.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from hardware.mtp.initiator import Initiator
from hardware.mtp.objects import FILE_BYTES_MAX
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.usb_cameras import MtpCamera, greeted
from hardware.wires import Camera, ListedFile, SilentError, WireError
from tests.fuzz.hostile_pipe import BoundedPipe, true_bytes

PULLED_BYTES_MAX = 1 << 17
_Answer = TypeVar("_Answer")
_NOW_MS = 1_790_000_000_500


def opened(pipe: BoundedPipe, quirks: Quirks = STANDARD) -> Camera:
    any_pipe: Any = pipe
    initiator, device = greeted(any_pipe, lambda _seconds: None)
    return MtpCamera(any_pipe, initiator, device, quirks, 480)


def refused(act: Callable[[], object]) -> WireError | None:
    """The error of the wire that this ended with; any other error is the defect that is looked for."""
    try:
        act()
    except WireError as error:
        return error
    return None


def requires_sound_names(files: tuple[ListedFile, ...]) -> None:
    paths = [file.path for file in files]
    assert len(set(paths)) == len(paths), "two files under one path"
    for file in files:
        assert 0 <= file.size_bytes <= FILE_BYTES_MAX
        assert not {"", ".", ".."} & set(file.path.split("/")), file.path
        assert file.path.isprintable() or not any(character < " " or character == "\x7f" for character in file.path)
        file.path.encode()


def pulled(camera: Camera, pipe: BoundedPipe, file: ListedFile, offset: int) -> bytes:
    """All of the file from there on, or an error of the wire."""
    pipe.size = file.size_bytes
    content = b"".join(bytes(piece) for piece in camera.pull(file.path, offset))
    assert len(content) == file.size_bytes - offset, "a success of another length than listed"
    return content


def visit(pipe: BoundedPipe, offsets: Callable[[ListedFile], int]) -> dict[str, bytes]:
    """Everything that a bay does with a camera, on a camera whose files hold `true_bytes`. What was pulled whole."""
    return visited(opened(pipe), pipe, offsets)


def visited(camera: Camera, pipe: BoundedPipe, offsets: Callable[[ListedFile], int]) -> dict[str, bytes]:
    """The camera is closed; `pipe` knows what it was asked for, and what it made up."""
    came: dict[str, bytes] = {}
    try:
        assert camera.identity.serial
        for ask in (camera.cards, camera.clock_ms, lambda: camera.set_clock(_NOW_MS)):
            refused(ask)
        percent = _answered(camera.battery_percent)
        assert percent is None or 0 <= percent <= 100
        files = camera.files()
        requires_sound_names(files)
        for file in files:
            if file.size_bytes > PULLED_BYTES_MAX:
                continue
            offset = offsets(file)
            content = _answered(partial(pulled, camera, pipe, file, offset))
            if content is not None:
                came[file.path] = content
                assert pipe.made_up or content == true_bytes(offset, len(content)), "other bytes than the file's"
        if files:
            refused(partial(camera.delete, files[0].path))
    finally:
        camera.close()
        camera.close()
    return came


def _answered(ask: Callable[[], _Answer]) -> _Answer | None:
    answers: list[_Answer] = []
    refused(lambda: answers.append(ask()))
    return answers[0] if answers else None


def requires_silence_in_the_middle(initiator: Initiator, pipe: BoundedPipe) -> None:
    """A camera whose answer was not read to its end is asked nothing."""
    before = pipe.sent
    if initiator.unfinished is not None:
        assert isinstance(refused(initiator.storage_ids), SilentError)
        assert pipe.sent == before
