"""`POST /api/v1/check-out`: an officer takes a camera by badge, and by PIN where the pack asks. Decides nothing."""

from typing import Annotated, Any

from fastapi import FastAPI
from msgspec import Meta

from station.desk.choosing import Wish
from station.desk.taking import Taking, take
from station.web.badge_acts import BadgeActs, WithPin, add_act

PATH = "/api/v1/check-out"


class _Asked(WithPin, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pin: Annotated[str, Meta(max_length=64)] = ""
    bay: Annotated[str, Meta(min_length=1, max_length=16)] | None = None
    """None: the best camera of all."""
    reason: Annotated[str, Meta(max_length=200)] = ""
    shift_minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    emergency: bool = False


def add_check_out(app: FastAPI, station: BadgeActs) -> None:
    desk = Taking(station.tell, station.state, station.policy, station.now)

    def give(officer: str, asked: _Asked) -> dict[str, Any]:
        wish = Wish(officer, asked.reason, asked.shift_minutes, asked.emergency)
        opened = take(desk, wish, asked.bay or "")
        offer = opened.offer
        return {
            "officer": officer,
            "bay": offer.bay,
            "camera": offer.camera,
            "loan": offer.loan,
            "words": opened.words,
            "reminders": [{"zh": one.zh, "en": one.en} for one in opened.reminders],
        }

    add_act(app, PATH, station, _Asked, give, lambda officer: station.policy.of_person(officer).asks_pin)
