"""A page of forms of the custodian's: looked up for whoever is signed in, and an act that ends in the page again.

Decides nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response

from station.pages.guard import person_of
from station.policy.rolls import Officer
from station.views.desk_words import DONE
from station.web.office import Office


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One template. `read` looks up what it shows, for this person."""

    office: Office
    template: str
    path: str
    read: Callable[[Officer], Mapping[str, object]]

    def shown(self, request: Request, status: int = HTTPStatus.OK, refusal: str = "") -> Response:
        done = DONE.get(request.query_params.get("done", ""), "")
        read = self.read(rolled(self.office, person_of(request).id))
        return self.office.page(request, self.template, status, refusal=refusal, done=done, **read)

    def acted(self, request: Request, act: Callable[[], str]) -> Response:
        """`act` does it, and says which word of `DONE` it was."""

        def again(status: int, refusal: str) -> Response:
            return self.shown(request, status, refusal)

        return self.office.done_or_again(request, lambda: f"{self.path}?done={act()}", again)


def rolled(office: Office, person: str) -> Officer:
    """As the roll has them; somebody of no roll belongs to no department."""
    return office.station.policy.rolls.officers.get(person, Officer(person, ""))
