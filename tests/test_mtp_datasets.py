"""Promise: what a camera says is read as it was meant, and what it could not mean is refused, whatever the bytes."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardware.mtp.containers import Header, pack_command
from hardware.mtp.datasets import DeviceInfo, Fields, ObjectInfo, PropDesc, pack_string
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
    lambda sent: Fields(sent).array("I"),
    lambda sent: Fields(sent).string(),
)

DEVICE = camera_datasets.device_info("DW-T8", "序列-1", (0x1001, 0x1009), (0x5011,))
FILE = camera_datasets.object_info(0x10001, 7, "录像🎥.MP4", 0x1_0000_0000, (1_700_000_000_000, 1_700_000_060_000))


@given(TEXT, TEXT, CODES, CODES)
def test_a_camera_is_who_it_says(model: str, serial: str, operations: list[int], properties: list[int]) -> None:
    sent = camera_datasets.device_info(model, serial, operations, properties)
    assert DeviceInfo.read(sent) == (frozenset(operations), frozenset(properties), model.strip(), serial.strip())


@given(TEXT, st.integers(0, 1 << 40), st.none() | st.tuples(SECONDS, SECONDS))
def test_a_file_is_what_it_is_said_to_be(name: str, size: int, times_s: tuple[int, int] | None) -> None:
    times_ms = None if times_s is None else (times_s[0] * 1000, times_s[1] * 1000)
    info = ObjectInfo.read(camera_datasets.object_info(0x10001, 7, name, size, times_ms))
    assert (info.name, info.size_bytes, info.parent) == (name, min(size, 0xFFFFFFFF), 7)
    assert not info.is_folder
    read = (read_datetime(info.created, 0), read_datetime(info.modified, 0))
    assert read == (times_ms or (None, None))


def test_a_folder_is_one() -> None:
    assert ObjectInfo.read(camera_datasets.object_info(0x10001, 0, "DCIM", None, None)).is_folder


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
    [(DEVICE, DeviceInfo.read), (FILE[:-1], ObjectInfo.read), (camera_datasets.battery(9), PropDesc.read)],
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
