"""Promise: `dockward camera pull` brings whole files or says why not, goes on where it was cut, and mixes no two."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from dockward import camera_part
from dockward.camera_folder import names_for
from dockward.camera_progress import Progress
from hardware.simulated.faults import Fault, Kind, Nature
from hardware.wires import ListedFile
from station.durable import write_file
from station.errors import WireFailedError, WrongUseError
from station.hashing import PassingDigest
from station.store import checkpointed_part
from tests.camera_bench import CLIP, CONTENT, GET_OBJECT, OTHER, WAYS_TO_READ, Bench


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, capsys)


def test_what_is_pulled_is_proved_by_sha256sum(bench: Bench) -> None:
    said = bench.pull("--all", "--json").json
    assert (bench.to / CLIP).read_bytes() == CONTENT
    assert (bench.to / OTHER).read_bytes() == b"other"
    assert bench.sums_hold()
    assert {one["file"]: one["sha256"] for one in said["pulled"]} == {
        CLIP: sha256(CONTENT).hexdigest(),
        OTHER: sha256(b"other").hexdigest(),
    }
    assert said["failed"] == []
    assert bench.left_over() == []


def test_one_file_is_pulled_by_its_name_and_its_digest_is_printed(bench: Bench) -> None:
    said = bench.pull(OTHER)
    assert said.out.splitlines()[0] == f"{sha256(b'other').hexdigest()}  {OTHER}"
    assert said.err == "", "no bar where there is no terminal"
    assert not (bench.to / CLIP).exists()
    with pytest.raises(WrongUseError, match="camera ls"):
        bench.pull("DCIM/none.mp4")


def test_what_is_there_is_not_asked_for_again(bench: Bench) -> None:
    bench.pull()
    bench.nature = Nature(faults=(Fault(Kind.WEDGE, GET_OBJECT),))
    said = bench.pull("--all", "--json").json
    assert len(said["already_there"]) == 2
    assert said["pulled"] == []


def test_what_was_filmed_over_never_stands_for_what_was_pulled(bench: Bench) -> None:
    bench.pull()
    bench.film(OTHER, b"OTHER!")
    said = bench.pull("--all", "--json")
    assert said.code == 1
    assert "stays" in str(said.json["failed"])
    assert (bench.to / OTHER).read_bytes() == b"other"


@pytest.mark.parametrize("at", [12, 5_000, 150_000, 299_000])
def test_a_cut_pull_goes_on_where_it_was_cut(bench: Bench, at: int) -> None:
    bench.nature = Nature(faults=(Fault(Kind.VANISH, GET_OBJECT, at=at),))
    with pytest.raises(WireFailedError):
        bench.pull(CLIP)
    assert not (bench.to / CLIP).exists()
    part = (bench.to / CLIP).with_name(f".{Path(CLIP).name}.part")
    kept = part.stat().st_size
    assert kept >= at - 4_096 - 12
    bench.dock.put("T8-1", "1")
    whole_again = kept <= len(CONTENT) // 20
    bench.nature = Nature(faults=() if whole_again else (Fault(Kind.WEDGE, GET_OBJECT),))
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT
    assert bench.sums_hold()
    assert bench.left_over() == []


def cut(bench: Bench) -> Path:
    """A part of some size, and its note."""
    bench.nature = Nature(faults=(Fault(Kind.VANISH, GET_OBJECT, at=150_000),))
    with pytest.raises(WireFailedError):
        bench.pull(CLIP)
    bench.dock.put("T8-1", "1")
    bench.nature = Nature()
    return (bench.to / CLIP).with_name(f".{Path(CLIP).name}.part")


def spoil_part(part: Path) -> None:
    part.write_bytes(b"x" + part.read_bytes()[1:])


def shorten_part(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-1])


def lose_note(part: Path) -> None:
    part.with_name(f"{part.name}.json").unlink()


@pytest.mark.parametrize("spoil", [spoil_part, shorten_part, lose_note])
def test_a_part_that_its_note_does_not_prove_is_pulled_anew(bench: Bench, spoil: Callable[[Path], None]) -> None:
    spoil(cut(bench))
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_a_part_of_what_was_filmed_over_is_pulled_anew(bench: Bench) -> None:
    """Alike where it was cut, so that only its size tells it."""
    cut(bench)
    longer = CONTENT[:9_000][::-1] + CONTENT[9_000:] + b"!"
    bench.film(CLIP, longer)
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == longer


def test_what_was_filmed_over_under_the_same_name_size_and_times_is_pulled_anew(bench: Bench) -> None:
    cut(bench)
    bench.film(CLIP, CONTENT[::-1])
    said = bench.pull("--all")
    assert (said.code, "filmed over" in said.out) == (0, True)
    assert (bench.to / CLIP).read_bytes() == CONTENT[::-1]
    assert bench.sums_hold()
    assert bench.left_over() == []


def test_bytes_behind_the_note_are_dropped(bench: Bench) -> None:
    part = cut(bench)
    part.write_bytes(part.read_bytes() + bytes(9_000))
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_killed_a_pull_goes_on_from_the_last_note(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SIGKILL leaves it: nothing was noted on the way out."""
    notes = []

    def write(path: Path, pieces: list[bytes]) -> None:
        notes.append(pieces[0])
        write_file(path, pieces)

    monkeypatch.setattr(checkpointed_part, "CHECKPOINT_BYTES_MIN", 65_536)
    monkeypatch.setattr(checkpointed_part, "write_file", write)
    part = cut(bench)
    assert len(notes) == 3
    part.with_name(f"{part.name}.json").write_bytes(notes[-2])
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, GET_OBJECT, value=0x2002),))
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_what_the_disk_gives_back_otherwise_is_not_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_part, "digest_on_disk", lambda _: PassingDigest())  # what is asked by all commands
    with pytest.raises(WireFailedError, match="gives back other bytes"):
        bench.pull(CLIP)
    assert not (bench.to / CLIP).exists()
    assert bench.left_over() == []


def test_all_bytes_without_the_answer_behind_them_are_not_the_file(bench: Bench) -> None:
    bench.nature = Nature(faults=(Fault(Kind.SILENCE, GET_OBJECT, at=12 + len(CONTENT)),))
    assert bench.pull(CLIP).code == 1
    bench.nature = Nature(faults=tuple(Fault(Kind.REFUSE, way, times=9, value=0x2002) for way in WAYS_TO_READ))
    assert bench.pull(CLIP).code == 1
    assert not (bench.to / CLIP).exists()
    bench.nature = Nature()
    assert bench.pull(CLIP).code == 0


@pytest.mark.parametrize("content", [CONTENT, b""], ids=len)
def test_a_file_that_came_before_power_failed_is_taken_as_it_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """Renamed, and not in the folder's list yet."""
    bench.film(CLIP, content)

    def power_fails(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as failing:
        failing.setattr("dockward.camera_folder.PulledFolder.add", power_fails)
        with pytest.raises(KeyboardInterrupt):
            bench.pull(CLIP)
    bench.nature = Nature(faults=(Fault(Kind.WEDGE, GET_OBJECT),))
    assert bench.pull(CLIP).code == 0
    assert bench.sums_hold()
    assert bench.left_over() == []


def test_a_list_that_power_cut_short_is_set_right(bench: Bench) -> None:
    bench.pull()
    for name in ("SHA256SUMS", ".dockward-pulled"):
        path = bench.to / name
        path.write_bytes(path.read_bytes()[:-20])
    assert bench.pull().code == 1, "one file is there that no list names any more"
    assert bench.sums_hold()


def test_a_file_that_fails_keeps_no_other_waiting(bench: Bench) -> None:
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, GET_OBJECT, value=0x2002),))
    said = bench.pull("--all", "--json")
    assert said.code == 1
    assert [one["path"] for one in said.json["failed"]] == [CLIP]
    assert (bench.to / OTHER).read_bytes() == b"other"
    assert bench.sums_hold()


def test_what_a_liar_sent_is_not_gone_on_from(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpointed_part, "CHECKPOINT_BYTES_MIN", 65_536)
    bench.nature = Nature(faults=(Fault(Kind.STRAY, GET_OBJECT),))
    assert bench.pull(CLIP).code == 1
    assert not (bench.to / CLIP).exists()
    assert not [name for name in bench.left_over() if name.endswith(".json")]
    bench.nature = Nature()
    assert bench.pull(CLIP).code == 0
    assert (bench.to / CLIP).read_bytes() == CONTENT


def test_a_camera_that_always_fails_is_given_up(bench: Bench) -> None:
    for number in range(5):
        bench.film(f"{number}.mp4", b"x")
    bench.nature = Nature(faults=(Fault(Kind.REFUSE, GET_OBJECT, times=3, value=0x2002),))
    said = bench.pull("--all", "--json").json
    assert ["not tried" in one["reason"] for one in said["failed"]] == [False] * 3 + [True] * 4


def test_two_pulls_do_not_write_to_one_folder_at_once(bench: Bench) -> None:
    from dockward.camera_folder import PulledFolder  # noqa: PLC0415

    with PulledFolder(bench.to).held(), pytest.raises(WrongUseError, match="another pull"):
        bench.pull()


def listed(*paths: str) -> list[ListedFile]:
    return [ListedFile(path, 1, None, None) for path in paths]


def test_names_are_safe_and_never_twice_the_same() -> None:
    said = ["A.MP4", "a.mp4", "CON", "b:c.mp4", "..", "SHA256SUMS", "x", "x/y", "long" * 99 + ".mp4", ".hidden"]
    names = names_for(listed(*said))
    assert len({name.casefold() for name in names.values()}) == len(said)
    assert names["x/y"] == "x/y"
    for path in said[:7] + said[8:]:
        assert names[path] != path, path
    assert all(len(part.encode()) <= 239 for name in names.values() for part in name.split("/"))
    assert names_for(listed("DCIM/a b 执法.MP4")) == {"DCIM/a b 执法.MP4": "DCIM/a b 执法.MP4"}


# --- the bar


class Terminal:
    """Looks like one."""

    def __init__(self, *, attached: bool) -> None:
        self.said = ""
        self.attached = attached

    def isatty(self) -> bool:
        return self.attached

    def write(self, text: str) -> None:
        self.said += text

    def flush(self) -> None:
        """Nothing waits here."""


@pytest.mark.parametrize("attached", [True, False])
def test_a_bar_is_drawn_on_a_terminal_only(*, attached: bool) -> None:
    terminal = Terminal(attached=attached)
    bar = Progress(200, terminal)  # type: ignore[arg-type]
    bar.add(100)
    bar.add(100)
    assert ("50.0%" in terminal.said) is ("100.0%" in terminal.said) is attached
