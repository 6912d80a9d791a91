"""Promise: a badge is one that a reader said whole; laid once it is one event; its number is never shown."""

import contextlib
import re
from collections.abc import Iterator
from functools import reduce
from itertools import pairwise
from operator import xor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.badges.cards import GONE_MS, Badge, CardDriver, Laid, Reader, Sighting, make_driver
from hardware.badges.em4100 import GAP_MS, KINDS, RawFrames, TextFrames, raw_frame, raw_number, text_frame
from hardware.serial_badges import SerialBadges, open_reader_line
from hardware.simulated.badges import ANSWER_MS, KIND, ChallengeCard, ChallengeDriver, EmCard, SimulatedReader
from hardware.wires import AbsentError, ForbiddenError

PRINTED_EXAMPLES = {b"\x020C000621A58E\r\n\x03": 0x0C000621A5, b"\x02010063E9AE25\x03": 0x010063E9AE}
"""The example of the ID-12LA's data sheet, and a frame of an RDM6300 whose card had 0006547886 printed on it."""
ADA, BOB = 0x0C000621A5, 0x010063E9AE
numbers = st.integers(0, 2**40 - 1)
line_ends = st.sampled_from([b"", b"\r\n"])
almost = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([b"\x02", b"\x03", b"\r", b"\n", b"\r\n", b"0C000621A5", b"8E", b"\xff\x80", b"\xff"]),
        st.builds(text_frame, numbers),
        st.builds(raw_frame, numbers),
    ),
    max_size=12,
).map(b"".join)
"""Bytes that come close."""


def numbers_of(sightings: tuple[Sighting, ...]) -> list[int]:
    return [int(sighting.badge.number, 16) for sighting in sightings]


def told_in_pieces(driver: CardDriver, said: bytes, cuts: list[int]) -> list[int]:
    edges = [0, *sorted(min(cut, len(said)) for cut in cuts), len(said)]
    pieces = [said[start:end] for start, end in pairwise(edges)]
    return [number for piece in pieces for number in numbers_of(driver.take(piece, 0))]


def whole_texts(said: bytes) -> list[int]:
    """What a reader's text says, read in another way: from one STX to the next ETX, and taken apart."""
    found = []
    for part in said.split(b"\x02")[1:]:
        body, end, _ = part.partition(b"\x03")
        digits = body.removesuffix(b"\r\n") if end else b""
        if len(digits) == 12 and all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            values = [int(digits[place : place + 2], 16) for place in range(0, 12, 2)]
            if reduce(xor, values) == 0:
                found.append(int(digits[:10], 16))
    return found


def bits_of(frame: bytes) -> str:
    return "".join(f"{value:08b}" for value in frame)


def whole_raw(frame: bytes) -> int | None:
    """The same 64 bits judged as a picture: rows and columns of ones and zeros."""
    bits = bits_of(frame)
    if len(bits) != 64:
        return None
    rows = [bits[9 + 5 * row : 14 + 5 * row] for row in range(11)]
    even_rows = all(row.count("1") % 2 == 0 for row in rows[:10])
    even_columns = all(sum(row[column] == "1" for row in rows) % 2 == 0 for column in range(4))
    if bits[:9] == "1" * 9 and bits[63] == "0" and even_rows and even_columns:
        return int("".join(row[:4] for row in rows[:10]), 2)
    return None


@pytest.mark.parametrize("said", PRINTED_EXAMPLES)
def test_published_frames_are_read(said: bytes) -> None:
    assert numbers_of(TextFrames().take(said, 0)) == [PRINTED_EXAMPLES[said]]


@given(numbers, line_ends)
def test_what_is_said_is_what_is_heard(number: int, line_end: bytes) -> None:
    said = text_frame(number, line_end=line_end)
    assert numbers_of(TextFrames().take(said, 0)) == [number]
    assert numbers_of(TextFrames().take(said.lower(), 0)) == [number]
    assert numbers_of(RawFrames().take(raw_frame(number), 0)) == [number]
    assert whole_raw(raw_frame(number)) == number


@given(almost, st.lists(st.integers(0, 200), max_size=8))
def test_any_bytes_give_whole_valid_badges_alone_however_they_are_cut(said: bytes, cuts: list[int]) -> None:
    assert told_in_pieces(TextFrames(), said, cuts) == whole_texts(said)
    heard = told_in_pieces(RawFrames(), said, cuts)
    assert heard == numbers_of(RawFrames().take(said, 0))
    places = [place for place in range(len(said)) if whole_raw(said[place : place + 8]) is not None]
    assert bool(heard) == bool(places)
    assert set(heard) <= {whole_raw(said[place : place + 8]) for place in places}


@given(numbers, st.integers(0, 15), st.integers(0, 7), line_ends)
def test_one_wrong_bit_is_no_badge(number: int, place: int, bit: int, line_end: bytes) -> None:
    said = bytearray(text_frame(number, line_end=line_end))
    place %= len(said)
    said[place] ^= 1 << bit
    assert numbers_of(TextFrames().take(bytes(said), 0)) in ([], [number])  # a letter's case is no digit's value
    raw = bytearray(raw_frame(number))
    raw[place % 8] ^= 1 << bit
    assert raw_number(bytes(raw)) is None


@given(numbers, numbers, st.integers(1, 15))
def test_a_badge_that_was_cut_off_is_none_and_spoils_no_other(cut_off: int, whole: int, at: int) -> None:
    said = text_frame(cut_off)[:at]
    assert numbers_of(TextFrames().take(said + text_frame(whole), 0)) == [whole]
    assert whole in numbers_of(RawFrames().take(raw_frame(cut_off)[: at % 8] + raw_frame(whole) * 2, 0))


@given(numbers, st.integers(1, 15))
def test_a_frame_goes_on_only_without_a_pause(number: int, at: int) -> None:
    said = text_frame(number)
    for pause_ms, heard in ((GAP_MS, [number]), (GAP_MS + 1, [])):
        driver = TextFrames()
        assert driver.take(said[:at], 1_000) == ()
        assert numbers_of(driver.take(said[at:], 1_000 + pause_ms)) == heard


@given(numbers, numbers, st.binary(max_size=40).filter(lambda noise: not {2, 3} & set(noise)))
def test_noise_between_badges_hides_none(first: int, second: int, noise: bytes) -> None:
    said = noise + text_frame(first) + noise + text_frame(second, line_end=b"") + noise
    assert numbers_of(TextFrames().take(said, 0)) == [first, second]


@given(st.lists(st.tuples(st.sampled_from([ADA, BOB]), st.integers(0, GONE_MS + 1)), min_size=1, max_size=40))
def test_however_often_a_lying_badge_is_heard_it_was_laid_once(heard: list[tuple[int, int]]) -> None:
    """At the second time it was heard without a pause, and never while another was."""
    reader, now_ms, last_ms, times = Reader(), 0, dict[int, int](), dict[int, int]()
    for number, later_ms in heard:
        now_ms += later_ms
        lying = {other for other, at_ms in last_ms.items() if now_ms - at_ms < GONE_MS}
        times = {other: count for other, count in times.items() if other in lying}
        there = reader.lying(now_ms)
        assert (there is not None) == any(count > 1 for count in times.values())
        assert there is None or there.alone == (len(lying) == 1)
        times[number] = times.get(number, 0) + 1
        laid = reader.see(Sighting(Badge(f"{number:010X}"), proved=False), now_ms)
        assert (laid is not None) == (times[number] == 2)
        assert laid is None or laid.alone == (lying == {number})
        last_ms[number] = now_ms


def test_a_card_that_proves_itself_later_is_laid_once_more_and_only_once() -> None:
    reader, badge = Reader(), Badge("0C000621A5")
    said = [reader.see(Sighting(badge, proved), 0) for proved in (False, False, True, True, False)]
    assert said == [None, Laid(badge, proved=False, alone=True), Laid(badge, proved=True, alone=True), None, None]


@given(numbers)
def test_a_badge_never_shows_its_number(number: int) -> None:
    (sighting,) = TextFrames().take(text_frame(number), 0)
    badge, reader = sighting.badge, Reader()
    shown = [repr(badge), str(badge), f"{badge}", f"{badge!r:>40}", repr(sighting)]
    shown += [repr(reader.see(sighting, now_ms)) for now_ms in range(2)]
    for text in shown:
        assert badge.number[:-3] not in text
        assert not re.search(r"[0-9A-F]{4}", text)


@contextlib.contextmanager
def at_reader(driver: CardDriver) -> Iterator[tuple[SimulatedReader, SerialBadges]]:
    with SimulatedReader() as reader, contextlib.closing(SerialBadges(open_reader_line(reader.url), driver)) as badges:
        yield reader, badges


def looks(badges: SerialBadges, now_ms: int, times: int = 4) -> list[Laid]:
    return [laid for _ in range(times) for laid in badges.look(now_ms)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_lies_is_lifted_and_lies_again(kind: str) -> None:
    ada = Badge(f"{ADA:010X}")
    with at_reader(make_driver(kind, KINDS)) as (reader, badges):
        reader.lay(EmCard(ADA, raw=kind == "em4100-raw"))
        seen = []
        for now_ms in (0, 100, 200, 200 + GONE_MS, 300 + GONE_MS):
            reader.turn()
            seen.append(looks(badges, now_ms))
        once = [Laid(ada, proved=False, alone=True)]
        assert seen == [[], once, [], [], once]


def test_of_two_cards_at_once_each_says_that_it_is_not_alone() -> None:
    with at_reader(make_driver("em4100", KINDS)) as (reader, badges):
        reader.lay(EmCard(ADA), EmCard(BOB))
        reader.turn()
        assert looks(badges, 0) == []
        reader.turn()
        assert [(laid.badge.number, laid.alone) for laid in looks(badges, 100)] == [
            ("0C000621A5", False),
            ("010063E9AE", False),
        ]
        reader.turn()
        assert looks(badges, 200) == []


def test_a_kind_of_card_is_one_that_was_configured() -> None:
    with pytest.raises(ForbiddenError, match="em4100, em4100-raw"):
        make_driver("desfire", KINDS)


class Dice:
    """Random bytes that a test can follow."""

    def __init__(self) -> None:
        self.thrown = 0

    def __call__(self, count: int) -> bytes:
        self.thrown += 1
        return self.thrown.to_bytes(count, "big")


def challenge_driver() -> CardDriver:
    kinds = {**KINDS, KIND: lambda: ChallengeDriver(lambda badge: b"key of " + badge.number.encode(), Dice())}
    return make_driver(KIND, kinds)


@pytest.mark.parametrize(("key", "proved"), [(b"key of 0C000621A5", [True]), (b"key of another", [])])
def test_a_card_with_a_key_proves_itself_over_the_same_seam(key: bytes, proved: list[bool]) -> None:
    with at_reader(challenge_driver()) as (reader, badges):
        reader.lay(ChallengeCard(ADA, key))
        seen = []
        for now_ms in (0, 100, 200):
            reader.turn()
            seen += looks(badges, now_ms)
        assert [laid.proved for laid in seen] == proved


def test_an_answer_that_was_overheard_proves_nothing() -> None:
    card, driver = ChallengeCard(ADA, b"key of 0C000621A5"), challenge_driver()
    driver.take(card.says(b""), 0)
    answered = card.says(driver.question())
    assert [sighting.proved for sighting in driver.take(answered, 1)] == [True]
    assert driver.take(answered, 2) == ()
    driver.take(card.says(b""), 3 + ANSWER_MS)
    assert driver.take(answered, 4 + ANSWER_MS) == ()


@given(almost, st.lists(st.integers(0, 200), max_size=8))
def test_no_noise_proves_a_card(said: bytes, cuts: list[int]) -> None:
    driver = challenge_driver()
    driver.take(ChallengeCard(ADA, b"another key").says(b""), 0)
    assert told_in_pieces(driver, said, cuts) == []
    assert ChallengeCard(BOB, b"key").says(said)


def test_an_answer_that_comes_too_late_proves_nothing() -> None:
    card, driver = ChallengeCard(ADA, b"key of 0C000621A5"), challenge_driver()
    driver.take(card.says(b""), 0)
    answered = card.says(driver.question())
    assert driver.take(answered, ANSWER_MS) == ()


def test_a_reader_that_was_pulled_out_is_said_and_opened_again_when_it_is_back(tmp_path: Path) -> None:
    place = tmp_path / "reader"
    with SimulatedReader() as first:
        place.symlink_to(first.url)
        badges = SerialBadges(open_reader_line(str(place)), TextFrames())
        first.say(text_frame(ADA)[:5])
        assert looks(badges, 0, times=6) == []
    for _ in range(2):
        with pytest.raises(AbsentError, match="check its cable"):
            looks(badges, 0)
    place.unlink()
    with SimulatedReader() as second, contextlib.closing(badges):
        place.symlink_to(second.url)
        assert badges.look(GAP_MS + 1) == ()
        second.lay(EmCard(BOB))
        second.turn()
        second.turn()
        assert [laid.badge.number for laid in looks(badges, GAP_MS + 2)] == ["010063E9AE"]


def test_a_reader_that_is_not_there_yet_is_waited_for_and_a_wrong_one_refused() -> None:
    badges = SerialBadges(open_reader_line("/dev/ttyNOTHERE"), TextFrames())
    with pytest.raises(AbsentError, match="badge reader is gone"):
        badges.look(0)
    with pytest.raises(AbsentError, match="check its path"):
        open_reader_line("/dev/null")
