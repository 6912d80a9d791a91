"""Promise: discs hold the pack byte for byte, in as many copies as policy wants, or they are not made at all."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dockward import export_disc
from dockward.__main__ import main
from dockward.disc_image import Disc, extents, make_image
from dockward.disc_plan import BLOCK_BYTES, Source, spread
from station.errors import BrokenCustodyError
from tests.pack_world import PackWorld, world_in

SMALL = 1_400_000
"""A medium that a film of two million bytes does not fit on."""
LABEL = {"制作单位": "一大队", "制作人": "甲", "执法活动或者案件名称": "某案"}
NOTE = {"制作人": "甲", "提取人": "乙", "制作单位": "一大队", "案号": "七号"}
FIELDS = [word for name, value in LABEL.items() for word in ("--label", f"{name}={value}")]
FIELDS += [word for name, value in NOTE.items() for word in ("--note", f"{name}={value}")]
PEER = shutil.which("osirrox") or "osirrox"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackWorld]:
    with world_in(tmp_path_factory.mktemp("world")) as made:
        film = bytes(range(256)) * 8_000
        mission = made.mission(made.record(film), made.record(b"short" * 60, "C-2"))
        made.seal()
        assert made.export("--mission", str(mission)) == 0
        assert burn(made, "discs", "--medium", str(SMALL), *FIELDS) == 0
        yield made


def burn(world: PackWorld, out: str, *words: str) -> int:
    pack, folder = str(world.folder / "pack"), str(world.folder / out)
    return main(["export", "disc", pack, "--out", folder, "--config", str(world.config), *words])


def images(world: PackWorld, copy: int = 1) -> list[Path]:
    return sorted((world.folder / f"discs/copy-{copy}").glob("*.iso"))


def extracted(image: Path, into: Path) -> Path:
    """By xorriso's own reader, which knows nothing of ours."""
    subprocess.run([PEER, "-indev", str(image), "-extract", "/", str(into)], check=True, capture_output=True)
    return into


def test_discs_of_every_copy_join_to_the_very_pack(world: PackWorld, tmp_path: Path) -> None:
    assert len(images(world)) > 1
    for copy in (1, 2):
        joined = tmp_path / f"joined-{copy}"
        for image in images(world, copy):
            there = extracted(image, tmp_path / f"{copy}-{image.stem}")
            shutil.copytree(there / "pack", joined, dirs_exist_ok=True)
            check = ["sha256sum", "--strict", "--quiet", "-c", "disc-sha256.txt"]
            subprocess.run(check, cwd=there, check=True)
            readme = (there / "README.txt").read_text(encoding="utf-8")
        (join,) = set(re.findall(r"^ {4}(cat .*)$", readme, re.MULTILINE))
        subprocess.run(["sh", "-c", join], cwd=joined, check=True)
        for file in (path for path in (world.folder / "pack").rglob("*") if path.is_file()):
            assert (joined / file.relative_to(world.folder / "pack")).read_bytes() == file.read_bytes()
        assert main(["verify", str(joined), "--ca", str(world.folder / "ca.pem")]) == 0


def test_images_are_level_3_with_rock_ridge_and_joliet_and_fit_the_medium(world: PackWorld) -> None:
    for image in images(world):
        words = ["xorriso", "-indev", str(image), "-toc", "-pvd_info"]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert "ISO offers   : Rock_Ridge Joliet" in said
        assert re.search(r"Volume Id    : DW_[0-9A-F]{6}_[0-9]$", said, re.MULTILINE)
        assert image.stat().st_size <= SMALL


def test_everybody_may_read_what_is_on_a_disc(world: PackWorld, tmp_path: Path) -> None:
    there = extracted(images(world)[0], tmp_path / "there")
    for path in there.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o444), path


def test_the_commands_to_burn_name_each_image_and_its_digest(world: PackWorld) -> None:
    lines = (world.folder / "discs/burn.txt").read_text(encoding="utf-8").splitlines()
    for copy in (1, 2):
        for image in images(world, copy):
            name = f"copy-{copy}/{image.name}"
            at = next(place for place, line in enumerate(lines) if line.endswith(f" {name}"))
            assert lines[at].startswith("xorriso -as cdrecord -v dev=/dev/sr0 ")
            size, digest = re.findall(r"head -c ([0-9]+) /dev/sr0 \| sha256sum  # ([0-9a-f]{64})", lines[at + 1])[0]
            assert (int(size), digest) == (image.stat().st_size, sha256(image.read_bytes()).hexdigest())


class Cells(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())


def test_label_and_list_of_data_are_there_to_be_printed(world: PackWorld) -> None:
    papers = world.folder / "discs/copy-2/disc-1-papers"
    label = Cells((papers / "label.html").read_text(encoding="utf-8")).text
    for name, value in {**LABEL, "份号 copy": "2 / 2"}.items():
        assert label[label.index(name) + 1] == value
    assert {"制作时间", "标号"} <= set(label)
    listed = json.loads((world.folder / "pack/data/list.json").read_bytes())["recordings"]
    for name in ("list-of-data.html", "list-of-data.txt"):
        page = (papers / name).read_text(encoding="utf-8")
        assert "电子数据清单" in page
        assert all(one["sha256"] in page for one in listed)
        assert all(value in page for value in NOTE.values())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--label 制作单位=…"),
        (FIELDS[:-2], "--note 案号=…"),
        (["--longterm"], "--label 制作人=…"),
        ([*FIELDS, "--outlet", "other_department"], "export.destination"),
    ],
)
def test_without_what_policy_wants_on_label_and_note_nothing_is_made(
    world: PackWorld, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert burn(world, "none", *words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "对外提供" in told
    assert not (world.folder / "none").exists()


def test_for_long_keeping_the_rules_for_such_discs_decide(world: PackWorld) -> None:
    assert burn(world, "long", "--longterm", *FIELDS[: 2 * len(LABEL)]) == 0
    assert sorted(path.name for path in (world.folder / "long").iterdir()) == ["burn.txt", "copy-1", "copy-2"]


def spoil(image: Path) -> None:
    """One byte of a recording, as a bad disk would have it."""
    place = next(place for name, place in extents(image).items() if "/original" in name)
    with image.open("rb+") as file:
        file.seek(place.start + 7)
        byte = file.read(1)
        file.seek(place.start + 7)
        file.write(bytes([byte[0] ^ 4]))


def test_an_image_that_reads_back_differently_is_not_handed_out(
    world: PackWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make_badly(image: Path, pack: Path, disc: Disc) -> None:
        make_image(image, pack, disc)
        spoil(image)

    monkeypatch.setattr(export_disc, "make_image", make_badly)
    assert burn(world, "bad", *FIELDS) == 1
    assert "reads back differently" in capsys.readouterr().err
    assert not list(world.folder.glob("*bad*"))


def test_a_file_that_is_missing_in_the_image_is_noticed(
    world: PackWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export_disc, "extents", lambda image: dict(list(extents(image).items())[:-1]))
    assert burn(world, "bad", *FIELDS) == 1
    assert "has not the files" in capsys.readouterr().err


def test_a_pack_that_is_not_what_its_manifest_lists_goes_on_no_disc(world: PackWorld, tmp_path: Path) -> None:
    pack = Path(shutil.copytree(world.folder / "pack", tmp_path / "pack"))
    files = export_disc.manifest_of(pack)
    (pack / "extra").write_bytes(b"x")
    with pytest.raises(BrokenCustodyError, match="has not the files"):
        export_disc.manifest_of(pack)
    (pack / "extra").unlink()
    (pack / "data/list.csv").write_bytes(b"x")
    plan = spread([Source(path, (pack / path).stat().st_size) for path in files], 10**9)
    with pytest.raises(BrokenCustodyError, match=r"data/list\.csv is not what"):
        export_disc.digests_of(pack, plan, files)


def test_it_says_what_to_do_next(
    world: PackWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert burn(world, "discs", *FIELDS) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["export", "disc", str(tmp_path), "--out", "x", "--config", str(world.config), *FIELDS]) == 2
    assert "is no pack" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert burn(world, "none", *FIELDS) == 2
    assert "apt-get install xorriso" in capsys.readouterr().err


def test_media_are_known_by_name_and_sizes_are_whole_blocks() -> None:
    assert export_disc._medium("dvd") == 4_700_372_992
    assert export_disc._medium("bd") < 25_025_314_816
    assert export_disc._medium("1000000") % BLOCK_BYTES == 0
