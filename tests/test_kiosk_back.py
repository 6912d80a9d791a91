"""Promise: docked and tapped is brought back, with a slip; the list of files follows while it is read."""

import re
from pathlib import Path

import pytest

from station.custody import observations as seen
from station.desk.bringing_back import ODD_WORDS, Odd
from station.desk.bringing_back import REFUSALS as NOT_SIGNED
from station.desk.kiosk_screens import Step
from station.desk.kiosk_turns import LASTS_MS
from station.desk.tapping import AGAIN_MS
from tests.dock_bench import HOUR_MS, MINUTE_MS
from tests.kiosk_bench import PIN, out, ready


def test_docked_and_tapped_shows_the_slip_with_its_code_and_no_pin_is_asked(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench)
    bench.dock.put(camera, "3")
    bench.lay("officer-1")
    assert bench.step == "brought_back"
    text = bench.text()
    assert "3号仓：已归仓，正在采集，可以离开" in text
    assert "Bay 3: brought back, being read; you may go" in text
    slip = bench.dock.brought_back().slip
    assert all(line in text for line in (*slip.zh, *slip.en))
    (drawn,) = re.findall(r'<svg [^>]*class="qr".*?</svg>', bench.page(), re.DOTALL)
    assert "style" not in drawn
    assert "officer-1" not in bench.page()


def test_at_ten_to_midnight_a_flat_camera_is_brought_back_with_one_tap(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    out(bench)
    bench.flat("3")
    bench.lay("officer-1")
    assert "3号仓：已归仓，充电唤醒中，可以离开" in bench.text()


def test_the_file_list_comes_while_the_slip_is_shown_and_the_second_tap_has_the_differences(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench)
    bench.dock.put(camera, "3")
    bench.lay("officer-1")
    assert "已存 0 个文件，采集尚未结束" in bench.text()
    docking = bench.dock.docking("3").number
    bench.dock.tell(
        seen.RecordingRead(
            docking=docking,
            listing="a",
            size_bytes=12_300_000,
            sha256="ab" * 32,
            original_name="张三-夜间巡查.mp4",
            begun_device_ms=None,
            ended_device_ms=None,
        )
    )
    assert "已存 1 个文件" in bench.text()
    assert "12.3 MB" in bench.text()
    gone = seen.MissedFile(
        listing="gone", size_bytes=1, original_name="张三案.mp4", begun_device_ms=None, ended_device_ms=None
    )
    bench.waits(LASTS_MS[Step.BROUGHT_BACK])
    assert bench.step == "idle"
    bench.dock.tell(seen.FilesMissed(docking=docking, files=(gone,)))
    bench.lay("officer-1")
    assert bench.step == "brought_back"
    assert "差异 1 项，请核对" in bench.text()
    assert "1 difference(s): look at them" in bench.text()
    assert "张三" not in bench.page()
    assert bench.dock.kinds().count("handover_signed") == 1
    bench.waits(AGAIN_MS)
    bench.lay("officer-1")
    assert bench.step != "brought_back"


def test_the_slip_is_shown_again_when_the_bay_is_empty_again(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench)
    bench.dock.put(camera, "3")
    bench.lay("officer-1")
    slip = bench.dock.brought_back().slip
    bench.dock.out("3")
    bench.waits(MINUTE_MS)
    bench.lay("officer-1")
    assert bench.step == "brought_back"
    assert slip.zh[-1] in bench.text()


def test_two_flat_cameras_are_pointed_at(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    out(bench)
    out(bench, "officer-2")
    bench.flat("3")
    bench.flat("4")
    bench.lay("officer-1")
    assert (bench.step, bench.shown[-1]) == ("which_bay", ("WHICH_BAY", " / ".join(NOT_SIGNED["WHICH_BAY"])))
    assert NOT_SIGNED["WHICH_BAY"][0] in bench.text()
    assert [one for one in bench.touches() if one.startswith("bay:")] == ["bay:4", "bay:3"]
    bench.touch("bay:4")
    assert (bench.step, bench.dock.docking("4").handed_over_by) == ("brought_back", "officer-1")
    bench.lay("officer-2")
    assert (bench.step, bench.dock.docking("3").handed_over_by) == ("brought_back", "officer-2")


@pytest.mark.parametrize("code", ["NOTHING_BROUGHT_BACK", "BAY_EMPTY", "SIGNED_BY_ANOTHER"])
def test_what_is_not_signed_says_what_to_do(code: str, tmp_path: Path) -> None:
    bench = ready(tmp_path)
    out(bench)
    out(bench, "officer-2")
    if code != "NOTHING_BROUGHT_BACK":
        bench.flat("3")
        bench.flat("4")
    bench.lay("officer-1")
    if code == "BAY_EMPTY":
        bench.dock.out("4")
    if code == "SIGNED_BY_ANOTHER":
        bench.dock.brought_back("officer-2", bay="4")
    if code != "NOTHING_BROUGHT_BACK":
        bench.touch("bay:4")
    zh, en = NOT_SIGNED[code]
    assert bench.step == ("not_signed" if code == "NOTHING_BROUGHT_BACK" else "which_bay")
    assert zh in bench.text()
    assert en in bench.text()
    assert bench.shown[-1] == (code, f"{zh} / {en}")


def test_what_was_brought_hours_ago_is_no_answer_to_who_has_another_out(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench)
    bench.dock.ready(camera, "3")
    bench.lay("officer-1")
    assert bench.step == "brought_back"
    bench.waits(HOUR_MS)
    out(bench)
    bench.lay("officer-1")
    assert (bench.step, bench.shown[-1][0]) == ("not_signed", "NOTHING_BROUGHT_BACK")


def test_someone_else_s_camera_is_asked_about_pointed_at_and_named(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench, "officer-2")
    bench.dock.put(camera, "3")
    bench.lay("officer-1")
    assert (bench.step, bench.touches()) == ("what", ["take", "back", "cancel"])
    bench.touch("back")
    assert bench.step == "which_bay"
    bench.touch("bay:3")
    assert bench.step == "brought_back"
    for words in ODD_WORDS[Odd.SOMEONE_ELSES]:
        assert words in bench.text()


def test_whoever_meant_to_take_one_all_the_same_touches_once(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.dock.put("C3", "3")
    bench.lay("officer-1")
    bench.touch("take")
    assert bench.step == "pin"
    bench.types(PIN)
    assert bench.step == "opened"


def test_whoever_brought_one_back_may_take_another_at_once_by_a_touch(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench)
    bench.dock.put(camera, "3")
    bench.lay("officer-1")
    bench.touch("take")
    assert (bench.step, bench.offers()) == ("pin", 1)
    bench.touch("enter", PIN)
    assert (bench.step, bench.offers()) == ("opened", 2)
