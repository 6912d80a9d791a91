"""MTP containers over USB: a header of twelve bytes, then parameters or a payload. Reads and writes; asks nobody."""

import struct
from enum import IntEnum
from typing import NamedTuple

from hardware.wires import LyingError

HEADER = struct.Struct("<IHHI")
PARAMETER_BYTES = 4
PARAMETERS_MAX = 5
RESPONSE_BYTES_MAX = HEADER.size + PARAMETERS_MAX * PARAMETER_BYTES


class Kind(IntEnum):
    COMMAND = 1
    DATA = 2
    RESPONSE = 3
    EVENT = 4


class Header(NamedTuple):
    """`length` counts the header too."""

    length: int
    kind: int
    code: int
    transaction: int

    @classmethod
    def read(cls, encoded: bytes, least: int = HEADER.size) -> "Header":
        header = cls(*HEADER.unpack(encoded))
        if header.length < least:
            raise LyingError(f"the camera sent a container of {header.length} bytes; a header alone is {HEADER.size}")
        return header


def pack_command(code: int, transaction: int, parameters: tuple[int, ...]) -> bytes:
    payload = struct.pack(f"<{len(parameters)}I", *parameters)
    return HEADER.pack(HEADER.size + len(payload), Kind.COMMAND, code, transaction) + payload


def pack_data(code: int, transaction: int, payload: bytes) -> bytes:
    return HEADER.pack(HEADER.size + len(payload), Kind.DATA, code, transaction) + payload
