"""What every kind of camera keeps to, as tests over one opened at a dock: whoever uses it need not know which it is.

Nothing here knows USB or MTP. The kind is given by the fixture `kind` of the module that runs these.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.simulated.dock import Dock
from hardware.wires import AbsentError, Camera, Cameras, ForbiddenError, LyingError, WireError

PLACES = {"1": "1-1.1", "2": "1-1.2"}
BEGUN_MS, ENDED_MS = 1_789_000_000_000, 1_789_000_060_000
CLIP = "DCIM/100MEDIA/执法.MP4"
CONTENT = bytes(index * 31 % 251 for index in range(700_001))
Kind = Callable[[Dock], Cameras]
USES: tuple[Callable[[Camera], object], ...] = (
    lambda camera: camera.files(),
    lambda camera: camera.cards(),
    lambda camera: b"".join(bytes(piece) for piece in camera.pull(CLIP)),
    lambda camera: camera.delete(CLIP),
)


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    dock.make_camera("T8-1")
    dock.film("T8-1", CLIP, CONTENT, BEGUN_MS, ENDED_MS)
    dock.put("T8-1", "1")
    return dock


@pytest.fixture
def camera(dock: Dock, kind: Kind) -> Iterator[Camera]:
    camera = kind(dock).open("1-1.1")
    yield camera
    camera.close()


def pulled(camera: Camera, path: str = CLIP, offset: int = 0) -> bytes:
    return b"".join(bytes(piece) for piece in camera.pull(path, offset))


def test_it_says_who_it_is_and_what_it_has(camera: Camera, dock: Dock) -> None:
    dock.film("T8-1", "empty.mp4", b"", BEGUN_MS, ENDED_MS)
    assert (camera.identity.serial, camera.identity.model) == ("T8-1", "DW-T8")
    assert {file.path: file.size_bytes for file in camera.files()} == {CLIP: len(CONTENT), "empty.mp4": 0}
    assert pulled(camera, "empty.mp4") == b""


def test_what_it_says_of_itself_is_possible_or_none(camera: Camera) -> None:
    assert camera.battery_percent() in {None, *range(101)}
    (card,) = camera.cards()
    if card.capacity_bytes is not None and card.free_bytes is not None:
        assert 0 <= card.free_bytes <= card.capacity_bytes


def test_its_clock_is_set_or_it_says_that_it_has_none(camera: Camera) -> None:
    if camera.clock_ms() is None:
        with pytest.raises(ForbiddenError):
            camera.set_clock(ENDED_MS)
    else:
        camera.set_clock(ENDED_MS)
        assert camera.clock_ms() == ENDED_MS


@pytest.mark.parametrize("offset", [0, 1, 511, 262_144, len(CONTENT) - 1, len(CONTENT)])
def test_a_file_comes_whole_from_any_byte_on(camera: Camera, offset: int) -> None:
    camera.files()
    assert pulled(camera, offset=offset) == CONTENT[offset:]
    assert pulled(camera) == CONTENT


def test_what_was_not_listed_is_not_there(camera: Camera) -> None:
    camera.files()
    for use in (lambda: pulled(camera, "DCIM/none.mp4"), lambda: camera.delete("DCIM/none.mp4")):
        with pytest.raises(AbsentError, match="list it again"):
            use()


@pytest.mark.parametrize("use", [pulled, lambda camera: camera.delete(CLIP)])
def test_a_file_that_changed_since_it_was_listed_is_not_used(
    camera: Camera, dock: Dock, use: Callable[[Camera], object]
) -> None:
    camera.files()
    dock.film("T8-1", CLIP, b"another", BEGUN_MS, ENDED_MS)
    with pytest.raises(LyingError, match="another file now"):
        use(camera)
    assert (dock.card("T8-1") / CLIP).read_bytes() == b"another"
    camera.files()
    assert pulled(camera) == b"another"


def test_a_file_that_shrinks_while_it_is_read_is_an_error(camera: Camera, dock: Dock) -> None:
    with (dock.card("T8-1") / CLIP).open("r+b") as file:
        file.truncate(2_000_000)
    camera.files()
    pieces = camera.pull(CLIP)
    next(pieces)
    with (dock.card("T8-1") / CLIP).open("r+b") as file:
        file.truncate(1_000)
    with pytest.raises(WireError):
        for _piece in pieces:
            pass


def test_what_is_deleted_is_gone_and_nothing_else(camera: Camera, dock: Dock) -> None:
    dock.film("T8-1", "DCIM/other.mp4", b"other", BEGUN_MS, ENDED_MS)
    camera.files()
    camera.delete(CLIP)
    assert [file.path for file in camera.files()] == ["DCIM/other.mp4"]
    assert not (dock.card("T8-1") / CLIP).exists()


@pytest.mark.parametrize("use", USES, ids=range(len(USES)))
def test_pulled_out_it_is_gone(camera: Camera, dock: Dock, use: Callable[[Camera], object]) -> None:
    camera.files()
    dock.take("1", by_force=True)
    with pytest.raises(AbsentError):
        use(camera)
    assert (dock.card("T8-1") / CLIP).exists()


def test_pulled_out_in_the_middle_of_a_file_it_is_gone(camera: Camera, dock: Dock) -> None:
    camera.files()
    pieces = camera.pull(CLIP)
    begun = bytes(next(pieces))
    dock.take("1", by_force=True)
    with pytest.raises(AbsentError):
        for _piece in pieces:
            pass
    assert CONTENT.startswith(begun)


def test_put_back_it_is_opened_anew_and_goes_on_where_it_was(camera: Camera, dock: Dock, kind: Kind) -> None:
    camera.files()
    begun = b"".join(bytes(piece) for piece in itertools.islice(camera.pull(CLIP), 2))
    dock.take("1", by_force=True)
    dock.put("T8-1", "1")
    with pytest.raises(WireError):
        camera.files()
    with contextlib.closing(kind(dock).open("1-1.1")) as again:
        again.files()
        assert begun + pulled(again, offset=len(begun)) == CONTENT


def test_an_empty_place_has_no_camera(dock: Dock, kind: Kind) -> None:
    for place in ("1-1.2", "2-1", "1-1.1.1"):
        with pytest.raises(AbsentError, match=place):
            kind(dock).open(place)


def test_closed_twice_is_closed_once(camera: Camera) -> None:
    camera.close()
    camera.close()
