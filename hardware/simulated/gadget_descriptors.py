"""What a camera on FunctionFS tells the kernel of itself, and what the kernel tells it: bytes of Linux's interface.

Reads and writes no file.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

EVENT_BYTES = 12
IN_REQUEST = 0x80
CLASS_REQUEST = 0x20
KIND_OF_REQUEST = 0x60
CANCEL, RESET, STATUS = 0x64, 0x66, 0x67
PACKET_BYTES = 512
_DESCRIPTORS_MAGIC, _STRINGS_MAGIC = 3, 2
_HAS_FULL_SPEED, _HAS_HIGH_SPEED = 1, 2
_ENGLISH = 0x0409
_STILL_IMAGE = (6, 1, 1)
_BULK, _INTERRUPT = 2, 3
_BULK_IN, _BULK_OUT, _INTERRUPT_IN = 0x81, 0x02, 0x83
_FULL_SPEED_PACKET_BYTES = 64
_INTERRUPT_BYTES = 64
_INTERRUPT_INTERVAL = 6


class EventKind(IntEnum):
    """Of what comes out of ep0."""

    BIND = 0
    UNBIND = 1
    ENABLE = 2
    DISABLE = 3
    SETUP = 4
    SUSPEND = 5
    RESUME = 6


class Event(NamedTuple):
    """The last four say what is asked in a SETUP."""

    kind: int
    request_type: int
    request: int
    value: int
    length: int

    @classmethod
    def read_all(cls, encoded: bytes) -> list["Event"]:
        """The kernel gives several at once."""
        found = []
        for request_type, request, value, _index, length, kind in struct.iter_unpack("<BBHHHB3x", encoded):
            found.append(cls(kind, request_type, request, value, length))
        return found


def descriptors() -> bytes:
    """One interface for still images with its three endpoints, at both speeds."""
    speeds = [_interface(packet) for packet in (_FULL_SPEED_PACKET_BYTES, PACKET_BYTES)]
    counts = struct.pack("<II", *(len(descriptors) for descriptors in speeds))
    body = counts + b"".join(descriptor for descriptors in speeds for descriptor in descriptors)
    return struct.pack("<III", _DESCRIPTORS_MAGIC, 12 + len(body), _HAS_FULL_SPEED | _HAS_HIGH_SPEED) + body


def strings(interface_name: str) -> bytes:
    body = struct.pack("<IIH", 1, 1, _ENGLISH) + interface_name.encode() + b"\0"
    return struct.pack("<II", _STRINGS_MAGIC, 8 + len(body)) + body


def _interface(bulk_packet_bytes: int) -> list[bytes]:
    endpoints = (
        (_BULK_IN, _BULK, bulk_packet_bytes, 0),
        (_BULK_OUT, _BULK, bulk_packet_bytes, 0),
        (_INTERRUPT_IN, _INTERRUPT, _INTERRUPT_BYTES, _INTERRUPT_INTERVAL),
    )
    interface = struct.pack("<BBBBBBBBB", 9, 4, 0, 0, len(endpoints), *_STILL_IMAGE, 1)
    return [interface, *(struct.pack("<BBBBHB", 7, 5, *endpoint) for endpoint in endpoints)]
