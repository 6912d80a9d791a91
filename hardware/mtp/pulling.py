"""A file's bytes from an offset to its end, by whichever question the camera answers. Never fewer without an error.

What fits into one container is asked for whole. From 4 GiB on it is asked for in windows where the camera can: the
length of a container has 32 bits, and cameras differ in what they write there beyond them. Keeps nothing.
"""

from collections.abc import Iterator

from hardware.mtp.codes import Operation
from hardware.mtp.containers import HEADER
from hardware.mtp.datasets import DeviceInfo
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.listing import Found
from hardware.mtp.quirks import Quirks
from hardware.wires import LyingError

WINDOW_BYTES = 64 << 20
"""Large enough to cost nothing: each window is a question. Some cameras count one in 31 bits."""
CRUMB_BYTES, CRUMBS_MAX = 512, 10_000
"""A camera that answers with less, time and again, is not asked for each byte of a film."""
_LARGE_BYTES = (1 << 32) - HEADER.size
"""From here on a container cannot say how long a whole file is."""
_PACKET_BYTES = 512


def pull(
    initiator: Initiator, device: DeviceInfo, quirks: Quirks, found: Found, offset: int = 0
) -> Iterator[memoryview]:
    """Each view is good until the next is asked for."""
    if not 0 <= offset <= found.size_bytes:
        raise ValueError(f"{found.path!r} has {found.size_bytes} bytes; byte {offset} is none of them")
    if offset or found.size_bytes >= _LARGE_BYTES:
        for operation in _ways(device, quirks, found):
            for piece in _windows(initiator, operation, found, offset):
                offset += len(piece)
                yield piece
        if offset == found.size_bytes:
            return
    yield from _whole_but(initiator, quirks, found, offset)


def _ways(device: DeviceInfo, quirks: Quirks, found: Found) -> tuple[Operation, ...]:
    """Offsets of 32 bits do not reach the end of a large file; what they brought would be read again."""
    known = (Operation.GET_PARTIAL_OBJECT_64, Operation.GET_PARTIAL_OBJECT)
    usable = known if found.size_bytes < _LARGE_BYTES else known[:1]
    return tuple(way for way in usable if quirks.partial_reads and way in device.operations)


def _windows(initiator: Initiator, operation: Operation, found: Found, offset: int) -> Iterator[memoryview]:
    """Ends early where the camera refuses: some say that they know the question, and do not."""
    crumbs = 0
    while offset < found.size_bytes:
        count = _window(found.size_bytes - offset)
        begun = offset
        try:
            for piece in initiator.partial(operation, found.handle, offset, count):
                offset += len(piece)
                yield piece
        except CameraRefusedError as refused:
            if offset == begun:
                return
            raise LyingError(f"the camera sent a part of {found.path!r} and took it back: {refused}") from refused
        crumbs += offset - begun < min(count, CRUMB_BYTES)
        if offset == begun or crumbs > CRUMBS_MAX:
            raise LyingError(
                f"the camera sends next to nothing of {found.path!r} from byte {offset}; restart the camera"
            )


def _window(left: int) -> int:
    """Some cameras hang on a window that fills its last packet together with the header."""
    count = min(left, WINDOW_BYTES)
    return count - 1 if (count + HEADER.size) % _PACKET_BYTES == 0 else count


def _whole_but(initiator: Initiator, quirks: Quirks, found: Found, offset: int) -> Iterator[memoryview]:
    """The whole file, its first bytes dropped: what is left where nothing else is answered."""
    for piece in initiator.object(found.handle, found.size_bytes, quirks):
        dropped = min(offset, len(piece))
        offset -= dropped
        if dropped < len(piece):
            yield piece[dropped:]
