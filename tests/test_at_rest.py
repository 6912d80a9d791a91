"""Promise: a station calls no disk encrypted that the kernel does not show to be, and holds footage all the same."""

import os
import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from dockward import station_process
from dockward.__main__ import main
from hardware.wiring import HardwareWiring
from station import parts
from station.config import StationConfig, StoreConfig
from station.store.at_rest import AtRest, at_rest, unsafe_folders
from station.views.words import at_rest_trouble
from tests.test_station_config import WHOLE
from tests.worlds import MORNING, Town

LUKS = "CRYPT-LUKS2-5b1e3e3f6a3c4b0f9d8e7c6b5a493827-dockward"
NUMBER = os.makedev(253, 7)
FILMED_MS = MORNING.utc_ms - 3_600_000


class Sys:
    """A kernel's /sys, as far as block devices go."""

    def __init__(self, root: Path) -> None:
        self.root = root / "sys"
        self.blocks = self.root / "devices"
        (self.root / "dev/block").mkdir(parents=True)

    def disk(self, name: str) -> Path:
        """One that can be held in a hand."""
        made = self.blocks / name
        (made / "slaves").mkdir(parents=True)
        (made / "device").mkdir()
        return made

    def partition(self, of: Path, name: str) -> Path:
        made = of / name
        made.mkdir()
        (made / "partition").write_text("1\n")
        return made

    def mapped(self, name: str, on: Sequence[Path], uuid: str = "") -> Path:
        """A dm device, or a RAID where it has no uuid."""
        made = self.blocks / name
        (made / "slaves").mkdir(parents=True)
        for slave in on:
            (made / "slaves" / slave.name).symlink_to(slave)
        if uuid:
            (made / "dm").mkdir()
            (made / "dm/uuid").write_text(f"{uuid}\n")
        return made

    def loop(self, name: str, backing: Path) -> Path:
        made = self.blocks / name
        (made / "loop").mkdir(parents=True)
        (made / "loop/backing_file").write_text(f"{backing}\n")
        return made

    def mount(self, block: Path, number: int = NUMBER) -> None:
        (self.root / "dev/block" / f"{os.major(number)}:{os.minor(number)}").symlink_to(block)

    def says(self, block: Path, folder: Path) -> AtRest:
        self.mount(block)
        return at_rest(folder, self.root, lambda _: NUMBER)


@pytest.fixture
def kernel(tmp_path: Path) -> Sys:
    return Sys(tmp_path)


def test_a_bare_disk_and_its_partition_are_plain(kernel: Sys, tmp_path: Path) -> None:
    disk = kernel.disk("nvme0n1")
    assert kernel.says(kernel.partition(disk, "nvme0n1p2"), tmp_path) is AtRest.PLAIN
    assert at_rest(tmp_path / "not" / "made" / "yet", kernel.root, lambda _: NUMBER) is AtRest.PLAIN


@pytest.mark.parametrize("kind", ["LUKS1", "LUKS2", "PLAIN", "TCRYPT", "BITLK"])
def test_dm_crypt_is_encrypted_and_so_is_what_lies_on_it(kernel: Sys, tmp_path: Path, kind: str) -> None:
    crypt = kernel.mapped("dm-0", [kernel.disk("sda")], f"CRYPT-{kind}-5b1e-dockward")
    assert kernel.says(kernel.mapped("dm-1", [crypt], "LVM-abc"), tmp_path) is AtRest.ENCRYPTED


@pytest.mark.parametrize("uuid", ["CRYPT-VERITY-5b-x", "CRYPT-INTEGRITY-5b-x", "LVM-abc", "XCRYPT-LUKS2-5b", "mpath-1"])
def test_what_only_checks_or_arranges_is_no_encryption(kernel: Sys, tmp_path: Path, uuid: str) -> None:
    assert kernel.says(kernel.mapped("dm-0", [kernel.disk("sda")], uuid), tmp_path) is AtRest.PLAIN


def test_a_raid_is_as_bad_as_its_worst_disk(kernel: Sys, tmp_path: Path) -> None:
    first, second = (kernel.mapped(f"dm-{n}", [kernel.disk(f"sd{n}")], LUKS) for n in range(2))
    raid = kernel.mapped("md0", [first, kernel.disk("sdz")])
    kernel.mount(kernel.mapped("md1", [first, second]), os.makedev(9, 1))
    assert kernel.says(raid, tmp_path) is AtRest.PLAIN
    assert at_rest(tmp_path, kernel.root, lambda _: os.makedev(9, 1)) is AtRest.ENCRYPTED


def test_a_file_that_is_mounted_lies_where_the_file_does(kernel: Sys, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.touch()
    on, other = os.makedev(253, 8), os.makedev(253, 9)
    kernel.mount(kernel.mapped("dm-0", [kernel.disk("sda")], LUKS), on)
    kernel.mount(kernel.loop("loop0", image), other)
    assert at_rest(tmp_path, kernel.root, lambda path: on if path == image else other) is AtRest.ENCRYPTED


def test_what_nobody_can_follow_is_unknown(kernel: Sys, tmp_path: Path) -> None:
    """In memory, over a network, of many disks, or a /sys that nobody may read."""
    assert at_rest(tmp_path, kernel.root, lambda _: os.makedev(0, 35)) is AtRest.UNKNOWN
    assert kernel.says(kernel.mapped("zram0", []), tmp_path) is AtRest.UNKNOWN
    assert at_rest(tmp_path, tmp_path / "nothing") is AtRest.UNKNOWN


def test_the_disk_under_this_test_is_what_cryptsetup_would_say(tmp_path: Path) -> None:
    """With the real kernel: whatever it is, it is not called encrypted where there is no dm device at all."""
    if not list(Path("/sys/block").glob("dm-*")):
        assert at_rest(tmp_path) is not AtRest.ENCRYPTED


def a_config() -> StationConfig:
    return msgspec.convert(WHOLE, StationConfig)


def board(**store: object) -> StationConfig:
    return replace(a_config(), hardware=HardwareWiring(kind="board"), store=StoreConfig(**store))  # type: ignore[arg-type]


def test_only_a_real_station_that_is_to_be_encrypted_is_asked(kernel: Sys) -> None:
    kernel.mount(kernel.disk("sda"))
    asked = (kernel.root, lambda _: NUMBER)
    assert unsafe_folders(replace(a_config(), hardware=HardwareWiring(kind="simulated")), *asked) == {}
    assert unsafe_folders(board(encrypted=False), *asked) == {}
    both = board(second="/srv/second")
    assert unsafe_folders(both, *asked) == {both.data: AtRest.PLAIN, "/srv/second": AtRest.PLAIN}


def test_a_plain_second_disk_is_unsafe_beside_an_encrypted_one(kernel: Sys) -> None:
    kernel.mount(kernel.mapped("dm-0", [kernel.disk("sda")], LUKS))
    plain = os.makedev(8, 17)
    kernel.mount(kernel.disk("sdb"), plain)
    config = replace(board(second="/"), data="/tmp")  # noqa: S108 - a folder that is there; nothing is written
    assert unsafe_folders(config, kernel.root, lambda path: plain if path == Path("/") else NUMBER) == {
        "/": AtRest.PLAIN
    }


@pytest.mark.parametrize("lies", [AtRest.PLAIN, AtRest.UNKNOWN])
def test_people_are_told_in_both_languages(lies: AtRest) -> None:
    chinese, _, english = at_rest_trouble({"/var/lib/dockward": lies}).partition(" / ")
    assert "采集照常" in chinese
    assert english.startswith("/var/lib/dockward: not ")
    assert at_rest_trouble({}) == ""
    assert "未加密" in at_rest_trouble({"/a": AtRest.UNKNOWN, "/b": AtRest.PLAIN}), "the worst is said"


def plain_disk(config: StationConfig) -> dict[str, AtRest]:
    return {config.data: AtRest.PLAIN}


def test_the_status_page_and_the_log_say_it_and_footage_is_held_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(parts, "unsafe_folders", plain_disk)
    town = Town(tmp_path / "town", random.Random(1))
    (world,) = town.stations
    world.dock.film(Town.cameras(world.name)[0], "DCIM/1.MP4", b"footage", FILMED_MS, FILMED_MS + 30_000)
    for _ in range(12):
        world.round()
    said = world.station.status().troubles["加密 encryption"]
    assert said.startswith("资料盘未加密")
    assert f"{world.station.config.data}: not encrypted" in said
    assert said in caplog.text
    originals = Path(world.station.config.data).glob("evidence/*/original")
    assert [path.read_bytes() for path in originals] == [b"footage"]
    town.close()


def test_check_config_does_not_call_a_plain_disk_safe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(station_process, "read_config", lambda _: board())
    monkeypatch.setattr(station_process, "trust_of", lambda *_: None)
    monkeypatch.setattr(station_process, "unsafe_folders", plain_disk)
    assert main(["station", "check-config"]) == 1
    shown = capsys.readouterr()
    assert "good; 2 bays" in shown.out
    assert "资料盘未加密" in shown.err
    monkeypatch.setattr(station_process, "unsafe_folders", lambda _: {})
    assert main(["station", "check-config"]) == 0
