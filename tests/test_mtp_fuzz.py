"""Promise: whatever a camera answers, the host comes to an end, holds little, and gives a file whole or an error.

The same targets are driven by Hypothesis here and by atheris in `make fuzz`; what that kept is replayed here.
"""

import struct
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardware.mtp import listing
from hardware.mtp.datasets import DeviceInfo, Fields
from hardware.mtp.initiator import DATASET_BYTES_MAX, Initiator
from hardware.mtp.listing import CHARACTERS_MAX, list_files
from hardware.simulated.camera_datasets import device_info, numbers, text
from hardware.simulated.habits import Habits
from hardware.wires import LyingError, WireError
from tests.fuzz.hostile_pipe import READ_BYTES, BoundedPipe, Draws
from tests.fuzz.large_file import LACKS_PARTIAL, LACKS_PARTIAL_64, LARGE_MANNERS, SIZES, LargeFile
from tests.fuzz.oracle import opened, refused, visit
from tests.fuzz.targets import TARGETS, requires_whole
from tests.fuzz.transcripts import WAYS, Edit, ReplayPipe, offset_of, recorded, whole
from tests.scripted_pipe import DATA, OK, RESPONSE, container

CORPUS = Path(__file__).parent / "fuzz" / "corpus"
CORPUS_BYTES_MAX = 200_000
HELD_BYTES_MAX = 4 * DATASET_BYTES_MAX
Result = TypeVar("Result")
SAYS = DeviceInfo(frozenset(), frozenset(), "DW-T8", "T8-1")
VIDEO, FOLDER = 0xB982, 0x3001


# --- anything at all


@given(st.sampled_from(sorted(TARGETS)), st.binary(max_size=1_200))
def test_any_answers_end_in_a_value_or_an_error_of_the_wire(target: str, chosen: bytes) -> None:
    TARGETS[target](chosen)


@given(st.binary(max_size=1_200), st.booleans())
def test_a_camera_that_is_mostly_sound_is_visited(chosen: bytes, prefers_partial: bool) -> None:  # noqa: FBT001
    TARGETS["listing"](bytes([0, 0 if prefers_partial else 0b1100]) + chosen)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_a_campaign_kept_stays_sound(target: str) -> None:
    kept = sorted((CORPUS / target).iterdir())
    assert kept
    for path in kept:
        TARGETS[target](path.read_bytes())


def test_the_kept_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < CORPUS_BYTES_MAX


# --- a sound visit, changed


BOTH = (False, True)
EDITS = st.builds(Edit, st.integers(0, 255), st.integers(0, 6), st.integers(0, 4_000), st.integers(0, 0xFFFFFFFF))
HABITS = st.sampled_from(
    [Habits(split_header=split, empty_packets=empty, without=way) for split, empty, way in product(BOTH, BOTH, WAYS)]
)


@given(HABITS, st.integers(0, 7), st.integers(0, 3))
def test_a_visit_cut_in_any_way_is_the_same_visit(habits: Habits, cut: int, empties: int) -> None:
    pipe = ReplayPipe(recorded(habits), (), cut, empties)
    assert visit(pipe, offset_of) == whole()


@given(HABITS, st.lists(EDITS, min_size=1, max_size=3), st.integers(0, 7), st.integers(0, 3))
@example(Habits(), [Edit(200, 4, 40, 0)], 0, 0)
def test_a_changed_visit_brings_home_whole_files_or_errors(
    habits: Habits, edits: list[Edit], cut: int, empties: int
) -> None:
    refused(lambda: visit(ReplayPipe(recorded(habits), tuple(edits), cut, empties), offset_of))


# --- how much, and how often


class Answering(BoundedPipe):
    """A camera as a function from a command to the reads of its answer."""

    def __init__(self, say: Callable[[int, int, tuple[int, ...]], Iterator[bytes]]) -> None:
        super().__init__()
        self._say = say

    def answer(self, command: bytes) -> Iterator[bytes]:
        _length, _kind, code, transaction = struct.unpack_from("<IHHI", command)
        return self._say(code, transaction, struct.unpack(f"<{(len(command) - 12) // 4}I", command[12:]))


def peak_of(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        with suppress(WireError):
            act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def steps_of(act: Callable[[], Result]) -> tuple[Result, int]:
    """What it gives, and how many lines of the listing ran: a measure that no busy machine changes."""
    steps = 0

    def within(frame: FrameType, event: str, _what: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return within if frame.f_code.co_filename == listing.__file__ else None

    before = sys.gettrace()
    sys.settrace(within)
    try:
        return act(), steps
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("claimed", [DATASET_BYTES_MAX + 1, 1 << 28, 0xFFFFFFFE, 0xFFFFFFFF])
def test_a_dataset_larger_than_can_be_is_not_read(claimed: int) -> None:
    def say(code: int, transaction: int, _parameters: tuple[int, ...]) -> Iterator[bytes]:
        yield container(DATA, code, transaction, b"", claimed)
        while True:
            yield bytes(READ_BYTES)

    def ask() -> None:
        with pytest.raises(LyingError, match="cannot be"):
            Initiator(Answering(say)).storage_ids()

    assert peak_of(ask) < HELD_BYTES_MAX


@pytest.mark.parametrize("claimed", [1, 1_000, 1 << 20, 0xFFFFFFFF])
@pytest.mark.parametrize("form", ["B", "H", "I", "Q"])
def test_a_count_without_its_bytes_costs_nothing(form: str, claimed: int) -> None:
    def read() -> None:
        with pytest.raises(LyingError, match="are needed"):
            Fields(struct.pack("<I", claimed)).array(form)

    assert peak_of(read) < 65_536


@pytest.mark.parametrize("kind", [DATA, RESPONSE])
def test_packets_with_nothing_in_them_come_to_an_end(kind: int) -> None:
    def say(code: int, transaction: int, _parameters: tuple[int, ...]) -> Iterator[bytes]:
        yield container(kind, code if kind == DATA else OK, transaction, b"", 32)
        while True:
            yield b""

    assert refused(Initiator(Answering(say)).storage_ids) is not None


def card(storages: tuple[int, ...], name_of: Callable[[int], str], objects: int, depth: int) -> Answering:
    """Folders in each other, and in the innermost so many files."""

    def payload(code: int, parameters: tuple[int, ...]) -> bytes:
        match code:
            case 0x1004:
                return numbers("I", storages)
            case 0x1007 if parameters[2] < depth or parameters[2] == 0xFFFFFFFF:
                return numbers("I", (1,) if parameters[2] == 0xFFFFFFFF else (parameters[2] + 1,))
            case 0x1007:
                return numbers("I", range(depth + 1, depth + 1 + objects) if parameters[2] == depth else ())
        handle = parameters[0]
        kind = FOLDER if handle <= depth else VIDEO
        parent = min(handle - 1, depth)
        fixed = struct.pack("<IHHIH6II", 1, kind, 0, 0, *(0,) * 7, parent) + bytes(10)
        return fixed + text(name_of(handle)) + bytes(3)

    def say(code: int, transaction: int, parameters: tuple[int, ...]) -> Iterator[bytes]:
        yield container(DATA, code, transaction, payload(code, parameters)) + container(RESPONSE, OK, transaction)

    return Answering(say)


def test_cards_without_number_come_to_an_end() -> None:
    def say(code: int, transaction: int, _parameters: tuple[int, ...]) -> Iterator[bytes]:
        payload = numbers("I", range(1, 60_000)) if code == 0x1004 else numbers("I", ())
        for begin in range(0, len(payload) + 12, READ_BYTES):
            yield container(DATA, code, transaction, payload)[begin : begin + READ_BYTES]
        yield container(RESPONSE, OK, transaction)

    with pytest.raises(LyingError, match="cards"):
        list_files(Initiator(Answering(say)), SAYS)


def test_long_names_of_deep_folders_do_not_fill_the_memory() -> None:
    """They stand in every file's path: a camera pays for them once, the host for each file."""
    pipe = card((0x10001,), lambda handle: "录" * 250 if handle <= 8 else "A", 9_000, 8)
    with pytest.raises(LyingError, match="longer names"):
        list_files(Initiator(pipe), SAYS)
    assert peak_of(lambda: list_files(Initiator(pipe), SAYS)) < 3 * CHARACTERS_MAX


def test_a_listing_takes_steps_in_proportion_to_what_was_sent() -> None:
    """Each of so many twins is not compared with each other one."""

    def steps(objects: int) -> int:
        pipe = card((0x10001,), lambda handle: "D" if handle == 1 else "A", objects, 1)
        found, taken = steps_of(lambda: list_files(Initiator(pipe), SAYS))
        assert len(found) == objects
        return taken

    assert steps(1_200) <= 4 * steps(300)


# --- 4 GiB and more


LARGE = [(1 << 32) - 12, (1 << 32) - 1, 1 << 32, (1 << 33) + 1, 1 << 44]
NEAR_ITS_END = 200 << 20


def large_file(size: int, *, lacks: int, answers: bytes = b"") -> LargeFile:
    """Everything that is drawn after its size is as it should be, but for these answers to reads of it."""
    place = next(place for place, known in enumerate(SIZES) if abs(known - size) < 1_000)
    return LargeFile(Draws(struct.pack("<HBB", (size - SIZES[place]) % 65_536, place, lacks) + answers))


@pytest.mark.parametrize("lacks", [0, LACKS_PARTIAL_64, LACKS_PARTIAL_64 | LACKS_PARTIAL])
@pytest.mark.parametrize("size", LARGE)
def test_a_large_file_comes_whole_from_any_place_and_fills_no_memory(size: int, lacks: int) -> None:
    places = {max(0, size - NEAR_ITS_END), size - 1, size} | ({0} if size < 1 << 34 else set())
    for place in places if lacks == 0 or size < 1 << 34 else {size}:
        pipe = large_file(size, lacks=lacks)
        camera = opened(pipe)
        assert peak_of(partial(requires_whole, camera, pipe, place)) < READ_BYTES


@pytest.mark.parametrize("broken", range(1, LARGE_MANNERS))
def test_a_large_file_that_breaks_off_is_no_success(broken: int) -> None:
    """In its second window."""
    pipe = large_file(1 << 33, lacks=0, answers=bytes([0, broken]))
    refused(partial(requires_whole, opened(pipe), pipe, (1 << 33) - NEAR_ITS_END))


@given(st.binary(min_size=4, max_size=80))
def test_a_file_of_any_size_comes_whole_or_not_at_all(chosen: bytes) -> None:
    TARGETS["large"](chosen)


# --- a hostile camera is still only a camera


@given(st.text(max_size=120), st.text(max_size=120))
def test_whatever_it_calls_itself_it_is_opened_or_refused(model: str, serial: str) -> None:
    said = device_info(model, serial, (0x1001,), ()) if max(len(model), len(serial)) < 60 else b""

    def say(code: int, transaction: int, _parameters: tuple[int, ...]) -> Iterator[bytes]:
        data = container(DATA, code, transaction, said) if code == 0x1001 else b""
        yield data + container(RESPONSE, OK, transaction)

    refused(lambda: opened(Answering(say)).close())


def test_the_same_bytes_are_the_same_camera() -> None:
    draws = [Draws(b"\x01\x02\x03") for _ in range(2)]
    drawn = [[one.number(size) for size in (1, 2, 4)] for one in draws]
    assert drawn[0] == drawn[1] == [1, 0x302, 0]
    assert draws[0].over
