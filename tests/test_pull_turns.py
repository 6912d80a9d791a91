"""Promise: so many cameras of a hub are read at once, what matters is read first, and nobody waits for ever."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.wires import AbsentError, ListedFile
from hardware.wiring import BayWiring, HardwareWiring
from station.bays.camera_names import is_marked, numbers_of, reading_order
from station.bays.pull_turns import LATELY_BYTES, PASSED_MAX, Hub, PullTurns, hub_of
from station.bays.usb_watch import UsbWatch
from station.config import CameraModelConfig
from station.custody import observations as seen
from station.errors import TooLateError, WireFailedError
from station.parts import Parts
from tests.docked_station import CAMERA, OTHER, PLACES, DockedStation

MIB = 1 << 20
MODEL = CameraModelConfig(
    design_mah=3000, recording_ma=500, standby_ma=20, marked=("*_IMP.MP4", "DCIM/EVENT/*"), numbered="*_####*.MP4"
)


def stays() -> None:
    """The camera is there."""


def woken(turns: PullTurns, done: Callable[[], object]) -> None:
    """Wake whoever waits, until it has seen to it; not for ever."""
    pause = threading.Event()
    for _ in range(1_000):
        turns.wake()
        if done():
            return
        pause.wait(0.01)
    raise AssertionError("nobody woke")


# --- who is next


def test_a_hub_is_the_place_without_its_last_number() -> None:
    assert [hub_of(place) for place in ("1-1.4", "1-1.2.3", "3-2", "1-1.10")] == ["1-1", "1-1.2", "3", "1-1"]


def test_no_more_than_so_many_have_a_turn() -> None:
    hub = Hub(2)
    for bay in "abcd":
        hub.ask(bay, bay, marked=False)
    assert hub.having == {"a", "b"}
    hub.leave("a")
    assert hub.having == {"b", "c"}
    hub.leave("c")
    hub.leave("b")
    assert hub.having == {"d"}


def test_an_emergency_comes_before_marked_clips_and_these_before_all_others() -> None:
    hub = Hub(1, emergency={"e"})
    for bay in "abme":
        hub.ask(bay, bay, marked=bay == "m")
    order = []
    while hub.having:
        (bay,) = map(str, hub.having)
        order.append(bay)
        hub.leave(bay)
    assert order == ["a", "e", "m", "b"]


def test_who_had_least_lately_is_next() -> None:
    hub = Hub(1)
    hub.count("a", 100)
    hub.count("b", 10)
    hub.ask("c", "c", marked=False)
    for bay in "abd":
        hub.ask(bay, bay, marked=False)
    order = []
    for _ in range(4):
        (bay,) = map(str, hub.having)
        order.append(bay)
        hub.leave(bay)
    assert order == ["c", "d", "b", "a"]


def test_what_was_read_long_ago_counts_for_less_and_less() -> None:
    hub = Hub(1)
    hub.count("a", LATELY_BYTES)
    hub.count("b", 1)
    assert hub.lately == {"a": LATELY_BYTES // 2}
    for _ in range(100):
        hub.count("b", LATELY_BYTES // 2)
        assert sum(hub.lately.values()) <= LATELY_BYTES
    assert hub.lately.get("a", 0) == 0


docks = st.tuples(
    st.integers(1, 4),
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3), st.integers(0, 300 * MIB)), min_size=1, max_size=120),
)


@given(docks)
@settings(max_examples=150)
def test_whoever_waits_sees_no_more_turns_of_others_than_is_said(
    dock: tuple[int, list[tuple[bool, bool]], list[tuple[int, int, int]]],
) -> None:
    """Bays come, read some files and go in any order; emergencies and marked clips without end."""
    turns_max, bays, happenings = dock
    names = [str(number) for number in range(len(bays))]
    hub = Hub(turns_max, {name for name, (emergency, _) in zip(names, bays, strict=True) if emergency})
    seen_by: dict[str, int] = {}

    def watched(act: Callable[[], None]) -> None:
        before = set(hub.having)
        act()
        given_now = len(hub.having - before)
        assert len(hub.having) <= turns_max
        assert not hub.waiting or len(hub.having) == turns_max, "a turn is free while somebody waits"
        for name in list(seen_by):
            if name not in hub.waiting:
                del seen_by[name]
        for name in map(str, hub.waiting):
            seen_by[name] = seen_by.get(name, 0) + given_now
            assert seen_by[name] <= PASSED_MAX + len(bays) - 1

    for which, act, count in happenings:
        name = names[which % len(names)]
        if name in hub.having:
            hub.count(name, count)
            watched(lambda name=name: hub.leave(name))  # type: ignore[misc]
        if act and name not in hub.waiting:
            watched(lambda name=name, which=which: hub.ask(name, name, marked=bays[which % len(bays)][1]))  # type: ignore[misc]
        elif name in hub.waiting and act == 0 and count % 5 == 0:
            watched(lambda name=name: hub.leave(name))  # type: ignore[misc]


def test_emergencies_without_end_starve_nobody() -> None:
    """The bound is reached and kept: with three bays no more than PASSED_MAX + 2 turns of others."""
    hub, turns = Hub(1, emergency={"a", "b"}), 0
    hub.ask("a", "a", marked=False)
    hub.ask("c", "c", marked=False)
    hub.ask("b", "b", marked=False)
    while "c" not in hub.having:
        (bay,) = map(str, hub.having)
        hub.leave(bay)
        hub.ask(bay, bay, marked=False)
        turns += 1
        assert turns <= PASSED_MAX + 2
    assert turns > PASSED_MAX


# --- threads


def test_who_waits_has_its_turn_when_one_is_over_and_not_before() -> None:
    turns, reading, others = PullTurns(1), threading.Event(), PullTurns(1)
    read: list[str] = []

    def wait_for_it() -> None:
        with turns.turn("b", "1-1.2", marked=False, require_there=reading.set):
            read.append("b")

    with ThreadPoolExecutor(1) as threads, turns.turn("a", "1-1.1", marked=False, require_there=stays) as turn:
        waits = threads.submit(wait_for_it)
        woken(turns, reading.is_set)
        with (
            turns.turn("c", "1-2.1", marked=False, require_there=stays),
            others.turn("d", "1-1.3", marked=False, require_there=stays),
        ):
            assert not read, "another hub is another line"
        assert list(turn.reading([memoryview(b"xyz")])) == [b"xyz"]
        waits.result(30)
        assert read == ["b"], "with the last byte the turn is over, whatever is still done with the file"


@pytest.mark.parametrize("error", [TooLateError("docking 7 is over"), AbsentError("it was pulled out")])
def test_whose_camera_leaves_waits_no_longer_and_is_in_nobodys_way(error: Exception) -> None:
    turns, asked = PullTurns(1), threading.Event()
    gone = threading.Event()

    def require_there() -> None:
        asked.set()
        if gone.is_set():
            raise error

    def wait_for_it() -> None:
        with turns.turn("b", "1-1.2", marked=True, require_there=require_there):
            raise AssertionError("its camera has gone")

    with ThreadPoolExecutor(1) as threads, turns.turn("a", "1-1.1", marked=False, require_there=stays):
        waits = threads.submit(wait_for_it)
        woken(turns, asked.is_set)
        gone.set()
        woken(turns, waits.done)
        assert waits.exception() is error
    with turns.turn("c", "1-1.3", marked=False, require_there=stays):
        """Nobody is before it."""


def test_who_was_put_where_another_still_waits_has_a_turn_of_its_own() -> None:
    """The first one notices late that it has gone: it takes nobody's place along, and has no turn of another's."""
    turns, gone, late = PullTurns(1), threading.Event(), threading.Event()
    first_asked, second_asked = threading.Event(), threading.Event()

    def leaves_late() -> None:
        first_asked.set()
        if gone.is_set():
            late.wait(30)
            raise TooLateError("docking 7 is over")

    def wait_in_bay_2(require_there: Callable[[], None]) -> None:
        with turns.turn("2", "1-1.2", marked=False, require_there=require_there):
            """Its turn has come."""

    with ThreadPoolExecutor(2) as threads:
        try:
            with turns.turn("1", "1-1.1", marked=False, require_there=stays):
                first = threads.submit(wait_in_bay_2, leaves_late)
                woken(turns, first_asked.is_set)
                gone.set()
                second = threads.submit(wait_in_bay_2, second_asked.set)
                woken(turns, second_asked.is_set)
                late.set()
                woken(turns, first.done)
                assert isinstance(first.exception(), TooLateError)
                assert not second.done()
                assert len(turns._hubs["1-1"].waiting) == 1, "the second one waits on"
            woken(turns, second.done)
        finally:
            turns.stop()
    second.result()
    assert not turns._hubs["1-1"].having


def test_who_waits_stops_when_the_station_does() -> None:
    turns = PullTurns(1)

    def wait_for_it() -> None:
        with turns.turn("b", "1-1.2", marked=False, require_there=stays):
            raise AssertionError("the station goes down")

    with ThreadPoolExecutor(1) as threads, turns.turn("a", "1-1.1", marked=False, require_there=stays):
        waits = threads.submit(wait_for_it)
        turns.stop()
        with pytest.raises(WireFailedError, match="going down"):
            waits.result(30)


def test_a_pull_that_fails_gives_its_turn_away() -> None:
    turns = PullTurns(1)
    with pytest.raises(AbsentError), turns.turn("a", "1-1.1", marked=False, require_there=stays):
        raise AbsentError("it was pulled out")
    with turns.turn("b", "1-1.2", marked=False, require_there=stays):
        """It is free."""


# --- at a dock


def test_what_is_read_waits_for_its_turn_and_nothing_else_does(tmp_path: Path) -> None:
    docked = DockedStation(tmp_path, b"first" * 300)
    docked.make_camera(OTHER)
    try:
        number, other = docked.put_and_identify(), docked.put(OTHER, "2")
        turns = docked.work.turns
        with ThreadPoolExecutor(1) as threads:
            with _all_turns(turns):
                docked.work.identify(other)
                docked.work.read(other)
                docked.work.judge_battery(other)
                docked.work.set_clock(other)
                assert "clock_set" in docked.kinds()
                docked.film(7, b"filmed meanwhile", OTHER)
                waits = threads.submit(docked.work.read, other)
                docked.work.judge_battery(number)
                docked.dock.take("2", by_force=True)
                docked.tell(seen.PresenceOpened(bay="2"))
                woken(turns, waits.done)
            with pytest.raises((TooLateError, WireFailedError)):
                waits.result()
        docked.work.read(number)
        assert [held.source for held in docked.held()] == [CAMERA]
    finally:
        docked.close()


def test_who_is_pulled_out_while_it_waits_is_told_though_no_switch_says_so(tmp_path: Path) -> None:
    docked = DockedStation(tmp_path, b"first" * 300)
    turns = docked.work.turns
    usb = UsbWatch(docked.arrivals, PLACES, docked.state, docked.pluggings)
    usb.listen_to_leaving(turns.wake)
    try:
        usb.turn()
        number = docked.put_and_identify()
        usb.turn()
        with ThreadPoolExecutor(1) as threads, _all_turns(turns):
            waits = threads.submit(docked.work.read, number)
            woken(turns, lambda: turns._hubs["1-1"].waiting)
            docked.dock.take("1", by_force=True)
            usb.turn()
            with pytest.raises(WireFailedError, match="pulled out while it waited"):
                waits.result(30)
        docked.dock.put(CAMERA, "1")
        docked.work.read(number)
        assert len(docked.held()) == 1
    finally:
        docked.close()


class _all_turns:  # noqa: N801 - reads as what it is
    """Somebody else has every turn of the hub."""

    def __init__(self, turns: PullTurns) -> None:
        self._turns = [turns.turn(f"other-{place}", "1-1.9", marked=False, require_there=stays) for place in range(4)]

    def __enter__(self) -> None:
        for turn in self._turns:
            turn.__enter__()

    def __exit__(self, *_: object) -> None:
        for turn in self._turns:
            turn.__exit__(None, None, None)


def test_marked_clips_are_read_first_and_then_the_oldest(tmp_path: Path) -> None:
    docked = DockedStation(tmp_path, b"0", b"1", b"2", models={"DW-T8": MODEL})
    times = {"DCIM/EVENT/9.MP4": 9, "DCIM/A_IMP.MP4": 8, "DCIM/B.MP4": 2, "DCIM/0.MP4": 2}
    for name, minute in times.items():
        begun_ms = docked.clock.stamp().utc_ms + minute * 60_000
        docked.dock.film(CAMERA, name, name.encode(), begun_ms, begun_ms)
    try:
        docked.work.read(docked.put_and_identify())
        order = [held.size_bytes for held in docked.held()]
        assert order == [len("DCIM/A_IMP.MP4"), len("DCIM/EVENT/9.MP4"), 1, 1, 1, len("DCIM/0.MP4"), len("DCIM/B.MP4")]
    finally:
        docked.close()


files = st.builds(
    ListedFile,
    path=st.sampled_from(["A.MP4", "B_IMP.MP4", "DCIM/EVENT/C.MP4", "DCIM/D_0001.MP4"]),
    size_bytes=st.integers(0, 2),
    begun_ms=st.none() | st.integers(0, 3),
    ended_ms=st.none() | st.integers(0, 3),
)


@given(st.lists(files), st.randoms())
def test_the_order_does_not_depend_on_the_cameras(listed: list[ListedFile], random: Random) -> None:
    shuffled = random.sample(listed, len(listed))
    rank = [reading_order(MODEL, file) for file in sorted(shuffled, key=lambda file: reading_order(MODEL, file))]
    assert rank == sorted(reading_order(MODEL, file) for file in listed)
    marked = [not unmarked for unmarked, *_ in rank]
    assert marked == sorted(marked, reverse=True)


def test_without_patterns_nothing_is_marked_and_nothing_numbered() -> None:
    bare = CameraModelConfig(design_mah=3000, recording_ma=500, standby_ma=20)
    file = ListedFile("DCIM/A_0001_IMP.MP4", 1, None, None)
    assert not is_marked(bare, file.path)
    assert not is_marked(None, file.path)
    assert not list(numbers_of(bare, [file]))
    assert list(numbers_of(MODEL, [file, file._replace(path="A_12.MP4"), file._replace(path="x/B_00420.MP4")])) == [
        1,
        42,
    ]


def test_a_station_takes_its_limit_and_its_emergency_bays_from_its_configuration() -> None:
    bays = (BayWiring(name="1", usb="1-1.1"), BayWiring(name="2", usb="1-1.2", emergency=True))
    config = SimpleNamespace(bays=bays, hardware=HardwareWiring(pulls_per_hub=1))
    turns = Parts.turns(SimpleNamespace(config=config))  # type: ignore[arg-type]
    with turns.turn("1", "1-1.1", marked=False, require_there=stays):
        hub = turns._hubs["1-1"]
        assert (hub.turns_max, set(hub.emergency)) == (1, {"2"})
