"""Promise: whoever is refused at the kiosk reads why in both languages, there and on the panel."""

import html
from pathlib import Path

import pytest

from station.custody.facts import BayOffered
from station.desk.badge_sign_in import SIGN_IN_REFUSALS
from station.desk.kiosk_screens import REASONS
from station.errors import WireFailedError
from station.views.words import BADGE_TROUBLE
from tests.dock_bench import DockBench
from tests.kiosk_bench import KioskBench, ready
from tests.refusals_at_the_dock import REFUSALS


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_is_reached_at_the_kiosk_in_both_languages_and_on_the_panel(code: str, tmp_path: Path) -> None:
    in_vain = REFUSALS[code]()
    bench = KioskBench(tmp_path, in_vain.dock)
    bench.takes(in_vain.officer)
    if in_vain.bay:
        bench.touch("point")
        bench.touch(f"bay:{in_vain.bay}")
    before = in_vain.dock.facts.copy()
    refused = in_vain.dock.refused(in_vain.officer, in_vain.bay)
    assert (refused.code, bench.step) == (code, "not_lent")
    zh, en = refused.words
    assert f'<span lang="zh-CN">{html.escape(zh)}</span>' in bench.page()
    assert f'lang="en">{html.escape(en, quote=False)}</span>' in bench.page().replace("&#39;", "'")
    assert bench.shown[-1] == (code, f"{zh} / {en}")
    assert ("emergency" in bench.touches()) is in_vain.emergency
    assert [fact.body.type for fact in before].count("bay_offered") == bench.offers()


def test_whoever_is_refused_for_their_own_sake_is_shown_no_other_bay(tmp_path: Path) -> None:
    bench = KioskBench(tmp_path, REFUSALS["OFFICER_UNQUALIFIED"]().dock)
    bench.takes()
    assert (bench.step, bench.shown[-1][0]) == ("not_lent", "OFFICER_UNQUALIFIED")
    assert "point" not in bench.touches()


@pytest.mark.parametrize("reason", [*range(len(REASONS)), "有人落水"])
def test_an_emergency_is_touched_or_typed_and_opens_the_bay(reason: int | str, tmp_path: Path) -> None:
    bench = KioskBench(tmp_path, REFUSALS["CHECK_BATTERY"]().dock)
    bench.takes()
    bench.touch("emergency")
    assert bench.step == "emergency"
    if isinstance(reason, int):
        bench.touch(f"reason:{reason}")
    else:
        bench.touch("enter", reason)
    assert bench.step == "opened"
    (offered,) = [fact for fact in bench.dock.facts if fact.body.type == "bay_offered"]
    assert offered.private == {"reason": REASONS[reason][0] if isinstance(reason, int) else reason}


def test_an_emergency_that_nobody_names_opens_nothing(tmp_path: Path) -> None:
    bench = KioskBench(tmp_path, REFUSALS["CHECK_BATTERY"]().dock)
    bench.takes()
    bench.touch("emergency")
    bench.touch("enter", "  ")
    assert (bench.step, bench.offers()) == ("not_lent", 0)
    assert "请说明紧急情况，再取" in bench.text()
    assert bench.shown[-1][0] == "EMERGENCY_UNEXPLAINED"
    assert "emergency" in bench.touches()


def test_a_bay_may_be_pointed_at_and_what_stands_there_is_lent(tmp_path: Path) -> None:
    dock = DockBench()
    dock.ready("C1", "1")
    dock.put("C2", "2")
    dock.listed("2")
    dock.take("officer-2")
    bench = KioskBench(tmp_path, dock)
    bench.takes()
    assert (bench.step, bench.shown[-1][0]) == ("not_lent", "CHECK_UNDER_WAY")
    bench.touch("point")
    assert [one for one in bench.touches() if one.startswith("bay:")] == ["bay:1", "bay:2"]
    dock.measured("2")
    dock.clock_set("2")
    bench.touch("bay:2")
    assert (bench.step, dock.last(BayOffered).camera) == ("opened", "C2")


@pytest.mark.parametrize(
    ("officer", "alone", "code"), [("officer-1", False, "TWO_BADGES"), ("stranger", True, "BADGE_UNKNOWN")]
)
def test_a_card_that_names_nobody_is_told_what_to_do(tmp_path: Path, officer: str, alone: bool, code: str) -> None:  # noqa: FBT001 - a row of a table
    bench = ready(tmp_path)
    if officer == "stranger":
        bench.badges.signing_in._holders = {}
    bench.lay("officer-1", alone=alone)
    zh, en = SIGN_IN_REFUSALS[code].split(" / ")
    assert bench.step == "refused"
    assert zh in bench.text()
    assert en in bench.text()
    assert bench.shown == [(code, f"{zh} / {en}")]


def test_a_reader_that_is_gone_is_said_until_it_is_back(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.bench.reader.gone = True
    bench.bench.watch.turn()
    assert BADGE_TROUBLE in bench.text()
    assert "check its cable" in bench.text()
    bench.bench.reader.gone = False
    bench.bench.watch.turn()
    assert "请刷证卡" in bench.text()


def test_a_journal_that_does_not_answer_is_said_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = ready(tmp_path, loan__pin=False)

    def failing(*_: object) -> None:
        raise WireFailedError("磁盘已满 / the disk is full")

    with monkeypatch.context() as full:
        full.setattr("station.desk.kiosk.take", failing)
        bench.lay("officer-1")
    assert (bench.step, bench.shown) == ("refused", [])
    assert "磁盘已满" in bench.text()
    assert "the disk is full" in bench.text()
