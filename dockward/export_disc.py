"""`dockward export disc`: a pack as images of discs, as often as policy wants copies, each read back and compared.

Burns nothing: prints the command that does. Never leaves half-made images under their name.
"""

import argparse
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from dockward.disc_image import Disc, content, extents, make_image
from dockward.disc_papers import Discs, papers_of, volume
from dockward.disc_plan import BLOCK_BYTES, Piece, Source, spread
from station.clock import SystemClock
from station.config import read_config
from station.config_file import read_file
from station.durable import sync_folder
from station.errors import BrokenCustodyError, WrongUseError
from station.policy.effective import EffectivePack
from station.policy.export import ExportMade, Outlet, may_close, may_close_longterm
from station.policy.permits import Verdict
from station.policy.words import said
from station.stamp import utc_text
from station.store.rules import policy_in_force

MEDIA = {
    "dvd": 4_700_372_992,  # DVD+R, which holds a little less than DVD-R
    "bd": 24_220_008_448,  # BD-R of 25 GB, with room kept for bad places
}
_SEAL = "tagmanifest-sha256.txt"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)")
_FIELD = re.compile(r"([^=\s]+)=(\S.*)")
_AT_ONCE_BYTES = 1024 * 1024


def add_arguments(disc: argparse.ArgumentParser) -> None:
    disc.add_argument("pack", type=Path, help="a pack, as dockward export pack made it")
    disc.add_argument("--out", type=Path, required=True, help="a new folder for images and papers")
    disc.add_argument("--medium", type=_medium, default=MEDIA["dvd"], help="dvd (default), bd, or its size in bytes")
    disc.add_argument("--longterm", action="store_true", help="to be kept for long, by the rules for such discs")
    disc.add_argument("--outlet", type=Outlet, choices=list(Outlet), default=Outlet.OUTSIDE, help="who gets it")
    for name, what in (("label", "a field of the label"), ("note", "a field of the note that goes along")):
        disc.add_argument(f"--{name}", type=_field, action="append", default=[], metavar="FIELD=VALUE", help=what)
    disc.add_argument("--case", default="", help="the case, where another department gets it")
    disc.add_argument("--destination", default="", help="where it goes then: a code of export.destination")
    disc.add_argument("--config", type=Path, default=Path("/etc/dockward/station.toml"), help="station.toml")


def run(arguments: argparse.Namespace) -> int:
    at_ms = SystemClock(lambda: False).stamp().utc_ms
    config = read_config(arguments.config)
    policy = policy_in_force(config.policy, read_file(config.registry.ca), at_ms).pack
    files = manifest_of(arguments.pack)
    seal = files[_SEAL]
    order = _Order(policy, arguments, seal, utc_text(at_ms))
    order.require(order.copies)
    pack: Path = arguments.pack.resolve()
    plan = spread([Source(path, (pack / path).stat().st_size) for path in files], arguments.medium)
    discs = Discs(
        folder=_folder_name(pack),
        seal_sha256=seal,
        listed=json.loads((pack / "data/list.json").read_bytes()),
        plan=plan,
        pieces=digests_of(pack, plan, files),
        label=order.label,
        note=order.note,
        copies=order.copies,
    )
    verified = _make(arguments.out, pack, discs, files, arguments.medium)
    order.require(verified)
    print("".join(_told(arguments.out, discs)), end="")
    return 0


class _Order:
    """What is to be made by policy: how many copies, and what must stand on label and note."""

    def __init__(self, policy: EffectivePack, arguments: argparse.Namespace, seal: str, at: str) -> None:
        self._policy = policy
        self._arguments = arguments
        self._room = "longterm" if arguments.longterm else "export"
        self.copies = max(1, policy.limit(f"{self._room}.copies") or 0)
        self._fields = policy.listed(f"{self._room}.label_fields")
        self._noted = () if arguments.longterm else policy.listed("export.note_fields")
        known = {"制作时间": at, "标号": f"DW_{seal[:6].upper()}", "提取时间": at, "校验值": seal}
        self.label = {name: known[name] for name in self._fields if name in known} | dict(arguments.label)
        self.note = {name: known[name] for name in self._noted if name in known} | dict(arguments.note)

    def require(self, copies: int) -> None:
        """WrongUseError in the words of the rule, with the fields that are wanting."""
        verdict = self._verdict(copies)
        if not verdict.permitted:
            wanting = [f"--label {name}=…" for name in self._fields if not self.label.get(name)]
            wanting += [f"--note {name}=…" for name in self._noted if not self.note.get(name)]
            raise WrongUseError(" / ".join((*said(self._policy, verdict), ", ".join(wanting) or verdict.rule)))

    def _verdict(self, copies: int) -> Verdict:
        if self._arguments.longterm:
            return may_close_longterm(self._policy, self.label, copies)
        words = self._arguments
        made = ExportMade(words.outlet, self.note, self.label, copies, words.case, words.destination)
        return may_close(self._policy, made)


# --- The pack as it is ---


def manifest_of(pack: Path) -> dict[str, str]:
    """Digest by path of every file of a pack: the papers first, then the recordings, each by its number."""
    if not (pack / "bagit.txt").is_file():
        raise WrongUseError(f"{pack} is no pack: make one with dockward export pack")
    tags = {name: sha256((pack / name).read_bytes()).hexdigest() for name in (_SEAL, f"{_SEAL}.sig")}
    listed = {path: digest for name in (_SEAL, "manifest-sha256.txt") for digest, path in _lines(pack / name)}
    present = {path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_symlink() or path.is_file()}
    if present != {*tags, *listed}:
        raise BrokenCustodyError(f"{pack} has not the files that its manifests list: check it with dockward verify")
    return dict(sorted({**tags, **listed}.items(), key=lambda one: _place(one[0])))


def _lines(manifest: Path) -> Iterator[tuple[str, str]]:
    for line in manifest.read_text(encoding="utf-8").splitlines():
        parts = _LINE.fullmatch(line)
        if not parts:
            raise BrokenCustodyError(f"{manifest} is no manifest: check the pack with dockward verify")
        yield parts[1], parts[2]


def _place(path: str) -> tuple[int, int, str]:
    words = path.split("/")
    number = int(words[1]) if words[0] == "data" and words[1].isdigit() else -1
    return (0 if words[0] != "data" else 1, number, path)


def digests_of(pack: Path, plan: tuple[tuple[Piece, ...], ...], files: Mapping[str, str]) -> dict[str, str]:
    """Of each piece, by its name, as the pack's files are now; BrokenCustodyError where one is not what is listed."""
    digests: dict[str, str] = {}
    whole = {path: sha256() for path in files}
    for piece in (piece for disc in plan for piece in disc):
        part = sha256()
        with (pack / piece.path).open("rb") as reading:
            reading.seek(piece.offset)
            left = piece.size
            while left and (chunk := reading.read(min(_AT_ONCE_BYTES, left))):
                part.update(chunk)
                whole[piece.path].update(chunk)
                left -= len(chunk)
        digests[piece.name] = part.hexdigest()
    for path, digest in files.items():
        if whole[path].hexdigest() != digest:
            raise BrokenCustodyError(f"{path} is not what the pack's manifest lists: check it with dockward verify")
    return digests


# --- Images ---


def _make(out: Path, pack: Path, discs: Discs, files: Mapping[str, str], medium_bytes: int) -> int:
    """How many whole copies were made, read back and equal."""
    if out.exists() or out.is_symlink():
        raise WrongUseError(f"{out} is there already; name another path")
    making = out.with_name(f".{out.name}.part")
    shutil.rmtree(making, ignore_errors=True)
    try:
        for copy in range(discs.copies):
            images = [_make_one(making, pack, discs, number, copy) for number in range(len(discs.plan))]
            for image in images:
                if image.stat().st_size > medium_bytes:
                    raise WrongUseError(f"{image.name} is larger than the medium; give a smaller --medium")
            require_equal(images, discs, files)
        (making / "burn.txt").write_text("".join(_burning(making, discs)), encoding="utf-8")
        sync_folder(making)
        making.rename(out)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    sync_folder(out.parent)
    return discs.copies


def _make_one(making: Path, pack: Path, discs: Discs, number: int, copy: int) -> Path:
    folder = making / f"copy-{copy + 1}"
    papers = folder / f"disc-{number + 1}-papers"
    papers.mkdir(parents=True)
    for name, written in papers_of(discs, number, copy).items():
        (papers / name).write_bytes(written)
    image = folder / f"disc-{number + 1}.iso"
    beside = {paper.name: paper for paper in sorted(papers.iterdir())}
    make_image(image, pack, Disc(volume(discs, number), discs.folder, discs.plan[number], beside))
    return image


def require_equal(images: list[Path], discs: Discs, files: Mapping[str, str]) -> None:
    """Every piece, and every line of the manifests, as it is in the images; and nothing else under the pack's name."""
    whole = {path: sha256() for path in files}
    for image, pieces in zip(images, discs.plan, strict=True):
        there = {name: extent for name, extent in extents(image).items() if name.startswith(f"{discs.folder}/")}
        if there.keys() != {f"{discs.folder}/{piece.name}" for piece in pieces}:
            raise BrokenCustodyError(f"{image} has not the files that it was made of; make it again")
        for piece in pieces:
            part = sha256()
            for chunk in content(image, there[f"{discs.folder}/{piece.name}"]):
                part.update(chunk)
                whole[piece.path].update(chunk)
            if part.hexdigest() != discs.pieces[piece.name]:
                raise BrokenCustodyError(f"{image}: {piece.name} reads back differently; make it again")
    for path, digest in files.items():
        if whole[path].hexdigest() != digest:
            raise BrokenCustodyError(f"{path} reads back from the images differently; make them again")


# --- What is said ---


def _burning(making: Path, discs: Discs) -> Iterator[str]:
    """For each image: how to burn it, and how to read the disc back."""
    for copy in range(discs.copies):
        for number in range(len(discs.plan)):
            name = f"copy-{copy + 1}/disc-{number + 1}.iso"
            image = making / name
            with image.open("rb") as reading:
                digest = sha256()
                while chunk := reading.read(_AT_ONCE_BYTES):
                    digest.update(chunk)
            yield f"xorriso -as cdrecord -v dev=/dev/sr0 -eject {name}\n"
            yield f"head -c {image.stat().st_size} /dev/sr0 | sha256sum  # {digest.hexdigest()}\n"


def _told(out: Path, discs: Discs) -> Iterator[str]:
    yield f"{discs.copies} copies of {len(discs.plan)} discs in {out}, read back and equal to the pack's manifests\n"
    yield f"labels and 电子数据清单, to be printed: {out}/copy-*/disc-*-papers/*.html\n"
    yield f"burn and read back, in {out} (see burn.txt):\n"
    yield (out / "burn.txt").read_text(encoding="utf-8")


def _folder_name(pack: Path) -> str:
    """Safe on every file system; names of packs are chosen by people."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", pack.name)[:32] or "pack"


def _medium(word: str) -> int:
    if word in MEDIA:
        return MEDIA[word]
    if re.fullmatch(r"[1-9][0-9]{5,14}", word):
        return int(word) // BLOCK_BYTES * BLOCK_BYTES
    raise argparse.ArgumentTypeError("dvd, bd, or a number of bytes")


def _field(word: str) -> tuple[str, str]:
    parts = _FIELD.fullmatch(word)
    if not parts:
        raise argparse.ArgumentTypeError("FIELD=VALUE")
    return parts[1], parts[2]
