"""Which pack answers: the owner's, or the one something began under; and what a station reads at its start."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from station.config import PolicyConfig
from station.custody.bay_lock import locked
from station.custody.docking import Docking, DockingStep
from station.custody.state import State
from station.errors import WrongUseError
from station.policy.effective import EffectivePack
from station.policy.in_force import PackPolicy
from station.policy.permits import ROUTES, Act, ActAsked, Admission, PurgeAsked
from station.policy.rolls import Body, Officer, RolledCamera, Rolls
from station.signing.policy_packs import packaged_pack
from station.store.rules import policy_in_force
from tests.policies import pack_with
from tests.stations import START

OURS, THEIRS = "民政局", "教育局"
DAY_MS = 86_400_000
YINCHUAN, MINGSHAN = packaged_pack("yinchuan"), packaged_pack("mingshan")


def renamed(pack: EffectivePack, name: str) -> EffectivePack:
    return replace(pack, name=name)


OLD = renamed(pack_with("yinchuan", loan__offer_seconds=90), "yinchuan@7")
PEOPLE = {
    one.id: one
    for one in (
        Officer("our-officer", OURS),
        Officer("our-custodian", OURS, roles=frozenset({"custodian"})),
        Officer("our-head", OURS, roles=frozenset({"unit_head"})),
        Officer("their-custodian", THEIRS, roles=frozenset({"custodian"})),
        Officer("their-head", THEIRS, roles=frozenset({"unit_head"})),
    )
}
ROLLS = Rolls(
    bodies={OURS: Body(OURS, OURS), THEIRS: Body(THEIRS, THEIRS)},
    officers=PEOPLE,
    cameras={"ours": RolledCamera("ours", OURS), "theirs": RolledCamera("theirs", THEIRS)},
)
SHARED = PackPolicy(YINCHUAN, ROLLS, {THEIRS: MINGSHAN}, (OLD,))


def test_the_pack_of_the_camera_s_owner_judges_and_is_named() -> None:
    assert SHARED.of_camera("theirs").name == "mingshan@1"
    assert SHARED.of_camera("ours").name == "yinchuan@1"
    assert SHARED.of_camera(None).name == SHARED.of_camera("nobody-s").name == "yinchuan@1"
    assert SHARED.of_camera("theirs").of_camera("ours").name == "yinchuan@1"


def test_what_began_under_an_earlier_version_ends_under_it() -> None:
    assert SHARED.under("yinchuan@7").offer_lasts_ms == 90_000
    assert SHARED.under("yinchuan@1") is SHARED
    assert SHARED.under("yinchuan@6").name == "yinchuan@1"
    docking = Docking(
        1,
        DockingStep.OFFERED,
        "1",
        "b1",
        0,
        camera="ours",
        under="yinchuan@7",
        loan=4,
        offered_boot_id=START.boot_id,
        offered_boot_ms=START.boot_ms,
    )
    later = START.later(60_000)
    assert not locked(State().holding([docking], 5), "1", SHARED, later)
    assert locked(State().holding([replace(docking, under="yinchuan@1")], 5), "1", SHARED, later)


@pytest.mark.parametrize(
    ("by", "camera", "code"),
    [
        ("our-custodian", "ours", ""),
        ("their-custodian", "theirs", ""),
        ("their-custodian", "ours", "DELETE_FORBIDDEN"),
        ("our-custodian", "theirs", "DELETE_FORBIDDEN"),
        ("our-officer", "ours", "DELETE_FORBIDDEN"),
    ],
)
def test_a_keeper_acts_on_the_own_unit_s_cameras_alone(by: str, camera: str, code: str) -> None:
    asked = ActAsked(Act.RELEASE_CLEARING, by, START.utc_ms)
    assert SHARED.of_camera(camera).allows(asked).code == code


def test_where_nobody_owns_the_matter_it_is_the_requester_s_unit_s() -> None:
    asked = ActAsked(Act.REVIEW_EXPLANATION, "our-head", START.utc_ms, requested_by="our-officer")
    assert SHARED.allows(asked).permitted
    assert not SHARED.allows(replace(asked, by="their-head")).permitted


@pytest.mark.parametrize("act", sorted(ROUTES | {Act.ASK_ACCESS}))
def test_the_way_to_footage_that_nobody_owns_is_in_nobody_s_hand(act: Act) -> None:
    asked = ActAsked(act, "our-head", START.utc_ms, requested_by="our-officer")
    for policy in (SHARED, SHARED.of_camera("stray"), SHARED.of_person("who-left")):
        refusal = policy.allows(asked)
        assert (refusal.code, refusal.rule) == ("ORG_UNKNOWN", "pack.org_kinds")
    assert SHARED.of_camera("ours").allows(asked).code != "ORG_UNKNOWN"
    assert SHARED.allows(replace(asked, about=OURS)).code != "ORG_UNKNOWN"


def test_a_camera_of_no_roll_is_read_into_quarantine() -> None:
    assert SHARED.admits(Admission("ours", "T8")).permitted
    assert SHARED.admits(Admission("stray", "T8")).code == "DEVICE_UNREGISTERED"


def test_footage_is_kept_for_the_longest_term_it_was_ever_under() -> None:
    stored_ms = START.utc_ms - 4 * 365 * DAY_MS
    asked = PurgeAsked("7", stored_ms, stored_ms, "ACT-INSPECT", (), START.utc_ms, began_under=("yinchuan@1",))
    ours = SHARED.of_camera("ours")
    assert ours.purges(asked).permitted
    assert SHARED.purges(asked).code == SHARED.of_camera("stray").purges(asked).code == "ORG_UNKNOWN"
    longer = renamed(pack_with("yinchuan", retention__ordinary_min=5), "yinchuan@8")
    policy = replace(SHARED, former=(longer,)).of_camera("ours")
    assert policy.purges(replace(asked, began_under=("yinchuan@8", "yinchuan@1"))).code == "PURGE_EARLY"
    assert ours.purges(replace(asked, began_under=("yinchuan@9",))).code == "PURGE_EARLY"


def test_an_outlived_pack_is_told_of_and_goes_on_applying() -> None:
    outlived = SHARED.outlived(START.utc_ms)
    assert (outlived.code, outlived.articles, outlived.limit_is_default) == ("PACK_EXPIRED", ("YC-26",), True)
    assert "YC-26" in SHARED.said(outlived)[0]
    assert SHARED.of_camera("theirs").outlived(START.utc_ms).permitted


def test_a_station_reads_its_pack_and_rolls_as_configured(tmp_path: Path) -> None:
    (tmp_path / "officers.csv").write_bytes("编号,单位,证件编号\np1,民政局,0417\n".encode("gb18030"))
    (tmp_path / "cameras.csv").write_text("\ufeff设备编号,单位\nc1,民政局\nc2,教育局\n", encoding="utf-8")
    files = {name: str(tmp_path / f"{name}.csv") for name in ("officers", "cameras")}
    config = PolicyConfig(pack="xixia", units={THEIRS: "mingshan"}, former=("yinchuan",), **files)
    policy = policy_in_force(config, b"", START.utc_ms)
    assert (policy.name, [pack.name for pack in policy.former]) == ("xixia@1", ["yinchuan@1"])
    assert policy.rolls.officers["p1"].unit == policy.rolls.cameras["c1"].unit == OURS
    assert policy.packs[THEIRS].name == "mingshan@1"


def test_without_rolls_nobody_may_take_a_camera_and_none_is_ours() -> None:
    policy = policy_in_force(PolicyConfig(pack="zhoucun"), b"", START.utc_ms)
    assert policy.admits(Admission("c1", "T8")).code == "DEVICE_UNREGISTERED"
    assert not policy.allows(ActAsked(Act.RELEASE_CLEARING, "p1", START.utc_ms)).permitted


def test_a_unit_that_no_roll_names_is_a_slip_of_the_finger_and_not_passed_over() -> None:
    """Its stricter settings would never apply, and nobody would be told."""
    with pytest.raises(WrongUseError, match="民政句"):
        policy_in_force(PolicyConfig(pack="xixia", units={"民政句": "mingshan"}), b"", START.utc_ms)
