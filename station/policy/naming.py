"""How a stored file is called: by the pack's template, in letters every file system takes, never twice the same.

The true words stay in the metadata; a name is only a label. A name is always given, whatever is missing of it: what is
missing is work for the custodian and never stands in the way of handing over.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from station.policy.civil_time import local_time
from station.policy.effective import EffectivePack
from station.policy.permits import Reported

NAME_BYTES_MAX = 255
EXTENSION_BYTES_MAX = 16
_FIELD = re.compile(r"\{([a-z_]+)\}")
_REFUSED = frozenset('<>:"/\\|?*')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, marks of direction and of no width, halves of surrogate pairs, ends of lines."""
_RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in (*"0123456789", "\u00b9", "\u00b2", "\u00b3")}
)
"""What Windows takes for something else than a file, whatever stands behind its first dot."""


class NameParts(Struct, frozen=True):
    """The fields a template may ask for. Empty is not known."""

    seq: int
    extension: str
    """Of the camera's own file name."""
    officer_name: str = ""
    cause: str = ""
    section: str = ""
    org: str = ""
    cert_no: str = ""
    device_no: str = ""
    start_ms: int | None = None


def file_name(pack: EffectivePack, parts: NameParts, taken: Collection[str]) -> str:
    """`taken` are the names already in the folder; letters differ as little as FAT tells them apart."""
    stem = safe(_rendered(pack, parts))
    extension = _extension(parts.extension)
    folded = {_folded(name) for name in taken}
    number, suffix = 1, ""
    while (
        _folded(name := _cut(stem, NAME_BYTES_MAX - len(f"{suffix}{extension}".encode())) + suffix + extension)
        in folded
    ):
        number += 1
        suffix = f"_{number}"
    return name


def name_incomplete(pack: EffectivePack, parts: NameParts, file: str) -> tuple[Reported, ...]:
    """What the template asks for and nobody has given. A start nobody knows is the clock's matter."""
    values = _values(pack, parts)
    verdict = pack.finds("NAME_INCOMPLETE", "naming.template")
    return tuple(
        Reported(verdict, file, (("lacking", field),))
        for field in _FIELD.findall(pack.text("naming.template"))
        if field != "start" and not values.get(field, "").strip()
    )


def safe(name: str) -> str:
    """The same words as a file name that FAT, NTFS and ext4 all take; what is safe already stays as it is."""
    letters = "".join(_replaced(unicodedata.normalize("NFC", name)))
    if letters.startswith("."):
        letters = f"_{letters[1:]}"
    if letters.split(".", maxsplit=1)[0].rstrip(" ").upper() in _RESERVED:
        letters = f"_{letters}"
    return _cut(letters, NAME_BYTES_MAX) or "_"


def _rendered(pack: EffectivePack, parts: NameParts) -> str:
    """Fields nobody gave leave no separator behind."""
    values = _values(pack, parts)
    rendered, separator = "", ""
    for index, piece in enumerate(_FIELD.split(pack.text("naming.template"))):
        if index % 2 == 0:
            separator = piece
        elif value := values.get(piece, "").strip():
            rendered += (separator if rendered else "") + value
    return rendered


def _values(pack: EffectivePack, parts: NameParts) -> Mapping[str, str]:
    return {
        "officer_name": parts.officer_name,
        "cause": parts.cause,
        "section": parts.section,
        "org": parts.org,
        "cert_no": parts.cert_no,
        "device_no": parts.device_no,
        "start": _start(pack, parts.start_ms),
        "seq": f"{parts.seq:04d}",
    }


def _start(pack: EffectivePack, start_ms: int | None) -> str:
    try:
        return "" if start_ms is None else f"{local_time(pack, start_ms):%Y%m%dT%H%M%S}"
    except OverflowError:  # a camera may state any number; no year has it
        return ""


def _replaced(letters: str) -> Iterator[str]:
    for letter in letters:
        is_refused = letter in _REFUSED or unicodedata.category(letter) in _UNSEEN
        yield "_" if is_refused else letter


def _extension(said: str) -> str:
    letters = "".join(_replaced(unicodedata.normalize("NFC", said.strip(". "))))
    kept = _cut(letters, EXTENSION_BYTES_MAX)
    return f".{kept}" if kept else ""


def _cut(letters: str, limit: int) -> str:
    """At a whole character. Windows drops dots and spaces at an end, and would so make two names one."""
    kept = letters.encode()[:limit].decode(errors="ignore")
    bare = kept.rstrip(". ")
    return bare + "_" * (len(kept) - len(bare))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).upper().casefold()
