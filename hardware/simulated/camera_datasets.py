"""What a simulated camera packs: MTP datasets as bytes.

Shares no code with the host's side, so that neither hides the other's mistakes.
"""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

UINT8 = 0x0002
READ_ONLY = 0
RANGE = 1
ASSOCIATION = 0x3001
LARGER_THAN_32_BITS = 0xFFFFFFFF
_VENDOR_EXTENSION_MICROSOFT = 6
_VERSION_100 = 100
_KNOWN_FORMATS = {".mp4": 0xB982, ".avi": 0x300A, ".wav": 0x3008, ".jpg": 0x3801}
_UNDEFINED = 0x3000
_GENERIC_FOLDER = 1


def text(value: str) -> bytes:
    units = value.encode("utf-16-le") + b"\0\0" if value else b""
    return struct.pack("<B", len(units) // 2) + units


def numbers(form: str, values: Iterable[int]) -> bytes:
    listed = tuple(values)
    return struct.pack(f"<I{len(listed)}{form}", len(listed), *listed)


def device_info(model: str, serial: str, operations: Iterable[int], properties: Iterable[int]) -> bytes:
    return b"".join(
        (
            struct.pack("<HIH", _VERSION_100, _VENDOR_EXTENSION_MICROSOFT, _VERSION_100),
            text("microsoft.com: 1.0;"),
            struct.pack("<H", 0),
            numbers("H", operations),
            numbers("H", (0x4006,)),
            numbers("H", properties),
            numbers("H", ()),
            numbers("H", (*_KNOWN_FORMATS.values(), _UNDEFINED, ASSOCIATION)),
            text("Dockward"),
            text(model),
            text("1"),
            text(serial),
        )
    )


def object_info(storage: int, parent: int, name: str, size: int | None, times_ms: tuple[int, int] | None) -> bytes:
    """No size: a folder. `times_ms` are by the camera's clock, in its own zone."""
    folder = size is None
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    kind = ASSOCIATION if folder else _KNOWN_FORMATS.get(suffix, _UNDEFINED)
    begun, ended = ("", "") if times_ms is None else (moment(at) for at in times_ms)
    return b"".join(
        (
            struct.pack("<IHHI", storage, kind, 0, min(size or 0, LARGER_THAN_32_BITS)),
            struct.pack("<HIIIIII", 0, 0, 0, 0, 0, 0, 0),
            struct.pack("<IHII", parent, _GENERIC_FOLDER if folder else 0, 0, 0),
            text(name),
            text(begun),
            text(ended),
            text(""),
        )
    )


def battery(percent: int) -> bytes:
    return struct.pack("<HHBBBBBBB", 0x5001, UINT8, READ_ONLY, 0, percent, RANGE, 0, 100, 1)


def moment(local_ms: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=local_ms):%Y%m%dT%H%M%S}"


def moment_ms(encoded: bytes) -> int:
    """The text that the host sets a clock with, as milliseconds in the same zone."""
    value = encoded[1:].decode("utf-16-le").rstrip("\0")
    return int(datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()) * 1000
