"""The desk's first page, over HTTPS: who is signed in, what they may do, and what waits for a custodian's release.

Decides nothing: the guard let its visitor in, the desk does what is asked, and the policy pack says whether it may.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.custody.facts import Fact
from station.custody.observations import PersonsAct
from station.custody.state import State
from station.desk.releases import releasable, release
from station.errors import RefusedError, WireFailedError
from station.pages.csrf import token
from station.pages.guard import person_of, visit_of
from station.pages.rendering import Pages
from station.pages.roles import ROLES, may_do
from station.pages.signing_in import HOME
from station.pages.visitors import Visitors
from station.pages.words import SIGN_IN_WORDS
from station.policy.permits import Policy
from station.stamp import Stamp
from station.views.words import DESK_WORDS
from station.web.routes import ROUTES

RELEASES = "/desk/releases"
REMARK_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class DeskActs:
    """What the station does for whoever is signed in, each callable from any thread."""

    visitors: Visitors
    tell: Callable[[PersonsAct], tuple[Fact, ...]]
    state: Callable[[], State]
    policy: Policy
    now: Callable[[], Stamp]


def add_desk(app: FastAPI, station: DeskActs, place: str) -> None:
    pages = Pages(Path(__file__).parent / "templates", {**SIGN_IN_WORDS, **DESK_WORDS})

    def landing(request: Request, status: int = HTTPStatus.OK, refusal: str = "", done: str = "") -> Response:
        visit, person = visit_of(request), person_of(request)
        roles = person.roles & ROLES.keys()
        shown = pages.answer(
            "desk.html",
            place=place,
            refusal=refusal,
            done=done,
            person=person,
            roles=[ROLES[role] for role in ROLES if role in roles],
            does=may_do(ROUTES, roles),
            waiting=releasable(station.state(), station.policy, person.id, station.now()),
            form_key=token(station.visitors.form_key, visit.cookie),
            remark_max=REMARK_CHARACTERS_MAX,
        )
        shown.status_code = status
        return shown

    @app.get(HOME)
    def first_page(request: Request) -> Response:
        return landing(request)

    @app.post(RELEASES)
    def give(request: Request) -> Response:
        visit, person = visit_of(request), person_of(request)
        bays, remark = visit.form.get("bay", ()), visit.said("remark")[:REMARK_CHARACTERS_MAX]
        try:
            if not bays:
                raise RefusedError("RELEASE_UNDUE")
            given = release(station.tell, station.state(), station.policy, person.id, bays, remark)
        except RefusedError as refused:
            words = " / ".join(station.policy.said(station.policy.finds(refused.code, refused.rule)))
            return landing(request, HTTPStatus.CONFLICT, words)
        except WireFailedError as error:
            return landing(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        return landing(request, done="、".join(f"{bay}: {count}" for bay, count in given.items()))
