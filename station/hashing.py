"""SHA-256 of what goes by, worked out by a thread of its own while the next piece is on its way. Keeps no bytes."""

import hashlib
import threading

_WORTH_A_THREAD_BYTES = 64 * 1024


class PassingDigest:
    """As hashlib's. Used by one thread; at most one piece is copied and being hashed at a time."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._at_work: threading.Thread | None = None

    def update(self, piece: memoryview | bytes) -> None:
        """The piece may be overwritten as soon as this returns."""
        self._wait()
        if len(piece) < _WORTH_A_THREAD_BYTES:
            self._digest.update(piece)
            return
        self._at_work = threading.Thread(target=self._digest.update, args=(bytes(piece),), name="hashing")
        self._at_work.start()

    def hexdigest(self) -> str:
        self._wait()
        return self._digest.hexdigest()

    def _wait(self) -> None:
        if self._at_work is not None:
            self._at_work.join()
            self._at_work = None
