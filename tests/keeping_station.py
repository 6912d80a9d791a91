"""A station with a second disk, for tests: disks are folders, and what the kernel says of them is a tree of our own."""

import itertools
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from station.bays.keeping_watch import KeepingWatch, Watched
from station.bays.keeping_work import KeepingWork
from station.bays.scrubbing import Scrubbed, Scrubbing
from station.custody import acts
from station.custody import observations as seen
from station.custody.due_on_disks import due_on_disks
from station.custody.recording import Recording, RecordingStep
from station.errors import RefusedError
from station.store.kept import KeptRecordings
from station.store.scrub_rounds import Rounds
from station.store.second_disk import SecondDisk
from tests.plain_policy import PlainPolicy
from tests.test_sealing import SealingStation

DAY_MS = 86_400_000
FOOTAGE = (b"first" * 300, b"second" * 400)


class Machine:
    """What sysfs and `stat` say of a machine: disks, their partitions, what is stacked on them, what is mounted."""

    def __init__(self, folder: Path) -> None:
        self.sysfs = folder / "sys"
        (self.sysfs / "dev/block").mkdir(parents=True)
        self._minor = itertools.count(1)
        self.mounted: dict[Path, int] = {}

    def disk(self, name: str, hardware: str = "") -> Path:
        block = self._block(self.sysfs / "devices" / (hardware or name) / "block" / name)
        (block / "device").symlink_to(self.sysfs / "devices" / (hardware or name))
        return block

    def partition(self, disk: Path, name: str) -> Path:
        block = self._block(disk / name)
        (block / "partition").write_text("1\n")
        return block

    def stacked(self, name: str, *below: Path) -> Path:
        """dm-crypt, LVM or a RAID."""
        block = self._block(self.sysfs / "devices/virtual/block" / name)
        for slave in below:
            (block / "slaves" / slave.name).symlink_to(slave)
        return block

    def loop(self, name: str, file: Path) -> Path:
        block = self._block(self.sysfs / "devices/virtual/block" / name)
        (block / "loop").mkdir()
        (block / "loop/backing_file").write_text(f"{file}\n")
        return block

    def mount(self, block: Path, at: Path) -> None:
        major, _, minor = (block / "dev").read_text().strip().partition(":")
        self.mounted[at] = os.makedev(int(major), int(minor))

    def device(self, path: Path) -> int:
        path = path.resolve(strict=True)
        return next(self.mounted[place] for place in (path, *path.parents) if place in self.mounted)

    def _block(self, folder: Path) -> Path:
        (folder / "slaves").mkdir(parents=True)
        number = f"8:{next(self._minor)}"
        (folder / "dev").write_text(f"{number}\n")
        (self.sysfs / "dev/block" / number).symlink_to(folder)
        return folder.resolve()


class KeepingStation(SealingStation):
    """One camera's recordings, read and signed; a second disk is mounted; the registry proves what it is asked."""

    def __init__(
        self, folder: Path, *contents: bytes, keep_days: int | None = None, verify_days: int | None = None
    ) -> None:
        super().__init__(folder, *(contents or FOOTAGE), policy=PlainPolicy(verify_days=verify_days))
        self.machine = Machine(folder)
        self.second = folder / "mnt"
        self.second.mkdir()
        self.machine.mount(self.machine.disk("sda"), Path("/"))
        self.other = self.machine.disk("sdb")
        self.machine.mount(self.other, self.second)
        self._names = (f"disk-{number:032x}" for number in itertools.count(1))
        self.registry_has: set[int] = set()
        self.asked: list[int] = []
        self.keep_days = keep_days
        self.disk_wanted = False
        self.put_together()

    def put_together(self) -> None:
        """As at a start of the station."""
        machine = self.machine
        self.disk = SecondDisk(
            self.second,
            self.folder / "data",
            lambda: next(self._names),
            lambda disk: self.state().gone(disk),
            machine.sysfs,
            machine.device,
        )
        kept = KeptRecordings(self.journal)
        scrubbed = Scrubbed(
            self.tell,
            self.state,
            self.clock.stamp,
            self.clerk.policy,
            kept,
            self.recordings,
            self.disk,
            lambda: self.disk_wanted,
            self.sealing.doubt,
            threading.Lock(),
        )
        self.scrubbing = Scrubbing(scrubbed, Rounds(self.folder / "data/scrub.json"))
        watched = Watched(kept, self.recordings, self.disk, self.keep_days, lambda: 0, self.scrubbing)
        self.keeping = KeepingWatch(watched, self.state, self.clerk.policy, self.clock.stamp, self.tell)
        self.keep = KeepingWork(
            self.tell, self.state, self.clock.stamp, kept, self.recordings, self.disk, self.keep_days, self.proved_anew
        )

    def proved_anew(self, number: int) -> str:
        self.asked.append(number)
        if number not in self.registry_has:
            raise RefusedError("UPLOAD_UNKNOWN")
        return "d" * 64

    def sealed(self) -> list[int]:
        """Everything read and signed; the numbers."""
        numbers = [recording.number for recording in self.read_all()]
        for number in numbers:
            self.sealing.sign(number)
        return numbers

    def settled(self) -> list[int]:
        """Received and cleared too, so that memory lets them go."""
        numbers = self.sealed()
        for number in numbers:
            self.tell(seen.ReceiptVerified(recording=number, receipt_sha256="b" * 64))
            self.registry_has.add(number)
        docking = self.docking().number
        self.tell(seen.ClearingAsked(docking=docking))
        self.tell(seen.DeletionsListed(docking=docking, listings=frozenset()))
        assert not self.state().recordings
        return numbers

    def turn(self) -> set[tuple[str, int]]:
        """Look at the disks; what is due then."""
        self.keeping.turn()
        return {(task.work.value, task.number) for task in due_on_disks(self.state(), self.keeping.disks)}

    def row(self, number: int) -> Recording:
        found = KeptRecordings(self.journal).recording(number)
        assert found is not None
        return found

    def copied(self, number: int) -> Path:
        return self.second / "evidence" / str(number)

    def begun_purge(self, *numbers: int) -> int:
        purge = self.tell(acts.ProposePurge(by="keeper", recordings=numbers, ground="无保存价值"))[0].n
        self.tell(acts.ApprovePurge(by="head", purge=purge))
        self.tell(acts.BeginPurge(by="keeper", purge=purge))
        return purge

    def swap_second(self) -> None:
        """Another disk, empty, is mounted where the second one was."""
        shutil.rmtree(self.second)
        self.second.mkdir()
        self.machine.mount(self.machine.disk("sdc"), self.second)

    def unmount_second(self) -> Callable[[], None]:
        device = self.machine.mounted.pop(self.second)
        return lambda: self.machine.mounted.update({self.second: device})


def is_purged(station: KeepingStation, number: int) -> bool:
    return station.row(number).step is RecordingStep.PURGED
