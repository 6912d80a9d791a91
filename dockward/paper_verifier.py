"""Check signed papers offline: statements and receipts, their certificates, and the original they speak of.

Written from the formats alone (docs/evidence.md), with the standard library and the `openssl` command, beside
`dockward.verifier` and under its rules: shares no code with what signs, changes nothing, uses no network, and
believes no bytes whose signature has not been checked.
"""

from __future__ import annotations

import hashlib
import re
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dockward import verifier
from dockward.verifier import Finding, Policy, UnsoundError, WrongUseError, shown, stop_at, within

STATEMENT, RECEIPT = "statement", "receipt"
ONE_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/=]{1,64}\n)+-----END CERTIFICATE-----\n")
PAPER_BYTES_MAX = 262_144
AT_ONCE = 1 << 20
SIGNATURE_BYTES_MAX = 72  # ECDSA P-256 in DER
CERTIFICATES = {STATEMENT: "signer.pem", RECEIPT: "registry.pem"}
ROLES = {STATEMENT: "station-evidence", RECEIPT: "registry-evidence"}
HEX = re.compile(r"[0-9a-f]{64}")
STATION = re.compile(r"[a-z0-9-]{1,32}")
CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
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
OPTIONAL: dict[str, dict[str, type]] = {STATEMENT: {"media": dict}, RECEIPT: {}}
"""What newer papers say too; older ones stay what they are."""
MEDIA_FORM: dict[str, type | tuple[type, ...]] = {
    "container": str,
    "begun_device_ms": (int, type(None)),
    "length_ms": (int, type(None)),
    "notes": list,
}
MEDIA_CHECKED, NOTES_MAX = "MEDIA_EXAMINED", 16
NO_LOG = "the journal's signatures on the receipt's checkpoint were not checked: give --policy with log and witness"
EXPIRED = "a certificate is not valid today; it was when the paper says that it was signed"
OUTSIDE = (
    "a certificate was not valid when the paper says that it was signed (a clock that did not know the time, or a"
    " certificate that had expired): only the witnessed journal shows when that was"
)


@dataclass(slots=True)
class EvidenceReport:
    """Filled in as the checks proceed."""

    kind: str
    ca: Path | None
    policy: Policy | None
    findings: list[Finding] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    papers: int = 0
    tsa_ca: Path | None = None

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
    if not ONE_CERTIFICATE.fullmatch(pem):
        raise UnsoundError("is not exactly one certificate in PEM and nothing else")
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
    """Judged today, else as of the time said, moved into the certificate's validity where it lies outside."""
    trusted = ["-trusted", str(report.ca), str(file)]
    nearest_s = _nearest_valid_s(file, at_s)
    if openssl("verify", *trusted).returncode:
        then = openssl("verify", "-attime", str(nearest_s), *trusted)
        if then.returncode:
            why = then.stderr.decode(errors="replace").strip().splitlines()[-2:-1]
            raise UnsoundError(f"was not issued by the CA given, or not valid then ({shown(' '.join(why))})")
        if nearest_s == at_s:
            report.say(EXPIRED)
    if nearest_s != at_s:
        report.say(OUTSIDE)


def _nearest_valid_s(file: Path, at_s: int) -> int:
    dates = openssl("x509", "-in", str(file), "-noout", "-startdate", "-enddate").stdout.decode().splitlines()
    try:
        begins_s, ends_s = (ssl.cert_time_to_seconds(line.partition("=")[2]) for line in dates)
    except ValueError as error:
        raise UnsoundError("says no dates that openssl can read") from error
    return max(begins_s, min(at_s, ends_s - 1))  # openssl takes a certificate for expired in its last second


def fingerprint(ca: Path) -> str:
    done = openssl("x509", "-in", str(ca), "-noout", "-fingerprint", "-sha256")
    if done.returncode:
        raise WrongUseError(f"{ca} is no certificate in PEM: give the CA's certificate")
    return done.stdout.decode().strip().partition("=")[2]


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
    owner = f"CN={said['station'] if kind == STATEMENT else 'registry'},OU={ROLES[kind]}"
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
    with within(f"{kind}.json"):
        _check_guidance(report, paper, owner, hashlib.sha256(pem).hexdigest())
    report.papers += 1
    return paper


def _check_guidance(report: EvidenceReport, paper: Paper, owner: str, pem_digest: str) -> None:
    """What a paper tells a court to type and to compare is what docs/evidence.md prints: its owner may lie."""
    files = [f"{paper.text('sha256')}  original"]
    if paper.kind == RECEIPT:
        files.append(f"{paper.text('statement_sha256')}  statement.json")
    files.append(f"{pem_digest}  {CERTIFICATES[paper.kind]}")
    if paper.texts("files") != files:
        raise UnsoundError("lists other files than those it speaks of")
    if paper.texts("commands") != list(expected_commands(paper.kind, owner, files)):
        raise UnsoundError("carries other commands than docs/evidence.md prints: type none of them")
    if report.ca is not None and paper.text("ca_fingerprint") != fingerprint(report.ca):
        raise UnsoundError("names another CA than the one given")


def expected_commands(kind: str, owner: str, files: list[str]) -> Iterator[str]:
    pem = CERTIFICATES[kind]
    yield "openssl x509 -in ca.pem -noout -fingerprint -sha256"
    yield f"openssl verify -trusted ca.pem {pem}"
    subject = f"openssl x509 -in {pem} -noout -subject -nameopt RFC2253 | cut -d , -f 1,2 | tr -d ' '"
    yield f"test $({subject}) = subject={owner}"
    yield f"openssl x509 -in {pem} -noout -pubkey > public.pem"
    yield f"test $(wc -c < {kind}.sig) -le {SIGNATURE_BYTES_MAX}"
    yield f"openssl dgst -sha256 -verify public.pem -signature {kind}.sig {kind}.json"
    yield from (f"echo '{line}' | sha256sum -c" for line in files)


def _parse(kind: str, raw: bytes) -> dict[str, object]:
    with within(f"{kind}.json"):
        if len(raw) > PAPER_BYTES_MAX:
            raise UnsoundError(f"is larger than any {kind}")
        said = verifier.parse_canonical(raw)
        form, optional = FORMS[kind], OPTIONAL[kind]
        if not isinstance(said, dict) or said.keys() - optional.keys() != form.keys():
            raise UnsoundError(f"does not have the keys of a {kind}")
        _check_values(said, form)
        _check_values(said, {key: wanted for key, wanted in optional.items() if key in said})
        if kind == STATEMENT:
            _check_media(said.get("media"), said["checks"])
        at = said["held_at" if kind == STATEMENT else "received_at"]
        fits = said["format"] == f"dockward-{kind}/1" and STATION.fullmatch(said["station"]) and is_time(at)
        digests = (said["sha256"], said.get("statement_sha256", said["sha256"]))
        if not fits or not all(map(HEX.fullmatch, digests)) or said["size_bytes"] < 0 or said["recording"] < 0:
            raise UnsoundError(f"is not a {kind} of version 1")
        return said


def _check_values(said: dict[str, object], form: Mapping[str, type | tuple[type, ...]]) -> None:
    for key, wanted in form.items():
        if not isinstance(said[key], wanted) or isinstance(said[key], bool):
            raise UnsoundError(f"has no fitting value for {key}")


def _check_media(media: dict[str, Any] | None, checks: list[object]) -> None:
    """What the file says of itself stands there whole, where it is said to have been looked into, and nowhere else."""
    if (media is not None) is not (MEDIA_CHECKED in checks):
        raise UnsoundError("says what the file says of itself, or that it was looked into, alone")
    if media is None:
        return
    if media.keys() != MEDIA_FORM.keys():
        raise UnsoundError("does not have the keys of media")
    _check_values(media, MEDIA_FORM)
    codes = [media["container"], *media["notes"]]
    fits = all(isinstance(code, str) and CODE.fullmatch(code) for code in codes)
    if not fits or len(media["notes"]) > NOTES_MAX or (media["length_ms"] or 0) < 0:
        raise UnsoundError("has no fitting value for media")


def check_media_told(statement: Paper, examined: dict[str, Any] | None) -> None:
    """That a statement says of its file what the journal says that was found in it; `examined`: that fact's body."""
    told = None
    if examined is not None:
        begun_ms, length_ms = (examined.get(f"media_{key}_ms") for key in ("begun", "length"))
        told = {"container": examined["container"], "begun_device_ms": begun_ms, "length_ms": length_ms}
        told["notes"] = examined.get("notes", [])
    if statement.said.get("media") != told:
        raise UnsoundError("says of the file what the journal does not", "statement.json")


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
    if whole.hexdigest() != statement.text("sha256"):
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
