"""`POST /api/v1/check-out`: an officer takes a camera by badge and PIN. Decides nothing: the desk does."""

from typing import Annotated

from fastapi import FastAPI
from msgspec import Meta

from station.desk.loans import check_out
from station.web.badge_acts import BadgeActs, WithPin, add_act

PATH = "/api/v1/check-out"


class _Asked(WithPin, frozen=True, forbid_unknown_fields=True, kw_only=True):
    bay: Annotated[str, Meta(min_length=1, max_length=16)]
    reason: Annotated[str, Meta(max_length=200)] = ""


def add_check_out(app: FastAPI, station: BadgeActs) -> None:
    def take(officer: str, asked: _Asked) -> dict[str, str | int]:
        offer = check_out(station.tell, station.state, asked.bay, officer, asked.reason)
        return {"officer": officer, "bay": offer.bay, "camera": offer.camera, "loan": offer.loan}

    add_act(app, PATH, station, _Asked, take)
