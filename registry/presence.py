"""What stations say of themselves: online or not, and how long their journal is. Believed of nothing but themselves.

A machine that started anew never speaks again as it was before: where two boots take turns, two machines have one key.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from registry.enrolments import Enrolments
from registry.ledger import Alarm, Ledger
from registry.mirror import Mirror
from station.custody.facts import INTEGER_MAX
from station.errors import WrongUseError

PRESENCE_BYTES_MAX = 4_096

Word = Annotated[str, Meta(max_length=256)]


class Presence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dw/1/STATION/state`: birth, and by the broker's hand, death."""

    online: bool
    boot: Word
    version: Word
    policy: Word
    journal_size: Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


_READER = msgspec.json.Decoder(Presence)


BOOTS_KEPT = 16


class PresenceBook:
    def __init__(self, enrolments: Enrolments, ledger: Ledger, mirror: Mirror) -> None:
        self._boots: dict[str, tuple[str, ...]] = {}
        """Those in which a station was born, the newest last; since this registry started."""
        self._enrolments = enrolments
        self._ledger = ledger
        self._mirror = mirror

    def hear(self, station: str, payload: bytes, at_seconds: int, *, kept: bool) -> bool:
        """Note what a station says now, and whether it was born just now.

        What the broker only kept for us tells no time, and accuses nobody.
        """
        if not self._is_enrolled(station):
            return False
        ours = str(self._mirror.newest(station) or "")
        try:
            presence = read_presence(payload)
        except msgspec.MsgspecError:
            theirs = payload[:PRESENCE_BYTES_MAX].decode("utf-8", "backslashreplace")
            self._ledger.raise_alarm(Alarm(station, "STATE_UNREADABLE", at_seconds * 1000, ours, theirs))
            return False
        text = msgspec.json.encode(presence).decode()
        if kept:
            self._ledger.remember(station, text)
            return False
        self._ledger.saw(station, at_seconds * 1000, text)
        if presence.online and self._came_back(station, presence.boot):
            self._ledger.raise_alarm(Alarm(station, "TWO_BOOTS", at_seconds * 1000, ours, text))
        witnessed = self._mirror.newest(station, covering=presence.journal_size + 1)
        if presence.online and witnessed:
            self._ledger.raise_alarm(Alarm(station, "JOURNAL_SHRANK", at_seconds * 1000, str(witnessed), text))
        return presence.online

    def _came_back(self, station: str, boot: str) -> bool:
        """Whether it was born in this boot before, and in another since."""
        boots = self._boots.get(station, ())
        if boots and boots[-1] == boot:
            return False
        self._boots[station] = (*(one for one in boots if one != boot), boot)[-BOOTS_KEPT:]
        return boot in boots

    def _is_enrolled(self, station: str) -> bool:
        try:
            return self._enrolments.find(station) is not None
        except WrongUseError:
            return False  # the page names the file


def read_presence(payload: bytes) -> Presence:
    """msgspec.MsgspecError for anything else."""
    if len(payload) > PRESENCE_BYTES_MAX:
        raise msgspec.ValidationError(f"a state of {len(payload)} bytes; at most {PRESENCE_BYTES_MAX} are taken")
    try:
        return _READER.decode(payload)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
