"""Promise: however a camera's bytes are cut, joined or broken off, a file is read whole or not at all."""

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mtp.codes import DeviceProperty, ObjectProperty, Operation
from hardware.mtp.initiator import DATASET_BYTES_MAX, CameraRefusedError, Initiator
from hardware.wires import BusyError, ForbiddenError, LyingError, SilentError, WireError
from tests.scripted_pipe import DATA, LENGTH_UNKNOWN, OK, RESPONSE, ScriptedPipe, container, cut

GET_OBJECT, GET_INFO = 0x1009, 0x1008
SIZES = (0, 1, 11, 12, 499, 500, 501, 511, 512, 513, 1_012, 1_024, 4_084)
"""Around a packet of 512 bytes, with and without the header of 12."""


def file_of(size: int) -> bytes:
    return bytes(index * 31 % 251 for index in range(size))


def opened(*reads: bytes) -> tuple[Initiator, ScriptedPipe]:
    pipe = ScriptedPipe([container(RESPONSE, OK, 0), *reads])
    initiator = Initiator(pipe)
    initiator.open_session()
    return initiator, pipe


def answer(content: bytes, length: int | None = None) -> bytes:
    return container(DATA, GET_OBJECT, 1, content, length) + container(RESPONSE, OK, 1)


def pulled(initiator: Initiator, size: int) -> bytes:
    return b"".join(bytes(piece) for piece in initiator.object(5, size))


@pytest.mark.parametrize("length", [None, LENGTH_UNKNOWN], ids=["length said", "length left open"])
@pytest.mark.parametrize("size", SIZES)
def test_a_file_cut_at_any_byte_is_whole(size: int, length: int | None) -> None:
    stream = answer(file_of(size), length)
    for end in {*range(40), *range(490, 540), *range(len(stream) - 40, len(stream) + 1)}:
        initiator, _pipe = opened(*cut(stream, [end]))
        assert pulled(initiator, size) == file_of(size)
        assert initiator.unfinished is None


@given(st.sampled_from(SIZES), st.lists(st.integers(0, 1_100), max_size=40, unique=True), st.booleans())
def test_a_file_cut_anywhere_any_number_of_times_is_whole(size: int, ends: list[int], left_open: bool) -> None:  # noqa: FBT001
    stream = answer(file_of(size), LENGTH_UNKNOWN if left_open else None)
    initiator, _pipe = opened(*cut(stream, ends))
    assert pulled(initiator, size) == file_of(size)


def test_a_byte_at_a_time_is_enough() -> None:
    stream = answer(file_of(1_013))
    initiator, _pipe = opened(*(bytes([byte]) for byte in stream))
    assert pulled(initiator, 1_013) == file_of(1_013)


@pytest.mark.parametrize("length", [None, LENGTH_UNKNOWN], ids=["length said", "length left open"])
@pytest.mark.parametrize("size", [0, 1, 12, 500, 512])
def test_a_file_broken_off_at_any_byte_is_an_error(size: int, length: int | None) -> None:
    stream = answer(file_of(size), length)
    for end in range(len(stream)):
        initiator, _pipe = opened(stream[:end])
        with pytest.raises(SilentError):
            pulled(initiator, size)
        assert initiator.unfinished == 1


@pytest.mark.parametrize("length", [None, LENGTH_UNKNOWN], ids=["length said", "length left open"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("off_by", [-512, -24, -12, -1, 1, 11, 12, 24, 512])
def test_a_file_of_another_size_is_an_error(size: int, off_by: int, length: int | None) -> None:
    if size + off_by < 0:
        return
    initiator, _pipe = opened(answer(file_of(size + off_by), length))
    with pytest.raises((LyingError, SilentError)):
        pulled(initiator, size)
    with pytest.raises(SilentError, match="open it again"):
        initiator.storage_ids()


def test_a_length_cut_to_32_bits_is_an_error() -> None:
    initiator, _pipe = opened(answer(b"", length=12 + (5 << 30) % (1 << 32)))
    with pytest.raises(LyingError, match="of a file of"):
        pulled(initiator, 5 << 30)


def test_a_file_of_more_than_4_gib_is_counted_to_its_end() -> None:
    size, mebibyte = (1 << 32) + 5, bytes(1 << 20)

    def reads() -> Iterator[bytes]:
        yield container(RESPONSE, OK, 0)
        yield container(DATA, GET_OBJECT, 1, length=LENGTH_UNKNOWN)
        for _ in range(size >> 20):
            yield mebibyte
        yield bytes(5) + container(RESPONSE, OK, 1)

    class Uncopied(ScriptedPipe):
        def receive(self, patience_ms: int) -> memoryview:  # noqa: ARG002
            return memoryview(next(self._reads))

    initiator = Initiator(Uncopied(reads()))
    initiator.open_session()
    assert sum(len(piece) for piece in initiator.object(5, size)) == size
    assert initiator.unfinished is None


def test_an_empty_file_may_come_without_data() -> None:
    initiator, _pipe = opened(container(RESPONSE, OK, 1))
    assert pulled(initiator, 0) == b""
    initiator, _pipe = opened(container(RESPONSE, OK, 1))
    with pytest.raises(LyingError, match="sent nothing"):
        pulled(initiator, 1)


def test_a_camera_that_says_no_may_be_asked_again() -> None:
    again = container(DATA, GET_OBJECT, 2, b"abc") + container(RESPONSE, OK, 2)
    initiator, _pipe = opened(container(RESPONSE, 0x2009, 1), again)
    with pytest.raises(CameraRefusedError, match=r"GET_OBJECT with INVALID_OBJECT_HANDLE \(0x2009\)") as refused:
        pulled(initiator, 3)
    assert isinstance(refused.value, ForbiddenError)
    assert pulled(initiator, 3) == b"abc"


def test_a_no_after_the_data_is_a_no() -> None:
    initiator, _pipe = opened(container(DATA, GET_OBJECT, 1, b"abc") + container(RESPONSE, 0x2007, 1))
    with pytest.raises(CameraRefusedError, match="0x2007"):
        pulled(initiator, 3)


def test_a_busy_camera_is_busy_and_not_refusing() -> None:
    initiator, _pipe = opened(container(RESPONSE, 0x2019, 1))
    with pytest.raises(BusyError, match="ask again"):
        initiator.storage_ids()
    assert initiator.unfinished is None


def test_a_pull_left_in_the_middle_leaves_no_bytes_to_the_next_question() -> None:
    initiator, pipe = opened(*cut(answer(file_of(1_000)), [400]))
    pieces = initiator.object(5, 1_000)
    next(pieces)
    del pieces
    sent = len(pipe.sent)
    with pytest.raises(SilentError, match="open it again"):
        initiator.object_info(5)
    assert len(pipe.sent) == sent
    assert initiator.unfinished == 1


@pytest.mark.parametrize(
    "lie",
    [
        container(RESPONSE, OK, 2),
        container(DATA, GET_INFO, 2, b"abc"),
        container(4, 0x4002, 1),
        container(1, GET_INFO, 1),
        container(9, OK, 1),
        container(RESPONSE, OK, 1, bytes(24)),
        container(DATA, GET_INFO, 1, length=DATASET_BYTES_MAX + 1),
        container(DATA, GET_INFO, 1, length=LENGTH_UNKNOWN),
        container(DATA, GET_OBJECT, 1, bytes(60)) + container(RESPONSE, OK, 1),
        container(RESPONSE, GET_INFO, 1),
        container(RESPONSE, 0, 1),
        container(RESPONSE, OK, 1, length=11),
        container(DATA, GET_INFO, 1, bytes(60)) + b"\0" + container(RESPONSE, OK, 1),
        container(DATA, GET_INFO, 1, b"abc") + container(DATA, GET_INFO, 1, b"abc"),
        container(RESPONSE, OK, 1),
        bytes(12),
    ],
    ids=lambda lie: lie.hex()[:40],
)
def test_a_broken_protocol_is_a_lie(lie: bytes) -> None:
    initiator, _pipe = opened(lie)
    with pytest.raises(LyingError):
        initiator.object_info(5)


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_any_bytes_are_an_answer_or_an_error(reads: list[bytes]) -> None:
    initiator, _pipe = opened(*reads)
    with suppress(WireError):
        pulled(initiator, 40)
    with suppress(WireError):
        initiator.object_handles(1, 2)


def test_an_answer_in_crumbs_is_not_listened_to_for_days() -> None:
    header = container(DATA, Operation.GET_DEVICE_INFO, 0, b"", DATASET_BYTES_MAX)
    crumbs = count()
    pipe = ScriptedPipe(chain((header,), (b"\x01" for _ in crumbs)))
    with pytest.raises(LyingError, match="crumbs"):
        Initiator(pipe).device_info()
    assert next(crumbs) < DATASET_BYTES_MAX // 16


def test_packets_with_nothing_in_them_come_to_an_end() -> None:
    initiator, _pipe = opened(*(b"" for _ in range(1_000)))
    with pytest.raises(SilentError, match="nothing in them"):
        initiator.storage_ids()


@pytest.mark.parametrize("stray", [b"\0", b"\0\0\0"])
def test_an_answer_counted_a_few_bytes_too_long_is_that_answer(stray: bytes) -> None:
    for behind in (stray, b""):
        already_open = container(RESPONSE, 0x201E, 0, length=12 + len(stray)) + behind
        pipe = ScriptedPipe([already_open, container(RESPONSE, OK, 0), container(RESPONSE, OK, 0)])
        Initiator(pipe).open_session()
        assert len(pipe.sent) == 3


def test_data_where_none_belongs_is_a_lie() -> None:
    initiator, _pipe = opened(container(DATA, 0x100B, 1, b"abc") + container(RESPONSE, OK, 1))
    with pytest.raises(LyingError, match="more than it said"):
        initiator.delete(5)
    assert initiator.unfinished == 1


def test_no_instead_of_data_to_come_is_a_no() -> None:
    initiator, _pipe = opened(container(RESPONSE, 0x200A, 1), container(RESPONSE, OK, 2))
    with pytest.raises(CameraRefusedError, match="DEVICE_PROP_NOT_SUPPORTED"):
        initiator.set_property_value(DeviceProperty.DATE_TIME, b"value")
    initiator.delete(5)


CUT_DATASET = container(DATA, 0x1007, 1, struct.pack("<4I", 3, 7, 8, 9)) + container(RESPONSE, OK, 1)


@given(st.lists(st.integers(0, len(CUT_DATASET)), max_size=20, unique=True))
def test_a_dataset_cut_anywhere_is_whole(ends: list[int]) -> None:
    initiator, _pipe = opened(*cut(CUT_DATASET, ends))
    assert initiator.object_handles(1, 2) == (7, 8, 9)


@pytest.mark.parametrize("ends", [[0], [12], [12, 28], [28, 28], [0, 0, 12, 12, 28, 28]], ids=str)
def test_packets_with_nothing_in_them_end_nothing(ends: list[int]) -> None:
    initiator, _pipe = opened(*cut(CUT_DATASET, ends))
    assert initiator.object_handles(1, 2) == (7, 8, 9)


class Waited(ScriptedPipe):
    """Notes how long it was waited for."""

    def __init__(self, reads: list[bytes]) -> None:
        super().__init__(reads)
        self.patience_ms: list[int] = []

    def receive(self, patience_ms: int) -> memoryview:
        self.patience_ms.append(patience_ms)
        return super().receive(patience_ms)


def waited(ask: Callable[[Initiator], object], *reads: bytes) -> list[int]:
    pipe = Waited([container(RESPONSE, OK, 0), *reads])
    initiator = Initiator(pipe)
    initiator.open_session()
    with suppress(WireError):
        ask(initiator)
    return pipe.patience_ms[1:]


def test_each_question_has_a_patience_of_its_own() -> None:
    (greeting,) = waited(lambda initiator: initiator.device_info())
    (listing,) = waited(lambda initiator: initiator.object_handles(1, 2))
    (listing_by_property,) = waited(lambda initiator: initiator.property_list(1, ObjectProperty.OBJECT_SIZE))
    (one_file,) = waited(lambda initiator: initiator.object_info(5))
    (deleting,) = waited(lambda initiator: initiator.delete(5))
    assert greeting <= 5_000 < one_file <= 10_000 < deleting <= 30_000 < listing
    assert listing == listing_by_property >= 60_000


def test_once_an_answer_began_it_is_waited_for_as_data() -> None:
    first, *others = waited(lambda initiator: pulled(initiator, 600), *cut(answer(file_of(600)), [12, 400, 512]))
    assert (first, set(others)) == (30_000, {20_000})


def test_stray_bytes_behind_an_answer_are_not_the_next_one() -> None:
    first, second = container(RESPONSE, OK, 1) + b"\0", container(RESPONSE, OK, 2)
    initiator, _pipe = opened(first, second)
    initiator.delete(5)
    initiator.delete(6)


def test_a_session_left_open_is_closed_first() -> None:
    pipe = ScriptedPipe([container(RESPONSE, code, 0) for code in (0x201E, OK, OK)])
    Initiator(pipe).open_session()
    assert [struct.unpack_from("<HI", sent, 6) for sent in pipe.sent] == [(0x1002, 0), (0x1003, 0), (0x1002, 0)]


def test_transactions_are_counted_from_1_and_never_reach_the_last_number() -> None:
    initiator, pipe = opened(container(RESPONSE, OK, 0xFFFFFFFE), container(RESPONSE, OK, 1))
    initiator._next_transaction = 0xFFFFFFFE
    initiator.delete(5)
    initiator.delete(6)
    assert [struct.unpack_from("<I", sent, 8)[0] for sent in pipe.sent] == [0, 0xFFFFFFFE, 1]


@pytest.mark.parametrize(
    ("sent", "size"),
    [
        (b"\5\0\0\0", 5),
        (b"\5\0\0\0\1\0\0\0", (1 << 32) + 5),
        (b"\xff\xff\xff\xff", None),
        (b"\xff\xff\xff\xff\0\0\0\0", 0xFFFFFFFF),
    ],
)
def test_a_size_of_32_or_64_bits_is_a_size(sent: bytes, size: int | None) -> None:
    initiator, _pipe = opened(container(DATA, 0x9803, 1, sent) + container(RESPONSE, OK, 1))
    assert initiator.object_size(5) == size


def test_a_size_of_other_bits_is_a_lie() -> None:
    initiator, _pipe = opened(container(DATA, 0x9803, 1, bytes(16)) + container(RESPONSE, OK, 1))
    with pytest.raises(LyingError, match="16 bytes"):
        initiator.object_size(5)


# --- a byte in place of an empty packet

FULL = bytes(500)
"""With its header it fills a packet."""
SAID = container(DATA, GET_OBJECT, 1, FULL)
END = container(RESPONSE, OK, 1)


@pytest.mark.parametrize(
    "reads",
    [
        [SAID + b"\xee", END],
        [SAID, b"\xee", END],
        [SAID, b"", b"\xee", b"", END],
        [SAID[:12], SAID[12:], b"\xee", END],
        [SAID + b"\x0c", END],
        [SAID + b"\xee", *cut(END, range(12))],
        [SAID, *cut(END, range(12))],
    ],
    ids=["with the data", "by itself", "empty ones", "split", "like an answer", "by bytes", "none"],
)
def test_a_byte_that_stands_for_an_empty_packet_is_passed_over(reads: list[bytes]) -> None:
    initiator, _pipe = opened(*reads)
    assert pulled(initiator, len(FULL)) == FULL
    assert initiator.unfinished is None


def test_a_byte_that_stands_for_an_empty_packet_ends_a_dataset_and_a_part_too() -> None:
    handles = struct.pack("<13I", 12, *range(1, 13))
    initiator, _pipe = opened(container(DATA, 0x1007, 1, handles) + b"\0", END)
    assert initiator.object_handles(1, 2) == tuple(range(1, 13))
    initiator, _pipe = opened(container(DATA, 0x95C1, 1, FULL) + b"\0", END)
    part = [bytes(piece) for piece in initiator.partial(Operation.GET_PARTIAL_OBJECT_64, 5, 0, 900)]
    assert b"".join(part) == FULL


@pytest.mark.parametrize(
    ("size", "reads"),
    [
        (500, [SAID + b"\xee" + END]),
        (500, [SAID + b"\xee\xee", END]),
        (500, [SAID + b"\xee", b"\xee", END]),
        (500, [SAID + b"\xee", container(RESPONSE, OK, 2)]),
        (500, [SAID + b"\xee", container(DATA, GET_OBJECT, 1) + END]),
        (500, [container(DATA, GET_OBJECT, 1, FULL, LENGTH_UNKNOWN) + b"\xee", END]),
        (499, [container(DATA, GET_OBJECT, 1, FULL[1:]) + b"\xee", END]),
        (0, [container(DATA, GET_OBJECT, 1), b"\xee", END]),
        (0, [container(DATA, GET_OBJECT, 1, b"", LENGTH_UNKNOWN), b"\xee", END]),
        (0, [container(DATA, GET_OBJECT, 1, END) + END]),
    ],
    ids=[
        "before the answer", "two", "two alone", "another's answer", "more data", "uncounted", "in the last packet",
        "an empty file", "an empty file uncounted", "an empty file like an answer",
    ],
)  # fmt: skip
def test_a_byte_more_anywhere_else_is_a_file_of_another_size(size: int, reads: list[bytes]) -> None:
    initiator, _pipe = opened(*reads)
    with pytest.raises(LyingError):
        pulled(initiator, size)
    assert initiator.unfinished == 1


def test_a_property_is_sent_as_data_of_the_same_transaction() -> None:
    initiator, pipe = opened(container(RESPONSE, OK, 1))
    initiator.set_property_value(DeviceProperty.DATE_TIME, b"value")
    assert pipe.sent[-1] == container(DATA, 0x1016, 1, b"value")
