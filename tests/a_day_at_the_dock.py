"""A day of one dock, made from a seed: 30 bays, 30 cameras, 200 officers who come and go in waves, and what goes wrong.

Only what people and cameras do is made here; what follows is the station's doing. Whether it kept its promises is read
off the facts alone.
"""

import random
from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from station.custody import observations as seen
from station.custody.facts import BayOffered, Fact, LoanEnded, LoanStarted, OfferLapsed
from station.custody.facts_of_the_desk import HandoverSigned
from station.desk.bringing_back import BroughtBack, NotSignedError
from station.desk.slip import Slip
from station.desk.taking import NotLentError
from station.policy.rolls import Officer, RolledCamera
from tests.dock_bench import FIT, MINUTE_MS, UNIT, DockBench, rolls_of

BAYS = tuple(str(number) for number in range(1, 31))
OFFICERS = tuple(f"officer-{number:03}" for number in range(200))
SECTIONS = ("一科", "二科", "三科", "四科")
SHIFT_MINUTES = 120
OFFER_MS = 30_000


def rolls() -> tuple[tuple[Officer, ...], tuple[RolledCamera, ...]]:
    """Ten cameras are allotted to one officer each, eight to the sections, twelve to nobody."""
    officers = tuple(Officer(name, UNIT, section=SECTIONS[n % 4], **FIT) for n, name in enumerate(OFFICERS))
    allotted = [(name,) for name in OFFICERS[:10]] + [(SECTIONS[n % 4],) for n in range(8)] + [()] * 12
    return officers, tuple(RolledCamera(f"C{n:02}", UNIT, allotted=to) for n, to in enumerate(allotted))


class Day:
    """`counted` says what came of it; `slips` are those that officers took away."""

    def __init__(self, seed: int) -> None:
        officers, cameras = rolls()
        self.rng = random.Random(seed)
        self.dock = DockBench(rolls=rolls_of(*officers, cameras=cameras))
        self.counted: Counter[str] = Counter()
        self.refused: list[NotLentError] = []
        self.brought: dict[str, BroughtBack] = {}
        self.slips: list[Slip] = []
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._start_ms = self.dock.clock.stamp().utc_ms
        for bay, camera in zip(BAYS, cameras, strict=True):
            self.dock.ready(camera.id, bay, minutes=self.rng.randrange(300, 700))

    def play(self) -> "Day":
        for officer in OFFICERS:
            self._at(self.rng.choice((0, 180, 360, 540)) + self.rng.randrange(20), self._comes(officer))
        while self._agenda:
            at_ms, _, act = heappop(self._agenda)
            self.dock.clock.advance(max(0, at_ms - self.dock.clock.stamp().utc_ms))
            act()
        return self

    def _at(self, minutes: int, act: Callable[[], None]) -> None:
        heappush(self._agenda, (self._start_ms + minutes * MINUTE_MS, next(self._order), act))

    def _in(self, minutes: int, act: Callable[[], None]) -> None:
        now = (self.dock.clock.stamp().utc_ms - self._start_ms) // MINUTE_MS
        self._at(now + minutes, act)

    def _comes(self, officer: str, tries: int = 40) -> Callable[[], None]:
        def asks() -> None:
            try:
                opened = self.dock.take(officer, shift_minutes=SHIFT_MINUTES)
            except NotLentError as refused:
                self.refused.append(refused)
                self.counted["refused"] += 1
                if tries:
                    self._in(10, self._comes(officer, tries - 1))
                return
            if self.rng.random() < 0.05:  # changes their mind, and comes again
                self._lapse(opened.offer.bay)
                self._in(1, self._comes(officer, tries - 1))
                return
            self.dock.out(opened.offer.bay)
            self.counted["taken"] += 1
            camera = opened.offer.camera
            self._in(self.rng.randrange(30, SHIFT_MINUTES), lambda: self._comes_back(officer, camera))

        return asks

    def _lapse(self, bay: str) -> None:
        self.dock.clock.advance(OFFER_MS)
        self.dock.tell(seen.OfferTimedOut(docking=self.dock.docking(bay).number))
        self.counted["lapsed"] += 1

    def _comes_back(self, officer: str, camera: str) -> None:
        bay = self.rng.choice([one for one in BAYS if self.dock.state().docking_in(one) is None])
        self.dock.tell(seen.PresenceClosed(bay=bay))
        chance = self.rng.random()
        if chance < 0.1:
            self.dock.tell(seen.CameraStayedSilent(docking=self.dock.docking(bay).number, label=None))
            self.counted["silent"] += 1
        elif chance < 0.9:
            self.dock.speak(camera, bay)
        self._signs(officer, bay)
        if self.rng.random() < 0.2:
            self._signs(officer, bay)
        self._in(self.rng.randrange(1, 5), lambda: self._is_read(camera, bay))

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
        self.dock.listed(bay)
        self.dock.measured(bay, minutes=self.rng.randrange(60, 400), percent=60)
        self.dock.clock_set(bay)
        self._in(40, lambda: self._is_charged(camera, bay))

    def _is_charged(self, camera: str, bay: str) -> None:
        docking = self.dock.state().docking_in(bay)
        if docking is not None and docking.camera == camera and docking.step == "read":
            self.dock.measured(bay, minutes=600, percent=90)


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
