"""Promise: `dockward policy ratio` says what each department has and must have, and fails only for a reported lack."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dockward.policy_ratio import add_arguments, aligned, run, width
from station.errors import WrongUseError
from station.policy.pack import PackError

Ratio = Callable[..., tuple[int, str, str]]
ENOUGH = "设备编号,单位,最近入站\nc1,公安局,2026/11/20\nc2,公安局,2026/11/20\nc3,公安局,2026/11/20\n"
SHORT = "设备编号,单位,最近入站\nc1,公安局,2026/11/20\n"


@pytest.fixture
def ratio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ratio:
    def asked(cameras: str, *words: str, pack: str = "yinchuan", officers: str = "") -> tuple[int, str, str]:
        rows = officers or "".join(f"o{n},公安局,N{n},2026-12-31\n" for n in range(4))
        (tmp_path / "o.csv").write_bytes(f"编号,单位,证件编号,有效期止\n{rows}".encode("gb18030"))
        (tmp_path / "c.csv").write_text(cameras, encoding="utf-8-sig")
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        files = ("--officers", str(tmp_path / "o.csv"), "--cameras", str(tmp_path / "c.csv"))
        code = run(parser.parse_args(["--pack", pack, *files, "--on", "2026-11-21", *words]))
        told = capsys.readouterr()
        return code, told.out, told.err

    return asked


def test_enough_is_no_failure_and_says_how_many_may_leave(ratio: Ratio) -> None:
    code, told, _ = ratio(ENOUGH)
    assert code == 0
    (line,) = (line for line in told.splitlines() if line.startswith("公安局"))
    assert line.split() == ["公安局", "A", "4", "2", "2", "3", "3", "0", "1", "达标", "enough", "YC-ANX-A；YC-19.1"]
    for words in ("秉承节俭、效率的原则（YC-15）", "部门", "Department", "调拨", "transfer", "系统默认，非法规条文"):
        assert words in told


def test_a_reported_shortfall_fails_and_cites_its_articles(ratio: Ratio) -> None:
    code, told, _ = ratio(SHORT)
    assert code == 1
    (line,) = (line for line in told.splitlines() if line.startswith("RATIO_SHORT"))
    assert "公安局" in line
    assert "YC-19.1" in line


def test_advice_is_no_failure(ratio: Ratio) -> None:
    code, told, _ = ratio("设备编号,单位,最近入站\n", officers="o1,渔政大队,N1,\n")
    assert code == 0
    assert "建议补足 advice" in told
    assert "CLASS_UNSET 渔政大队" in told
    assert ratio(SHORT, pack="zhoucun")[0] == 0


def test_the_day_decides(ratio: Ratio) -> None:
    assert ratio(SHORT, "--on", "2027-01-01")[0] == 0, "no certificate is valid any more"
    assert ratio(ENOUGH, "--on", "2026-12-30")[0] == 1, "no camera was seen for forty days"


def test_cameras_that_do_not_count_are_named_with_why(ratio: Ratio) -> None:
    cameras = "设备编号,单位,种类,状态,健康度\nc1,公安局,照相机,,\nc2,公安局,,维修,\nc3,公安局,,,\n"
    told = ratio(cameras)[1]
    assert "公安局: 未计入 / not counted: 种类不计 other kind 1，维修 in repair 1，30 天未入站 not docked 1" in told
    assert "no camera has a day it was last docked" in told
    assert "no camera has a day" not in ratio(ENOUGH)[1]


def test_json_says_the_same(ratio: Ratio) -> None:
    code, told, _ = ratio(SHORT, "--json")
    (line,) = json.loads(told)["departments"]
    assert code == 1
    assert (line["name"], line["required"], line["shortfall"], line["outcome"]) == ("公安局", 2, 1, "short")
    assert line["reports"][0]["verdict"]["code"] == "RATIO_SHORT"


def test_each_fault_of_a_file_is_a_line_with_its_path(ratio: Ratio, tmp_path: Path) -> None:
    code, told, faults = ratio("设备编号,单位,最近入站\nc1,公安局,昨天\nc1,,\n")
    assert (code, told) == (2, "")
    assert [line.split(": ")[:2] for line in faults.splitlines()] == [
        [f"{tmp_path / 'c.csv'}:2", "最近入站 seen"],
        [f"{tmp_path / 'c.csv'}:3", "单位 unit"],
        [f"{tmp_path / 'c.csv'}:3", "设备编号 id"],
    ]


def test_bodies_give_names_and_a_missing_file_is_wrong_use(ratio: Ratio, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("编号,名称\n公安局,教育局\n", encoding="utf-8")
    told = ratio(SHORT, "--bodies", str(tmp_path / "b.csv"))[1]
    assert any(line.startswith("教育局") and " B " in line for line in told.splitlines())
    with pytest.raises(WrongUseError, match=r"nowhere\.csv"):
        ratio(SHORT, "--bodies", str(tmp_path / "nowhere.csv"))
    with pytest.raises(PackError):
        ratio(SHORT, pack="atlantis")


def test_a_pack_file_is_taken_as_it_stands(ratio: Ratio, tmp_path: Path) -> None:
    """A department that asks more of itself: one camera for every officer."""
    pack = tmp_path / "ours.toml"
    pack.write_text(
        'id = "ours"\nversion = 1\nzh = "公安局"\nen = "Public Security"\nkind = "department"\nextends = "yinchuan@1"\n'
        "[ratio.officers_per_device]\n"
        'A = { value = 1, status = "default", set_by = "admin-1", set_at = 2026-11-01, note = "本局决定" }\n',
        encoding="utf-8",
    )
    code, told, _ = ratio(ENOUGH, pack=str(pack))
    assert code == 1
    assert "YC-ANX-A；本单位设定" in told


def test_columns_stand_below_each_other_in_a_terminal() -> None:
    lines = list(aligned([("部门", "Department"), ("应配", "Required")], [("公安局", "2"), ("x", "11")]))
    assert lines == ["部门            应配", "Department  Required", "公安局             2", "x                 11"]
    assert [width(text) for text in ("局", "a", "（", "e\u0301", "")] == [2, 1, 2, 1, 0]
