"""The office at work, for tests: two departments, an account for everybody, and what officers filmed in their loans.

The pack is a real one; only the check of a camera before it is lent is left out, which these tests are not about.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from station.custody import observations as seen
from station.custody.facts import Fact
from station.pages import visitors
from station.pages.accounts import Account
from station.pages.csrf import FIELD, token
from station.pages.sessions import COOKIE
from station.policy.in_force import PackPolicy
from station.policy.permits import Lending, LendingAnswer
from tests.acting import rolls
from tests.desk_bench import KEPT, DeskBench
from tests.policies import pack_with

MINUTE_MS = 60_000
Minutes = tuple[int, int]
Fields = dict[str, str | list[str]]


class LendsFreely(PackPolicy, frozen=True):
    def lends(self, asked: Lending) -> LendingAnswer:
        return LendingAnswer() if asked.camera else super().lends(asked)


class OfficeBench(DeskBench):
    """Everybody of `tests.acting.rolls` has an account under their own number."""

    def __init__(self, folder: Path, pack: str = "yinchuan") -> None:
        super().__init__(folder, LendsFreely(pack_with(pack), rolls()))
        self.people.clear()
        self.people.update(rolls().officers)
        for name in self.people:
            self.accounts.change(name, lambda _, name=name: Account(name, name, KEPT, given=False))  # type: ignore[misc]

    def tell(self, observation: seen.Observation) -> tuple[Fact, ...]:
        return self.station.tell(observation)

    def now_ms(self) -> int:
        return self.clock.stamp().utc_ms

    def filmed(self, officer: str, *clips: Minutes, camera: str = "C1") -> list[int]:
        """One loan and what it brought: each clip from and to so many minutes into it."""
        docking = self._docked(camera)
        self.tell(seen.CameraListed(docking=docking, listings=frozenset()))
        self.tell(seen.CameraAsked(bay=camera, by=officer))
        self.tell(seen.PresenceOpened(bay=camera))
        self.clock.advance(MINUTE_MS)
        taken_ms = self.now_ms()
        self.clock.advance(max(ended for _, ended in clips) * MINUTE_MS + MINUTE_MS)
        docking = self._docked(camera)
        self.tell(seen.HandedOver(docking=docking, by=officer))
        numbers = [self._read(docking, taken_ms, clip) for clip in clips]
        listings = frozenset(f"{taken_ms}-{begun}" for begun, _ in clips)
        self.tell(seen.CameraListed(docking=docking, listings=listings))
        return numbers

    def _docked(self, camera: str) -> int:
        docking = self.station.state().docking_in(camera)
        if docking is not None:
            return docking.number
        number = self.tell(seen.PresenceClosed(bay=camera))[0].n
        self.tell(seen.CameraIdentified(docking=number, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=0))
        return number

    def _read(self, docking: int, taken_ms: int, clip: Minutes) -> int:
        begun, ended = clip
        read = seen.RecordingRead(
            docking=docking,
            listing=f"{taken_ms}-{begun}",
            size_bytes=1_000,
            sha256=f"{begun:064x}",
            original_name=f"{begun:03}.MP4",
            begun_device_ms=taken_ms + begun * MINUTE_MS,
            ended_device_ms=taken_ms + ended * MINUTE_MS,
        )
        number = self.tell(read)[0].n
        self.tell(seen.StatementMade(recording=number, statement_sha256="a" * 64))
        return number

    def see(self, who: str, path: str) -> httpx.Response:
        return self.ask("GET", path, None, self._cookie(who))

    def send(self, who: str, path: str, **fields: str | list[str] | int) -> httpx.Response:
        """A form of ours, filled in."""
        cookie = self._cookie(who)
        filled: Fields = {name: value if isinstance(value, list) else str(value) for name, value in fields.items()}
        filled[FIELD] = token(self.visitors.form_key, cookie.partition("=")[2])
        return self.ask("POST", path, filled, cookie)

    def declared(self, who: str, *recordings: int, **fields: str) -> int:
        """A mission made on the spot out of these clips; its number."""
        said = {"activity": "ACT-INSPECT", "kind": "INSPECTION", "on_site": "1", "officers": who} | fields
        said.setdefault("begun", "2026-11-21T08:00")
        ticked = [str(number) for number in recordings]
        sent = self.send(who, "/desk/footage", act="place", mission="new", recording=ticked, **said)
        assert sent.status_code == 303, sent.text
        return int(re.findall(r"/desk/missions/(\d+)", sent.headers["location"])[0])

    def written(self) -> list[str]:
        return self.station.kinds()

    def _cookie(self, who: str) -> str:
        account = self.accounts.accounts()[who]
        return f"{COOKIE}={self.visitors._sessions.begin(visitors._holder(account), self.clock.stamp())}"


@contextmanager
def office(folder: Path, pack: str = "yinchuan") -> Iterator[OfficeBench]:
    bench = OfficeBench(folder, pack)
    yield bench
    bench.station.close()


def shown(page: httpx.Response) -> set[int]:
    """The numbers of the clips that a page offers to tick."""
    return {int(number) for number in re.findall(r'name="recording" value="(\d+)"', page.text)}
