"""The desk's first page, over HTTPS: who is signed in, what came back to them, and what waits for their release.

Decides nothing: the guard let its visitor in, the desk does what is asked, and the policy pack says whether it may.
"""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.custody.acts import CloseFinding, ReviewFinding
from station.desk.approvals import to_answer
from station.desk.look_at import answer, look_at, settle
from station.desk.releases import releasable, release
from station.desk.signed_in import SignedIn
from station.errors import RefusedError
from station.pages.guard import Visit, person_of, visit_of
from station.pages.roles import ROLES, may_do
from station.pages.signing_in import HOME
from station.views.look import look_rows
from station.web.office import Office, done_at, number_in, words_in
from station.web.routes import ROUTES

RELEASES, FINDINGS, SETTLED = "/desk/releases", "/desk/findings", "/desk/findings/settled"
REMARK_CHARACTERS_MAX = 200


def add_desk(app: FastAPI, office: Office) -> None:
    landing = _landing(office)
    _add_findings(app, office, landing)

    @app.get(HOME)
    def first_page(request: Request) -> Response:
        return landing(request)

    @app.post(RELEASES)
    def give(request: Request) -> Response:
        station, visit, person = office.station, visit_of(request), person_of(request)
        bays, remark = visit.form.get("bay", ()), visit.said("remark")[:REMARK_CHARACTERS_MAX]

        def act() -> Response:
            if not bays:
                raise RefusedError("RELEASE_UNDUE")
            given = release(station.tell, station.state(), station.policy, person.id, bays, remark)
            return landing(request, released="、".join(f"{bay}: {count}" for bay, count in given.items()))

        return office.or_again(request, act, lambda status, refusal: landing(request, status, refusal))


def _landing(office: Office) -> Callable[..., Response]:
    def landing(request: Request, status: int = HTTPStatus.OK, refusal: str = "", released: str = "") -> Response:
        station, person, desk = office.station, person_of(request), office.signed_in(request)
        roles = person.roles & ROLES.keys()
        return office.page(
            request,
            "desk.html",
            status,
            refusal=refusal,
            released=released,
            person=person,
            roles=[ROLES[role] for role in ROLES if role in roles],
            does=may_do(ROUTES, roles),
            look=look_rows(look_at(desk), len(to_answer(desk))),
            waiting=releasable(station.state(), station.policy, person.id, station.now()),
            remark_max=REMARK_CHARACTERS_MAX,
        )

    return landing


def _add_findings(app: FastAPI, office: Office, landing: Callable[..., Response]) -> None:
    def done_or_again(request: Request, do: Callable[[SignedIn, Visit], None]) -> Response:
        def act() -> str:
            do(office.signed_in(request), visit_of(request))
            return done_at(HOME)

        return office.done_or_again(request, act, lambda status, refusal: landing(request, status, refusal))

    @app.post(FINDINGS)
    def answer_finding(request: Request) -> Response:
        return done_or_again(
            request, lambda desk, visit: answer(desk, number_in(visit, "finding"), words_in(visit, "answer"))
        )

    @app.post(SETTLED)
    def settle_finding(request: Request) -> Response:
        def settled(desk: SignedIn, visit: Visit) -> None:
            act = CloseFinding if visit.said("act") == "close" else ReviewFinding
            settle(desk, act(by=desk.person, finding=number_in(visit, "finding"), remark=words_in(visit, "remark")))

        return done_or_again(request, settled)
