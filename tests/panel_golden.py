"""The panel's golden frames: `python -m tests.panel_golden` draws them anew, for somebody who then looks at each.

Every frame is kept as a palette PNG of exactly its colours. What drew them is kept beside them: a frame is compared
only where the same typeface and the same FreeType draw.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace
from PIL import Image, features

from station.errors import RefusedError
from station.panel.drawing import draw
from station.panel.fonts import TYPEFACES, Letters
from station.policy.words import said
from station.views.panel import AllBays, Sheet, all_bays, offer, one_bay, pages, refusal
from station.views.wall_clock import clock_text
from station.views.words import WORK_TROUBLES, Condition
from tests.panel_views import CAUSE, NOON_MS, bay, every_condition, packs, refusals, status_of, troubles

GOLDEN = Path(__file__).parent / "golden" / "panel"
DRAWN_WITH = GOLDEN / "drawn-with.json"
TYPEFACE = TYPEFACES[0]


def drawn_with() -> dict[str, str]:
    """What decides about pixels, beside our own code."""
    if not TYPEFACE.path.is_file():
        return {"typeface": "missing"}
    digest = hashlib.sha256(TYPEFACE.path.read_bytes()).hexdigest()
    return {"typeface": TYPEFACE.package, "sha256": digest, "freetype": str(features.version("freetype2"))}


def views() -> Iterator[tuple[str, AllBays | Sheet]]:
    clock = clock_text(NOON_MS)
    for count in (8, 16, 30):
        yield f"bays-{count}", all_bays(every_condition(count))
    yield "bays-long-names", all_bays(status_of(*(bay(f"WACHE-WEST-{n:05}", Condition.READY) for n in range(7))))
    yield "take", offer(bay("3", Condition.OFFERED), clock)
    yield "take-beside-trouble", offer(bay("3", Condition.OFFERED, troubles()["cut STUCK"]), clock)
    yield "waking", one_bay(bay("30", Condition.SILENT), clock)
    yield "reading", one_bay(bay("12", Condition.READING), clock)
    yield "given-up", one_bay(bay("12", Condition.GIVEN_UP), clock)
    yield "trouble-of-bay", one_bay(bay("12", trouble=longest_bay_trouble(), condition=Condition.READING), clock)
    yield "refused", _refused("yinchuan", "CHECK_BATTERY", "check.battery_hours")
    yield "refused-by-law", _refused("yinchuan", "CHECK_RESIDUAL", "check.uningested_blocks")
    yield "refused-longest", max((sheet for _, sheet in refusals()), key=_length)
    yield "clock", pages(replace(status_of(bay("1")), clock="free"))[1].view
    for what, key in (("磁盘空间 disk space", "space full True"), ("日志链 journal", "history JOURNAL_ROLLED_BACK")):
        yield key.split()[0], pages(replace(status_of(bay("1")), troubles={what: troubles()[key]}))[1].view
    link = {"登记中心 registry": troubles()["link"]}
    yield "registry", pages(replace(status_of(bay("1")), troubles=link))[1].view


def longest_bay_trouble() -> str:
    """Two at once: what a board cut, and what the work in that bay makes of it."""
    zh, en = troubles()["cut SHORT"].split(" / ")
    wake = max(WORK_TROUBLES.values(), key=len)
    return f"{wake}；{zh} / {CAUSE}; {en}"


def _refused(pack: str, code: str, rule: str) -> Sheet:
    found = packs()[pack].finds(code, rule)
    return refusal(RefusedError(code, found.articles, rule), " / ".join(said(packs()[pack], found)), NOON_MS)


def _length(sheet: Sheet) -> int:
    return sum(len(said.zh) * 2 + len(said.en) for said in sheet.words)


def frames(letters: Letters) -> Iterator[tuple[str, Image.Image]]:
    for name, view in views():
        for number, picture in enumerate(draw(view, letters), start=1):
            yield f"{name}-{number}.png", picture


def as_palette(picture: Image.Image) -> Image.Image:
    """The same pixels; Pillow's own way to a palette takes only near ones."""
    rgb = picture.tobytes()
    pixels = [rgb[at : at + 3] for at in range(0, len(rgb), 3)]
    colours = {colour: number for number, colour in enumerate(sorted(set(pixels)))}
    small = Image.frombytes("P", picture.size, bytes(colours[pixel] for pixel in pixels))
    small.putpalette(b"".join(colours))
    return small


def main() -> int:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for old in GOLDEN.glob("*.png"):
        old.unlink()
    for name, picture in frames(Letters(TYPEFACE)):
        as_palette(picture).save(GOLDEN / name, optimize=True)
    DRAWN_WITH.write_text(json.dumps(drawn_with(), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
