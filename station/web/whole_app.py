"""The station's application, whole: what every door shows a part of. Adds pages; decides nothing.

Without a reader nobody takes a camera by badge, and without a desk nobody signs in: those routes are not there.
"""

from collections.abc import Callable
from typing import Protocol

from fastapi import FastAPI

from station.pages.live import Live
from station.pages.signing_in import add_signing_in
from station.views.status import StatusView
from station.web.app import create_app
from station.web.badge_acts import BadgeActs
from station.web.badges_page import add_badges_page
from station.web.cameras_page import add_cameras_page
from station.web.check_out import add_check_out
from station.web.desk import DeskActs, add_desk
from station.web.panel_page import add_panel
from station.web.paper_page import add_paper_page
from station.web.ratio_page import add_ratio_page
from station.web.releases import add_releases


class Shown(Protocol):
    """A panel's picture, and who is told when it changes."""

    live: Live

    def png(self) -> bytes | None: ...


def whole_app(
    station: str,
    read: Callable[[], StatusView],
    live: Live,
    badges: BadgeActs | None,
    desk: DeskActs | None,
    panel: Shown | None,
) -> FastAPI:
    app = create_app(station, read, live)
    if panel is not None:
        add_panel(app, station, panel.png, panel.live)
    if badges is not None:
        add_check_out(app, badges)
        add_releases(app, badges)
    if desk is not None:
        add_signing_in(app, desk.visitors, station)
        for add in (add_desk, add_ratio_page, add_cameras_page, add_paper_page, add_badges_page):
            add(app, desk, station)
    return app
