"""Files that one key alone can open, as `age` writes and reads them. Streams: no file is ever whole in memory.

Says nothing about who wrote a file: anybody can encrypt for a recipient. What a file is worth, its signature says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import pyrage  # type: ignore[import-untyped]

from station.errors import RefusedError, WrongUseError

_SECRET = "AGE-SECRET-KEY-"  # noqa: S105 - how such a line begins


class Writable(Protocol):
    def write(self, chunk: bytes, /) -> int: ...

    def flush(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """The secret half: whoever has it opens everything that was encrypted for it."""

    _key: Any

    @classmethod
    def new(cls) -> Self:
        return cls(pyrage.x25519.Identity.generate())

    @classmethod
    def parse(cls, text: str) -> Self:
        """As `age-keygen` writes it: comments, and one line with the key. WrongUseError for anything else."""
        lines = [line.strip() for line in text.splitlines() if line.startswith(_SECRET)]
        if len(lines) != 1:
            raise WrongUseError("that file holds no age identity, or several; it holds one line AGE-SECRET-KEY-…")
        try:
            return cls(pyrage.x25519.Identity.from_str(lines[0]))
        except pyrage.IdentityError as error:
            raise WrongUseError(f"that file holds no age identity: {error}") from error

    @property
    def recipient(self) -> str:
        return str(self._key.to_public())

    def secret_text(self) -> str:
        """As a file of `age-keygen`."""
        return f"# public key: {self.recipient}\n{self._key}\n"

    def open(self, path: Path, to: Writable) -> None:
        """Decrypt a file piece by piece; RefusedError once a piece is not what was encrypted for us."""
        watched = _Watched(to)
        try:
            with path.open("rb") as file, watched.failures_raised():
                pyrage.decrypt_io(file, watched, [self._key])
        except pyrage.DecryptError as error:
            raise RefusedError("AGE_FILE_DOES_NOT_OPEN") from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise RefusedError("AGE_FILE_DOES_NOT_OPEN") from error  # the library's own, once a piece is not right


def encrypt(pieces: Iterator[bytes], recipient: str, to: Writable) -> None:
    """What the pieces make up, for this recipient. What they raise is raised."""
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise WrongUseError(f"{recipient} is no age recipient: {error}") from error
    watched, read = _Watched(to), _Readable(pieces)
    with watched.failures_raised(), read.failures_raised():
        pyrage.encrypt_io(read, watched, [key])


class _Failing:
    """What is called by the library, which loses errors or makes them its own: they are raised again as they were."""

    def __init__(self) -> None:
        self._failed: BaseException | None = None

    @contextmanager
    def failures_raised(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if self._failed is not None and self._failed is not error:
                raise self._failed from error
            raise
        if self._failed is not None:
            raise self._failed

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self._failed = error
            raise


class _Watched(_Failing):
    def __init__(self, to: Writable) -> None:
        super().__init__()
        self._to = to

    def write(self, chunk: bytes) -> int:
        with self._noted():
            return self._to.write(chunk)

    def flush(self) -> None:
        with self._noted():
            self._to.flush()


class _Readable(_Failing):
    """Pieces as a file to read: never more than one of them in memory."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = memoryview(b"")

    def read(self, count: int) -> bytes:
        while not self._left:
            with self._noted():
                piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = memoryview(piece)
        taken, self._left = self._left[:count], self._left[count:]
        return bytes(taken)
