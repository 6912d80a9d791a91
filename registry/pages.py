"""The registry's own page: which stations there are, how far each is witnessed, and what could not be believed.

Read only, and on loopback alone until people can sign in.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import Markup

from registry.fleet import FleetView
from registry.rolls_page import RATIO_PAGE_WORDS, RatioView, nothing_configured
from station.pages.closed_app import closed_app
from station.pages.live import Live
from station.pages.rendering import Pages
from station.pages.updates import Watched, revision

REGISTRY_WORDS: Mapping[str, str] = {
    "Registry of body-worn recordings": "执法音像资料登记中心",
    "Station": "采集站",
    "Stations": "采集站",
    "State": "状态",
    "online": "在线",
    "offline": "离线",
    "Last heard (UTC)": "最近通信（UTC）",
    "never": "从未",
    "Journal at start": "启动时日志条数",
    "Witnessed": "已见证",
    "Alarms": "告警",
    "Time (UTC)": "时间（UTC）",
    "Code": "代码",
    "What to do": "处理办法",
    "No station is enrolled yet": "尚无已登记的采集站",
    "No alarms": "无告警",
    "Trouble": "故障",
    "Every journal is one history so far": "目前每条日志均只有一份历史",
    **RATIO_PAGE_WORDS,
}


def create_pages(
    read: Callable[[], FleetView], live: Live, ratio: Callable[[], RatioView] = nothing_configured
) -> FastAPI:
    """`read` is called on threads and on the event loop; whoever changes what it reads calls `live.changed()`."""
    pages = Pages(Path(__file__).parent / "templates", REGISTRY_WORDS)
    app = closed_app("Dockward registry")
    watched = Watched(live, pages.edition, lambda: fragments(pages, read()))

    @app.get("/")
    def fleet_page() -> HTMLResponse:
        view = read()
        shown = fragments(pages, view)
        return pages.answer(
            "fleet.html", registry=view.registry, fragments=shown, revision=revision(pages.edition, shown)
        )

    @app.get("/live")
    async def live_updates(request: Request) -> Response:
        return watched.updates(request)

    @app.get("/api/v1/fleet")
    def fleet_json() -> Response:
        return Response(msgspec.json.encode(read()), media_type="application/json")

    @app.get("/ratio")
    def ratio_page() -> HTMLResponse:
        return pages.answer("ratio.html", view=ratio())

    @app.get("/api/v1/ratio")
    def ratio_json() -> Response:
        return Response(msgspec.json.encode(ratio()), media_type="application/json")

    @app.get("/healthz")
    def healthy() -> PlainTextResponse:
        """Requests are answered and the books can be read; anything else is an error or no answer."""
        read()
        return PlainTextResponse("ok\n")

    return app


def fragments(pages: Pages, view: FleetView) -> Mapping[str, Markup]:
    shown = {name: pages.render(f"{name}.html", view=view) for name in ("trouble", "stations", "alarms")}
    return {element: Markup(html) for element, html in shown.items()}  # noqa: S704 - templates escaped it
