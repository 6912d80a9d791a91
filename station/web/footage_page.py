"""`/desk/footage`: whoever is signed in ticks clips and places them in missions, declared on the spot or known already.

Shows numbers, times, lengths and marks; never a picture. Decides nothing: the desk does what is asked, or refuses it.
"""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.custody.acts import DeclareMission
from station.desk.footage_of import fitting, footage_of, open_missions
from station.desk.missions import declare, place, reached
from station.desk.signed_in import SignedIn
from station.errors import UnfitObservationError
from station.pages.guard import Visit, visit_of
from station.policy.permits import Pick
from station.views.footage import group_card, mission_row
from station.web.approvals_page import APPROVALS
from station.web.mission_page import mission_path
from station.web.office import Office, done_at, number_in, numbers_in, time_in, words_in

FOOTAGE = "/desk/footage"
GROUPS_MAX = 40
"""On one page; the rest comes up as these are placed."""
NEW = "new"
"""What stands in the place of a mission's number where it is declared on the spot."""


def add_footage(app: FastAPI, office: Office) -> None:
    def shown(request: Request, status: int = HTTPStatus.OK, refusal: str = "") -> Response:
        desk = office.signed_in(request)
        policy = desk.policy.of_person(desk.person)
        missions = open_missions(desk)
        found = footage_of(desk)
        shown_here = found[:GROUPS_MAX]
        groups = [group_card(desk.policy, group, fitting(missions, group.officer)) for group in shown_here]
        return office.page(
            request,
            "footage.html",
            status,
            refusal=refusal,
            groups=groups,
            more=len(found) - len(groups),
            missions=[mission_row(desk.policy, mission) for mission in missions],
            person=desk.person,
            activities=[(code, policy.called(code)) for code in policy.picks(Pick.ACTIVITY)],
            kinds=[(code, policy.called(code)) for code in policy.picks(Pick.KIND)],
            new=NEW,
        )

    @app.get(FOOTAGE)
    def footage_page(request: Request) -> Response:
        return shown(request)

    @app.post(FOOTAGE)
    def place_footage(request: Request) -> Response:
        def act() -> str:
            visit, desk = visit_of(request), office.signed_in(request)
            if visit.said("act") == "declare":
                return done_at(mission_path(declare(desk, _declared(desk, visit))))
            recordings = numbers_in(visit, "recording")
            if not recordings:
                raise UnfitObservationError("请先勾选资料 / tick the clips first")
            reached(desk, recordings)
            if visit.said("act") == "ask":
                return f"{APPROVALS}?recordings={','.join(map(str, recordings))}"
            new = visit.said("mission") == NEW
            mission = declare(desk, _declared(desk, visit)) if new else number_in(visit, "mission")
            place(desk, recordings, mission)
            return done_at(mission_path(mission)) if new else done_at(FOOTAGE)

        return office.done_or_again(request, act, lambda status, refusal: shown(request, status, refusal))


def _declared(desk: SignedIn, visit: Visit) -> DeclareMission:
    begun_ms = time_in(visit, "begun")
    if begun_ms is None:
        raise UnfitObservationError("请填写开始时间 / say when it began")
    officers = visit.said("officers").replace("，", ",").replace("、", ",").split(",")
    return DeclareMission(
        by=desk.person,
        activity=visit.said("activity"),
        kind=visit.said("kind"),
        on_site="on_site" in visit.form,
        emergency="emergency" in visit.form,
        officers=tuple(dict.fromkeys(one.strip() for one in officers if one.strip())),
        started_ms=begun_ms,
        ended_ms=time_in(visit, "ended"),
        cause=words_in(visit, "cause"),
        party=words_in(visit, "party"),
        number=words_in(visit, "number"),
    )
