"""Server-sent fragments: each is the whole HTML of one element of a page, sent when it is no longer what was sent.

Never sends a history. A watcher that was away gets the elements as they are now; one that read slowly, too. However
many watch, a page is read and filled in once for all of them.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from hashlib import sha256
from typing import NamedTuple

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from station.pages.live import Live

Fragments = Mapping[str, str]
"""Element id → its whole HTML."""

WATCHERS_MAX = 64
"""A station has one wall and an office where fifty keep its page open; more is somebody who never closes any."""
RETRY_MS = 3_000

_TOO_MANY = {"code": "TOO_MANY_WATCHERS", "detail": "打开的页面过多，请关闭一些 / too many open pages; close some"}
_LINE_END = re.compile("\r\n|\n|\r")


def revision(edition: str, fragments: Fragments) -> str:
    """Differs when an open page has to be loaded again: other templates, other style, or other elements."""
    return f"{edition}-{_digest(sorted(fragments))}"


class Watched:
    """What one page's watchers are sent; `read` is called from any thread, and once for all who look together."""

    def __init__(self, live: Live, edition: str, read: Callable[[], Fragments]) -> None:
        self._live = live
        self._edition = edition
        self._read = read
        self._newest: _Reading | None = None

    def updates(self, request: Request) -> Response:
        """The answer to `GET /live`; ends when the watcher goes or `live` closes."""
        if self._live.watchers >= WATCHERS_MAX:
            return JSONResponse(_TOO_MANY, status_code=503, headers={"Retry-After": "15"})
        stream = self._stream(request.headers.get("last-event-id", ""))
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _stream(self, last_id: str) -> AsyncIterator[str]:
        yield f"retry: {RETRY_MS}\n\n"
        sent: Mapping[str, str] | None = None
        async with aclosing(self._live.watch()) as turns:
            async for _ in turns:
                newest = await self.shown()
                if sent is None:
                    sent = newest.messages if newest.id == last_id else {}
                changed = [text for element, text in newest.messages.items() if sent.get(element) != text]
                # Last, so that whoever has this id has all that came before it; also the beat of a quiet station.
                yield "".join([*changed, newest.page])
                sent = newest.messages

    async def shown(self) -> "Shown":
        """What was read since the newest change; without one, no longer ago than a watcher is told at most."""
        loop, known = asyncio.get_running_loop(), self._newest
        if known is None or not known.serves(self._live, loop):
            showing = asyncio.ensure_future(run_in_threadpool(self._show))
            self._newest = known = _Reading(self._live.changes, loop.time(), showing)
        return await asyncio.shield(known.showing)

    def _show(self) -> "Shown":
        fragments = self._read()
        own_id = _digest(text for fragment in fragments.items() for text in fragment)
        changes = revision(self._edition, fragments)
        messages = {element: _sent("fragment", html) for element, html in fragments.items()}
        return Shown(fragments, changes, messages, own_id, _sent("page", changes, own_id))


class Shown(NamedTuple):
    """One state of a page."""

    fragments: Fragments
    revision: str
    messages: Mapping[str, str]
    """Of its elements."""
    id: str
    page: str
    """The message that ends a turn."""


class _Reading(NamedTuple):
    """One look at what a page shows, under way or done."""

    changes: int
    begun_s: float
    showing: "asyncio.Future[Shown]"

    def serves(self, live: Live, loop: asyncio.AbstractEventLoop) -> bool:
        if self.changes != live.changes or self.showing.get_loop() is not loop:
            return False
        return not self.showing.done() or loop.time() - self.begun_s < live.pace_s


def _sent(event: str, text: str, event_id: str | None = None) -> str:
    """One server-sent message; no line of the text can pass for a field of its own."""
    lines = [f"event: {event}", *(f"data: {line}" for line in _LINE_END.split(text))]
    if event_id is not None:
        lines.append(f"id: {event_id}")
    return "\n".join(lines) + "\n\n"


def _digest(texts: Iterable[str]) -> str:
    digest = sha256()
    for text in texts:
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()[:16]
