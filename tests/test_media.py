"""Promise: what a file says of itself is read in a few reads whatever stands in it, and only ever noted."""

import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from station.bays.media import examine
from station.bays.media_boxes import SECONDS_1904_TO_1970, read_boxes
from station.bays.media_peek import ALLOWANCE_BYTES, AT_ONCE_BYTES, Peek
from station.bays.media_riff import read_riff
from station.custody.facts_of_footage import NOTES_MAX
from station.custody.media_times import Media
from station.durable import DiskFailedError
from tests.media_files import avi, box, fragment, fragmented, full_box, movie, mvhd, wav

WRITTEN_MS = 1_795_249_800_000
UNIX_2010_S = 1_262_304_000
MDAT = box(b"mdat", b"film" * 100)
FTYP = box(b"ftyp", b"isom" + bytes(4))
ZONE = 480


def looked_into(folder: Path, content: bytes, name: str = "DCIM/A.MP4") -> Media:
    file = folder / "film"
    file.write_bytes(content)
    return examine(file, name, ZONE)


def found(folder: Path, content: bytes, name: str = "DCIM/A.MP4") -> tuple[str, int | None, int | None, set[str]]:
    media = looked_into(folder, content, name)
    assert media.zone_minutes == ZONE
    return media.container, media.written_ms, media.length_ms, set(media.notes)


# --- MP4 and MOV


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("first", [True, False], ids=["index first", "index last"])
def test_when_and_how_long_wherever_the_index_stands(tmp_path: Path, version: int, *, first: bool) -> None:
    index = movie(mvhd(WRITTEN_MS, 1_000, 61_500, version))
    content = FTYP + (index + MDAT if first else MDAT + index)
    assert found(tmp_path, content) == ("MP4", WRITTEN_MS, 61_500, set())


def test_a_box_of_64_bits_is_stepped_over(tmp_path: Path) -> None:
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + 8) + b"filmfilm"
    index = box(b"moov", mvhd(WRITTEN_MS, 600, 600))[8:]
    for moov in (box(b"moov", index), struct.pack(">I4sQ", 1, b"moov", 16 + len(index)) + index):
        assert found(tmp_path, FTYP + large + moov) == ("MP4", WRITTEN_MS, 1_000, set())


def test_a_last_box_without_a_size_reaches_to_the_end(tmp_path: Path) -> None:
    content = FTYP + movie(mvhd(WRITTEN_MS, 600, 600)) + struct.pack(">I4s", 0, b"mdat") + b"film"
    assert found(tmp_path, content) == ("MP4", WRITTEN_MS, 1_000, set())


def test_an_old_mov_has_no_brand(tmp_path: Path) -> None:
    assert found(tmp_path, MDAT + movie(mvhd(WRITTEN_MS, 600, 600)))[0] == "MOV"
    assert found(tmp_path, box(b"ftyp", b"qt  " + bytes(4)) + MDAT + movie(mvhd(0, 1, 1)))[0] == "MOV"


@pytest.mark.parametrize(
    ("written_s", "note"),
    [
        (0, "MEDIA_TIME_MISSING"),
        (5, "MEDIA_TIME_UNFIT"),
        (SECONDS_1904_TO_1970, "MEDIA_TIME_UNFIT"),  # an encoder without a clock
        (SECONDS_1904_TO_1970 + UNIX_2010_S - 1, "MEDIA_TIME_UNFIT"),
    ],
)
def test_no_time_and_no_time_that_can_be_are_none(tmp_path: Path, written_s: int, note: str) -> None:
    index = movie(full_box(b"mvhd", 0, struct.pack(">IIII", written_s, 0, 600, 600)))
    assert found(tmp_path, FTYP + MDAT + index) == ("MP4", None, 1_000, {note})


def test_the_first_second_of_2010_is_a_time(tmp_path: Path) -> None:
    index = movie(mvhd(UNIX_2010_S * 1_000, 600, 600))
    assert found(tmp_path, FTYP + MDAT + index) == ("MP4", UNIX_2010_S * 1_000, 1_000, set())


@pytest.mark.parametrize(("timescale", "duration"), [(0, 5), (600, 0xFFFF_FFFF), (1, 0xFFFF_FFF0)])
def test_no_length_that_can_be(tmp_path: Path, timescale: int, duration: int) -> None:
    content = FTYP + MDAT + movie(mvhd(WRITTEN_MS, timescale, duration))
    assert found(tmp_path, content) == ("MP4", WRITTEN_MS, None, {"MEDIA_LENGTH_MISSING"})


def test_the_whole_length_of_a_fragmented_file_is_believed_where_it_is_told(tmp_path: Path) -> None:
    whole = box(b"mvex", full_box(b"mehd", 0, struct.pack(">I", 90_000)))
    content = FTYP + box(b"moov", mvhd(WRITTEN_MS, 1_000, 0) + whole) + MDAT
    assert found(tmp_path, content) == ("MP4", WRITTEN_MS, 90_000, set())


@pytest.mark.parametrize("told_by", ["run", "fragment", "index"])
def test_the_last_fragment_says_how_long_it_is(tmp_path: Path, told_by: str) -> None:
    content = FTYP + fragmented(WRITTEN_MS, timescale=100, sample=25, by_index=told_by == "index")
    for begun in (0, 1_000, 2_000):
        content += fragment(begun, samples=4, sample=25, told_by=told_by) + MDAT
    assert found(tmp_path, content) == ("MP4", WRITTEN_MS, 21_000, set())


def test_a_fragment_that_is_cut_ends_with_the_one_before(tmp_path: Path) -> None:
    content = FTYP + fragmented(WRITTEN_MS, timescale=100, sample=25)
    content += fragment(0, 4, 25) + MDAT + fragment(1_000, 4, 25)[:-20]
    assert found(tmp_path, content) == ("MP4", WRITTEN_MS, 1_000, {"MEDIA_TRUNCATED"})


def test_a_still_picture_in_boxes_is_no_film(tmp_path: Path) -> None:
    assert found(tmp_path, box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", b"x"), "A.HEIC") == (
        "HEIF",
        None,
        None,
        set(),
    )


# --- what is odd


def test_footage_without_an_index_was_cut(tmp_path: Path) -> None:
    missing = {"MEDIA_TIME_MISSING", "MEDIA_LENGTH_MISSING"}
    assert found(tmp_path, FTYP + MDAT) == ("MP4", None, None, {"MEDIA_TRUNCATED", *missing})
    assert found(tmp_path, FTYP) == ("MP4", None, None, {"MEDIA_UNREADABLE", "MEDIA_WITHOUT_FOOTAGE", *missing})


def test_each_beginning_of_a_file_is_noted_and_the_whole_is_not(tmp_path: Path) -> None:
    whole = FTYP + MDAT + movie(mvhd(WRITTEN_MS, 600, 600))
    for count in range(len(FTYP) + 8, len(whole)):
        assert set(looked_into(tmp_path, whole[:count]).notes) & {"MEDIA_TRUNCATED", "MEDIA_UNREADABLE"}, count
    assert looked_into(tmp_path, whole).notes == ()


def test_no_film_in_it(tmp_path: Path) -> None:
    index = movie(mvhd(WRITTEN_MS, 600, 600))
    assert "MEDIA_WITHOUT_FOOTAGE" in looked_into(tmp_path, FTYP + box(b"mdat", b"") + index).notes
    assert "MEDIA_WITHOUT_FOOTAGE" in looked_into(tmp_path, FTYP + MDAT + movie(mvhd(WRITTEN_MS, 600, 0))).notes


def test_zeros_that_fill_a_file_up_are_no_fault(tmp_path: Path) -> None:
    assert looked_into(tmp_path, FTYP + MDAT + movie(mvhd(WRITTEN_MS, 600, 600)) + bytes(999)).notes == ()


def test_a_size_that_cannot_be_is_noted(tmp_path: Path) -> None:
    content = FTYP + MDAT + movie(mvhd(WRITTEN_MS, 600, 600)) + struct.pack(">I4s", 5, b"free")
    assert looked_into(tmp_path, content).notes == ("MEDIA_UNREADABLE",)
    assert looked_into(tmp_path, content[:-1]).notes == (), "what is left is no box"


@pytest.mark.parametrize(
    ("content", "name", "container", "notes"),
    [
        (b"", "A.MP4", "OTHER", ("MEDIA_EMPTY",)),
        (bytes(5_000), "A.MP4", "OTHER", ("MEDIA_BLANK",)),
        (b"not a film", "A.MP4", "OTHER", ("MEDIA_UNREADABLE",)),
        (b"not a film", "DCIM/NOTES.LOG", "OTHER", ()),
        (b"x", "MP4", "OTHER", ("MEDIA_UNREADABLE",)),
        (b"\xff\xd8\xff\xe0....", "A.JPG", "JPEG", ()),
        (b"ID3\x04....", "A.MP3", "MP3", ()),
        (b"\xff\xfb\x90\x00", "A.MP3", "MP3", ()),
        (b"\xff", "A.BIN", "OTHER", ()),
    ],
)
def test_what_else_a_camera_holds(
    tmp_path: Path, content: bytes, name: str, container: str, notes: tuple[str, ...]
) -> None:
    assert looked_into(tmp_path, content, name) == Media(container, notes=notes, zone_minutes=ZONE)


def test_an_avi_says_how_long_it_is(tmp_path: Path) -> None:
    assert found(tmp_path, avi(us_per_frame=40_000, frames=250), "A.AVI") == ("AVI", None, 10_000, set())
    assert found(tmp_path, avi(40_000, 250, frames_of_all=500), "A.AVI") == ("AVI", None, 20_000, set())
    assert found(tmp_path, avi(40_000, 250)[:-3], "A.AVI") == ("AVI", None, 10_000, {"MEDIA_TRUNCATED"})
    assert found(tmp_path, avi(40_000, 0), "A.AVI") == ("AVI", None, 0, {"MEDIA_WITHOUT_FOOTAGE"})
    unfinished = b"RIFF" + bytes(4) + avi(40_000, 250)[8:]
    assert found(tmp_path, unfinished, "A.AVI")[3] == {"MEDIA_TRUNCATED"}


def test_a_wav_says_how_long_it_is(tmp_path: Path) -> None:
    assert found(tmp_path, wav(16_000, 32_000), "A.WAV") == ("WAV", None, 2_000, set())
    assert found(tmp_path, wav(0, 32_000), "A.WAV") == ("WAV", None, None, {"MEDIA_LENGTH_MISSING"})


# --- hostile bytes


class Counted:
    """A file that counts what is read of it."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place, self.bytes_read, self.reads = content, 0, 0, 0

    def seek(self, offset: int) -> None:
        assert 0 <= offset <= len(self.content)
        self.place = offset

    def read(self, count: int) -> bytes:
        self.reads += 1
        self.bytes_read += count
        return self.content[self.place : self.place + count]


@st.composite
def box_trees(draw: st.DrawFn, depth: int = 3) -> bytes:
    kinds = [b"moov", b"mvhd", b"mvex", b"mehd", b"trex", b"moof", b"traf", b"tfhd", b"tfdt", b"trun", b"trak", b"tkhd"]
    kinds += [b"mdia", b"mdhd", b"mdat", b"free"]
    content = b""
    for _ in range(draw(st.integers(0, 4))):
        inner = draw(box_trees(depth - 1)) if depth and draw(st.booleans()) else draw(st.binary(max_size=40))
        size = draw(st.sampled_from([len(inner) + 8, len(inner) + 8, 0, 1, 7, 2**31, 2**32 - 1]) | st.integers(0, 64))
        content += struct.pack(">I4s", size, draw(st.sampled_from(kinds))) + inner
    return content


@given(box_trees() | st.binary(max_size=400))
@example(struct.pack(">I4s", 1, b"moov") + b"\xff" * 8)
def test_no_bytes_make_it_raise_or_read_without_end(content: bytes) -> None:
    for body in (FTYP + content, b"RIFF\x00\x00\x00\x00AVI " + content, b"RIFF\xff\xff\xff\xffWAVE" + content):
        reader = read_boxes if body.startswith(FTYP) else read_riff
        file = Counted(body)
        media = reader(Peek(file, len(body)))  # type: ignore[arg-type]
        assert file.bytes_read <= ALLOWANCE_BYTES
        assert len(media.notes) <= NOTES_MAX // 2
        assert media.length_ms is None or 0 <= media.length_ms <= 366 * 86_400_000


def test_a_million_empty_boxes_cost_no_more_than_the_allowance() -> None:
    body = FTYP + box(b"free", b"") * 1_000_000
    file = Counted(body)
    read_boxes(Peek(file, len(body)))  # type: ignore[arg-type]
    assert file.bytes_read <= ALLOWANCE_BYTES
    assert file.reads <= ALLOWANCE_BYTES // 8 + 8


def test_a_run_that_claims_a_billion_samples_is_not_added_up() -> None:
    claimed = full_box(b"trun", 0x100, struct.pack(">I", 0xFFFF_FFFF))
    traf = full_box(b"tfhd", 0, struct.pack(">I", 1)) + full_box(b"tfdt", 0, struct.pack(">I", 100)) + claimed
    body = FTYP + fragmented(WRITTEN_MS, 100, 25) + box(b"moof", box(b"traf", traf)) + MDAT
    assert read_boxes(Peek(Counted(body), len(body))).length_ms is None  # type: ignore[arg-type]


def test_no_read_is_larger_than_what_a_bay_may_hold() -> None:
    content = bytes(10 * AT_ONCE_BYTES)
    peek = Peek(Counted(content), len(content))  # type: ignore[arg-type]
    assert len(peek.at(0, AT_ONCE_BYTES)) == AT_ONCE_BYTES
    assert peek.at(0, AT_ONCE_BYTES + 1) == b""


def test_a_disk_that_fails_is_no_note_about_the_file(tmp_path: Path) -> None:
    with pytest.raises(DiskFailedError):
        examine(tmp_path / "gone", "A.MP4", ZONE)
