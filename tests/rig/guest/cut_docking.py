"""What a station does between two power cuts: resumes, proves that nothing was lost, docks anew, and asks to be cut.

Run in the emulated machine by `cut_job`, with the disk that outlives it; the cut itself is the other side's, see
`tests/rig/power_cuts.py`. Says RIG-CUT when its moment has come; the last time it ends by itself.
"""

import argparse
import mmap
import os
import random
import subprocess
import sys
import threading
import traceback
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from station.durable import sync_folder, write_file
from tests.rig.guest import cards
from tests.rig.guest.emulator import Monitor
from tests.rig.guest.gadgets import load_controllers
from tests.rig.guest.kernel_dock import KernelDock, clips, docked_cameras, make_machines, proved
from tests.rig.guest.waiting import until

CUT = "RIG-CUT"
_DISK, _KEPT = Path("/dev/vdb"), Path("/kept")
_SECONDS = 240
_CLIPS_MAX = 2
_SIZES = (0, 513, 100 * cards.KIB, 700 * cards.KIB, 2 * cards.MIB)
_SECTOR = 4096
_LOOK_SECONDS = 0.5


class Filmed(NamedTuple):
    """One clip that was on a card, from before the station saw it."""

    bay: int
    name: str
    sha256: str


_FOOTAGE = ("incoming", "partial", "evidence")
"""Beside them the station writes small files of its own at any time."""


class World:
    """Everything on the disk: machines, the station's data, the cards, and a book of what was ever filmed."""

    def __init__(self, bays: int) -> None:
        self._book = _KEPT / "filmed.json"
        self.data = _KEPT / "data"
        if not self._book.exists():
            make_machines(_KEPT / "home")
            for bay in range(bays):
                card = _KEPT / "cards" / str(bay) / "DCIM"
                card.mkdir(parents=True)
                # A camera has a battery of its own: what it deleted stays deleted.
                subprocess.run(["chattr", "-R", "+D", card.parent], check=True)
            self.keep([])
            os.sync()
        load_controllers()
        self.cameras = docked_cameras(_KEPT / "cards", bays)
        self.dock = KernelDock(_KEPT / "home", self.data, self.cameras)

    def filmed(self) -> list[Filmed]:
        return msgspec.json.decode(self._book.read_bytes(), type=list[Filmed])

    def keep(self, filmed: list[Filmed]) -> None:
        write_file(self._book, [msgspec.json.encode(filmed)])

    def film(self, drawn: random.Random, turn: int) -> None:
        """New clips on every card, on the disk before anybody docks."""
        filmed = self.filmed()
        for camera in self.cameras:
            for number in range(drawn.randint(1, _CLIPS_MAX)):
                path = camera.card / "DCIM" / f"{turn:03}-{number}.mp4"
                size = drawn.choice(_SIZES) + drawn.randrange(_SECTOR)
                filmed.append(Filmed(camera.bay, path.name, cards.write(path, size, drawn.randrange(1 << 32))))
                _synced(path)
            sync_folder(camera.card / "DCIM")
        self.keep(filmed)

    def require_proof_of_what_is_gone(self) -> None:
        """Before the station does anything: what a card has lost is proved here, and lies in the registry."""
        kept = proved(self.data) if (self.data / "evidence").exists() else {}
        vault = {_digest(path) for path in (_KEPT / "home/registry/vault").rglob("original")}
        for filmed in self.filmed():
            on_card = _KEPT / "cards" / str(filmed.bay) / "DCIM" / filmed.name
            if on_card.exists():
                assert _digest(on_card) == filmed.sha256, f"{on_card} is not what was filmed"
            else:
                assert filmed.sha256 in kept, f"{filmed} was cleared and is not proved on the station's disk"
                assert filmed.sha256 in vault, f"{filmed} was cleared and is not in the registry"

    def require_everything_once(self) -> None:
        wanted = sorted(filmed.sha256 for filmed in self.filmed())
        assert self.dock.held() == wanted, "not every clip was held, or one was held twice"
        assert set(proved(self.data)) == set(wanted)
        assert not [path for name in _FOOTAGE for path in (self.data / name).rglob("*.part")]
        assert self.dock.ended is None


class Moment:
    """The K-th thing that happens after it was armed."""

    def __init__(self, after: int) -> None:
        self._left = after
        self._armed = False
        self._lock = threading.Lock()
        self.come = threading.Event()

    def arm(self) -> None:
        self._armed = True

    def passed(self, _what: str) -> None:
        with self._lock:
            self._left -= self._armed
            if self._left <= 0 and self._armed:
                self.come.set()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--turn", type=int, required=True)
    parser.add_argument("--cut-after", type=int, default=0, help="so many happenings; 0 is the last turn")
    parser.add_argument("--bays", type=int, default=8)
    arguments = parser.parse_args()
    mount()
    world, moment = World(arguments.bays), Moment(arguments.cut_after)
    world.require_proof_of_what_is_gone()
    world.dock.passed = moment.passed
    world.dock.begin()
    _say("resumes: of {} clips {} are held, {} have receipts".format(*counted(world)))
    world.dock.dock()
    world.dock.until(lambda: at_rest(world), "the docking before the cut to be finished", _SECONDS)
    world.require_proof_of_what_is_gone()
    world.require_everything_once()
    _say(f"resumed: {len(world.filmed())} recordings held once, proved, in the registry")
    if not arguments.cut_after:
        world.dock.end()
        subprocess.run(["fsfreeze", "--freeze", _KEPT], check=True)  # whole on the disk, for who looks from outside
        return
    dock_anew(world, moment, random.Random(f"{arguments.seed} {arguments.turn}"), arguments.turn)


def mount() -> None:
    _KEPT.mkdir(exist_ok=True)
    subprocess.run(["mount", _DISK, _KEPT], check=True)


def dock_anew(world: World, moment: Moment, drawn: random.Random, turn: int) -> None:
    """Out, filming, in again; and the cut, at its moment or when all is done."""
    bays = [str(camera.bay) for camera in world.cameras]
    world.dock.switches.closed.update(dict.fromkeys(bays, False))
    state = world.dock.station.clerk
    world.dock.until(lambda: not state.state.dockings, "the cameras to be out", _SECONDS)
    for camera in world.cameras:
        camera.pull_out()
    world.film(drawn, turn)
    for camera in world.cameras:
        camera.restart()  # switched on again it lists what is new
    moment.arm()
    world.dock.dock()
    while not moment.come.wait(_LOOK_SECONDS) and any(map(clips, world.cameras)):
        pass
    _say(CUT)
    until(_disk_is_gone, "the disk to lose its power", 60)
    with closing(Monitor()) as monitor:
        monitor.ask("quit")


def counted(world: World) -> tuple[int, int, int]:
    return len(world.filmed()), len(world.dock.held()), world.dock.told("receipt_accepted")


def at_rest(world: World) -> bool:
    """Nothing is on a card, and everything has its papers."""
    return not any(map(clips, world.cameras)) and len(proved(world.data)) == len(world.filmed())


def _disk_is_gone() -> bool:
    aligned = mmap.mmap(-1, _SECTOR)
    try:
        descriptor = os.open(_DISK, os.O_RDONLY | os.O_DIRECT)
        try:
            os.preadv(descriptor, [aligned], 0)
        finally:
            os.close(descriptor)
    except OSError:
        return True
    return False


def _synced(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # noqa: BLE001 - the top; libusb would be freed under the threads that go on
        traceback.print_exc()
        os._exit(1)
