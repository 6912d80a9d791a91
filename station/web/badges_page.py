"""A badge is reported lost from the desk: by a custodian, for somebody of the own department."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.desk.lost_badge import report_lost_from_desk
from station.pages.guard import person_of, visit_of
from station.policy.rolls import Officer
from station.views.desk_lists import badges_of
from station.web.desk_pages import DeskPage
from station.web.office import Office

BADGES = "/desk/badges"


def add_badges_page(app: FastAPI, office: Office) -> None:
    station = office.station

    def read(who: Officer) -> Mapping[str, object]:
        return {"badges": badges_of(station.state(), station.policy.rolls, who.unit)}

    page = DeskPage(office, "desk_badges.html", BADGES, read)

    @app.get(BADGES)
    def badges(request: Request) -> Response:
        return page.shown(request)

    @app.post(BADGES)
    def lost(request: Request) -> Response:
        visit, person = visit_of(request), person_of(request)

        def reported() -> str:
            died = report_lost_from_desk(station.tell, station.policy.rolls, person.id, visit.said("officer"))
            return "dead" if died else "dead_already"

        return page.acted(request, reported)
