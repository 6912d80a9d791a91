"""A station with missions, recordings and a witnessed journal, from which packs are made: real clerk, real files."""

import contextlib
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

import dockward.export_pack
from dockward.__main__ import main
from station.clock import ManualClock
from station.custody import acts
from station.custody import observations as seen
from station.custody.facts import Fact
from station.custody.media_times import Media
from station.journal.entries import read_entry
from station.journal.notes import cosign
from station.policy.permits import Act
from station.signing.receipts import Receiver, make_receipt, receipt_bytes
from station.signing.signer_wire import KeyUse
from station.signing.stamps import stamp_request
from station.signing.statements import Issuer, Visit, make_statement, part_digests, statement_bytes
from tests.agency import AT_MS, Agency, Leaf
from tests.evidence_folders import PART
from tests.note_keys import AT_SECONDS, WITNESS, WITNESS_SECRET
from tests.reporting_stations import ReportingStation
from tests.stamp_authority import StampAuthority
from tests.stations import START

CONFIG = """
station = "st-1"
agency = "640100"
enrolment = 1
data = "data"
bays = [{name = "1", usb = "1-1.1", lock_pin = 17, board = 1, slot = 0}]
policy = {pack = "yinchuan"}
registry = {url = "https://registry.example", witness = "w", ca = "ca.pem", broker = {host = "registry.example"}}
"""
AHEAD_MS, ERROR_MS = 90_000, 500
BEGUN_MS = START.utc_ms - 3_600_000
DAY_MS = 86_400_000
TAGS = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "signer.pem")


class LeafSigner:
    """A station's evidence key, in memory."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        assert use is KeyUse.EVIDENCE
        return self.leaf.sign(message)

    def chain(self, use: KeyUse) -> bytes:
        assert use is KeyUse.EVIDENCE
        return self.leaf.pem


class PackWorld:
    """`data`: the station's own folder. Acts are told to the real clerk; `seal` has the journal signed."""

    def __init__(self, folder: Path, agency: Agency | None = None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.agency = agency or Agency()
        self.signer, self.registry = self.agency.station_evidence("st-1"), self.agency.registry_evidence()
        self.station = ReportingStation(self.data, "st-1")
        (self.data / "journal.sqlite").symlink_to("st-1-journal.sqlite")
        (folder / "ca.pem").write_bytes(self.agency.ca_pem)
        self.config = folder / "station.toml"
        self.config.write_text(CONFIG, encoding="utf-8")
        policy = f"log {self.station.log_key}\nwitness w {WITNESS}\nquorum w\n"
        (folder / "policy").write_text(policy, encoding="utf-8")

    def begin(self, observation: seen.Observation) -> int:
        return self.station.tell(observation)[0].n

    def record(
        self,
        content: bytes,
        camera: str = "C-1",
        name: str = "",
        *,
        stated: bool = True,
        cleared: bool = False,
        media: Media | None = None,
    ) -> int:
        """A camera docks, is read, and goes; the number of its recording, with all papers on the disk."""
        docking = self.begin(seen.PresenceClosed(bay=camera))
        self.begin(
            seen.CameraIdentified(
                docking=docking, camera=camera, model="T8", clock_ahead_ms=AHEAD_MS, clock_error_ms=ERROR_MS
            )
        )
        read = seen.RecordingRead(
            docking=docking,
            listing=f"DCIM/{docking}",
            size_bytes=len(content),
            sha256=sha256(content).hexdigest(),
            original_name=name or f"DCIM/{docking}.MP4",
            begun_device_ms=BEGUN_MS,
            ended_device_ms=BEGUN_MS + 60_000,
            media=media,
        )
        held = self.station.tell(read)[0]
        if stated:
            self._state(held, content, camera, read.original_name)
        if cleared:
            self.begin(seen.CameraListed(docking=docking, listings=frozenset({read.listing})))
            self.begin(seen.ClearingAsked(docking=docking))
            self.begin(seen.DeletionsListed(docking=docking, listings=frozenset()))
        self.begin(seen.PresenceOpened(bay=camera))
        return held.n

    def mission(self, *recordings: int) -> int:
        declared = acts.DeclareMission(
            by="officer-1",
            activity="ACT-INSPECT",
            kind="INSPECTION",
            on_site=True,
            officers=("officer-1", "officer-2"),
            started_ms=BEGUN_MS,
            cause="张三违建",
            party="张三",
        )
        number = self.begin(declared)
        for recording in recordings:
            self.begin(acts.PlaceRecording(by="officer-1", recording=recording, mission=number))
        return number

    def approve(self, *recordings: int, mission: int | None = None, until_ms: int = AT_MS + 400 * DAY_MS) -> int:
        """An access request for these, or for all that a mission has, approved; its number."""
        route = Act.PROVIDE_OUTSIDE
        asking = acts.AskAccess(by="officer-2", route=route, recordings=recordings, mission=mission, purpose="办案")
        request = self.begin(asking)
        self.begin(acts.ApproveAccess(by="head", request=request, valid_until_ms=until_ms))
        return request

    def rolled(self, **unit_of_camera: str) -> None:
        """Whose cameras they are, and that `head` and `officer-2` are of u1, by the rolls of the station's setting."""
        people = "编号,单位,证件编号,角色\nhead,u1,1,主要负责人\nofficer-2,u1,2,执法人员\n"
        cameras = "".join(f"{camera.replace('_', '-')},{unit}\n" for camera, unit in unit_of_camera.items())
        (self.folder / "officers.csv").write_text(people, encoding="utf-8")
        (self.folder / "cameras.csv").write_text(f"设备编号,单位\n{cameras}", encoding="utf-8")
        rolls = 'policy = {pack = "yinchuan", officers = "officers.csv", cameras = "cameras.csv"}'
        self.config.write_text(CONFIG.replace('policy = {pack = "yinchuan"}', rolls), encoding="utf-8")

    def later(self, ms: int) -> None:
        clock = self.station.clerk._clock
        assert isinstance(clock, ManualClock)
        clock.advance(ms)

    def purge(self, recording: int) -> None:
        """Deleted for good, by the plain policy of tests."""
        purge = self.begin(acts.ProposePurge(by="keeper", recordings=(recording,), ground="期满"))
        self.begin(acts.ApprovePurge(by="head", purge=purge))
        self.begin(acts.BeginPurge(by="keeper", purge=purge))
        self.begin(acts.FootageDeleted(purge=purge))
        shutil.rmtree(self.data / "evidence" / str(recording))

    def stamp(self, recording: int, authority: StampAuthority) -> None:
        """As the station keeps the answer of a time-stamp authority to a question about the statement's signature."""
        folder = self.data / "evidence" / str(recording)
        asked = stamp_request((folder / "statement.sig").read_bytes())
        answer = authority.reply(asked.as_bytes())
        (folder / "statement.tsr").write_bytes(answer)
        told = acts.StampVerified(recording=recording, stamp_sha256=sha256(answer).hexdigest(), stamped_ms=AT_MS)
        self.begin(told)
        (self.folder / "tsa.pem").write_bytes(authority.ca_pem)
        self.config.write_text(CONFIG + 'stamps = {url = "http://tsa.example", ca = "tsa.pem"}\n', encoding="utf-8")

    def seal(self, *, cosigned: bool = True) -> None:
        note = self.station.note()
        if cosigned:
            note = note.with_signatures(cosign(note.checkpoint, WITNESS, AT_SECONDS, WITNESS_SECRET.sign))
        self.station.clerk._keep_checkpoint(note, self.station.log_key, (WITNESS,))

    def export(self, *words: str, out: str = "pack") -> int:
        return main(["export", "pack", *words, "--config", str(self.config), "--out", str(self.folder / out)])

    def _state(self, held: Fact, content: bytes, camera: str, name: str) -> None:
        folder = self.data / "evidence" / str(held.n)
        folder.mkdir(parents=True)
        (folder / "original").write_bytes(content)
        visit = Visit(
            bay="1", camera=camera, model="T8", clock_ahead_ms=AHEAD_MS, clock_error_ms=ERROR_MS, officer=None
        )
        issuer = Issuer(
            station="st-1", origin=self.station.origin, signer_pem=self.signer.pem, ca_pem=self.agency.ca_pem
        )
        log = self.station.log
        following = read_entry(log.entry(held.n + 1)) if log.size > held.n + 1 else None
        statement = make_statement(
            held, name, visit, part_digests(folder / "original", max(PART, len(content) // 16)), issuer, following
        )
        encoded = statement_bytes(statement)
        stated = self.begin(seen.StatementMade(recording=held.n, statement_sha256=sha256(encoded).hexdigest()))
        note = self.station.note()
        checkpoint = str(note.with_signatures(cosign(note.checkpoint, WITNESS, AT_SECONDS, WITNESS_SECRET.sign)))
        by = Receiver(registry="银川中心 1", registry_pem=self.registry.pem, ca_pem=self.agency.ca_pem)
        receipt = receipt_bytes(make_receipt(statement, stated, checkpoint, AT_MS + 60_000, by))
        self.begin(seen.ReceiptVerified(recording=held.n, receipt_sha256=sha256(receipt).hexdigest()))
        for file, written in (
            ("statement.json", encoded),
            ("statement.sig", self.signer.sign(encoded)),
            ("signer.pem", self.signer.pem),
            ("receipt.json", receipt),
            ("receipt.sig", self.registry.sign(receipt)),
            ("registry.pem", self.registry.pem),
        ):
            (folder / file).write_bytes(written)


@contextlib.contextmanager
def world_in(folder: Path, agency: Agency | None = None) -> Iterator[PackWorld]:
    """With the signer's wire replaced by the key itself."""
    world = PackWorld(folder, agency)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setattr(dockward.export_pack, "RemoteSigner", lambda _: LeafSigner(world.signer))
        yield world
    world.station.close()


def resign(world: PackWorld, pack: Path) -> None:
    """Close a pack anew, as only the station itself, or whoever has its key, could."""
    for manifest, files in (
        ("manifest-sha256.txt", sorted(path for path in (pack / "data").rglob("*") if path.is_file())),
        ("tagmanifest-sha256.txt", [pack / name for name in TAGS]),
    ):
        lines = (f"{sha256(file.read_bytes()).hexdigest()}  {file.relative_to(pack).as_posix()}\n" for file in files)
        (pack / manifest).write_text("".join(lines), encoding="utf-8")
    seal = (pack / "tagmanifest-sha256.txt").read_bytes()
    (pack / "tagmanifest-sha256.txt.sig").write_bytes(world.signer.sign(seal))
