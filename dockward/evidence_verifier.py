"""`dockward verify` for evidence: one recording's folder, a statement or a receipt by itself, or a whole pack.

Stands beside `dockward.verifier` and under its rules: shares no code with what signs, changes nothing, uses no
network. A CA that lies with the evidence is never believed; only one given from outside is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from dockward import verifier
from dockward.pack_verifier import check_contents
from dockward.paper_verifier import (
    PAPER_BYTES_MAX,
    RECEIPT,
    STATEMENT,
    EvidenceReport,
    Paper,
    check_answer,
    check_certificate,
    check_original,
    check_paper,
    fingerprint,
    is_time,
    kind_of,
    openssl,
    read,
    side,
    signature_holds,
)
from dockward.stamp_verifier import check_stamp
from dockward.verifier import Finding, Policy, UnsoundError, shown, stop_at, within

MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)")
NO_CA = (
    "no CA from outside was given (--ca): this shows only that whoever has the keys of the certificates lying here"
    " signed it, not who that is"
)
NOT_PROVED = (
    "not proved: that what was filmed is true, that any clock was right, or that nothing was changed before signing"
)


# --- What a path holds ---


def verify_paper(report: EvidenceReport, file: Path) -> None:
    """A statement or receipt with what lies beside it; the original is not looked at."""
    raw = read(file, PAPER_BYTES_MAX + 1)
    kind = kind_of(raw) or STATEMENT
    paper = check_paper(report, kind, raw, file.parent)
    if kind == RECEIPT:
        check_answer(report, paper, None)
    report.say("the original was not looked at: give its folder to have it hashed")


def verify_recording(report: EvidenceReport, folder: Path) -> Paper:
    """All there is of one recording; its statement."""
    statement = check_paper(report, STATEMENT, side(folder, "statement.json"), folder)
    check_original(statement, folder / "original")
    check_stamp(report, folder, folder.parent / "tsa.pem")
    if any((folder / name).exists() for name in ("receipt.json", "receipt.sig", "registry.pem")):
        receipt = check_paper(report, RECEIPT, side(folder, "receipt.json"), folder)
        check_answer(report, receipt, statement)
        answered = f"receipt of {shown(receipt.text('received_at'))}"
    else:
        answered = "no receipt"
    report.say(
        f"recording {statement.whole('recording')} of {shown(statement.text('origin'))}:"
        f" {statement.whole('size_bytes')} bytes, SHA-256 {statement.text('sha256')}, held at"
        f" {statement.text('held_at')} (clock {shown(statement.text('clock'))}), {answered}"
    )
    return statement


def verify_pack(report: EvidenceReport, pack: Path) -> None:
    """A BagIt bag: signature, both manifests, then each recording and the journal in it."""
    tags = side(pack, "tagmanifest-sha256.txt")
    subject = openssl("x509", "-in", str(pack / "signer.pem"), "-noout", "-subject", "-nameopt", "RFC2253").stdout
    owner = re.match(rb"subject=(CN=[a-z0-9-]{1,32},OU=station-evidence),", subject)
    with within("signer.pem"):
        if not owner:
            raise UnsoundError("is not the certificate of a station's evidence key")
        public = check_certificate(report, side(pack, "signer.pem"), owner[1].decode(), _made_at_s(pack))
    if not signature_holds(public, tags, side(pack, "tagmanifest-sha256.txt.sig")):
        raise UnsoundError(
            "does not hold: the tag manifest, or its signature, was changed", "tagmanifest-sha256.txt.sig"
        )
    loose = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
    listed = {name for name in _files(pack) if not name.startswith("data/")} - loose
    check_manifest(pack, "tagmanifest-sha256.txt", tags, listed)
    payload = {name for name in _files(pack) if name.startswith("data/")}
    check_manifest(pack, "manifest-sha256.txt", side(pack, "manifest-sha256.txt"), payload)
    if side(pack, "bagit.txt") != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
        raise UnsoundError("is not BagIt 1.0", "bagit.txt")
    papers: dict[int, Paper] = {}
    for folder in sorted(path for path in (pack / "data").iterdir() if path.is_dir() and path.name.isdigit()):
        with within(f"data/{folder.name}"):
            papers[int(folder.name)] = verify_recording(report, folder)
    if (pack / "data/journal").is_dir():
        journal = verifier.verify_folder(verifier.read_folder(pack / "data/journal"), report.policy, None)
        stop_at(Finding(f"data/journal {found.where}", found.problem) for found in journal.findings)
    try:
        check_contents(report, pack, papers)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # What is signed is of no known form: whoever packed it, it is not what this reads.
        raise UnsoundError(f"holds what is not of its written form ({shown(repr(error))})", "data") from error
    report.say(f"pack of {len(payload)} files, each as the signed manifests list it")


def _made_at_s(pack: Path) -> int:
    """Believed for nothing but the certificate's validity, and checked by the tag manifest right after."""
    made = re.search(rb"^Made-At: (\S+)$", side(pack, "bag-info.txt"), re.MULTILINE)
    text = made[1].decode(errors="replace") if made else ""
    if not is_time(text):
        raise UnsoundError("does not say when the pack was made", "bag-info.txt")
    return int(datetime.fromisoformat(text).timestamp())


def check_manifest(pack: Path, name: str, manifest: bytes, present: set[str]) -> None:
    digests: dict[str, str] = {}
    for number, line in enumerate(manifest.decode(errors="replace").splitlines(), 1):
        parts = MANIFEST_LINE.fullmatch(line)
        if not parts or parts[2] in digests:
            raise UnsoundError("is not a manifest line, or says a file twice", f"{name} line {number}")
        digests[parts[2]] = parts[1]
    stop_at(Finding(file, f"is listed in {name} and missing") for file in sorted(digests.keys() - present))
    stop_at(Finding(file, f"is not listed in {name}") for file in sorted(present - digests.keys()))
    stop_at(
        Finding(file, f"is not what {name} lists") for file, digest in digests.items() if _digest(pack / file) != digest
    )


def _files(folder: Path) -> Iterator[str]:
    """Regular files by path; anything else in a pack is out of place."""
    for place, folders, names in os.walk(folder):
        for name in (*names, *(one for one in folders if Path(place, one).is_symlink())):
            path = Path(place, name)
            if path.is_symlink() or not path.is_file():
                raise UnsoundError("is no regular file", path.relative_to(folder).as_posix())
            yield path.relative_to(folder).as_posix()


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


# --- Command line ---


def verify(path: Path, ca: Path | None, policy: Policy | None, tsa_ca: Path | None = None) -> EvidenceReport:
    report = EvidenceReport("paper", ca, policy, tsa_ca=tsa_ca)
    try:
        if path.is_file():
            verify_paper(report, path)
        elif any((path / name).exists() for name in ("bagit.txt", "tagmanifest-sha256.txt")):
            report.kind = "pack"
            verify_pack(report, path)
        else:
            report.kind = "recording"
            verify_recording(report, path)
    except UnsoundError as error:
        report.findings += error.findings
    return report


def summary(report: EvidenceReport) -> Iterator[str]:
    yield from (f"{shown(found.where)}: {found.problem}" for found in report.findings)
    yield from report.lines
    yield NO_CA if report.ca is None else f"trust anchor: the CA given, SHA-256 {fingerprint(report.ca)}"
    yield NOT_PROVED
    yield "result: all checks held" if report.ok else "result: FAILED; checks resting on these were not made"


def run(args: argparse.Namespace, policy: Policy | None) -> int:
    if args.ca is not None:
        fingerprint(args.ca)
    if args.tsa_ca is not None:
        fingerprint(args.tsa_ca)
    report = verify(args.path, args.ca, policy, args.tsa_ca)
    if args.json:
        findings = [{"where": found.where, "problem": found.problem} for found in report.findings]
        answer = {"ok": report.ok, "kind": report.kind, "findings": findings, "papers": report.papers}
        print(json.dumps(answer | {"notes": report.lines, "anchor": "none" if report.ca is None else "ca"}))
    else:
        print("\n".join(summary(report)))
    return 0 if report.ok else 1
