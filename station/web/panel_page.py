"""`/panel`: what the panel at the dock shows at this moment, the very picture. Open as the status page is."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import Markup

from station.pages.live import Live
from station.pages.rendering import Pages
from station.pages.updates import Watched, revision

PANEL_PAGE_WORDS: Mapping[str, str] = {
    "Panel": "显示屏",
    "The panel shows nothing now; the status page says why": "显示屏目前无画面，原因见站端状态页",
    "Station status": "站端状态",
}


def add_panel(app: FastAPI, station: str, picture: Callable[[], bytes | None], live: Live) -> None:
    """`picture` is a PNG, or None while the panel shows nothing; whoever changes it calls `live.changed()`."""
    pages = Pages(Path(__file__).parent / "templates", PANEL_PAGE_WORDS)

    def fragments() -> Mapping[str, Markup]:
        shown = picture()
        version = "" if shown is None else sha256(shown).hexdigest()[:16]
        return {"panel": Markup(pages.render("panel_picture.html", version=version))}  # noqa: S704 - templates escape

    watched = Watched(live, pages.edition, fragments)

    @app.get("/panel")
    def panel_page() -> HTMLResponse:
        shown = fragments()
        changes = revision(pages.edition, shown)
        return pages.answer("panel.html", station=station, fragments=shown, revision=changes)

    @app.get("/panel/live")
    async def live_panel(request: Request) -> Response:
        return watched.updates(request)

    @app.get("/panel.png")
    def panel_png() -> Response:
        shown = picture()
        if shown is None:
            return PlainTextResponse("显示屏无画面 / the panel shows nothing\n", HTTPStatus.SERVICE_UNAVAILABLE)
        return Response(shown, media_type="image/png")
