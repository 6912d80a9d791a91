"""Promise: the printed pack says every rule in force once, in words, and never lets a default look like law."""

import datetime as dt
import re
from hashlib import sha256
from pathlib import Path

import pytest

from dockward.__main__ import main
from station.policy.effective import EffectivePack
from station.policy.parameters import PARAMETERS, Kind
from station.policy.printing import SECTIONS, PrintedPack, printed
from station.policy.rows import STATUSES, Row, row_of
from station.policy.value_words import CHOICES, UNITS, choice_words, value_words
from station.signing.policy_packs import packaged_articles, packaged_names, packaged_pack
from tests.policies import pack_with

ARTICLES = packaged_articles()
ON = dt.date(2026, 11, 21)
NAMES = packaged_names()


def page(pack: EffectivePack) -> PrintedPack:
    return printed(pack, ARTICLES, {one.name: "0" * 64 for one in pack.packs}, "未核验签名", ON)


def rows(printed_pack: PrintedPack) -> list[Row]:
    return [row for section in printed_pack.sections for table in section.tables for row in table.rows]


def said(name: str, **changed: object) -> str:
    """Of Mingshan, with some values changed."""
    pack = pack_with("mingshan", **changed)
    return value_words(pack, pack.rule(name))


def html(tmp_path: Path, *words: str) -> str:
    out = tmp_path / "page.html"
    assert main(["policy", "print", *words, "--out", str(out)]) == 0
    return out.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_stands_on_the_page_once(name: str) -> None:
    pack = packaged_pack(name)
    listed = rows(page(pack))
    single = [row.name for row in listed if not row.table]
    assert sorted(single) == sorted(rule for rule in pack.rules if rule in PARAMETERS)
    entries = sum(row.zh.count("；") + 1 for row in listed if row.table)
    assert entries == len(pack.rules) - len(single)


@pytest.mark.parametrize("name", NAMES)
def test_a_default_says_so_and_quotes_nobody(name: str) -> None:
    pack = packaged_pack(name)
    for rule in pack.rules.values():
        row = row_of(pack, rule, ARTICLES)
        assert (row.status_zh == "系统默认，非法规条文") == rule.is_default
        assert all(article.quoted and article.cited for article in row.articles)
        if rule.is_default:
            assert row.articles == ()
    whole = page(pack)
    assert whole.law + whole.default == len(pack.rules)
    assert all(bool(finding.basis) != bool(finding.articles) for finding in whole.findings)


def test_a_departments_own_setting_is_said_to_be_its_own() -> None:
    pack = pack_with("mingshan")
    rule = pack.rule("check.battery_min_percent")
    own = type(rule)(rule.name, rule.stated, "civil@1", "department")
    assert row_of(pack, own, ARTICLES).status_zh == "本单位设定"


def test_every_choice_and_unit_has_words() -> None:
    pack = packaged_pack("mingshan")
    for parameter in PARAMETERS.values():
        for choice in parameter.choices:
            assert choice_words(parameter, choice) or choice in pack.codes, f"{parameter.name}: {choice}"
        if parameter.kind in {Kind.NUMBER, Kind.TIME} and parameter.name != "handover.deadline":
            assert parameter.unit in UNITS, parameter.name
    known = {choice for parameter in PARAMETERS.values() for choice in parameter.choices}
    assert {choice.rpartition(":")[2] for choice in CHOICES} <= known, "words for a choice that no parameter has"
    assert len(STATUSES) == len({zh for zh, _ in STATUSES.values()})


@pytest.mark.parametrize("name", NAMES)
def test_no_code_reaches_a_reader_bare(name: str) -> None:
    """A lawyer reads Chinese; `unit_head` and `LT-EVIDENCE` are for the machine."""
    for row in rows(page(packaged_pack(name))):
        if row.name not in {"record.list_author", "export.rules"}:
            assert not re.search("[a-z]{2}_|[A-Z]{2,}[_-]", row.said + row.zh), row


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("handover.deadline", {}, "24小时"),
        ("handover.deadline", {"handover__unit": "working_day", "handover__deadline": 1}, "1个工作日"),
        ("retention.ordinary_min", {}, "6个月"),
        ("stats.annual_due", {}, "1月30日"),
        ("pack.in_force_from", {}, "2019年7月1日"),
        ("pack.valid_years", {}, "无"),
        ("nonuse.reviewer", {}, "主要负责人"),
        ("notice.when", {}, "事先"),
        ("handover.officer_signature", {}, "是"),
        ("access.scope", {}, "本科室"),
        ("naming.grouping", {}, "按科室"),
        ("naming.template", {"naming__template": "{officer_name}_{cause}"}, "〔执法人员姓名〕_〔案由〕"),
        ("ratio.officers_per_device.A", {}, "每2名执法人员不低于一台"),
        ("record.activity.ACT-SEAL", {}, "全过程记录"),
    ],
)
def test_values_as_a_lawyer_reads_them(name: str, changed: dict[str, object], words: str) -> None:
    assert said(name, **changed) == words


def test_every_section_of_the_catalogue_has_its_place() -> None:
    placed = [name for _, names in SECTIONS for name in names]
    assert sorted(placed) == sorted({name.partition(".")[0] for name in PARAMETERS})


def test_departments_of_one_class_share_a_row_and_its_quote_stands_once() -> None:
    (classes,) = [
        table.rows
        for section in page(packaged_pack("yinchuan")).sections
        for table in section.tables
        if table.title == "部门配备类别"
    ]
    assert classes[0].zh.startswith("公安局；人社局；国土局")
    assert classes[0].zh.count("；") == 14
    assert classes[0].said == "A类"


def test_yinchuan_says_that_its_life_is_over_and_that_the_day_is_assumed() -> None:
    """YC-26: five years, from a publication day that the seed does not give."""
    whole = page(packaged_pack("yinchuan"))
    assert (whole.begins, whole.ends) == ("2018年10月25日", "2023年10月24日")
    assert whole.expired
    assert whole.begins_by_default
    assert not page(packaged_pack("mingshan")).expired


def test_the_page_is_one_file_with_no_script(tmp_path: Path) -> None:
    whole = html(tmp_path, "xixia")
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import|https?:", whole)
    assert '<html lang="zh-CN">' in whole
    assert "size: A4" in whole
    for words in ("银川市西夏区", "沿用上级", "系统默认，非法规条文", "已届满", "（盖章）", "（签名）", "随软件提供"):
        assert words in whole


def test_the_fingerprint_is_that_of_the_files(tmp_path: Path) -> None:
    whole = html(tmp_path, "xixia")
    for one in packaged_pack("xixia").packs:
        assert sha256(Path(one.file).read_bytes()).hexdigest() in whole


def test_what_a_department_wrote_is_escaped_and_its_signature_is_not_taken_for_granted(tmp_path: Path) -> None:
    pack = tmp_path / "civil.toml"
    words = 'id = "civil"\nversion = 1\nkind = "department"\nzh = "<b>科</b>"\nen = "s"\nextends = "mingshan@1"\n'
    note = '[wear]\ndress = { value = "<i>制服</i>", status = "default", note = "<script>", set_by = "张三" }\n'
    pack.write_text(words + note, encoding="utf-8")
    whole = html(tmp_path, str(pack))
    assert not re.search("<b>|<i>|<script>", whole)
    for written in ("&lt;i&gt;制服&lt;/i&gt;", "本单位设定", "张三", "未核验签名"):
        assert written in whole


def test_nothing_is_written_over_and_a_wrong_pack_is_not_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html(tmp_path, "mingshan")
    assert main(["policy", "print", "mingshan", "--out", str(tmp_path / "page.html")]) == 2
    pack = tmp_path / "wrong.toml"
    pack.write_text('id = "wrong"\n', encoding="utf-8")
    assert main(["policy", "print", str(pack), "--out", str(tmp_path / "other.html")]) == 1
    assert "wrong.toml" in capsys.readouterr().err
    assert not (tmp_path / "other.html").exists()


def test_without_a_file_the_page_goes_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "print", "zhoucun"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("<!doctype html>")
    assert "周村区" in out
