"""The real signer, as its own process on a socket of its own, and ways to talk to it that no honest station has."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from station.signing.signer_wire import LENGTH_BYTES, Answer, Question, frame

ROOT = Path(__file__).parent.parent
_TRIES = 600
_PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 30


@contextmanager
def socket_path() -> Iterator[Path]:
    """A short one: Unix sockets have at most about a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="dockward-") as folder:
        yield Path(folder) / "signer"


def command(keys: Path, path: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "dockward", "signer", "run", "--keys", str(keys), "--socket", str(path), *more]


@contextmanager
def running_signer(
    keys: Path, path: Path, *more: str, log: Path = Path(os.devnull)
) -> Iterator["subprocess.Popen[bytes]"]:
    """The signer, once it answers; stopped at the end, however it stands by then. What it complains of is in `log`."""
    with log.open("wb") as errors, subprocess.Popen(command(keys, path, *more), cwd=ROOT, stderr=errors) as process:
        try:
            _wait_until_it_listens(process, path)
            yield process
        finally:
            process.kill()


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", path: Path) -> None:
    for _ in range(_TRIES):
        try:
            connected(path).close()
        except (FileNotFoundError, ConnectionRefusedError):
            try:
                code = process.wait(timeout=_PAUSE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the signer ended with {code}") from None
        else:
            return
    raise AssertionError("the signer does not listen")


def connected(path: Path) -> socket.socket:
    wire = socket.socket(socket.AF_UNIX)
    wire.settimeout(PATIENCE_SECONDS)
    try:
        wire.connect(str(path))
    except OSError:
        wire.close()
        raise
    return wire


def framed(question: Question) -> bytes:
    return frame(msgspec.json.encode(question))


def answer_on(wire: socket.socket) -> Answer | None:
    """The answer that comes; None where the wire is closed instead."""
    received = b""
    try:
        while chunk := wire.recv(65_536):
            received += chunk
    except ConnectionResetError:
        return None
    if not received:
        return None
    length, content = received[:LENGTH_BYTES], received[LENGTH_BYTES:]
    assert int.from_bytes(length, "big") == len(content)
    return msgspec.json.decode(content, type=Answer)
