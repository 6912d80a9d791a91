"""来看看: what the first page shows of what came back to somebody. Pure."""

from msgspec import Struct

from station.desk.file_list import Difference
from station.desk.look_at import Accusing, Look
from station.views.footage import moment_text
from station.views.office_words import ABOUT, EXPLANATION_STEPS, Both


class FindingRow(Struct, frozen=True):
    """`about`: as facts name it; empty where it stands in the list of what was brought back."""

    number: int
    officer: str = ""
    about: Both = ("", "")
    time: str = ""
    words: Both = ("", "")
    answers: tuple[str, ...] = ()


class LookRows(Struct, frozen=True):
    findings: tuple[FindingRow, ...]
    differing: tuple[tuple[Both, tuple[FindingRow, ...]], ...]
    """What each list says as a whole, and its differences."""
    returned: tuple[tuple[int, int], ...]
    """Explanations to write again, and their missions."""
    waiting: tuple[tuple[int, int, Both], ...]
    """Those of others that wait for whoever looks, their missions, and for what they wait."""
    to_settle: tuple[FindingRow, ...]
    requests: int
    """How many requests to see footage wait for an answer."""

    def __bool__(self) -> bool:
        return bool(self.findings or self.differing or self.returned or self.waiting or self.to_settle or self.requests)


def look_rows(look: Look, requests: int) -> LookRows:
    return LookRows(
        tuple(map(_accusing, look.findings)),
        tuple((listed.words, tuple(map(_difference, listed.differences))) for listed in look.differing),
        tuple((one.number, one.mission) for one in look.returned),
        tuple((one.number, one.mission, EXPLANATION_STEPS[one.step]) for one in look.waiting),
        tuple(map(_accusing, look.to_settle)),
        requests,
    )


def about_text(about: str) -> Both:
    """As "领用 17"."""
    kind, _, number = about.partition(":")
    zh, en = ABOUT.get(kind, (kind, kind))
    return f"{zh} {number}", f"{en} {number}"


def _accusing(one: Accusing) -> FindingRow:
    time = moment_text(one.reported_ms)
    return FindingRow(one.finding, one.officer, about_text(one.about), time, (one.zh, one.en), one.answers)


def _difference(one: Difference) -> FindingRow:
    return FindingRow(one.finding, words=(one.zh, one.en))
