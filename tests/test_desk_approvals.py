"""Promise: whoever asks to see footage is answered by whoever the pack says, for clips or for a whole mission."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from station.custody import acts
from station.custody.access_request import AccessRequest, AccessStep
from station.errors import RefusedError
from station.policy.due_times import DAY_MS
from station.policy.in_force import PackPolicy
from station.policy.rolls import RolledCamera, Rolls
from tests.office_bench import OfficeBench, office

APPROVALS = "/desk/approvals"
PURPOSE = "核对张三案询问笔录"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[OfficeBench]:
    with office(tmp_path) as bench:
        yield bench


def with_rolls(bench: OfficeBench, rolls: Rolls) -> None:
    """As they are from now on, at the desk and in custody."""
    policy = bench.desk.policy
    assert isinstance(policy, PackPolicy)
    later = replace(policy, rolls=rolls)
    object.__setattr__(bench.desk, "policy", later)
    bench.station.clerk.policy = later


def ask(bench: OfficeBench, who: str = "officer-1", **fields: str | int) -> int:
    said = {"route": "VIEW_INTERNAL", "purpose": PURPOSE} | fields
    sent = bench.send(who, APPROVALS, act="ask", **said)
    assert sent.status_code == 303, sent.text
    return newest(bench, who).number


def newest(bench: OfficeBench, who: str) -> AccessRequest:
    return bench.desk.tables.requests_by(who)[0]


def waiting(bench: OfficeBench, who: str) -> set[int]:
    """The requests that the page gives this person to answer."""
    return {int(number) for number in re.findall(r'id="request-(\d+)"', bench.see(who, APPROVALS).text)}


def answer(bench: OfficeBench, who: str, act: str, request: int, **fields: str | int) -> int:
    return bench.send(who, APPROVALS, act=act, request=request, **fields).status_code


def opens(bench: OfficeBench, request: int, recording: int, by: str = "officer-1") -> bool:
    try:
        return bool(bench.tell(acts.OpenAccess(by=by, request=request, recording=recording)))
    except RefusedError:
        return False


def test_ticked_clips_are_asked_for_approved_and_may_then_be_opened(bench: OfficeBench) -> None:
    one, other = bench.filmed("officer-1", (0, 5), (6, 7))
    led = bench.send("officer-1", "/desk/footage", act="ask", recording=[str(one), str(other)])
    assert (led.status_code, led.headers["location"]) == (303, f"{APPROVALS}?recordings={one},{other}")
    assert f'value="{one},{other}"' in bench.see("officer-1", led.headers["location"]).text
    request = ask(bench, recordings=f"{one}、{other}")
    assert newest(bench, "officer-1").recordings == (one, other)
    assert not opens(bench, request, one)
    assert answer(bench, "head", "approve", request, days=2, remark="同意") == 303
    assert newest(bench, "officer-1").valid_until_ms == bench.now_ms() + 2 * DAY_MS
    assert opens(bench, request, one)
    page = bench.see("officer-1", APPROVALS).text
    assert all(words in page for words in ("已批准", "同意", "已调阅 1 次"))


def test_an_approval_of_a_mission_covers_what_is_placed_in_it_later(bench: OfficeBench) -> None:
    one, later = bench.filmed("officer-1", (0, 5), (60, 65))
    mission = bench.declared("officer-1", one)
    assert f'name="mission" inputmode="numeric" maxlength="16" autocomplete="off" value="{mission}"' in (
        bench.see("officer-1", f"{APPROVALS}?mission={mission}").text
    )
    request = ask(bench, mission=mission)
    assert answer(bench, "head", "approve", request, days=1) == 303
    assert (opens(bench, request, one), opens(bench, request, later)) == (True, False)
    sent = bench.send("officer-1", "/desk/footage", act="place", mission=mission, recording=later)
    assert sent.status_code == 303
    assert opens(bench, request, later)
    assert not opens(bench, request, later, by="officer-2")
    bench.clock.advance(DAY_MS + 1)
    assert not opens(bench, request, later)


def test_only_whoever_may_answer_is_given_a_request_and_its_words(bench: OfficeBench) -> None:
    """YC-21.2: the 单位负责人; a higher rank of the same unit may too."""
    mission = bench.declared("officer-1", *bench.filmed("officer-1", (0, 5)))
    request = ask(bench, mission=mission)
    for who in ("head", "chief"):
        assert waiting(bench, who) == {request}
        assert PURPOSE in bench.see(who, APPROVALS).text
        assert "待您办理的调阅申请：1 件" in bench.see(who, "/desk").text
    for who in ("officer-2", "their-head", "their-chief", "their-officer-1", "watcher"):
        assert waiting(bench, who) == set()
        assert PURPOSE not in bench.see(who, APPROVALS).text
        assert "待您办理的调阅申请" not in bench.see(who, "/desk").text
        before = bench.written()
        for act in ("approve", "refuse", "review"):
            refused = bench.send(who, APPROVALS, act=act, request=request, days=1, remark="x")
            assert refused.status_code == 409
            assert " / " in refused.text.split('role="alert"')[1].split("</p>")[0]
        assert bench.written() == before
    assert waiting(bench, "officer-1") == set()
    assert PURPOSE in bench.see("officer-1", APPROVALS).text
    for act in ("approve", "refuse"):
        assert answer(bench, "officer-1", act, request, days=1, remark="x") == 409


@pytest.mark.parametrize(
    ("pack", "zh", "en"),
    [("yinchuan", "单位负责人", "head of the unit"), ("mingshan", "主管领导", "leader in charge")],
)
def test_whoever_asked_is_told_whom_it_waits_for(tmp_path: Path, pack: str, zh: str, en: str) -> None:
    """YC-21.2; MS-EQ-13a."""
    with office(tmp_path, pack) as bench:
        request = ask(bench, recordings=bench.filmed("officer-1", (0, 5))[0])
        page = bench.see("officer-1", APPROVALS).text
        assert f"待批准（{zh}）" in page
        assert f"waits for an answer ({en})" in page
        assert answer(bench, "chief", "refuse", request, remark="与职责无关") == 303
        assert zh not in bench.see("officer-1", APPROVALS).text


def test_where_nobody_may_answer_any_more_the_page_names_nobody(bench: OfficeBench) -> None:
    """The camera was struck off meanwhile: whoever is named would be refused."""
    request = ask(bench, recordings=bench.filmed("officer-1", (0, 5))[0])
    with_rolls(bench, replace(bench.desk.policy.rolls, cameras={}))
    page = bench.see("officer-1", APPROVALS).text
    assert newest(bench, "officer-1").number == request
    assert "待批准</" in page.replace(" ", "")
    assert "单位负责人" not in page
    assert waiting(bench, "head") == set()


def test_nobody_is_given_their_own_request(bench: OfficeBench) -> None:
    request = ask(bench, "head", recordings=bench.filmed("officer-1", (0, 5))[0])
    assert waiting(bench, "head") == set()
    assert answer(bench, "head", "approve", request, days=1) == 409
    assert waiting(bench, "chief") == {request}


def test_footage_of_two_departments_is_asked_for_by_itself(bench: OfficeBench) -> None:
    ours = bench.filmed("officer-1", (0, 5))[0]
    theirs = bench.filmed("their-officer-1", (0, 5), camera="their-C")[0]
    before, asked = bench.written(), {"route": "VIEW_INTERNAL", "purpose": PURPOSE}
    sent = bench.send("officer-1", APPROVALS, act="ask", recordings=f"{ours} {theirs}", **asked)
    assert (sent.status_code, bench.written()) == (422, before)
    assert all(said in sent.text for said in ("请按单位分别申请", "these belong to several departments"))


def test_what_became_two_departments_is_given_by_neither_alone_and_refused_by_either(bench: OfficeBench) -> None:
    """One of the cameras changed hands since it was asked for."""
    clips = [bench.filmed("officer-1", (0, 5), camera=camera)[0] for camera in ("C1", "C2")]
    request = ask(bench, recordings=f"{clips[0]} {clips[1]}")
    assert waiting(bench, "head") == {request}
    rolls = bench.desk.policy.rolls
    with_rolls(bench, replace(rolls, cameras=dict(rolls.cameras) | {"C2": RolledCamera("C2", "u2")}))
    for head in ("head", "their-head"):
        assert waiting(bench, head) == {request}
        page = bench.see(head, APPROVALS).text
        assert ('value="approve"' in page, 'value="refuse"' in page) == (False, True)
        assert answer(bench, head, "approve", request, days=1) == 409
    assert "单位负责人" not in bench.see("officer-1", APPROVALS).text
    assert answer(bench, "officer-2", "refuse", request, remark="与职责无关") == 409
    assert answer(bench, "their-head", "refuse", request, remark="与职责无关") == 303
    assert newest(bench, "officer-1").step is AccessStep.REFUSED


def test_a_refusal_needs_a_reason_and_can_be_disputed(bench: OfficeBench) -> None:
    request = ask(bench, recordings=bench.filmed("officer-1", (0, 5))[0])
    assert answer(bench, "head", "refuse", request, remark=" ") == 422
    assert answer(bench, "head", "refuse", request, remark="与职责无关") == 303
    assert "与职责无关" in bench.see("officer-1", APPROVALS).text
    assert waiting(bench, "head") == set()
    assert answer(bench, "officer-2", "dispute", request, remark="与本案有关") == 409
    assert answer(bench, "officer-1", "dispute", request, remark="与本案有关") == 303
    assert newest(bench, "officer-1").step is AccessStep.DISPUTED


def test_the_third_hand_reviews_where_the_pack_has_one(tmp_path: Path) -> None:
    with office(tmp_path, "mingshan") as bench:
        request = ask(bench, recordings=bench.filmed("officer-1", (0, 5))[0])
        assert waiting(bench, "keeper-2") == {request}
        assert answer(bench, "keeper-2", "review", request, remark="属实") == 303
        assert waiting(bench, "keeper-2") == set()
        assert waiting(bench, "leader") == {request}
        assert answer(bench, "leader", "approve", request, days=1) == 303


def test_a_body_that_sees_directly_asks_for_a_mission_by_its_number(bench: OfficeBench) -> None:
    """YC-21.3: 纪检、法制、信访."""
    clip = bench.filmed("officer-1", (0, 5))[0]
    mission = bench.declared("officer-1", clip, cause="无证经营")
    request = ask(bench, "watcher", route="OVERSEE", mission=mission)
    assert newest(bench, "watcher").step is AccessStep.APPROVED
    assert opens(bench, request, clip, "watcher")
    page = bench.see("watcher", APPROVALS).text
    assert "无证经营" not in page
    assert "1 份" not in page


def test_an_unfit_request_comes_back_as_it_was_typed(bench: OfficeBench) -> None:
    clip = bench.filmed("officer-1", (0, 5))[0]
    said = {"route": "VIEW_INTERNAL", "purpose": PURPOSE, "recordings": str(clip), "key": "ask"}
    unfits = ({"purpose": ""}, {"route": "REPAIR"}, {"recordings": ""}, {"recordings": "1a"}, {"recordings": "9" * 15})
    for unfit in (*unfits, {"mission": str(10**9)}, {"mission": "9" * 30}):
        back = bench.send("officer-1", APPROVALS, act="ask", recipient="<法院>", **(said | unfit))
        assert back.status_code == 422, unfit
        assert "&lt;法院&gt;" in back.text
        assert " / " in back.text.split('role="alert"')[1].split("</p>")[0]
    for act in ("approve", "refuse", "dispute", "review"):
        assert answer(bench, "head", act, 10**9, days=1, remark="x") == 409
    assert answer(bench, "head", "approve", ask(bench, recordings=clip), days="x") == 422
    assert "access_approved" not in bench.written()


def test_whoever_has_no_business_with_footage_gets_nothing(bench: OfficeBench) -> None:
    clip = bench.filmed("officer-1", (0, 5))[0]
    before = bench.written()
    assert bench.see("mender", APPROVALS).json()["code"] == "NOT_YOURS"
    sent = bench.send("mender", APPROVALS, act="ask", route="VIEW_INTERNAL", purpose="x", recordings=clip)
    assert sent.json()["code"] == "NOT_YOURS"
    assert bench.written() == before
