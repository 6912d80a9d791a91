"""Paper slips after a power cut, entered by a custodian; what of the own department is out, unsigned or late."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.desk.paper import enter_loan, enter_return
from station.pages.guard import person_of, visit_of
from station.policy.rolls import Officer
from station.views.desk_lists import handovers_found, open_loans, own_cameras, own_people, unsigned_handovers
from station.web.desk_pages import DeskPage
from station.web.office import Office, number_in, words_in

PAPER = "/desk/paper"


def add_paper_page(app: FastAPI, office: Office) -> None:
    station = office.station

    def read(who: Officer) -> Mapping[str, object]:
        state, rolls = station.state(), station.policy.rolls
        return {
            "people": own_people(rolls, who.unit),
            "cameras": own_cameras(state, rolls, who.unit),
            "loans": open_loans(state, rolls, who.unit, station.now()),
            "unsigned": unsigned_handovers(state, rolls, who.unit),
            "found": handovers_found(state, station.policy, who.unit),
        }

    page = DeskPage(office, "desk_paper.html", PAPER, read)

    @app.get(PAPER)
    def paper(request: Request) -> Response:
        return page.shown(request)

    @app.post(f"{PAPER}/loans")
    def loan(request: Request) -> Response:
        visit, person = visit_of(request), person_of(request)

        def entered() -> str:
            who, times = (visit.said("officer"), visit.said("camera")), (visit.said("taken"), visit.said("returned"))
            enter_loan(station.tell, person.id, who, times, words_in(visit, "paper"))
            return "loan"

        return page.acted(request, entered)

    @app.post(f"{PAPER}/returns")
    def brought_back(request: Request) -> Response:
        visit, person = visit_of(request), person_of(request)

        def entered() -> str:
            back, slip = visit.said("back"), words_in(visit, "slip")
            enter_return(station.tell, person.id, number_in(visit, "loan"), back, slip)
            return "return"

        return page.acted(request, entered)
