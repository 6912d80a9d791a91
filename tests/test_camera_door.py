"""Promise: on a station a technician reaches docked cameras through it alone; strangers never; each act is a fact."""

import argparse
import contextlib
import json
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
from msgspec.structs import replace

from dockward import camera
from dockward.camera_line import InCustodyError
from hardware.simulated.dock import Dock
from hardware.wires import ListedFile
from station.bays import technician_door, technician_line
from station.bays.bay_history import BayHistory
from station.bays.technician import Technician
from station.bays.technician_bays import TechnicianBays
from station.bays.technician_door import TechnicianDoor, open_door
from station.bays.technician_line import QUESTION_BYTES_MAX, Act, Identified, Question, ask
from station.bays.technician_tests import BayTests
from station.clock import ManualClock
from station.config import StationConfig
from station.custody import observations as seen
from station.custody.docking import DockingStep
from station.custody.due_work import Task, Work
from station.custody.facts import CameraHandled, ClearingOrdered, ClockSet, Fact
from station.errors import BrokenCustodyError, DockwardError, IllegalStepError, WireFailedError, WrongUseError
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.work_dispatcher import PLACES, WorkDispatcher
from tests.camera_bench import Said
from tests.docked_footage import AlteredCameras
from tests.docked_station import CAMERA, OTHER, DockedStation
from tests.open_doors import served
from tests.plain_policy import PlainPolicy
from tests.signer_process import socket_path
from tests.stations import START
from tests.test_station_config import changed, written
from tests.test_station_process import eventually, facts, home, pages_of, station

__all__ = ["home"]  # the fixture

ME = pwd.getpwuid(os.getuid())
BY = f"uid:{ME.pw_uid}"
UNIT = Path(__file__).parent.parent / "systemd" / "dockward-station.service"
NOBODYS_GROUP = 54_321
"""No account is in it."""


def _no_courier(act: Act) -> NoReturn:
    raise AssertionError(f"{act} was asked for")


class Doored(DockedStation):
    """With its dispatcher, whose work the test starts, and its door on a loop of its own."""

    def __init__(self, folder: Path, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder, b"one", b"two")
        self.path = path
        self.woken = 0
        self.bays = TechnicianBays((), dict, BayHistory({}), BayTests(), self.tell, self.state, {})
        self.dispatcher = WorkDispatcher(self.state, PlainPolicy(), self.clock, self.work.workers())
        self._config = written(folder, changed("station", "t-01") | {"technician": str(path)})
        self._capsys = capsys

    @contextlib.contextmanager
    def opened(self, group: int | None = None) -> Iterator[None]:
        """Its door, as the station opens it; for the members of this group."""
        technician = Technician(self.work, PlainPolicy())
        group = os.getegid() if group is None else group
        with ThreadPoolExecutor(2) as threads:
            door = TechnicianDoor(technician, self.dispatcher, threads, self._wake, group, self.bays, _no_courier)
            with served(door, self.path):
                yield

    def _wake(self) -> None:
        self.woken += 1

    def type(self, *words: object) -> Said:
        """As main does it, on a machine where this station is installed."""
        parser = argparse.ArgumentParser()
        camera.add_arguments(parser)
        self._capsys.readouterr()
        code = camera.run(parser.parse_args([*map(str, words), "--config", str(self._config)]))
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def refuses(self, *words: object) -> str:
        with pytest.raises(DockwardError) as refused:
            self.type(*words)
        return str(refused.value)

    def ready(self) -> int:
        """Docked and read through."""
        number = self.put_and_identify()
        self.work.read(number)
        assert self.docking().step is DockingStep.READ
        return number

    def prove(self) -> None:
        for recording in self.held():
            self.tell(seen.StatementMade(recording=recording.number, statement_sha256="a" * 64))
            self.tell(seen.ReceiptVerified(recording=recording.number, receipt_sha256="b" * 64))

    def acts(self) -> list[tuple[str, str]]:
        return [(fact.body.act, fact.body.outcome) for fact in self.handled()]

    def handled(self) -> list[Any]:
        return [fact for fact in self.facts() if isinstance(fact.body, CameraHandled)]


@pytest.fixture
def doored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Doored]:
    with socket_path() as path, contextlib.closing(Doored(tmp_path, path, capsys)) as doored:
        yield doored


@pytest.fixture
def door(doored: Doored) -> Iterator[Doored]:
    with doored.opened():
        yield doored


# --- acts


@pytest.mark.parametrize("at", ["1", "1-1.1"])
def test_a_docked_camera_is_asked_by_its_bay_or_its_place(door: Doored, at: str) -> None:
    door.ready()
    who = door.type("identify", at, "--json").json
    assert (who["place"], who["serial"], who["battery_percent"]) == (at, CAMERA, 80)
    assert "序列号 serial: T8-000417\n" in door.type("identify", at).out
    files = door.type("ls", at, "--json").json["files"]
    assert [(file["path"], file["size_bytes"]) for file in files] == [("DCIM/000.MP4", 3), ("DCIM/001.MP4", 3)]
    clock = door.type("clock", at, "--json").json
    assert abs(clock["before"]["ahead_ms"] - 2_100) <= clock["before"]["error_ms"]
    assert clock["after"] is None
    assert door.dock.about(CAMERA).clock_ahead_ms == 2_100


def test_each_act_is_a_fact_of_whoever_did_it_and_seals_the_name(door: Doored) -> None:
    number = door.ready()
    door.type("identify", "1")
    door.type("ls", "1")
    door.type("clock", "1")
    assert door.acts() == [("IDENTIFY", "DONE"), ("LS", "DONE"), ("CLOCK", "DONE")]
    for fact in door.handled():
        assert (fact.by, fact.subject) == (BY, f"docking:{number}")
        assert (fact.body.docking, fact.body.camera) == (number, CAMERA)
        assert fact.body.sealed.keys() == {"account"}
    with contextlib.closing(connect_to_read(door.journal)) as connection:
        assert all(ME.pw_name.encode() not in entry for entry in SqliteLog(connection).entries())


def test_an_act_that_failed_is_a_fact_too(door: Doored) -> None:
    door.ready()
    door.dock.take("1", by_force=True)
    assert "bay 1" in door.refuses("ls", "1")
    assert door.acts() == [("LS", "FAILED")]


def test_an_act_whose_camera_left_meanwhile_is_a_fact_too(door: Doored) -> None:
    number = door.ready()

    def leave() -> None:
        door.dock.take("1", by_force=True)
        door.tell(seen.PresenceOpened(bay="1"))

    door.usb.at_call(8, leave)
    assert "bay 1" in door.refuses("ls", "1")
    assert door.kinds()[-2:] == ["docking_ended", "camera_handled"]
    assert door.said("camera_handled").docking == number


def test_nobody_acted_on_a_docking_that_never_was(doored: Doored) -> None:
    never = seen.CameraHandled(docking=99, camera=None, act="LS", outcome="DONE", by=BY, account="root")
    with pytest.raises(IllegalStepError, match="no docking 99"):
        doored.tell(never)


def test_another_camera_than_was_docked_is_not_acted_on(door: Doored) -> None:
    number = door.ready()
    door.make_camera(OTHER)
    door.swap()
    assert "another camera" in door.refuses("clock", "1", "--set")
    assert door.acts() == [("SET_CLOCK", "FAILED")]
    assert door.docking().number != number
    assert door.dock.about(OTHER).clock_ahead_ms == 2_100


def test_a_clock_is_set_as_the_station_does_it_and_each_time_is_a_fact(door: Doored) -> None:
    number = door.ready()
    door.work.set_clock(number)
    for _ in range(2):
        told = door.type("clock", "1", "--set", "--json").json
        assert abs(told["after"]["ahead_ms"]) <= 1_500
    sets = [fact for fact in door.facts() if isinstance(fact.body, ClockSet)]
    assert [fact.by for fact in sets] == ["station", BY, BY]
    assert door.acts() == [("SET_CLOCK", "DONE")] * 2
    assert abs(door.dock.about(CAMERA).clock_ahead_ms) <= 1_000


def test_a_clock_is_left_alone_until_all_is_read(door: Doored) -> None:
    door.put_and_identify()
    assert "not ready" in door.refuses("clock", "1", "--set")
    assert door.dock.about(CAMERA).clock_ahead_ms == 2_100
    assert door.acts() == []


def test_a_station_that_does_not_know_the_time_sets_no_clock(doored: Doored) -> None:
    doored.ready()
    doored.clock = ManualClock(replace(START, synchronised=False))
    doored.work = doored.work_over(doored.work.cameras)
    with doored.opened():
        assert "does not know the time" in doored.refuses("clock", "1", "--set")
    assert doored.dock.about(CAMERA).clock_ahead_ms == 2_100


def test_erasing_is_ordered_by_the_one_clearing_function_alone(door: Doored) -> None:
    number = door.ready()
    one, two = (recording.number for recording in door.held())
    said = door.type("erase", "1", "--yes", "--json")
    assert said.code == 1
    assert said.json["ordered"] == []
    assert said.json["kept"] == [{"recording": n, "reason": "proof"} for n in (one, two)]
    assert "fewer copies are proved" in door.type("erase", "1").out
    assert door.acts() == [("ERASE", "REFUSED")]
    door.prove()
    assert door.type("erase", "1", "--json").json["clearable"] == [one, two]
    assert "clearing_ordered" not in door.kinds()
    said = door.type("erase", "1", "--yes", "--json")
    assert (said.code, said.json["ordered"], said.json["kept"]) == (0, [one, two], [])
    (order,) = [fact for fact in door.facts() if isinstance(fact.body, ClearingOrdered)]
    assert order.by == BY
    assert door.dock.times(CAMERA), "the station deletes, not the door"
    door.work.clear(number)
    assert door.said("camera_cleared").recordings == (one, two)
    assert "nothing that the station holds" in door.type("erase", "1").out


def test_what_is_not_read_through_stays(door: Doored) -> None:
    door.ready()
    door.prove()
    door.film(2, b"three")
    door.tell(seen.CameraListed(docking=door.docking().number, listings=frozenset({"new"})))
    assert door.docking().step is DockingStep.READING
    kept = door.type("erase", "1", "--yes", "--json").json["kept"]
    assert {one["reason"] for one in kept} == {"not_read"}
    assert "clearing_ordered" not in door.kinds()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("pull", "1", "--all", "--to", "out"), "custodian who is signed in"),
        (("probe", "1"), "not judged for buying"),
        (("erase", "1", "--serial", CAMERA), "--serial"),
        (("erase", "1", "--proof", "out"), "--proof"),
        (("ls", "1", "--cameras", "roll.csv"), "--cameras"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_needs_a_custodian_or_means_something_else_here_is_refused_by_name(
    door: Doored, words: tuple[str, ...], why: str
) -> None:
    door.ready()
    assert why in door.refuses(*words)
    assert door.acts() == []
    assert not Path("out").exists()


def test_a_copy_is_refused_as_a_matter_of_custody(doored: Doored) -> None:
    with pytest.raises(InCustodyError, match="dockward export"):
        doored.type("pull", "1", "--all", "--to", "out")


def test_where_nothing_is_docked_nothing_is_asked(door: Doored) -> None:
    assert "bay 2 is empty" in door.refuses("identify", "2")
    assert "no bay of this station" in door.refuses("identify", "1-1.9")
    assert door.acts() == []


def test_a_station_that_does_not_run_is_to_be_started(doored: Doored) -> None:
    assert "systemctl start dockward-station" in doored.refuses("identify", "1")
    with doored.opened():
        doored.ready()
        assert doored.type("identify", "1").code == 0
    assert doored.path.is_socket()
    assert "systemctl start dockward-station" in doored.refuses("identify", "1")


# --- one at a time


def test_a_camera_that_is_being_read_is_not_acted_on(door: Doored) -> None:
    number = door.ready()
    reading = Task(Work.READ, number)
    door.dispatcher.begin(reading)
    assert "bay 1 is being read or worked on; try again" in door.refuses("ls", "1")
    assert door.acts() == []
    door.dispatcher.end(reading, None)
    assert door.type("ls", "1").code == 0


def test_no_work_and_no_other_act_starts_during_one(door: Doored, monkeypatch: pytest.MonkeyPatch) -> None:
    door.ready()
    during: list[object] = []

    def look() -> None:
        door.usb.before_call = None
        monkeypatch.setattr(technician_line, "PATIENCE_SECONDS", 2)
        during.append([task for task in door.dispatcher.startable()[0] if task.work not in PLACES])
        with pytest.raises(WireFailedError, match="being read or worked on") as refused:
            ask(door.path, Question(Act.LS, "1"))
        during.append(refused)

    door.usb.at_call(8, look)
    woken = door.woken
    assert door.type("ls", "1").code == 0
    assert [type(one) for one in during] == [list, pytest.ExceptionInfo]
    assert not during[0]
    assert door.woken == woken + 2
    assert {task.work for task in door.dispatcher.startable()[0]} & {Work.JUDGE_BATTERY, Work.SET_CLOCK}


def test_a_bay_that_was_stopped_stays_stopped(door: Doored) -> None:
    number = door.ready()
    task = Task(Work.READ, number)
    door.dispatcher.begin(task)
    door.dispatcher.end(task, BrokenCustodyError("two truths"))
    assert "bay 1 is stopped" in door.refuses("erase", "1", "--yes")
    assert door.acts() == []


# --- who may ask


SAYING = '$w=IO::Socket::UNIX->new($ARGV[0]) or die "shut: $!\n"; print $w "$ARGV[1]\n"; print <$w>;'
"""perl-base is on every Debian, and every account may run it."""


def another() -> pwd.struct_passwd:
    """An account that is not root's, and that we can be: oneself, where oneself is not root."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else ME


def said_by(account: pwd.struct_passwd, path: Path, line: str) -> str:
    alone: Any = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if os.getuid() == 0 else {}
    command = ["perl", "-MIO::Socket::UNIX", "-e", SAYING, str(path), line]
    said = subprocess.run(command, capture_output=True, check=False, cwd="/", **alone)
    return str(said.stdout + said.stderr, "utf-8")


def test_a_stranger_is_refused_by_the_door_itself(doored: Doored) -> None:
    """Whatever the socket's mode lets through."""
    doored.ready()
    with doored.opened(group=NOBODYS_GROUP):
        doored.path.parent.chmod(0o755)
        doored.path.chmod(0o666)
        said = json.loads(said_by(another(), doored.path, '{"act":"erase","at":"1"}'))
    assert said.keys() == {"refused"}
    assert f"{another().pw_name} 无权操作" in said["refused"]
    assert doored.acts() == []


def test_a_member_of_the_services_group_may_ask(doored: Doored) -> None:
    doored.ready()
    with doored.opened(group=another().pw_gid):
        doored.path.parent.chmod(0o755)
        doored.path.chmod(0o666)
        said = json.loads(said_by(another(), doored.path, '{"act":"identify","at":"1"}'))
    assert said["said"]["serial"] == CAMERA
    assert [fact.by for fact in doored.handled()] == [f"uid:{another().pw_uid}"]


def test_the_socket_is_closed_to_all_but_user_and_group(door: Doored) -> None:
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o660


def test_an_account_nobody_knows_is_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert technician_door.asker_of(ours, os.getegid()).account == ME.pw_name

        def unknown(uid: int) -> pwd.struct_passwd:
            raise KeyError(uid)

        monkeypatch.setattr(pwd, "getpwuid", unknown)
        with pytest.raises(WrongUseError, match="there is no account"):
            technician_door.asker_of(ours, os.getegid())


def test_the_unit_lets_the_door_know_who_asks() -> None:
    """In users of its own, everybody would be nobody."""
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    assert not any(line.startswith("PrivateUsers") for line in lines)
    (folder,) = (line.partition("=")[2] for line in lines if line.startswith("RuntimeDirectory="))
    assert "RuntimeDirectoryMode=0750" in lines
    (path,) = (field.default for field in msgspec.structs.fields(StationConfig) if field.name == "technician")
    assert Path(path).parent == Path("/run") / folder


# --- what comes over the wire


def raw(path: Path, line: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(30)
        wire.connect(str(path))
        with contextlib.suppress(BrokenPipeError):
            wire.sendall(line)
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_WR)
        with wire.makefile("rb") as answers:
            said: dict[str, Any] = json.loads(answers.readline())
            return said


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"",
        b"null\n",
        b'{"act":"ls"}\n',
        b'{"act":"pull","at":"1"}\n',
        b'{"act":"delete","at":"1"}\n',
        b'{"act":"ls","at":""}\n',
        b'{"act":"ls","at":7}\n',
        b'{"act":"ls","at":"1","by":"uid:0"}\n',
        b'{"act":"ls","at":"1"} {"act":"erase","at":"1"}\n',
        b'{"act":"ls","at":"\xff"}\n',
        b'{"act":"ls","at":"' + b"1" * QUESTION_BYTES_MAX + b'"}\n',
    ],
    ids=lambda line: ascii(line[:40]),
)
def test_what_is_no_question_is_refused_and_others_are_answered(door: Doored, line: bytes) -> None:
    door.ready()
    assert "not a question" in raw(door.path, line)["refused"]
    assert door.acts() == []
    assert isinstance(ask(door.path, Question(Act.IDENTIFY, "1")), Identified)


def test_an_answer_too_long_for_the_line_is_refused_by_name(door: Doored, monkeypatch: pytest.MonkeyPatch) -> None:
    door.ready()
    monkeypatch.setattr(technician_door, "ANSWER_BYTES_MAX", 100)
    assert "too many files" in door.refuses("ls", "1")


def test_a_name_that_is_no_text_is_answered(doored: Doored) -> None:
    doored.ready()

    def misname(camera: Any) -> None:
        camera.files = lambda: (ListedFile("a\ud800.mp4", 1, None, None),)

    doored.work = doored.work_over(AlteredCameras(doored, misname))
    with doored.opened():
        (file,) = doored.type("ls", "1", "--json").json["files"]
    assert file["path"] == "a\\ud800.mp4"


@pytest.mark.parametrize("answer", [b"", b"{}\n", b"{", b'{"said":{"type":"Pulled"}}\n'], ids=ascii)
def test_half_an_answer_is_none(doored: Doored, answer: bytes) -> None:
    with contextlib.closing(open_door(doored.path)) as listening:
        listening.listen()

        def answer_one() -> None:
            wire, _ = listening.accept()
            with wire:
                wire.recv(QUESTION_BYTES_MAX)
                wire.sendall(answer)

        thread = threading.Thread(target=answer_one)
        thread.start()
        with pytest.raises(WireFailedError):
            ask(doored.path, Question(Act.LS, "1"))
        thread.join()


# --- the whole station


def test_a_station_at_work_is_asked_by_the_command_itself(home: Path) -> None:
    dock = Dock(home / "dock")
    dock.put("T8-000417", "2")

    def command(*words: str) -> "subprocess.CompletedProcess[str]":
        asked = [sys.executable, "-m", "dockward", "camera", *words, "--config", str(home / "station.toml")]
        return subprocess.run(asked, capture_output=True, text=True, check=False)

    stopped = command("identify", "2")
    assert (stopped.returncode, stopped.stderr.count("\n")) == (1, 1)
    assert "start it" in stopped.stderr
    with station(home) as process:
        pages_of(process)
        eventually(lambda: "clock_set" in facts(home))
        assert json.loads(command("identify", "2", "--json").stdout)["serial"] == "T8-000417"
        assert "set and read back" in command("clock", "1-1.2", "--set").stdout
        pulled = command("pull", "2", "--all", "--to", str(home / "out"))
        assert (pulled.returncode, pulled.stderr.count("\n")) == (2, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert facts(home).count("camera_handled") == facts(home).count("clock_set") == 2
    assert _by(home, "camera_handled") == {BY}


def _by(home: Path, kind: str) -> set[str]:
    log = SqliteLog(connect_to_read(home / "data/journal.sqlite"))
    told: list[Fact] = [read_entry(entry) for entry in log.entries()]
    return {fact.by for fact in told if fact.body.type == kind}
