"""A badge is reported lost from the desk: by a custodian, for somebody of the own department."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.desk.lost_badge import report_lost_from_desk
from station.pages.guard import person_of, visit_of
from station.pages.rendering import Pages
from station.pages.words import SIGN_IN_WORDS
from station.policy.rolls import Officer
from station.views.desk_lists import badges_of
from station.views.desk_words import CUSTODIAN_WORDS
from station.web.desk import DeskActs
from station.web.desk_pages import DeskPage

BADGES = "/desk/badges"


def add_badges_page(app: FastAPI, station: DeskActs, place: str) -> None:
    def read(who: Officer) -> Mapping[str, object]:
        return {"badges": badges_of(station.state(), station.policy.rolls, who.unit)}

    pages = Pages(Path(__file__).parent / "templates", {**SIGN_IN_WORDS, **CUSTODIAN_WORDS})
    page = DeskPage(station, pages, place, "desk_badges.html", BADGES, read)

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
