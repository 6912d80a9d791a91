"""Promise: every route × every role, at both doors, over the application that ships: what nobody allowed is refused."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.pages.csrf import FIELD, token
from station.pages.guard import guarded
from station.pages.roles import ROLES, Answer, Door, Line, Scope, answer
from station.pages.sessions import COOKIE
from station.policy.authority import SUPERVISING, WITHOUT_FOOTAGE
from station.policy.parameters import ROLES as RANKS
from station.web.routes import ROUTES
from tests.desk_bench import NAME, DeskBench

ALL = frozenset(ROLES)
FILMS_OR_LEADS = frozenset(
    {"officer", "custodian", "recorder_manager", "supervising_leader", "unit_head", "unit_chief"}
)
KEEPS_OR_LEADS = FILMS_OR_LEADS - {"officer"} | {"dept_legal"}
WHO_ASKS = FILMS_OR_LEADS | {"dept_legal", "gov_legal", "discipline", "petition", "counsel"}
SCREEN, STRANGER = "screen", "stranger"
MAY: dict[tuple[str, str], frozenset[str]] = {
    ("GET", "/"): ALL | {SCREEN},
    ("GET", "/live"): ALL | {SCREEN},
    ("GET", "/api/v1/status"): ALL | {SCREEN},
    ("GET", "/panel"): ALL | {SCREEN},
    ("GET", "/panel/live"): ALL | {SCREEN},
    ("GET", "/panel.png"): ALL | {SCREEN},
    ("GET", "/kiosk"): frozenset({SCREEN}),
    ("GET", "/kiosk/live"): frozenset({SCREEN}),
    ("POST", "/kiosk/touch"): frozenset({SCREEN}),
    ("GET", "/healthz"): frozenset({SCREEN}),
    ("GET", "/static"): ALL | {SCREEN, STRANGER},
    ("POST", "/api/v1/check-out"): frozenset({SCREEN}),
    ("POST", "/api/v1/releases"): frozenset({SCREEN}),
    ("GET", "/sign-in"): ALL | {STRANGER},
    ("POST", "/sign-in"): ALL | {STRANGER},
    ("POST", "/sign-out"): ALL,
    ("GET", "/password"): ALL,
    ("POST", "/password"): ALL,
    ("GET", "/desk"): ALL,
    ("POST", "/desk/releases"): frozenset({"custodian"}),
    ("POST", "/desk/findings"): FILMS_OR_LEADS,
    ("POST", "/desk/findings/settled"): FILMS_OR_LEADS - {"officer"},
    ("GET", "/desk/footage"): FILMS_OR_LEADS,
    ("POST", "/desk/footage"): FILMS_OR_LEADS,
    ("GET", "/desk/missions/{mission}"): FILMS_OR_LEADS,
    ("POST", "/desk/missions/{mission}"): FILMS_OR_LEADS,
    ("GET", "/desk/approvals"): WHO_ASKS,
    ("POST", "/desk/approvals"): WHO_ASKS,
    ("GET", "/desk/ratio"): ALL,
    ("GET", "/desk/cameras"): KEEPS_OR_LEADS,
    ("POST", "/desk/cameras/proposals"): KEEPS_OR_LEADS,
    ("POST", "/desk/cameras/answers"): KEEPS_OR_LEADS,
    ("GET", "/desk/paper"): KEEPS_OR_LEADS,
    ("POST", "/desk/paper/loans"): KEEPS_OR_LEADS,
    ("POST", "/desk/paper/returns"): KEEPS_OR_LEADS,
    ("GET", "/desk/badges"): KEEPS_OR_LEADS,
    ("POST", "/desk/badges"): KEEPS_OR_LEADS,
}
"""Written out once more, by hand: whoever changes the table changes it twice, and is seen."""
ASKED = {"/static": "/static/page.css", "/desk/missions/{mission}": "/desk/missions/1"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[DeskBench]:
    bench = DeskBench(tmp_path)
    yield bench
    bench.station.close()


def reaches(bench: DeskBench, who: str, method: str, path: str) -> bool:
    """Whether the application heard of it at all, asked as well as anybody could ask."""
    asked = ASKED.get(path, path)
    if who == SCREEN:
        answered = bench.ask_screen(method, asked)
    else:
        cookie = "__Host-dockward-form=x" if who == STRANGER else bench.signed_in()
        fields = {FIELD: token(bench.visitors.form_key, cookie.partition("=")[2])} if method != "GET" else None
        answered = bench.ask(method, asked, dict(fields) if fields else None, cookie)
    reached = bool(bench.reached)
    assert reached or answered.status_code in {303, 401, 403}
    assert reached or answered.headers["cache-control"] == "no-store"
    return reached


def test_every_route_has_its_line_and_every_line_its_route(bench: DeskBench) -> None:
    routes = {
        (method, getattr(route, "path", "")): getattr(getattr(route, "endpoint", None), "__module__", "")
        for route in bench.app.routes
        for method in (getattr(route, "methods", None) or {"GET"})
    }
    assert set(routes) == set(ROUTES) == set(MAY)
    for key, module in routes.items():
        assert ROUTES[key].owner in {module, "station.pages.closed_app"} or module == "station.web.badge_acts"
        assert Path(*ROUTES[key].owner.split(".")).with_suffix(".py").is_file()


@pytest.mark.parametrize("who", [SCREEN, STRANGER, *ROLES])
def test_every_route_for_everybody(bench: DeskBench, who: str) -> None:
    bench.has(who)
    reached = {key for key in MAY if reaches(bench, who, *key)}
    assert reached == {key for key, allowed in MAY.items() if who in allowed}


def test_a_role_that_nobody_knows_reaches_nothing_of_a_role(bench: DeskBench) -> None:
    for roles in ((), ("party",), ("custodians",)):
        bench.has(*roles)
        reached = {key for key in MAY if reaches(bench, "custodian", *key)}
        assert reached == {key for key, allowed in MAY.items() if STRANGER in allowed}


def test_a_route_without_a_line_is_nobody_s(bench: DeskBench) -> None:
    """Whatever somebody adds one day, and by whichever method."""
    bench.app.add_api_route("/new", lambda: {"secret": 1}, methods=["GET", "POST", "DELETE"])
    bench.app.add_api_route("/desk", lambda: {"secret": 1}, methods=["PUT"])
    bench.has(*ROLES)
    for method, path in (("GET", "/new"), ("POST", "/new"), ("DELETE", "/new"), ("PUT", "/desk")):
        for who in (SCREEN, STRANGER, "custodian"):
            assert not reaches(bench, who, method, path)
    assert bench.ask("PUT", "/static/page.css", None, bench.signed_in()).status_code == 403


def test_what_is_no_route_is_answered_with_nothing(bench: DeskBench) -> None:
    assert bench.ask("GET", "/nothing").status_code == 404
    assert bench.ask("DELETE", "/desk").status_code == 405
    assert bench.ask_screen("OPTIONS", "/").status_code == 405


def test_a_stranger_is_shown_the_way_and_a_program_is_told(bench: DeskBench) -> None:
    assert (bench.ask("GET", "/desk").status_code, bench.ask("GET", "/desk").headers["location"]) == (303, "/sign-in")
    told = bench.ask("GET", "/api/v1/status")
    assert (told.status_code, told.json()["code"]) == (401, "SIGN_IN_FIRST")
    assert bench.ask("GET", "/api/v1/check-out").status_code == 405


def test_whoever_has_a_password_of_another_s_choice_changes_it_first(bench: DeskBench) -> None:
    account = bench.accounts.accounts()[NAME]
    bench.accounts.change(NAME, lambda _: type(account)(NAME, account.person, account.kept_password, given=True))
    first = {("GET", "/password"), ("POST", "/password"), ("POST", "/sign-out")}
    for (method, path), allowed in MAY.items():
        strangers = STRANGER in allowed
        assert reaches(bench, "custodian", method, path) == (strangers or (method, path) in first), path
    assert bench.ask("GET", "/desk", None, bench.signed_in()).headers["location"] == "/password"


def test_no_form_of_another_page_s_goes_through(bench: DeskBench) -> None:
    for path in (path for method, path in MAY if method == "POST" and "custodian" in MAY[(method, path)]):
        cookie = bench.signed_in()
        key = token(bench.visitors.form_key, cookie.partition("=")[2])
        other = token(bench.visitors.form_key, "another")
        for fields in (None, {}, {FIELD: ""}, {FIELD: other}, {FIELD: [key, key]}, {"form": key}):
            bench.ask("POST", path, fields, cookie)  # type: ignore[arg-type]
            assert not bench.reached, (path, fields)
        for headers in (
            {"sec_fetch_site": "cross-site"},
            {"origin": "https://evil.example"},
            {"content_type": "text/plain"},
        ):
            assert bench.ask("POST", path, {FIELD: key}, cookie, **headers).json()["code"] == "FORM_NOT_OURS"
            assert not bench.reached
        bench.ask("POST", path, {FIELD: key, "x": "y" * 20_000}, cookie)
        assert not bench.reached
        bench.ask("POST", path, {FIELD: key}, cookie, origin="null", sec_fetch_site="same-origin")
        assert bench.reached


def test_no_other_site_s_page_posts_to_the_screen(bench: DeskBench) -> None:
    for headers in ({"sec_fetch_site": "same-site"}, {"origin": "http://127.0.0.1:9999"}):
        assert bench.ask_screen("POST", "/api/v1/check-out", **headers).json()["code"] == "FORM_NOT_OURS"
        assert not bench.reached


def test_a_session_is_nothing_at_the_screen(bench: DeskBench) -> None:
    assert bench.ask_screen("GET", "/desk", cookie=bench.signed_in()).json()["code"] == "NOT_YOURS"
    assert f"{COOKIE}=" not in bench.ask_screen("GET", "/").headers.get("set-cookie", "")


def test_only_requests_are_served(bench: DeskBench) -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    asyncio.run(guarded(bench.app, ROUTES)({"type": "websocket"}, never, never))  # type: ignore[arg-type]
    assert not bench.reached


def test_roles_are_those_the_law_and_the_rolls_know() -> None:
    assert {*RANKS, *SUPERVISING, "counsel", *WITHOUT_FOOTAGE} - {"party"} == ALL
    assert {name for name, role in ROLES.items() if role.scope is Scope.AREA} == {*SUPERVISING, "assessor"}
    assert {name for name, role in ROLES.items() if role.scope is Scope.DEPARTMENT} == {*RANKS} - {"officer"}
    assert answer(Line("nobody"), Door.DESK, ALL) is answer(Line("nobody"), Door.SCREEN, None) is Answer.DENIED
