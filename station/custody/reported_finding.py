"""A rule that was not kept: reported, answered by whom it names, reviewed, closed. Never undone, never removed."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from station.custody.facts import Fact
from station.custody.facts_of_keeping import (
    FindingAnswered,
    FindingClosed,
    FindingReported,
    FindingReviewed,
)
from station.custody.machine import Machine


class FindingStep(StrEnum):
    REPORTED = "reported"
    ANSWERED = "answered"
    REVIEWED = "reviewed"
    CLOSED = "closed"


_S = FindingStep

FINDING = Machine[FindingStep](
    {
        (None, FindingReported): _S.REPORTED,
        (_S.REPORTED, FindingAnswered): _S.ANSWERED,
        (_S.REPORTED, FindingReviewed): _S.REVIEWED,
        (_S.REPORTED, FindingClosed): _S.CLOSED,
        (_S.ANSWERED, FindingAnswered): _S.ANSWERED,
        (_S.ANSWERED, FindingReviewed): _S.REVIEWED,
        (_S.ANSWERED, FindingClosed): _S.CLOSED,
        (_S.REVIEWED, FindingAnswered): _S.REVIEWED,
        (_S.REVIEWED, FindingClosed): _S.CLOSED,
    }
)


class ReportedFinding(Struct, frozen=True):
    number: int
    step: FindingStep
    code: str
    articles: tuple[str, ...]
    rule: str
    about: str
    officer: str | None
    """Whom it names."""
    reported_ms: int
    reported_under: str
    answered_by: str | None = None
    """Who answered first: the right to be heard was given."""
    answers: tuple[int, ...] = ()
    """The facts of all answers: their words stand beside them."""

    @property
    def live(self) -> bool:
        return self.step is not FindingStep.CLOSED

    @property
    def shelves(self) -> Iterator[tuple[str, int | str]]:
        yield self.code, self.about


def advance_finding(finding: ReportedFinding | None, fact: Fact) -> ReportedFinding:
    step = FINDING.next_step(finding.step if finding else None, fact)
    if finding is None:
        body = fact.body
        assert isinstance(body, FindingReported)  # noqa: S101 - the table admits nothing else from nowhere
        return ReportedFinding(
            fact.n,
            step,
            body.code,
            body.articles,
            body.rule,
            body.about,
            body.officer,
            fact.at.utc_ms,
            fact.policy,
        )
    if isinstance(fact.body, FindingAnswered):
        answered_by = finding.answered_by or fact.by
        return replace(finding, step=step, answered_by=answered_by, answers=(*finding.answers, fact.n))
    return replace(finding, step=step)
