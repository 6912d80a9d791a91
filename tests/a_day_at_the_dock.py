"""A day of one dock, made from a seed: 30 bays, 30 cameras and 200 officers, from the queue at 08:25 to midnight.

Twelve take a camera for the whole day and bring it back between 17:40 and 18:30; ten go out in the evening and come
at 23:50 with a flat one; everybody else takes one for an errand. Whoever is refused is told why and comes again. Only
what people and cameras do is made here; what follows is the station's doing. Whether it kept its promises is read off
the facts alone. `python -m tests.a_day_at_the_dock [SEED]` tells the day.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from station.custody import observations as seen
from station.custody.facts import BayOffered, Fact, LoanEnded, LoanStarted, OfferLapsed, RecordingHeld
from station.custody.facts_of_the_desk import HandoverSigned
from station.desk.bringing_back import BroughtBack, NotSignedError
from station.desk.slip import Slip
from station.desk.taking import NotLentError
from station.policy.rolls import Officer, RolledCamera
from station.stamp import beijing
from tests.dock_bench import FIT, MINUTE_MS, UNIT, DockBench, rolls_of

BAYS = tuple(str(number) for number in range(1, 31))
OFFICERS = tuple(f"officer-{number:03}" for number in range(200))
SECTIONS = ("一科", "二科", "三科", "四科")
OFFER_MS = 30_000
OPENS, EVENING, FLAT_AT = 25, 640, 950
"""Minutes after 08:00: the queue at 08:25, the night shift at 18:40, the flat cameras at 23:50."""
HOME = (580, 630)
"""17:40 to 18:30."""
WHOLE_DAY, WHOLE_NIGHT = range(12), range(190, 200)
"""Officers by number; those of the day have a camera allotted to them, or to their section."""
_QUEUE, _EVENINGS = range(52), range(140, 200)
_DAY_MINUTES, _NIGHT_MINUTES, _ERRAND_MINUTES = 480, 300, 90
_AGAIN_MINUTES = 10
_LAST_TRY = 900


class Turn(NamedTuple):
    """When an officer comes, for how long a camera is asked for, and when it is back; None: after an errand."""

    comes: int
    asks_minutes: int
    back: int | None = None


def turns(rng: random.Random) -> Iterator[Turn]:
    for number in range(len(OFFICERS)):
        if number in WHOLE_DAY:
            yield Turn(OPENS + rng.randrange(5), _DAY_MINUTES, rng.randrange(*HOME))
        elif number in WHOLE_NIGHT:
            yield Turn(EVENING + rng.randrange(20), _NIGHT_MINUTES, FLAT_AT)
        elif number in _QUEUE:
            yield Turn(OPENS + rng.randrange(10), _ERRAND_MINUTES)
        elif number in _EVENINGS:
            yield Turn(rng.randrange(EVENING, 800), _ERRAND_MINUTES)
        else:
            yield Turn(rng.randrange(60, 540), _ERRAND_MINUTES)


def rolls() -> tuple[tuple[Officer, ...], tuple[RolledCamera, ...]]:
    """Ten cameras are allotted to one officer each, eight to the sections, twelve to nobody."""
    officers = tuple(Officer(name, UNIT, section=SECTIONS[n % 4], **FIT) for n, name in enumerate(OFFICERS))
    allotted = [(name,) for name in OFFICERS[:10]] + [(SECTIONS[n % 4],) for n in range(8)] + [()] * 12
    return officers, tuple(RolledCamera(f"C{n:02}", UNIT, allotted=to) for n, to in enumerate(allotted))


class Day:
    """`counted` says what came of it; `slips` are those that officers took away; `filmed` whose each clip is."""

    def __init__(self, seed: int) -> None:
        officers, cameras = rolls()
        self.rng = random.Random(seed)
        self.dock = DockBench(rolls=rolls_of(*officers, cameras=cameras))
        self.counted: Counter[str] = Counter()
        self.refused: list[tuple[str, NotLentError]] = []
        self.brought: dict[str, BroughtBack] = {}
        self.slips: list[Slip] = []
        self.filmed: dict[str, str] = {}
        self._on_card: dict[str, list[seen.RecordingRead]] = {}
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._start_ms = self.dock.clock.stamp().utc_ms
        for bay, camera in zip(BAYS, cameras, strict=True):
            self.dock.ready(camera.id, bay, minutes=self.rng.randrange(300, 700))
            self._in(60, partial(self._is_charged, camera.id, bay))

    def play(self) -> "Day":
        for officer, turn in zip(OFFICERS, turns(self.rng), strict=True):
            self._at(turn.comes, self._comes(officer, turn))
        while self._agenda:
            at_ms, _, act = heappop(self._agenda)
            self.dock.clock.advance(max(0, at_ms - self.dock.clock.stamp().utc_ms))
            act()
        return self

    @property
    def now(self) -> int:
        """Minutes after 08:00."""
        return (self.dock.clock.stamp().utc_ms - self._start_ms) // MINUTE_MS

    def _at(self, minutes: int, act: Callable[[], None]) -> None:
        heappush(self._agenda, (self._start_ms + minutes * MINUTE_MS, next(self._order), act))

    def _in(self, minutes: int, act: Callable[[], None]) -> None:
        self._at(self.now + minutes, act)

    def _comes(self, officer: str, turn: Turn) -> Callable[[], None]:
        def asks() -> None:
            try:
                opened = self.dock.take(officer, shift_minutes=turn.asks_minutes)
            except NotLentError as refused:
                self.refused.append((officer, refused))
                if self.now < _LAST_TRY:
                    self._in(_AGAIN_MINUTES, self._comes(officer, turn))
                return
            if self.rng.random() < 0.05:  # changes their mind, and comes again
                self._lapse(opened.offer.bay)
                self._in(1, self._comes(officer, turn))
                return
            self.dock.out(opened.offer.bay)
            self.counted["taken"] += 1
            self.counted["taken by nine"] += self.now < 60
            camera, since_ms = opened.offer.camera, self.dock.clock.stamp().utc_ms
            back = turn.back if turn.back is not None else self.now + self.rng.randrange(30, 75)
            self._at(max(back, self.now + 30), lambda: self._comes_back(officer, camera, since_ms, turn))

        return asks

    def _lapse(self, bay: str) -> None:
        self.dock.clock.advance(OFFER_MS)
        self.dock.tell(seen.OfferTimedOut(docking=self.dock.docking(bay).number))
        self.counted["lapsed"] += 1

    def _comes_back(self, officer: str, camera: str, since_ms: int, turn: Turn) -> None:
        self._filmed(officer, camera, since_ms)
        bay = self.rng.choice([one for one in BAYS if self.dock.state().docking_in(one) is None])
        self.dock.tell(seen.PresenceClosed(bay=bay))
        flat, chance = turn.back == FLAT_AT, self.rng.random()
        if flat or chance < 0.1:
            self.dock.tell(seen.CameraStayedSilent(docking=self.dock.docking(bay).number, label=None))
            self.counted["flat at 23:50" if flat else "silent"] += 1
        elif chance < 0.9:
            self.dock.speak(camera, bay)
        self._signs(officer, bay)
        if self.rng.random() < 0.2:
            self._signs(officer, bay)
        self.counted["home between 17:40 and 18:30"] += turn.back is not None and HOME[0] <= self.now <= HOME[1]
        self._in(self.rng.randrange(10, 25) if flat else self.rng.randrange(1, 5), lambda: self._is_read(camera, bay))

    def _filmed(self, officer: str, camera: str, since_ms: int) -> None:
        """Well inside the time it was out, by a clock that is right."""
        until_ms = self.dock.clock.stamp().utc_ms
        for _ in range(self.rng.randrange(1, 4)):
            name = f"{len(self.filmed):05}.MP4"
            self.filmed[name] = officer
            begun_ms = self.rng.randrange(since_ms + MINUTE_MS, until_ms - 5 * MINUTE_MS)
            read = seen.RecordingRead(
                docking=0,
                listing=name,
                size_bytes=1_000,
                sha256=sha256(name.encode()).hexdigest(),
                original_name=name,
                begun_device_ms=begun_ms,
                ended_device_ms=begun_ms + MINUTE_MS,
            )
            self._on_card.setdefault(camera, []).append(read)

    def _signs(self, officer: str, bay: str) -> None:
        """By the badge alone; by pointing at the bay where the station asks which it is."""
        try:
            back = self.dock.brought_back(officer)
        except NotSignedError:
            back = self.dock.brought_back(officer, bay)
            self.counted["pointed"] += 1
        self.brought[officer] = back
        self.slips.append(back.slip)
        self.counted["elsewhere"] += back.bay != bay

    def _is_read(self, camera: str, bay: str) -> None:
        self.dock.speak(camera, bay)
        self.dock.read_and_cleared(bay, self._on_card.pop(camera, []))
        self.dock.measured(bay, minutes=self.rng.randrange(60, 400), percent=60)
        self.dock.clock_set(bay)
        self._in(40, lambda: self._is_charged(camera, bay))

    def _is_charged(self, camera: str, bay: str) -> None:
        docking = self.dock.state().docking_in(bay)
        if docking is not None and docking.camera == camera and docking.step == "read":
            self.dock.measured(bay, minutes=600, percent=90)

    # --- told

    def summary(self) -> str:
        """What came of the day, a line each."""
        held = credited(self.dock.facts)
        codes = Counter(refused.code for _, refused in self.refused)
        signed = sum(fact.body.type == "handover_signed" for fact in self.dock.facts)
        said = {
            "officers, cameras": f"{len(OFFICERS)}, {len(BAYS)}",
            "taken": f"{self.counted['taken']}, {self.counted['taken by nine']} of them by nine",
            "offers that lapsed": self.counted["lapsed"],
            "refused": f"{len({officer for officer, _ in self.refused})} officers, {len(self.refused)} times: "
            + ", ".join(f"{code} {times}" for code, times in codes.most_common()),
            "signed for": f"{signed}, {self.counted['home between 17:40 and 18:30']} of them from 17:40 to 18:30",
            "silent": f"{self.counted['silent']}, and {self.counted['flat at 23:50']} flat at 23:50",
            "clips": f"{len(self.filmed)} filmed, {len(held)} held, "
            f"{sum(held.get(clip) == officer for clip, officer in self.filmed.items())} credited to who filmed them",
            "facts": f"{len(self.dock.facts)}, the last at {beijing(self.dock.facts[-1].at.utc_ms):%H:%M}",
        }
        return "\n".join(f"{name}: {value}" for name, value in said.items())


def credited(facts: list[Fact]) -> dict[str, str]:
    """Clip → the officer whose loan it is held under."""
    officers = {fact.n: fact.body.officer for fact in facts if isinstance(fact.body, BayOffered)}
    held = [fact.body for fact in facts if isinstance(fact.body, RecordingHeld)]
    return {body.listing: officers.get(body.loan or 0, "") for body in held}


def wrong(facts: list[Fact]) -> list[str]:
    """Read from the front, as a person would: what was offered or lent twice, and what was signed for wrongly."""
    found: list[str] = []
    offered: dict[int, BayOffered] = {}
    signed: Counter[int] = Counter()
    ended: set[int] = set()
    for fact in facts:
        match fact.body:
            case BayOffered(camera=camera, officer=officer):
                found += [f"fact {fact.n}: {camera} is out already" for one in offered.values() if one.camera == camera]
                found += [f"fact {fact.n}: {officer} has one" for one in offered.values() if one.officer == officer]
                offered[fact.n] = fact.body
            case LoanStarted(loan=loan, officer=officer) if offered[loan].officer != officer:
                found.append(f"fact {fact.n}: taken by {officer}, and offered to another")
            case OfferLapsed(loan=loan):
                del offered[loan]
            case LoanEnded(loan=loan):
                del offered[loan]
                ended.add(loan)
            case HandoverSigned(loan=int(loan)):
                signed[loan] += 1
                found += [f"fact {fact.n}: loan {loan} is signed for again"] if signed[loan] > 1 else []
                found += [] if loan in ended else [f"fact {fact.n}: loan {loan} is not over"]
            case _:
                pass
    return found + [f"loan of {one.officer} was never brought back" for one in offered.values()]


if __name__ == "__main__":
    sys.stdout.write(Day(int(sys.argv[1]) if len(sys.argv) > 1 else 417).play().summary() + "\n")
