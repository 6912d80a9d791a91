"""Check signed papers offline: statements and receipts, their certificates, and the original they speak of.

Written from the formats alone (docs/evidence.md), with the standard library and the `openssl` command, beside
`dockward.verifier` and under its rules: shares no code with what signs, changes nothing, uses no network, and
believes no bytes whose signature has not been checked.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dockward import verifier
from dockward.verifier import Finding, Policy, UnsoundError, WrongUseError, shown, stop_at, within

STATEMENT, RECEIPT = "statement", "receipt"
PEM_BEGIN = b"-----BEGIN CERTIFICATE-----"
PAPER_BYTES_MAX = 262_144
AT_ONCE = 1 << 20
SIGNATURE_BYTES_MAX = 72  # ECDSA P-256 in DER
CERTIFICATES = {STATEMENT: "signer.pem", RECEIPT: "registry.pem"}
HEX = re.compile(r"[0-9a-f]{64}")
STATION = re.compile(r"[a-z0-9-]{1,32}")
UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
COMMON_FORM = {
    **dict.fromkeys(("format", "station", "origin", "sha256", "ca_fingerprint"), str),
    **dict.fromkeys(("recording", "size_bytes"), int),
    **dict.fromkeys(("files", "commands", "proved", "not_proved"), list),
}
FORMS: dict[str, dict[str, type | tuple[type, ...]]] = {
    STATEMENT: {
        **COMMON_FORM,
        **dict.fromkeys(("held_at", "clock", "bay", "original_name", "policy"), str),
        **dict.fromkeys(("camera", "model", "officer", "unattributed"), (str, type(None))),
        **dict.fromkeys(("docking", "part_bytes"), int),
        **dict.fromkeys(
            ("clock_ahead_ms", "clock_error_ms", "loan", "begun_device_ms", "ended_device_ms"), (int, type(None))
        ),
        **dict.fromkeys(("parts", "checks"), list),
    },
    RECEIPT: {
        **COMMON_FORM,
        **dict.fromkeys(("registry", "statement_sha256", "received_at", "checkpoint"), str),
        "stated": int,
    },
}
NO_LOG = "the journal's signatures on the receipt's checkpoint were not checked: give --policy with log and witness"
EXPIRED = "is not valid today; it was at the time at which the paper says that it was signed"


@dataclass(slots=True)
class EvidenceReport:
    """Filled in as the checks proceed."""

    kind: str
    ca: Path | None
    policy: Policy | None
    findings: list[Finding] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    papers: int = 0

    @property
    def ok(self) -> bool:
        return not self.findings

    def say(self, line: str) -> None:
        if line not in self.lines:
            self.lines.append(line)


@dataclass(frozen=True, slots=True)
class Paper:
    """A statement or a receipt whose signature held."""

    kind: str
    said: dict[str, object]
    raw: bytes

    def text(self, key: str) -> str:
        return str(self.said[key])

    def whole(self, key: str) -> int:
        value = self.said[key]
        assert isinstance(value, int)  # noqa: S101 - its form was checked
        return value

    def texts(self, key: str) -> list[str]:
        value = self.said[key]
        assert isinstance(value, list)  # noqa: S101 - its form was checked
        return [str(one) for one in value]


def kind_of(raw: bytes) -> str | None:
    for kind in (STATEMENT, RECEIPT):
        if raw.startswith(b"{") and f'"format":"dockward-{kind}/'.encode() in raw:
            return kind
    return None


# --- What openssl says ---


def openssl(*words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["openssl", *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise WrongUseError(f"`openssl` cannot be run ({error.strerror}): install OpenSSL 3") from error


def check_certificate(report: EvidenceReport, pem: bytes, owner: str, at_s: int) -> bytes:
    """The certificate's public key, once it is of this owner and issued by the CA given."""
    if pem.count(PEM_BEGIN) != 1:
        raise UnsoundError("is not exactly one certificate in PEM")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "certificate.pem")
        file.write_bytes(pem)
        subject = openssl("x509", "-in", str(file), "-noout", "-subject", "-nameopt", "RFC2253")
        key = openssl("x509", "-in", str(file), "-noout", "-pubkey")
        if subject.returncode or key.returncode:
            raise UnsoundError("cannot be read by openssl as a certificate")
        named = subject.stdout.decode(errors="replace").strip().removeprefix("subject=").split(",")
        if ",".join(named[:2]) != owner:
            raise UnsoundError(f"is of {shown(','.join(named[:2]))}, not of {owner}")
        if report.ca is not None:
            _check_issued(report, file, at_s)
    return key.stdout


def _check_issued(report: EvidenceReport, file: Path, at_s: int) -> None:
    trusted = ["-no-CApath", "-no-CAstore", "-CAfile", str(report.ca), str(file)]
    if openssl("verify", *trusted).returncode == 0:
        return
    then = openssl("verify", "-attime", str(at_s), *trusted)
    if then.returncode:
        why = then.stderr.decode(errors="replace").strip().splitlines()[-2:-1]
        raise UnsoundError(f"was not issued by the CA given, or not valid then ({shown(' '.join(why))})")
    report.say(f"a certificate {EXPIRED}")


def signature_holds(public_pem: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) > SIGNATURE_BYTES_MAX:  # openssl would not read what is appended to a signature of full length
        return False
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("key", "signature", "message")]
        for path, content in zip(paths, (public_pem, signature, message), strict=True):
            Path(path).write_bytes(content)
        return not openssl("dgst", "-sha256", "-verify", paths[0], "-signature", *paths[1:]).returncode


# --- Papers ---


def check_paper(report: EvidenceReport, kind: str, raw: bytes, folder: Path) -> Paper:
    """A paper that its owner's certificate, its signature and its own list of files all bear out."""
    said = _parse(kind, raw)
    owner = f"CN={said['station']},OU=station-evidence" if kind == STATEMENT else "CN=registry,OU=registry-evidence"
    name = CERTIFICATES[kind]
    pem, signature = side(folder, name), side(folder, f"{kind}.sig")
    at = str(said["held_at" if kind == STATEMENT else "received_at"])
    with within(name):
        public = check_certificate(report, pem, owner, int(datetime.fromisoformat(at).timestamp()))
    if not signature_holds(public, raw, signature):
        raise UnsoundError("does not hold: this paper, or its signature, was changed", f"{kind}.sig")
    paper = Paper(kind, said, raw)
    if f"{hashlib.sha256(pem).hexdigest()}  {name}" not in paper.texts("files"):
        raise UnsoundError("is not the certificate that the paper lists", name)
    report.papers += 1
    return paper


def _parse(kind: str, raw: bytes) -> dict[str, object]:
    with within(f"{kind}.json"):
        if len(raw) > PAPER_BYTES_MAX:
            raise UnsoundError(f"is larger than any {kind}")
        said = verifier.parse_canonical(raw)
        form = FORMS[kind]
        if not isinstance(said, dict) or said.keys() != form.keys():
            raise UnsoundError(f"does not have the keys of a {kind}")
        for key, wanted in form.items():
            if not isinstance(said[key], wanted) or isinstance(said[key], bool):
                raise UnsoundError(f"has no fitting value for {key}")
        at = said["held_at" if kind == STATEMENT else "received_at"]
        fits = said["format"] == f"dockward-{kind}/1" and STATION.fullmatch(said["station"]) and is_time(at)
        if not fits or not HEX.fullmatch(said["sha256"]) or said["size_bytes"] < 0 or said["recording"] < 0:
            raise UnsoundError(f"is not a {kind} of version 1")
        return said


def is_time(text: str) -> bool:
    try:
        return bool(UTC.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def check_original(statement: Paper, file: Path) -> None:
    """Size, whole digest, and each part: a changed part is named."""
    part_bytes, parts, size = statement.whole("part_bytes"), statement.texts("parts"), statement.whole("size_bytes")
    if part_bytes < 1 or len(parts) != -(-size // part_bytes):
        raise UnsoundError("has parts that do not make up its size", "statement.json")
    if not file.is_file():
        raise UnsoundError("is missing", "original")
    if file.stat().st_size != size:
        raise UnsoundError(f"has {file.stat().st_size} bytes; the statement says {size}", "original")
    whole, changed = hashlib.sha256(), []
    with file.open("rb") as content:
        for number, digest in enumerate(parts):
            part, left = hashlib.sha256(), part_bytes
            while left and (chunk := content.read(min(AT_ONCE, left))):
                part.update(chunk)
                whole.update(chunk)
                left -= len(chunk)
            if part.hexdigest() != digest:
                changed.append(number)
    stop_at(Finding("original", f"part {n} (from byte {n * part_bytes}) is not what was stated") for n in changed)
    line = f"{whole.hexdigest()}  original"
    if whole.hexdigest() != statement.text("sha256") or line not in statement.texts("files"):
        raise UnsoundError("is not what was stated", "original")


def check_answer(report: EvidenceReport, receipt: Paper, statement: Paper | None) -> None:
    """That a receipt is about this statement, and cites a checkpoint that covers what it must."""
    with within("receipt.json"):
        if statement is not None:
            _check_same(receipt, statement)
        note = verifier.read_checkpoint("checkpoint", receipt.text("checkpoint").encode())
        if note.origin != receipt.text("origin"):
            raise UnsoundError("is of another journal", "checkpoint")
        if note.size <= max(receipt.whole("recording"), receipt.whole("stated")):
            raise UnsoundError("covers fewer facts than the receipt speaks of", "checkpoint")
        if report.policy is None:
            report.say(NO_LOG)
            return
        keys = verifier.known_keys(note, None, report.policy)
        if not verifier.quorum_met(report.policy, verifier.check_signatures(note, keys)):
            raise UnsoundError("is not cosigned as the policy demands", "checkpoint")


def _check_same(receipt: Paper, statement: Paper) -> None:
    for key in ("station", "origin", "recording", "size_bytes", "sha256"):
        if receipt.said[key] != statement.said[key]:
            raise UnsoundError(f"speaks of another {key} than the statement")
    if receipt.text("statement_sha256") != hashlib.sha256(statement.raw).hexdigest():
        raise UnsoundError("answers another statement")


# --- Files ---


def read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read ({error.strerror}): check the path and its rights") from error


def side(folder: Path, name: str) -> bytes:
    if not (folder / name).is_file():
        raise UnsoundError("is missing", name)
    return read(folder / name, 1 << 26)
