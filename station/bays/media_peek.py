"""Looks into a file here and there. Reads no more in all than its allowance, whatever sizes stand in the file."""

from typing import BinaryIO

ALLOWANCE_BYTES = 262_144
AT_ONCE_BYTES = 65_536


class Peek:
    """What is asked for beyond the end, beyond the allowance, or too much of it at once, is not there."""

    def __init__(self, file: BinaryIO, size: int, allowance: int = ALLOWANCE_BYTES) -> None:
        self._file = file
        self.size = size
        self._left = allowance

    def at(self, offset: int, count: int) -> bytes:
        """All of it or nothing."""
        if not 0 <= offset <= self.size - count or count > min(self._left, AT_ONCE_BYTES):
            return b""
        self._left -= count
        self._file.seek(offset)
        content = self._file.read(count)
        return content if len(content) == count else b""
