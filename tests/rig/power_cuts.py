"""Cuts an emulated machine's power in the middle of dockings, and lets it go on from its disk. Prints its seed.

The disk is nbdkit's, with a write cache of its own: what the machine flushed is in the image, and what it did not is
lost with the cache, whole, when both are killed. A plain file would keep everything the emulator was ever given, and
forgive a missing fsync. Each world is a new disk that is cut so many times, then checked from outside: the journal, as
e2fsprogs finds it in the image, by `dockward verify`. `python -m tests.rig.power_cuts IMAGE`; `--from W` goes on.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rig.guest.cut_docking import CUT

_RIG = Path(__file__).parent
_CHECKOUT = _RIG.parents[1]
_DISK_BYTES = 4 << 30
"""Sparse; a registry leaves a GiB of its disk free, and the station a quarter of one."""
_CUTS_OF_A_WORLD = 5
_BAYS = 8
_HAPPENINGS_OF_A_BAY_MAX = 20
"""Commits, answers and cosignatures of one docking; where there are fewer, the cut comes when all is done."""
_SAID_LAST = 200


class LostError(Exception):
    """Something did not hold after a cut."""


class PowerCuts:
    """One world: a disk, and turns that are cut."""

    def __init__(self, image: Path, folder: Path, seed: str, bays: int) -> None:
        self._image = image
        self._folder = folder
        self._seed = seed
        self._bays = bays
        self._drawn = random.Random(seed)
        self._disk = folder / "disk.img"
        with self._disk.open("wb") as disk:
            disk.truncate(_DISK_BYTES)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", self._disk], check=True)

    def play(self, cuts: int) -> None:
        for turn in range(cuts):
            after = self._drawn.randint(1, _HAPPENINGS_OF_A_BAY_MAX * self._bays)
            _say(f"  cut {turn + 1}: after {after} happenings")
            self._turn(turn, after)
        self._turn(cuts, 0)
        self._verify()

    def _turn(self, turn: int, after: int) -> None:
        told = {"seed": self._seed, "turn": turn, "cut-after": after, "bays": self._bays}
        job = ["tests/rig/cut_job", *(word for name, value in told.items() for word in (f"--{name}", str(value)))]
        socket = self._folder / "nbd"
        with _served(self._disk, socket) as disk:
            command = [str(_RIG / "boot.sh"), str(self._image), *job]
            with subprocess.Popen(
                command, env={**_environment(), "RIG_DISK": str(socket)}, stdout=subprocess.PIPE, text=True,
                errors="replace", stderr=subprocess.STDOUT,
            ) as machine:  # fmt: skip
                said, cut = _heard(machine, disk)
        if cut != bool(after) or (machine.returncode and not cut):
            raise LostError("\n".join([f"turn {turn} of seed {self._seed}:", *said[-_SAID_LAST:]]))

    def _verify(self) -> None:
        """Nobody of the machine is asked: the journal is taken out of the image."""
        for name in ("journal.sqlite", "journal.sqlite-wal"):
            subprocess.run(
                ["debugfs", "-R", f"dump /data/{name} {self._folder / name}", self._disk],
                check=True, capture_output=True,
            )  # fmt: skip
        wal = self._folder / "journal.sqlite-wal"
        if wal.exists() and not wal.stat().st_size:
            wal.unlink()
        told = subprocess.run(
            [sys.executable, "-m", "dockward", "verify", str(self._folder / "journal.sqlite")],
            cwd=_CHECKOUT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if told.returncode:
            raise LostError(f"the journal does not verify: {told.stdout}{told.stderr}")
        _say("  " + "\n  ".join(told.stdout.splitlines()[:6]))


@contextmanager
def _served(disk: Path, socket: Path) -> Iterator["subprocess.Popen[bytes]"]:
    socket.unlink(missing_ok=True)
    command = ("nbdkit", "--foreground", "--exit-with-parent", "--unix", socket, "--filter=cache", "file", disk)
    with subprocess.Popen((*command, "cache=writeback"), stdin=subprocess.DEVNULL) as serving:
        try:
            yield serving
        finally:
            serving.kill()


def _heard(machine: "subprocess.Popen[str]", disk: "subprocess.Popen[bytes]") -> tuple[list[str], bool]:
    """What it said, and whether it was cut; the disk loses its power at that word."""
    assert machine.stdout is not None
    said, cut = [], False
    for line in machine.stdout:
        said.append(line.rstrip())
        if said[-1] == CUT:
            disk.kill()
            cut = True
        elif said[-1].startswith(("resumes: ", "resumed: ")):
            _say(f"    {said[-1]}")
    return said, cut


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _environment() -> dict[str, str]:
    return {"LIMIT": "1200", **os.environ}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", type=Path)
    parser.add_argument("--count", type=int, default=_CUTS_OF_A_WORLD)
    parser.add_argument("--bays", type=int, default=_BAYS)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(1 << 32)))
    parser.add_argument("--from", dest="first", type=int, default=0, help="the world to go on with")
    arguments = parser.parse_args()
    if shutil.which("nbdkit") is None:
        _say("nbdkit is missing; run it through `make rig`, which installs it")
        return 2
    worlds = -(-arguments.count // _CUTS_OF_A_WORLD)
    _say(f"power cuts: {arguments.count}, seed {arguments.seed}")
    for world in range(arguments.first, worlds):
        cuts = min(_CUTS_OF_A_WORLD, arguments.count - world * _CUTS_OF_A_WORLD)
        again = f"--count {arguments.count} --bays {arguments.bays} --seed {arguments.seed} --from {world}"
        _say(f"world {world}: {cuts} cuts; again: {again}")
        folder = Path(tempfile.mkdtemp(dir=_CHECKOUT / ".rig"))
        try:
            PowerCuts(arguments.image.resolve(), folder, f"{arguments.seed}-{world}", arguments.bays).play(cuts)
        except LostError as lost:
            _say(f"{lost}\nnot as promised; its disk is kept: {folder}; again: {again}")
            return 1
        shutil.rmtree(folder)
    _say(f"{arguments.count - arguments.first * _CUTS_OF_A_WORLD} power cuts: nothing lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
