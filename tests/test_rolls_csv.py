"""Promise: rolls are read as offices keep them, and nothing that is in doubt gets in; every fault says where it is."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.policy.csv_rows import RollsError
from station.policy.rolls import CameraStanding, Officer, RolledCamera, Rolls
from station.policy.rolls_csv import CAMERAS, HEADINGS, OFFICERS, read_rolls

O_HEAD = "编号,姓名,单位,证件编号"
C_HEAD = "设备编号,单位,最近入站"


def faults(officers: str = O_HEAD, cameras: str = C_HEAD, bodies: str | None = None) -> list[tuple[str, int, str]]:
    with pytest.raises(RollsError) as caught:
        read_rolls(officers, cameras, bodies)
    return [(fault.file, fault.row, fault.column) for fault in caught.value.faults]


def officer(cells: str, heading: str = O_HEAD) -> Officer:
    (one,) = read_rolls(f"{heading}\n{cells}", C_HEAD).officers.values()
    return one


def camera(cells: str, heading: str) -> RolledCamera:
    (one,) = read_rolls(O_HEAD, f"{heading}\n{cells}").cameras.values()
    return one


def test_a_whole_roll() -> None:
    officers = (
        "编号,姓名,单位,科室,职务,证件编号,证件种类,执法类别,执法区域,有效期起,有效期止,考试合格,角色\n"
        "o1,张三,d-7,执法一科,科员,NX-001,执法证件,处罚,兴庆区,2024-03-01,2027/3/1,是,执法人员；专职管理人员\n"
        "o2,李四,教育局,,,,,,,,,,\n"
    )
    cameras = (
        "设备编号,单位,种类,型号,状态,配发,健康度,最近入站\nc1,d-7,手持执法终端,T8,维修,o1；o2,82%,2026年11月20日\n"
    )
    bodies = "编号,名称,主体类别,清单已载,专用存储\nd-7,市场监管局,行政机关,是,s1；s2\n"
    rolls = read_rolls(officers, cameras, bodies, as_of_ms=5)
    assert rolls.as_of_ms == 5
    assert rolls.officers["o1"] == Officer(
        "o1",
        "d-7",
        roles=frozenset({"officer", "custodian"}),
        section="执法一科",
        name="张三",
        post="科员",
        certificate="NX-001",
        certificate_kind="执法证件",
        category="处罚",
        area="兴庆区",
        valid_from=dt.date(2024, 3, 1),
        valid_until=dt.date(2027, 3, 1),
        exam_passed=True,
        custodian_fulltime=True,
    )
    assert rolls.officers["o2"] == Officer("o2", "教育局", name="李四")
    assert rolls.cameras["c1"] == RolledCamera(
        "c1", "d-7", "TERMINAL", "T8", CameraStanding.REPAIR, ("o1", "o2"), 82, dt.date(2026, 11, 20)
    )
    assert (rolls.bodies["d-7"].name, rolls.bodies["d-7"].list_loaded) == ("市场监管局", True)
    assert rolls.bodies["d-7"].stores == {"s1", "s2"}
    assert (rolls.bodies["教育局"].id, rolls.bodies["教育局"].name) == ("教育局", "教育局")


def test_a_unit_is_written_as_id_or_as_name() -> None:
    rolls = read_rolls(f"{O_HEAD}\no1,,市场监管局,n", f"{C_HEAD}\nc1,d-7,", "编号,名称\nd-7,市场监管局")
    assert set(rolls.bodies) == {"d-7"}
    assert rolls.officers["o1"].unit == rolls.cameras["c1"].unit == "d-7"


@pytest.mark.parametrize(
    "heading",
    ["\ufeffid,unit,certificate", "证件编号,单位,编号", "id 编号,单位/unit,CERTIFICATE", "编 号,　单位,证件编号,,"],
)
def test_headings_are_chinese_or_english_in_any_order(heading: str) -> None:
    cells = {"id": "o1", "编号": "o1", "unit": "u", "单位": "u"}
    words = [word.strip("\ufeff　").replace("编 号", "编号") for word in heading.split(",")]
    row = ",".join("" if not word else cells.get(word.split(" ")[0].split("/")[0], "n") for word in words)
    assert officer(row, heading) == Officer("o1", "u", certificate="n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_will_do_and_empty_rows_are_none(end: str) -> None:
    rolls = read_rolls(end.join([O_HEAD, "o1,甲,u,n", ",,,", "", ' o2 ,"乙,丙",u,m', ""]), C_HEAD)
    assert [one.name for one in rolls.officers.values()] == ["甲", "乙,丙"]


@pytest.mark.parametrize(
    "said",
    [
        "2027/3/1",
        "2027-03-01",
        "2027.3.1",
        "2027年3月1日",
        "20270301",
        "２０２７／３／１",
        "2027/3/1 0:00",
        " 2027-3-1　",
    ],
)
def test_dates_as_a_spreadsheet_writes_them(said: str) -> None:
    assert officer(f"o1,,u,n,{said}", f"{O_HEAD},有效期止").valid_until == dt.date(2027, 3, 1)


@pytest.mark.parametrize(
    "said", ["3/1/2027", "2027/3", "2027-13-01", "2027-02-30", "46082", "长期", "2027/3-1", "27/3/1"]
)
def test_a_date_that_could_be_another_is_a_fault(said: str) -> None:
    assert faults(f"{O_HEAD},有效期止\no1,,u,n,{said}") == [("officers", 2, "有效期止 valid_until")]


@given(st.dates(dt.date(1000, 1, 1)))
def test_every_day_is_read_as_written(day: dt.date) -> None:
    heading = f"{O_HEAD},valid_from,valid_until"
    one = officer(f"o1,,u,n,{day.year}/{day.month}/{day.day},{day.isoformat()}", heading)
    assert one.valid_from == one.valid_until == day


def test_full_width_ids_are_the_same_ids() -> None:
    rolls = read_rolls(f"{O_HEAD}\nＮ０１,,执法  一队,１２３\n", f"{C_HEAD}\nc1,执法 一队,")
    assert rolls.officers["N01"].certificate == "123"
    assert set(rolls.bodies) == {"执法 一队"}
    assert faults(f"{O_HEAD}\nN01,,u,1\nＮ０１,,u,2") == [("officers", 3, "编号 id")]


@pytest.mark.parametrize(
    ("column", "said", "value"),
    [
        ("健康度", "85", 85),
        ("健康度", "８５％", 85),
        ("健康度", "", None),
        ("种类", "", "RECORDER"),
        ("种类", "CAMERA", "CAMERA"),
        ("种类", "执法记录仪", "RECORDER"),
        ("状态", "报废", CameraStanding.RETIRED),
        ("状态", "in_use", CameraStanding.IN_USE),
        ("配发", "o1, o2、o3;o4", ("o1", "o2", "o3", "o4")),
    ],
)
def test_cells_of_a_camera(column: str, said: str, value: Any) -> None:
    field = {"健康度": "health_percent", "种类": "kind", "状态": "standing", "配发": "allotted"}[column]
    assert getattr(camera(f'c1,u,,"{said}"', f"{C_HEAD},{column}"), field) == value


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("健康度", "101"),
        ("健康度", "八成"),
        ("健康度", "0.8"),
        ("种类", "无人机"),
        ("状态", "丢失"),
        ("最近 入站", "昨天"),
    ],
)
def test_a_word_nobody_knows_is_a_fault(column: str, said: str) -> None:
    ((file, row, _),) = faults(cameras=f"设备编号,单位,{column}\nc1,u,{said}")
    assert (file, row) == ("cameras", 2)


def test_all_faults_come_at_once_in_order() -> None:
    found = faults(
        f"{O_HEAD},有效期起,有效期止,角色\n,,u,n1,2027-01-01,2026-01-01,厨师\no2,,,n1,,,\n",
        "设备编号,单位,电话\nc1,u,1\nc1,u,2\n",
        "编号,名称\nb1,甲局\nb2,甲局\n",
    )
    assert found == [
        ("bodies", 3, "名称 name"),
        ("cameras", 1, "第 3 列"),
        ("cameras", 3, "设备编号 id"),
        ("officers", 2, "有效期止 valid_until"),
        ("officers", 2, "编号 id"),
        ("officers", 2, "角色 roles"),
        ("officers", 3, "单位 unit"),
        ("officers", 3, "证件编号 certificate"),
    ]


def test_the_first_fault_and_their_number_are_one_line() -> None:
    with pytest.raises(RollsError) as caught:
        read_rolls(f"{O_HEAD}\no1,,,n\no1,,u,m", C_HEAD)
    assert str(caught.value) == "officers:2: 单位 unit: 空白 / is empty (另有 1 处 / 1 more)"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", (1, "单位 unit")),
        ("编号,姓名,单位\no1,甲,u", (1, "证件编号 certificate")),
        (f"{O_HEAD},编号", (1, "编号 id")),
        (f"{O_HEAD},手机号码", (1, "第 5 列")),
        (f"{O_HEAD}\no1,甲,u,n,x", (2, "")),
        (f"{O_HEAD},\no1,甲,u,n,x", (2, "")),
        (f'{O_HEAD}\no1,"甲,u,n', (2, "")),
        (f"{O_HEAD}\no1,甲,u,6.40101E+17", (2, "证件编号 certificate")),
        (f"{O_HEAD}\n{'x' * 65},甲,u,n", (2, "编号 id")),
        (f"{O_HEAD}\no\x071,甲,u,n", (2, "编号 id")),
    ],
)
def test_a_file_that_is_no_roll(text: str, fault: tuple[int, str]) -> None:
    assert ("officers", *fault) in faults(text)


def test_a_missing_column_is_one_fault_and_not_one_a_row() -> None:
    assert faults("编号,单位\n" + "\n".join(f"o{n},u" for n in range(99))) == [("officers", 1, "证件编号 certificate")]


def test_no_fault_repeats_what_a_cell_says_of_a_person() -> None:
    with pytest.raises(RollsError) as caught:
        read_rolls(f"{O_HEAD},有效期止,角色\n,张三,,n,张三,张三\n,张三,,n,,", "设备编号,张三\n")
    assert not any("张三" in str(fault) for fault in caught.value.faults)


@given(st.text(max_size=200), st.text(max_size=200), st.none() | st.text(max_size=200))
def test_any_text_is_rolls_or_faults(officers: str, cameras: str, bodies: str | None) -> None:
    for pair in ((f"{O_HEAD}\n{officers}", f"{C_HEAD}\n{cameras}"), (officers, cameras)):
        assert said_in_a_line(*pair, bodies)


def said_in_a_line(officers: str, cameras: str, bodies: str | None) -> bool:
    try:
        return isinstance(read_rolls(officers, cameras, bodies), Rolls)
    except RollsError as error:
        return bool(error.faults) and "\n" not in str(error)


def test_every_heading_has_a_chinese_name_that_no_other_has() -> None:
    for headings in HEADINGS.values():
        words = [word for name, said in headings.items() for word in (name, said.zh, *said.further)]
        assert len(words) == len(set(words))
    assert {name for name, said in HEADINGS[OFFICERS].items() if said.required} == {"id", "unit", "certificate"}
    assert {name for name, said in HEADINGS[CAMERAS].items() if said.required} == {"id", "unit"}
