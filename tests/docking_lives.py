"""One docking from the switch to the cleared card, in a process that is killed at any point and started again.

Everything is the code that ships, down to the USB backend's bytes and the registry's HTTP; only the bays' switches are
read from the dock's folder. A world is a folder, so that what happened outlives the process. `python -m
tests.docking_lives` forks a life for each question, so that a kill costs milliseconds.
"""

import datetime as dt
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

import hardware.usb_pipe
import station.durable
import station.store.recordings
from dockward.stage_rolls import write_rolls
from hardware.open_hardware import Hardware
from hardware.simulated.dock import About, Dock
from hardware.simulated.usb_backend import VirtualUsb
from hardware.usb_arrivals import Arrivals, Intervals
from hardware.usb_cameras import UsbCameras
from hardware.usb_places import attached
from hardware.wires import Colour, Measured
from hardware.wiring import BayWiring, HardwareWiring
from provisioning.machines import provision_ca, provision_registry, provision_station
from registry.api import Peer, create_api
from registry.enrolments import Enrolments
from registry.journal_copy import Witness
from registry.ledger import Ledger
from registry.mirror import Mirror
from registry.uploads import Registrar, Uploads
from station.assemble import Station, joined, opened_clerk
from station.clock import ManualClock
from station.config import PolicyConfig, RegistryConfig, StationConfig
from station.config_file import BrokerConfig
from station.custody.facts import Fact, body_fields
from station.errors import DockwardError
from station.journal.entries import read_entry
from station.journal.notes import VerifierKey
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.parts import Parts
from station.signer import FileKeys
from station.signing.policy_packs import packaged_pack
from station.signing.signer_wire import KeyUse
from station.stamp import Stamp
from station.store.folders import journal_path

STATION, BAY, CAMERA = "life-01", "1", "T8-000417"
MORNING = Stamp(utc_ms=1_795_219_200_000, boot_id="boot-0", boot_ms=1_000, synchronised=True)
ROUNDS_MAX = 400
_KILLED = -signal.SIGKILL
hardware.usb_pipe._INTERRUPT_PATIENCE_MS = 2  # a life opens its camera often, and closing waits for this

Gate = Callable[[str], None]


def make_world(folder: Path, recordings: int) -> None:
    """A dock with one camera in its bay, and two provisioned machines."""
    provision_ca(folder / "ca", "640100", MORNING.utc_ms)
    provision_station(folder / "ca", folder / "station", STATION, 1, MORNING.utc_ms)
    provision_registry(folder / "ca", folder / "registry", ["127.0.0.1"], MORNING.utc_ms)
    enrolled = folder / "registry/stations"
    enrolled.mkdir()
    (enrolled / f"{STATION}.json").write_bytes((folder / "station/enrolment.json").read_bytes())
    write_rolls(folder, packaged_pack("yinchuan"), dt.date(2026, 11, 21))
    dock = Dock(folder / "dock")
    dock.make_camera(CAMERA, About(clock_ahead_ms=2_100))
    for number in (3, 0, 1, 2)[:recordings]:
        begun_ms = MORNING.utc_ms - 3_600_000 + number * 600_000
        dock.film(CAMERA, f"DCIM/{number:03}.MP4", footage(number), begun_ms, begun_ms + 300_000)
    dock.put(CAMERA, BAY)


def footage(number: int) -> bytes:
    """Sizes around a packet's edge, none the same."""
    return sha256(b"%d" % number).digest() * (16 * number) + b"x" * (number % 3)


def config_of(folder: Path) -> StationConfig:
    made = folder / "station"
    registry = RegistryConfig(
        url="http://registry",
        witness=(folder / "registry/witness.vkey").read_text().strip(),
        broker=BrokerConfig(host="none"),
        ca=str(made / "ca.pem"),
        certificate=str(made / "tls.pem"),
        key=str(made / "tls.key"),
    )
    bay = BayWiring(name=BAY, usb="1-1.1", lock_pin=17, board=1, slot=0)
    return StationConfig(
        station=STATION,
        agency="640100",
        enrolment=1,
        bays=(bay,),
        registry=registry,
        policy=PolicyConfig(
            pack="yinchuan", officers=str(folder / "officers.csv"), cameras=str(folder / "cameras.csv")
        ),
        data=str(folder / "data"),
        hardware=HardwareWiring(kind="simulated", dock=str(folder / "dock")),
    )


class FolderBays:
    """Switches and locks as the dock's folder has them."""

    def __init__(self, dock: Dock, gate: Gate) -> None:
        self._dock = dock
        self._gate = gate

    def present(self) -> Mapping[str, bool]:
        return {BAY: self._dock.camera_in(BAY) is not None}

    def lock(self, bay: str, locked: bool) -> None:  # noqa: FBT001 - the protocol's
        self._dock.set_lock(bay, locked=locked)
        self._gate("gpio")

    def charge(self, bay: str, enabled: bool) -> None:  # noqa: FBT001 - the protocol's
        self._dock.set_charging(bay, on=enabled)
        self._gate("bay bus")

    def charging(self) -> Mapping[str, bool]:
        return {BAY: self._dock.charging(BAY)}

    def light(self, _bay: str, _colour: Colour) -> None:
        self._gate("bay bus")

    def keys_turned(self) -> Mapping[str, bool]:
        return {}

    def power_well(self) -> bool | None:
        return None

    def measured(self) -> Mapping[str, Measured]:
        return {}

    def acknowledge(self, _bay: str, _cut_number: int) -> None:
        """No board here cuts anything."""

    def close(self) -> None:
        pass


class GatedUsb(VirtualUsb):
    """A USB tree on which every call is a place to die at, and each deletion is looked at."""

    def __init__(self, dock: Dock, now_ms: Callable[[], int], gate: Gate) -> None:
        super().__init__(dock, {BAY: "1-1.1"}, now_ms, bytes_per_call=512)
        self._gate = gate

    def bulk_write(self, *told: Any) -> int:
        before = self._dock.times(CAMERA)
        count = super().bulk_write(*told)
        for path in before.keys() - self._dock.times(CAMERA).keys():
            witness_deletion(self._dock.folder.parent, path)
        self._gate("usb write")
        return count

    def bulk_read(self, *told: Any) -> int:
        count = super().bulk_read(*told)
        self._gate("usb read")
        return count


class GatedSigner:
    """The station's keys; each signature is a place to die at."""

    def __init__(self, folder: Path, gate: Gate) -> None:
        self._keys = FileKeys(folder)
        self._gate = gate

    def public_key(self, use: KeyUse) -> bytes:
        return self._keys.public_key(use)

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        signature = self._keys.sign(use, message)
        self._gate("signer")
        return signature

    def chain(self, use: KeyUse) -> bytes:
        return self._keys.chain(use)


class Life:
    """A station, its registry and its dock in one process, stepped round by round."""

    def __init__(self, folder: Path, boot_id: str, gate: Gate) -> None:
        self.folder = folder
        self.dock = Dock(folder / "dock")
        config = config_of(folder)
        self.clock = ManualClock(_resumed(folder, boot_id))
        signer = GatedSigner(folder / "station/signer", gate)
        self._open_registry(folder)
        client = TestClient(self._api, base_url="http://registry")
        client.event_hooks["response"].append(lambda _: gate("http"))
        usb_tree = GatedUsb(self.dock, lambda: self.clock.stamp().utc_ms, gate)
        arrivals = Arrivals(lambda: attached(usb_tree), Intervals(0))
        hardware = Hardware(UsbCameras(480, backend=usb_tree), FolderBays(self.dock, gate), arrivals)
        clerk = opened_clerk(config, signer, self.clock)
        clerk.listen(lambda: gate("commit"))
        clerk.start()
        self._gate = gate
        self.log = SqliteLog(connect_to_read(journal_path(config)))
        self.station: Station = joined(Parts(config, self.clock, clerk, hardware, signer, client), self.log)

    def _open_registry(self, folder: Path) -> None:
        made = folder / "registry"
        keys = FileKeys(made / "signer")
        key = VerifierKey.parse((made / "witness.vkey").read_text().strip())
        enrolments = Enrolments(made / "stations")
        ledger = Ledger(made / "registry.sqlite")
        witness = Witness(key, lambda text: keys.sign(KeyUse.WITNESS, text))
        self.mirror = Mirror(made / "mirror", enrolments, ledger, witness)
        registrar = Registrar("registry", keys, (made / "ca.pem").read_bytes(), lambda: self.clock.stamp().utc_ms)
        uploads = Uploads(made / "vault", enrolments, ledger, self.mirror, registrar)
        self._api = create_api(uploads, enrolments, lambda _: Peer("station-tls", STATION))

    def live(self) -> None:
        """Until nothing is due and everything is delivered."""
        for _ in range(ROUNDS_MAX):
            if not self._round():
                return
        raise AssertionError(f"not at rest after {ROUNDS_MAX} rounds: {self.station.dispatcher.troubles}")

    def _round(self) -> bool:
        self.clock.advance(1_500)
        self.station.watch.turn()
        tasks, wait_ms = self.station.dispatcher.startable()
        for task in tasks:
            worker = self.station.dispatcher.begin(task)
            error: DockwardError | None = None
            try:
                worker()
            except DockwardError as failed:
                error = failed
            self.station.dispatcher.end(task, error)
        return self._report() or bool(tasks) or (wait_ms is not None and wait_ms < 31_000)

    def _report(self) -> bool:
        batch = self.station.uplink.next_batch(self.clock.stamp())
        if batch is None:
            return False
        self._gate("publish")
        answer = self.mirror.take(STATION, batch, self.clock.stamp().utc_ms // 1000)
        self._gate("broker")
        assert answer.cosigned is not None, answer.refused
        self.station.uplink.cosigned(str(answer.cosigned).encode())
        self._gate("cosigned")
        return True


def _resumed(folder: Path, boot_id: str) -> Stamp:
    """The clocks go on where they were; a new boot begins its own."""
    if not journal_path(config_of(folder)).exists():
        return MORNING
    log = SqliteLog(connect_to_read(journal_path(config_of(folder))))
    last = read_entry(log.entry(log.size - 1)).at if log.size else MORNING
    boot_ms = last.boot_ms + 1_000 if last.boot_id == boot_id else 1_000
    return Stamp(last.utc_ms + 1_000, boot_id, boot_ms, synchronised=True)


# --- what must be true of a world


def evidence_by_digest(folder: Path) -> dict[str, Path]:
    """The digest of each original on the station's disk → its folder, where its papers are complete."""
    papers = ("statement.json", "statement.sig", "signer.pem", "receipt.json", "receipt.sig", "registry.pem")
    return {
        sha256((kept / "original").read_bytes()).hexdigest(): kept
        for kept in (folder / "data/evidence").iterdir()
        if (kept / "original").exists() and all((kept / name).exists() for name in papers)
    }


def witness_deletion(folder: Path, path: str) -> None:
    """At the very moment of a deletion everything that proves the copies must be there; else it is written down."""
    digest = sha256(footage(int(path[-7:-4]))).hexdigest()
    vault = [sha256(kept.read_bytes()).hexdigest() for kept in (folder / "registry/vault").rglob("original")]
    if digest not in evidence_by_digest(folder) or digest not in vault:
        with (folder / "VIOLATIONS").open("a") as book:
            book.write(f"{path} was deleted before it was proved\n")


def account(folder: Path) -> dict[str, Any]:
    """What a world came to, in words that do not depend on how often it was interrupted.

    Orders to clear are told recording by recording, for an interrupted station may give two where one was enough; and
    a station that booted again lists again, and says again that everything is read.
    """
    log = SqliteLog(connect_to_read(journal_path(config_of(folder))))
    facts = [read_entry(entry) for entry in log.entries()]
    note = log.newest_checkpoint(cosigned=True)
    return {
        "facts": sorted({said for fact in facts for said in _said(fact)}),
        "twice": _said_twice(facts),
        "violations": (folder / "VIOLATIONS").read_text() if (folder / "VIOLATIONS").exists() else "",
        "on the card": sorted(Dock(folder / "dock").times(CAMERA)),
        "kept": sorted(evidence_by_digest(folder)),
        "delivered": note is not None and note.checkpoint.size == len(facts),
        "locked": Dock(folder / "dock").locked(BAY),
    }


def _said(fact: Fact) -> list[str]:
    body = body_fields(fact.body)
    match fact.body.type:
        case "recording_held":
            return [f"recording_held {body['size_bytes']} {body['sha256']} {body['unattributed']}"]
        case "recording_examined" | "statement_signed" | "receipt_accepted":
            return [f"{fact.body.type} {body['recording']}"]
        case "clearing_ordered":
            return [f"clearing_ordered {proof['recording']} on {len(proof['copies'])}" for proof in body["proofs"]]
        case "camera_cleared":
            return [f"camera_cleared of {number}" for number in body["recordings"]]
        case kind:
            return [kind]


_SAID_AFTER_EACH_BOOT = {"camera_read", "battery_judged"}
"""What is on the camera, and how full it is, nobody knows any more then."""


def _said_twice(facts: list[Fact]) -> list[str]:
    said = [words for fact in facts for words in _said(fact) if fact.body.type not in _SAID_AFTER_EACH_BOOT]
    return sorted({words for words in said if said.count(words) > 1})


# --- what a power cut takes away


class UnsyncedDisk:
    """Knows which bytes and names of a station's disk no fsync has covered yet, and can take them back."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: list[tuple[Path, Path, bytes | None]] = []
        self._contents: dict[Path, None] = {}
        self._folders: list[Path] = []

    def watch(self) -> None:
        replace, fsync, sync_folder = Path.replace, os.fsync, station.durable.sync_folder
        opened, mkdir = Path.open, Path.mkdir

        def watched_open(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
            if ("w" in mode or "x" in mode) and path.is_relative_to(self._root):
                self._contents[path] = None
            return opened(path, mode, *more, **named)

        def watched_fsync(descriptor: int) -> None:
            fsync(descriptor)
            self._contents.pop(Path(f"/proc/self/fd/{descriptor}").readlink(), None)

        def watched_replace(path: Path, target: Path) -> Path:
            before = target.read_bytes() if target.exists() else None
            moved = replace(path, target)
            if moved.is_relative_to(self._root):
                self._names.append((path, moved, before))
                if path in self._contents:
                    del self._contents[path]
                    self._contents[moved] = None
            return moved

        def watched_mkdir(path: Path, *told: Any, **named: Any) -> None:
            new = not path.exists()
            mkdir(path, *told, **named)
            if new and path.is_relative_to(self._root):
                self._folders.append(path)

        def watched_sync(folder: Path) -> None:
            sync_folder(folder)
            self._names = [name for name in self._names if name[1].parent != folder]
            self._folders = [made for made in self._folders if made.parent != folder]

        Path.open, Path.mkdir, os.fsync, Path.replace = watched_open, watched_mkdir, watched_fsync, watched_replace  # type: ignore[assignment, method-assign]
        for module in (station.durable, station.store.recordings):
            vars(module)["sync_folder"] = watched_sync

    def cut(self) -> None:
        """The worst a disk may do: what was not synced is gone, names first."""
        for path in self._contents:
            if path.exists():
                os.truncate(path, path.stat().st_size // 2)
        for source, target, before in reversed(self._names):
            if target.exists():
                target.rename(source)
            if before is not None:
                target.write_bytes(before)
        for folder in reversed(self._folders):
            shutil.rmtree(folder, ignore_errors=True)


# --- the forking program


def life(folder: Path, die_at: int | None, *, power: bool, boot_id: str) -> list[str]:
    """Live, and die at that gate; the gates passed."""
    passed: list[str] = []
    lock = threading.Lock()
    disk = UnsyncedDisk(folder / "data")
    if power:
        disk.watch()

    def gate(name: str) -> None:
        with lock:
            passed.append(name)
            if len(passed) - 1 == die_at:
                if power:
                    disk.cut()
                os.kill(os.getpid(), signal.SIGKILL)

    Life(folder, boot_id, gate).live()
    return passed


def forked(work: Callable[[], object]) -> tuple[int, bytes]:
    """Do it in a child; how the child ended, and what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            code = 0
        except BaseException:  # noqa: BLE001 - the child's top
            import traceback  # noqa: PLC0415 - only a child that failed needs it

            os.write(writing, traceback.format_exc().encode()[-4_000:])
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        told = said.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), told


def interrupted(template: Path, folder: Path, points: tuple[int, ...], *, power: bool) -> dict[str, Any]:
    """A world after dying at each of these points in turn, and then living on to the end."""
    shutil.copytree(template, folder)
    for turn, point in enumerate((*points, None)):
        code, said = forked(partial(life, folder, point, power=power, boot_id=f"boot-{turn if power else 0}"))
        if code not in ({0, _KILLED} if point is not None else {0}):
            raise AssertionError(f"could not go on after {points[:turn]}: {said.decode()}")
    told = json.loads(forked(partial(account, folder))[1])
    shutil.rmtree(folder)
    return dict(told)


def main(words: list[str]) -> int:
    """RECORDINGS kill|power SLICE OF [PAIRS SEED]: every point of that slice, or so many pairs of points."""
    recordings, power, which, of = int(words[0]), words[1] == "power", int(words[2]), int(words[3])
    with tempfile.TemporaryDirectory(prefix="lives-") as temporary:
        template, folder = Path(temporary) / "template", Path(temporary) / "world"
        template.mkdir()
        make_world(template, recordings)
        shutil.copytree(template, folder)
        code, said = forked(partial(life, folder, None, power=False, boot_id="boot-0"))
        if code:
            raise AssertionError(f"an undisturbed docking failed: {said.decode()}")
        passed = json.loads(said)
        wanted = json.loads(forked(lambda: account(folder))[1])
        shutil.rmtree(folder)
        rng = random.Random(words[5] if len(words) > 5 else "0")
        pairs = int(words[4]) if len(words) > 4 else 0
        singles = [(point,) for point in range(which, len(passed), of)]
        doubles = [(rng.randrange(len(passed)), rng.randrange(len(passed))) for _ in range(pairs)]
        wrong = {}
        for points in doubles or singles:
            told = interrupted(template, folder, points, power=power)
            if told != wanted:
                wrong[" then ".join(f"{point} {passed[point]}" for point in points)] = told
        print(json.dumps({"wanted": wanted, "points": len(doubles or singles), "gates": len(passed), "wrong": wrong}))
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
