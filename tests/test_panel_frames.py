"""Promise: every word that the panel may have to say stands on it, whole, in both languages, in letters not boxes."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from hardware.wires import PANEL_SIZE
from station.errors import WrongUseError
from station.panel.drawing import draw
from station.panel.fonts import TYPEFACES, FontMissingError, Letters, Typeface, find_typeface
from station.panel.lines import Line, line_height, wrapped
from station.panel.lines import pages as set_pages
from station.panel.tiles import _STYLES, DENSEST, _inner_wide, tile_pages
from station.views import panel_words
from station.views.charge import CHARGE_WORDS
from station.views.panel import Sheet, all_bays, both
from station.views.panel_words import SHORT, Said
from station.views.words import STATUS_WORDS, Condition, Tone
from tests.panel_golden import DRAWN_WITH, GOLDEN, TYPEFACE, drawn_with, frames
from tests.panel_views import bay, every_condition, refusals, status_of, troubles

BODY = (304, 176)
"""As little room as a sheet has: a heading of one line, and two lines of small print."""
AREA = (1, 24, 320, 240)
ANEW = "draw the frames anew with `python -m tests.panel_golden`, and look at each"


@cache
def letters() -> Letters:
    return Letters(find_typeface())


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def told(pages: Sequence[Sequence[Line]]) -> str:
    return squeezed("".join(line.text for page in pages for line in page))


def test_the_frames_were_drawn_with_what_draws_here() -> None:
    """Otherwise a difference in pixels would say nothing of our code."""
    known = json.loads(DRAWN_WITH.read_text(encoding="utf-8"))
    assert drawn_with() == known, f"install {TYPEFACE.package} as Debian 12 has it, and the locked Pillow; or {ANEW}"


def test_each_frame_is_its_golden_one() -> None:
    drawn = dict(frames(Letters(TYPEFACE)))
    assert drawn.keys() == {path.name for path in GOLDEN.glob("*.png")}, ANEW
    for name, picture in drawn.items():
        with Image.open(GOLDEN / name) as golden:
            assert golden.mode == "P"
            assert picture.size == golden.size == PANEL_SIZE
            assert ImageChops.difference(picture, golden.convert("RGB")).getbbox() is None, f"{name}: {ANEW}"


def every_word() -> Iterator[tuple[str, Said]]:
    for what, words in troubles().items():
        yield what, both(words)
    for what, sheet in refusals():
        for said in sheet.words:
            yield what, said


def test_every_trouble_and_every_refusal_is_said_whole_and_in_both_languages() -> None:
    seen: set[Said] = set()
    for what, said in every_word():
        if said in seen:
            continue
        seen.add(said)
        assert said.zh, what
        assert said.en, what
        pages = set_pages((said,), *BODY, letters().width)
        assert told(pages) == squeezed(said.zh + said.en), what
        assert len(pages) <= 2, f"{what}: one page for each language"
        for page in pages:
            assert page[-1].top + line_height(page[-1].size) <= BODY[1], what
            assert all(letters().width(line.text, line.size) <= BODY[0] for line in page), what
            assert min(line.size for line in page) >= 12, what
    assert len(seen) > 300


def test_what_officers_are_refused_with_stands_on_one_page() -> None:
    """Findings that only name law at length may take two."""
    for what, sheet in refusals():
        if re.search(r"yinchuan (CHECK|OFFICER|DEVICE|ALLOTTED|ROSTER|ORG|NO_CAMERA)|^[A-Z]", what):
            assert len(set_pages(sheet.words, *BODY, letters().width)) == 1, what


@given(
    st.lists(
        st.builds(Said, *2 * [st.text(st.sampled_from("采集仓，。（）；“”… abWW./:-\n"), max_size=120)]),
        min_size=1,
        max_size=4,
    ),
    st.integers(20, 304),
    st.integers(40, 200),
)
def test_whatever_is_to_be_said_nothing_is_left_out(words: list[Said], wide: int, high: int) -> None:
    pages = set_pages(words, wide, high, lambda text, size: len(text) * size // 2)
    zh, en = ("".join(said[at] for said in words) for at in (0, 1))
    assert told(pages) in {squeezed("".join(map("".join, words))), squeezed(zh + en)}
    for page in pages:
        tops = [line.top for line in page]
        assert tops == sorted(set(tops))
        assert all(len(line.text) * line.size // 2 <= wide for line in page)
        assert not page or page[-1].top + line_height(page[-1].size) <= max(high, line_height(page[-1].size))


def test_no_line_begins_with_a_full_stop_and_words_stay_whole() -> None:
    lines = list(wrapped("采集受阻，资料仍在，store.keep_days（系统默认）。", 84, 12, letters().width))
    assert all(not re.match(r"[，。；）]", line) and not line.endswith("（") for line in lines)
    assert any("store.keep_days" in line for line in lines)


def test_every_letter_that_occurs_is_in_the_typeface() -> None:
    """A letter that is not there would be a box."""
    words = [word for _, said in every_word() for word in said]
    words += [word for one in vars(panel_words).values() if isinstance(one, Said) for word in one]
    words += [*STATUS_WORDS.values(), *CHARGE_WORDS.values(), *(word for said in SHORT.values() for word in said)]
    font = letters().sized(16)
    nothing = bytes(font.getmask("\ufffe"))
    missing = {letter for letter in set("".join(words)) - {" "} if bytes(font.getmask(letter)) == nothing}
    assert missing == set()


def test_without_a_chinese_typeface_there_is_an_error_and_no_boxes() -> None:
    with pytest.raises(FontMissingError, match="apt-get install fonts-nowhere") as refused:
        find_typeface([Typeface("fonts-nowhere", TYPEFACE.path.with_name("nowhere.ttc"), 0)])
    assert isinstance(refused.value, WrongUseError)
    assert find_typeface((TYPEFACES[0]._replace(path=TYPEFACE.path.with_name("nowhere.ttc")), TYPEFACE)) == TYPEFACE


@pytest.mark.parametrize("count", [1, 8, 9, 12, 15, 16, 20, 24, 25, 30, 31, 64])
def test_every_bay_has_a_tile_of_its_own(count: int) -> None:
    found = tile_pages(all_bays(every_condition(count)).tiles, AREA, letters().width)
    assert len(found) == -(-count // 30)
    for page in found:
        boxes = [placed.box for placed in page]
        assert all(
            AREA[0] <= left < right <= AREA[2] and AREA[1] <= top < bottom <= AREA[3]
            for left, top, right, bottom in boxes
        )
        for n, (left, top, right, bottom) in enumerate(boxes):
            assert all(right <= l or r <= left or bottom <= t or b <= top for l, t, r, b in boxes[n + 1 :])  # noqa: E741
    assert [placed.tile.bay for page in found for placed in page] == [str(n + 1) for n in range(count)]


def test_words_and_times_fit_the_smallest_tiles() -> None:
    for columns, rows in (DENSEST, (6, 4), (5, 4), (4, 3), (4, 2)):
        style, wide = _STYLES[rows], _inner_wide(AREA, columns)
        for condition, said in SHORT.items():
            assert letters().width(said.zh, style.zh) <= wide, condition
            assert letters().width(said.en, style.en) + style.shape <= wide, condition
        assert letters().width("30", 14) + 2 + letters().width("00:00", 10) <= _inner_wide(AREA, DENSEST[0])
    assert SHORT.keys() == set(Condition)


@pytest.mark.parametrize("name", ["W" * 16, "MMMMMMMM-W", "1"])
def test_long_names_are_never_cut(name: str) -> None:
    tiles = all_bays(status_of(*(bay(name, Condition.READY) for _ in range(30)))).tiles
    for page in tile_pages(tiles, AREA, letters().width):
        for placed in page:
            assert letters().width(name, placed.style.name) <= placed.box[2] - placed.box[0]
    sheet = Sheet(Tone.READY, Said(f"{name} 号仓", f"Bay {name}"), (Said("请取", "take it"),), "14:05")
    assert len(draw(sheet, letters())) == 1
