"""The pages of signing in and out and of changing one's password. Whole without script; no password comes back in one.

Never says which of name and password was wrong. Who may try, and how often, `visitors` and the lock-out decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from station.errors import RefusedError, WireFailedError
from station.pages.csrf import token
from station.pages.guard import PASSWORD, SIGN_IN, person_of, visit_of
from station.pages.lock_out import LockedOutError
from station.pages.passwords import LONGEST, Password, UnfitPasswordError
from station.pages.rendering import Pages
from station.pages.sessions import COOKIE, FORM_COOKIE, new_id
from station.pages.visitors import Visitors, WrongNameOrPasswordError
from station.pages.words import SIGN_IN_WORDS

SIGN_OUT, HOME = "/sign-out", "/desk"
_NOT_TWICE = "两次输入的新密码不同 / the new password was not typed the same way twice"


def add_signing_in(app: FastAPI, visitors: Visitors, place: str) -> None:
    """`place` is what the pages say they belong to."""
    forms = _Forms(Pages(Path(__file__).parent / "templates", SIGN_IN_WORDS), visitors, place)

    @app.get(SIGN_IN)
    def sign_in_page(request: Request) -> Response:
        return _see(HOME) if visit_of(request).person is not None else forms.sign_in(request)

    @app.post(SIGN_IN)
    def sign_in(request: Request) -> Response:
        visit = visit_of(request)
        if visit.person is not None:
            return _see(HOME)

        def proved() -> Response:
            cookie = visitors.sign_in(visit.said("name").strip().lower(), Password(visit.said("password")))
            return _with_cookie(_see(HOME), COOKIE, cookie)

        return _or_again(proved, lambda status, refusal: forms.sign_in(request, status, refusal))

    @app.post(SIGN_OUT)
    def sign_out(request: Request) -> Response:
        visitors.sign_out(visit_of(request).cookie)
        gone = _see(SIGN_IN)
        gone.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
        return gone

    @app.get(PASSWORD)
    def password_page(request: Request) -> Response:
        return forms.password(request)

    @app.post(PASSWORD)
    def change_password(request: Request) -> Response:
        visit, person = visit_of(request), person_of(request)

        def changed() -> Response:
            if visit.said("new") != visit.said("again"):
                raise UnfitPasswordError("PASSWORD_NOT_TWICE", _NOT_TWICE)
            old, new = Password(visit.said("old")), Password(visit.said("new"))
            return _with_cookie(_see(HOME), COOKIE, visitors.change_password(person.account, old, new))

        return _or_again(changed, lambda status, refusal: forms.password(request, status, refusal))


@dataclass(frozen=True, slots=True)
class _Forms:
    """As they are shown first, and again with what to do."""

    pages: Pages
    visitors: Visitors
    place: str

    def sign_in(self, request: Request, status: int = HTTPStatus.OK, refusal: str = "") -> Response:
        """A stranger's form is given to a cookie of its own, which is no session's."""
        cookie = visit_of(request).cookie or new_id()
        shown = self._filled("sign_in.html", cookie, status, refusal=refusal)
        return _with_cookie(shown, FORM_COOKIE, cookie)

    def password(self, request: Request, status: int = HTTPStatus.OK, refusal: str = "") -> Response:
        visit, person = visit_of(request), person_of(request)
        return self._filled("password.html", visit.cookie, status, refusal=refusal, person=person)

    def _filled(self, template: str, cookie: str, status: int, **shown: object) -> Response:
        form_key = token(self.visitors.form_key, cookie)
        page = self.pages.answer(template, place=self.place, form_key=form_key, longest=LONGEST, **shown)
        page.status_code = status
        return page


def _or_again(act: Callable[[], Response], form: Callable[[int, str], Response]) -> Response:
    """What came of it; or the form once more, with what to do."""
    try:
        return act()
    except LockedOutError as locked:
        return _locked_out(locked, form)
    except WrongNameOrPasswordError as refused:
        return form(HTTPStatus.FORBIDDEN, str(refused))
    except RefusedError as refused:
        return form(HTTPStatus.CONFLICT, str(refused))
    except WireFailedError as error:
        return form(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


def _locked_out(locked: LockedOutError, form: Callable[[int, str], Response]) -> Response:
    if locked.wait_ms is not None:
        shown = form(HTTPStatus.TOO_MANY_REQUESTS, str(locked))
        shown.headers["Retry-After"] = str(-(-locked.wait_ms // 1_000))
        return shown
    words = "密码错误次数过多，请技术人员重设密码 / too many wrong passwords; ask the technician for a new one"
    return form(HTTPStatus.TOO_MANY_REQUESTS, words)


def _see(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _with_cookie(response: Response, name: str, value: str) -> Response:
    """For this host over HTTPS, out of reach of any script, and sent along by no other site's page."""
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="strict")
    return response
