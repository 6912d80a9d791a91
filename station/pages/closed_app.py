"""An application that answers nothing until it is given routes: no documentation pages, strict headers on every answer.

Never reads a cookie, never logs a body, and serves no file but those of the folder `static` beside it.
"""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def closed_app(title: str) -> FastAPI:
    """Whoever builds on it adds each page by name; everything else is 404 or 405."""
    app = FastAPI(title=title, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(StrictHeaders)
    app.add_exception_handler(Exception, _failed)
    mount(app)
    return app


def mount(app: FastAPI) -> None:
    """Style, script and mark, below `/static`."""
    app.mount("/static", StaticFiles(directory=STATIC))


class StrictHeaders:
    """Around every answer; a page that wants less strict ones has to say so itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        await self._app(scope, receive, send_strictly if scope["type"] == "http" else send)


def _failed(_: Request, __: Exception) -> JSONResponse:
    """What went wrong stands in our log; whoever asked learns that it did."""
    words = {"code": "INTERNAL", "detail": "内部错误，请查看采集站日志 / internal error; see the station's log"}
    return JSONResponse(words, status_code=500, headers={**HEADERS, "Cache-Control": "no-store"})
