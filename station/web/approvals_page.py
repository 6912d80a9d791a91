"""`/desk/approvals`: who asks to see or have footage, and who answers. Shows no footage, and decides nothing."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.custody import acts
from station.desk import approvals
from station.desk.signed_in import SignedIn
from station.errors import UnfitObservationError
from station.pages.guard import Visit, visit_of
from station.policy.due_times import DAY_MS
from station.policy.permits import Act
from station.views.approvals import request_row
from station.views.office_words import ROUTES_OF_ACCESS
from station.web.office import Office, done_at, number_in, numbers_in, one_of, words_in
from station.web.routes import ROUTES

APPROVALS = "/desk/approvals"


def add_approvals(app: FastAPI, office: Office) -> None:
    def shown(request: Request, status: int = HTTPStatus.OK, refusal: str = "") -> Response:
        desk, asked = office.signed_in(request), request.query_params
        return office.page(
            request,
            "approvals.html",
            status,
            refusal=refusal,
            to_answer=[request_row(one) for one in approvals.to_answer(desk)],
            mine=[request_row(one) for one in approvals.asked_by(desk)],
            own=bool(desk.roles & ROUTES["GET", "/desk/footage"].roles),
            routes=ROUTES_OF_ACCESS,
            days_max=approvals.days_max(desk),
            recordings=asked.get("recordings", ""),
            mission=asked.get("mission", ""),
        )

    @app.get(APPROVALS)
    def approvals_page(request: Request) -> Response:
        return shown(request)

    @app.post(APPROVALS)
    def ask_or_answer(request: Request) -> Response:
        def act() -> str:
            visit, desk = visit_of(request), office.signed_in(request)
            one_of(_acts(desk, visit), visit.said("act"))
            return done_at(APPROVALS)

        return office.done_or_again(request, act, lambda status, refusal: shown(request, status, refusal))


def _acts(desk: SignedIn, visit: Visit) -> Mapping[str, Callable[[], None]]:
    by = desk.person

    def answer(said: Callable[[int, str], approvals.OnRequest]) -> None:
        approvals.answer(desk, said(number_in(visit, "request"), words_in(visit, "remark")))

    def approve(request: int, remark: str) -> acts.ApproveAccess:
        until_ms = desk.at_ms + number_in(visit, "days") * DAY_MS
        return acts.ApproveAccess(by=by, request=request, valid_until_ms=until_ms, remark=remark)

    return {
        "ask": lambda: _ask(desk, visit),
        "review": lambda: answer(lambda request, remark: acts.ReviewAccess(by=by, request=request, remark=remark)),
        "approve": lambda: answer(approve),
        "refuse": lambda: answer(lambda request, remark: acts.RefuseAccess(by=by, request=request, remark=remark)),
        "dispute": lambda: answer(lambda request, remark: acts.DisputeAccess(by=by, request=request, ground=remark)),
    }


def _ask(desk: SignedIn, visit: Visit) -> None:
    if visit.said("route") not in ROUTES_OF_ACCESS:
        raise UnfitObservationError("请选择申请事项 / choose what is asked for")
    mission = number_in(visit, "mission") if visit.said("mission").strip() else None
    approvals.ask(
        desk,
        acts.AskAccess(
            by=desk.person,
            route=Act[visit.said("route")],
            recordings=numbers_in(visit, "recordings"),
            mission=mission,
            purpose=words_in(visit, "purpose"),
            recipient=words_in(visit, "recipient"),
            direct_until_ms=desk.at_ms + desk.policy.approval_lasts_ms,
        ),
    )
