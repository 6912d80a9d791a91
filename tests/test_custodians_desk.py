"""Promise: at the desk a department sees its own ratio, cameras, loans and badges, and two hands let a camera go."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.custody import acts
from station.custody import observations as seen
from station.custody.acts_at_the_dock import HandoverFallsDue
from station.custody.facts import LoanRefused
from station.custody.facts_of_the_desk import BadgeLost, LoanByHand
from station.custody.repair import Noticed
from station.desk.paper import wall_ms
from station.errors import UnfitObservationError
from station.stamp import beijing
from station.views.desk_lists import duration
from station.views.desk_words import CUSTODIAN_WORDS, DONE
from tests.desk_bench import DeskBench
from tests.office import ELSEWHERE, UNIT, Office
from tests.stations import START

HOUR_MS = 3_600_000
CAMERAS, PAPER, BADGES, RATIO = "/desk/cameras", "/desk/paper", "/desk/badges", "/desk/ratio"
PROPOSE, ANSWER, LOANS, RETURNS = f"{CAMERAS}/proposals", f"{CAMERAS}/answers", f"{PAPER}/loans", f"{PAPER}/returns"
RETIRE = {"key": "proposal", "camera": "C1", "act": "RETIRE", "recipient": "", "ground": "电池老化", "approver": ""}
NAMED = RETIRE | {"approver": "head"}
SLIP = {"officer": "officer-2", "camera": "C3", "taken": "", "returned": "", "paper": "0017"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.close()


def figures(page: str) -> dict[str, int]:
    """What the ratio page says of the first department: required, owned, working, shortfall, may leave."""
    found = re.findall(
        r'<dt><span class="words"><span lang="zh-CN">(\S+?)</span>.*?<dd>\s*(\d+)\s*</dd>', page, re.DOTALL
    )
    return {name: int(number) for name, number in found[:5]}


def row(page: str, heading: str) -> str:
    """One line of a table, by its heading in Chinese."""
    (found,) = re.findall(rf"<tr>\s*<th[^>]*>(?:(?!</tr>).)*?{heading}.*?</tr>", page, re.DOTALL)
    return str(found)


def proposed(office: Office, **said: str) -> str:
    office.become("keeper")
    office.did(PROPOSE, **RETIRE | said)
    return str(office.facts("camera_disposal_proposed")[-1].n)


def broken(office: Office, camera: str) -> None:
    office.station.tell(
        acts.ReportFault(
            by="keeper", camera=camera, noticed=Noticed.OFFICER, noticed_ms=START.utc_ms, description="不开机"
        )
    )


# --- the ratio


def test_the_ratio_counts_what_this_station_saw_and_says_what_each_number_rests_on(office: Office) -> None:
    page = office.page(RATIO).text
    assert figures(page) == {"应配": 2, "在册": 3, "可用": 2, "缺口": 0, "可调出": 0}
    assert "YC-" in row(page, "每台人数")
    for name, basis in (("30 天未入站", "系统默认，非法规条文"), (">执法人员<", "YC-19"), ("类别", "YC-ANX")):
        assert basis in row(page, name), name
    assert "<td>1</td>" in row(page, "30 天未入站"), "C3 was never here"
    office.put("C3", "3")
    broken(office, "C1")
    page = office.page(RATIO).text
    assert figures(page) == {"应配": 2, "在册": 3, "可用": 2, "缺口": 0, "可调出": 0}
    assert "<td>1</td>" in row(page, "维修")
    broken(office, "C2")
    page = office.page(RATIO).text
    assert (figures(page)["缺口"], "不足" in page or "建议补足" in page) == (1, True)


def test_each_sees_the_own_department_and_whoever_has_several_all_of_them(office: Office) -> None:
    for person, units in (
        ("officer-1", {UNIT}),
        ("keeper", {UNIT}),
        ("head", {UNIT}),
        ("their-keeper", {ELSEWHERE}),
        ("mender", {UNIT, ELSEWHERE}),
        ("watcher", {UNIT, ELSEWHERE}),
    ):
        office.become(person)
        page = office.page(RATIO)
        assert page.status_code == 200
        assert set(re.findall(r"<h2><bdi>(.*?)</bdi></h2>", page.text)) == units, person


# --- cameras that leave


def test_two_hands_let_a_camera_go_and_the_approver_reads_why(office: Office) -> None:
    office.put("C3", "3")
    number = proposed(office, recipient="废旧处理站")
    assert "等待他人批准" in office.page(f"{CAMERAS}?done=proposed").text
    office.become("head")
    page = office.page(CAMERAS).text
    assert "电池老化" in page
    assert "废旧处理站" in page
    shown = office.did(ANSWER, disposal=number, answer="approve", remark="同意")
    assert "本站不再出借该机" in shown.text
    assert "已离开本部门" in row(shown.text, "C1")
    (refused,) = office.station.tell(seen.CameraAsked(by="officer-1", bay="1"))
    assert isinstance(refused.body, LoanRefused)
    assert refused.body.code == "DEVICE_UNREGISTERED"
    assert figures(office.page(RATIO).text)["可用"] == 2
    assert "已离开本部门" in office.page(RATIO).text
    office.out("1")
    office.put("C1", "1")
    assert "1 号仓" in row(office.page(CAMERAS).text, "C1")


def test_who_may_not_answer_reads_no_words(office: Office) -> None:
    office.put("C3", "3")
    number = proposed(office)
    office.become("leader")
    page = office.page(CAMERAS).text
    assert f'id="disposal-{number}"' in page
    assert "电池老化" not in page
    assert 'value="approve"' not in page
    office.become("their-head")
    assert "disposal-" not in office.page(CAMERAS).text
    assert office.words_beside(int(number)) == {"ground": "电池老化"}
    assert office.words_beside(1) == {}


def test_below_the_ratio_an_approver_is_named_and_gives_a_reason(office: Office) -> None:
    zh, en = office.words("RATIO_WOULD_BREAK", "ratio.guarded_acts")
    for said in (RETIRE, NAMED | {"ground": " "}):
        page = office.refused(PROPOSE, **said)
        assert zh in page
        assert en in page
        assert "系统默认" in zh
    assert 'value="电池老化"' in office.refused(PROPOSE, **RETIRE), "what was typed is still there"
    number = proposed(office, approver="head")
    office.become("head")
    assert zh in office.refused(ANSWER, disposal=number, answer="approve", remark="")
    office.did(ANSWER, disposal=number, answer="approve", remark="鼓包，危险")
    (found,) = office.facts("finding_reported")
    assert {one.name: one.code for one in found.body.evidence}["approved_by"] == "head"  # type: ignore[attr-defined]


def test_lending_outside_is_forbidden_in_the_pack_s_words(office: Office) -> None:
    zh, en = office.words("DEVICE_LENT", "device.lend_outside")
    page = office.refused(PROPOSE, **NAMED | {"act": "LEND_OUTSIDE"})
    assert zh in page
    assert en in page


def test_another_department_an_officer_and_a_technician(office: Office) -> None:
    office.put("C3", "3")
    number = proposed(office)
    nobody = "".join(office.words("NOT_AUTHORISED", "store.custodian_required"))[:12]
    for person in ("their-keeper", "head", "leader"):
        office.become(person)
        assert nobody in office.refused(PROPOSE, **RETIRE | {"camera": "C2"}), person
    for person in ("their-head", "their-keeper"):
        office.become(person)
        assert office.words("NOT_AUTHORISED")[0][:8] in office.refused(ANSWER, disposal=number, answer="approve")
    for person in ("officer-1", "mender", "watcher"):
        office.become(person)
        for path in (CAMERAS, PAPER, BADGES):
            assert office.page(path).status_code == 403, (person, path)
        for path in (PROPOSE, ANSWER, LOANS, RETURNS, BADGES):
            assert office.post(path, **RETIRE).json()["code"] == "NOT_YOURS", (person, path)
    assert not office.facts("camera_disposal_approved")


def test_whoever_proposed_withdraws_and_a_second_answer_comes_too_late(office: Office) -> None:
    office.put("C3", "3")
    number = proposed(office)
    page = office.page(CAMERAS).text
    assert "撤回" in page
    assert office.words("APPROVAL_SELF", "approval.self_forbidden")[0] in office.refused(
        ANSWER, disposal=number, answer="approve", remark="x"
    )
    office.did(ANSWER, disposal=number, answer="refuse")
    office.become("head")
    assert "已办理或已有变化" in office.refused(ANSWER, disposal=number, answer="approve", remark="x")
    for nonsense in ({"answer": "burn", "disposal": number}, {"answer": "approve", "disposal": "²"}):
        said = office.refused(ANSWER, **nonsense)
        assert "请选择" in said or "编号应为数字" in said
    office.become("keeper")
    assert "请选择处置方式" in office.refused(PROPOSE, **RETIRE | {"act": "SELL"})


def test_a_reviewer_and_taking_back_have_their_buttons(tmp_path: Path) -> None:
    settings = {"approval__reviewer": "supervising_leader", "device__lend_outside": "approval"}
    office = Office(tmp_path, **settings)
    office.put("C3", "3")
    number = proposed(office, act="TRANSFER", recipient="教育局")
    office.become("head")
    assert 'value="approve"' not in office.page(CAMERAS).text
    office.become("leader")
    assert 'value="review"' in office.page(CAMERAS).text
    office.did(ANSWER, disposal=number, answer="review")
    office.become("head")
    assert 'value="approve"' in office.page(CAMERAS).text
    office.did(ANSWER, disposal=number, answer="approve")
    office.become("keeper")
    assert 'value="take_back"' in office.page(CAMERAS).text
    office.did(ANSWER, disposal=number, answer="take_back")
    assert "可用" in row(office.page(CAMERAS).text, "C1")
    office.close()


# --- paper


def test_a_slip_is_entered_in_beijing_time_and_shown_with_how_long(office: Office) -> None:
    office.later(3 * HOUR_MS)
    office.put("C3", "3")
    office.out("3")
    taken = START.utc_ms + HOUR_MS
    slip = SLIP | {"taken": _wall(taken)}
    page = office.did(LOANS, **slip).text
    (fact,) = office.facts("loan_by_hand")
    assert isinstance(fact.body, LoanByHand)
    assert fact.body.taken_ms == taken // 60_000 * 60_000
    assert fact.by == "keeper"
    assert "0017" not in str(fact.body)
    assert office.words_beside(fact.n) == {"paper": "0017"}
    line = row(page, str(fact.n))
    assert "2 小时" in line or "3 小时" in line
    assert "纸质补录" in line
    page = office.did(RETURNS, loan=str(fact.n), back=_wall(taken + HOUR_MS), slip="0018").text
    assert f">{fact.n}</bdi>" not in page
    assert office.facts("return_by_hand")


def test_slips_of_others_wrong_times_and_wrong_hands_are_refused_in_words(office: Office) -> None:
    office.put("C3", "3")
    office.out("3")
    now = _wall(START.utc_ms - HOUR_MS)
    assert "时间须写明" in office.refused(LOANS, **SLIP | {"taken": "yesterday"})
    assert "时间在将来" in office.refused(LOANS, **SLIP | {"taken": _wall(START.utc_ms + 48 * HOUR_MS)})
    assert "纸质凭条编号" in office.refused(LOANS, **SLIP | {"taken": now, "paper": " "})
    assert "请选择或者填写编号" in office.refused(RETURNS, loan="", back=now, slip="1")
    assert office.words("APPROVAL_SELF", "approval.self_forbidden")[0] in office.refused(
        LOANS, **SLIP | {"taken": now, "officer": "keeper"}
    )
    office.become("their-keeper")
    assert "C3" not in office.page(PAPER).text
    assert 'value="officer-2"' not in office.page(PAPER).text
    assert 'value="their-officer-2"' in office.page(PAPER).text
    assert office.words("NOT_AUTHORISED", "handover.recipient")[0][:8] in office.refused(LOANS, **SLIP | {"taken": now})


def test_loans_by_number_and_what_nobody_signed_for(office: Office) -> None:
    loan = office.taken("officer-1", "1")
    office.later(50 * HOUR_MS)
    page = office.page(PAPER).text
    assert "2 天" in row(page, str(loan))
    office.put("C1", "1")
    page = office.page(PAPER).text
    assert 'id="loans"' not in page
    assert f"<bdi>{loan}</bdi>" in page
    office.station.tell(seen.HandedOver(by="officer-1", docking=office.station.docking("1").number))
    assert 'id="unsigned"' not in office.page(PAPER).text
    loan = office.taken("officer-1", "1")
    office.put("C1", "1")
    assert f"<bdi>{loan}</bdi>" in office.page(PAPER).text
    office.become("their-keeper")
    assert 'id="unsigned"' not in office.page(PAPER).text


def test_hand_overs_that_are_late_stand_there_in_the_pack_s_words(office: Office) -> None:
    loan = office.taken("officer-1", "1")
    office.put("C1", "1")
    assert "逾期或者未签名的移交" not in office.page(PAPER).text
    office.later(240 * HOUR_MS)
    office.station.tell(HandoverFallsDue(loan=loan))
    page = office.page(PAPER).text
    for code, rule in (("HANDOVER_LATE", "handover.deadline"), ("HANDOVER_UNSIGNED", "handover.officer_signature")):
        zh, en = office.words(code, rule)
        assert "YC-20" in zh
        assert zh in page
        assert en in page
    office.become("their-keeper")
    assert "逾期或者未签名的移交" not in office.page(PAPER).text


def test_wall_times_and_lengths() -> None:
    assert wall_ms("2026-11-21T08:30") == wall_ms(" 2026-11-21 08:30 ") == 1_795_221_000_000
    for unfit in (
        "",
        "2026-11-21",
        "21.11.2026 08:30",
        "0026-11-21T08:30",
        "9999-12-31T23:59",
        "2026-11-21T08:30+00:00",
        "x",
    ):
        with pytest.raises(UnfitObservationError, match="时间须写明"):
            wall_ms(unfit)
    lengths = [duration(ms) for ms in (-1, 59 * 60_000, HOUR_MS, 47 * HOUR_MS, 48 * HOUR_MS)]
    assert lengths == [("{n} min", 0), ("{n} min", 59), ("{n} h", 1), ("{n} h", 47), ("{n} days", 2)]


# --- badges


def test_a_badge_is_dead_at_once_and_only_for_the_own_department(office: Office) -> None:
    page = office.page(BADGES).text
    assert "姓名officer-1" in page
    assert "their" not in page
    shown = office.did(BADGES, officer="officer-1")
    assert "证卡已停用" in shown.text
    assert "已停用" in row(shown.text, "姓名officer-1")
    (fact,) = office.facts("badge_lost")
    assert isinstance(fact.body, BadgeLost)
    assert (fact.body.officer, fact.by) == ("officer-1", "keeper")
    assert fact.body.badge in office.station.state().lost_badges
    assert "此前已停用" in office.did(BADGES, officer="officer-1").text
    assert len(office.facts("badge_lost")) == 1
    assert office.words("APPROVAL_SELF", "approval.self_forbidden")[0] in office.refused(BADGES, officer="keeper")
    assert office.words("NOT_AUTHORISED", "store.custodian_required")[0] in office.refused(
        BADGES, officer="their-officer-1"
    )
    for nobody in ("", "stranger", "officer-2"):
        assert "没有证卡" in office.refused(BADGES, officer=nobody)


# --- around all of them


def test_every_word_of_what_was_done_is_in_both_languages_and_no_other_is_shown(office: Office) -> None:
    for word, english in DONE.items():
        page = office.page(f"{BADGES}?done={word}").text
        assert CUSTODIAN_WORDS[english] in page
        assert english.replace("'", "&#39;") in page
    assert 'role="status"' not in office.page(f"{BADGES}?done=<b>").text


def test_pages_stand_where_no_ratio_is_kept(tmp_path: Path) -> None:
    bench = DeskBench(tmp_path)
    for path in (RATIO, CAMERAS, PAPER, BADGES):
        assert bench.ask("GET", path, None, bench.signed_in()).status_code == 200
    assert "本站未设配备比例" in bench.ask("GET", RATIO, None, bench.signed_in()).text
    bench.station.close()


def _wall(utc_ms: int) -> str:
    return f"{beijing(utc_ms):%Y-%m-%dT%H:%M}"
