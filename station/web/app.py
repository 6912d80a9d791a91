"""The station's status page, its live updates and its JSON. Reads one view, and writes nothing anywhere.

Open to whoever reaches it, so it can show only what hangs on the wall anyway; every other path is 404 or 405.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import Markup

from station.pages.closed_app import closed_app
from station.pages.live import Live
from station.pages.rendering import Pages
from station.pages.updates import Watched
from station.stamp import beijing
from station.views.charge import CHARGE_CALLED, CHARGE_WORDS, Charge
from station.views.status import StatusView
from station.views.wall_clock import clock_text
from station.views.words import CALLED, STATUS_WORDS

_COLUMNS = ((2, 2), (3, 3), (4, 4), (6, 3), (8, 4), (10, 5), (18, 6))
"""On a wall: up to so many bays, so many columns."""
_COLUMNS_MAX = 8
_BAY = "bay-"
"""What the id of a bay's element begins with."""


def create_app(station: str, read: Callable[[], StatusView], live: Live) -> FastAPI:
    """`read` is called often, from any thread; whoever changes what it reads calls `live.changed()`."""
    pages = Pages(Path(__file__).parent / "templates", {**STATUS_WORDS, **CHARGE_WORDS})
    app = closed_app(f"Dockward {station}")
    watched = Watched(live, pages.edition, lambda: fragments(pages, read()))

    @app.get("/")
    async def status_page() -> HTMLResponse:
        shown = await watched.shown()
        bays = [element.removeprefix(_BAY) for element in shown.fragments if element.startswith(_BAY)]
        return pages.answer(
            "status.html",
            station=station,
            bays=bays,
            columns=columns(len(bays)),
            fragments=shown.fragments,
            revision=shown.revision,
        )

    @app.get("/live")
    async def live_updates(request: Request) -> Response:
        return watched.updates(request)

    @app.get("/api/v1/status")
    def status_json() -> Response:
        return Response(msgspec.json.encode(read()), media_type="application/json")

    @app.get("/healthz")
    def healthy() -> PlainTextResponse:
        """The loop turns and the state can be read; anything else is an error or no answer."""
        read()
        return PlainTextResponse("ok\n")

    return app


def fragments(pages: Pages, view: StatusView) -> Mapping[str, Markup]:
    """Each element of the page that changes by itself, by its id."""
    shown = {
        "facts": pages.render("facts.html", view=view, beijing=f"{beijing(view.at_ms):%Y-%m-%d %H:%M}"),
        "troubles": pages.render("troubles.html", view=view),
        "loans": pages.render("loans.html", view=view, clock=clock_text),
    }
    for bay in view.bays:
        tone, called = CALLED[bay.condition]
        charge = _charge(bay.charge)
        shown[f"{_BAY}{bay.bay}"] = pages.render("bay.html", bay=bay, tone=tone, called=called, charge=charge)
    return {element: Markup(html) for element, html in shown.items()}  # noqa: S704 - templates escaped it


def _charge(charge: Charge | None) -> Mapping[str, str | None] | None:
    """As it is written on the page: what it does, how full it is, and when it is ready by the clock on the wall."""
    if charge is None:
        return None
    percent = None if charge.percent is None else f"{charge.percent} %"
    early, late = _clock(charge.ready_ms), _clock(charge.latest_ms)
    return {"called": CHARGE_CALLED[charge.state], "percent": percent, "early": early, "late": late}


def _clock(utc_ms: int | None) -> str | None:
    return None if utc_ms is None else clock_text(utc_ms)


def columns(bays: int) -> int:
    """Rows as full as they can be, tiles as large as they can be."""
    return next((wide for up_to, wide in _COLUMNS if bays <= up_to), _COLUMNS_MAX)
