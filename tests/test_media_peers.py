"""Promise: what we read of a film is what ffprobe reads of it, whole or cut, in files that ffmpeg made."""

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from station.bays.media import _examined, examine
from station.bays.media_peek import ALLOWANCE_BYTES, Peek
from tests.test_media import Counted

ROUNDING_MS = 1
MADE = "2026-11-21T08:30:00Z"
KINDS = {
    "plain.mp4": (),
    "faststart.mp4": ("-movflags", "+faststart"),
    "fragments.mp4": ("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    "delayed.mp4": ("-movflags", "frag_every_frame+delay_moov"),
    "old.mov": (),
    "phone.3gp": ("-an",),
    "motion.avi": ("-c:v", "mjpeg", "-c:a", "pcm_s16le"),
    "sound.wav": ("-vn",),
}
CONTAINERS = {".mp4": "MP4", ".mov": "MOV", ".3gp": "MP4", ".avi": "AVI", ".wav": "WAV"}


def run(*words: str) -> bytes:
    assert shutil.which(words[0]), f"{words[0]} is not here, and these tests judge by it: apt-get install ffmpeg"
    return subprocess.run(words, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a test picture with a tone, in each container."""
    folder = tmp_path_factory.mktemp("films")
    picture = ("-f", "lavfi", "-i", "testsrc=duration=3:size=64x48:rate=10", "-f", "lavfi", "-i", "sine=duration=3")
    for name, how in KINDS.items():
        made = ("-metadata", f"creation_time={MADE}", "-c:v", "mpeg4", *how)
        run("ffmpeg", "-v", "error", "-nostdin", "-y", *picture, *made, str(folder / name))
    return folder


@pytest.mark.parametrize("name", KINDS)
def test_time_and_length_are_those_that_ffprobe_reads(films: Path, name: str) -> None:
    told = json.loads(run("ffprobe", "-v", "error", "-show_format", "-of", "json", str(films / name)))["format"]
    found = examine(films / name, name, 480)
    assert found.container == CONTAINERS[Path(name).suffix]
    written = told.get("tags", {}).get("creation_time")
    assert found.written_ms == (None if written is None else dt.datetime.fromisoformat(written).timestamp() * 1_000)
    assert found.length_ms is not None
    assert abs(found.length_ms - float(told["duration"]) * 1_000) <= ROUNDING_MS
    assert set(found.notes) <= {"MEDIA_TIME_MISSING"}


def test_most_of_these_films_say_when_they_were_made(films: Path) -> None:
    """Else the comparison above would compare nothing."""
    made_ms = dt.datetime.fromisoformat(MADE).timestamp() * 1_000
    dated = [name for name in KINDS if examine(films / name, name, 480).written_ms == made_ms]
    assert {"plain.mp4", "faststart.mp4", "old.mov"} <= set(dated)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "delayed.mp4"])
def test_every_film_that_was_cut_short_is_noted(films: Path, name: str, tmp_path: Path) -> None:
    """But one of a fragment to each frame: what is cut between two of its fragments is a whole film, and shorter."""
    whole = (films / name).read_bytes()
    cut = tmp_path / name
    for percent in range(2, 99, 4):
        content = whole[: len(whole) * percent // 100]
        cut.write_bytes(content)
        found = examine(cut, name, 480)
        assert found.notes, f"{name} at {percent} %"
        assert "MEDIA_TRUNCATED" in found.notes or "MEDIA_UNREADABLE" in found.notes, f"{name} at {percent} %"


@pytest.mark.parametrize("name", KINDS)
def test_a_few_kib_of_it_are_enough(films: Path, name: str) -> None:
    content = (films / name).read_bytes()
    file = Counted(content)
    _examined(Peek(file, len(content)))  # type: ignore[arg-type]
    assert file.bytes_read <= ALLOWANCE_BYTES // 64
