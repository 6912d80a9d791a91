"""Promise: a station goes into service in order only; a draw can be drawn again; what a department owns is listed."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.rolls import Body, CameraStanding, Officer, RolledCamera, Rolls
from station.policy.supervision import (
    Asset,
    ServiceAsked,
    assets,
    custodian_missing,
    drawn,
    enters_service,
    interface_down,
)
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.policies import pack_with

ON = dt.date(2026, 11, 21)
HOUR = 3_600_000
CUSTODIAN = Officer("p-1", "d", roles=frozenset({"custodian"}), custodian_fulltime=True)
ROLLS = Rolls(bodies={"d": Body("d", "教育局", stores=frozenset({"s-1"}))}, officers={"p-1": CUSTODIAN})
ASKED = ServiceAsked("d", "s-1", ON)


@pytest.mark.parametrize("name", packaged_names())
def test_a_station_of_a_known_body_with_custodian_and_store_goes_into_service(name: str) -> None:
    answer = enters_service(packaged_pack(name), ROLLS, ASKED)
    assert (answer.refusal.permitted, answer.reports) == (True, ())


@pytest.mark.parametrize("name", packaged_names())
def test_refusals_stand_in_their_order(name: str) -> None:
    """ORG_UNKNOWN, CUSTODIAN_MISSING, STORE_UNREGISTERED: what is mended first is asked first."""
    pack = pack_with(name, store__custodian_required=True)
    elsewhere = replace(ASKED, store="s-9")
    nobody = replace(ROLLS, officers={})
    unknown = replace(nobody, bodies={})
    codes = [enters_service(pack, rolls, elsewhere).refusal.code for rolls in (unknown, nobody, ROLLS)]
    assert codes == ["ORG_UNKNOWN", "CUSTODIAN_MISSING", "STORE_UNREGISTERED"]


def test_a_body_of_a_kind_the_pack_does_not_cover_is_unknown() -> None:
    pack = pack_with("yinchuan", pack__org_kinds=("department",))
    entrusted = replace(ROLLS, bodies={"d": replace(ROLLS.bodies["d"], kind="entrusted")})
    refusal = enters_service(pack, entrusted, ASKED).refusal
    assert (refusal.code, refusal.rule, refusal.articles) == ("ORG_UNKNOWN", "pack.org_kinds", ("YC-3",))


@pytest.mark.parametrize(("until", "code"), [(ON, ""), (ON - dt.timedelta(days=1), "ORG_UNKNOWN")])
def test_an_entrustment_ends_with_its_day(until: dt.date, code: str) -> None:
    body = replace(ROLLS.bodies["d"], kind="entrusted", entrusted_until=until)
    assert enters_service(packaged_pack("yinchuan"), replace(ROLLS, bodies={"d": body}), ASKED).refusal.code == code


def test_a_custodian_who_is_not_full_time_is_reported_and_refuses_nothing() -> None:
    pack = pack_with("yinchuan", store__custodian_required=True, store__custodian_fulltime=True)
    part_time = replace(ROLLS, officers={"p-1": replace(CUSTODIAN, custodian_fulltime=False)})
    answer = enters_service(pack, part_time, ASKED)
    assert answer.refusal.permitted
    assert [(one.code, one.verdict.rule) for one in answer.reports] == [
        ("CUSTODIAN_MISSING", "store.custodian_fulltime")
    ]
    relaxed = pack_with("yinchuan", store__custodian_fulltime=False)
    assert custodian_missing(relaxed, part_time, "d") is None
    assert custodian_missing(relaxed, part_time, "another") is not None


def test_a_push_may_fail_for_its_hours_and_no_longer() -> None:
    pack = pack_with("yinchuan", interface__max_down_hours=24)
    assert interface_down(pack, "platform", 1_000, 1_000 + 24 * HOUR) is None
    report = interface_down(pack, "platform", 1_000, 1_001 + 24 * HOUR)
    assert report is not None
    assert (report.code, report.verdict.rule, report.about) == (
        "INTERFACE_DOWN",
        "interface.max_down_hours",
        "platform",
    )
    assert interface_down(pack_with("yinchuan", interface__max_down_hours=None), "platform", 0, 10**12) is None


@given(st.sets(st.text(max_size=8), max_size=60), st.integers(0, 100), st.text(max_size=8), st.randoms())
def test_anybody_can_draw_again(missions: set[str], percent: int, seed: str, chance: random.Random) -> None:
    pack = pack_with("yinchuan", spotcheck__sample_percent=percent)
    listed = sorted(missions)
    first = drawn(pack, listed, seed)
    chance.shuffle(listed)
    assert drawn(pack, listed * 2, seed) == first
    assert set(first) <= missions
    assert (len(first) - 1) * 100 < len(missions) * percent <= len(first) * 100


def test_another_seed_is_another_draw_and_every_mission_can_be_drawn() -> None:
    pack = pack_with("yinchuan", spotcheck__sample_percent=5)
    missions = [f"m-{n}" for n in range(40)]
    draws = [drawn(pack, missions, f"seed {n}") for n in range(400)]
    assert {len(draw) for draw in draws} == {2}
    assert {mission for draw in draws for mission in draw} == set(missions)


def test_the_asset_list_has_every_camera_and_its_departments_shortfall() -> None:
    officers = {f"p-{n}": Officer(f"p-{n}", "公安局", certificate=str(n)) for n in range(5)}
    cameras = {
        "c-2": RolledCamera("c-2", "公安局", seen_day=ON, model="T8"),
        "c-1": RolledCamera("c-1", "公安局", "TERMINAL", standing=CameraStanding.RETIRED),
        "c-3": RolledCamera("c-3", "教育局", standing=CameraStanding.REPAIR),
    }
    assert assets(packaged_pack("yinchuan"), Rolls(officers=officers, cameras=cameras), ON) == (
        Asset("c-1", "TERMINAL", "", "公安局", CameraStanding.RETIRED, 2),
        Asset("c-2", "RECORDER", "T8", "公安局", CameraStanding.IN_USE, 2),
        Asset("c-3", "RECORDER", "", "教育局", CameraStanding.REPAIR, 0),
    )
