"""Promise: our camera as a real USB device keeps to a schedule of faults, read from a file; what it cannot say is told.

Its endpoints are sockets here, on which nothing halts: using one against its direction is what a halt looks like.
"""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from hardware.simulated.dock import Dock
from hardware.simulated.faults import EVER_AFTER, Fault, Kind, Nature
from hardware.simulated.gadget_descriptors import Event, EventKind
from hardware.simulated.habits import BatteryForm, Habits
from hardware.simulated.nature_file import read_nature, write_nature
from tests.test_simulated_camera import NOW_MS, Wired

INFO, OPEN, OBJECT = 0x1001, 0x1002, 0x1009
OK = 0x2001
CONTENT = bytes(index * 31 % 251 for index in range(3_000))
Faulty = Callable[..., Wired]


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    monkeypatch.setattr("hardware.simulated.gadget._NOT_PLUGGED_IN", {32, 104})
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    dock.film("T8-1", "a.mp4", CONTENT, NOW_MS, NOW_MS)
    made: list[Wired] = []

    def make(*faults: Fault) -> Wired:
        made.append(Wired(dock, *faults))
        return made[-1]

    yield make
    for wired in made:
        wired.close()


def answered(wired: Wired, operation: int, *parameters: int) -> tuple[bytes, int]:
    """Its data with the header, and the code of its response."""
    wired.ask(operation, *parameters)
    data = b""
    while True:
        packet = wired.bulk_in.recv(1 << 17)
        if len(packet) >= 12 and struct.unpack_from("<IH", packet)[1] == 3:
            return data, struct.unpack_from("<IHH", packet)[2]
        data += packet


def heard(wired: Wired, seconds: float = 0.2) -> bytes:
    wired.bulk_in.settimeout(seconds)
    try:
        return wired.bulk_in.recv(1 << 17)
    except TimeoutError:
        return b""
    finally:
        wired.bulk_in.settimeout(5)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        (Kind.SILENCE, Event(EventKind.SETUP, 0x21, 0x64, 0, 6)),
        (Kind.WEDGE, Event(EventKind.ENABLE, 0, 0, 0, 0)),
    ],
)
def test_it_is_silent_in_mid_answer_until_the_host_ends_it(faulty: Faulty, kind: Kind, ends: Event) -> None:
    wired = faulty(Fault(kind, INFO, at=20))
    wired.ask(INFO)
    assert len(wired.bulk_in.recv(1 << 17)) == 20
    wired.ask(INFO)
    assert not heard(wired), "it took a question in the middle of an answer"
    wired.control.send(bytes(6))
    wired.gadget.hear(ends)
    assert struct.unpack_from("<IH", wired.bulk_in.recv(1 << 17))[1] == 2
    assert struct.unpack_from("<IHH", wired.bulk_in.recv(1 << 17))[1:] == (3, OK)


def test_a_wedged_camera_does_not_hear_a_cancel(faulty: Faulty) -> None:
    wired = faulty(Fault(Kind.WEDGE, INFO, at=20))
    wired.ask(INFO)
    wired.bulk_in.recv(1 << 17)
    wired.control.send(bytes(6))
    wired.gadget.hear(Event(EventKind.SETUP, 0x21, 0x64, 0, 6))
    wired.ask(INFO)
    assert not heard(wired)


@pytest.mark.parametrize("both", [0, 1])
def test_a_halt_is_a_use_against_the_direction(faulty: Faulty, both: int) -> None:
    wired = faulty(Fault(Kind.STALL, INFO, at=20, value=both))
    wired.ask(INFO)
    assert len(wired.bulk_in.recv(1 << 17)) == 20
    wired.ask(INFO)
    assert not heard(wired), "it went on without halting"
    wired.bulk_in.send(b"what a read of the IN endpoint takes")
    if both:
        assert wired.bulk_out.recv(8) == b"\0"
    assert len(wired.bulk_in.recv(1 << 17)) > 20


def test_it_vanishes_in_mid_answer(faulty: Faulty) -> None:
    wired = faulty(Fault(Kind.VANISH, INFO, at=20))
    wired.ask(INFO)
    assert len(wired.bulk_in.recv(1 << 17)) == 20
    assert wired.vanished.wait(5)


def test_it_says_nothing_while_nobody_reads_its_messages(faulty: Faulty) -> None:
    wired = faulty(Fault(Kind.EVENTS, INFO, value=3_000))
    wired.ask(INFO)
    assert not heard(wired)
    for _ in range(3_000):
        wired.interrupt.recv(64)
    assert heard(wired, 5)


def test_refusals_and_faults_are_counted_over_pluggings(faulty: Faulty) -> None:
    wired = faulty(Fault(Kind.REFUSE, INFO, nth=2, value=0x2019))
    assert answered(wired, INFO)[1] == OK
    wired.gadget.hear(Event(EventKind.ENABLE, 0, 0, 0, 0))
    assert [answered(wired, INFO)[1] for _ in range(2)] == [0x2019, OK]


# --- the file


def test_a_nature_is_read_as_it_was_written() -> None:
    nature = Nature(
        (
            Fault(Kind.STALL, OBJECT, at=5, value=1, content=b"\xff\0"),
            Fault(Kind.WEDGE, OPEN, first=3, times=EVER_AFTER),
        ),
        habits=Habits(
            sizes="modulo", without=frozenset({1, 2}), names=(("a", b"\x01a\0"),), battery=BatteryForm(4, listed=True)
        ),
    )
    assert read_nature(write_nature(nature)) == nature
    assert read_nature(b'{"faults":[{"kind":"JOIN","operation":4105}]}').faults == (Fault(Kind.JOIN, OBJECT),)
    assert read_nature(b"{}") == Nature(habits=Habits())


@pytest.mark.parametrize(
    "said",
    [
        b'{"faults":[{"kind":"LOUD","operation":1}]}',
        b'{"faults":[{"kind":"JOIN","operation":1,"when":2}]}',
        b'{"habits":{"sizes":"small"}}',
        b'{"traits":{}}',
        b"nothing",
    ],
)
def test_what_no_camera_is_like_is_an_error(said: bytes) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        read_nature(said)
