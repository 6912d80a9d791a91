"""The demo's processes: a registry and the key processes, each one of our commands. Started, waited for, ended."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from dockward.stage_config import write_registry_config
from station.errors import DockwardError, WireFailedError
from station.signing.signer_wire import KeyUse, RemoteSigner

POLL_SECONDS = 0.02
START_SECONDS_MAX = 20


class NotStartedError(DockwardError):
    """A process of the demo did not come up."""


@contextlib.contextmanager
def registry(folder: Path, broker: int) -> Iterator[tuple[str, str]]:
    """The registry's two addresses: where recordings go, and its pages."""
    machine = folder / "registry"
    config = write_registry_config(machine, broker)
    with signer(machine), _process(machine, "registry", "run", "--config", str(config)) as process:
        said: dict[str, str] = {}

        def started() -> bool:
            said.update(_said(machine / "registry.log"))
            return {"api", "pages"} <= said.keys()

        _wait_for_start(process, started)
        yield said["api"], said["pages"]


def _said(log: Path) -> dict[str, str]:
    """`registry api: https://…` and the like, as a process says them when it listens."""
    lines = (line.split(": ", 1) for line in log.read_text(encoding="utf-8").splitlines() if ": http" in line)
    return {what.split()[-1]: url.rstrip("/") for what, url in lines}


@contextlib.contextmanager
def signer(machine: Path) -> Iterator[RemoteSigner]:
    """The key process of a machine that was provisioned into this folder."""
    path = machine / "signer.sock"
    with _process(machine, "signer", "run", "--keys", str(machine / "signer"), "--socket", str(path)) as process:
        signer = RemoteSigner(path)
        _wait_for_start(process, lambda: bool(signer.public_key(KeyUse.EVIDENCE)))
        yield signer


@contextlib.contextmanager
def _process(folder: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """One of our commands, as a process of its own; what it says goes into a file beside what it works on."""
    log = (folder / f"{words[0]}.log").open("wb")
    with log, subprocess.Popen([sys.executable, "-m", "dockward", *words], stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()


def _wait_for_start(process: "subprocess.Popen[bytes]", started: Callable[[], bool]) -> None:
    for _ in range(int(START_SECONDS_MAX / POLL_SECONDS)):
        with contextlib.suppress(WireFailedError):
            if started():
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=POLL_SECONDS)
            break
    raise NotStartedError(f"a process of the demo did not start: {process.args!r}; its log lies in the demo's folder")
