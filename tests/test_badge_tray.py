"""The demo's badge tray: what hands do at the dock, and nothing for anybody else's page."""

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from dockward.badge_tray import Tray, served
from dockward.stage_rolls import badge_of
from hardware.simulated.dock import Dock
from hardware.simulated.dock_reader import lying_badges

PEOPLE = ("officer-12", "officer-34")


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    dock = Dock(tmp_path / "dock")
    for serial in ("T8-1", "T8-2", "T8-<3>"):
        dock.make_camera(serial)
    dock.put("T8-1", "1")
    return dock


@pytest.fixture
def tray(dock: Dock) -> Tray:
    return Tray(dock, PEOPLE, ("1", "2"))


@pytest.fixture
def page(tray: Tray) -> Iterator[str]:
    with served(tray) as url:
        yield url


def asked(url: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
    where = urlsplit(url)
    line = http.client.HTTPConnection(where.hostname or "", where.port or 0, timeout=10)
    try:
        told = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        body = None if form is None else urlencode(form)
        line.request("GET" if form is None else "POST", where.path or "/", body, told)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def pressed(html: str) -> list[str]:
    return re.findall(r'value="([^"]+)" aria-pressed="true"', html)


def test_badges_are_laid_beside_one_another_and_lifted(page: str, dock: Dock) -> None:
    assert pressed(asked(page)[1]) == []
    assert pressed(asked(page, {"badge": "officer-12"})[1]) == ["officer-12"]
    assert pressed(asked(page, {"badge": "officer-34"})[1]) == [*PEOPLE]
    assert pressed(asked(page, {"badge": "officer-12"})[1]) == ["officer-34"]
    assert lying_badges(dock) == (badge_of("officer-34"),)


def test_a_camera_comes_out_of_an_open_bay_and_goes_into_a_free_one(page: str, dock: Dock) -> None:
    assert "1 号仓锁着" in asked(page, {"pull": "1"})[1]
    assert dock.camera_in("1") == "T8-1"
    dock.set_lock("1", locked=False)
    assert "T8-1 已从 1 号仓取出" in asked(page, {"pull": "1"})[1]
    assert "T8-2 放入 1 号仓" in asked(page, {"put": "T8-2"})[1]
    assert "T8-&lt;3&gt; 放入 2 号仓" in asked(page, {"put": "T8-<3>"})[1]
    assert "没有空仓" in asked(page, {"put": "T8-1"})[1]
    assert "没有 / not there" in asked(page, {"put": "T8-2"})[1]
    assert (dock.camera_in("1"), dock.camera_in("2")) == ("T8-2", "T8-<3>")


@pytest.mark.parametrize("form", [{"badge": "head-1"}, {"pull": "9"}, {"put": "../x"}, {"throw": "1"}])
def test_what_is_not_there_is_touched_by_nobody(page: str, dock: Dock, form: dict[str, str]) -> None:
    before = sorted(dock.folder.rglob("*"))
    assert "没有 / not there" in asked(page, form)[1]
    assert sorted(dock.folder.rglob("*")) == before


def test_another_site_s_page_moves_nothing(page: str, dock: Dock) -> None:
    form = {"badge": "officer-12"}
    assert asked(page, form, Origin="https://elsewhere.example")[0] == 403
    assert asked(page, form, Host="elsewhere.example")[0] == 403
    assert asked(page, None, Host="elsewhere.example")[0] == 403
    assert asked(page, {"badge": "x" * 2_000})[0] == 403
    assert asked(f"{page}/desk")[0] == 404
    assert lying_badges(dock) == ()


def test_it_listens_on_loopback_alone_and_runs_no_script(page: str) -> None:
    assert urlsplit(page).hostname == "127.0.0.1"
    html = asked(page)[1]
    assert "<script" not in html
    assert 'lang="zh-CN"' in html
    assert html.count("<h1>") == 1
