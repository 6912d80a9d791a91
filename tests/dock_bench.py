"""A dock for tests of the desk: the pure heart under a packaged pack, cameras put in and taken out by hand.

No wires and no disk: a year of visits takes seconds. Remembers every subject there ever was, as the tables do.
"""

import dataclasses
import datetime as dt
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.docking import Docking
from station.custody.facts import Fact, FactBody
from station.custody.judge import judgement
from station.custody.observations import Observation
from station.custody.recall import recalled
from station.custody.state import State, Subject, SubjectKey, apply, key
from station.desk.bringing_back import BringingBack, BroughtBack, NotSignedError, bring_back
from station.desk.choosing import Wish
from station.desk.taking import NotLentError, Opened, Taking, take
from station.policy.in_force import PackPolicy
from station.policy.rolls import Body, Officer, RolledCamera, Rolls
from station.stamp import Stamp
from tests.policies import pack_with

START_MS = 1_795_219_200_000  # 2026-11-21 08:00 in Beijing
TODAY = dt.date(2026, 11, 21)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
ORIGIN = "dockward/640100/t-01/1"
UNIT, ELSEWHERE = "民政局", "教育局"
FIT: dict[str, Any] = {"certificate": "0417", "exam_passed": True, "valid_until": dt.date(2099, 12, 31)}
PEOPLE = (
    Officer("officer-1", UNIT, section="一科", **FIT),
    Officer("officer-2", UNIT, section="二科", **FIT),
    Officer("keeper", UNIT, frozenset({"officer", "custodian"}), **FIT),
    Officer("their-officer", ELSEWHERE, **FIT),
    Officer("their-keeper", ELSEWHERE, frozenset({"officer", "custodian"}), **FIT),
)
CAMERAS = (*(RolledCamera(f"C{number}", UNIT) for number in range(1, 6)), RolledCamera("their-C", ELSEWHERE))


def rolls_of(*officers: Officer, cameras: tuple[RolledCamera, ...] = CAMERAS, as_of_ms: int = START_MS) -> Rolls:
    bodies = {unit: Body(unit, unit) for unit in (UNIT, ELSEWHERE)}
    people = {one.id: one for one in officers or PEOPLE}
    return Rolls(as_of_ms, bodies, people, {one.id: one for one in cameras})


def changed(officer: str, **fields: Any) -> tuple[Officer, ...]:
    """Everybody, and one of them otherwise."""
    return tuple(replace(one, **fields) if one.id == officer else one for one in PEOPLE)


class DockBench:
    """The desk over the heart."""

    def __init__(self, pack: str = "yinchuan", rolls: Rolls | None = None, **settings: Any) -> None:
        effective = pack_with(pack, **settings)
        kind = effective.listed("officer.cert_kinds")[0]
        rolls = rolls or rolls_of()
        people = {one.id: replace(one, certificate_kind=kind) for one in rolls.officers.values()}
        self.policy = PackPolicy(effective, replace(rolls, officers=people))
        self.clock = ManualClock(Stamp(utc_ms=START_MS, boot_id="b1", boot_ms=0, synchronised=True))
        self._state = State()
        self.facts: list[Fact] = []
        self.archive: dict[SubjectKey, Subject] = {}
        self.tell(seen.JournalBegun(origin=ORIGIN, log_key="k"))

    @property
    def desk(self) -> Taking:
        return Taking(self.tell, self.state, self.policy, self.clock.stamp)

    def state(self) -> State:
        return self._state

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        called = recalled(self._state, observation, self.archive.get)
        judged = judgement(self._state, observation, self.policy, self.clock.stamp(), called)
        self._state = judged.state
        self.archive |= {key(subject): subject for subject in judged.changed}
        self.facts += judged.facts
        return judged.facts

    def start_anew(self) -> None:
        """What it knows is what its facts say."""
        self._state = State()
        for fact in self.facts:
            self._state = apply(self._state, fact)

    def kinds(self) -> list[str]:
        return [fact.body.type for fact in self.facts]

    def said(self, kind: str) -> list[Any]:
        return [fact.body for fact in self.facts if fact.body.type == kind]

    def last(self, kind: type[FactBody]) -> Any:
        return next(fact.body for fact in reversed(self.facts) if isinstance(fact.body, kind))

    # --- what hands do

    def put(self, camera: str, bay: str, *, ahead_ms: int = 0) -> int:
        """Into its bay, and it says who it is."""
        self.tell(seen.PresenceClosed(bay=bay))
        return self.speak(camera, bay, ahead_ms=ahead_ms)

    def speak(self, camera: str, bay: str, *, ahead_ms: int = 0) -> int:
        number = self.docking(bay).number
        self.tell(
            seen.CameraIdentified(
                docking=number, camera=camera, model="T8", clock_ahead_ms=ahead_ms, clock_error_ms=500
            )
        )
        return self.docking(bay).number

    def listed(self, bay: str, *listings: str) -> None:
        self.tell(seen.CameraListed(docking=self.docking(bay).number, listings=frozenset(listings)))

    def read_and_cleared(self, bay: str, clips: list[seen.RecordingRead]) -> None:
        """Every clip held, stated and with its receipt; then none is left on the camera."""
        number = self.docking(bay).number
        held = [fact.n for clip in clips for fact in self.tell(dataclasses.replace(clip, docking=number))[:1]]
        self.listed(bay, *(clip.listing for clip in clips))
        for recording in held:
            self.tell(seen.StatementMade(recording=recording, statement_sha256="a" * 64))
            self.tell(seen.ReceiptVerified(recording=recording, receipt_sha256="b" * 64))
        if clips:
            self.tell(seen.ClearingAsked(docking=number))
            self.tell(seen.DeletionsListed(docking=number, listings=frozenset()))

    def measured(self, bay: str, minutes: int | None = 600, percent: int | None = 100, free: int | None = 900) -> None:
        self.tell(
            seen.BatteryMeasured(
                docking=self.docking(bay).number,
                percent=percent,
                health_percent=95,
                recording_minutes=minutes,
                free_minutes=free,
            )
        )

    def clock_set(self, bay: str) -> None:
        self.tell(seen.ClockWasSet(docking=self.docking(bay).number, clock_ahead_ms=0, clock_error_ms=500))

    def ready(self, camera: str, bay: str, minutes: int | None = 600, percent: int | None = 100) -> int:
        """Put in, read, charged so far, its clock set."""
        number = self.put(camera, bay)
        self.listed(bay)
        self.measured(bay, minutes, percent)
        self.clock_set(bay)
        return number

    def out(self, bay: str) -> None:
        self.tell(seen.PresenceOpened(bay=bay))

    def docking(self, bay: str) -> Docking:
        docking = self._state.docking_in(bay)
        assert docking is not None
        return docking

    # --- what officers do

    def take(self, officer: str = "officer-1", bay: str = "", **wish: Any) -> Opened:
        return take(self.desk, Wish(officer, **wish), bay)

    def taken(self, officer: str = "officer-1", **wish: Any) -> Opened:
        """Asked for, and taken out."""
        opened = self.take(officer, **wish)
        self.out(opened.offer.bay)
        return opened

    def brought_back(self, officer: str = "officer-1", bay: str = "") -> BroughtBack:
        desk = BringingBack(self.tell, self.state, self.policy, ORIGIN, lambda size: sha256(b"%d" % size).digest())
        return bring_back(desk, officer, bay)

    def unsigned(self, officer: str = "officer-1", bay: str = "") -> NotSignedError:
        before = len(self.facts)
        try:
            self.brought_back(officer, bay)
        except NotSignedError as refused:
            assert len(self.facts) == before
            return refused
        raise AssertionError("it was signed")

    def refused(self, officer: str = "officer-1", bay: str = "", **wish: Any) -> NotLentError:
        before = self._state.loans
        try:
            self.take(officer, bay, **wish)
        except NotLentError as refused:
            assert self._state.loans == before
            return refused
        raise AssertionError("it was lent")
