"""Stands before an application at one of its doors: every request is asked for in the table of lines, or refused.

The routes asked about are the application's own, found as the application finds them; one without a line is nobody's.
At the desk a form is read here, and goes no further unless we gave it to this very browser. Never decides whether an
act is permitted: who may come in is not yet who may do it.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.errors import WireFailedError
from station.pages.closed_app import StrictHeaders
from station.pages.csrf import FORM_BYTES_MAX, Form, from_our_page, is_ours, read_form
from station.pages.roles import Answer, Door, Line, Lines, answer
from station.pages.sessions import COOKIE, FORM_COOKIE, IDLE_MS
from station.pages.visitors import Person, Visitors

SIGN_IN, PASSWORD = "/sign-in", "/password"
_SAFE = ("GET", "HEAD")
_REFUSALS = {
    "NOT_YOURS": "此处不对您开放 / this is not open to you here",
    "SIGN_IN_FIRST": "请先登录 / sign in first",
    "CHANGE_PASSWORD_FIRST": "请先修改初始密码 / change the password you were given first",
    "FORM_NOT_OURS": "页面已过期，请重新打开 / the page is out of date; open it again",
}
_VISIT = "visit"
_LEAVES_AFTER_S = IDLE_MS // 1_000 + 5
"""When nobody is signed in any more."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, and what they filled in."""

    cookie: str
    person: Person | None
    form: Form = field(default_factory=dict)

    def said(self, name: str) -> str:
        """What stands in the one field of this name; empty where there is none."""
        values = self.form.get(name, ())
        return values[0] if len(values) == 1 else ""


def visit_of(request: Request) -> Visit:
    """At the desk alone: the screen knows nobody."""
    visit: Visit = getattr(request.state, _VISIT)
    return visit


def person_of(request: Request) -> Person:
    """On routes that no stranger reaches."""
    person = visit_of(request).person
    if person is None:
        raise LookupError("a line lets strangers in where a person is needed")
    return person


def guarded(app: FastAPI, lines: Lines, visitors: Visitors | None = None) -> ASGIApp:
    """The application as one door shows it: the desk with its visitors, the screen with none."""
    return StrictHeaders(_Guard(app, lines, visitors))


class _Guard:
    def __init__(self, app: FastAPI, lines: Lines, visitors: Visitors | None) -> None:
        self._app = app
        self._lines = lines
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = self._path(scope)
        if path is None:  # nobody's page: the application says 404 or 405, and has nothing else to say
            await self._app(scope, receive, send)
            return
        line = self._lines.get((request.method, path))
        try:
            if self._visitors is None:
                refused = _at_screen(request, line)
            else:
                refused = await _at_desk(request, line, self._visitors)
        except WireFailedError as error:
            refused = _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "ASK_AGAIN", str(error))
        leaves = refused is None and self._visitors is not None and _is_of_somebody(line)
        await (refused or self._app)(scope, receive, _leaving(send) if leaves else send)

    def _path(self, scope: Scope) -> str | None:
        for route in self._app.routes:
            if route.matches(scope)[0] is Match.FULL:
                return str(getattr(route, "path", ""))
        return None


def _is_of_somebody(line: Line | None) -> bool:
    """A page that shows what is for one person who sits there."""
    return line is not None and bool(line.roles) and not (line.stranger or line.unattended)


def _leaving(send: Send) -> Send:
    """A page that nobody stays signed in for goes by itself, with and without script, and with it what it shows."""

    async def send_leaving(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                headers["Refresh"] = f"{_LEAVES_AFTER_S};url={SIGN_IN}"
        await send(message)

    return send_leaving


def _at_screen(request: Request, line: Line | None) -> Response | None:
    if answer(line, Door.SCREEN, None) is not Answer.OPEN:
        return _refusal(HTTPStatus.FORBIDDEN, "NOT_YOURS")
    if request.method not in _SAFE and not from_our_page(request.headers):
        return _refusal(HTTPStatus.FORBIDDEN, "FORM_NOT_OURS")
    return None


async def _at_desk(request: Request, line: Line | None, visitors: Visitors) -> Response | None:
    """The refusal, or None: then the visit stands in the request's state."""
    attended = line is not None and not line.unattended
    cookie = request.cookies.get(COOKIE)
    person = await run_in_threadpool(visitors.who, cookie, attended=attended)
    if person is None:
        cookie = request.cookies.get(FORM_COOKIE)
    given = person is not None and person.given_password
    verdict = answer(line, Door.DESK, None if person is None else person.roles, given_password=given)
    if verdict is not Answer.OPEN:
        return _turned_away(request, verdict)
    form: Form = {}
    if request.method not in _SAFE:
        read = await _form(request) if from_our_page(request.headers) else None
        if read is None or not is_ours(visitors.form_key, cookie, read):
            return _turned_away(request, Answer.SIGN_IN if person is None else None)
        form = read
    request.scope.setdefault("state", {})[_VISIT] = Visit(cookie or "", person, form)
    return None


async def _form(request: Request) -> Form | None:
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > FORM_BYTES_MAX:
            return None
    return read_form(request.headers.get("content-type", ""), content)


def _turned_away(request: Request, verdict: Answer | None) -> Response:
    """A page is shown the way; a program is told. None: the form is not ours."""
    page = not request.url.path.startswith("/api/")
    if verdict is Answer.SIGN_IN:
        return _see(SIGN_IN) if page else _refusal(HTTPStatus.UNAUTHORIZED, "SIGN_IN_FIRST")
    if verdict is Answer.CHANGE_PASSWORD:
        return _see(PASSWORD) if page else _refusal(HTTPStatus.FORBIDDEN, "CHANGE_PASSWORD_FIRST")
    return _refusal(HTTPStatus.FORBIDDEN, "FORM_NOT_OURS" if verdict is None else "NOT_YOURS")


def _see(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _refusal(status: int, code: str, detail: str = "") -> Response:
    return JSONResponse({"code": code, "detail": detail or _REFUSALS[code]}, status_code=status)
