"""Server-sent fragments: each is the whole HTML of one element of a page, sent when it is no longer what was sent.

Never sends a history. A watcher that was away gets the elements as they are now; one that read slowly, too.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from hashlib import sha256

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from station.pages.live import Live

Fragments = Mapping[str, str]
"""Element id → its whole HTML."""

WATCHERS_MAX = 32
"""A station has one wall and a few desks; more than this is somebody who opens pages and never closes them."""
RETRY_MS = 3_000

_LINE_END = re.compile("\r\n|\n|\r")


def revision(edition: str, fragments: Fragments) -> str:
    """Differs when an open page has to be loaded again: other templates, other style, or other elements."""
    return f"{edition}-{_digest(sorted(fragments))}"


def updates(request: Request, live: Live, edition: str, read: Callable[[], Fragments]) -> Response:
    """The answer to `GET /live`; ends when the watcher goes or `live` closes."""
    if live.watchers >= WATCHERS_MAX:
        words = {"code": "TOO_MANY_WATCHERS", "detail": "打开的页面过多，请关闭一些 / too many open pages; close some"}
        return JSONResponse(words, status_code=503, headers={"Retry-After": "15"})
    stream = _stream(live, edition, read, request.headers.get("last-event-id", ""))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _stream(live: Live, edition: str, read: Callable[[], Fragments], last_id: str) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    sent: Fragments | None = None
    async with aclosing(live.watch()) as turns:
        async for _ in turns:
            newest = await run_in_threadpool(read)
            newest_id = _digest(text for fragment in newest.items() for text in fragment)
            if sent is None:
                sent = newest if newest_id == last_id else {}
            for element, html in newest.items():
                if sent.get(element) != html:
                    yield _sent("fragment", html)
            # Last, so that whoever has this id has all that came before it; also the beat of a quiet station.
            yield _sent("page", revision(edition, newest), newest_id)
            sent = newest


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
