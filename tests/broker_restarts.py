"""A broker that dies again and again while facts are written and delivered; afterwards nothing is missing or twice."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from station.custody import observations as seen
from tests.linked_stations import CLOCK, Inbox, LinkedStation, copy_of, linked_station
from tests.mosquitto import Mosquitto
from tests.registry_process import Machines, provision
from tests.reporting_stations import Books

STATION = "st-a"
GAP_MS = (50, 2_000)
PAUSE_MS_MAX = 20


@dataclass(frozen=True)
class Survived:
    """What a broker's bad time came to."""

    seconds: int
    restarts: int
    facts: int
    words: int

    def __str__(self) -> str:
        return (
            f"{self.seconds} s, broker killed {self.restarts} times: {self.facts} facts and {self.words} private words"
            " at the registry, byte for byte, none twice, no alarm"
        )


class _Life:
    """Somebody comes and goes all the time, on a thread of its own, while entered."""

    def __init__(self, linked: LinkedStation, rng: random.Random) -> None:
        self._linked = linked
        self._rng = rng
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, name="life")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _live(self) -> None:
        number = 0
        while not self._over.wait(self._rng.uniform(0, PAUSE_MS_MAX / 1_000)):
            number += 1
            self._visit(f"bay-{number % 8}", number)

    def _visit(self, bay: str, number: int) -> None:
        tell = self._linked.tell
        tell(seen.PresenceClosed(bay=bay))
        camera = f"C-{number}"
        docking = self._linked.station.clerk.state.docking_in(bay)
        assert docking
        tell(
            seen.CameraIdentified(
                docking=docking.number, camera=camera, model="T8", clock_ahead_ms=None, clock_error_ms=None
            )
        )
        tell(
            seen.RecordingRead(
                docking=docking.number,
                listing=f"DCIM/{number}",
                size_bytes=number,
                sha256=self._rng.randbytes(32).hex(),
                original_name=f"李雷-{number}.mp4",
                begun_device_ms=None,
                ended_device_ms=None,
            )
        )
        tell(seen.PresenceOpened(bay=bay))


def survive(folder: Path, machines: Machines, seed: int, seconds: int) -> Survived:
    """One station and one registry through so many seconds of a dying broker."""
    rng = random.Random(seed)
    with _linked(folder, machines) as (broker, books, linked):
        began_ms = CLOCK.stamp().boot_ms
        restarts = 0
        with _Life(linked, random.Random(seed + 1)):
            while CLOCK.stamp().boot_ms < began_ms + seconds * 1_000:
                threading.Event().wait(rng.randint(*GAP_MS) / 1_000)
                broker.kill()
                threading.Event().wait(rng.randint(*GAP_MS) / 1_000 * rng.choice((0, 0.2, 1)))
                broker.restart()
                restarts += 1
        linked.once_delivered()
        journal, copy = linked.log, copy_of(books, STATION)
        try:
            assert list(copy.entries()) == list(journal.entries())
            assert list(copy.private_values()) == list(journal.private_values())
            assert copy.root_at(copy.size) == journal.root_at(journal.size)
            assert books.codes() == []
            return Survived(seconds, restarts, copy.size, len(list(copy.private_values())))
        finally:
            copy._connection.close()


@contextmanager
def _linked(folder: Path, machines: Machines) -> Iterator[tuple[Mosquitto, Books, LinkedStation]]:
    books = Books(folder / "books")
    try:
        with (
            Mosquitto(folder, machines.folder / "broker") as broker,
            Inbox(books, machines, broker.port),
            linked_station(folder / STATION, machines, broker.port, books, STATION) as linked,
        ):
            yield broker, books, linked
    finally:
        books.close()


def campaign(folder: Path, seed: int, seconds: int) -> Survived:
    """On its own, with machines of its own; for `make soak`."""
    return survive(folder, provision(folder / "town", STATION), seed, seconds)
