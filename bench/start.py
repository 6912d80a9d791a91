"""What a station costs: CPU from process start to serving, and memory of station and signer while every bay is read."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import httpx

from dockward.stage import surroundings
from dockward.stage_rolls import camera_id
from hardware.simulated.dock import Dock

BAYS = 8
RECORDING_BYTES = 192 * 1024 * 1024
CPU_SECONDS_MAX = 2.0
MEMORY_MIB_MAX = 180.0
_LOOK_SECONDS = 0.02


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-start-") as temporary:
        home = Path(temporary) / "home"
        with surroundings(home, BAYS, port=0):
            dock = Dock(home / "dock")
            for bay in range(1, BAYS + 1):
                dock.make_camera(camera_id(bay))
                dock.film(camera_id(bay), "DCIM/A.MP4", bytes(RECORDING_BYTES), 1_795_219_200_000, 1_795_219_260_000)
            command = [sys.executable, "-m", "dockward", "station", "run", "--config", str(home / "station.toml")]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as station:
                try:
                    _measure(station, dock, home)
                finally:
                    station.terminate()


def _measure(station: "subprocess.Popen[str]", dock: Dock, home: Path) -> None:
    assert station.stdout is not None
    pages = station.stdout.readline().split(": ", 1)[1].strip()
    httpx.get(f"{pages}healthz", trust_env=False).raise_for_status()
    cpu_seconds = _cpu_seconds(station.pid)
    for bay in range(1, BAYS + 1):
        dock.put(camera_id(bay), str(bay))
    signer = _pid_of(f"signer.*{home}/station")
    memory_mib = 0.0
    waiting = threading.Event()
    while any(dock.times(camera_id(bay)) for bay in range(1, BAYS + 1)):
        memory_mib = max(memory_mib, _memory_mib(station.pid) + _memory_mib(signer))
        waiting.wait(_LOOK_SECONDS)
    print(f"start: {cpu_seconds:.2f} CPU s to serving; limit {CPU_SECONDS_MAX}; {cpu_seconds / CPU_SECONDS_MAX:.2f}")
    ratio = memory_mib / MEMORY_MIB_MAX
    print(f"memory: {memory_mib:.0f} MiB at most while {BAYS} bays are read; limit {MEMORY_MIB_MAX:.0f}; {ratio:.2f}")
    print("  station and signer; what stands in for cameras and their USB tree is in the station's share")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mib(pid: int) -> float:
    """Resident now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _pid_of(words: str) -> int:
    found = subprocess.run(["pgrep", "-f", words], capture_output=True, text=True, check=True).stdout.split()
    return int(found[0])
