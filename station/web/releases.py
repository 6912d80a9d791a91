"""`POST /api/v1/releases`: footage is released for clearing by badge and PIN. Decides nothing: the desk does."""

from typing import Annotated, Any

from fastapi import FastAPI
from msgspec import Meta

from station.desk.releases import release
from station.web.badge_acts import BadgeActs, WithPin, add_act

PATH = "/api/v1/releases"


class _Asked(WithPin, frozen=True, forbid_unknown_fields=True, kw_only=True):
    bays: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=16)], ...], Meta(max_length=64)] = ()
    """None named: every bay that waits for it."""
    remark: Annotated[str, Meta(max_length=200)] = ""


def add_releases(app: FastAPI, station: BadgeActs) -> None:
    def give(custodian: str, asked: _Asked) -> dict[str, Any]:
        released = release(station.tell, station.state(), station.policy, custodian, asked.bays, asked.remark)
        return {"custodian": custodian, "recordings": released}

    add_act(app, PATH, station, _Asked, give)
