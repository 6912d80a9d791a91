"""Promise: from any offset a file comes to its last byte, whichever questions the camera answers, or with an error."""

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mtp import pulling
from hardware.mtp.codes import Operation, Response
from hardware.mtp.datasets import DeviceInfo, ObjectInfo
from hardware.mtp.initiator import CameraRefusedError, Initiator
from hardware.mtp.listing import Found
from hardware.mtp.quirks import STANDARD, Quirks
from hardware.wires import LyingError, SilentError, WireError
from tests.mtp_tree import device
from tests.scripted_pipe import DATA, LENGTH_UNKNOWN, OK, RESPONSE, container

WHOLE, PART, PART_64 = Operation.GET_OBJECT, Operation.GET_PARTIAL_OBJECT, Operation.GET_PARTIAL_OBJECT_64
LARGE, WINDOW = 4_000, 1_024
"""In place of 4 GiB and 64 MiB, except where the true ones are the point."""


class Reader:
    """A camera with one file; answers reads of it, and notes what it was asked: operation, offset, count."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.refuses: dict[int, int] = {}
        self.refuses_from: int | None = None
        self.sends_most: int | None = None
        self.answers_after_data = OK
        self.length: int | None = None
        self.asked: list[tuple[int, int, int]] = []
        self._answer: Iterator[bytes] = iter(())

    def send(self, encoded: bytes) -> None:
        code, transaction = struct.unpack_from("<HI", encoded, 6)
        parameters = struct.unpack(f"<{(len(encoded) - 12) // 4}I", encoded[12:])
        if code == 0x1002:
            self._answer = iter((container(RESPONSE, OK, transaction),))
            return
        offset, count = self._place(code, parameters)
        self.asked.append((code, offset, count))
        refused = self.refuses.get(code)
        if refused is not None and offset >= (self.refuses_from or 0):
            self._answer = iter((container(RESPONSE, refused, transaction),))
            return
        self._answer = self._sent(code, transaction, self.content[offset : offset + count])

    def _place(self, code: int, parameters: tuple[int, ...]) -> tuple[int, int]:
        match code:
            case Operation.GET_PARTIAL_OBJECT:
                _handle, offset, count = parameters
            case Operation.GET_PARTIAL_OBJECT_64:
                _handle, low, high, count = parameters
                offset = low + (high << 32)
            case _:
                return 0, len(self.content)
        return offset, count if self.sends_most is None else min(count, self.sends_most)

    def _sent(self, code: int, transaction: int, payload: bytes) -> Iterator[bytes]:
        yield container(DATA, code, transaction, payload, self.length) + container(
            RESPONSE, self.answers_after_data, transaction
        )

    def receive(self, patience_ms: int) -> memoryview:
        assert patience_ms > 0
        read = next(self._answer, None)
        if read is None:
            raise SilentError("nothing more")
        return memoryview(read)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "_LARGE_BYTES", LARGE)
    monkeypatch.setattr(pulling, "WINDOW_BYTES", WINDOW)


def content_of(size: int) -> bytes:
    return bytes(index * 31 % 251 for index in range(size))


def pulled(camera: Reader, offset: int, says: DeviceInfo, quirks: Quirks = STANDARD) -> bytes:
    initiator = Initiator(camera)
    initiator.open_session()
    found = Found(5, "A.MP4", len(camera.content), ObjectInfo(0, 0, 0, "A.MP4", "", ""))
    taken = b"".join(bytes(piece) for piece in pulling.pull(initiator, says, quirks, found, offset))
    assert initiator.unfinished is None
    return taken


EVERYTHING = device(WHOLE, PART, PART_64)
ABILITIES = [device(WHOLE), device(WHOLE, PART), device(WHOLE, PART_64), EVERYTHING]


@given(
    st.sampled_from(ABILITIES),
    st.integers(0, 6_000),
    st.integers(0, 6_000),
    st.none() | st.integers(1, 700),
    st.sets(st.sampled_from((PART, PART_64))),
    st.integers(0, 6_000),
)
def test_from_any_offset_a_file_comes_to_its_end(
    says: DeviceInfo,
    size: int,
    offset: int,
    sends_most: int | None,
    refused: set[Operation],
    refused_from: int,
) -> None:
    camera = Reader(content_of(size))
    camera.sends_most = sends_most
    camera.refuses = dict.fromkeys(refused, Response.OPERATION_NOT_SUPPORTED)
    camera.refuses_from = refused_from
    assert pulled(camera, min(offset, size), says) == camera.content[min(offset, size) :]


def test_a_file_in_crumbs_is_not_asked_for_byte_by_byte() -> None:
    camera = Reader(content_of(3 * pulling.CRUMBS_MAX))
    camera.sends_most = 1
    with pytest.raises(LyingError, match="next to nothing"):
        pulled(camera, 1, EVERYTHING)
    assert len(camera.asked) == pulling.CRUMBS_MAX + 1


@pytest.mark.parametrize("says", ABILITIES, ids=lambda says: "+".join(sorted(hex(code) for code in says.operations)))
def test_a_small_file_is_asked_for_whole(says: DeviceInfo) -> None:
    camera = Reader(content_of(LARGE - 1))
    assert pulled(camera, 0, says) == camera.content
    assert [code for code, _, _ in camera.asked] == [WHOLE]


def test_a_large_file_is_asked_for_in_windows_where_the_camera_can() -> None:
    camera = Reader(content_of(LARGE))
    assert pulled(camera, 0, EVERYTHING) == camera.content
    assert camera.asked == [(PART_64, place, min(WINDOW, LARGE - place)) for place in range(0, LARGE, WINDOW)]


@pytest.mark.parametrize("says", [device(WHOLE), device(WHOLE, PART)])
def test_a_large_file_without_offsets_of_64_bits_is_asked_for_whole(says: DeviceInfo) -> None:
    camera = Reader(content_of(LARGE))
    assert pulled(camera, 10, says) == camera.content[10:]
    assert [code for code, _, _ in camera.asked] == [WHOLE]


@pytest.mark.parametrize(("says", "asked"), [(device(WHOLE, PART), PART), (EVERYTHING, PART_64), (ABILITIES[0], WHOLE)])
def test_a_file_begun_is_gone_on_with(says: DeviceInfo, asked: Operation) -> None:
    camera = Reader(content_of(3_000))
    assert pulled(camera, 2_500, says) == camera.content[2_500:]
    assert {code for code, _, _ in camera.asked} == {asked}


def test_a_file_that_is_there_already_is_not_asked_for() -> None:
    camera = Reader(content_of(300))
    assert pulled(camera, 300, EVERYTHING) == b""
    assert camera.asked == []


@pytest.mark.parametrize("offset", [-1, 301])
def test_an_offset_outside_the_file_is_a_mistake_of_ours(offset: int) -> None:
    with pytest.raises(ValueError, match="none of them"):
        pulled(Reader(content_of(300)), offset, EVERYTHING)


def test_a_model_known_to_fail_at_parts_is_asked_for_the_whole() -> None:
    camera = Reader(content_of(300))
    assert pulled(camera, 100, EVERYTHING, Quirks(partial_reads=False)) == camera.content[100:]
    assert [code for code, _, _ in camera.asked] == [WHOLE]


def test_a_part_claimed_and_refused_is_asked_for_another_way() -> None:
    camera = Reader(content_of(3_000))
    camera.refuses = {PART_64: Response.OPERATION_NOT_SUPPORTED}
    assert pulled(camera, 100, EVERYTHING) == camera.content[100:]
    assert [code for code, _, _ in camera.asked][:2] == [PART_64, PART]


def test_what_is_refused_in_every_way_is_refused() -> None:
    camera = Reader(content_of(300))
    camera.refuses = dict.fromkeys((WHOLE, PART, PART_64), Response.ACCESS_DENIED)
    with pytest.raises(CameraRefusedError, match="ACCESS_DENIED"):
        pulled(camera, 100, EVERYTHING)


def test_no_bytes_are_no_end() -> None:
    camera = Reader(content_of(300))
    camera.sends_most = 0
    with pytest.raises(LyingError, match="from byte 100"):
        pulled(camera, 100, EVERYTHING)


def test_a_part_taken_back_is_an_error() -> None:
    camera = Reader(content_of(300))
    camera.answers_after_data = Response.INCOMPLETE_TRANSFER
    with pytest.raises(LyingError, match="INCOMPLETE_TRANSFER"):
        pulled(camera, 100, EVERYTHING)


def test_a_part_of_unsaid_length_is_as_long_as_it_was_asked_for() -> None:
    camera = Reader(content_of(300))
    camera.length = LENGTH_UNKNOWN
    assert pulled(camera, 100, EVERYTHING) == camera.content[100:]


@pytest.mark.parametrize("length", [11, 0, 12 + 201])
def test_a_part_of_an_impossible_length_is_a_lie(length: int) -> None:
    camera = Reader(content_of(300))
    camera.length = length
    with pytest.raises(LyingError):
        pulled(camera, 100, EVERYTHING)


@pytest.mark.parametrize("size", [500, 1_012, 2_024])
def test_no_window_fills_its_last_packet(size: int) -> None:
    camera = Reader(content_of(size))
    assert pulled(camera, 1, EVERYTHING) == camera.content[1:]
    assert pulled(camera, size - 500, EVERYTHING) == camera.content[size - 500 :]
    assert [count for code, _, count in camera.asked if code != WHOLE and (count + 12) % 512 == 0] == []


class Huge(Reader):
    """A file of zeros, larger than 4 GiB."""

    def __init__(self, size: int) -> None:
        super().__init__(b"")
        self._size = size

    def _place(self, code: int, parameters: tuple[int, ...]) -> tuple[int, int]:
        return super()._place(code, parameters) if code != WHOLE else (0, self._size)

    def _sent(self, code: int, transaction: int, payload: bytes) -> Iterator[bytes]:  # noqa: ARG002
        _, _, count = self.asked[-1]
        length = self.length if code == WHOLE and self.length is not None else min(count + 12, LENGTH_UNKNOWN)
        yield container(DATA, code, transaction, length=length)
        mebibyte = bytes(1 << 20)
        for _ in range(count >> 20):
            yield mebibyte
        yield bytes(count % (1 << 20)) + container(RESPONSE, OK, transaction)


def counted(camera: Huge, size: int, offset: int, says: DeviceInfo, quirks: Quirks = STANDARD) -> int:
    initiator = Initiator(camera)
    initiator.open_session()
    found = Found(5, "A.MP4", size, ObjectInfo(0, 0, 0, "A.MP4", "", ""))
    return sum(len(piece) for piece in pulling.pull(initiator, says, quirks, found, offset))


EDGES = [(1 << 32) - 13, (1 << 32) - 12, (1 << 32) - 1, 1 << 32, (1 << 32) + 500, 5 << 30]


@pytest.mark.parametrize("size", EDGES)
def test_around_4_gib_every_byte_is_counted(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    windows = Huge(size)
    assert counted(windows, size, 0, EVERYTHING) == size
    assert {code for code, _, _ in windows.asked} == {WHOLE if size < (1 << 32) - 12 else PART_64}
    begun = 0
    for _, offset, count in windows.asked:
        assert offset == begun
        begun += count
    assert counted(Huge(size), size, size - 70_000_000, device(WHOLE, PART)) == 70_000_000


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("of_container", [True, False])
def test_a_length_counted_modulo_4_gib_is_taken_from_models_known_for_it(
    size: int, monkeypatch: pytest.MonkeyPatch, *, of_container: bool
) -> None:
    monkeypatch.undo()
    length = (size + 12) % (1 << 32) if of_container else size % (1 << 32) + 12
    camera = Huge(size)
    camera.length = min(length, LENGTH_UNKNOWN)
    assert counted(camera, size, 0, device(WHOLE), Quirks(sizes_modulo_4_gib=True)) == size
    if length != size + 12:
        with pytest.raises(WireError):
            counted(camera, size, 0, device(WHOLE))
