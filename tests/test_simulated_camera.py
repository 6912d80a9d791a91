"""Promise: the simulated camera keeps to MTP as a stranger's software reads it, but for what its schedule names."""

import errno
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hardware.simulated import gadget_descriptors
from hardware.simulated.camera import Habits, SimulatedCamera
from hardware.simulated.dock import About, Dock
from hardware.simulated.faults import Fault, Kind, Schedule
from hardware.simulated.gadget import Endpoints, Gadget
from hardware.simulated.gadget_descriptors import Event, EventKind
from hardware.simulated.habits import BatteryForm
from tests.raw_host import RawHost

NOW_MS = 1_790_000_000_500
STORAGE = 0x00010001
ALL = 0xFFFFFFFF
CONTENT = bytes(index * 31 % 251 for index in range(3_000))
OK = 0x2001


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    dock.film("T8-1", "DCIM/clip.mp4", CONTENT, NOW_MS - 60_000, NOW_MS)
    dock.film("T8-1", "note.txt", b"note", NOW_MS - 60_000, NOW_MS)
    return dock


def host(dock: Dock, habits: Habits | None = None, *faults: Fault) -> RawHost:
    found = RawHost(SimulatedCamera(dock, "T8-1", lambda: NOW_MS, habits or Habits(), Schedule(faults)))
    assert found.ask(0x1002, 1)[0] == OK
    return found


def clip(found: RawHost) -> int:
    (folder, _note) = found.numbers(0x1007, STORAGE, 0, ALL)
    (handle,) = found.numbers(0x1007, STORAGE, 0, folder)
    return handle


# --- what it answers


def test_everything_it_claims_it_does(dock: Dock) -> None:
    """Whatever stands in its DeviceInfo is not refused as unsupported; whatever does not, is."""
    found = host(dock)
    info = found.data(0x1001)
    start = 8 + 1 + 2 * info[8] + 2
    (count,) = struct.unpack_from("<I", info, start)
    claimed = set(struct.unpack_from(f"<{count}H", info, start + 4))
    assert {0x1005, 0x1006, 0x101B, 0x95C1, 0x9801, 0x9802, 0x9803, 0x9805} <= claimed
    for operation in claimed - {0x1003, 0x1016}:
        assert found.ask(operation, 1, 0xDC04)[0] != 0x2005, hex(operation)
    for operation in (0x100C, 0x100D, 0x101A, 0x95C2, 0x9804, 0x9999):
        assert found.ask(operation, 1)[0] == 0x2005


def test_the_card_is_described(dock: Dock) -> None:
    shown = host(dock, Habits(read_only=True)).data(0x1005, STORAGE)
    kind, layout, access, capacity, free, _images = struct.unpack_from("<HHHQQI", shown)
    assert (kind, layout, access) == (3, 2, 2)
    assert 0 < free <= capacity
    assert host(dock).ask(0x1005, 7)[0] == 0x2008


def test_objects_are_counted_as_they_are_listed(dock: Dock) -> None:
    found = host(dock)
    for parent, many in ((0, 3), (ALL, 2)):
        assert len(found.numbers(0x1007, STORAGE, 0, parent)) == many
        assert found.ask(0x1006, STORAGE, 0, parent)[1] == (many,)
    assert len(found.numbers(0x1007, STORAGE, 0x3001, 0)) == 1


@pytest.mark.parametrize(("offset", "most"), [(0, 3_000), (0, 1), (2_999, 10), (3_000, 10), (512, 1_000)])
def test_a_part_of_a_file_is_that_part_and_its_length_is_answered(dock: Dock, offset: int, most: int) -> None:
    found = host(dock)
    handle = clip(found)
    wanted = CONTENT[offset : offset + most]
    assert found.ask(0x101B, handle, offset, most) == (OK, (len(wanted),), wanted)
    assert found.ask(0x95C1, handle, offset, 0, most) == (OK, (len(wanted),), wanted)


def test_a_part_beyond_4_gib_is_that_part(dock: Dock) -> None:
    with (dock.card("T8-1") / "huge.mp4").open("wb") as file:
        file.seek(5 << 30)
        file.write(b"end")
    found = host(dock)
    handle = found.numbers(0x1007, STORAGE, 0, ALL)[1]
    assert found.ask(0x95C1, handle, 1 << 30, 1, 100) == (OK, (3,), b"end")
    assert found.data(0x9803, handle, 0xDC04) == struct.pack("<Q", (5 << 30) + 3)


def test_each_property_of_an_object_has_one_value_however_it_is_asked(dock: Dock) -> None:
    found = host(dock)
    handle = clip(found)
    supported = found.data(0x9801, 0xB982)
    numbers = struct.unpack(f"<{len(supported) // 2 - 2}H", supported[4:])
    listed = found.data(0x9805, handle, 0, ALL, 0, 0)
    assert struct.unpack_from("<I", listed) == (len(numbers),)
    rest = listed[4:]
    for number in numbers:
        described = found.data(0x9802, number, 0xB982)
        value = found.data(0x9803, handle, number)
        head = struct.pack("<IH", handle, number) + described[2:4]
        assert rest.startswith(head + value)
        rest = rest[len(head + value) :]
    assert rest == b""
    assert found.data(0x9803, handle, 0xDC07) == b"\x09" + "clip.mp4\0".encode("utf-16-le")


@pytest.mark.parametrize(("handle", "depth", "many"), [(ALL, 0, 3), (0, ALL, 3), (0, 1, 2), (ALL, 1, 2), (1, 1, 1)])
def test_property_lists_reach_as_far_as_they_are_asked(dock: Dock, handle: int, depth: int, many: int) -> None:
    found = host(dock)
    clip(found)
    listed = found.data(0x9805, handle, 0, 0xDC04, 0, depth)
    assert len(listed) == 4 + many * 16
    assert found.ask(0x9805, handle, 0, 0xDC04, 0, 2)[0] == 0xA808


@pytest.mark.parametrize("form", [BatteryForm(255), BatteryForm(4, listed=True), BatteryForm(0x8000, wide=True)])
def test_a_battery_is_counted_and_described_alike(dock: Dock, form: BatteryForm) -> None:
    dock.tell_about("T8-1", About(battery_percent=50))
    found = host(dock, Habits(battery=form))
    value = found.data(0x1015, 0x5001)
    assert int.from_bytes(value, "little") == form.largest // 2
    assert found.data(0x1014, 0x5001)[5 + len(value) :].startswith(value)


def test_a_new_file_is_said_once_when_it_looks(dock: Dock) -> None:
    found = host(dock)
    found.camera.look()
    dock.film("T8-1", "DCIM/later.mp4", b"later", NOW_MS, NOW_MS)
    found.camera.look()
    found.camera.look()
    (said,) = found.camera.interrupts
    length, kind, code, _transaction, handle = struct.unpack("<IHHII", said)
    assert (length, kind, code) == (16, 4, 0x4002)
    assert found.data(0x1009, handle) == b"later"


# --- what goes wrong


def test_a_fault_strikes_where_it_is_told_and_nowhere_else(dock: Dock) -> None:
    found = host(dock, None, Fault(Kind.REFUSE, 0x1004, nth=2, times=2, value=0x2019))
    assert [found.ask(0x1004)[0] for _ in range(5)] == [OK, 0x2019, 0x2019, OK, OK]
    once = host(dock, None, Fault(Kind.REFUSE, 0x1008, first=2, value=0x2002))
    clip(once)
    assert [once.ask(0x1008, handle)[0] for handle in (1, 2, 2)] == [OK, 0x2002, OK]


def test_a_schedule_goes_on_counting_when_the_camera_is_plugged_in_again(dock: Dock) -> None:
    schedule = Schedule([Fault(Kind.REFUSE, 0x1002, nth=2, value=0x2019)])
    answers = []
    for _ in range(3):
        camera = SimulatedCamera(dock, "T8-1", lambda: NOW_MS, Habits(), schedule)
        answers.append(RawHost(camera).ask(0x1002, 1)[0])
    assert answers == [OK, 0x2019, OK]


@pytest.mark.parametrize("at", [0, 1, 12, 700, 3_011, 3_012])
def test_silence_begins_at_its_byte_and_cancelling_ends_it(dock: Dock, at: int) -> None:
    found = host(dock, None, Fault(Kind.SILENCE, 0x1009, at=at))
    handle = clip(found)
    assert sum(map(len, found.reads(0x1009, handle))) == at
    assert found.camera.busy()
    found.camera.cancel()
    assert found.data(0x1009, handle) == CONTENT


def test_what_was_in_its_buffers_comes_after_a_cancel_and_its_status_is_busy_first(dock: Dock) -> None:
    habits = Habits(stale_bytes=8_192, busy_after_cancel=2)
    found = host(dock, habits, Fault(Kind.SILENCE, 0x1009, at=512))
    found.reads(0x1009, clip(found))
    found.camera.cancel()
    assert [found.camera.status()[2:] for _ in range(3)] == [b"\x19\x20", b"\x19\x20", b"\x01\x20"]
    assert found.camera.busy()
    assert sum(map(len, found.rest())) == 8_192
    assert found.ask(0x1004)[0] == OK


@pytest.mark.parametrize(
    ("fault", "stream"),
    [
        (Fault(Kind.JOIN, 0x1009), CONTENT + struct.pack("<IHHI", 12, 3, OK, 4)),
        (Fault(Kind.STRAY, 0x1009), CONTENT + b"\xee" + struct.pack("<IHHI", 12, 3, OK, 4)),
        (Fault(Kind.CUT, 0x1009, at=10), CONTENT[:10] + struct.pack("<IHHI", 12, 3, OK, 4)),
        (Fault(Kind.TRANSACTION, 0x1009, value=9), CONTENT + struct.pack("<IHHI", 12, 3, OK, 9)),
        (Fault(Kind.LONG_ANSWER, 0x1009), CONTENT + struct.pack("<IHHIB", 13, 3, OK, 4, 0)),
        (Fault(Kind.CONTENT, 0x1009, content=b"lie"), b"lie" + struct.pack("<IHHI", 12, 3, OK, 4)),
    ],
    ids=lambda value: value.kind.name if isinstance(value, Fault) else "",
)
def test_spoilt_answers_are_spoilt_as_told(dock: Dock, fault: Fault, stream: bytes) -> None:
    found = host(dock, None, fault)
    reads = found.reads(0x1009, clip(found))
    assert b"".join(reads)[12:] == stream
    assert len(reads) == (1 if fault.kind == Kind.JOIN else 2)


@pytest.mark.parametrize("root", [ALL, 0, STORAGE])
def test_it_knows_its_root_by_the_parents_it_is_told_and_no_others(dock: Dock, root: int) -> None:
    habits = Habits(roots=frozenset({root}), lists_everything=False, root_told=STORAGE)
    found = host(dock, habits)
    top = found.numbers(0x1007, STORAGE, 0, root)
    assert len(top) == 2
    assert {found.data(0x1008, handle)[38:42] for handle in top} == {struct.pack("<I", STORAGE)}
    assert len(found.data(0x9805, 0, 0, 0xDC04, 0, 1)) == 4 + 2 * 16
    finds_nothing = host(dock, habits._replace(refuses_roots=False))
    for other in {ALL, 0, STORAGE} - {root}:
        assert found.ask(0x1007, STORAGE, 0, other)[0] == 0x201A
        assert finds_nothing.numbers(0x1007, STORAGE, 0, other) == ()


def test_a_size_that_it_does_not_say_is_0_wherever_it_is_asked(dock: Dock) -> None:
    found = host(dock, Habits(sizes="none"))
    handle = clip(found)
    assert found.data(0x1008, handle)[8:12] == bytes(4)
    assert found.data(0x9803, handle, 0xDC04) == bytes(8)
    assert found.data(0x9805, handle, 0, 0xDC04, 0, 0)[12:] == bytes(8)
    assert found.data(0x1009, handle) == CONTENT


@pytest.mark.parametrize("split", [False, True], ids=["joined", "split"])
def test_a_byte_stands_for_an_empty_packet_where_one_is_due_and_nowhere_else(dock: Dock, *, split: bool) -> None:
    for size in (0, 1, 51, 52, 53, 63, 64, 65, 500, 512):
        dock.film("T8-1", "a.mp4", CONTENT[:size], NOW_MS, NOW_MS)
        found = host(dock, Habits(byte_for_empty=True, split_header=split))
        (*data, _answer) = found.reads(0x1009, found.numbers(0x1007, STORAGE, 0, ALL)[1])
        due = size % 64 == 0 and size > 0 if split else (12 + size) % 64 == 0
        assert b"".join(data)[12:] == CONTENT[:size] + b"\xee" * due


def test_handles_of_the_next_session_mean_other_files(dock: Dock) -> None:
    found = host(dock, Habits(rekeys=True))
    names = []
    for _ in range(2):
        first, _second = found.numbers(0x1007, STORAGE, 0, ALL)
        names.append((first, found.data(0x9803, first, 0xDC07)))
        found.ask(0x1003)
        found.ask(0x1002, 1)
    assert names[0][0] == names[1][0]
    assert names[0][1] != names[1][1]


# --- over FunctionFS, whose files are sockets here: they keep packets apart as endpoints do


class Wired:
    """A gadget whose endpoints end in this test."""

    def __init__(self, dock: Dock, *faults: Fault) -> None:
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(4)]
        self._ours = [ours for ours, _theirs in pairs]
        self._theirs = [theirs for _ours, theirs in pairs]
        self.control, self.bulk_in, self.bulk_out, self.interrupt = self._ours
        for end in self._ours:
            end.settimeout(5)
        schedule, self.vanished = Schedule(faults), threading.Event()
        self.gadget = Gadget(
            Endpoints(*(end.fileno() for end in self._theirs)),
            lambda: SimulatedCamera(dock, "T8-1", lambda: NOW_MS, Habits(), schedule),
            vanish=self.vanished.set,
        )
        self._work = [
            threading.Thread(target=work) for work in (self.gadget.answer_commands, self.gadget.send_interrupts)
        ]
        for thread in self._work:
            thread.start()
        self.gadget.hear(Event(EventKind.ENABLE, 0, 0, 0, 0))

    def ask(self, operation: int, *parameters: int) -> None:
        body = struct.pack(f"<{len(parameters)}I", *parameters)
        self.bulk_out.send(struct.pack("<IHHI", 12 + len(body), 1, operation, 1) + body)

    def close(self) -> None:
        self.gadget.stop()
        for end in self._ours:
            end.close()
        for thread in self._work:
            thread.join(5)
        for end in self._theirs:
            end.close()


@pytest.fixture
def wired(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    """A closed socket breaks off as an endpoint that was pulled out does not."""
    monkeypatch.setattr("hardware.simulated.gadget._NOT_PLUGGED_IN", {errno.EPIPE, errno.ECONNRESET})
    found = Wired(dock)
    yield found
    found.close()


@pytest.mark.parametrize("size", [0, 499, 500, 501, 65_523, 65_524, 65_525, 131_060])
def test_over_functionfs_data_ends_with_a_short_packet(dock: Dock, wired: Wired, size: int) -> None:
    content = CONTENT * (size // len(CONTENT) + 1)
    dock.film("T8-1", "a.mp4", content[:size], NOW_MS, NOW_MS)
    for operation, parameters in ((0x1002, (1,)), (0x1007, (STORAGE, 0, ALL)), (0x1009, (2,))):
        wired.ask(operation, *parameters)
        packets = [wired.bulk_in.recv(1 << 17)]
        while len(packets[-1]) < 12 or struct.unpack_from("<IH", packets[-1])[1] != 3:
            packets.append(wired.bulk_in.recv(1 << 17))
    assert b"".join(packets[:-1])[12:] == content[:size]
    assert len(packets[-1]) == 12
    assert len(packets[-2]) % 512 != 0 or packets[-2] == b""
    assert all(len(packet) % 512 == 0 for packet in packets[:-2])


def test_over_functionfs_a_cancel_ends_an_answer_and_its_status_is_told(dock: Dock, wired: Wired) -> None:
    dock.film("T8-1", "a.mp4", bytes(4 << 20), NOW_MS, NOW_MS)
    for operation, parameters in ((0x1002, (1,)), (0x1007, (STORAGE, 0, ALL)), (0x1009, (2,))):
        wired.ask(operation, *parameters)
        first = wired.bulk_in.recv(1 << 17)
        if operation == 0x1007:
            assert wired.bulk_in.recv(64)
    wired.control.send(struct.pack("<HI", 0x4001, 1))
    wired.gadget.hear(Event(EventKind.SETUP, 0x21, 0x64, 0, 6))
    stale = 0
    wired.bulk_in.settimeout(0.3)
    with suppress(TimeoutError):
        while stale < 4 << 20:
            stale += len(wired.bulk_in.recv(1 << 17))
    assert len(first) + stale < 4 << 20
    wired.gadget.hear(Event(EventKind.SETUP, 0xA1, 0x67, 0, 4))
    assert wired.control.recv(64) == b"\x04\x00\x01\x20"
    wired.ask(0x1004)
    assert wired.bulk_in.recv(64)[4:6] == b"\x02\x00"


def test_over_functionfs_new_files_are_said(dock: Dock, wired: Wired) -> None:
    wired.ask(0x1002, 1)
    wired.bulk_in.recv(64)
    looking = threading.Thread(target=wired.gadget.look_for_files)
    looking.start()
    threading.Event().wait(1.2)
    dock.film("T8-1", "a.mp4", b"a", NOW_MS, NOW_MS)
    assert struct.unpack_from("<IHH", wired.interrupt.recv(64)) == (16, 4, 0x4002)
    wired.gadget.stop()
    looking.join(5)


def test_the_kernel_is_told_of_one_interface_and_three_endpoints_at_two_speeds() -> None:
    encoded = gadget_descriptors.descriptors()
    magic, length, flags, full, high = struct.unpack_from("<IIIII", encoded)
    assert (magic, length, flags, full, high) == (3, len(encoded), 3, 4, 4)
    found, place = [], 20
    while place < len(encoded):
        found.append(encoded[place : place + encoded[place]])
        place += encoded[place]
    assert [descriptor[1] for descriptor in found] == [4, 5, 5, 5] * 2
    assert [descriptor[2] for descriptor in found[5:]] == [0x81, 0x02, 0x83]
    assert found[4][4:9] == bytes([3, 6, 1, 1, 1])
    packets = [struct.unpack_from("<H", descriptor, 4)[0] for descriptor in (found[1], found[5])]
    assert packets == [64, 512]
    assert gadget_descriptors.strings("MTP") == struct.pack("<IIIIH", 2, 22, 1, 1, 0x409) + b"MTP\0"


def test_events_of_ep0_are_read_however_many_come_at_once() -> None:
    setup = struct.pack("<BBHHH", 0x21, 0x64, 0, 0, 6) + b"\x04\0\0\0"
    enable = bytes(8) + b"\x02\0\0\0"
    assert Event.read_all(enable + setup) == [Event(2, 0, 0, 0, 0), Event(4, 0x21, 0x64, 0, 6)]


def test_a_gadget_ends_with_its_control_endpoint(dock: Dock) -> None:
    pipes = [os.pipe() for _ in range(4)]
    gadget = Gadget(Endpoints(*(read for read, _write in pipes)), lambda: host(dock).camera, pytest.fail)
    os.close(pipes[0][1])
    gadget.serve()
    for read, write in pipes:
        os.close(read)
        if write != pipes[0][1]:
            os.close(write)
