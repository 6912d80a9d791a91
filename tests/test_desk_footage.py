"""Promise: at the desk officers place what they filmed in missions, and reach their own loans and missions alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from station.custody import acts
from station.custody.facts_of_missions import MissionDeclared, RecordingPlaced
from station.custody.mission import MissionStep
from station.desk.footage_of import GAP_MS
from station.policy.in_force import PackPolicy
from station.policy.non_use import FACTS
from station.web import footage_page
from tests.office_bench import OfficeBench, office, shown

FOOTAGE = "/desk/footage"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[OfficeBench]:
    with office(tmp_path) as bench:
        yield bench


def groups(bench: OfficeBench, who: str = "officer-1") -> list[set[int]]:
    """The clips of each group in the order of the page, placed or not."""
    forms = bench.see(who, FOOTAGE).text.split('id="group-')[1:]
    return [{int(number) for number in re.findall(r"<b>(\d+)</b> <span class=\"figures\">", form)} for form in forms]


def mission_at(number: int) -> str:
    return f"/desk/missions/{number}"


def unfilmed(bench: OfficeBench, activity: str) -> str:
    """Where a mission of this activity is that nobody filmed, ended and still open."""
    times = {"begun": "2026-11-20T08:00", "ended": "2026-11-20T09:00"}
    said = {"activity": activity, "kind": "INSPECTION", "on_site": "1", "officers": "officer-1"}
    sent = bench.send("officer-1", FOOTAGE, act="declare", **said, **times)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].removesuffix("?done")


def step(bench: OfficeBench, mission: int) -> str:
    found = bench.desk.tables.mission(mission)
    assert found is not None
    return found.step


@pytest.mark.parametrize("wrong", [{"activity": "ACT-NOSUCH"}, {"kind": "NOSUCH"}, {"officers": "officer-1 nobody-9"}])
def test_nobody_declares_what_stands_in_no_list(bench: OfficeBench, wrong: dict[str, str]) -> None:
    said = {"activity": "ACT-INSPECT", "kind": "INSPECTION", "on_site": "1", "officers": "officer-1"}
    times = {"begun": "2026-11-20T08:00", "ended": "2026-11-20T09:00"}
    refused = bench.send("officer-1", FOOTAGE, act="declare", **(said | wrong), **times)
    assert refused.status_code == 422
    assert "请从列表中选择" in refused.text
    assert not bench.station.state().missions
    assert bench.send("officer-1", FOOTAGE, act="declare", **said, **times).status_code == 303


# --- whose footage it is


def test_everybody_is_shown_what_they_reach_and_nothing_else(bench: OfficeBench) -> None:
    own = set(bench.filmed("officer-1", (0, 5), (6, 10)))
    other = set(bench.filmed("officer-2", (0, 5), camera="C2"))
    theirs = set(bench.filmed("their-officer-1", (0, 5), camera="their-C"))
    for who, reached in (
        ("officer-1", own),
        ("officer-2", other),
        ("keeper", own | other),
        ("head", own | other),
        ("their-officer-1", theirs),
        ("their-keeper", theirs),
        ("their-officer-2", set()),
    ):
        assert shown(bench.see(who, FOOTAGE)) == reached, who
    for who in ("mender", "watcher", "lawyers"):
        for path in (FOOTAGE, mission_at(1)):
            assert bench.see(who, path).json()["code"] == "NOT_YOURS"


def test_nobody_places_what_they_do_not_reach(bench: OfficeBench) -> None:
    """Custody would let any officer of the department do it; the desk does not."""
    own, other = bench.filmed("officer-1", (0, 5)), bench.filmed("officer-2", (0, 5), camera="C2")
    mission = bench.declared("officer-1", *own)
    before = bench.written()
    for who in ("officer-1", "their-keeper"):
        refused = bench.send(who, FOOTAGE, act="place", mission=mission, recording=[str(other[0])])
        assert refused.status_code == 409
        assert "您没有办理此事的权限" in refused.text
        assert "You have no authority for this" in refused.text
    for recording in (0, 10**9):
        assert bench.send("officer-1", FOOTAGE, act="place", mission=mission, recording=recording).status_code == 409
    for act in ("place", "ask"):
        assert bench.send("their-officer-1", FOOTAGE, act=act, mission=mission, recording=own[0]).status_code == 409
    assert bench.written() == before


def test_nobody_places_clips_in_a_mission_they_do_not_reach(bench: OfficeBench) -> None:
    own, other = bench.filmed("officer-1", (0, 5), (6, 9)), bench.filmed("officer-2", (0, 5), camera="C2")
    mission = bench.declared("officer-2", *other)
    refused = bench.send("officer-1", FOOTAGE, act="place", mission=mission, recording=own[0])
    assert refused.status_code == 409
    assert bench.desk.tables.of_mission(mission)[0].recording.number == other[0]
    assert bench.send("officer-1", FOOTAGE, act="place", mission=10**9, recording=own[0]).status_code == 409
    assert bench.send("officer-1", FOOTAGE, act="place", mission="x", recording=own[0]).status_code == 422
    assert bench.send("officer-1", FOOTAGE, act="place", mission=mission).status_code == 422


def test_an_officer_declares_missions_they_were_in_and_a_custodian_any_of_the_department(bench: OfficeBench) -> None:
    clips = bench.filmed("officer-1", (0, 5), (30, 31))
    said = {"act": "place", "mission": "new", "activity": "ACT-INSPECT", "kind": "INSPECTION"}
    times = {"begun": "2026-11-21T08:00", "recording": str(clips[0])}
    assert bench.send("officer-1", FOOTAGE, officers="officer-2", **said, **times).status_code == 409
    assert "mission_declared" not in bench.written()
    assert bench.send("keeper", FOOTAGE, officers="officer-1，officer-2", **said, **times).status_code == 303
    assert bench.station.said("mission_declared").officers == ("officer-1", "officer-2")


# --- grouped by time


def test_a_pause_of_more_than_a_quarter_of_an_hour_begins_a_group(bench: OfficeBench) -> None:
    """To the minute, and by the end of the longest clip before."""
    minutes = GAP_MS // 60_000
    one = bench.filmed("officer-1", (0, 40), (5, 10), (40 + minutes, 60), (61 + minutes, 90))
    assert groups(bench) == [{one[3]}, {*one[:3]}]


def test_each_officer_s_clips_are_a_group_of_their_own(bench: OfficeBench) -> None:
    one = bench.filmed("officer-1", (0, 5))
    two = bench.filmed("officer-2", (0, 5), camera="C2")
    assert groups(bench, "keeper") == [set(two), set(one)]


def test_what_is_not_placed_comes_first_and_is_ticked(bench: OfficeBench) -> None:
    early, late = bench.filmed("officer-1", (0, 5), (60, 65))
    assert groups(bench) == [{late}, {early}]
    bench.declared("officer-1", late)
    assert groups(bench) == [{early}, {late}]
    page = bench.see("officer-1", FOOTAGE).text
    assert f'name="recording" value="{early}" checked' in page
    assert f'name="recording" value="{late}"' not in page


def test_a_group_is_proposed_for_the_one_mission_that_was_under_way(bench: OfficeBench) -> None:
    first, later = bench.filmed("officer-1", (0, 5), (20, 25))
    mission = bench.declared("officer-1", first, begun="2026-11-20T20:00", ended="")
    page = bench.see("officer-1", FOOTAGE).text
    assert f'name="mission" value="{mission}" checked' in page
    bench.declared("officer-1", later, begun="2026-11-20T20:00", ended="")
    bench.filmed("officer-1", (0, 5))
    assert 'value="new" checked' in bench.see("officer-1", FOOTAGE).text


def test_a_clip_whose_time_nobody_knows_is_a_group_of_its_own(bench: OfficeBench) -> None:
    """Nor whose it is: whoever looks after the department settles that."""
    timed = bench.filmed("officer-1", (0, 5))
    untimed = bench.filmed("officer-1", (9, 2))
    assert shown(bench.see("officer-1", FOOTAGE)) == {*timed}
    assert "时间不明" in bench.see("keeper", FOOTAGE).text
    assert shown(bench.see("keeper", FOOTAGE)) == {*timed, *untimed}


def test_so_many_groups_are_on_one_page_and_the_rest_is_counted(
    bench: OfficeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage_page, "GROUPS_MAX", 1)
    early, late = bench.filmed("officer-1", (0, 5), (60, 65))
    assert groups(bench) == [{late}]
    assert "另有 1 组" in bench.see("officer-1", FOOTAGE).text
    bench.declared("officer-1", late)
    assert groups(bench) == [{early}]


# --- placing


def test_ticked_clips_are_placed_in_a_mission_declared_on_the_spot(bench: OfficeBench) -> None:
    clips = bench.filmed("officer-1", (0, 5), (6, 10), (11, 12))
    words = {"cause": "张三无证经营案", "party": "张三", "number": "银执〔2026〕7号"}
    mission = bench.declared("officer-1", *clips[:2], begun="2026-11-21T08:00", ended="2026-11-21T08:12", **words)
    declared = [fact for fact in bench.station.facts() if isinstance(fact.body, MissionDeclared)]
    assert [(fact.by, fact.body.officers) for fact in declared] == [("officer-1", ("officer-1",))]  # type: ignore[attr-defined]
    placed = [fact.body for fact in bench.station.facts() if isinstance(fact.body, RecordingPlaced)]
    assert [(one.recording, one.mission) for one in placed] == [(clip, mission) for clip in clips[:2]]
    assert step(bench, mission) == MissionStep.ENDED
    page = bench.see("officer-1", mission_at(mission) + "?done").text
    assert all(said in page for said in words.values())
    assert "已办理" in page
    assert not any(said.encode() in entry for entry in entries(bench) for said in words.values())


def entries(bench: OfficeBench) -> list[bytes]:
    return [str(fact).encode() for fact in bench.station.facts()]


def test_an_unfit_form_comes_back_as_it_was_typed_and_writes_no_mission(bench: OfficeBench) -> None:
    (clip,) = bench.filmed("officer-1", (0, 5))
    said = {"act": "place", "mission": "new", "activity": "ACT-INSPECT", "kind": "INSPECTION", "officers": "officer-1"}
    before = bench.written()
    for unfit in ({"begun": ""}, {"begun": "yesterday"}, {"begun": "2026-11-21T08:00", "activity": "x"}):
        page = bench.send("officer-1", FOOTAGE, key=clip, cause="<b>张三", recording=clip, **(said | unfit))
        assert page.status_code == 422
        assert "&lt;b&gt;张三" in page.text
        assert " / " in page.text.split('role="alert"')[1].split("</p>")[0]
    assert bench.written() == before


def test_a_clip_is_moved_by_whoever_settles_whose_it_is_with_a_reason(bench: OfficeBench) -> None:
    one, two = bench.filmed("officer-1", (0, 5), (40, 45))
    first, second = bench.declared("officer-1", one), bench.declared("officer-1", two)
    move = {"act": "move", "recording": str(one), "to": str(second)}
    assert bench.send("officer-1", mission_at(first), reason="归错", **move).status_code == 409
    assert bench.send("keeper", mission_at(first), reason="", **move).status_code == 422
    assert bench.send("keeper", mission_at(first), reason="归错", **move).status_code == 303
    assert {filmed.recording.number for filmed in bench.desk.tables.of_mission(second)} == {one, two}
    assert 'value="move"' in bench.see("keeper", mission_at(second)).text
    assert 'value="move"' not in bench.see("officer-1", mission_at(second)).text


# --- a mission


def test_nobody_else_sees_a_mission_or_its_words(bench: OfficeBench) -> None:
    mission = bench.declared("officer-1", *bench.filmed("officer-1", (0, 5)), cause="张三无证经营案")
    for who in ("officer-1", "keeper", "head"):
        assert "张三" in bench.see(who, mission_at(mission)).text
    for who in ("officer-2", "their-officer-1", "their-keeper", "their-head"):
        refused = bench.see(who, mission_at(mission))
        assert refused.status_code == 403
        assert "您没有办理此事的权限" in refused.text
        assert "张三" not in refused.text
        sent = bench.send(who, mission_at(mission), act="describe", cause="别的")
        assert sent.status_code == 403
    assert bench.see("keeper", mission_at(10**9)).status_code == 403


def test_whoever_was_in_a_mission_reaches_it_whoever_declared_it(bench: OfficeBench) -> None:
    clips = bench.filmed("officer-1", (0, 5))
    mission = bench.declared("officer-1", *clips, officers="officer-1,officer-2")
    assert bench.see("officer-2", mission_at(mission)).status_code == 200
    assert shown(bench.see("officer-2", FOOTAGE)) == set()


def test_a_mission_is_described_marked_numbered_ended_and_closed(bench: OfficeBench) -> None:
    mission = bench.declared("officer-1", *bench.filmed("officer-1", (0, 5)), cause="无证经营")
    at = mission_at(mission)

    def send(**fields: str) -> int:
        return bench.send("officer-1", at, **fields).status_code

    assert send(act="describe", party="张三") == 303
    page = bench.see("officer-1", at).text
    assert "张三" in page
    assert "无证经营" in page
    assert send(act="describe") == 422
    assert send(act="mark", mark="OBSTRUCTED", remark="拒不配合") == 303
    assert send(act="mark", mark="WHATEVER") == 422
    assert send(act="secret", category="TRADE", ground="配方") == 303
    page = bench.see("officer-1", at).text
    assert "阻碍执法" in page
    assert page.count("商业秘密 / trade secret") + page.count('lang="zh-CN">商业秘密') >= 3
    assert send(act="number", number="7") == 303
    assert send(act="close") == 409
    assert send(act="end") == 422
    assert send(act="end", ended="2026-11-20T08:00") == 422
    assert send(act="end", ended="2026-11-21T08:05") == 303
    assert send(act="close", gap="1") == 409
    assert send(act="close") == 303
    assert step(bench, mission) == MissionStep.CLOSED
    assert send(act="reopen", reason="漏归一份") == 303
    assert send(act="whatever") == 422


def test_text_closes_what_may_be_written_down_and_nothing_that_must_be_filmed(bench: OfficeBench) -> None:
    """YC-5.p2, YC-13."""
    spoken, seen = unfilmed(bench, "ACT-STATEMENT"), unfilmed(bench, "ACT-INSPECT")

    def closed(at: str, **fields: str) -> int:
        return bench.send("officer-1", at, act="close", **fields).status_code

    assert [closed(at) for at in (spoken, seen)] == [409, 409]
    assert [closed(at, text_record="1") for at in (spoken, seen)] == [303, 409]


def test_the_number_of_its_source_gives_way_to_that_of_the_case(bench: OfficeBench) -> None:
    at = mission_at(bench.declared("officer-1", *bench.filmed("officer-1", (0, 5)), number="举报-31"))
    assert "举报-31" in bench.see("officer-1", at).text
    assert bench.send("officer-1", at, act="number", number="银执〔2026〕7号").status_code == 303
    page = bench.see("officer-1", at).text
    assert "银执〔2026〕7号" in page
    assert "举报-31" not in page


def test_a_clip_is_marked_secret_alone(bench: OfficeBench) -> None:
    clips = bench.filmed("officer-1", (0, 5), (6, 7))
    mission = bench.declared("officer-1", *clips)
    foreign = bench.filmed("officer-2", (0, 5), camera="C2")
    at = mission_at(mission)
    assert bench.send("officer-1", at, act="secret", category="TRADE", recording=foreign[0]).status_code == 409
    assert bench.send("officer-1", at, act="secret", category="TRADE", recording=clips[0]).status_code == 303
    assert (bench.station.said("secrecy_marked").recordings, bench.station.said("secrecy_marked").mission) == (
        (clips[0],),
        None,
    )


def test_a_refusal_is_said_in_the_pack_s_words_with_its_article(bench: OfficeBench) -> None:
    """YC-20.2b: what is missing needs a 工作情况说明."""
    mission = bench.declared("officer-1", *bench.filmed("officer-1", (0, 5)), ended="2026-11-21T08:05")
    refused = bench.send("officer-1", mission_at(mission), act="close", gap="1", key="close")
    alert = refused.text.split('role="alert"')[1].split("</p>")[0]
    assert "YC-20.2b" in alert
    assert " / " in alert
    assert 'name="gap" value="1" checked' in refused.text


# --- explanations


def test_what_is_missing_is_explained_given_back_written_again_accepted_and_kept(bench: OfficeBench) -> None:
    mission = bench.declared("officer-1", *bench.filmed("officer-1", (0, 5)), ended="2026-11-21T08:05")
    at = mission_at(mission)
    asked = bench.see("officer-1", f"{at}?reason=NU-BANNED-PLACE").text
    assert 'name="written_rule"' in asked
    assert 'name="who_asked"' not in asked
    said = {"reason": "NU-BANNED-PLACE", "place": "法院", "written_rule": "法庭规则", "basis": "第十八条"}
    assert bench.send("officer-1", at, act="explain", **(said | {"written_rule": ""})).status_code == 409
    assert bench.send("officer-1", at, act="explain", **said).status_code == 303
    number = bench.station.facts()[-1].n
    waits = f"{at}#explanation-{number}"
    assert [waits in bench.see(who, "/desk").text for who in ("head", "keeper", "officer-1", "their-head")] == [
        True,
        False,
        False,
        False,
    ]
    assert 'value="accept"' not in bench.see("officer-1", at).text
    assert 'value="accept"' in bench.see("head", at).text
    assert bench.send("officer-1", at, act="accept", explanation=number).status_code == 409
    assert bench.send("their-head", at, act="return", explanation=number, remark="x").status_code == 403
    assert bench.send("head", at, act="return", explanation=number, remark="请写明时段").status_code == 303
    first = bench.see("officer-1", "/desk").text
    assert f"{at}#explanation-{number}" in first
    assert "请写明时段" in bench.see("officer-1", at).text
    again = bench.see("officer-1", f"{at}?reason=NU-BANNED-PLACE&again={number}").text
    assert 'name="written_rule" maxlength="400" autocomplete="off" value="法庭规则"' in again
    better = said | {"written_rule": "《人民法院法庭规则》第十七条", "explanation": str(number)}
    assert bench.send("officer-1", at, act="explain_again", **better).status_code == 303
    assert "第十七条" in bench.see("head", at).text
    assert bench.send("head", at, act="accept", explanation=number).status_code == 303
    assert [waits in bench.see(who, "/desk").text for who in ("head", "keeper")] == [False, True]
    assert bench.send("keeper", at, act="keep", explanation=number).status_code == 303
    assert bench.send("keeper", at, act="keep", explanation=10**9).status_code == 409
    assert bench.send("officer-1", at, act="close", gap="1").status_code == 303


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ("yinchuan", "NU-ASKED"),
        ("yinchuan", "NU-BANNED-PLACE"),
        ("yinchuan", "NU-STATE-SECRET"),
        ("yinchuan", "NU-TRADE-SECRET"),
        ("yinchuan", "NU-PRIVACY"),
        ("yinchuan", "NU-NOT-MAJOR"),
        ("yinchuan", "NU-UNSUITABLE"),
        ("mingshan", "NU-WEATHER"),
        ("mingshan", "NU-FORCE-MAJEURE"),
    ],
)
def test_a_reason_is_offered_and_taken_only_with_its_facts(tmp_path: Path, pack: str, reason: str) -> None:
    with office(tmp_path, pack) as bench:
        at = unfilmed(bench, "ACT-INSPECT")
        page = bench.see("officer-1", f"{at}?reason={reason}").text
        assert f'value="{reason}"' in page

        def explained(facts: dict[str, str]) -> int:
            said = {"reason": reason, "basis": "第十条"} | facts
            return bench.send("officer-1", at, act="explain", **said).status_code

        facts = dict.fromkeys(FACTS[reason], "某事")
        for fact in facts:
            assert f'name="{fact}"' in page
            assert explained(facts | {fact: ""}) == 409
        assert "explanation_written" not in bench.written()
        assert explained(facts) == 303
        assert bench.written()[-1] == "explanation_written"


@pytest.mark.parametrize(
    ("pack", "activity", "reason"),
    [
        ("yinchuan", "ACT-MAJOR", "NU-NOT-MAJOR"),
        ("yinchuan", "ACT-OBSTRUCT", "NU-OBSTRUCTED"),
        ("mingshan", "ACT-INSPECT", "NU-NOT-MAJOR"),
    ],
)
def test_what_is_no_reason_there_is_neither_offered_nor_taken(
    tmp_path: Path, pack: str, activity: str, reason: str
) -> None:
    with office(tmp_path, pack) as bench:
        at = unfilmed(bench, activity)
        assert f'value="{reason}"' not in bench.see("officer-1", f"{at}?reason={reason}").text
        said = {"reason": reason, "ground": "某事", "words": "某事", "basis": "第十条"}
        assert bench.send("officer-1", at, act="explain", **said).status_code == 409
        assert "explanation_written" not in bench.written()


def test_a_mission_that_nobody_filmed_is_declared_and_found_again(bench: OfficeBench) -> None:
    said = {"activity": "ACT-INSPECT", "kind": "INSPECTION", "officers": "officer-1", "begun": "2026-11-21T08:00"}
    sent = bench.send("officer-1", FOOTAGE, act="declare", key="declare", **said)
    assert sent.status_code == 303
    at = sent.headers["location"].removesuffix("?done")
    for who, reaches in (("officer-1", True), ("keeper", True), ("officer-2", False), ("their-keeper", False)):
        assert (f'href="{at}"' in bench.see(who, FOOTAGE).text) is reaches
    assert bench.send("officer-2", FOOTAGE, act="declare", **said).status_code == 409
    assert bench.send("officer-1", FOOTAGE, act="declare", **(said | {"begun": ""})).status_code == 422


def test_nobody_answers_an_explanation_of_a_mission_they_do_not_reach(bench: OfficeBench) -> None:
    """Through the page of a mission that they do reach."""
    mission = bench.declared("officer-1", *bench.filmed("officer-1", (0, 5)))
    other = bench.declared("officer-2", *bench.filmed("officer-2", (0, 5), camera="C2"))
    said = {"reason": "NU-BANNED-PLACE", "place": "法院", "written_rule": "法庭规则", "basis": "第十八条"}
    assert bench.send("officer-1", mission_at(mission), act="explain", **said).status_code == 303
    number = bench.station.facts()[-1].n
    bench.send("head", mission_at(mission), act="return", explanation=number, remark="请写明时段")
    sent = bench.send("officer-2", mission_at(other), act="explain_again", explanation=number, **said)
    assert sent.status_code == 409
    assert "explanation_rewritten" not in bench.written()


# --- 来看看


def accuse(bench: OfficeBench, officer: str) -> int:
    verdict = bench.desk.policy.finds("HANDOVER_LATE", "handover.deadline")
    return bench.tell(acts.BreachFound(verdict=verdict, about=f"loan:{officer}", officer=officer))[0].n


def test_a_finding_comes_back_to_whom_it_names_and_is_answered_by_that_person_alone(bench: OfficeBench) -> None:
    number = accuse(bench, "officer-1")
    assert "来看看" in bench.see("officer-1", "/desk").text
    for who in ("officer-2", "keeper", "head", "their-officer-1"):
        assert f'id="finding-{number}"' not in bench.see(who, "/desk").text
        assert bench.send(who, "/desk/findings", finding=number, answer="x").status_code == 409
    assert bench.send("officer-1", "/desk/findings", finding=number, answer="").status_code == 422
    assert bench.send("officer-1", "/desk/findings", finding=number, answer="车辆故障").status_code == 303
    assert "车辆故障" in bench.see("officer-1", "/desk").text
    assert bench.station.said("finding_answered").finding == number
    assert bench.send("mender", "/desk/findings", finding=number, answer="x").json()["code"] == "NOT_YOURS"


def test_a_finding_is_looked_into_and_closed_by_whoever_may_in_the_department(bench: OfficeBench) -> None:
    """Whoever it names, and whoever is of another department, settles nothing and reads no answer."""
    number, own = accuse(bench, "officer-1"), accuse(bench, "head")
    bench.send("officer-1", "/desk/findings", finding=number, answer="车辆故障")
    said = {"finding": str(number), "remark": "属实"}
    for who in ("keeper", "leader", "their-head"):
        assert "车辆故障" not in bench.see(who, "/desk").text
        assert bench.send(who, "/desk/findings/settled", act="close", **said).status_code == 409
    assert bench.send("officer-1", "/desk/findings/settled", act="close", **said).json()["code"] == "NOT_YOURS"
    assert bench.send("head", "/desk/findings/settled", act="close", finding=own).status_code == 409
    page = bench.see("head", "/desk").text
    assert "车辆故障" in page
    assert f'id="settle-{own}"' not in page
    assert bench.send("head", "/desk/findings/settled", act="review", **said).status_code == 303
    assert bench.send("head", "/desk/findings/settled", act="close", **said).status_code == 303
    assert bench.written()[-2:] == ["finding_reviewed", "finding_closed"]
    assert f'id="settle-{number}"' not in bench.see("head", "/desk").text


def test_a_difference_of_what_was_brought_back_comes_back_to_whoever_signed(bench: OfficeBench) -> None:
    (clip,) = bench.filmed("officer-1", (0, 5))
    verdict = bench.desk.policy.finds("HASH_MISMATCH", "store.tamper_evident")
    number = bench.tell(acts.BreachFound(verdict=verdict, about=f"recording:{clip}"))[0].n
    page = bench.see("officer-1", "/desk").text
    assert f'id="finding-{number}"' in page
    assert "差异 1 项，请核对" in page
    assert "来看看" not in bench.see("officer-2", "/desk").text
    assert bench.send("officer-2", "/desk/findings", finding=number, answer="x").status_code == 409
    assert bench.send("officer-1", "/desk/findings", finding=number, answer="已核对").status_code == 303


@pytest.mark.parametrize("struck_off", ["", "C1"])
def test_what_left_the_rolls_becomes_no_other_department_s(bench: OfficeBench, struck_off: str) -> None:
    """Somebody resigns, a camera is struck off: words about persons stay where they were."""
    alone = bench.declared("officer-1", *bench.filmed("officer-1", (0, 1)), cause="张三案")
    together = bench.declared("officer-1", *bench.filmed("officer-1", (0, 1)), officers="officer-1,officer-2")
    policy = bench.desk.policy
    people = {name: one for name, one in policy.rolls.officers.items() if name != "officer-1"}
    cameras = {name: one for name, one in policy.rolls.cameras.items() if name != struck_off}
    assert isinstance(policy, PackPolicy)
    left = replace(policy, rolls=replace(policy.rolls, officers=people, cameras=cameras))
    object.__setattr__(bench.desk, "policy", left)
    for mission in (alone, together):
        seen = bench.see("their-keeper", f"/desk/missions/{mission}")
        assert seen.status_code == 403
        assert "张三案" not in seen.text
    assert bench.see("keeper", f"/desk/missions/{together}").status_code == 200
    assert bench.see("keeper", f"/desk/missions/{alone}").status_code == (403 if struck_off else 200)
    assert not shown(bench.see("their-keeper", FOOTAGE))
