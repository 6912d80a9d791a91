"""An office for tests: the application that ships, a packaged pack, two departments at one station, one browser."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from provisioning.badges import credentials_for
from station.custody import observations as seen
from station.custody.facts import Fact
from station.pages.csrf import FIELD, token
from station.policy.in_force import PackPolicy
from station.policy.rolls import Body, Officer, RolledCamera, Rolls
from station.signing.calendar_files import packaged_calendar
from station.store.desk_tables import DeskTables
from tests.badge_bench import ADA, BOB, KEY, PINS
from tests.desk_bench import NAME, DeskBench
from tests.dock_bench import FIT
from tests.policies import pack_with
from tests.stations import START

UNIT, ELSEWHERE = "民政局", "教育局"
ROLES = {
    "officer-1": "officer",
    "officer-2": "officer",
    "officer-3": "officer",
    "keeper": "custodian",
    "leader": "supervising_leader",
    "head": "unit_head",
    "mender": "technician",
    "watcher": "discipline",
}
WITHOUT_CERTIFICATE = frozenset({"mender", "watcher"})
"""The other six have one: at three to a camera, two must work."""
CAMERAS = tuple(RolledCamera(f"C{number}", UNIT) for number in range(1, 4))
THEIRS = RolledCamera("their-C", ELSEWHERE)


def officers() -> dict[str, Officer]:
    own = {one: Officer(one, UNIT, frozenset({role}), name=f"姓名{one}", **FIT) for one, role in ROLES.items()}
    own |= {one: replace(own[one], certificate="") for one in WITHOUT_CERTIFICATE}
    theirs = {f"their-{one}": replace(officer, id=f"their-{one}", unit=ELSEWHERE) for one, officer in own.items()}
    badges = {"officer-1": (ADA, PINS[ADA]), "their-officer-1": (BOB, PINS[BOB]), "keeper": (BOB, PINS[ADA])}
    people = own | theirs
    for one, badge in badges.items():
        people[one] = replace(people[one], credentials=credentials_for(KEY, *badge))
    return people


def said_on(page: httpx.Response) -> str:
    """What a page says first of all: its refusal, where there is one."""
    return re.sub(r"<[^>]*>", "", page.text.partition('<div class="desk')[2])[:400].strip()


class Office:
    """Whoever signed in last has the browser. `C1` and `C2` lie in bays 1 and 2."""

    def __init__(self, folder: Path, pack: str = "yinchuan", **settings: Any) -> None:
        effective = pack_with(pack, **settings)
        kind = effective.listed("officer.cert_kinds")[0]
        people = {one.id: replace(one, certificate_kind=kind) for one in officers().values()}
        bodies = {unit: Body(unit, unit) for unit in (UNIT, ELSEWHERE)}
        self.rolls = Rolls(START.utc_ms, bodies, people, {one.id: one for one in (*CAMERAS, THEIRS)})
        self.policy = PackPolicy(effective, self.rolls, calendar=packaged_calendar())
        self.desk = DeskBench(folder, self.policy)
        self.desk.people |= people
        self.station = self.desk.station
        self.become("keeper")
        for number in (1, 2):
            self.put(f"C{number}", str(number))

    def close(self) -> None:
        self.station.close()

    def become(self, person: str) -> None:
        self.desk.accounts.change(NAME, lambda one: replace(one, person=person) if one else one)  # type: ignore[arg-type,return-value]
        self._cookie = self.desk.signed_in()

    def later(self, ms: int) -> None:
        """Sessions end meanwhile: the same person signs in again."""
        self.station.clock.advance(ms)
        self._cookie = self.desk.signed_in()

    def page(self, path: str) -> httpx.Response:
        return self.desk.ask("GET", path, None, self._cookie)

    def post(self, path: str, **fields: str) -> httpx.Response:
        key = token(self.desk.visitors.form_key, self._cookie.partition("=")[2])
        return self.desk.ask("POST", path, {FIELD: key, **fields}, self._cookie)

    def refused(self, path: str, **fields: str) -> str:
        """The page that says no; nothing was written."""
        before = self.station.state().size
        answered = self.post(path, **fields)
        assert answered.status_code in {409, 422}, said_on(answered)
        assert self.station.state().size == before
        assert 'role="alert"' in answered.text
        return answered.text

    def did(self, path: str, **fields: str) -> httpx.Response:
        """Done: the page that a browser is then shown."""
        answered = self.post(path, **fields)
        assert answered.status_code == 303, said_on(answered)
        shown = self.page(answered.headers["location"])
        assert 'role="status"' in shown.text
        return shown

    def words_beside(self, fact: int) -> Mapping[str, str]:
        """What stands privately beside a fact, by field."""
        return DeskTables(self.station.journal).words([fact])[fact]

    def words(self, code: str, rule: str = "") -> tuple[str, str]:
        return self.policy.said(self.policy.finds(code, rule))

    def put(self, camera: str, bay: str) -> int:
        """Into its bay, read, and fit to be lent."""
        tell = self.station.tell
        tell(seen.PresenceClosed(bay=bay))
        number = self.station.docking(bay).number
        tell(seen.CameraIdentified(docking=number, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=500))
        tell(seen.CameraListed(docking=number, listings=frozenset()))
        tell(
            seen.BatteryMeasured(
                docking=number, percent=100, health_percent=95, recording_minutes=600, free_minutes=900
            )
        )
        tell(seen.ClockWasSet(docking=number, clock_ahead_ms=0, clock_error_ms=500))
        return number

    def taken(self, officer: str, bay: str) -> int:
        """The number of the loan."""
        (offered,) = self.station.tell(seen.CameraAsked(by=officer, bay=bay))
        self.out(bay)
        return offered.n

    def out(self, bay: str) -> None:
        self.station.tell(seen.PresenceOpened(bay=bay))

    def facts(self, kind: str) -> list[Fact]:
        return [fact for fact in self.station.facts() if fact.body.type == kind]
