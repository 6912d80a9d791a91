"""Promise: what a camera says is read as it was meant, and what it could not mean is refused, whatever the bytes."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardware.mtp.containers import Header, pack_command
from hardware.mtp.datasets import (
    DeviceInfo,
    Fields,
    ObjectInfo,
    PropDesc,
    pack_string,
    read_card_space,
    read_numbers_listed,
    read_strings_listed,
)
from hardware.mtp.datetimes import read_datetime, write_datetime
from hardware.simulated import camera_datasets
from hardware.wires import LyingError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120)
CODES = st.lists(st.integers(0, 0xFFFF), max_size=40)
ZONES = st.integers(-720, 840)
SECONDS = st.integers(0, 4_102_444_800)
READERS: tuple[Callable[[bytes], object], ...] = (
    DeviceInfo.read,
    ObjectInfo.read,
    PropDesc.read,
    read_card_space,
    lambda sent: read_numbers_listed(sent, 0xDC02),
    lambda sent: read_strings_listed(sent, 0xDC07),
    lambda sent: Fields(sent).array("I"),
    lambda sent: Fields(sent).string(),
)

DEVICE = camera_datasets.device_info("DW-T8", "序列-1", (0x1001, 0x1009), (0x5011,))
BATTERY = struct.pack("<HHBBBBBBB", 0x5001, 2, 0, 0, 9, 1, 0, 100, 1)
CARD = struct.pack("<HHHQQI", 3, 2, 0, 64 << 30, 5 << 30, 0)
FOLDER, VIDEO = 0x3001, 0xB982


def described(name: str, size: int, *, kind: int = VIDEO, dates: tuple[str, str] = ("", "")) -> bytes:
    texts = [camera_datasets.text(text) for text in (name, *dates)]
    return camera_datasets.object_info(0x10001, kind, size, 7, texts)


FILE = described("录像🎥.MP4", 0xFFFFFFFF, dates=("20260917T080910", "20260917T081010"))


@given(TEXT, TEXT, CODES, CODES)
def test_a_camera_is_who_it_says(model: str, serial: str, operations: list[int], properties: list[int]) -> None:
    sent = camera_datasets.device_info(model, serial, operations, properties)
    assert DeviceInfo.read(sent) == (frozenset(operations), frozenset(properties), model.strip(), serial.strip())


@given(TEXT, st.integers(0, 0xFFFFFFFF), st.none() | st.tuples(SECONDS, SECONDS))
def test_a_file_is_what_it_is_said_to_be(name: str, size: int, times_s: tuple[int, int] | None) -> None:
    dates = (
        ("", "") if times_s is None else (write_datetime(times_s[0] * 1000, 0), write_datetime(times_s[1] * 1000, 0))
    )
    info = ObjectInfo.read(described(name, size, dates=dates))
    assert info == (VIDEO, size, 7, name, *dates)
    assert not info.is_folder


@given(TEXT.filter(bool), st.integers(0, 1 << 63))
def test_a_file_whose_size_has_64_bits_unasked_is_read_too(name: str, size: int) -> None:
    usual = described(name, 0, dates=("20260917T080910", "20260917T081010"))
    wide = usual[:8] + struct.pack("<Q", size) + usual[12:]
    assert ObjectInfo.read(wide) == ObjectInfo.read(usual)._replace(size_bytes=size)


def test_a_folder_is_one() -> None:
    assert ObjectInfo.read(described("DCIM", 0, kind=FOLDER)).is_folder


@given(TEXT)
def test_a_string_comes_back(text: str) -> None:
    assert Fields(pack_string(text)).string() == text
    assert Fields(camera_datasets.text(text)).string() == text


@pytest.mark.parametrize(
    ("units", "text"),
    [
        ("A\0", "A"),
        ("A", "A"),
        ("A\0\0\0", "A"),
        ("A\0left over", "A"),
        ("\0", ""),
        ("", ""),
        ("🎥\0", "🎥"),
    ],
)
def test_terminators_and_padding_are_no_text(units: str, text: str) -> None:
    encoded = units.encode("utf-16-le")
    assert Fields(bytes([len(encoded) // 2]) + encoded).string() == text


@pytest.mark.parametrize("lone", [b"\x3c\xd8", b"\x3c\xd8A\0", b"\xa5\xdf"])
def test_half_a_pair_is_no_text_and_hides_nothing(lone: bytes) -> None:
    units = b"A\0" + lone + b"\0\0"
    assert Fields(bytes([len(units) // 2]) + units).string().startswith("A\ufffd")


@given(st.binary(max_size=200), st.sampled_from(READERS))
def test_any_bytes_are_read_or_refused(sent: bytes, read: Callable[[bytes], object]) -> None:
    try:
        read(sent)
    except LyingError:
        return


@pytest.mark.parametrize(
    ("sent", "read"),
    [(DEVICE, DeviceInfo.read), (FILE[:-1], ObjectInfo.read), (BATTERY, PropDesc.read), (CARD[:-4], read_card_space)],
)
def test_a_dataset_cut_anywhere_is_refused(sent: bytes, read: Callable[[bytes], object]) -> None:
    read(sent)
    for end in range(len(sent)):
        with pytest.raises(LyingError):
            read(sent[:end])


def test_a_count_without_bytes_behind_it_takes_no_memory() -> None:
    with pytest.raises(LyingError, match="are needed"):
        Fields(b"\xff\xff\xff\xff").array("I")


@pytest.mark.parametrize(
    ("sent", "value", "largest"),
    [
        (struct.pack("<HHBBBBBBB", 0x5001, 2, 0, 0, 40, 1, 0, 100, 1), 40, 100),
        (struct.pack("<HHBHHBHHH", 0x5001, 4, 0, 0, 30_000, 1, 0, 0x8000, 1), 30_000, 0x8000),
        (struct.pack("<HHBBBBHBBB", 0x5001, 2, 0, 0, 2, 2, 3, 1, 2, 4), 2, 4),
        (struct.pack("<HHBBBBH", 0x5001, 2, 0, 0, 2, 2, 0), 2, 2),
        (struct.pack("<HHBBBB", 0x5001, 2, 0, 0, 55, 0), 55, None),
        (struct.pack("<HHBbbBbbb", 0x5001, 1, 0, 0, -1, 1, -1, 4, 1), -1, 4),
    ],
)
def test_a_property_is_described_in_many_ways(sent: bytes, value: int, largest: int | None) -> None:
    assert PropDesc.read(sent) == (value, largest)


def test_a_battery_that_is_a_text_is_refused() -> None:
    with pytest.raises(LyingError, match="whole number"):
        PropDesc.read(struct.pack("<HHBBB", 0x5001, 0xFFFF, 0, 0, 0))


UNKNOWN_32, UNKNOWN_64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF


@pytest.mark.parametrize(
    ("access", "capacity", "free", "space"),
    [
        (0, 64 << 30, 5 << 30, (64 << 30, 5 << 30, True)),
        (1, 64 << 30, 0, (64 << 30, 0, False)),
        (2, 64 << 30, 64 << 30, (64 << 30, 64 << 30, True)),
        (0, UNKNOWN_64, UNKNOWN_64, (None, None, True)),
        (0, UNKNOWN_32, UNKNOWN_32, (None, None, True)),
        (0, UNKNOWN_64, 5 << 30, (None, 5 << 30, True)),
        (0, 64 << 30, UNKNOWN_64, (64 << 30, None, True)),
        (0, 64 << 30, (64 << 30) + 1, (64 << 30, None, True)),
        (0, 0, 0, (None, 0, True)),
        (9, 1 << 61, 0, (None, 0, True)),
    ],
)
def test_a_card_is_as_large_as_it_says_or_unknown(
    access: int, capacity: int, free: int, space: tuple[int | None, int | None, bool]
) -> None:
    assert read_card_space(struct.pack("<HHHQQ", 3, 2, access, capacity, free)) == space


HANDLES = st.dictionaries(st.integers(0, 0xFFFFFFFF), st.integers(0, (1 << 63) - 1), max_size=20)


def listed(number: int, form: int, values: dict[int, bytes]) -> bytes:
    entries = (struct.pack("<IHH", handle, number, form) + value for handle, value in values.items())
    return struct.pack("<I", len(values)) + b"".join(entries)


@given(HANDLES)
def test_numbers_in_a_property_list_come_back(sizes: dict[int, int]) -> None:
    sent = listed(0xDC04, 8, {handle: struct.pack("<Q", size) for handle, size in sizes.items()})
    assert read_numbers_listed(sent, 0xDC04) == sizes
    for end in range(len(sent)):
        with pytest.raises(LyingError):
            read_numbers_listed(sent[:end], 0xDC04)


@given(st.dictionaries(st.integers(0, 0xFFFFFFFF), TEXT, max_size=8))
def test_names_in_a_property_list_come_back(names: dict[int, str]) -> None:
    sent = listed(0xDC07, 0xFFFF, {handle: pack_string(name) for handle, name in names.items()})
    assert read_strings_listed(sent, 0xDC07) == names


@pytest.mark.parametrize(
    "sent",
    [
        listed(0xDC04, 6, {1: bytes(4)}),
        listed(0xDC04, 10, {1: bytes(16)}),
        listed(0xDC04, 0xFFFF, {1: b"\0"}),
        listed(0xDC04, 0x4008, {1: bytes(4)}),
        listed(0xDC02, 8, {1: bytes(8)}),
        struct.pack("<I", 2) + 2 * listed(0xDC04, 8, {1: bytes(8)})[4:],
        struct.pack("<I", 0xFFFFFFFF) + listed(0xDC04, 8, {1: bytes(8)})[4:],
    ],
    ids=["32 bits", "128 bits", "text", "array", "another property", "twice", "more than there are"],
)
def test_a_property_list_that_tells_something_else_is_refused(sent: bytes) -> None:
    with pytest.raises(LyingError):
        read_numbers_listed(sent, 0xDC04)


@given(SECONDS, ZONES)
def test_a_moment_comes_back(second: int, zone_minutes: int) -> None:
    assert read_datetime(write_datetime(second * 1000, zone_minutes), zone_minutes) == second * 1000


@given(SECONDS, ZONES, ZONES)
@example(0, 0, -1)
def test_a_zone_that_is_written_counts_and_no_other(second: int, zone_minutes: int, written: int) -> None:
    sign = "-" if written < 0 else "+"
    suffix = f"{sign}{abs(written) // 60:02}{abs(written) % 60:02}"
    assert read_datetime(write_datetime(second * 1000, written) + suffix, zone_minutes) == second * 1000
    assert read_datetime(write_datetime(second * 1000, 0) + "Z", zone_minutes) == second * 1000


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("20260917T080910", datetime(2026, 9, 17, 8, 9, 10, tzinfo=UTC)),
        ("20260917T080910.5", datetime(2026, 9, 17, 8, 9, 10, 500_000, tzinfo=UTC)),
        ("20260917T080910.0   ", datetime(2026, 9, 17, 8, 9, 10, tzinfo=UTC)),
        ("00010101T000000", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_the_cameras(text: str, local: datetime) -> None:
    expected = (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert read_datetime(text, 480) == expected - 480 * 60_000


@pytest.mark.parametrize(
    "text",
    ["", "0", "20480000T000000", "20260230T000000", "20260101T250000", "20260101", "2026-01-01T00:00:00", "٢"],
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert read_datetime(text, 480) is None


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert isinstance(read_datetime(text, 480), int | None)


def test_a_command_is_as_long_as_it_says() -> None:
    encoded = pack_command(0x1007, 9, (1, 0, 0xFFFFFFFF))
    assert Header.read(encoded[:12]) == (len(encoded), 1, 0x1007, 9)
    assert encoded.hex() == "1800000001000710090000000100000000000000ffffffff"


@pytest.mark.parametrize("length", range(12))
def test_a_container_shorter_than_its_header_is_refused(length: int) -> None:
    with pytest.raises(LyingError, match="header alone"):
        Header.read(struct.pack("<IHHI", length, 2, 0x1009, 1))
