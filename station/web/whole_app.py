"""The station's application, whole: what every door shows a part of. Adds pages; decides nothing.

Without a reader nobody takes a camera by badge, and without a desk nobody signs in: those routes are not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fastapi import FastAPI

from station.desk.kiosk import Kiosk
from station.pages.live import Live
from station.pages.signing_in import add_signing_in
from station.views.desk_words import CUSTODIAN_WORDS
from station.views.office_words import OFFICE_WORDS
from station.views.status import StatusView
from station.web.app import create_app
from station.web.approvals_page import add_approvals
from station.web.badge_acts import BadgeActs
from station.web.badges_page import add_badges_page
from station.web.cameras_page import add_cameras_page
from station.web.check_out import add_check_out
from station.web.desk import add_desk
from station.web.footage_page import add_footage
from station.web.kiosk import add_kiosk
from station.web.mission_page import add_missions
from station.web.office import DeskActs, Office
from station.web.panel_page import add_panel
from station.web.paper_page import add_paper_page
from station.web.ratio_page import add_ratio_page
from station.web.releases import add_releases


class Shown(Protocol):
    """A panel's picture, and who is told when it changes."""

    live: Live

    def png(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class AtTheDock:
    """What is done by badge."""

    badges: BadgeActs
    kiosk: Kiosk


def whole_app(
    station: str,
    read: Callable[[], StatusView],
    live: Live,
    dock: AtTheDock | None,
    desk: DeskActs | None,
    panel: Shown | None,
) -> FastAPI:
    app = create_app(station, read, live)
    if panel is not None:
        add_panel(app, station, panel.png, panel.live)
    if dock is not None:
        add_check_out(app, dock.badges)
        add_releases(app, dock.badges)
        add_kiosk(app, station, dock.kiosk)
    if desk is not None:
        add_signing_in(app, desk.visitors, station)
        office, keeping = Office(desk, station, OFFICE_WORDS), Office(desk, station, CUSTODIAN_WORDS)
        for add in (add_desk, add_footage, add_missions, add_approvals):
            add(app, office)
        for add in (add_ratio_page, add_cameras_page, add_paper_page, add_badges_page):
            add(app, keeping)
    return app
