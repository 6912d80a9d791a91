"""Promise: the panel tells whoever stands there what to do, in both languages, and loses no trouble."""

import pytest
from msgspec.structs import replace

from station.errors import RefusedError
from station.policy.words import SYSTEM_DEFAULT, said
from station.views.charge import Charge, ChargeState
from station.views.panel import AllBays, Page, Sheet, all_bays, one_bay, pages, refusal
from station.views.panel_words import MAY_GO, Said
from station.views.words import Condition, Tone
from tests.panel_views import NOON_MS, bay, every_condition, packs, status_of, troubles


def sheet(page: Page) -> Sheet:
    assert isinstance(page.view, Sheet)
    return page.view


def test_an_offer_says_which_bay_which_lamp_and_what_to_do_and_is_urgent() -> None:
    dock, take = pages(status_of(bay("3", Condition.OFFERED)))
    assert sheet(take).words == (Said("3号仓，绿灯，请取", "Bay 3, green lamp: take the camera"),)
    assert (take.urgent, take.stays, sheet(take).tone) == (True, True, Tone.OFFERED)
    assert isinstance(dock.view, AllBays)
    assert dock.view.tiles[0].word.zh == "请取"


def test_an_offer_beside_trouble_names_no_lamp_and_keeps_the_trouble() -> None:
    _, take = pages(status_of(bay("3", Condition.OFFERED, troubles()["cut STUCK"])))
    offered, trouble = sheet(take).words
    assert offered == Said("3号仓，请取", "Bay 3: take the camera")
    assert trouble.zh.startswith("充电开关无法断开")


def test_who_brings_a_flat_camera_may_go_while_it_is_charged() -> None:
    silent = bay("1", Condition.SILENT)
    assert one_bay(silent, "23:50").words == (MAY_GO,)
    assert MAY_GO.zh == "已归仓，充电唤醒中，可以离开"
    for state in (ChargeState.NO_POWER, ChargeState.CUT, ChargeState.WAITING):
        words = one_bay(replace(silent, charge=Charge(state)), "23:50").words
        assert MAY_GO not in words, "nobody says that it charges where it does not"


def test_a_bay_says_its_state_and_when_it_is_ready() -> None:
    found = one_bay(bay("1", Condition.READING), "14:00")
    assert [said.zh for said in found.words] == ["采集中", "请勿取出", "充电中，87 %，14:20至14:55 充满"]
    assert [said.en for said in found.words] == ["Reading", "Leave it in", "Charging, 87 %, full 14:20 to 14:55"]
    once = replace(bay("1", Condition.READY), charge=Charge(ChargeState.CHARGING, None, NOON_MS))
    assert one_bay(once, "14:00").words[-1] == Said("充电中，约 14:00 充满", "Charging, full about 14:00")


@pytest.mark.parametrize("condition", Condition)
def test_whoever_is_needed_is_told_so(condition: Condition) -> None:
    """Each bay that stops says more than that it stops."""
    shown = pages(status_of(bay("1", condition)))[1:]
    trouble_comes_with_words = condition is Condition.TROUBLE
    for page in shown:
        if sheet(page).tone is Tone.STOP and not trouble_comes_with_words:
            assert any(who in word.zh for word in sheet(page).words for who in ("管理人员", "技术员"))
        assert all(word.zh and word.en for word in sheet(page).words)


def test_a_refusal_says_code_rule_and_that_a_default_is_no_law() -> None:
    pack = packs()["yinchuan"]
    found = pack.finds("CHECK_BATTERY", "check.battery_hours")
    refused = RefusedError(found.code, found.articles, found.rule)
    shown = refusal(refused, " / ".join(said(pack, found)), NOON_MS)
    assert SYSTEM_DEFAULT in shown.words[0].zh
    assert "not law" in shown.words[0].en
    assert shown.small == "CHECK_BATTERY · check.battery_hours"
    law = pack.finds("CHECK_RESIDUAL", "check.uningested_blocks")
    assert "YC-20.4c" in refusal(refused, " / ".join(said(pack, law)), NOON_MS).words[0].zh


def test_every_trouble_has_a_page_that_stays() -> None:
    others = {"登记中心 registry": troubles()["link"], "磁盘空间 disk space": troubles()["space full True"]}
    view = replace(status_of(bay("1", Condition.READING, troubles()["cut SHORT"])), troubles=others, clock="free")
    shown = [page for page in pages(view) if page.key != "bays"]
    assert [sheet(page).heading.zh for page in shown] == ["1 号仓", "时钟", "登记中心", "磁盘空间"]
    assert all(page.stays and sheet(page).tone is Tone.STOP for page in shown)
    assert "技术员" in sheet(shown[1]).words[0].zh


def test_another_condition_is_other_news_and_another_minute_is_not() -> None:
    view = status_of(bay("1", Condition.READING))
    keys = [page.key for page in pages(view)]
    assert [page.key for page in pages(replace(view, at_ms=NOON_MS + 60_000))] == keys
    assert [page.key for page in pages(status_of(bay("1", Condition.READY)))] != keys


def test_the_whole_dock_has_every_bay_with_its_word() -> None:
    view = every_condition(30)
    assert [tile.bay for tile in all_bays(view).tiles] == [str(number) for number in range(1, 31)]
    assert all(tile.word.zh and tile.word.en for tile in all_bays(view).tiles)
    assert all_bays(view).tiles[1].ready == "14:20"
