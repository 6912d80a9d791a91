"""Promise: any word of the packs can be asked about; the answer quotes the law, and says where there is none."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockward.__main__ import main
from station.policy.deciding import DECIDED_BY
from station.policy.explaining import ARTICLE, CODE, FINDING, PARAMETER, Explanation, Here, close_words, explain
from station.policy.parameters import PARAMETERS, parameter_of
from station.signing.policy_packs import packaged_articles, packaged_names, packaged_pack

ROOT = Path(__file__).parent.parent
ARTICLES = packaged_articles()
PACKS = [packaged_pack(name) for name in packaged_names()]
WORDS = sorted({*PARAMETERS, *ARTICLES, *(word for pack in PACKS for word in (*pack.findings, *pack.codes))})


def told(word: str) -> Explanation:
    explanation = explain(word, PACKS, ARTICLES)
    assert explanation is not None, word
    return explanation


def at(explanation: Explanation, place: str) -> Here:
    (here,) = [one for one in explanation.places if one.pack.startswith(f"{place}@")]
    return here


def terminal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["policy", "explain", *words]) == 0
    return capsys.readouterr().out


def test_a_deadline_place_by_place() -> None:
    """YC-20.3a: one working day. MS-EQ-9: 24 hours. Zhoucun's measure is silent."""
    explanation = told("handover.deadline")
    assert (explanation.kind, explanation.zh) == (PARAMETER, "移交时限")
    said = {here.pack.partition("@")[0]: here.rows[0] for here in explanation.places}
    assert (said["yinchuan"].said, said["yinchuan"].status_zh) == ("1个工作日", "原文")
    assert (said["xixia"].said, said["xixia"].status_zh) == ("1个工作日", "沿用上级")
    assert (said["mingshan"].said, said["mingshan"].unit) == ("24小时", "hours")
    assert (said["liangping"].said, said["liangping"].status_zh) == ("24小时", "参照适用")
    assert (said["zhoucun"].status_zh, said["zhoucun"].articles) == ("系统默认，非法规条文", ())
    assert "一个工作日内应当将执法记录信息移交本单位管理人员" in said["yinchuan"].articles[0].quoted


def test_a_table_lists_its_entries_and_an_entry_stands_alone() -> None:
    table, entry = told("record.activity"), told("record.activity.ACT-SEAL")
    assert {row.name for row in at(table, "yinchuan").rows} >= {"record.activity.ACT-SEAL", "record.activity.ACT-MAJOR"}
    assert [row.name for row in at(entry, "yinchuan").rows] == ["record.activity.ACT-SEAL"]
    assert entry.zh.startswith("各类活动的记录要求：查封")


def test_an_article_names_what_rests_on_it() -> None:
    explanation = told("YC-19.1")
    assert explanation.kind == ARTICLE
    assert explanation.article is not None
    assert explanation.article.quoted == "「原则上每二名执法人员不低于一台」"
    assert {here.pack.partition("@")[0] for here in explanation.places} == {"yinchuan", "xixia"}
    here = at(explanation, "yinchuan")
    assert [row.name for row in here.rows] == ["ratio.officers_per_device.A"]
    assert [finding.code for finding in here.findings] == ["RATIO_SHORT"]


def test_a_finding_shows_its_law_or_says_that_it_has_none() -> None:
    explanation = told("CHECK_BATTERY")
    assert explanation.kind == FINDING
    (law,), (default,) = at(explanation, "mingshan").findings, at(explanation, "yinchuan").findings
    assert ([article.id for article in law.articles], law.basis) == (["MS-EQ-4"], "")
    assert (default.articles, default.basis) == ((), "系统默认，非法规条文")
    assert default.verdict_zh == "拒绝"
    assert "check.battery_min_percent" in {row.name for row in at(explanation, "yinchuan").rows}


@pytest.mark.parametrize("word", ["LT-EVIDENCE", "NU-PRIVACY", "ACT-SEIZE", "RECORDER", "FULL", "unit_head"])
def test_a_code_shows_every_rule_that_speaks_of_it(word: str) -> None:
    explanation = told(word)
    assert explanation.kind == CODE
    for here in explanation.places:
        for row in here.rows:
            listed = row.value if isinstance(row.value, tuple) else (row.value,)
            assert row.name.endswith(f".{word}") or word in listed


def test_personal_privacy_is_a_reason_in_yinchuan_and_none_in_zhoucun() -> None:
    """YC-18.3 lists it; Zhoucun's measure names no reason at all."""
    explanation = told("NU-PRIVACY")
    reasons = {here.pack.partition("@")[0]: here.rows[0] for here in explanation.places}
    assert (reasons["yinchuan"].said, [one.id for one in reasons["yinchuan"].articles]) == ("可以", ["YC-18.3"])
    assert (reasons["zhoucun"].said, reasons["zhoucun"].articles) == ("不得", ())


@given(st.sampled_from(WORDS))
def test_every_word_is_explained_and_no_default_quotes_the_law(word: str) -> None:
    for here in told(word).places:
        for row in here.rows:
            assert (row.status_zh in {"系统默认，非法规条文", "本单位设定"}) == (row.status == "default")
            assert not (row.status == "default" and row.articles)
            assert all(article.quoted for article in row.articles)


@given(st.text(max_size=20))
def test_any_text_is_answered_or_not_known(word: str) -> None:
    explanation = explain(word, PACKS, ARTICLES)
    assert explanation is None or explanation.word.upper() == word.upper()
    assert set(close_words(word, PACKS, ARTICLES)) <= {*WORDS, *(name for pack in PACKS for name in pack.rules)}


def test_capitals_are_forgiven_and_near_misses_are_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert told("lt-evidence").word == "LT-EVIDENCE"
    assert told("Handover.Deadline").word == "handover.deadline"
    assert main(["policy", "explain", "handover.deadlin"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "did you mean handover.deadline" in said.err


def test_nothing_like_it_is_said_without_guessing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", "罚款"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_the_terminal_says_it_in_chinese_first(capsys: pytest.CaptureFixture[str]) -> None:
    lines = terminal(capsys, "handover.deadline", "--pack", "yinchuan").splitlines()
    assert lines[0] == "handover.deadline  移交时限"
    assert "  移交时限（handover.deadline）：1个工作日" in lines
    assert "    time allowed: 1 working days" in lines
    assert "    性质 status: 原文 / the text says so" in lines
    cited = "    依据 YC-20.3a 《银川市行政执法全过程记录办法》第二十条第（三）项（004_7322df1d2b498bbc.txt）"
    assert cited in lines
    assert lines[lines.index(cited) + 1].strip().startswith("「在执法活动结束后一个工作日内")
    assert not any("mingshan" in line for line in lines)


def test_the_terminal_says_that_a_default_is_none_of_the_law(capsys: pytest.CaptureFixture[str]) -> None:
    assert "系统默认，非法规条文 / a default, not law" in terminal(capsys, "CHECK_BATTERY", "--pack", "yinchuan")
    assert "依据" not in terminal(capsys, "check.battery_min_percent", "--pack", "yinchuan")
    assert "「原则上每二名执法人员不低于一台」（004_7322df1d2b498bbc.txt）" in terminal(capsys, "YC-19.1")


def test_a_file_is_explained_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tmp_path / "civil.toml"
    words = 'id = "civil"\nversion = 1\nkind = "department"\nzh = "科"\nen = "s"\nextends = "mingshan@1"\n'
    own = 'deadline = { value = 12, status = "default", set_by = "张三", set_at = 2026-01-02 }\n'
    pack.write_text(f"{words}[handover]\n{own}", encoding="utf-8")
    said = terminal(capsys, "handover.deadline", "--pack", str(pack))
    assert "12小时" in said
    assert "本单位设定 / set by the unit" in said
    assert "张三（2026-01-02）" in said


def test_the_answer_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(terminal(capsys, "ACT-SEIZE", "--pack", "yinchuan", "--json"))
    assert (said["word"], said["kind"]) == ("ACT-SEIZE", "code")
    (row,) = [row for row in said["places"][0]["rows"] if row["name"] == "record.activity.ACT-SEIZE"]
    assert (row["value"], row["articles"][0]["id"]) == ("FULL", "YC-17.2")


def test_the_table_of_deciding_parameters_holds_what_the_rules_name() -> None:
    """Each rule names its finding and its parameter itself; what it names in so many words is looked up here."""
    named = 0
    for path in sorted((ROOT / "station" / "policy").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "finds"):
                continue
            if len(call.args) == 1:
                assert DECIDED_BY[ast.literal_eval(call.args[0])] == (), f"{path.name}:{call.lineno}"
                continue
            code, rule = call.args
            if not (isinstance(code, ast.Constant) and isinstance(rule, ast.Constant)):
                continue
            named += 1
            known = parameter_of(str(rule.value))
            assert known is not None, f"{path.name}:{call.lineno}"
            assert {rule.value, known.name} & set(DECIDED_BY[str(code.value)]), f"{path.name}:{call.lineno}"
    assert named > 40


def test_the_table_knows_every_finding_and_no_parameter_that_is_not_there() -> None:
    assert {code for pack in PACKS for code in pack.findings} == DECIDED_BY.keys()
    for code, names in DECIDED_BY.items():
        for name in names:
            assert name in PARAMETERS or parameter_of(name), f"{code}: {name}"
