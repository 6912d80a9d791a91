"""What every page of forms at the desk has in common: filled for whoever is signed in, and an act that ends in a page.

A success is answered with 303, so that nothing is done twice by loading a page again; a refusal shows the form once
more with what was typed and what to do. Decides nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from station.errors import IllegalStepError, RefusedError, UnfitObservationError, WireFailedError
from station.pages.csrf import token
from station.pages.guard import person_of, visit_of
from station.pages.rendering import Pages
from station.pages.signing_in import IDLE_S
from station.policy.rolls import Officer
from station.views.desk_words import DONE
from station.web.desk import REMARK_CHARACTERS_MAX, DeskActs

_SETTLED_MEANWHILE = "此项已办理或已有变化，请看列表 / this was settled or has changed meanwhile; look at the list"
_CHOOSE = "请在列表中选择 / choose from the list"


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One template. `read` looks up what it shows, for this person."""

    station: DeskActs
    pages: Pages
    place: str
    template: str
    path: str
    read: Callable[[Officer], Mapping[str, object]]

    def shown(self, request: Request, status: int = HTTPStatus.OK, refusal: str = "") -> Response:
        visit, person = visit_of(request), person_of(request)
        page = self.pages.answer(
            self.template,
            place=self.place,
            refusal=refusal,
            done=DONE.get(request.query_params.get("done", ""), ""),
            form_key=token(self.station.visitors.form_key, visit.cookie),
            said=visit.said,
            words_max=REMARK_CHARACTERS_MAX,
            idle_s=IDLE_S,
            **self.read(rolled(self.station, person.id)),
        )
        page.status_code = status
        return page

    def acted(self, request: Request, act: Callable[[], str]) -> Response:
        """`act` does it, and says which word of `DONE` it was."""
        try:
            return RedirectResponse(f"{self.path}?done={act()}", HTTPStatus.SEE_OTHER)
        except RefusedError as refused:
            return self.shown(request, HTTPStatus.CONFLICT, self._said(request, refused))
        except UnfitObservationError as unfit:
            return self.shown(request, HTTPStatus.CONFLICT, str(unfit))
        except IllegalStepError:
            return self.shown(request, HTTPStatus.CONFLICT, _SETTLED_MEANWHILE)
        except WireFailedError as error:
            return self.shown(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))

    def _said(self, request: Request, refused: RefusedError) -> str:
        """In the words of the pack of the person's own department."""
        policy = self.station.policy.of_person(person_of(request).id)
        return " / ".join(policy.said(policy.finds(refused.code, refused.rule)))


def rolled(station: DeskActs, person: str) -> Officer:
    """As the roll has them; somebody of no roll belongs to no department."""
    return station.policy.rolls.officers.get(person, Officer(person, ""))


def number_said(request: Request, field: str) -> int:
    """What was chosen from a list of numbers."""
    typed = visit_of(request).said(field)
    if not typed.isascii() or not typed.isdigit():
        raise UnfitObservationError(_CHOOSE)
    return int(typed)


def words_said(request: Request, field: str) -> str:
    return visit_of(request).said(field).strip()[:REMARK_CHARACTERS_MAX]
