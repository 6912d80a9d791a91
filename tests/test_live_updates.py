"""Pages that follow what happens: nothing missed, nothing queued, nothing smuggled in; and serving them."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from fastapi import Request
from fastapi.responses import JSONResponse, StreamingResponse

from station.errors import WrongUseError
from station.pages import updates as updates_module
from station.pages.live import Live
from station.pages.rendering import Pages
from station.pages.serving import listen, serve
from station.pages.updates import Watched, revision
from station.stamp import Stamp
from station.views.status import BayStatus, StatusView
from station.views.words import Condition
from station.web.app import create_app

NOW = Stamp(utc_ms=1_795_219_200_000, boot_id="b1", boot_ms=0, synchronised=True)
NEVER_S = 3_600.0
Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """A hang is a failure, not a test that never ends."""

    async def bounded() -> Result:
        async with asyncio.timeout(10):
            return await work

    return asyncio.run(bounded())


def quiet_live() -> Live:
    """No beat of its own, no pause: each turn has its cause in the test."""
    return Live(pace_s=0, beat_s=NEVER_S)


# --- Live


def change(live: Live, times: int) -> None:
    for _ in range(times):
        live.changed()


def test_a_change_while_a_watcher_looks_is_not_missed() -> None:
    async def watching() -> None:
        live = quiet_live()
        async with aclosing(live.watch()) as turns:
            await anext(turns)
            for _ in range(3):
                live.changed()  # while the watcher reads what it was just told of
                await anext(turns)

    run(watching())


def test_changes_from_many_threads_are_one_turn_for_whoever_was_away() -> None:
    async def watching() -> int:
        live = quiet_live()
        async with aclosing(live.watch()) as turns:
            await anext(turns)
            threads = [threading.Thread(target=change, args=(live, 500)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            await anext(turns)
            waiting = asyncio.ensure_future(anext(turns))
            for _ in range(20):
                await asyncio.sleep(0)
            assert not waiting.done(), "a second turn, though nothing changed since the first"
            live.changed()
            await waiting
            return live.watchers

    assert run(watching()) == 1


def test_a_slow_watcher_leaves_nothing_behind_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def watching() -> list[object]:
        live = quiet_live()
        calls: list[object] = []
        async with aclosing(live.watch()) as turns:
            await anext(turns)
            with monkeypatch.context() as counting:
                counting.setattr(asyncio.get_running_loop(), "call_soon_threadsafe", calls.append)
                change(live, 1_000)
        return calls

    assert len(run(watching())) == 1


def test_a_quiet_station_still_beats() -> None:
    async def watching() -> None:
        live = Live(pace_s=0, beat_s=0)
        async with aclosing(live.watch()) as turns:
            for _ in range(3):
                await anext(turns)

    run(watching())


def test_closing_ends_every_watch_and_forgets_it() -> None:
    async def watching() -> int:
        live = quiet_live()
        turns = [live.watch() for _ in range(3)]
        for turn in turns:
            await anext(turn)
        assert live.watchers == 3
        live.close()
        for turn in turns:
            with suppress(StopAsyncIteration):
                await anext(turn)
                pytest.fail("a turn after closing")
        return live.watchers

    assert run(watching()) == 0


def test_a_loop_that_is_gone_wakes_nobody() -> None:
    live = quiet_live()
    turns = live.watch()

    async def begin() -> None:
        await anext(turns)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin())
    loop.close()
    live.changed()


def test_what_changes_after_a_quiet_time_is_told_at_once_and_what_follows_at_its_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def watching() -> list[float]:
        loop, slept, now_s = asyncio.get_running_loop(), [], [100.0]
        monkeypatch.setattr(loop, "time", lambda: now_s[0])

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        monkeypatch.setattr(asyncio, "sleep", sleep)
        live = Live(pace_s=0.5, beat_s=NEVER_S)
        async with aclosing(live.watch()) as turns:
            await anext(turns)
            for later_s in (0.1, 7.0, 0.5):
                now_s[0] += later_s
                live.changed()
                await anext(turns)
        return slept

    assert run(watching()) == pytest.approx([0.4, 0.0, 0.0])


# --- server-sent fragments


class Elements:
    """What a page consists of at the moment."""

    def __init__(self, **now: str) -> None:
        self.now: Mapping[str, str] = now

    def __call__(self) -> Mapping[str, str]:
        return self.now


def request(last_event_id: str = "") -> Request:
    headers = [(b"last-event-id", last_event_id.encode())] if last_event_id else []
    return Request({"type": "http", "method": "GET", "path": "/live", "headers": headers})


Message = tuple[str, str, str]
"""Event, text, id: as a browser takes them from the bytes."""


async def turn_of(stream: AsyncGenerator[str, None]) -> list[Message]:
    """The messages up to the one that ends a turn."""
    found: list[Message] = []
    while not found or found[-1][0] != "page":
        found += messages(await anext(stream))
    return found


def messages(text: str) -> Iterator[Message]:
    """The parsing rules of the HTML standard, as far as messages use them."""
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        said: dict[str, list[str]] = {"event": [], "data": [], "id": []}
        for line in block.split("\n"):
            field, _, value = line.partition(": ")
            if field in said:
                said[field].append(value)
        if said["data"]:
            yield (said["event"] or ["message"])[-1], "\n".join(said["data"]), (said["id"] or [""])[-1]


def stream_of(live: Live, elements: Elements, last_id: str = "") -> AsyncGenerator[str, None]:
    return watching_it(Watched(live, "e1", elements), last_id)


def watching_it(watched: Watched, last_id: str = "") -> AsyncGenerator[str, None]:
    response = watched.updates(request(last_id))
    assert isinstance(response, StreamingResponse)
    assert response.media_type == "text/event-stream"
    return response.body_iterator  # type: ignore[return-value]


def test_a_watcher_gets_everything_first_and_then_what_changed() -> None:
    async def watching() -> None:
        live, elements = quiet_live(), Elements(a="<p id=a>1</p>", b="<p id=b>1</p>")
        async with aclosing(stream_of(live, elements)) as stream:
            first = await turn_of(stream)
            assert [event for event, _, _ in first] == ["fragment", "fragment", "page"]
            elements.now = {"a": "<p id=a>2</p>", "b": "<p id=b>1</p>"}
            live.changed()
            elements.now = {"a": "<p id=a>3</p>", "b": "<p id=b>1</p>"}
            live.changed()
            changed = await turn_of(stream)
            assert [text for _, text, _ in changed[:-1]] == ["<p id=a>3</p>"]
            live.changed()
            (beat,) = await turn_of(stream)
            assert beat == changed[-1]

    run(watching())


def test_whoever_comes_back_to_the_same_is_sent_nothing_twice() -> None:
    async def watching() -> None:
        live, elements = quiet_live(), Elements(a="<p id=a>1</p>")
        async with aclosing(stream_of(live, elements)) as stream:
            *_, (_, _, seen_id) = await turn_of(stream)
        async with aclosing(stream_of(live, elements, seen_id)) as stream:
            assert len(await turn_of(stream)) == 1
        elements.now = {"a": "<p id=a>2</p>"}
        async with aclosing(stream_of(live, elements, seen_id)) as stream:
            assert len(await turn_of(stream)) == 2

    run(watching())


class Counted(Elements):
    """Counts how often it is read; what is under way waits for `go`."""

    def __init__(self, **now: str) -> None:
        super().__init__(**now)
        self.reads = 0
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self) -> Mapping[str, str]:
        self.reads += 1
        self.begun.set()
        self.go.wait(10)
        return self.now


def test_however_many_watch_a_change_is_read_once() -> None:
    async def watching() -> int:
        live, elements = Live(pace_s=NEVER_S, beat_s=NEVER_S), Counted(a="<p id=a>1</p>")
        watched = Watched(live, "e1", elements)
        streams = [watching_it(watched) for _ in range(20)]
        waiting = [asyncio.ensure_future(turn_of(stream)) for stream in streams]
        await asyncio.to_thread(elements.begun.wait, 10)
        elements.go.set()
        shown = await asyncio.gather(*waiting)
        assert all(turn == shown[0] for turn in shown)
        assert len(shown[0]) == 2
        late = watching_it(watched)
        assert await turn_of(late) == shown[0]
        for stream in (*streams, late):
            await stream.aclose()
        return elements.reads

    assert run(watching()) == 1


def test_what_was_read_before_a_change_is_shown_to_nobody_who_looks_after_it() -> None:
    async def watching() -> list[Message]:
        live, elements = Live(pace_s=NEVER_S, beat_s=NEVER_S), Counted(a="<p id=a>1</p>")
        watched = Watched(live, "e1", elements)
        early, late = (watching_it(watched) for _ in range(2))
        first = asyncio.ensure_future(turn_of(early))
        await asyncio.to_thread(elements.begun.wait, 10)
        live.changed()
        elements.go.set()
        elements.now = {"a": "<p id=a>2</p>"}
        found = await turn_of(late)
        await first
        assert elements.reads == 2
        for stream in (early, late):
            await stream.aclose()
        return found

    assert run(watching())[0][1] == "<p id=a>2</p>"


def test_what_changes_without_a_word_is_read_again_at_the_pace() -> None:
    async def watching() -> list[str]:
        elements = Elements(a="<p id=a>1</p>")
        watched = Watched(quiet_live(), "e1", elements)
        found = []
        for number in range(2):
            elements.now = {"a": f"<p id=a>{number}</p>"}
            async with aclosing(watching_it(watched)) as stream:
                found.append((await turn_of(stream))[0][1])
        return found

    assert run(watching()) == ["<p id=a>0</p>", "<p id=a>1</p>"]


def test_no_text_can_pass_for_a_message_of_its_own() -> None:
    hostile = "<p id=a>x\r\n\r\nevent: page\rdata: evil\n\nid: 7\ndata: evil</p>"

    async def watching() -> list[Message]:
        async with aclosing(stream_of(quiet_live(), Elements(a=hostile))) as stream:
            return await turn_of(stream)

    (event, text, _), (_, page, _) = run(watching())
    assert event == "fragment"
    assert text == hostile.replace("\r\n", "\n").replace("\r", "\n")
    assert page == revision("e1", {"a": hostile})


def test_other_elements_or_other_software_is_another_revision() -> None:
    one = revision("e1", {"a": "x"})
    assert one == revision("e1", {"a": "y"})
    assert len({one, revision("e2", {"a": "x"}), revision("e1", {"a": "x", "b": ""}), revision("e1", {"ab": ""})}) == 4


def test_too_many_watchers_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates_module, "WATCHERS_MAX", 1)

    async def watching() -> None:
        live, elements = quiet_live(), Elements(a="1")
        async with aclosing(stream_of(live, elements)) as stream:
            await turn_of(stream)
            refused = Watched(live, "e1", elements).updates(request())
            assert isinstance(refused, JSONResponse)
            assert refused.status_code == 503
        await turn_of(stream_of(live, elements))

    run(watching())


def test_a_running_station_shows_the_pages_of_its_software_without_looking_for_others(tmp_path: Path) -> None:
    """To look at the disk for each element would wait for whatever else has the interpreter, again and again."""
    template = tmp_path / "a.html"
    template.write_text("before", encoding="utf-8")
    pages = Pages(tmp_path, {})
    assert pages.render("a.html") == "before"
    template.write_text("after", encoding="utf-8")
    os.utime(template, (1, 1))
    assert pages.render("a.html") == "before"


def test_the_page_is_what_its_watchers_are_shown() -> None:
    """One reading serves whoever opens the page and whoever watches it."""

    async def browsing() -> int:
        live, reads = Live(pace_s=NEVER_S, beat_s=NEVER_S), []
        view = view_of(BayStatus("01", Condition.READY))

        def read() -> StatusView:
            reads.append(view)
            return view

        app = create_app("t-01", read, live)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            assert (await client.get("/")).text == (await client.get("/")).text
            live.changed()
            await client.get("/")
        return len(reads)

    assert run(browsing()) == 2


# --- serving


@asynccontextmanager
async def served(live: Live, view: StatusView) -> AsyncGenerator[str, None]:
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(serve(create_app("t-01", lambda: view, live), listening))
    try:
        yield address
    finally:
        live.close()
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


def view_of(*bays: BayStatus) -> StatusView:
    return StatusView("2026-11-21T08:30:00.000Z", NOW.utc_ms, "synchronised", bays, 41, 40, 0, 0, {})


def test_a_browser_is_shown_the_page_and_follows_it() -> None:
    async def browsing() -> None:
        live = quiet_live()
        view = view_of(BayStatus("01", Condition.READY))
        async with served(live, view) as address, httpx.AsyncClient() as client:
            page = (await client.get(f"{address}/")).text
            async with client.stream("GET", f"{address}/live") as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                assert stream.headers["content-security-policy"].startswith("default-src 'self'")
                sent = ""
                async for text in stream.aiter_text():
                    sent += text
                    if "event: page" in sent and sent.endswith("\n\n"):
                        break
            *shown, (_, page_revision, _) = messages(sent)
            assert f'data-page="{page_revision}"' in page
            for _, html, _ in shown:
                assert html.strip() in page
            assert len(shown) == 4

    run(browsing())


def test_cancelling_ends_serving_while_a_browser_watches_and_frees_the_port() -> None:
    async def browsing() -> None:
        live = quiet_live()
        async with httpx.AsyncClient() as client:
            async with served(live, view_of()) as address:
                stream = client.stream("GET", f"{address}/live")
                response = await stream.__aenter__()
                await anext(response.aiter_bytes())
                assert live.watchers == 1
            port = int(address.rsplit(":", 1)[1])
            listen("127.0.0.1", port).close()
            assert live.watchers == 0
            await stream.__aexit__(None, None, None)

    run(browsing())


@contextmanager
def own_handler() -> Iterator[Any]:
    def handler(*_: object) -> None: ...

    before = signal.signal(signal.SIGTERM, handler)
    try:
        yield handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_serving_leaves_signals_to_the_process() -> None:
    async def browsing() -> object:
        async with served(quiet_live(), view_of()) as address, httpx.AsyncClient() as client:
            await client.get(f"{address}/healthz")
            return signal.getsignal(signal.SIGTERM)

    with own_handler() as handler:
        assert run(browsing()) is handler


def test_an_address_that_is_taken_is_refused_before_anything_starts() -> None:
    taken = listen("127.0.0.1", 0)
    with taken, pytest.raises(WrongUseError, match="stop what listens there or configure another"):
        listen("127.0.0.1", taken.getsockname()[1])
