"""Packs: evidence of some recordings as one signed BagIt 1.0 bag, to be handed over and checked without us.

Packs nothing that does not hold: each statement is checked and each original hashed as it is copied. Never changes
what it packs, and leaves no half-made pack behind, under any name.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from station.durable import sync_folder
from station.errors import BrokenCustodyError, WrongUseError
from station.signing.plain_text import file_line
from station.signing.stamps import STAMP
from station.signing.statements import check_statement
from station.stamp import utc_text

STATEMENT_FILES = ("original", "statement.json", "statement.sig", "signer.pem")
RECEIPT_FILES = ("receipt.json", "receipt.sig", "registry.pem")
_PAYLOAD, _TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
_BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_SAFE_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_COPY_AT_ONCE_BYTES = 1024 * 1024


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into a pack."""

    evidence: Sequence[Path]
    """Folders of one recording each, named by its number."""
    ca_pem: bytes
    """For convenience: whoever checks compares it with one from outside."""
    papers: Mapping[str, bytes] = {}
    """What else goes in, by its path under `data`."""
    journal: Path | None = None
    """The journal as a folder of tiles."""


class Sealer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose signature closes the pack."""

    signer_pem: bytes
    sign: Callable[[bytes], bytes]


def make_pack(pack: Path, contents: Contents, sealer: Sealer, made_at_ms: int) -> None:
    """A new pack at this path; WrongUseError where something is there already or nothing is to be packed."""
    names = [folder.name for folder in contents.evidence]
    if pack.exists() or pack.is_symlink():
        raise WrongUseError(f"{pack} is there already; name another path")
    if not names or len(set(names)) != len(names) or not all(map(_NUMBER.fullmatch, names)):
        raise WrongUseError("a pack needs evidence folders, each named by its recording's number")
    making = pack.with_name(f".{pack.name}.part")
    shutil.rmtree(making, ignore_errors=True)
    try:
        (making / "data").mkdir(parents=True)
        payload = _copy_payload(making, contents)
        _write_tags(making, payload, sealer, made_at_ms)
        for folder, _, _ in os.walk(making, topdown=False):
            sync_folder(Path(folder))
        making.rename(pack)
    finally:
        # Copies of originals stay nowhere but in a pack; once it has its name nothing is here any more.
        shutil.rmtree(making, ignore_errors=True)
    sync_folder(pack.parent)


def _copy_payload(making: Path, contents: Contents) -> dict[str, str]:
    """Digest by path in the pack of everything that is packed."""
    payload: dict[str, str] = {}
    for folder in contents.evidence:
        for name in _present(folder):
            path = f"data/{folder.name}/{name}"
            payload[path] = _copy(folder / name, making / path)
        _require_sound(making / "data" / folder.name, payload[f"data/{folder.name}/original"], contents.ca_pem)
    if contents.journal is not None:
        for file in sorted(file for file in contents.journal.rglob("*") if file.is_file()):
            path = f"data/journal/{file.relative_to(contents.journal).as_posix()}"
            payload[path] = _copy(file, making / path)
    for name, content in {"ca.pem": contents.ca_pem, **contents.papers}.items():
        payload[f"data/{name}"] = _write(making / "data" / name, content)
    for path in payload:
        if not _SAFE_PATH.fullmatch(path):
            raise WrongUseError(f"{path!r} cannot stand in a manifest; rename it")
    return payload


def _present(folder: Path) -> tuple[str, ...]:
    receipt = RECEIPT_FILES if (folder / "receipt.json").exists() else ()
    return (*STATEMENT_FILES, *receipt, *((STAMP,) if (folder / STAMP).exists() else ()))


def _require_sound(evidence: Path, original_sha256: str, ca_pem: bytes) -> None:
    """What was copied is what was stated."""
    encoded, signature, pem = ((evidence / name).read_bytes() for name in STATEMENT_FILES[1:])
    statement = check_statement(encoded, signature, pem, ca_pem)
    if statement.sha256 != original_sha256:
        raise BrokenCustodyError(f"recording {statement.recording} is not what its statement says; pack nothing")


def _write_tags(making: Path, payload: dict[str, str], sealer: Sealer, made_at_ms: int) -> None:
    size = sum((making / path).stat().st_size for path in payload)
    made_at = utc_text(made_at_ms)
    about = f"Bagging-Date: {made_at[:10]}\nPayload-Oxum: {size}.{len(payload)}\nDockward-Pack: 2\nMade-At: {made_at}\n"
    tags = {
        name: _write(making / name, text.encode())
        for name, text in (("bagit.txt", _BAGIT), ("bag-info.txt", about), (_PAYLOAD, _manifest(payload)))
    }
    tags["signer.pem"] = _write(making / "signer.pem", sealer.signer_pem)
    manifest = _manifest(tags).encode()
    _write(making / _TAGS, manifest)
    _write(making / f"{_TAGS}.sig", sealer.sign(manifest))


def _manifest(digests: dict[str, str]) -> str:
    """Two blanks, as `sha256sum` writes and BagIt allows."""
    return "".join(f"{file_line(digest, path)}\n" for path, digest in sorted(digests.items()))


def _copy(source: Path, target: Path) -> str:
    digest = sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reading, target.open("xb") as writing:
        while chunk := reading.read(_COPY_AT_ONCE_BYTES):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def _write(path: Path, content: bytes) -> str:
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return sha256(content).hexdigest()
