"""Promise: a bay's USB place is learned or refused, never guessed; a replaced hub is proposed; one key changes."""

import tomllib
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockward.bay_hub import clashes, proposed
from dockward.bay_learning import EARLY_MS, LATE_MS, RETURN_MS, Event, Moved, Plugged, Refused, learned
from dockward.bay_toml import ByHandError, rewrite, with_places
from station.errors import WrongUseError
from tests.test_station_config import WHOLE, changed, written

BAYS = tuple("abcd")
PLACES = tuple(f"1-1.{number}" for number in range(1, 5))
TRUE = dict(zip(BAYS, PLACES, strict=True))


def closed(at_ms: int, bay: str) -> Moved:
    return Moved(at_ms, bay, closed=True)


def came(at_ms: int, place: str) -> Plugged:
    return Plugged(at_ms, place, there=True)


def left(at_ms: int, place: str) -> Plugged:
    return Plugged(at_ms, place, there=False)


# --- learning


def test_one_camera_in_one_bay_after_another_is_clear() -> None:
    found = learned([closed(0, "a"), came(3_000, "1-1.1"), closed(9_000, "b"), came(8_500, "1-1.2")])
    assert found == ({"a": "1-1.1", "b": "1-1.2"}, ())


@pytest.mark.parametrize(
    ("events", "bays", "places"),
    [
        ([closed(0, "a"), closed(1_000, "b"), came(3_000, "1-1.1")], ("a", "b"), ("1-1.1",)),
        ([closed(0, "a"), came(3_000, "1-1.1"), came(3_100, "1-1.2")], ("a",), ("1-1.1", "1-1.2")),
        (
            [closed(0, "a"), closed(500, "b"), came(3_000, "1-1.1"), came(3_100, "1-1.2")],
            ("a", "b"),
            ("1-1.1", "1-1.2"),
        ),
        ([closed(0, "a")], ("a",), ()),
        ([came(0, "1-1.1")], (), ("1-1.1",)),
        ([closed(0, "a"), came(LATE_MS + 1, "1-1.1")], ("a",), ()),
        ([closed(EARLY_MS + 1, "a"), came(0, "1-1.1")], ("a",), ()),
    ],
    ids=["two switches, one place", "one switch, two places", "both at once", "silent", "a stick", "late", "early"],
)
def test_what_cannot_be_told_apart_is_refused(
    events: Sequence[Event], bays: tuple[str, ...], places: tuple[str, ...]
) -> None:
    found = learned(events)
    assert found.places == {}
    assert (bays, places) in {(refused.bays, refused.places) for refused in found.refused}


def test_what_was_refused_is_done_again_one_by_one() -> None:
    at_once: list[Event] = [closed(0, "a"), closed(1_000, "b"), came(3_000, "1-1.1"), came(3_500, "1-1.2")]
    again: list[Event] = [closed(60_000, "a"), came(62_000, "1-1.1")]
    assert learned([*at_once, *again]).places == {"a": "1-1.1"}
    assert [refused.bays for refused in learned([*at_once, *again]).refused] == [("a", "b")]
    both = [*at_once, *again, closed(120_000, "b"), came(122_000, "1-1.2")]
    assert learned(both) == (dict(list(TRUE.items())[:2]), ())


def test_a_camera_that_changes_its_mode_is_one_camera() -> None:
    events: list[Event] = [
        closed(0, "a"),
        came(2_000, "1-1.1"),
        left(3_000, "1-1.1"),
        closed(4_500, "b"),
        came(6_000, "1-1.2"),
    ]
    back = came(3_000 + RETURN_MS, "1-1.1")
    assert learned([*events[:3], back]) == ({"a": "1-1.1"}, ())
    assert learned(events) == ({"a": "1-1.1", "b": "1-1.2"}, ())


def test_a_camera_put_in_with_a_shaking_hand_is_one_camera() -> None:
    shaken: list[Event] = [closed(0, "a"), came(500, "1-1.1"), Moved(1_000, "a", closed=False), left(1_050, "1-1.1")]
    assert learned([*shaken, closed(1_500, "a"), came(2_500, "1-1.1")]) == ({"a": "1-1.1"}, ())


def test_a_bay_with_two_places_or_a_place_of_two_bays_is_neithers() -> None:
    first: list[Event] = [closed(0, "a"), came(2_000, "1-1.1")]
    other_place = learned([*first, closed(60_000, "a"), came(62_000, "1-1.2")])
    other_bay = learned([*first, closed(60_000, "b"), came(62_000, "1-1.1")])
    for found in (other_place, other_bay):
        assert found.places == {}
        assert len(found.refused) == 2


def test_what_is_refused_may_become_clear_until_the_last_camera_had_its_time() -> None:
    (refused,) = learned([closed(1_000, "a")]).refused
    assert refused == Refused(1_000, ("a",), ())
    assert refused.certain_at_ms == 1_000 + LATE_MS


@given(st.data())
def test_a_patient_technician_learns_every_bay(data: st.DataObject) -> None:
    at_ms, events = 0, list[Event]()
    for bay in data.draw(st.permutations(BAYS)):
        at_ms += LATE_MS + 2 * EARLY_MS + data.draw(st.integers(1, 60_000))
        after = data.draw(st.integers(-EARLY_MS, LATE_MS))
        events += [closed(at_ms, bay), came(at_ms + after, TRUE[bay])]
    assert learned(data.draw(st.permutations(events))) == (TRUE, ())


@given(st.lists(st.tuples(st.sampled_from(BAYS), st.integers(0, 90_000), st.integers(-EARLY_MS, LATE_MS) | st.none())))
def test_nothing_false_is_learned_however_hastily_and_with_however_many_silent_cameras(
    told: list[tuple[str, int, int | None]],
) -> None:
    events: list[Event] = []
    for bay, at_ms, after in told:
        events += [closed(at_ms, bay), *([] if after is None else [came(at_ms + after, TRUE[bay])])]
    found = learned(events)
    assert found.places.items() <= TRUE.items()
    for bay in {bay for bay, *_ in told} - found.places.keys():
        assert any(bay in refused.bays for refused in found.refused)


@given(
    st.lists(st.integers(0, LATE_MS + EARLY_MS), min_size=1, max_size=4),
    st.lists(st.integers(0, 2 * LATE_MS), min_size=1, max_size=4),
)
def test_pairs_are_taken_where_there_is_exactly_one_way(closings: list[int], comings: list[int]) -> None:
    """Against every way there is, tried one by one."""
    switches = [closed(at_ms, bay) for at_ms, bay in zip(closings, BAYS, strict=False)]
    places = [came(at_ms, place) for at_ms, place in zip(comings, PLACES, strict=False)]
    found = learned([*switches, *places])
    for group_switches, group_places in _groups(switches, places):
        ways = [
            dict(zip((one.bay for one in group_switches), (one.place for one in way), strict=True))
            for way in permutations(group_places)
            if len(way) == len(group_switches) and all(map(_fits, group_switches, way))
        ]
        named = {one.bay for one in group_switches}
        got = {bay: place for bay, place in found.places.items() if bay in named}
        assert got == (ways[0] if len(ways) == 1 and named else {})


def _fits(switch: Moved, usb: Plugged) -> bool:
    return -EARLY_MS <= usb.at_ms - switch.at_ms <= LATE_MS


def _groups(switches: list[Moved], places: list[Plugged]) -> Iterator[tuple[list[Moved], list[Plugged]]]:
    """What hangs together, by spreading from each switch until nothing is added."""
    rest = set(switches)
    while rest:
        group, there = {min(rest)}, set[Plugged]()
        for _ in range(len(switches) + len(places)):
            there |= {usb for usb in places if any(_fits(switch, usb) for switch in group)}
            group |= {switch for switch in switches if any(_fits(switch, usb) for usb in there)}
        yield sorted(group), sorted(there)
        rest -= group


# --- a replaced hub


CONFIGURED = {"1": "1-1.1.1", "2": "1-1.1.2", "3": "1-1.1.3", "4": "1-1.1.4.1", "9": "1-1.2.1"}


def test_two_bays_that_moved_alike_propose_the_rest_below_their_hub() -> None:
    seen = {"1": "1-1.3.1", "2": "1-1.3.2"}
    assert proposed(CONFIGURED, seen) == {"3": "1-1.3.3", "4": "1-1.3.4.1"}


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ({"1": "1-1.3.1"}, "one bay is no hub"),
        ({"1": "1-1.3.1", "2": "1-1.4.2"}, "two changes"),
        ({"1": "1-1.3.2", "2": "1-1.3.1"}, "cables changed their ports too"),
        ({"1": "1-1.3.1", "2": "1-1.3.2", "3": "1-1.1.3"}, "one below it stayed"),
        ({"1": "1-1.3.1", "2": "1-1.3.2", "3": "1-1.3.7"}, "one below it went elsewhere"),
        ({"1": "1-1.1.1", "2": "1-1.1.2"}, "nothing moved"),
    ],
)
def test_less_proposes_nothing(seen: dict[str, str], why: str) -> None:
    assert proposed(CONFIGURED, seen) == {}, why


def test_a_longer_way_down_and_another_bus_are_changes_of_prefix_too() -> None:
    assert proposed(CONFIGURED, {"1": "3-1.2.7.1", "2": "3-1.2.7.2"})["3"] == "3-1.2.7.3"
    assert proposed({"1": "1-1", "2": "1-2", "3": "1-3"}, {"1": "2-1", "2": "2-2"}) == {"3": "2-3"}


def test_no_place_is_proposed_twice_nor_where_a_bay_is_left() -> None:
    moved = {"1": "1-1.2.1", "2": "1-1.2.2"}
    assert proposed({"1": "1-1.1.1", "2": "1-1.1.2", "3": "1-1.1.3", "9": "1-1.2.3"}, moved) == {}
    assert proposed({"1": "1-1.1.1", "2": "1-1.1.2", "3": "1-1.1.3"}, moved) == {"3": "1-1.2.3"}


def test_what_two_bays_would_have_is_named() -> None:
    assert clashes(CONFIGURED, {"1": "1-1.1.2"}) == {"1-1.1.2": ("1", "2")}
    assert clashes(CONFIGURED, {"1": "1-1.1.2", "2": "1-1.1.1"}) == {}


ports = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)


def _place(path: Sequence[int]) -> str:
    return f"1-{'.'.join(map(str, path))}"


@given(st.sets(ports, min_size=2, max_size=8), ports, ports, st.data())
def test_whatever_hub_was_replaced_what_is_proposed_is_true(
    below: set[tuple[int, ...]], old: tuple[int, ...], new: tuple[int, ...], data: st.DataObject
) -> None:
    """The hub at `old` is at `new` now, and every cable is in the port it was in."""
    names = {str(number): rest for number, rest in enumerate(sorted(below))}
    configured = {name: _place((*old, *rest)) for name, rest in names.items()}
    now = {name: _place((*new, *rest)) for name, rest in names.items()}
    docked = data.draw(st.lists(st.sampled_from(sorted(names)), unique=True))
    seen = {name: now[name] for name in docked}
    told = proposed(configured, seen)
    assert told.keys().isdisjoint(seen)
    places = [*seen.values(), *told.values()]
    assert len(set(places)) == len(places)
    if len(docked) < 2 or old == new:
        assert told == {}


@given(st.sets(st.integers(1, 7), min_size=3, max_size=7), st.data())
def test_two_docked_bays_are_enough_for_a_hub_of_cables(below: set[int], data: st.DataObject) -> None:
    configured = {str(port): f"1-1.1.{port}" for port in sorted(below)}
    docked = data.draw(st.lists(st.sampled_from(sorted(configured)), unique=True, min_size=2))
    told = proposed(configured, {bay: f"1-1.4.{bay}" for bay in docked})
    assert told == {bay: f"1-1.4.{bay}" for bay in configured if bay not in docked}


# --- the file


FILE = """\
station = "t-01"   # ours
# usb = "1-1.1" was its place once

[[bays]]
name = "1"
usb = "1-1.1"  # left; usb = "1-1.1"
note = "# usb = no comment"

[[bays]]
usb='1-1.2'
name = "2"\r
[elsewhere]
places = ["1-1.1"]
"""


def test_the_places_change_and_no_other_character() -> None:
    edited = with_places(FILE, {"1": "1-1.2", "2": "1-1.1"})
    assert edited == FILE.replace('usb = "1-1.1"  #', 'usb = "1-1.2"  #').replace("usb='1-1.2'", "usb='1-1.1'")


def test_a_file_that_is_written_otherwise_is_left_to_a_person() -> None:
    for odd in ('usb = """1-1.1"""', 'usb = "1-1\\u002e1"', '"u\\u0073b" = "1-1.1"'):
        with pytest.raises(ByHandError, match=r'by hand: 1: usb = "1-1\.9"'):
            with_places(FILE.replace('usb = "1-1.1"  #', f"{odd}  #"), {"1": "1-1.9"})
    text = 'told = """\nusb = "1-1.1"\n"""\n' + FILE
    with pytest.raises(ByHandError):
        with_places(text, {"1": "1-1.9"})


signs = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" #\"'="), max_size=20)


@given(st.lists(st.tuples(signs, st.sampled_from(("a", "t", "i")), st.booleans()), min_size=1, max_size=6), st.data())
def test_any_file_of_bays_keeps_everything_but_the_places(
    written_bays: list[tuple[str, str, bool]], data: st.DataObject
) -> None:
    blocks = []
    for number, (comment, way, first) in enumerate(written_bays):
        usb = {"a": f'usb = "1-1.{number}"', "t": f"usb\t=\t'1-1.{number}'", "i": f'"usb"="1-1.{number}"'}[way]
        lines = [f'name = "{number}" # {comment}', f"{usb} # usb = '1-1.{number}' {comment}"]
        blocks.append("\n".join(["[[bays]]", *(lines if first else reversed(lines))]))
    text = f"# {written_bays[0][0]}\n" + "\n\n".join(blocks) + "\n"
    before = tomllib.loads(text)
    names = sorted(data.draw(st.sets(st.sampled_from([bay["name"] for bay in before["bays"]]))))
    new = {name: f"7-{number + 1}.{data.draw(st.integers(1, 9))}" for number, name in enumerate(names)}
    edited = with_places(text, new)
    assert {bay["name"]: bay["usb"] for bay in tomllib.loads(edited)["bays"]} == {
        bay["name"]: new.get(bay["name"], bay["usb"]) for bay in before["bays"]
    }
    undone = with_places(edited, {bay["name"]: bay["usb"] for bay in before["bays"]})
    assert undone == text


def test_the_file_is_replaced_whole_for_the_same_people_and_the_old_one_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    path.chmod(0o640)
    old = path.read_bytes()
    backup = rewrite(path, {"1": "1-1.7"})
    assert backup.read_bytes() == old
    assert {one.name for one in tmp_path.iterdir()} == {"station.toml", "station.toml.bak"}
    assert {one.stat().st_mode & 0o777 for one in (path, backup)} == {0o640}
    bays: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["bays"]
    assert [bay["usb"] for bay in bays] == ["1-1.7", "1-1.2"]


def test_a_file_that_would_not_start_a_station_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path, changed("station", "t-01"))
    old = path.read_bytes()
    with pytest.raises(WrongUseError, match="one USB place"):
        rewrite(path, {"1": "1-1.2"})
    assert path.read_bytes() == old
    assert [one.name for one in tmp_path.iterdir()] == ["station.toml"]
