"""A provisioned station, as the process that ships, on this machine's pins and bay bus. Nobody answers as its registry.

`start` and `kill` it as often as wanted: its journal stays. Drives no wire itself.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec

from hardware.kernel_clock import kernel_knows_time
from hardware.wiring import BayWiring
from provisioning.machines import provision_ca, provision_registry, provision_station
from station.clock import SystemClock
from station.journal.entries import read_entry
from station.journal.sqlite_log import SqliteLog, connect_to_read
from tests.rig.guest.serial_gadget import URL
from tests.rig.guest.waiting import until

_SECONDS = 180
"""Two processes start in software emulation, and a machine may have more to do."""
_STATION_TOML = """\
station = "rig-01"
agency = "rig"
enrolment = 1
data = "data"
signer = "station/signer.sock"
technician = "station/technician.sock"
pages = {{ port = 0 }}
hardware = {{ kind = "board", serial = "{serial}", gpio = {{ buses = ["i2c1"], power_pin = 7 }} }}
policy = {{ pack = "yinchuan" }}

[registry]
url = "https://localhost:9"
witness = "{witness}"
ca = "station/ca.pem"
certificate = "station/tls.pem"
key = "station/tls.key"
broker = {{ host = "localhost", port = 9 }}
"""


class BoardStation:
    """Its signer and the station itself, each a process."""

    def __init__(self, home: Path, bays: tuple[BayWiring, ...]) -> None:
        now_ms = SystemClock(kernel_knows_time).stamp().utc_ms
        provision_ca(home / "ca", "rig", now_ms)
        provision_station(home / "ca", home / "station", "rig-01", 1, now_ms)
        provision_registry(home / "ca", home / "registry", ("localhost",), now_ms)
        witness = (home / "registry/witness.vkey").read_text().strip()
        told = _STATION_TOML.format(serial=URL, witness=witness)
        (home / "station.toml").write_text("\n".join([told, *map(_in_toml, bays)]))
        self._home = home
        self._signer = self._process("signer", "run", "--keys", "station/signer", "--socket", "station/signer.sock")
        until((home / "station/signer.sock").exists, "the signer", _SECONDS)
        self._station: subprocess.Popen[bytes] | None = None
        self._pages = ""

    def start(self) -> None:
        """Once it shows its pages; nothing where it is at work already."""
        if self._station is not None and self._station.poll() is None:
            return
        self._station = self._process("station", "run", "--config", "station.toml")
        said = until(self._first_line, "the station's pages", _SECONDS)
        self._pages = said.split(": ", 1)[1].strip()

    def kill(self) -> None:
        """SIGKILL: nothing of its own runs any more."""
        assert self._station is not None
        self._station.kill()
        self._station.wait()

    def throw_away(self) -> None:
        for process in (self._station, self._signer):
            if process is not None:
                process.kill()
                process.wait()

    def trouble(self, bay: str) -> str:
        """What the status page says of a bay; nothing where it is well."""
        shown = httpx.get(f"{self._pages}api/v1/status", trust_env=False, timeout=20).json()
        return next(view["trouble"] or "" for view in shown["bays"] if view["bay"] == bay)

    def facts(self, kind: str) -> list[str]:
        """The bays that facts of this kind in its journal are about, in their order."""
        connection = connect_to_read(self._home / "data/journal.sqlite")
        try:
            facts = [read_entry(entry).body for entry in SqliteLog(connection).entries()]
        finally:
            connection.close()
        return [msgspec.to_builtins(fact)["bay"] for fact in facts if fact.type == kind]

    def _process(self, name: str, *words: str) -> "subprocess.Popen[bytes]":
        with (self._home / f"{name}.said").open("wb") as said, (self._home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dockward", name, *words],
                stdout=said,
                stderr=log,
                cwd=self._home,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def _first_line(self) -> str:
        assert self._station is not None
        assert self._station.poll() is None, (self._home / "station.log").read_text()
        line, end, _ = (self._home / "station.said").read_text().partition("\n")
        return line if end else ""


def _in_toml(bay: BayWiring) -> str:
    lines = (
        f"{name} = {_value(getattr(bay, name))}" for name in bay.__struct_fields__ if getattr(bay, name) is not None
    )
    return "\n".join(["[[bays]]", *lines, ""])


def _value(value: str | int | tuple[int, ...]) -> str:
    return f'"{value}"' if isinstance(value, str) else str(list(value) if isinstance(value, tuple) else value)
