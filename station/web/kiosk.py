"""`/kiosk`: the one screen at the dock, for gloves and keypads, with and without script. Decides nothing.

Only pages of this machine touch it. What was sent is never shown again or repeated: a PIN may be in it.
"""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

import segno
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from station.desk.kiosk import Kiosk
from station.desk.kiosk_screens import REASONS, SlipShown
from station.pages.csrf import read_form
from station.pages.rendering import Pages
from station.pages.updates import Watched, revision
from station.views.kiosk import KioskView, kiosk_view
from station.views.kiosk_words import KIOSK_WORDS
from station.views.wall_clock import clock_text
from station.web.from_here import body, from_here

PATH, TOUCH = "/kiosk", "/kiosk/touch"
_TURN_DIGITS_MAX = 12
_QUIET_ZONE = 4
"""Light squares around a QR code; readers want four."""


def add_kiosk(app: FastAPI, station: str, kiosk: Kiosk) -> None:
    pages = Pages(Path(__file__).parent / "templates", KIOSK_WORDS)

    def view() -> KioskView:
        held = kiosk.held()
        files = kiosk.files(held.screen) if isinstance(held.screen, SlipShown) else None
        return kiosk_view(held, kiosk.trouble, files)

    def fragments(shown: KioskView) -> Mapping[str, Markup]:
        qr = _qr(shown.slip.qr) if shown.slip is not None else Markup()
        html = pages.render("kiosk_screen.html", view=shown, reasons=REASONS, qr=qr, clock=clock_text)
        return {"kiosk": Markup(html)}  # noqa: S704 - templates escape

    watched = Watched(kiosk.live, pages.edition, lambda: fragments(view()))

    @app.get(PATH)
    def kiosk_page() -> HTMLResponse:
        shown = view()
        drawn = fragments(shown)
        changes = revision(pages.edition, drawn)
        return pages.answer("kiosk.html", station=station, fragments=drawn, revision=changes, view=shown)

    @app.get(f"{PATH}/live")
    async def live_kiosk(request: Request) -> Response:
        return watched.updates(request)

    @app.post(TOUCH)
    async def touched(request: Request) -> Response:
        if not from_here(request):
            return PlainTextResponse("只限本机页面 / only pages of this machine\n", HTTPStatus.FORBIDDEN)
        content = await body(request)
        form = None if content is None else read_form(request.headers.get("content-type", ""), content)
        said = {name: values[0] for name, values in (form or {}).items() if len(values) == 1}
        turn = said.get("turn", "")
        if turn.isascii() and turn.isdigit() and len(turn) <= _TURN_DIGITS_MAX:
            await run_in_threadpool(kiosk.touch, int(turn), said.get("touch", ""), said.get("typed", ""))
        return RedirectResponse(PATH, HTTPStatus.SEE_OTHER)


@lru_cache(1)
def _qr(text: str) -> Markup:
    """Dark on light in every light: readers expect it so."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, border=_QUIET_ZONE, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - numbers alone; the text is squares
