"""A file on a camera that leaves, goes silent or lies in the middle of it, and counts what is asked of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hardware.wires import AbsentError


@dataclass
class Film:
    """A file on a camera that leaves, goes silent or lies when it has sent so many bytes; counts what it sends."""

    content: bytes
    ends_after: int | None = None
    error: BaseException = field(default_factory=lambda: AbsentError("it was pulled out"))
    chunk_bytes: int = 16_384
    header_bytes: int = 0
    """That the first chunk is shorter."""
    asked: int = 0
    offsets: list[int] = field(default_factory=list)

    def pull(self, offset: int) -> Iterator[memoryview]:
        self.offsets.append(offset)
        buffer = bytearray(self.chunk_bytes)
        room = self.chunk_bytes - self.header_bytes
        while offset < len(self.content):
            piece = self.content[offset : offset + room]
            room = self.chunk_bytes
            if self.ends_after is not None:
                piece = piece[: self.ends_after]
                self.ends_after -= len(piece)
            buffer[: len(piece)] = piece
            self.asked += len(piece)
            offset += len(piece)
            if piece:
                yield memoryview(buffer)[: len(piece)]
            if self.ends_after == 0:
                raise self.error
