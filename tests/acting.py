"""A small unit whose people act under a packaged pack: who they are, what they hold, and what a camera brought back."""

import datetime as dt
from typing import Any

from msgspec.structs import replace

from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.facts import Fact
from station.custody.judge import judgement
from station.custody.observations import Observation
from station.custody.recall import recalled
from station.custody.recording import Recording
from station.custody.state import State, Subject, SubjectKey, key
from station.policy.in_force import PackPolicy
from station.policy.rolls import Officer, RolledCamera, Rolls
from station.stamp import Stamp
from tests.policies import pack_with

START_MS = 1_795_219_200_000
HOUR_MS = 3_600_000
YEAR_MS = 366 * 24 * HOUR_MS
ROLES = {
    "officer-1": {"officer"},
    "officer-2": {"officer"},
    "keeper": {"officer", "custodian", "recorder_manager"},
    "keeper-2": {"custodian"},
    "leader": {"supervising_leader"},
    "head": {"unit_head"},
    "chief": {"unit_chief"},
    "watcher": {"discipline"},
    "lawyers": {"gov_legal"},
    "mender": {"technician"},
}
NEIGHBOURS = {f"their-{name}": roles for name, roles in ROLES.items()}
"""The same again in another unit, which shares the station."""


def rolls() -> Rolls:
    until = dt.date(2099, 12, 31)
    officers = {
        name: Officer(name, unit, frozenset(roles), certificate=name, valid_until=until, exam_passed=True)
        for unit, people in (("u1", ROLES), ("u2", NEIGHBOURS))
        for name, roles in people.items()
    }
    cameras = {name: RolledCamera(name, unit) for name, unit in (("C1", "u1"), ("C2", "u1"), ("their-C", "u2"))}
    return Rolls(as_of_ms=START_MS, officers=officers, cameras=cameras)


class Desk:
    """Tells custody what people do; remembers every subject there ever was, as the tables do."""

    def __init__(self, pack: str = "yinchuan", **settings: Any) -> None:
        """`settings`: what the unit itself set, as `pack_with` takes it."""
        self.policy = PackPolicy(pack_with(pack, **settings), rolls())
        self.clock = ManualClock(Stamp(utc_ms=START_MS, boot_id="b1", boot_ms=0, synchronised=True))
        self.state = State()
        self.facts: list[Fact] = []
        self.archive: dict[SubjectKey, Subject] = {}
        self.tell(seen.JournalBegun(origin="o", log_key="k"))

    def tell(self, observation: Observation) -> tuple[Fact, ...]:
        called = recalled(self.state, observation, self.archive.get)
        judged = judgement(self.state, observation, self.policy, self.clock.stamp(), called)
        self.state = judged.state
        self.archive |= {key(subject): subject for subject in judged.changed}
        self.facts += judged.facts
        return judged.facts

    def begin(self, observation: Observation) -> int:
        """The number of what the act began."""
        return self.tell(observation)[0].n

    def later(self, ms: int) -> None:
        self.clock.advance(ms)

    def said(self) -> list[str]:
        return [fact.body.type for fact in self.facts]

    def recording(self, camera: str = "C1", clip: str = "clip", *, cleared: bool = True) -> int:
        """One recording, proved and deleted from its camera; settled, and out of memory."""
        docking = self.begin(seen.PresenceClosed(bay=camera))
        self.tell(
            seen.CameraIdentified(docking=docking, camera=camera, model="T8", clock_ahead_ms=0, clock_error_ms=500)
        )
        now_ms = self.clock.stamp().utc_ms
        read = seen.RecordingRead(
            docking=docking,
            listing=clip,
            size_bytes=1,
            sha256="c" * 64,
            original_name=f"{clip}.mp4",
            begun_device_ms=now_ms - HOUR_MS,
            ended_device_ms=now_ms - HOUR_MS // 2,
        )
        number = self.tell(read)[0].n
        self.tell(seen.CameraListed(docking=docking, listings=frozenset({clip})))
        if cleared:
            self.tell(seen.StatementMade(recording=number, statement_sha256="a" * 64))
            self.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))
            if self.policy.clearing.custodian_release:
                self.tell(seen.ReleaseGiven(by="keeper", bays=(camera,)))
            self.tell(seen.ClearingAsked(docking=docking))
            self.tell(seen.DeletionsListed(docking=docking, listings=frozenset()))
        self.tell(seen.PresenceOpened(bay=camera))
        return number

    def kept(self, number: int) -> Recording:
        """A recording as its row has it."""
        recording = self.archive[Recording, number]
        assert isinstance(recording, Recording)
        return recording


def struck_off(desk: Desk, name: str) -> None:
    """A person or a camera that the rolls know no more."""
    old = desk.policy.rolls
    officers = {one: person for one, person in old.officers.items() if one != name}
    cameras = {one: camera for one, camera in old.cameras.items() if one != name}
    desk.policy = replace(desk.policy, rolls=replace(old, officers=officers, cameras=cameras))
