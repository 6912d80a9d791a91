"""Promise: a Modbus frame is found whole however its bytes arrive, and nothing damaged is ever taken for one."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firmware_py.modbus_rtu import (
    GAP_MS,
    LONGEST_BYTES,
    READ_DISCRETE_INPUTS,
    READ_INPUT_REGISTERS,
    READS,
    REFUSED,
    SHORTEST_BYTES,
    VALUED,
    WRITE_AND_READ,
    WRITE_COIL,
    WRITE_COILS,
    WRITE_REGISTER,
    WRITE_REGISTERS,
    Questions,
    answer_bytes,
    crc16,
    next_frame,
    seal,
    two_words,
    write_and_read,
)


def is_plain(question: bytes) -> bool:
    """Not one of the few whose beginning is somebody's whole answer too, as one in 65,536 is by chance."""
    return crc16(question[: answer_bytes(question)]) != 0 or answer_bytes(question) >= len(question)


QUESTION = seal(17, two_words(READ_DISCRETE_INPUTS, 0, 16))
WORDS = st.integers(0, 0xFFFF)
addresses = st.integers(0, 247)
questions = st.builds(
    seal,
    addresses,
    st.one_of(
        st.builds(two_words, st.sampled_from([*READS, WRITE_COIL, WRITE_REGISTER]), WORDS, WORDS),
        st.builds(
            lambda function, first, values: two_words(function, first, len(values)) + bytes([len(values)]) + values,
            st.sampled_from([WRITE_COILS, WRITE_REGISTERS]),
            WORDS,
            st.binary(min_size=1, max_size=LONGEST_BYTES - 9),
        ),
        st.builds(
            lambda read, count, first, values: (
                two_words(WRITE_AND_READ, read, count)
                + two_words(0, first, len(values))[1:]
                + bytes([len(values)])
                + values
            ),
            st.integers(0, 255),
            WORDS,
            WORDS,
            st.binary(min_size=1, max_size=LONGEST_BYTES - 13),
        ),
    ),
).filter(is_plain)
answers = st.builds(
    seal,
    addresses,
    st.one_of(
        st.builds(
            lambda function, values: bytes([function, len(values)]) + values,
            st.sampled_from(VALUED),
            st.binary(min_size=1, max_size=LONGEST_BYTES - SHORTEST_BYTES),
        ),
        st.builds(
            lambda function, reason: bytes([function | REFUSED, reason]), st.integers(1, 127), st.integers(1, 11)
        ),
    ),
)


def cut(content: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(content[:size])
        content = content[size:]
    return [*pieces, content]


@pytest.mark.parametrize(
    ("content", "crc"),
    [(b"", 0xFFFF), (b"123456789", 0x4B37), (bytes.fromhex("01040000000A"), 0x0D70), (bytes.fromhex("0207"), 0x1241)],
)
def test_the_checksum_is_the_published_one(content: bytes, crc: int) -> None:
    """The check value of CRC-16/MODBUS, and frames printed in its specification."""
    assert crc16(content) == crc
    assert crc16(content + crc.to_bytes(2, "little")) == 0


@given(st.lists(questions, min_size=1, max_size=4), st.lists(st.integers(1, 12), max_size=120))
def test_questions_are_found_however_their_bytes_are_cut(asked: list[bytes], sizes: list[int]) -> None:
    line = Questions()
    found: list[bytes] = []
    for now_ms, piece in enumerate(cut(b"".join(asked), sizes)):
        found += line.take(piece, now_ms)
    assert found == asked


@given(st.lists(questions, min_size=1, max_size=4))
def test_questions_are_found_a_byte_at_a_time(asked: list[bytes]) -> None:
    line = Questions()
    assert [frame for byte in b"".join(asked) for frame in line.take(bytes([byte]), 0)] == asked


@given(st.lists(st.one_of(questions, answers), max_size=5), questions)
def test_a_question_is_found_behind_what_other_boards_said(others: list[bytes], asked: bytes) -> None:
    line = Questions()
    found: list[bytes] = []
    for now_ms, frame in enumerate([*others, asked]):
        found += line.take(frame, now_ms * (GAP_MS + 1))
    assert found[-1] == asked


@given(st.binary(max_size=300), questions)
def test_after_any_noise_a_gap_makes_the_line_good_again(noise: bytes, asked: bytes) -> None:
    line = Questions()
    line.take(noise, 0)
    assert line.take(asked, GAP_MS + 1)[-1:] == [asked]


@given(st.one_of(questions, answers), st.data())
def test_no_frame_with_a_wrong_bit_is_taken(frame: bytes, data: st.DataObject) -> None:
    """A checksum of 16 bits notices up to three; what is left of the frame is not taken for another."""
    for place in data.draw(st.sets(st.integers(0, 8 * len(frame) - 1), min_size=1, max_size=3)):
        damaged = bytearray(frame)
        damaged[place // 8] ^= 1 << place % 8
        frame = bytes(damaged)
    assert frame not in Questions().take(frame, 0)


@given(st.sampled_from([QUESTION, seal(3, bytes([READ_INPUT_REGISTERS, 2, 0, 1]))]), st.data())
def test_no_frame_that_lost_a_byte_is_taken(frame: bytes, data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, len(frame) - 1))
    assert Questions().take(frame[:lost] + frame[lost + 1 :], 0) == []


@given(st.binary(max_size=2_000))
def test_what_waits_to_be_understood_never_grows(noise: bytes) -> None:
    _, left = next_frame(noise)
    while (found := next_frame(left))[0]:
        left = found[1]
    assert len(left) < LONGEST_BYTES


@given(questions, st.integers(0, 255), st.lists(st.integers(1, 12), max_size=120))
def test_any_one_stray_byte_before_a_question_is_survived(asked: bytes, stray: int, sizes: list[int]) -> None:
    """As of a line that floated for a moment: a longer frame that seems to begin there is not waited for."""
    heard = bytes([stray]) + asked
    assume(crc16(heard[: answer_bytes(heard)]) != 0)
    line = Questions()
    found = [frame for now_ms, piece in enumerate(cut(heard, sizes)) for frame in line.take(piece, now_ms)]
    assert found == [asked]


@pytest.mark.parametrize("address", range(1, 248))
@pytest.mark.parametrize("function", [*READS, WRITE_AND_READ])
def test_every_board_hears_a_question_behind_a_break(address: int, function: int) -> None:
    body = write_and_read(17, 6, 22, 1) if function == WRITE_AND_READ else two_words(function, 0, 8)
    assert Questions().take(b"\0" + seal(address, body), 0) == [seal(address, body)]


def test_a_late_rest_belongs_to_another_frame() -> None:
    line = Questions()
    assert line.take(QUESTION[:5], 1_000) == []
    assert line.take(QUESTION[5:], 1_000 + GAP_MS + 1) == []
    assert line.take(QUESTION, 1_001 + 2 * GAP_MS + 1) == [QUESTION]
    assert line.take(QUESTION[:5], 2_000) == []
    assert line.take(b"", 2_000 + GAP_MS) == []
    assert line.take(QUESTION[5:], 2_000 + GAP_MS) == [QUESTION]
