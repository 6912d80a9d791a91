"""Tests of bays under way: what drives their outputs a move at a time, for whoever owns the wires to call each round.

Ordered by anybody, done by one thread. A test breaks off as soon as its bay is free no longer; what it moved is then
made safe: charger off, lock closed. Decides nothing about custody: `free` does.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from hardware.wires import Bays, Colour, Measured, WireError
from hardware.wiring import BayWiring
from station.bays.technician_steps import Name, Step, charger_step, driven_step
from station.errors import NotYetError, TooLateError

COLOURS: tuple[Colour, ...] = ("red", "green", "blue", "white")
LAMP_MS = 800
"""Long enough to be seen."""
CHARGER_MS = 4_000
"""Boards are measured in turn; a full line of them takes so long."""
LOCK_MS = 1_500

_SAFE = ((Name.CHARGER, "off"), (Name.LOCK, "closed"))

Move = tuple[Name, str, int]
"""What is moved, to where, and for how long it is left so."""


@dataclass(slots=True)
class _Test:
    bay: str
    occupied: bool
    free: Callable[[], bool]
    moves: deque[Move]
    done: "Future[tuple[Step, ...]]"
    until_ms: int = 0
    under_way: Move | None = None
    failures: dict[Name, str] = field(default_factory=dict)
    measured: dict[str, Measured | None] = field(default_factory=dict)
    tried: list[Name] = field(default_factory=list)


class BayTests:
    """`order` is anybody's, `turn` the thread's that owns the wires."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tests: dict[str, _Test] = {}
        self._closed = False

    def order(
        self,
        bay: str,
        names: tuple[Name, ...],
        free: Callable[[], bool],
        *,
        occupied: bool = False,
    ) -> "Future[tuple[Step, ...]]":
        """What these parts come to; TooLateError as soon as the bay is not `free` to be tested."""
        with self._lock:
            if self._closed:
                raise NotYetError("采集站正在停止 / the station is stopping; try again when it works")
            if bay in self._tests:
                raise NotYetError(f"{bay} 号仓正在检测 / bay {bay} is being tested; try again when that is over")
            done: Future[tuple[Step, ...]] = Future()
            self._tests[bay] = _Test(bay, occupied, free, deque(_moves(names)), done)
            return done

    def turn(self, bays: Bays, now_ms: int) -> frozenset[str]:
        """The next moves of all. Whoever drives the bays leaves those named alone now, and tells them anew after."""
        with self._lock:
            tests = list(self._tests.values())
        for test in tests:
            if not test.free():
                self._break_off(test, bays)
            elif test.under_way is None or now_ms >= test.until_ms:
                self._go_on(test, bays, now_ms)
        return frozenset(test.bay for test in tests)

    def stop(self, bays: Bays) -> None:
        """The wires are let go: what is under way breaks off, and nothing begins any more."""
        with self._lock:
            self._closed = True
            tests = list(self._tests.values())
        for test in tests:
            self._break_off(test, bays)

    def _go_on(self, test: _Test, bays: Bays, now_ms: int) -> None:
        if test.under_way is not None and test.under_way[0] is Name.CHARGER:
            test.measured[test.under_way[1]] = bays.measured().get(test.bay)
        if not test.moves:
            self._end(test)
            test.done.set_result(tuple(_step(test, name) for name in test.tried))
            return
        test.under_way = name, to, lasts_ms = test.moves.popleft()
        test.until_ms = now_ms + lasts_ms
        if name not in test.tried:
            test.tried.append(name)
        try:
            _drive(bays, test.bay, name, to)
        except WireError as error:
            test.failures[name] = str(error)

    def _break_off(self, test: _Test, bays: Bays) -> None:
        """A board that does not answer now makes its bay safe by itself."""
        self._end(test)
        for name, to in _SAFE:
            if name in test.tried:
                with contextlib.suppress(WireError):
                    _drive(bays, test.bay, name, to)
        test.done.set_exception(
            TooLateError(
                f"{test.bay} 号仓有设备放入或取出，检测中止 / a camera came to bay {test.bay} or left it: the test "
                "broke off; test again"
            )
        )

    def _end(self, test: _Test) -> None:
        with self._lock:
            del self._tests[test.bay]


def fitted(bay: BayWiring) -> tuple[Name, ...]:
    """What can be moved of a bay: a lock is everywhere, a lamp and a charger where something drives them."""
    on_board = bay.board is not None
    lamp = (Name.LAMP,) if on_board or bay.lamp_pins is not None else ()
    charger = (Name.CHARGER,) if on_board or bay.charger_pin is not None else ()
    return (*lamp, *charger, Name.LOCK)


def _step(test: _Test, name: Name) -> Step:
    failure = test.failures.get(name, "")
    if name is Name.CHARGER:
        return charger_step(test.occupied, test.measured.get("on"), test.measured.get("off"), failure)
    return driven_step(name, failure)


def _moves(names: tuple[Name, ...]) -> list[Move]:
    moves: dict[Name, list[Move]] = {
        Name.LAMP: [(Name.LAMP, colour, LAMP_MS) for colour in COLOURS],
        Name.CHARGER: [(Name.CHARGER, "on", CHARGER_MS), (Name.CHARGER, "off", CHARGER_MS)],
        Name.LOCK: [(Name.LOCK, "open", LOCK_MS), (Name.LOCK, "closed", LOCK_MS)],
    }
    return [move for name in names for move in moves[name]]


def _drive(bays: Bays, bay: str, name: Name, to: str) -> None:
    match name, to:
        case Name.LAMP, ("red" | "green" | "blue" | "white") as colour:
            bays.light(bay, colour)
        case Name.CHARGER, _:
            bays.charge(bay, to == "on")
        case Name.LOCK, _:
            bays.lock(bay, to != "open")
