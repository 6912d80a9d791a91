"""A real broker for tests: Debian's mosquitto under the configuration and the ACL that are installed in service.

Ours is included by what Debian's own says. A broker that was killed or stopped has forgotten everything it
acknowledged. Fails loudly where mosquitto is missing.
"""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
_SHIPPED = Path(__file__).parent.parent / "systemd" / "mosquitto"
_PLACES = ("/etc/mosquitto/dockward", "/run/credentials/mosquitto.service")
_LISTENER = "listener 8883\n"
_DEBIANS = """\
persistence true
persistence_location {folder}/
include_dir {folder}/conf.d
"""
"""What Debian's /etc/mosquitto/mosquitto.conf says of what is kept, and how it takes ours in."""
_TRIES = 600
_STOP_SECONDS = 20
_PAUSE_SECONDS = 0.02
_PORTS_TRIED = 5


class Mosquitto:
    """The broker while entered: `certificates` is what `provision_broker` made, `folder` is for its files.

    `port` stays the same over `kill` and `restart`. What it writes is in `log`.
    """

    def __init__(self, folder: Path, certificates: Path) -> None:
        self.host = HOST
        self.port = 0
        self.log = folder / "mosquitto.log"
        self._folder = folder
        self._certificates = certificates
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        assert _program(), "mosquitto is missing; run: apt-get install mosquitto"
        for _ in range(_PORTS_TRIED):
            self.port = _free_port()
            if self._started():
                return self
        raise AssertionError(f"mosquitto does not start:\n{self.log.read_text(encoding='utf-8')}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """Gone at once, with all it held; nothing is said to the clients."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """As systemd stops it: it may write down what it wants to keep."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=_STOP_SECONDS)
            self._process = None

    def restart(self) -> None:
        """Back on the same port, remembering nothing."""
        self.kill()
        assert self._started(), f"mosquitto does not start again:\n{self.log.read_text(encoding='utf-8')}"

    def _started(self) -> bool:
        configuration = self._folder / "mosquitto.conf"
        included = self._folder / "conf.d"
        included.mkdir(exist_ok=True)
        (included / "dockward.conf").write_text(self._configuration(), encoding="utf-8")
        configuration.write_text(_DEBIANS.format(folder=self._folder), encoding="utf-8")
        command = [_program(), "-c", str(configuration), "-v"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        return self._answers(self._process)

    def _configuration(self) -> str:
        text = (_SHIPPED / "dockward.conf").read_text(encoding="utf-8")
        shutil.copy(_SHIPPED / "acl", self._folder / "acl")
        text = text.replace(f"{_PLACES[0]}/acl", str(self._folder / "acl"))
        for place in _PLACES:
            assert place in text, f"the shipped configuration has moved away from {place}; set tests/mosquitto.py right"
            text = text.replace(place, str(self._certificates))
        assert _LISTENER in text
        ours = "user root\n" if os.geteuid() == 0 else ""  # else root becomes a user who cannot read the test's files
        return ours + text.replace(_LISTENER, f"listener {self.port} {HOST}\n")

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        for _ in range(_TRIES):
            try:
                socket.create_connection((HOST, self.port), 1).close()
            except ConnectionRefusedError:
                try:
                    process.wait(timeout=_PAUSE_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
                return False
            return process.poll() is None
        return False


def _program() -> str:
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind((HOST, 0))
        port: int = asking.getsockname()[1]
        return port
