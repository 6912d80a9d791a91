"""Promise: people sign in at the desk, and out, by mouse, keyboard and without script; a desk left alone signs out."""

import pytest
from selenium.webdriver.common.keys import Keys

from station.desk.releases import awaiting_release
from station.pages.lock_out import BADGE_FIRST_WAIT_MS
from station.pages.sessions import IDLE_MS
from tests.browser.at_the_desk import refused, sign_in
from tests.browser.chromium import Browser
from tests.browser.looking import look
from tests.browser.whole_station import ACCOUNT, CAMERAS, CUSTODIAN, FIRST_PASSWORD, WITH_RELEASE, AtWork

OWN, WRONG = "夜间巡查-2026-卷宗", "夜间巡查-2026-卷宗!"
BAYS = ("1", "2")


def test_the_first_day_at_the_desk(station: AtWork, browser: Browser) -> None:
    browser.open(f"{station.desk}/desk")
    assert browser.path == "/sign-in"
    look(browser, "desk", "sign-in")
    sign_in(browser, WRONG)
    assert "账号或密码不对" in refused(browser)
    look(browser, "desk", "wrong-password")
    sign_in(browser, FIRST_PASSWORD.typed)
    assert browser.path == "/password"
    look(browser, "desk", "first-password")
    change_password(browser, FIRST_PASSWORD.typed, OWN, WRONG)
    assert "两次输入的新密码不同" in refused(browser)
    look(browser, "desk", "not-twice")
    change_password(browser, FIRST_PASSWORD.typed, OWN, OWN)
    assert browser.path == "/desk"
    assert CUSTODIAN in browser.text()
    look(browser, "desk", "landing")
    browser.leave_by("form[action='/sign-out'] button")
    assert browser.path == "/sign-in"
    browser.driver.back()
    browser.until("nothing of the desk is left", lambda one: CUSTODIAN not in one.text("body"))
    browser.open(f"{station.desk}/desk")
    assert browser.path == "/sign-in"


def change_password(browser: Browser, old: str, new: str, again: str) -> None:
    for field, typed in (("old", old), ("new", new), ("again", again)):
        browser.click(f"[name={field}]")
        browser.keys(typed)
    browser.leave_by("form[action='/password'] button")


def test_who_guesses_waits(station: AtWork, browser: Browser) -> None:
    station.own_password()
    browser.open(f"{station.desk}/sign-in")
    for _ in range(3):
        sign_in(browser, WRONG)
        assert "账号或密码不对" in refused(browser)
    sign_in(browser, FIRST_PASSWORD.typed)
    assert "秒后再试" in refused(browser)
    look(browser, "desk", "locked-out")
    station.leap(BADGE_FIRST_WAIT_MS)
    sign_in(browser, FIRST_PASSWORD.typed)
    assert browser.path == "/desk"


def test_who_walks_away_is_signed_out_and_the_page_goes_by_itself(
    station: AtWork, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page waits for as long as it is told to, which is no quarter of an hour here."""
    station.own_password()
    browser.open(f"{station.desk}/sign-in")
    sign_in(browser, FIRST_PASSWORD.typed)
    station.leap(IDLE_MS - 5_000)
    browser.driver.refresh()
    assert browser.path == "/desk"
    monkeypatch.setattr("station.pages.guard._LEAVES_AFTER_S", 3)
    browser.driver.refresh()
    station.leap(IDLE_MS)
    browser.until_path("/sign-in")
    assert CUSTODIAN not in browser.text("body")


@pytest.mark.parametrize("settings", [WITH_RELEASE], ids=["release"])
def test_from_the_keyboard_alone_and_without_script(station: AtWork, browser: Browser) -> None:
    """A custodian releases footage; what has the focus is seen."""
    for camera, bay in zip(CAMERAS, BAYS, strict=False):
        station.stage.dock.make_camera(camera)
        station.film(camera, "DCIM/0001.MP4", bytes(64_000))
        station.put(camera, bay)
    browser.script_off()
    browser.open(f"{station.desk}/sign-in")
    browser.keys(ACCOUNT, Keys.TAB, FIRST_PASSWORD.typed, Keys.ENTER)
    browser.until_path("/password")
    browser.keys(FIRST_PASSWORD.typed, Keys.TAB, OWN, Keys.TAB, OWN, Keys.TAB, Keys.SPACE)
    browser.until_path("/desk")
    station.wait_for("footage waits for a custodian", lambda: len(awaiting(station)) == len(BAYS))
    browser.driver.refresh()
    browser.tab_to("[name=remark]")
    look(browser, "desk", "releases")
    browser.keys("整批放行", Keys.ENTER)
    browser.until("it is done", lambda one: one.has(".done[role=status]"))
    look(browser, "desk", "released")
    assert not awaiting(station)
    browser.tab_to("form[action='/sign-out'] button")
    browser.keys(Keys.ENTER)
    browser.until_path("/sign-in")


def awaiting(station: AtWork) -> dict[str, int]:
    return awaiting_release(station.stage.state, station.stage.station.clerk.policy)
