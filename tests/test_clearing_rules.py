"""What each pack demands before a camera is cleared, and who may release one, or many with one act."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.policy import clearing_rules
from station.policy.effective import EffectivePack
from station.policy.permits import ClearingDemand, Verdict
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with
from tests.unit_people import NOON_MS, OTHER_UNIT, UNIT, people, person

PACKS = packaged_names()
EVERY_PACK = pytest.mark.parametrize("name", PACKS)


def cleared(
    pack: EffectivePack,
    *,
    stated: bool = True,
    receipt: bool = False,
    second_copies: int = 0,
    released: bool = True,
) -> Verdict:
    return clearing_rules.may_clear(
        pack, stated=stated, receipt=receipt, second_copies=second_copies, released=released
    )


@EVERY_PACK
def test_what_each_pack_demands(name: str) -> None:
    """「将执法记录仪存储卡内的执法记录信息删除」 (YC-20.4c) orders clearing; elsewhere a custodian releases it."""
    released = name not in {"yinchuan", "xixia"}
    assert clearing_rules.demand(packaged_pack(name)) == ClearingDemand(copies=2, custodian_release=released)


@EVERY_PACK
def test_what_is_left_unset_is_the_stricter_way(name: str) -> None:
    pack = pack_with(name, wipe__mode=None, wipe__proof=None, wipe__copies_before=None)
    assert clearing_rules.demand(pack) == ClearingDemand(copies=1, custodian_release=True, receipt_required=True)


@EVERY_PACK
def test_two_verified_copies_and_ours_among_them(name: str) -> None:
    """The further copy is the registry's receipt, or a second sealed copy: a dark line forces no breach."""
    pack, rule = packaged_pack(name), "wipe.copies_before"
    for receipt, second_copies in ((True, 0), (False, 1), (True, 3)):
        assert cleared(pack, receipt=receipt, second_copies=second_copies).permitted
        stated = cleared(pack, stated=False, receipt=receipt, second_copies=second_copies)
        require_cited(pack, stated, "WIPE_UNVERIFIED", rule)
    require_cited(pack, cleared(pack), "WIPE_UNVERIFIED", rule)


@EVERY_PACK
def test_where_only_the_receipt_proves_a_second_disk_does_not(name: str) -> None:
    pack = pack_with(name, wipe__proof="receipt")
    require_cited(pack, cleared(pack, second_copies=5), "WIPE_UNVERIFIED", "wipe.proof")
    assert cleared(pack, receipt=True).permitted
    assert cleared(pack_with(name, wipe__proof="receipt", wipe__copies_before=1)).permitted


@EVERY_PACK
def test_without_a_release_nothing_is_deleted_where_one_is_demanded(name: str) -> None:
    """「随意删除」 is a breach (MS-REC-37.3, LP-REC-37.3); originals are protected (ZC-45.p1a)."""
    pack = packaged_pack(name)
    verdict = cleared(pack, receipt=True, second_copies=1, released=False)
    if clearing_rules.demand(pack).custodian_release:
        require_cited(pack, verdict, "DELETE_FORBIDDEN", "wipe.mode")
    else:
        assert verdict.permitted, "not deleting would be the breach (YC-20.4c)"


@EVERY_PACK
def test_the_custodian_releases_many_cameras_with_one_act(name: str) -> None:
    pack, rolls = packaged_pack(name), people(person("both", "custodian", unit=OTHER_UNIT))

    def release(by: str, *units: str) -> bool:
        verdict = clearing_rules.may_release(pack, rolls, by, NOON_MS, units)
        if not verdict.permitted:
            require_cited(pack, verdict, "DELETE_FORBIDDEN", "wipe.actor")
        return verdict.permitted

    assert release("custodian", *[UNIT] * 24)
    assert release("custodian")
    assert not release("custodian", UNIT, OTHER_UNIT), "all of them, or none"
    for by in ("officer", "unit_chief", "technician", "both", "nobody"):
        assert not release(by, UNIT)


@given(
    name=st.sampled_from(PACKS),
    copies_before=st.integers(0, 4),
    proved=st.fixed_dictionaries({what: st.booleans() for what in ("stated", "receipt", "released")}),
    second_copies=st.integers(0, 4),
)
def test_nothing_is_cleared_without_our_copy_or_below_the_copies_demanded(
    name: str, copies_before: int, proved: dict[str, bool], second_copies: int
) -> None:
    pack = pack_with(name, wipe__copies_before=copies_before)
    if clearing_rules.may_clear(pack, second_copies=second_copies, **proved).permitted:
        assert proved["stated"]
        assert 1 + proved["receipt"] + second_copies >= copies_before
        assert proved["released"] or name in {"yinchuan", "xixia"}
