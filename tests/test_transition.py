"""A change of rules in mid-year: what began under the old rules ends under them, footage is kept the longer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.due_times import retention_ends
from station.policy.effective import EffectivePack
from station.policy.pack import Status, Value
from station.policy.permits import PurgeAsked
from station.policy.transition import Version, applied, longest_retention, pack_for
from station.signing.policy_packs import packaged_pack
from tests.civil_times import MOMENTS, at, shown


def version(number: int, years: int | None, from_: str, transition: str | None = "old_until_end") -> Version:
    pack = packaged_pack("yinchuan")
    changed = {"retention.ordinary_min": Value(Status.DEFAULT, years, "years" if years else "")}
    changed["pack.transition"] = Value(Status.DEFAULT, transition)
    rules = {**pack.rules, **{name: replace(pack.rule(name), stated=value) for name, value in changed.items()}}
    return Version(replace(pack, name=f"rules@{number}", rules=rules), at(from_))


FIRST = version(1, 3, "2024-01-01 00:00")
SECOND = version(2, 1, "2025-07-01 00:00")
THIRD = version(3, 2, "2026-01-01 00:00")
VERSIONS = (FIRST, SECOND, THIRD)


def names(packs: tuple[EffectivePack, ...]) -> list[str]:
    return [pack.name for pack in packs]


@pytest.mark.parametrize(
    ("began", "now", "pack", "why"),
    [
        ("2025-06-30 23:59", "2025-07-01 09:00", "rules@1", "began in the last minute of the old rules"),
        ("2025-06-30 23:59", "2026-03-01 09:00", "rules@1", "and stays under them, however many come"),
        ("2025-07-01 00:00", "2025-07-01 09:00", "rules@2", "began with the new rules"),
        ("2025-12-31 23:59", "2026-01-01 00:01", "rules@2", "the second change"),
        ("2023-06-01 12:00", "2023-06-01 13:00", "rules@1", "before all of them: the oldest there is"),
    ],
)
def test_what_began_under_the_old_rules_ends_under_them(began: str, now: str, pack: str, why: str) -> None:
    assert pack_for(VERSIONS, at(began), at(now)).name == pack, why
    assert pack_for(VERSIONS[::-1], at(began), at(now)).name == pack, "whatever the order they are listed in"


def test_rules_that_do_not_ask_for_it_take_over_at_once() -> None:
    at_once = version(2, 1, "2025-07-01 00:00", transition=None)
    assert pack_for((FIRST, at_once), at("2025-06-30 23:59"), at("2025-07-01 00:00")).name == "rules@2"
    assert pack_for((FIRST, at_once), at("2025-06-30 23:59"), at("2025-06-30 23:59")).name == "rules@1"
    assert pack_for((FIRST, at_once, THIRD), at("2025-06-30 23:59"), at("2026-03-01 09:00")).name == "rules@2"


def test_every_version_in_force_since() -> None:
    assert names(applied(VERSIONS, at("2025-06-01 00:00"), at("2025-06-30 00:00"))) == ["rules@1"]
    assert names(applied(VERSIONS, at("2025-06-01 00:00"), at("2025-07-01 00:00"))) == ["rules@1", "rules@2"]
    assert names(applied(VERSIONS, at("2025-08-01 00:00"), at("2026-07-01 00:00"))) == ["rules@2", "rules@3"]
    assert names(applied(VERSIONS, at("2023-08-01 00:00"), at("2024-07-01 00:00"))) == ["rules@1"]


def kept(stored_ms: int) -> PurgeAsked:
    return PurgeAsked("R-1", stored_ms, None, "ACT-INSPECT", (), 0)


@pytest.mark.parametrize(
    ("stored", "now", "ends", "why"),
    [
        ("2025-06-01 10:00", "2026-06-01 00:00", "2028-06-01 23:59", "the old three years outlast the new one and two"),
        ("2025-08-01 10:00", "2025-09-01 00:00", "2026-08-01 23:59", "only the second version so far"),
        ("2025-08-01 10:00", "2026-03-01 00:00", "2027-08-01 23:59", "a later version that is longer lengthens"),
    ],
)
def test_footage_keeps_the_longest_term(stored: str, now: str, ends: str, why: str) -> None:
    end = longest_retention(applied(VERSIONS, at(stored), at(now)), kept(at(stored)))
    assert end is not None
    assert shown(end) == ends, why


def test_a_version_that_knows_no_end_keeps_it() -> None:
    endless = version(2, None, "2025-07-01 00:00")
    assert longest_retention([FIRST.pack, endless.pack], kept(at("2025-06-01 10:00"))) is None
    assert longest_retention([], kept(0)) is None


@given(MOMENTS, MOMENTS, MOMENTS, st.permutations(VERSIONS))
def test_a_change_of_rules_never_shortens_keeping(one: int, other: int, further: int, versions: list[Version]) -> None:
    stored, now, later = sorted((one, other, further))
    before = longest_retention(applied(versions, stored, now), kept(stored))
    after = longest_retention(applied(versions, stored, later), kept(stored))
    own = retention_ends(pack_for(versions, stored, now), kept(stored))
    assert before is not None
    assert after is not None
    assert own is not None
    assert own <= before <= after
