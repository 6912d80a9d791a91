"""Images of discs through xorriso: ISO 9660 level 3 with Rock Ridge and Joliet, and reading back what is in one.

Burns nothing. What is read back comes from the image's own blocks, where its directory says that they are; nothing
is mounted, and no byte is taken from the files that it was made of.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dockward.disc_plan import BLOCK_BYTES, Piece
from station.durable import sync_folder
from station.errors import BrokenCustodyError, WireFailedError, WrongUseError

_PLACE = re.compile(
    r"^File data lba: +([0-9]+) , +([0-9]+) , +[0-9]+ , +([0-9]+) , '(/[A-Za-z0-9._/-]+)'$", re.MULTILINE
)
_ARGUMENTS_BYTES_MAX = 1_000_000
"""One call takes no more; packs with more files are refused in words."""
_AT_ONCE_BYTES = 1024 * 1024


class Disc(NamedTuple):
    """What goes onto one disc: pieces of the pack under its name, and papers at the top."""

    volume: str
    folder: str
    pieces: tuple[Piece, ...]
    papers: Mapping[str, Path]


def make_image(image: Path, pack: Path, disc: Disc) -> None:
    """A new file; WireFailedError with xorriso's own words where it could not."""
    words = [
        "-compliance",
        "iso_9660_level=3:no_emul_toc",
        "-outdev",
        f"stdio:{image}",
        "-rockridge",
        "on",
        "-joliet",
        "on",
    ]
    words += ["-volid", disc.volume, "-padding", "0"]
    for name, paper in disc.papers.items():
        words += ["-map", str(paper), f"/{name}"]
    for piece in disc.pieces:
        source, target = str(pack / piece.path), f"/{disc.folder}/{piece.name}"
        if piece.name == piece.path:
            words += ["-map", source, target]
        else:
            words += ["-cut_out", source, str(piece.offset), str(piece.size), target]
    # Originals are for their owner alone on our disk; whoever gets the disc is to read them.
    words += ["-find", "/", "-type", "f", "-exec", "chmod", "0444", "--"]
    words += ["-find", "/", "-type", "d", "-exec", "chmod", "0755", "--"]
    words += ["-chown_r", "0", "/", "--", "-chgrp_r", "0", "/", "--", "-commit"]
    if sum(len(word.encode()) + 9 for word in words) > _ARGUMENTS_BYTES_MAX:
        raise WrongUseError("too many files for one disc: make packs of fewer missions, or without --journal")
    _xorriso(*words)
    with image.open("rb") as made:
        os.fsync(made.fileno())
        os.posix_fadvise(made.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    sync_folder(image.parent)


class Extent(NamedTuple):
    """Where a file lies in an image."""

    start: int
    size: int


def extents(image: Path) -> dict[str, Extent]:
    """Every file in an image, or on a disc, by its path from the top."""
    found: dict[str, Extent] = {}
    said = _xorriso("-indev", f"stdio:{image}", "-find", "/", "-type", "f", "-exec", "report_lba", "--")
    for number, block, size, path in _PLACE.findall(said):
        if number != "0" or path[1:] in found:
            raise BrokenCustodyError(f"{image}: {path} is not in one piece; make the image again")
        found[path[1:]] = Extent(int(block) * BLOCK_BYTES, int(size))
    return found


def content(image: Path, extent: Extent) -> Iterator[bytes]:
    with image.open("rb", buffering=0) as reading:
        reading.seek(extent.start)
        left = extent.size
        while left and (chunk := reading.read(min(_AT_ONCE_BYTES, left))):
            left -= len(chunk)
            yield chunk
    if left:
        raise BrokenCustodyError(f"{image} ends too early; make the image again")


def _xorriso(*words: str) -> str:
    try:
        done = subprocess.run(
            ["xorriso", "-no_rc", "-abort_on", "FAILURE", "-return_with", "SORRY", "32", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise WrongUseError(f"xorriso cannot be run ({error.strerror}): apt-get install xorriso") from error
    if done.returncode:
        raise WireFailedError(f"xorriso: {_last_complaint(done.stderr)}")
    return done.stdout


def _last_complaint(said: str) -> str:
    complaints = re.findall(r"^(?:libisofs|libburn|xorriso) *: (?:FAILURE|FATAL|SORRY) : (.*)$", said, re.MULTILINE)
    return complaints[0] if complaints else "failed and did not say why; is there room on the disk?"
