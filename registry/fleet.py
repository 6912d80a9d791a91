"""The fleet as plain values: each station, when it was heard, how far it is witnessed, and every alarm.

Numbers and station ids only; reads, and changes nothing.
"""

import msgspec
from msgspec import Struct

from registry.alarm_words import said
from registry.enrolments import Enrolments
from registry.ledger import Ledger
from registry.mirror import Mirror
from registry.presence import Presence, read_presence
from station.stamp import utc_text


class StationLine(Struct, frozen=True):
    station: str
    online: bool
    heard_at: str
    """When it last said something; empty where it never did."""
    journal_size: int
    """As it said at its last birth."""
    witnessed_size: int
    alarms: int


class AlarmLine(Struct, frozen=True):
    station: str
    code: str
    at: str
    zh: str = ""
    en: str = ""
    """What to do about it."""


class FleetView(Struct, frozen=True):
    registry: str
    trouble: str
    stations: tuple[StationLine, ...]
    alarms: tuple[AlarmLine, ...]


ALARMS_SHOWN = 50


class Fleet:
    def __init__(self, registry: str, enrolments: Enrolments, ledger: Ledger, mirror: Mirror) -> None:
        self._registry = registry
        self._enrolments = enrolments
        self._ledger = ledger
        self._mirror = mirror

    def view(self, trouble: str) -> FleetView:
        alarms = self._ledger.alarm_counts()
        sightings = self._ledger.sightings()
        lines = []
        for enrolment in self._enrolments.every():
            sighting = sightings.get(enrolment.station)
            presence = _presence(sighting.state) if sighting else None
            note = self._mirror.newest(enrolment.station)
            lines.append(
                StationLine(
                    station=enrolment.station,
                    online=bool(presence and presence.online),
                    heard_at=utc_text(sighting.seen_ms) if sighting and sighting.seen_ms else "",
                    journal_size=presence.journal_size if presence else 0,
                    witnessed_size=note.checkpoint.size if note else 0,
                    alarms=alarms.get(enrolment.station, 0),
                )
            )
        newest = self._ledger.alarms(ALARMS_SHOWN)
        shown = tuple(AlarmLine(one.station, one.code, utc_text(one.at_ms), *said(one.code)) for one in newest)
        troubles = filter(None, (trouble, *self._enrolments.troubles, *self._mirror.troubles))
        return FleetView(self._registry, " · ".join(troubles), tuple(lines), shown)


def _presence(state: str) -> Presence | None:
    try:
        return read_presence(state.encode())
    except msgspec.MsgspecError:
        return None
