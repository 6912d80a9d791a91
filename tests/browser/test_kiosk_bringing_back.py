"""Promise: a camera docked and a badge tapped are a hand-over with a slip, whatever camera it is."""

import pytest

from hardware.simulated.dock import About
from tests.browser.at_the_kiosk import button, open_kiosk, said, take, tap
from tests.browser.chromium import Browser
from tests.browser.looking import look
from tests.browser.whole_station import CAMERAS, OFFICERS, WITHOUT_PIN, AtWork

ADA, BOB, CARO = OFFICERS[:3]
FLAT = About(battery_percent=None, wakes_at=99)
pytestmark = pytest.mark.parametrize("settings", [WITHOUT_PIN], ids=["without-pin"])
SLIP, FILES = "#kiosk .slip", "#kiosk .files"


def test_docked_and_tapped_is_handed_over_and_the_files_follow(station: AtWork, browser: Browser) -> None:
    station.ready(*CAMERAS[:2])
    open_kiosk(station, browser)
    camera = take(station, browser, ADA)
    for clip in range(3):
        station.film(camera, f"DCIM/{clip:04}.MP4", bytes(300_000), seconds=30)
    station.put(camera, "5")
    station.until_known("5")
    tap(station, browser, ADA, "brought_back")
    assert said(browser)[0].startswith("5号仓：已归仓")
    assert browser.has(f"{SLIP} svg")
    browser.until("the list is there", lambda one: one.has(f"{FILES} li"))
    look(browser, "kiosk-back", "slip-and-files")
    slip = browser.text(SLIP)
    tap(station, browser, ADA, "brought_back")
    assert browser.text(SLIP) == slip
    assert browser.touches == 0


def test_a_flat_camera_is_taken_in_and_its_officer_may_go(station: AtWork, browser: Browser) -> None:
    station.ready(CAMERAS[0])
    open_kiosk(station, browser)
    camera = take(station, browser, ADA)
    station.stage.dock.tell_about(camera, FLAT)
    station.put(camera, "3")
    station.silent("3")
    tap(station, browser, ADA, "brought_back")
    assert "充电唤醒中，可以离开" in said(browser)[0]
    look(browser, "kiosk-back", "flat")
    assert browser.touches == 0


def test_somebody_else_s_camera_is_pointed_at_and_nothing_is_guessed(station: AtWork, browser: Browser) -> None:
    station.ready(CAMERAS[0])
    open_kiosk(station, browser)
    camera = take(station, browser, ADA)
    station.film(camera, "DCIM/0001.MP4", bytes(100_000))
    station.put(camera, "2")
    station.until_known("2")
    tap(station, browser, BOB, "what")
    look(browser, "kiosk-back", "take-or-bring-back")
    browser.touch(button("back"))
    browser.until_step("which_bay")
    browser.touch(button("bay:2"))
    browser.until_step("brought_back")
    assert "这台不是您领用的" in browser.text("#kiosk")
    look(browser, "kiosk-back", "somebody-else-s")
    assert browser.touches == 2


def test_where_two_are_flat_the_officer_points_at_the_bay(station: AtWork, browser: Browser) -> None:
    station.ready(*CAMERAS[:2])
    open_kiosk(station, browser)
    cameras = {"7": take(station, browser, ADA), "8": take(station, browser, BOB)}
    for bay, camera in cameras.items():
        station.stage.dock.tell_about(camera, FLAT)
        station.put(camera, bay)
    station.silent(*cameras)
    tap(station, browser, BOB, "which_bay")
    look(browser, "kiosk-back", "which-bay")
    browser.touch(button("bay:8"))
    browser.until_step("brought_back")
    assert "8" in said(browser)[0]
    assert browser.touches == 1


def test_nothing_was_brought_back(station: AtWork, browser: Browser) -> None:
    station.ready(*CAMERAS[:1])
    open_kiosk(station, browser)
    take(station, browser, ADA)
    tap(station, browser, ADA, "not_signed")
    look(browser, "kiosk-back", "nothing")
    tap(station, browser, CARO, "not_lent")
