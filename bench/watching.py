"""The status page and its live updates under fifty watchers while eight bays are pulled, over HTTP, from outside.

`/` beside a static file of as many bytes from Python's own `http.server`; the first fragments of one more watcher; and
from the first of the fifty to the last, how long the same state takes to reach them all. Asserts no time.
"""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import httpx

from bench.busy_dock import PULLED, begin_pulling, load, percentile, surrounded_dock
from hardware.simulated.dock import Dock
from station.pages.updates import WATCHERS_MAX

WATCHERS = 50
ASKED = 300
MORE_WATCHERS = 100
P99_MS_MAX = 100.0
_SETTLE_S = 5.0
_MS = 1_000
_PAUSE_S = 0.05


def run(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix="watching-") as temporary:
        home = Path(temporary) / "home"
        with surrounded_dock(home), _station(home) as pages:
            begin_pulling(Dock(home / "dock"))
            asyncio.run(_measured(pages, Path(temporary)))


@contextlib.contextmanager
def _station(home: Path) -> Iterator[str]:
    """A process of its own: whoever watches does not take its processor."""
    command = [sys.executable, "-m", "bench.busy_dock", str(home / "station.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as station:
        try:
            if station.stdout is None:
                raise RuntimeError("no output of the station")
            yield station.stdout.readline().split(": ", 1)[1].strip().rstrip("/")
        finally:
            station.terminate()


async def _measured(pages: str, folder: Path) -> None:
    arrived: dict[bytes, list[float]] = {}
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        page = (await client.get(f"{pages}/")).content
        (folder / "static").mkdir()
        (folder / "static/page.html").write_bytes(page)
        watching = [asyncio.create_task(_watch(pages, arrived)) for _ in range(WATCHERS)]
        await asyncio.sleep(_SETTLE_S)
        with _static(folder / "static") as static:
            ours, theirs = await _pages(client, f"{pages}/", f"{static}/page.html")
        first = [await _first_fragments(pages) for _ in range(MORE_WATCHERS)]
        gone = sum(task.done() for task in watching)
        for task in watching:
            task.cancel()
    _print(f"status page of {len(page)} bytes, {WATCHERS} watch, {PULLED} bays pulled", ours, P99_MS_MAX)
    _print("  as many bytes as a file from python -m http.server", theirs)
    print(f"  ratio of the p50s {percentile(ours, 50) / percentile(theirs, 50):.1f}, of the p99s ", end="")
    print(f"{percentile(ours, 99) / percentile(theirs, 99):.1f}")
    _print("live updates: the first fragments of one more watcher", first, P99_MS_MAX)
    whole = [max(times) - min(times) for times in arrived.values() if len(times) == WATCHERS]
    _print(f"  one state, from the first of {WATCHERS} watchers to the last", [one * _MS for one in whole], P99_MS_MAX)
    print(f"  {gone} watchers were let go; at most {WATCHERS_MAX} are served; {load()}")


def _print(what: str, found: list[float], limit_ms: float | None = None) -> None:
    p50, p99 = percentile(found, 50), percentile(found, 99)
    limit = "" if limit_ms is None else f"; limit of p99 {limit_ms:.0f} ms; {p99 / limit_ms:.2f}"
    print(f"{what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(found)} times{limit}")


async def _pages(client: httpx.AsyncClient, ours: str, theirs: str) -> tuple[list[float], list[float]]:
    """One after the other in turn, so that both meet the same load."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(ASKED):
        for url, times in zip((ours, theirs), found, strict=True):
            begun = perf_counter()
            (await client.get(url)).raise_for_status()
            times.append((perf_counter() - begun) * _MS)
        await asyncio.sleep(_PAUSE_S)
    return found


async def _watch(pages: str, arrived: dict[bytes, list[float]]) -> None:
    """Notes when each state was there, by the id that ends its messages."""
    async with _open(pages) as reader:
        while line := await reader.readline():
            if line.startswith(b"id: "):
                arrived.setdefault(line, []).append(perf_counter())


async def _first_fragments(pages: str) -> float:
    begun = perf_counter()
    async with _open(pages) as reader:
        while not (await reader.readline()).startswith(b"id: "):
            pass
    return (perf_counter() - begun) * _MS


@contextlib.asynccontextmanager
async def _open(pages: str) -> AsyncIterator[asyncio.StreamReader]:
    """Bytes as they come: chunk sizes are lines that nobody looks for."""
    host, port = urlsplit(pages).hostname, urlsplit(pages).port
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET /live HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        yield reader
    finally:
        writer.close()


@contextlib.contextmanager
def _static(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            said = server.stdout.readline() if server.stdout else ""
            yield f"http://127.0.0.1:{said.split(' port ')[1].split()[0]}"
        finally:
            server.terminate()
