"""A department's cameras against its officers, from the rolls and what this station saw. Shows counts, no persons.

Whoever supervises several departments, and whoever looks after the machine, sees every one of them.
"""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import Response

from station.custody.known_cameras import known_cameras
from station.pages.roles import ROLES, Scope
from station.policy.rolls import Officer
from station.views.ratio import departments_seen, ratio_view
from station.web.desk_pages import DeskPage
from station.web.office import Office

RATIO = "/desk/ratio"
_EVERY_DEPARTMENT = frozenset({Scope.AREA, Scope.STATION, Scope.RULES})


def add_ratio_page(app: FastAPI, office: Office) -> None:
    station = office.station

    def read(who: Officer) -> Mapping[str, object]:
        at, state, rolls = station.now(), station.state(), station.policy.rolls
        everywhere = any(ROLES[role].scope in _EVERY_DEPARTMENT for role in who.roles & ROLES.keys())
        units = departments_seen(rolls) if everywhere else (who.unit,)
        known = known_cameras(state, at)
        return {"departments": [ratio_view(station.policy, unit, known, at) for unit in units]}

    page = DeskPage(office, "desk_ratio.html", RATIO, read)

    @app.get(RATIO)
    def ratio(request: Request) -> Response:
        return page.shown(request)
