"""`dockward demo`: what is built so far, joined. Says plainly what is real here and what only stands in.

Real: the judge, the clerk, the journal on disk, the signer process, the verifier. Standing in: every observation is
read from the script below, for no wire is built yet, and the witness is a throw-away key in this process.
"""

import argparse
import contextlib
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

import dockward.verifier
from registry.witness import head_to_cosign
from station.clock import ManualClock
from station.custody import observations as seen
from station.custody.facts import body_fields
from station.errors import BrokenCustodyError, RefusedError, WireFailedError, WrongUseError
from station.journal.notes import LOG_KEY, WITNESS_KEY, Note, VerifierKey, cosign
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import write_folder
from station.journal_clerk import JournalClerk
from station.policy.permits import PlainPolicy
from station.signer import create_file_keys
from station.signing.signer_wire import KeyUse, RemoteSigner
from station.stamp import Stamp

ORIGIN = "dockward/demo/demo-01/1"
MORNING = Stamp(utc_ms=1_795_219_200_000, boot_id="demo", boot_ms=0, synchronised=True)
STEP_MS = 1_500
CAMERA = "T8-000417"
NAMES = ("20261121083012.mp4", "20261121084155.mp4")
_SIGNER_SECONDS_MAX = 10
_SHOWN_CHARACTERS_MAX = 40


@dataclass(frozen=True, slots=True)
class Scene:
    zh: str
    en: str
    observation: seen.Observation


def script() -> Iterator[Scene]:
    """One camera's visit: docked, read, signed, received, cleared, lent again."""
    yield Scene("3号仓检测到设备", "bay 3 senses something", seen.PresenceClosed(bay="3"))
    yield Scene(
        "设备报出身份，时钟快2.1秒",
        "the camera says who it is; its clock is 2.1 s ahead",
        seen.CameraIdentified(bay="3", camera=CAMERA, model="T8", clock_ahead_ms=2_100, clock_error_ms=400),
    )
    for number, name in enumerate(NAMES):
        yield Scene(
            f"读出第{number + 1}段", f"recording {number + 1} is read and proved", _recording_read(number, name)
        )
    yield Scene("再次列表，无新文件", "listed again: nothing new", seen.CameraListed(docking=1, listings=_listings()))
    yield Scene("证据不足时要求清除", "clearing is asked for too early", seen.ClearingAsked(docking=1))
    yield Scene("民警此时要领用", "an officer asks for it too early", seen.CameraAsked(bay="3", by="officer-12"))
    for recording in (3, 4):
        yield Scene(
            "清单签名", "a statement is signed", seen.StatementMade(recording=recording, statement_sha256="5" * 64)
        )
        yield Scene(
            "回执核验", "a receipt is verified", seen.ReceiptVerified(recording=recording, receipt_sha256="7" * 64)
        )
    yield Scene("要求清除", "clearing is asked for again", seen.ClearingAsked(docking=1))
    yield Scene("删除后再列表", "deleted, listed again: empty", seen.DeletionsListed(docking=1, listings=frozenset()))
    yield Scene("电池", "the battery is measured", seen.BatteryMeasured(docking=1, percent=88, health_percent=None))
    yield Scene("校时", "its clock is set", seen.ClockWasSet(docking=1, clock_ahead_ms=0, clock_error_ms=400))
    yield Scene("民警领用", "the officer asks again", seen.CameraAsked(bay="3", by="officer-12", reason="晚间巡查"))
    yield Scene("取走", "the camera is taken", seen.PresenceOpened(bay="3"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="keep everything in this new folder (default: a temporary one)")


def run(arguments: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        folder: Path = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dockward-")))
        if (folder / "journal.sqlite").exists():
            raise WrongUseError(f"{folder} holds a demo already; name a new folder")
        folder.mkdir(parents=True, exist_ok=True)
        return _play(folder)


def _play(folder: Path) -> int:
    print(f"{__doc__.split(chr(10), 1)[1].strip()}\n")
    with _signer(folder) as signer:
        log_key = VerifierKey(ORIGIN, LOG_KEY, _raw_public(signer.public_key(KeyUse.LOG)))
        witness = Ed25519PrivateKey.generate()
        witness_key = VerifierKey(f"{ORIGIN}/witness", WITNESS_KEY, witness.public_key().public_bytes_raw())
        journal = folder / "journal.sqlite"
        note = _write_journal(journal, log_key, witness_key, signer, witness)
    (folder / "policy").write_text(f"log {log_key}\nwitness w {witness_key}\nquorum w\n")
    write_folder(SqliteLog(connect_to_read(journal)), folder / "journal", note)
    print("\n== 独立核验 / the independent verifier, on the whole journal, without our package")
    sound = _verify(folder / "journal", folder / "policy")
    broken = _break_and_verify(folder, 3)
    print("\n" + ("演示如期完成 / all as it should be" if (sound, broken) == (0, 1) else "演示失败 / the demo FAILED"))
    return 0 if (sound, broken) == (0, 1) else 1


def _write_journal(
    path: Path, log_key: VerifierKey, witness_key: VerifierKey, signer: RemoteSigner, witness: Ed25519PrivateKey
) -> Note:
    clock = ManualClock(MORNING)
    clerk = JournalClerk(path, "demo-01", PlainPolicy(), clock, lambda: secrets.token_bytes(32))
    clerk.start()
    clerk.tell(seen.JournalBegun(origin=ORIGIN, log_key=str(log_key))).result()
    print("== 观察 → 事实 / observations, judged into facts")
    for scene in script():
        clock.advance(STEP_MS)
        _tell(clerk, scene)
    note = clerk.sign_head(log_key, lambda text: signer.sign(KeyUse.LOG, text))
    head = head_to_cosign(None, log_key, 0, (), note)
    cosigned = note.with_signatures(cosign(head, witness_key, MORNING.utc_ms // 1000, witness.sign))
    clerk.keep_checkpoint(cosigned, log_key, witness_key).result()
    clerk.stop()
    print(f"\n== 签名并见证的检查点 / the checkpoint, signed and witnessed\n{cosigned}", end="")
    return cosigned


def _tell(clerk: JournalClerk, scene: Scene) -> None:
    print(f"{scene.zh} · {scene.en}")
    try:
        facts = clerk.tell(scene.observation).result()
    except (RefusedError, BrokenCustodyError) as error:
        print(f"      拒绝 / refused, nothing written: {error}")
        return
    for fact in facts:
        said = " ".join(f"{name}={_short(value)}" for name, value in body_fields(fact.body).items())
        print(f"  {fact.n:3}  {fact.body.zh} {fact.body.type}  {said}")


def _break_and_verify(folder: Path, n: int) -> int:
    """Flip one bit of one entry in a copy of the folder, as somebody with a hex editor would."""
    broken = folder / "journal-broken"
    shutil.copytree(folder / "journal", broken)
    (bundle,) = (broken / "tile/entries").rglob("*/*")
    content = bytearray(bundle.read_bytes())
    entry = SqliteLog(connect_to_read(folder / "journal.sqlite")).entry(n)
    place = content.index(entry) + entry.index(b'"sha256":"') + len(b'"sha256":"')
    content[place] ^= 1
    bundle.write_bytes(content)
    print(
        f"\n== 改动一个字节 / one byte changed: byte {place} of {bundle.relative_to(broken)}, in the digest of fact {n}"
    )
    return _verify(broken, folder / "policy")


def _verify(path: Path, policy: Path) -> int:
    """As a court would: the verifier's one file, isolated from everything installed here."""
    command = [sys.executable, "-I", dockward.verifier.__file__, str(path), "--policy", str(policy)]
    sys.stdout.flush()
    return subprocess.run(command, check=False).returncode


@contextlib.contextmanager
def _signer(folder: Path) -> Iterator[RemoteSigner]:
    create_file_keys(folder / "keys")
    socket_path = folder / "signer.sock"
    signer = [sys.executable, "-m", "dockward", "signer", "run"]
    command = [*signer, "--keys", str(folder / "keys"), "--socket", str(socket_path)]
    with subprocess.Popen(command) as process:
        try:
            yield _once_awake(RemoteSigner(socket_path), process)
        finally:
            process.terminate()


def _once_awake(signer: RemoteSigner, process: "subprocess.Popen[bytes]") -> RemoteSigner:
    for _ in range(_SIGNER_SECONDS_MAX * 20):
        with contextlib.suppress(WireFailedError):
            signer.public_key(KeyUse.LOG)
            return signer
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
            break
    raise WireFailedError("the signer process did not start")


def _recording_read(number: int, name: str) -> seen.RecordingRead:
    begun = MORNING.utc_ms - 3_600_000 + number * 700_000
    return seen.RecordingRead(
        docking=1,
        listing=f"DCIM/{number}",
        size_bytes=52_428_800 + number,
        sha256=f"{number + 1:064x}",
        original_name=name,
        begun_device_ms=begun,
        ended_device_ms=begun + 300_000,
    )


def _listings() -> frozenset[str]:
    return frozenset(f"DCIM/{number}" for number in range(len(NAMES)))


def _raw_public(der: bytes) -> bytes:
    return load_der_public_key(der).public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else f"{text[:_SHOWN_CHARACTERS_MAX]}…"
