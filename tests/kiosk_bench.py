"""A kiosk for tests: the pure dock, a real badge reader's watch and sign-in, the page through the whole application.

A hand touches what the page shows: a button that is not there cannot be touched.
"""

import asyncio
import html
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import httpx
from msgspec.structs import replace

from hardware.badges.cards import Badge
from provisioning.badges import credentials_for
from station.custody import observations as seen
from station.custody.docking import Docking
from station.custody.recording import Recording
from station.desk.badge_desk import BadgeDesk
from station.desk.badge_sign_in import BadgeSignIn
from station.desk.bringing_back import BringingBack
from station.desk.kiosk import Kiosk, KioskActs
from station.desk.tapping import FRESH_MS
from station.errors import RefusedError
from station.pages.guard import guarded
from station.pages.live import Live
from station.pages.lock_out_file import lock_out_file
from station.pages.pins import Pin
from station.policy.rolls import Credentials, Officer
from station.views.status import Journal, StatusView, status
from station.web.badge_acts import BadgeActs
from station.web.routes import ROUTES
from station.web.whole_app import AtTheDock, whole_app
from tests.badge_bench import ADA, BOB, KEY, PINS, BenchDesk
from tests.dock_bench import HOUR_MS, ORIGIN, PEOPLE, UNIT, DockBench

KEEPERS, NOBODYS = Badge("0A00112233"), Badge("0B00445566")
BADGES = {"officer-1": ADA, "officer-2": BOB, "keeper": KEEPERS, "nobody": NOBODYS}
PIN_OF = {"officer-1": PINS[ADA], "officer-2": PINS[BOB], "keeper": Pin("951753"), "nobody": Pin("264813")}
CERTIFICATE = {"officer-1": "640100", "officer-2": "NX-0417-乙", "keeper": "640102"}
PIN, WRONG = PIN_OF["officer-1"].digits, "482917"
_TURNS = re.compile(r'name="turn" value="(\d+)"')


@cache
def credentials(officer: str) -> Credentials:
    return credentials_for(KEY, BADGES[officer], PIN_OF[officer])


def with_badges() -> tuple[Officer, ...]:
    """Whoever has one; `nobody` has a badge and stands in no roll."""
    people = {one.id: one for one in (*PEOPLE, Officer("nobody", UNIT))}
    return tuple(
        replace(people[one], credentials=credentials(one), certificate=CERTIFICATE.get(one, "")) for one in BADGES
    )


class KioskBench:
    """One screen at a dock. `shown`: what was handed to the panel."""

    def __init__(self, folder: Path, dock: DockBench | None = None) -> None:
        self.dock = dock or DockBench()
        self.clock = self.dock.clock
        self.bench = BenchDesk(folder, self.clock)
        is_lost = lambda mark: mark in self.dock.state().lost_badges  # noqa: E731 - one line, used once
        signing_in = BadgeSignIn(with_badges(), KEY, lock_out_file(folder), is_lost)
        self.badges = BadgeDesk(self.bench.watch, signing_in)
        self.shown: list[tuple[str, str]] = []
        dock_acts = (self.dock.tell, self.dock.state, self.dock.policy)
        root_at = lambda size: sha256(b"%d" % size).digest()  # noqa: E731 - one line, used once
        bringing = BringingBack(*dock_acts, ORIGIN, root_at)
        self.kiosk = Kiosk(
            KioskActs(self.badges, self.dock.desk, bringing, self.dock.tell, self._signed_by, self._brought, self._show)
        )
        self.kiosk.live.close()  # a watch ends at once
        self.bench.watch.listen(self.kiosk.tap)
        at_the_dock = AtTheDock(BadgeActs(self.badges, *dock_acts, self.clock.stamp, self._show), self.kiosk)
        self.app = whole_app("t-01", self._view, Live(), at_the_dock, None, None)

    def _show(self, refused: RefusedError, words: str) -> None:
        self.shown.append((refused.code, words))

    def _view(self) -> StatusView:
        return status(self.dock.state(), ("1", "2"), {}, Journal(self.dock.state().size, 1), self.clock.stamp())

    def _signed_by(self, officer: str) -> tuple[Docking, ...]:
        """As the tables have it: the newest first."""
        subjects = self.dock.archive.values()
        dockings = [one for one in subjects if isinstance(one, Docking) and one.handed_over_by == officer]
        return tuple(sorted(dockings, key=lambda one: -one.number))

    def _brought(self, docking: int) -> tuple[Recording, ...]:
        subjects = self.dock.archive.values()
        return tuple(one for one in subjects if isinstance(one, Recording) and one.docking == docking)

    # --- the page

    def ask(
        self, method: str, path: str, fields: dict[str, str] | None = None, client: str = "127.0.0.1", **headers: str
    ) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=guarded(self.app, ROUTES), client=(client, 40_000))
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as asking:
                return await asking.request(method, path, data=fields, headers=named)

        return asyncio.run(asked())

    def page(self) -> str:
        answer = self.ask("GET", "/kiosk")
        assert answer.status_code == 200
        return answer.text

    def text(self) -> str:
        """What a person reads, without marks."""
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", self.page())))

    @property
    def step(self) -> str:
        (step,) = re.findall(r'<section id="kiosk" data-step="(\w+)"', self.page())
        return str(step)

    @property
    def turn(self) -> int:
        (turn,) = set(_TURNS.findall(self.page()))
        return int(turn)

    def touches(self) -> list[str]:
        return re.findall(r'<button name="touch" value="([^"]+)"', self.page())

    # --- what hands do

    def lay(self, officer: str, *, alone: bool = True) -> None:
        self.bench.lay(BADGES[officer], alone=alone)

    def touch(self, touch: str, typed: str | None = None) -> None:
        page = self.page()
        assert f'<button name="touch" value="{touch}"' in page, touch
        (turn,) = set(_TURNS.findall(page))
        fields = {"turn": turn, "touch": touch}
        answer = self.ask("POST", "/kiosk/touch", fields if typed is None else fields | {"typed": typed})
        assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk")

    def types(self, digits: str) -> None:
        """With a gloved finger."""
        for digit in digits:
            self.touch(f"digit:{digit}")
        self.touch("enter")

    def takes(self, officer: str = "officer-1") -> None:
        """Badge, what a person touches who came for a camera, and the PIN."""
        self.lay(officer)
        if self.step in {"what", "not_signed", "which_bay"}:
            self.touch("take")
        if self.step == "pin":
            self.touch("enter", PIN_OF[officer].digits)

    def waits(self, ms: int) -> None:
        self.clock.advance(ms)
        self.bench.watch.turn()

    # --- what hands do at the bays

    def flat(self, bay: str) -> None:
        self.dock.tell(seen.PresenceClosed(bay=bay))
        self.dock.tell(seen.CameraStayedSilent(docking=self.dock.docking(bay).number, label=None))

    def offers(self) -> int:
        return self.dock.kinds().count("bay_offered")


def ready(folder: Path, **settings: object) -> KioskBench:
    """Two cameras that came long ago; nobody asks about them."""
    dock = DockBench(**settings)  # type: ignore[arg-type]
    dock.ready("C1", "1", minutes=700)
    dock.ready("C2", "2")
    dock.clock.advance(FRESH_MS + 1)
    return KioskBench(folder, dock)


def out(bench: KioskBench, officer: str = "officer-1") -> str:
    """An hour ago this officer took a camera."""
    bench.takes(officer)
    (bay,) = re.findall(r"(\d)号仓，绿灯，请取", bench.text())
    camera = bench.dock.docking(bay).camera
    bench.dock.out(bay)
    bench.bench.lift()
    bench.waits(HOUR_MS)
    assert bench.step == "idle"
    assert camera is not None
    return camera
