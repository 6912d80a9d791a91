"""Check the tables in a pack of evidence that people read, its times, and its private words.

Beside `dockward.pack_verifier` and under its rules: shares no code with what packs.
"""

from __future__ import annotations

import csv
import hmac
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from dockward import verifier
from dockward.pack_verifier_facts import Json, Proved
from dockward.pack_verifier_words import CHAIN_HEAD, LIST_HEAD, NAMES, POINTS, TIMES_HEAD, WHY
from dockward.paper_verifier import Paper, side
from dockward.verifier import UnsoundError, within

AN_EPOCH_IN_BEIJING = datetime(1970, 1, 1, 8)  # noqa: DTZ001 - the tables name the zone in their heads


def check_readable(listed: Json, names: dict[int, str], raw: bytes) -> None:
    """The table for people is, to the byte, what follows from the one for programs; `names`: from the statements."""
    rows = (
        (
            one["recording"],
            one["mission"],
            "是 yes" if one["reason"] is None else "否 no",
            one["reason"],
            WHY.get(one["reason"]),
            one["size_bytes"],
            one["sha256"],
            one["held_at"],
            _harmless(names.get(one["recording"], "")),
            f"data/{one['recording']}/original" if one["reason"] is None else "",
        )
        for one in listed["recordings"]
    )
    _require_same("list.csv", raw, (LIST_HEAD, *rows), "does not say what list.json says")


def check_chain(listed: Json, proved: dict[int, Proved], raw: bytes) -> None:
    """A line for each fact by recording and mission, as it was proved; a name unknown here is taken as told."""
    told = _names_told(raw)
    rows = (
        (
            one.get("recording"),
            None if "recording" in one else one["mission"],
            n,
            proved[n].type,
            NAMES.get(proved[n].type, told.get(proved[n].type)),
            proved[n].at,
            proved[n].clock,
            _harmless(proved[n].by),
            f"data/chain/{n}.tlog-proof",
        )
        for one in (*listed["missions"], *listed["recordings"])
        for n in one["facts"]
    )
    _require_same("chain.csv", raw, (CHAIN_HEAD, *rows), "does not say what the proofs say")


def _require_same(name: str, raw: bytes, rows: Iterable[Iterable[object]], problem: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    if raw != written.getvalue().encode("utf-8-sig"):
        raise UnsoundError(problem, f"data/{name}")


def _names_told(raw: bytes) -> dict[str, str]:
    lines = csv.reader(io.StringIO(raw.decode("utf-8-sig", "replace"), newline=""))
    try:
        return {row[3]: row[4] for row in lines if len(row) == len(CHAIN_HEAD)}
    except csv.Error as error:
        raise UnsoundError("is no table", "data/chain.csv") from error


def _harmless(word: str) -> str:
    """Its first sign as %XX where a spreadsheet would compute the cell."""
    return f"%{ord(word[0]):02X}{word[1:]}" if re.match("[-+@]", word) else word


def check_times(data: Path, proved: dict[int, Proved], papers: dict[int, Paper]) -> None:
    with within("data/times.json"):
        said = verifier.parse_canonical(side(data, "times.json"))
        expected = [times_of(papers[n], media_of(n, proved)) for n in sorted(papers)]
        if said != {"format": "dockward-pack-times/1", "recordings": expected}:
            raise UnsoundError("is not what statements and journal give")
    rows = _rows_of_times(expected)
    _require_same("times.csv", side(data, "times.csv"), (TIMES_HEAD, *rows), "does not say what times.json says")


def _rows_of_times(times: list[Json]) -> Iterator[tuple[object, ...]]:
    for one in times:
        for row in one["rows"]:
            known = (row["picture_ms"], row["corrected_ms"])
            yield (
                one["recording"],
                row["point"],
                POINTS[row["point"]],
                *known,
                row["error_ms"],
                *(_beijing(at_ms) for at_ms in known),
            )


def _beijing(at_ms: int | None) -> str:
    """Empty where nobody knows, and beyond any calendar."""
    try:
        at = None if at_ms is None else AN_EPOCH_IN_BEIJING + timedelta(milliseconds=at_ms)
    except OverflowError:
        return ""
    return "" if at is None else at.isoformat(" ", "milliseconds")


def media_of(number: int, proved: dict[int, Proved]) -> tuple[int | None, int | None]:
    """Begun and ended, as the file said when the station examined it."""
    examined = [f.body for f in proved.values() if f.type == "recording_examined" and f.body["recording"] == number]
    begun, length = (examined[-1].get(key) if examined else None for key in ("media_begun_ms", "media_length_ms"))
    return begun, None if begun is None or length is None else begun + length


def times_of(statement: Paper, media: tuple[int | None, int | None]) -> Json:
    ahead, error = statement.said["clock_ahead_ms"], statement.said["clock_error_ms"]
    media_ahead = ahead if _borne_out(statement) else None
    points = {
        "device_begun": (statement.said["begun_device_ms"], ahead),
        "device_ended": (statement.said["ended_device_ms"], ahead),
        "media_begun": (media[0], media_ahead),
        "media_ended": (media[1], media_ahead),
    }
    rows = [
        {
            "corrected_ms": picture - off if isinstance(off, int) else None,
            "error_ms": error if isinstance(off, int) else None,
            "picture_ms": picture,
            "point": point,
        }
        for point, (picture, off) in points.items()
        if isinstance(picture, int)
    ]
    return {
        "clock_ahead_ms": ahead,
        "clock_error_ms": error,
        "recording": statement.whole("recording"),
        "rows": rows,
    }


def _borne_out(statement: Paper) -> bool:
    """Whether what the file says was compared with what the camera lists, and can be true."""
    begun, ended, media = (statement.said.get(key) for key in ("begun_device_ms", "ended_device_ms", "media"))
    if not (isinstance(begun, int) and isinstance(ended, int) and begun <= ended):
        return False
    return not (isinstance(media, dict) and "FILE_TIME_DISAGREES" in media["notes"])


def check_words(raw: bytes, proved: dict[int, Proved], listed: Json) -> None:
    """Each opens a commitment of what is given, and of nothing else."""
    given = {one["recording"] for one in listed["recordings"] if one["reason"] is None}
    with within("data/words.json"):
        for word in verifier.read_private_json(raw):
            if word.n not in given:
                raise UnsoundError("belongs to nothing that is given", f"entry {word.n}")
            sealed = proved[word.n].body.get("sealed", {}).get(word.field)
            if sealed != hmac.digest(word.salt, word.value, "sha256").hex():
                raise UnsoundError("does not open its commitment", f"entry {word.n}")
