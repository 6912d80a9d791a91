"""What our camera wire is measured against: other programs, libmtp called from here, and bulk reads without MTP.

Every peer's work is checked for its size: one that fetched less would be no peer.
"""

import ctypes
import resource
import subprocess
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import usb.core  # type: ignore[import-untyped]
import usb.util  # type: ignore[import-untyped]

from hardware.mtp.codes import Operation
from hardware.mtp.containers import HEADER, pack_command
from hardware.mtp.initiator import Initiator
from hardware.mtp.listing import list_files
from hardware.mtp.quirks import STANDARD
from hardware.usb_places import find_at

BARE_READ_BYTES = 1 << 20
_PATIENCE_MS = 20_000
_TRANSACTION = 0x7000_0000
"""Far from those of the listing before it."""
_TOOL_SECONDS_MAX = 400


class Cost(NamedTuple):
    """Of one piece of work; the CPU's is user and system time."""

    seconds: float
    cpu_seconds: float

    def without(self, start: "Cost") -> "Cost":
        return Cost(self.seconds - start.seconds, self.cpu_seconds - start.cpu_seconds)

    def then(self, more: "Cost") -> "Cost":
        return Cost(self.seconds + more.seconds, self.cpu_seconds + more.cpu_seconds)


def cost_of(work: Callable[[], object], whose: int = resource.RUSAGE_SELF) -> Cost:
    before, begun = resource.getrusage(whose), perf_counter()
    work()
    seconds, after = perf_counter() - begun, resource.getrusage(whose)
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def tool(*command: str | Path) -> Cost:
    """What a program says goes to a file: the console is slow."""
    return cost_of(lambda: tool_says(command), resource.RUSAGE_CHILDREN)


def tool_says(command: Sequence[str | Path]) -> str:
    told = Path("/tmp/said")  # noqa: S108 - the machine is thrown away
    with told.open("wb") as said:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=_TOOL_SECONDS_MAX, check=False
        )
    text = told.read_text(encoding="utf-8", errors="replace")
    if ended.returncode:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}: {text[-300:]}")
    return text


def libmtp_ids() -> dict[str, str]:
    """File ids by name, as `mtp-getfile` wants them; good as long as nothing is created on the card."""
    ids: dict[str, str] = {}
    last = ""
    for line in tool_says(["mtp-files"]).splitlines():
        if line.startswith("File ID: "):
            last = line.removeprefix("File ID: ")
        elif line.startswith("   Filename: "):
            ids[line.removeprefix("   Filename: ")] = last
    return ids


class BarePipe:
    """pyusb and nothing else, reading a mebibyte at a time."""

    def __init__(self, usb_path: str) -> None:
        found = find_at(usb_path, None)
        if found is None:
            raise RuntimeError(f"no camera at {usb_path}")
        self._found = found
        interface = found.get_active_configuration()[(0, 0)]
        ends = [(end.bEndpointAddress, usb.util.endpoint_type(end.bmAttributes)) for end in interface]
        bulk = [address for address, kind in ends if kind == usb.util.ENDPOINT_TYPE_BULK]
        self._in = next(address for address in bulk if address & usb.util.ENDPOINT_IN)
        self._out = next(address for address in bulk if not address & usb.util.ENDPOINT_IN)
        usb.util.claim_interface(self._found, 0)
        self._buffer = array("B", bytes(BARE_READ_BYTES))

    def send(self, encoded: bytes) -> None:
        self._found.write(self._out, encoded, _PATIENCE_MS)

    def receive(self, patience_ms: int) -> memoryview:
        return memoryview(self._buffer)[: self._found.read(self._in, self._buffer, patience_ms)]

    def close(self) -> None:
        usb.util.dispose_resources(self._found)


class BareReads:
    """A camera's file asked for with one GetObject and read away, its bytes looked at by nobody."""

    def __init__(self, usb_path: str, path: str) -> None:
        self._pipe = BarePipe(usb_path)
        initiator = Initiator(self._pipe)
        initiator.open_session()
        found = list_files(initiator, initiator.device_info(), STANDARD)[path]
        self._handle, self._size = found.handle, found.size_bytes
        self.read_bytes = 0

    def run(self) -> None:
        self._pipe.send(pack_command(Operation.GET_OBJECT, _TRANSACTION, (self._handle,)))
        left = HEADER.size + self._size
        while left > 0:
            count = len(self._pipe.receive(_PATIENCE_MS))
            left -= count
            self.read_bytes += count
        while left == 0 and len(self._pipe.receive(_PATIENCE_MS)) == 0:
            pass

    def close(self) -> None:
        self._pipe.close()


class _LibmtpFile(ctypes.Structure):
    """The head of libmtp 1.1's LIBMTP_file_t."""


_LibmtpFile._fields_ = [
    ("item", ctypes.c_uint32),
    ("parent", ctypes.c_uint32),
    ("storage", ctypes.c_uint32),
    ("name", ctypes.c_char_p),
    ("size", ctypes.c_uint64),
    ("modified", ctypes.c_long),
    ("kind", ctypes.c_int),
    ("next", ctypes.POINTER(_LibmtpFile)),
]


class Libmtp:
    """libmtp in this process, for many files in one session: its own program starts anew for each."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libmtp.so.9")
        self._library.LIBMTP_Get_First_Device.restype = ctypes.c_void_p
        self._library.LIBMTP_Get_Filelisting_With_Callback.restype = ctypes.POINTER(_LibmtpFile)
        self._library.LIBMTP_Init()

    def fetch_all(self, folder: Path) -> int:
        """Opens, lists and fetches every file; how many bytes they have."""
        found = self._library.LIBMTP_Get_First_Device()
        if not found:
            raise RuntimeError("libmtp finds no camera")
        device = ctypes.c_void_p(found)
        fetched = 0
        at = self._library.LIBMTP_Get_Filelisting_With_Callback(device, None, None)
        while at:
            file = at.contents
            to = str(folder / file.name.decode()).encode()
            if self._library.LIBMTP_Get_File_To_File(device, ctypes.c_uint32(file.item), to, None, None):
                raise RuntimeError(f"libmtp does not fetch {file.name!r}")
            fetched += file.size
            at = file.next
        self._library.LIBMTP_Release_Device(device)
        return fetched
