"""What a simulated camera packs: MTP datasets as bytes.

Shares no code with the host's side, so that neither hides the other's mistakes.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hardware.simulated.camera_codes import (
    ASSOCIATION,
    BATTERY,
    DATE_CREATED,
    DATE_MODIFIED,
    DATE_TIME,
    FILE_NAME,
    OBJECT_ADDED,
    OBJECT_FORMAT,
    OBJECT_SIZE,
    PARENT,
    PERSISTENT_ID,
    PROPERTY_CHANGED,
    PROTECTION,
    STORAGE_ID,
)
from hardware.simulated.habits import BatteryForm

LARGER_THAN_32_BITS = 0xFFFFFFFF
_UINT8, _UINT16, _UINT32, _UINT64, _UINT128, _TEXT = 0x0002, 0x0004, 0x0006, 0x0008, 0x000A, 0xFFFF
_READ_ONLY, _READ_AND_WRITE = 0, 1
_RANGE, _ENUMERATION = 1, 2
_VENDOR_EXTENSION_MICROSOFT = 6
_VERSION_100 = 100
_KNOWN_FORMATS = {".mp4": 0xB982, ".avi": 0x300A, ".wav": 0x3008, ".jpg": 0x3801}
_UNDEFINED = 0x3000
_GENERIC_FOLDER = 1
_FIXED_RAM, _HIERARCHICAL = 3, 2
_WRITABLE, _READ_ONLY_WITH_DELETION = 0, 2
_IMAGES_UNKNOWN = 0xFFFFFFFF

PROPERTY_TYPES: Mapping[int, int] = {
    STORAGE_ID: _UINT32,
    OBJECT_FORMAT: _UINT16,
    PROTECTION: _UINT16,
    OBJECT_SIZE: _UINT64,
    FILE_NAME: _TEXT,
    DATE_CREATED: _TEXT,
    DATE_MODIFIED: _TEXT,
    PARENT: _UINT32,
    PERSISTENT_ID: _UINT128,
}
"""Every property of an object that is known here."""
_SIZES = {_UINT8: 1, _UINT16: 2, _UINT32: 4, _UINT64: 8, _UINT128: 16}


def text(value: str) -> bytes:
    units = value.encode("utf-16-le", "surrogatepass") + b"\0\0" if value else b""
    return struct.pack("<B", len(units) // 2) + units


def numbers(form: str, values: Iterable[int]) -> bytes:
    listed = tuple(values)
    return struct.pack(f"<I{len(listed)}{form}", len(listed), *listed)


def format_of(name: str, *, folder: bool) -> int:
    if folder:
        return ASSOCIATION
    return _KNOWN_FORMATS.get(name[name.rfind(".") :].lower(), _UNDEFINED) if "." in name else _UNDEFINED


def device_info(model: str, serial: str, operations: Iterable[int], properties: Iterable[int]) -> bytes:
    return b"".join(
        (
            struct.pack("<HIH", _VERSION_100, _VENDOR_EXTENSION_MICROSOFT, _VERSION_100),
            text("microsoft.com: 1.0;"),
            struct.pack("<H", 0),
            numbers("H", operations),
            numbers("H", (OBJECT_ADDED, PROPERTY_CHANGED)),
            numbers("H", properties),
            numbers("H", ()),
            numbers("H", (*_KNOWN_FORMATS.values(), _UNDEFINED, ASSOCIATION)),
            text("Dockward"),
            text(model),
            text("1"),
            text(serial),
        )
    )


def storage_info(capacity: int, free: int, *, read_only: bool) -> bytes:
    access = _READ_ONLY_WITH_DELETION if read_only else _WRITABLE
    head = struct.pack("<HHHQQI", _FIXED_RAM, _HIERARCHICAL, access, capacity, free, _IMAGES_UNKNOWN)
    return head + text("Card") + text("")


def object_info(storage: int, kind: int, size: int, parent: int, texts: Sequence[bytes]) -> bytes:
    """`texts` are its name and its two dates, packed; `size` fits 32 bits."""
    return b"".join(
        (
            struct.pack("<IHHI", storage, kind, 0, size),
            struct.pack("<HIIIIII", 0, 0, 0, 0, 0, 0, 0),
            struct.pack("<IHII", parent, _GENERIC_FOLDER if kind == ASSOCIATION else 0, 0, 0),
            *texts,
            text(""),
        )
    )


def battery(percent: int, form: BatteryForm) -> bytes:
    size, kind = (2, _UINT16) if form.wide else (1, _UINT8)
    levels = range(form.largest + 1) if form.listed else (0, form.largest, 1)
    described = struct.pack("<B", _ENUMERATION if form.listed else _RANGE)
    if form.listed:
        described += struct.pack("<H", len(levels))
    described += b"".join(level.to_bytes(size, "little") for level in levels)
    head = struct.pack("<HHB", BATTERY, kind, _READ_ONLY) + bytes(size)
    return head + battery_level(percent, form) + described


def battery_level(percent: int, form: BatteryForm) -> bytes:
    return (percent * form.largest // 100).to_bytes(2 if form.wide else 1, "little")


def date_time(shown: str) -> bytes:
    return struct.pack("<HHB", DATE_TIME, _TEXT, _READ_AND_WRITE) + text("") + text(shown) + bytes(1)


def property_desc(number: int) -> bytes:
    kind = PROPERTY_TYPES[number]
    default = text("") if kind == _TEXT else bytes(_SIZES[kind])
    return struct.pack("<HHB", number, kind, _READ_ONLY) + default + struct.pack("<IB", 0, 0)


def property_value(number: int, value: int | bytes) -> bytes:
    """Texts come packed."""
    return value if isinstance(value, bytes) else value.to_bytes(_SIZES[PROPERTY_TYPES[number]], "little")


def listed_property(handle: int, number: int, value: int | bytes) -> bytes:
    return struct.pack("<IHH", handle, number, PROPERTY_TYPES[number]) + property_value(number, value)


def moment(local_ms: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=local_ms):%Y%m%dT%H%M%S}"


def moment_ms(encoded: bytes) -> int | None:
    """The text that the host sets a clock with, as milliseconds in the same zone; None where it is none."""
    value = encoded[1:].decode("utf-16-le", "replace").rstrip("\0")
    try:
        return int(datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return None
