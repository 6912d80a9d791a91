"""What the office's pages share: who is signed in and how far they reach, forms, and how what is refused is said.

A form that was taken leads on to a page (303), so that nothing is sent twice; one that was not comes back as it was
typed, with what to do. Decides nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from station.custody.facts import Fact
from station.custody.observations import PersonsAct
from station.custody.state import State
from station.desk.paper import wall_ms
from station.desk.signed_in import SignedIn
from station.errors import IllegalStepError, RefusedError, UnfitObservationError, WireFailedError
from station.pages.csrf import token
from station.pages.guard import Visit, person_of, visit_of
from station.pages.rendering import Pages
from station.pages.visitors import Visitors
from station.pages.words import SIGN_IN_WORDS
from station.policy.permits import Policy
from station.stamp import Stamp
from station.store.desk_tables import DeskTables
from station.views.words import DESK_WORDS

WORDS_MAX = 400
"""Of one field: a form is read whole before it is known to be ours, so it is small."""
_DIGITS_MAX = 15
Again = Callable[[int, str], Response]
"""The page once more, by the status and what was refused."""
_UNFIT = "填写不完整或者有误，请核对后重试"
_NOT_NOW = "此项已办理或已有变化，请核对页面 / this was settled or has changed meanwhile; look at the page again"


@dataclass(frozen=True, slots=True)
class DeskActs:
    """What the station does for whoever is signed in, each callable from any thread."""

    visitors: Visitors
    tell: Callable[[PersonsAct], tuple[Fact, ...]]
    state: Callable[[], State]
    policy: Policy
    now: Callable[[], Stamp]
    tables: DeskTables


class Office:
    """The templates of this room, and the station behind them."""

    def __init__(self, station: DeskActs, place: str, words: Mapping[str, str]) -> None:
        self.station = station
        self._place = place
        self._pages = Pages(Path(__file__).parent / "templates", {**SIGN_IN_WORDS, **DESK_WORDS, **words})

    def signed_in(self, request: Request) -> SignedIn:
        station, person = self.station, person_of(request)
        at_ms = station.now().utc_ms
        return SignedIn(person.id, person.roles, station.policy, at_ms, station.state(), station.tables, station.tell)

    def page(self, request: Request, template: str, status: int = HTTPStatus.OK, **shown: object) -> Response:
        visit = visit_of(request)
        answer = self._pages.answer(
            template,
            place=self._place,
            form_key=token(self.station.visitors.form_key, visit.cookie),
            words_max=WORDS_MAX,
            typed=_Typed(visit),
            **({"refusal": "", "done": "Done" if "done" in request.query_params else ""} | shown),
        )
        answer.status_code = status
        return answer

    def done_or_again(self, request: Request, act: Callable[[], str], again: Again) -> Response:
        """On to where the act leads; or the same page once more, with what to do."""
        return self.or_again(request, lambda: RedirectResponse(act(), HTTPStatus.SEE_OTHER), again)

    def or_again(self, request: Request, act: Callable[[], Response], again: Again) -> Response:
        try:
            return act()
        except RefusedError as refused:
            return again(HTTPStatus.CONFLICT, self.said(request, refused))
        except UnfitObservationError as unfit:
            words = str(unfit)
            return again(HTTPStatus.UNPROCESSABLE_ENTITY, words if " / " in words else f"{_UNFIT} / {words}")
        except IllegalStepError:
            return again(HTTPStatus.CONFLICT, _NOT_NOW)
        except WireFailedError as error:
            return again(HTTPStatus.SERVICE_UNAVAILABLE, str(error))

    def said(self, request: Request, refused: RefusedError) -> str:
        """In the words of the pack of whoever asks."""
        policy = self.station.policy.of_person(person_of(request).id)
        return " / ".join(policy.said(policy.finds(refused.code, refused.rule)))


class _Typed:
    """What was typed in the form that comes back, for its fields to hold once more. Each form has a hidden `key`."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def __call__(self, form: str, name: str, otherwise: str = "") -> str:
        """What stood in the field before, where it was another form that came back."""
        return self._visit.said(name) if self._visit.said("key") == form else otherwise

    def ticked(self, form: str, name: str, value: str, *, otherwise: bool = False) -> bool:
        return value in self._visit.form.get(name, ()) if self._visit.said("key") == form else otherwise


def done_at(path: str) -> str:
    """Where it says that something was done."""
    return f"{path}?done"


def words_in(visit: Visit, name: str) -> str:
    return visit.said(name).strip()[:WORDS_MAX]


def number_in(visit: Visit, name: str) -> int:
    """A whole number, or whoever filled it in is asked again."""
    return _number(visit.said(name))


def numbers_in(visit: Visit, name: str) -> tuple[int, ...]:
    """Of fields ticked, and of a field that lists them."""
    listed = ",".join(visit.form.get(name, ())).replace("，", ",").replace("、", ",").replace(" ", ",")
    return tuple(dict.fromkeys(_number(one) for one in listed.split(",") if one))


def time_in(visit: Visit, name: str) -> int | None:
    """By the clock on the wall; None where nothing was filled in."""
    typed = visit.said(name)
    return wall_ms(typed) if typed else None


def _number(typed: str) -> int:
    typed = typed.strip()
    if not typed:
        raise UnfitObservationError("请选择或者填写编号 / choose one, or type its number")
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS_MAX):
        raise UnfitObservationError("编号应为数字，请核对 / a number is digits alone; look at it again")
    return int(typed)


def one_of(found: Mapping[str, Callable[[], None]], act: str) -> None:
    """What the button said; no other page of ours says anything else."""
    if act not in found:
        raise UnfitObservationError("请选择要办理的事项 / choose what is to be done")
    found[act]()
