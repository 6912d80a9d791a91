"""Promise: the registry shows every department's ratio; a broken file is one line there, and nothing falls over."""

import os
from pathlib import Path

import httpx
import pytest

from registry.config import RollsConfig, read_config
from registry.fleet import FleetView
from registry.pages import create_pages
from registry.rolls_page import RatioBook, RatioView
from station.errors import WrongUseError
from station.pages.live import Live
from station.signing.certificates import POLICY, POLICY_NAME
from tests.agency import AT_MS, Agency
from tests.uploading_stations import SameProcess

NOW_MS = 1_795_219_200_000
"""2026-11-21T00:00:00Z, eight in the morning at the unit."""
NAME = "某甲"


class Rolls:
    """The files of a registry's rolls, and the pages over them."""

    def __init__(self, folder: Path, pack: str = "yinchuan") -> None:
        self.folder = folder
        self.officers(f"编号,姓名,单位,证件编号\no1,{NAME},公安局,1\no2,{NAME},公安局,2\no3,{NAME},渔政大队,3\n")
        self.cameras("设备编号,单位,最近入站\nc1,公安局,2026-11-20\nc2,公安局,2026-11-20\n")
        self.now_ms = NOW_MS
        config = RollsConfig(pack, str(folder / "o.csv"), str(folder / "c.csv"))
        self.book = RatioBook("银川", config, b"", lambda: self.now_ms)

    def officers(self, text: str) -> None:
        (self.folder / "o.csv").write_text(text, encoding="utf-8")

    def cameras(self, text: str) -> None:
        """Written beside and moved into place, as whoever exports it should."""
        beside = self.folder / "c.new"
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.folder / "c.csv")

    def ask(self, path: str = "/ratio") -> httpx.Response:
        return asked(path, self.book)


def asked(path: str, book: RatioBook) -> httpx.Response:
    pages = create_pages(lambda: FleetView("银川", "", (), ()), Live(), book.view)
    with httpx.Client(transport=SameProcess(pages), base_url="http://registry") as http:
        return http.get(path)


def outcomes(view: RatioView) -> dict[str, str]:
    assert view.table is not None
    return {each.name: each.outcome.value for each in view.table.departments}


@pytest.fixture
def rolls(tmp_path: Path) -> Rolls:
    return Rolls(tmp_path)


def test_the_page_and_its_json_show_every_department(rolls: Rolls) -> None:
    page = rolls.ask()
    assert page.status_code == 200
    for words in ("公安局", "达标", "enough", "YC-ANX-A", "YC-19.1", "渔政大队", "建议补足", "系统默认，非法规条文"):
        assert words in page.text
    for words in ("default, not law", "秉承节俭、效率的原则", "YC-15", "可调出", "调拨", "transfer", "yinchuan@1"):
        assert words in page.text
    assert "2026-11-21" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    lines = {line["name"]: line for line in rolls.ask("/api/v1/ratio").json()["table"]["departments"]}
    assert (lines["公安局"]["required"], lines["公安局"]["spare"]) == (1, 1)


def test_no_person_is_on_the_page(rolls: Rolls) -> None:
    for path in ("/ratio", "/api/v1/ratio"):
        assert NAME not in rolls.ask(path).text
        assert "o1" not in rolls.ask(path).text


def test_the_fleet_page_leads_there() -> None:
    assert 'href="/ratio"' in asked("/", RatioBook("r", None, b"", lambda: NOW_MS)).text


def test_without_rolls_the_page_says_what_to_configure() -> None:
    book = RatioBook("r", None, b"", lambda: NOW_MS)
    page = asked("/ratio", book)
    assert page.status_code == 200
    assert "[rolls]" in page.text
    assert "尚未设定名册文件" in page.text
    assert asked("/api/v1/ratio", book).json()["configured"] is False


def test_files_are_read_again_when_they_change(rolls: Rolls) -> None:
    assert outcomes(rolls.book.view())["公安局"] == "enough"
    rolls.cameras("设备编号,单位,最近入站\nc1,公安局,2026-11-20\nc2,教育局,2026-11-20\n")
    assert set(outcomes(rolls.book.view())) == {"公安局", "教育局", "渔政大队"}
    rolls.officers("编号,单位,证件编号\n" + "".join(f"o{n},公安局,{n}\n" for n in range(9)))
    assert outcomes(rolls.book.view())["公安局"] == "short"


def test_unchanged_files_are_not_read_again(rolls: Rolls, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rolls.book.view()
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
    assert rolls.book.view() == before


def test_the_day_goes_on_without_new_files(rolls: Rolls) -> None:
    """In the unit's own time: at 16:00 UTC its next day begins."""
    last_day_ms = NOW_MS + 29 * 86_400_000 + 16 * 3_600_000 - 1
    rolls.now_ms = last_day_ms
    assert outcomes(rolls.book.view())["公安局"] == "enough"
    rolls.now_ms = last_day_ms + 1
    assert outcomes(rolls.book.view())["公安局"] == "short"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("设备编号,单位,最近入站\nc1,公安局,昨天\nc1,公安局,\n", "cameras:2: 最近入站 seen"),
        ("", "缺少这个表头"),
        ('设备编号,单位\n"c1', "CSV"),
        ("设备编号,单位,<script>\n", "第 3 列"),
    ],
)
def test_a_broken_file_is_one_line_until_it_is_mended(rolls: Rolls, broken: str, said: str) -> None:
    good = rolls.book.view()
    rolls.cameras(broken)
    page = rolls.ask()
    assert page.status_code == 200
    assert said in page.text
    assert "名册无法读取" in page.text
    assert "<script>" not in page.text.replace("<script type", "")
    assert "\n" not in rolls.book.view().trouble
    assert rolls.ask("/").status_code == 200
    assert rolls.ask("/healthz").text == "ok\n"
    rolls.cameras("设备编号,单位,最近入站\nc1,公安局,2026-11-20\nc2,公安局,2026-11-20\n")
    assert rolls.book.view() == good


def test_a_file_that_goes_and_comes_back(rolls: Rolls) -> None:
    hidden = rolls.folder / "hidden"
    os.replace(rolls.folder / "o.csv", hidden)  # noqa: PTH105 - the file keeps its times and its number
    assert "o.csv cannot be read" in rolls.book.view().trouble
    os.replace(hidden, rolls.folder / "o.csv")  # noqa: PTH105
    assert rolls.book.view().trouble == ""


@pytest.mark.parametrize("pack", ["atlantis", "nowhere.toml"])
def test_a_pack_that_is_not_there_is_one_line_too(tmp_path: Path, pack: str) -> None:
    view = Rolls(tmp_path, pack).book.view()
    assert view.table is None
    assert pack.removesuffix(".toml") in view.trouble


def test_an_unsigned_pack_counts_for_nothing(tmp_path: Path) -> None:
    pack = tmp_path / "ours.toml"
    pack.write_text(
        'id = "ours"\nversion = 1\nzh = "公安局"\nen = "ours"\nkind = "department"\nextends = "yinchuan@1"\n',
        encoding="utf-8",
    )
    assert "SIGNATURE_INVALID" in Rolls(tmp_path, str(pack)).book.view().trouble


CONFIG = """
name = "银川"
witness = "w+00000000+x"
broker = { host = "broker.example" }
api = { host = "10.0.0.1" }
"""


def test_the_configuration_may_name_rolls_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(CONFIG, encoding="utf-8")
    assert read_config(path).rolls is None
    path.write_text(f'{CONFIG}\n[rolls]\npack = "yinchuan"\nofficers = "o.csv"\ncameras = "/c.csv"\n', encoding="utf-8")
    assert read_config(path).rolls == RollsConfig("yinchuan", str(tmp_path / "o.csv"), "/c.csv")
    path.write_text(
        f'{CONFIG}\n[rolls]\npack = "p.toml"\nofficers = "o"\ncameras = "c"\nbodies = "b"\n', encoding="utf-8"
    )
    whole = [str(tmp_path / name) for name in ("p.toml", "o", "c", "b")]
    assert read_config(path).rolls == RollsConfig(*whole)
    path.write_text(f'{CONFIG}\n[rolls]\npack = "yinchuan"\nofficers = "o"\n', encoding="utf-8")
    with pytest.raises(WrongUseError, match="cameras"):
        read_config(path)


def test_when_what_a_pack_stands_on_arrives_it_is_read_again(tmp_path: Path) -> None:
    agency = Agency()
    signer = agency.issue(POLICY, POLICY_NAME)

    def deliver(name: str, stands_on: str) -> str:
        path = tmp_path / f"{name}.toml"
        text = f'id = "{name}"\nversion = 1\nzh = "某"\nen = "Some"\nextends = "{stands_on}@1"\n'
        path.write_text(text, encoding="utf-8")
        Path(f"{path}.sig").write_bytes(signer.sign(path.read_bytes()))
        Path(f"{path}.pem").write_bytes(signer.pem)
        return str(path)

    rolls = Rolls(tmp_path)
    config = RollsConfig(deliver("child", "parent"), str(tmp_path / "o.csv"), str(tmp_path / "c.csv"))
    book = RatioBook("银川", config, agency.ca_pem, lambda: AT_MS)
    assert "parent@1 is not there" in book.view().trouble
    deliver("parent", "yinchuan")
    assert outcomes(book.view()) == outcomes(rolls.book.view())


def test_what_a_roll_says_is_never_markup(rolls: Rolls) -> None:
    rolls.officers("编号,单位,证件编号\no1,<script>alert(1)</script>,1\n")
    page = rolls.ask()
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
