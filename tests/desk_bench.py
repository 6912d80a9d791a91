"""The desk's door for tests: real accounts in a real file, a roll that the test changes, the application that ships."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from station.clock import ManualClock
from station.desk.visitors_here import LOCK_OUT
from station.pages import visitors
from station.pages.accounts import Account, AccountsFile
from station.pages.csrf import FIELD
from station.pages.guard import guarded
from station.pages.live import Live
from station.pages.lock_out_file import lock_out_file
from station.pages.passwords import Password, keep
from station.pages.sessions import COOKIE
from station.pages.visitors import Visitors
from station.policy.permits import Policy
from station.policy.rolls import Officer
from station.store.private_words import PrivateWords
from station.views.status import Journal, StatusView, status
from station.web.badge_acts import BadgeActs
from station.web.desk import DeskActs
from station.web.routes import ROUTES
from station.web.whole_app import whole_app
from tests.badge_bench import BenchDesk
from tests.docked_station import DockedStation

PASSWORD, WRONG = Password("夜间巡查-2026-卷宗"), Password("夜间巡查-2026-卷宗!")
KEPT = keep(PASSWORD, "keeper", b"salt for a test!")
NAME, PERSON = "keeper", "officer-1"
HOST = "https://10.64.1.11:8443"


@dataclass
class DarkPanel:
    live: Live

    def png(self) -> bytes | None:
        return None


class DeskBench:
    """One account, `keeper`, of the person `officer-1`, a custodian unless the test says otherwise."""

    def __init__(self, folder: Path, policy: Policy | None = None) -> None:
        self.folder = folder
        self.station = DockedStation(folder, b"first", policy=policy)
        self.clock: ManualClock = self.station.clock
        self.people = {PERSON: Officer(PERSON, "unit-1", frozenset({"custodian"}))}
        self.accounts = AccountsFile(folder)
        self.accounts.change(NAME, lambda _: Account(NAME, PERSON, KEPT, given=False))
        self.visitors = self.started()
        live = Live()
        live.close()  # a watch ends at once
        policy_here, stamp = self.station.clerk.policy, self.clock.stamp
        self.badges = BenchDesk(folder, self.clock)
        what_is = (self.station.tell, self.station.state, policy_here, stamp)
        badges = BadgeActs(self.badges.desk, *what_is, lambda *_: None)
        self.desk = DeskActs(self.visitors, *what_is, PrivateWords(self.station.journal).of)
        self.app = whole_app("t-01", self.view, live, badges, self.desk, DarkPanel(live))
        self.reached: list[str] = []
        self.app.add_middleware(_Reached, told=self.reached)

    def started(self) -> Visitors:
        """As after a start of the station."""
        return Visitors(self.accounts, self.people, lock_out_file(self.folder, LOCK_OUT), self.clock.stamp)

    def view(self) -> StatusView:
        state = self.station.state()
        return status(state, ("1", "2"), {}, Journal(state.size, 1), self.clock.stamp())

    def has(self, *roles: str) -> None:
        self.people[PERSON] = Officer(PERSON, "unit-1", frozenset(roles))

    def ask(
        self,
        method: str,
        path: str,
        fields: dict[str, str | list[str]] | None = None,
        cookie: str = "",
        **headers: str,
    ) -> httpx.Response:
        """At the desk; `fields` as a form of ours is sent."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= {"cookie": cookie} if cookie else {}
        return self._ask(guarded(self.app, ROUTES, self.visitors), HOST, method, path, fields, named)

    def ask_screen(self, method: str, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask(guarded(self.app, ROUTES), "http://127.0.0.1:8080", method, path, None, named)

    def _ask(
        self,
        app: ASGIApp,
        host: str,
        method: str,
        path: str,
        fields: dict[str, str | list[str]] | None,
        headers: dict[str, str],
    ) -> httpx.Response:
        self.reached.clear()

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40_000))
            async with httpx.AsyncClient(transport=transport, base_url=host) as asking:
                return await asking.request(method, path, data=fields, headers=headers)

        return asyncio.run(asked())

    def signed_in(self) -> str:
        """A session's cookie, without the price of a password."""
        account = self.accounts.accounts()[NAME]
        return f"{COOKIE}={self.visitors._sessions.begin(visitors._holder(account), self.clock.stamp())}"

    def form_key(self, page: httpx.Response) -> str:
        (key,) = set(re.findall(rf'name="{FIELD}" value="([0-9a-f]+)"', page.text))
        return str(key)

    def sign_in(self, password: Password = PASSWORD, name: str = NAME) -> httpx.Response:
        """As a person does it: the page, then the form."""
        page = self.ask("GET", "/sign-in")
        cookie = page.headers["set-cookie"].split(";")[0]
        return self.ask(
            "POST", "/sign-in", {FIELD: self.form_key(page), "name": name, "password": password.typed}, cookie
        )


class _Reached:
    """Innermost but the routes: what the guard let through."""

    def __init__(self, app: ASGIApp, told: list[str]) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._told.append(scope["path"])
        await self._app(scope, receive, send)
