"""Acts that a person does by badge and PIN, asked by pages of this machine alone.

How often a PIN may be tried, the lock-out says. Never shows or repeats what was sent: a PIN is in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from msgspec import Meta
from starlette.concurrency import run_in_threadpool

from station.custody.facts import Fact
from station.custody.observations import PersonsAct
from station.custody.state import State
from station.desk.badge_desk import BadgeDesk
from station.desk.badge_sign_in import SignInRefusedError, always
from station.desk.refusal_words import words_of
from station.desk.taking import NotLentError
from station.errors import RefusedError, WireFailedError
from station.pages.lock_out import LockedOutError
from station.pages.pins import Pin
from station.policy.permits import Policy
from station.stamp import Stamp
from station.web.from_here import body, from_here

_NOT_FROM_HERE = "只限本机页面 / only pages of this machine may ask; use the station's own screen"
_NOT_UNDERSTOOD = "看不懂的请求 / not a question of this station's; send JSON as the README describes it"


class WithPin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every such act is asked with."""

    pin: Annotated[str, Meta(max_length=64)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


Asked = TypeVar("Asked", bound=WithPin)


@dataclass(frozen=True, slots=True)
class BadgeActs:
    """What the station does for them, each callable from any thread."""

    desk: BadgeDesk
    tell: Callable[[PersonsAct], tuple[Fact, ...]]
    state: Callable[[], State]
    policy: Policy
    now: Callable[[], Stamp]
    show: Callable[[RefusedError, str], None]
    """The words of a refusal, to whoever stands at the dock."""

    def said(self, refused: RefusedError) -> str:
        return " / ".join(words_of(refused, self.policy))


def add_act(
    app: FastAPI,
    path: str,
    station: BadgeActs,
    kind: type[Asked],
    act: Callable[[str, Asked], Any],
    asks_pin: Callable[[str], bool] = always,
) -> None:
    """`act` is given who signed in, and what was asked; it answers JSON, or raises what is refused.

    `asks_pin`: whether this officer's badge alone is not enough for it; no PIN is an empty one.
    """
    reader = msgspec.json.Decoder(kind)

    def signed_in(asked: Asked) -> str:
        pin = Pin(asked.pin) if asked.pin else None
        return station.desk.sign_in(pin, station.now(), asks_pin).id

    def answered(asked: Asked) -> Response:
        return _answer(station, lambda: act(signed_in(asked), asked))

    @app.post(path)
    async def by_badge(request: Request) -> Response:
        if not _json_from_here(request):
            return _refusal(HTTPStatus.FORBIDDEN, "NOT_FROM_HERE", _NOT_FROM_HERE)
        asked = await _read(request, reader)
        if asked is None:
            return _refusal(HTTPStatus.BAD_REQUEST, "NOT_UNDERSTOOD", _NOT_UNDERSTOOD)
        return await run_in_threadpool(answered, asked)


def _answer(station: BadgeActs, act: Callable[[], Any]) -> Response:
    try:
        return JSONResponse(_acted(station, act))
    except LockedOutError as locked:
        wait = {} if locked.wait_ms is None else {"Retry-After": str(-(-locked.wait_ms // 1_000))}
        return _refusal(HTTPStatus.TOO_MANY_REQUESTS, locked.code, str(locked), wait)
    except SignInRefusedError as refused:
        return _refusal(HTTPStatus.FORBIDDEN, refused.code, str(refused))
    except NotLentError as refused:
        return _refusal(HTTPStatus.CONFLICT, refused.code, str(refused), emergency=refused.emergency)
    except RefusedError as refused:
        return _refusal(HTTPStatus.CONFLICT, refused.code, station.said(refused))
    except WireFailedError as error:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "ASK_AGAIN", str(error))


def _acted(station: BadgeActs, act: Callable[[], Any]) -> Any:
    """What is refused is refused on the panel too."""
    try:
        return act()
    except RefusedError as refused:
        station.show(refused, station.said(refused))
        raise


def _json_from_here(request: Request) -> bool:
    """Another site's page in this machine's browser has no name of ours, or no JSON."""
    return from_here(request) and request.headers.get("content-type") == "application/json"


async def _read(request: Request, reader: msgspec.json.Decoder[Asked]) -> Asked | None:
    try:
        content = await body(request)
        return None if content is None else reader.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _refusal(status: int, code: str, detail: str, headers: dict[str, str] | None = None, **beside: bool) -> Response:
    return JSONResponse({"code": code, "detail": detail, **beside}, status_code=status, headers=headers)
