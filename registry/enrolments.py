"""Which stations this registry knows: one file each, written by provisioning and read anew at every question.

So a station is enrolled by copying its file here, and struck off by taking it away. Never writes one.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from station.errors import WireFailedError, WrongUseError
from station.journal.notes import LOG_KEY, NoteError, VerifierKey

_STATION = re.compile(r"[a-z0-9-]{1,32}")


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A station, the one journal it keeps, and the key that signs it."""

    station: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
    origin: str
    log_key: str

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey.parse(self.log_key)


_READER = msgspec.json.Decoder(Enrolment)


class Enrolments:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, station: str) -> Enrolment | None:
        """None for whoever was never enrolled here, or is no more; a name comes from outside and may be anything.

        WrongUseError where the file enrols nobody, WireFailedError where it cannot be read now.
        """
        path = self._folder / f"{station}.json"
        return _read(path, station) if _STATION.fullmatch(station) and path.is_file() else None

    def every(self) -> tuple[Enrolment, ...]:
        """Those that can be read; `troubles` names the others."""
        return tuple(found for found in self._each() if isinstance(found, Enrolment))

    @property
    def troubles(self) -> tuple[str, ...]:
        return tuple(str(found) for found in self._each() if not isinstance(found, Enrolment))

    def _each(self) -> Iterator[Enrolment | WrongUseError]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield _read(path, path.stem)
            except WrongUseError as error:
                yield error


def _read(path: Path, station: str) -> Enrolment:
    try:
        enrolment = _READER.decode(path.read_bytes())
        key = enrolment.verifier
    except OSError as error:
        raise WireFailedError(f"{path} cannot be read now: {error.strerror}; it is tried again") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, NoteError) as error:
        raise WrongUseError(f"{path} enrols nobody: {error}; copy the station's enrolment.json there again") from error
    if (enrolment.station, key.name, key.kind) != (station, enrolment.origin, LOG_KEY):
        raise WrongUseError(f"{path} enrols another station or log; name it after the station it came from")
    return enrolment
