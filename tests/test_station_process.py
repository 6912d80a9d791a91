"""`dockward station` as a process of its own, beside a real registry and a broker: killed, started, stopped."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from dockward.stage import surroundings
from hardware.simulated.dock import Dock
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog, connect_to_read

PATIENCE_SECONDS = 60
LOOKS_A_SECOND = 200
CAMERA, BAY = "T8-000417", "2"
CONTENT = bytes(64 * 1024 * 1024)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with surroundings(tmp_path / "home", bays=2, port=0):
        dock = Dock(tmp_path / "home/dock")
        dock.make_camera(CAMERA)
        yield tmp_path / "home"


@contextmanager
def station(home: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "dockward", "station", "run", "--config", str(home / "station.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def pages_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().split(": ", 1)[1].strip()


def eventually(happened: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(PATIENCE_SECONDS * LOOKS_A_SECOND):
        if happened():
            return
        waiting.wait(1 / LOOKS_A_SECOND)
    raise AssertionError(f"not within {PATIENCE_SECONDS} s")


def facts(home: Path) -> list[str]:
    log = SqliteLog(connect_to_read(home / "data/journal.sqlite"))
    return [read_entry(entry).body.type for entry in log.entries()]


def test_killed_in_mid_transfer_it_goes_on_and_ends_in_peace_when_told(home: Path) -> None:
    dock = Dock(home / "dock")
    dock.film(CAMERA, "DCIM/A.MP4", CONTENT, 1_795_219_200_000, 1_795_219_260_000)
    dock.put(CAMERA, BAY)
    with station(home) as process:
        eventually(lambda: any((home / "data/partial").glob("*.part")))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert "recording_held" not in facts(home)
    with station(home) as process:
        pages = pages_of(process)
        eventually(lambda: "camera_cleared" in facts(home) and not dock.times(CAMERA))
        eventually(lambda: {"battery_judged", "clock_set"} <= set(facts(home)))
        shown = httpx.get(f"{pages}api/v1/status", trust_env=False).json()
        assert [bay["camera"] for bay in shown["bays"]] == [None, CAMERA]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    reading = ["journal_opened", "docking_started", "camera_admitted", "recording_held", "camera_read"]
    proving = ["recording_examined", "statement_signed", "receipt_accepted", "clearing_ordered", "camera_cleared"]
    assert sorted(facts(home)) == sorted([*reading, *proving, "battery_judged", "clock_set"])
    assert dock.locked(BAY), "a station that ended leaves its bays locked"


def test_a_second_station_on_the_same_pages_port_says_so_in_one_line(home: Path) -> None:
    with station(home) as first:
        port = pages_of(first).rstrip("/").rsplit(":", 1)[1]
        config = (home / "station.toml").read_text().replace("port = 0", f"port = {port}")
        config = config.replace('data = "data"', 'data = "other"')
        (home / "second.toml").write_text(config)
        command = [sys.executable, "-m", "dockward", "station", "run", "--config", str(home / "second.toml")]
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert port in second.stderr


def test_what_is_in_force_can_be_shown_and_checked(home: Path) -> None:
    def ask(act: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "dockward", "station", act, "--config", str(home / "station.toml")]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert json.loads(ask("show-config").stdout)["station"] == "demo-01"
    assert "good; 2 bays" in ask("check-config").stdout
    with (home / "station.toml").open("a") as config:
        config.write('colour = "green"\n')
    refused = ask("check-config")
    assert refused.returncode == 2
    assert "colour" in refused.stderr
