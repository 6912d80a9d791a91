"""Promise: three commands and a disk do what the line does."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

import dockward.courier
from dockward.__main__ import WRONG_USE, main
from registry.alone import alone_in
from station.assemble import Station
from station.bays.technician_door import TechnicianDoor
from station.bays.technician_line import Act, Said
from station.clock import ManualClock, SystemClock
from station.errors import WireFailedError, WrongUseError
from station.signer import FileKeys
from tests.couriers import DarkStation
from tests.open_doors import served
from tests.registry_process import Machines, provision
from tests.reporting_stations import ReportingStation
from tests.signer_process import socket_path
from tests.test_station_config import changed, written


class Dark:
    """A station's machine and a registry's, as they were provisioned, a disk, and nothing between them."""

    def __init__(self, folder: Path, machines: Machines, door: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys
        self.station = ReportingStation(folder / "data")
        (folder / "data" / "journal.sqlite").symlink_to("t-01-journal.sqlite")
        evidence = machines.evidence("t-01")
        self.dark = DarkStation(folder / "data", machines.witness, self.station, evidence, machines.ca_pem)
        # Keys were provisioned, and receipts are given, by the clock on the wall.
        self.dark.clock = ManualClock(SystemClock(lambda: False).stamp())
        self.disk = folder / "disk"
        self.disk.mkdir()
        self.key = machines.folder / "registry" / "courier.key"
        recipient = (machines.folder / "registry" / "courier.recipient").read_text().strip()
        station = changed("registry.courier", recipient) | {
            "station": "t-01",
            "data": str(folder / "data"),
            "technician": str(door),
            "signer": str(machines.folder / "t-01" / "signer"),
        }
        self.station_toml = written(folder, station)
        own = machines.folder / "registry"
        self.registry_toml = folder / "registry.toml"
        self.registry_toml.write_text(
            f'name = "测试平台"\nwitness = "{machines.witness}"\ndata = "{folder / "registry"}"\n'
            f'signer = "{own / "signer"}"\nstations = "{folder / "stations"}"\n'
            f'ca = "{own / "ca.pem"}"\n[broker]\nhost = "none"\n[api]\nhost = "none"\n',
            encoding="utf-8",
        )
        (folder / "stations").mkdir()
        (folder / "stations" / "t-01.json").write_bytes(msgspec.json.encode(self.station.enrolment))

    def courier(self, act: str, *words: str | Path) -> tuple[int, str]:
        config = self.registry_toml if act == "take" else self.station_toml
        code = main(["courier", act, str(self.disk), *map(str, words), "--config", str(config)])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def take(self) -> tuple[int, str]:
        return self.courier("take", "--identity", self.key)

    def close(self) -> None:
        self.dark.close()
        self.station.close()


def for_courier(dark: DarkStation, act: Act) -> Said:
    """What the station does at its door, over the uplink and the uploads of this one."""
    parts = SimpleNamespace(uplink=dark.uplink, courier=dark.answers())
    return Station.for_courier(cast("Any", parts), act)


@contextlib.contextmanager
def door_of(dark: DarkStation, path: Path) -> Iterator[None]:
    """The station's door, on a loop of its own."""
    nothing = cast("Any", None)
    with ThreadPoolExecutor(1) as threads:
        door = TechnicianDoor(
            nothing, nothing, threads, lambda: None, os.getegid(), nothing, lambda act: for_courier(dark, act)
        )
        with served(door, path):
            yield


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    return provision(tmp_path_factory.mktemp("machines"), "t-01")


@pytest.fixture
def world(
    tmp_path: Path, machines: Machines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dark]:
    monkeypatch.setattr(dockward.courier, "RemoteSigner", FileKeys)
    with socket_path() as path:
        dark = Dark(tmp_path, machines, path, capsys)
        with door_of(dark.dark, path):
            yield dark
        dark.close()


def test_three_commands_bring_the_receipts(world: Dark) -> None:
    held = [world.dark.hold(seed=str(n)).held.n for n in range(2)]
    code, said = world.courier("write")
    assert (code, "2 recordings" in said) == (0, True), said
    code, said = world.take()
    assert (code, "2 receipts" in said) == (0, True), said
    code, said = world.courier("bring")
    assert (code, "2 receipts" in said) == (0, True), said
    assert sorted(world.dark.accepted) == held
    assert f"{world.dark.uplink.delivered} facts are at the registry" in said
    code, said = world.take()
    assert (code, "taken before" in said) == (0, True), said
    code, said = world.courier("bring")
    assert (code, "2 known before" in said) == (0, True), said
    code, said = world.courier("write")
    assert code == 0
    assert "0 recordings" in said, "the facts of the receipts, and nothing twice"


def test_the_registry_takes_no_disk_while_another_program_writes_its_data(world: Dark) -> None:
    code, said = world.courier("write")
    assert code == 0, said
    (world._folder / "registry").mkdir()
    with alone_in(world._folder / "registry"):
        code, said = world.take()
        assert (code, "stop it first" in said) == (WRONG_USE, True), said
        with pytest.raises(WrongUseError), alone_in(world._folder / "registry"):
            pass
    assert world.take()[0] == 0


def test_only_the_registrys_own_account_takes_disks(world: Dark, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of root's there would stop the service afterwards."""
    world.courier("write")
    (world._folder / "registry").mkdir()
    own = os.geteuid()
    with monkeypatch.context() as another:
        another.setattr(os, "geteuid", lambda: own + 1)
        code, said = world.take()
    assert (code, "systemd-run" in said, "--uid=" in said) == (WRONG_USE, True, True), said
    assert list((world._folder / "registry").iterdir()) == []
    assert world.take()[0] == 0


def test_answers_are_copied_as_files_and_by_their_names_alone(world: Dark, tmp_path: Path) -> None:
    secret, victim = tmp_path / "secret", tmp_path / "victim"
    secret.write_text("SECRET")
    victim.write_text("not to be written")
    answers = world.disk / "return" / "dockward-t-01-1-1"
    answers.mkdir(parents=True)
    inbox = world._folder / "data" / "courier-inbox"
    inbox.mkdir()
    (inbox / "cosigned.part").symlink_to(victim)
    (inbox / "9.receipt.json").write_bytes(b"left there")
    (answers / "cosigned").write_bytes(b"chosen")
    (answers / "x.receipt.json").symlink_to(secret)
    dockward.courier._lay(answers, inbox)
    assert {path.name: path.read_bytes() for path in inbox.iterdir()} == {"cosigned": b"chosen"}
    (answers / "7.receipt.json").symlink_to(secret)
    with pytest.raises(WireFailedError):
        dockward.courier._lay(answers, inbox)
    assert b"SECRET" not in b"".join(path.read_bytes() for path in inbox.iterdir())
    assert victim.read_text() == "not to be written"


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that another account may pass through, which pytest's own are not: each run of pytest shuts them."""
    with tempfile.TemporaryDirectory(prefix="dockward-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account")
def test_root_writes_for_the_station_with_no_more_rights_than_the_station_has(passable: Path) -> None:
    data, victim = passable / "data", passable / "victim"
    data.mkdir()
    os.chown(data, 65_534, 65_534)
    victim.write_text("0")
    (data / "courier-number.part").symlink_to(victim)
    with pytest.raises(WireFailedError):
        dockward.courier._next_number(data)
    assert (os.geteuid(), victim.read_text()) == (0, "0")
    (data / "courier-number.part").unlink(missing_ok=True)
    assert dockward.courier._next_number(data) == 1
    assert (data / "courier-number").stat().st_uid == 65_534


def test_what_is_missing_is_said(world: Dark, tmp_path: Path) -> None:
    assert world.take() == (
        WRONG_USE,
        f"dockward courier: {world.disk} holds no delivery; is the courier's disk mounted there?\n",
    )
    assert "no answers for t-01" in world.courier("bring")[1]
    world.courier("write")
    code, said = world.courier("take", "--identity", tmp_path / "none")
    assert (code, "cannot be read" in said) == (1, True), said
    code, said = world.courier("take")
    assert (code, "name the registry's age identity" in said) == (WRONG_USE, True), said
    without = changed("station", "t-01") | {"technician": "nowhere"}
    world.station_toml = written(tmp_path, without)
    assert "no courier under [registry]" in world.courier("write")[1]


def test_a_damaged_delivery_is_named_and_the_others_are_taken(world: Dark) -> None:
    world.dark.hold()
    world.courier("write")
    world.courier("write")
    (world.disk / "dockward-t-01-1-1" / "journal.age").write_bytes(b"")
    code, said = world.take()
    assert code == 1
    assert "dockward-t-01-1-1: 不予接收 refused: COURIER_DAMAGED" in said
    assert "dockward-t-01-1-2: " in said
    assert "1 receipts" in said


def test_the_key_is_the_units_credential_where_none_is_named(world: Dark, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = world.courier("write")
    assert code == 0, said
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(world.key.parent))
    assert world.courier("take")[0] == 0


def test_the_registrys_courier_key_is_provisioned_for_it_alone(machines: Machines) -> None:
    key = machines.folder / "registry" / "courier.key"
    assert key.stat().st_mode & 0o777 == 0o600
