"""Asks a time-stamp authority to stamp signed statements, the oldest first, one at a time; over restarts and weeks.

Nothing waits for a stamp, and no bad authority is heard by anybody but the status page. What the journal says is
stamped is not asked for again; what it does not say is, however long its recording has been settled.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx
from cryptography import x509

from station.clock import Clock
from station.custody.acts import StampVerified
from station.custody.facts import Fact
from station.custody.observations import Observation
from station.durable import disk_errors_named, write_file
from station.errors import DockwardError, JournalBrokenError, RefusedError, WireFailedError
from station.signing.stamps import ANSWER_BYTES_MAX, STAMP, Stamped, checked_stamp, stamp_request
from station.stamp import Stamp
from station.store.recordings import evidence_folder

FIRST_PAUSE_MS = 5_000
LONGEST_PAUSE_MS = 3_600_000
TRIES_BEFORE_TROUBLE = 2
TRIES_IN_A_ROW = 3
"""A statement that is refused so often stands back for the next ones, and is tried again after them."""
_ANSWER_SECONDS_MAX = 10
"""From the question to the last byte: whoever drips is not waited for."""
_QUERY = {"content-type": "application/timestamp-query"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Authority:
    """Where stamps come from, and the root they lead up to."""

    url: str
    root: x509.Certificate


class Stamping:
    """One thread's work: `run` until `stop`; `wake` it when something was committed."""

    def __init__(
        self,
        authority: Authority,
        unstamped: Callable[[int], int | None],
        tell: Callable[[Observation], tuple[Fact, ...]],
        data: Path,
        clock: Clock,
    ) -> None:
        self._authority = authority
        self._unstamped = unstamped
        self._tell = tell
        self._data = data
        self._clock = clock
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._behind = 0
        """Where the search goes on: past what was refused too often in a row."""
        self._behind_since: Stamp | None = None
        self._refused_in_a_row = 0
        self._failed_in_a_row = 0
        self.trouble = ""

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopped.set()
        self._woken.set()

    def run(self) -> None:
        while not self._stopped.is_set():
            pause_ms = self.step()
            if pause_ms is None:
                self._rest()
            else:
                self._stopped.wait(pause_ms / 1000)

    def _rest(self) -> None:
        """Until something is told; what stood back is tried again after the longest pause at the latest."""
        if not self._woken.wait(LONGEST_PAUSE_MS / 1000 if self._behind else None):
            self._from_the_oldest()
        self._woken.clear()

    def _from_the_oldest(self) -> None:
        self._behind, self._behind_since = 0, None

    def step(self) -> int | None:
        """Stamp one statement. How long to rest then; None where there is nothing to do until something is told."""
        try:
            number = self._next()
        except WireFailedError as error:
            return self._pause(str(error))
        if number is None:
            return None
        try:
            self._stamp(number)
        except JournalBrokenError:
            raise
        except DockwardError as error:
            return self._pause_after(number, error)
        self._refused_in_a_row = self._failed_in_a_row = 0
        if not self._behind:
            self.trouble = ""
        return 0

    def _pause_after(self, number: int, error: DockwardError) -> int:
        """Longer each time. An authority that is away keeps the order; what is wrong with one statement does not."""
        if isinstance(error, RefusedError):
            self._refused_in_a_row += 1
        if self._refused_in_a_row >= TRIES_IN_A_ROW:
            self._behind_since = self._behind_since or self._clock.stamp()
            self._behind, self._refused_in_a_row = number, 0
        return self._pause(f"recording {number}: {error.code if isinstance(error, RefusedError) else error}")

    def _pause(self, trouble: str) -> int:
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= TRIES_BEFORE_TROUBLE:
            self.trouble = trouble
            _log.warning("time stamps: %s", self.trouble)
        return min(FIRST_PAUSE_MS << min(self._failed_in_a_row - 1, 16), LONGEST_PAUSE_MS)

    def _next(self) -> int | None:
        since = self._behind_since
        if (
            since is not None
            and (self._clock.stamp().elapsed_since(since.boot_id, since.boot_ms) or 0) >= LONGEST_PAUSE_MS
        ):
            self._from_the_oldest()  # also on a station that is never at rest so long
        try:
            return self._unstamped(self._behind)
        except sqlite3.Error as error:
            raise WireFailedError(f"the tables of recordings cannot be read now: {error}; asked again") from error

    def _stamp(self, number: int) -> None:
        with disk_errors_named():
            folder = evidence_folder(self._data, number)
            try:
                signature = (folder / "statement.sig").read_bytes()
            except FileNotFoundError as error:
                raise RefusedError("STATEMENT_SIGNATURE_MISSING") from error
        stamped = self._asked(signature)
        write_file(folder / STAMP, [stamped.answer])
        self._tell(StampVerified(recording=number, stamp_sha256=stamped.sha256, stamped_ms=stamped.at_ms))

    def _asked(self, signature: bytes) -> Stamped:
        question = stamp_request(signature)
        answer = asyncio.run(_exchanged(self._authority.url, question.as_bytes()))
        now = self._clock.stamp()
        return checked_stamp(answer, question, self._authority.root, now.utc_ms if now.synchronised else None)


async def _exchanged(url: str, question: bytes) -> bytes:
    """The whole answer; no more of it, and no longer, than any authority needs. It is believed for its signature."""
    content = bytearray()
    try:
        async with (
            asyncio.timeout(_ANSWER_SECONDS_MAX),
            httpx.AsyncClient(timeout=_ANSWER_SECONDS_MAX, trust_env=False) as http,
            http.stream("POST", url, content=question, headers=_QUERY) as answer,
        ):
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) > ANSWER_BYTES_MAX:
                    raise WireFailedError("the time-stamp authority's answer has no end; is stamps.url right?")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
        what = str(error) or type(error).__name__
        raise WireFailedError(f"the time-stamp authority does not answer: {what}; is the network up?") from error
    if answer.status_code != HTTPStatus.OK:
        raise WireFailedError(f"the time-stamp authority answers {answer.status_code}; is stamps.url right?")
    return bytes(content)
