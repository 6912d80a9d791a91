"""The cameras of the own department: where each is, and by two hands, which of them leave."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.custody.known_cameras import known_cameras
from station.desk.disposals import answer, approvers, propose
from station.pages.guard import person_of, visit_of
from station.policy.permits import Act, ActAsked
from station.policy.rolls import Officer
from station.views.desk_lists import own_cameras, own_disposals
from station.views.ratio import ratio_view
from station.web.desk_pages import DeskPage
from station.web.office import Office, number_in, words_in

CAMERAS = "/desk/cameras"


def add_cameras_page(app: FastAPI, office: Office) -> None:
    station = office.station

    def read(who: Officer) -> Mapping[str, object]:
        at, state, policy = station.now(), station.state(), station.policy
        asked = ActAsked(Act.PROPOSE_DISPOSAL, who.id, at.utc_ms)
        return {
            "ratio": ratio_view(policy, who.unit, known_cameras(state, at), at),
            "cameras": own_cameras(state, policy.rolls, who.unit),
            "disposals": own_disposals(state, policy, who, at, lambda number: station.tables.words([number])[number]),
            "proposes": policy.of_person(who.id).allows(asked).permitted,
            "approvers": approvers(policy, who, at),
        }

    page = DeskPage(office, "desk_cameras.html", CAMERAS, read)

    @app.get(CAMERAS)
    def cameras(request: Request) -> Response:
        return page.shown(request)

    @app.post(f"{CAMERAS}/proposals")
    def propose_one(request: Request) -> Response:
        visit, person = visit_of(request), person_of(request)

        def proposed() -> str:
            said = (words_in(visit, "recipient"), words_in(visit, "ground"), visit.said("approver"))
            propose(station.tell, person.id, visit.said("camera"), visit.said("act"), said)
            return "proposed"

        return page.acted(request, proposed)

    @app.post(f"{CAMERAS}/answers")
    def answer_one(request: Request) -> Response:
        visit, person = visit_of(request), person_of(request)

        def answered() -> str:
            chosen = visit.said("answer")
            answer(station.tell, person.id, number_in(visit, "disposal"), chosen, words_in(visit, "remark"))
            return chosen

        return page.acted(request, answered)
