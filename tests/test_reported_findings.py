"""What was only reported: with its law, once while it is open; whom it names is heard; nobody judges their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.custody import acts
from station.custody.facts_of_keeping import FindingReported
from station.errors import IllegalStepError, RefusedError, UnfitObservationError
from station.policy.permits import Verdict
from tests.acting import Desk
from tests.people_histories import lived, reported_twice


def report(desk: Desk, about: str = "camera:C1", officer: str = "officer-1") -> int:
    verdict = desk.policy.finds("HANDOVER_LATE", "handover.deadline")
    evidence: tuple[tuple[str, int | str], ...] = (("hours", 30), ("due", "2026-11-21"))
    return desk.begin(acts.BreachFound(verdict=verdict, about=about, officer=officer, evidence=evidence))


def test_a_finding_says_its_law_and_its_evidence() -> None:
    desk = Desk()
    report(desk)
    body = desk.facts[-1].body
    assert isinstance(body, FindingReported)
    assert (body.code, body.rule, body.articles[0]) == ("HANDOVER_LATE", "handover.deadline", "YC-20.3a")
    assert [(one.name, one.number, one.code) for one in body.evidence] == [
        ("due", None, "2026-11-21"),
        ("hours", 30, None),
    ]
    assert body.officer == "officer-1"


def test_law_and_default_are_told_apart() -> None:
    desk = Desk()
    verdict = Verdict("RATIO_SHORT", ("YC-19",), "ratio.unlisted_class", limit_is_default=True, set_by_unit=True)
    desk.tell(acts.BreachFound(verdict=verdict, about="unit:u1"))
    body = desk.facts[-1].body
    assert isinstance(body, FindingReported)
    assert (body.limit_is_default, body.set_by_unit, body.officer) == (True, True, None)


def test_the_same_thing_is_reported_once_while_it_is_open() -> None:
    desk = Desk()
    number = report(desk)
    verdict = desk.policy.finds("HANDOVER_LATE", "handover.deadline")
    assert desk.tell(acts.BreachFound(verdict=verdict, about="camera:C1")) == ()
    report(desk, about="camera:C2")
    desk.tell(acts.CloseFinding(by="head", finding=number))
    report(desk)


def test_whom_it_names_answers_and_nobody_else_does() -> None:
    desk = Desk()
    number = report(desk)
    for by in ("officer-2", "head"):
        with pytest.raises(RefusedError, match="NOT_AUTHORISED"):
            desk.tell(acts.AnswerFinding(by=by, finding=number, answer="连续执法"))
    with pytest.raises(UnfitObservationError):
        desk.tell(acts.AnswerFinding(by="officer-1", finding=number, answer=""))
    desk.tell(acts.AnswerFinding(by="officer-1", finding=number, answer="连续执法"))
    assert desk.facts[-1].private == {"answer": "连续执法"}
    assert desk.state.findings[number].answered_by == "officer-1"
    desk.tell(acts.ReviewFinding(by="head", finding=number, remark="属实"))
    desk.tell(acts.AnswerFinding(by="officer-1", finding=number, answer="补充"))
    desk.tell(acts.CloseFinding(by="head", finding=number))
    with pytest.raises(IllegalStepError):
        desk.tell(acts.CloseFinding(by="head", finding=number))


def test_nobody_judges_the_own_case() -> None:
    desk = Desk()
    number = report(desk, officer="head")
    for act in (acts.ReviewFinding(by="head", finding=number), acts.CloseFinding(by="head", finding=number)):
        with pytest.raises(RefusedError, match="APPROVAL_SELF"):
            desk.tell(act)
    desk.tell(acts.CloseFinding(by="chief", finding=number))


def test_a_finding_that_names_nobody_is_answered_by_whoever_sees_to_it() -> None:
    desk = Desk()
    number = report(desk, officer="")
    with pytest.raises(RefusedError):
        desk.tell(acts.CloseFinding(by="head", finding=number))
    desk.tell(acts.AnswerFinding(by="keeper", finding=number, answer="已采集"))
    desk.tell(acts.CloseFinding(by="head", finding=number))


@given(st.integers(0, 10_000))
def test_nothing_is_reported_twice_while_it_is_open(seed: int) -> None:
    assert reported_twice(lived(seed, 250).facts) == []
