"""Promise: a badge, and a PIN where one is asked, open a bay: by gloved finger, by keypad, or without script."""

import pytest

from hardware.simulated.dock import About
from station.desk.kiosk_screens import Step
from station.desk.kiosk_turns import LASTS_MS
from tests.browser.at_the_kiosk import button, open_kiosk, said, take, tap, touch_pin, type_pin
from tests.browser.chromium import Browser
from tests.browser.looking import look
from tests.browser.whole_station import CAMERAS, OFFICERS, STRUCK_OFF, WITHOUT_PIN, WRONG_PIN, AtWork

ADA, BOB = OFFICERS[:2]
without_pin = pytest.mark.parametrize("settings", [WITHOUT_PIN], ids=["without-pin"])


def test_a_pin_by_a_gloved_finger_then_one_by_a_keypad(station: AtWork, browser: Browser) -> None:
    station.ready(*CAMERAS[:2])
    open_kiosk(station, browser)
    look(browser, "kiosk-taking", "idle")
    tap(station, browser, ADA, "pin", lifts=False)
    look(browser, "kiosk-taking", "pin")
    touch_pin(browser, WRONG_PIN)
    browser.until("it was wrong", lambda one: "密码不对" in one.text("#kiosk"))
    look(browser, "kiosk-taking", "pin-wrong")
    touch_pin(browser)
    browser.until_step("opened")
    assert said(browser)[0].endswith("号仓，绿灯，请取")
    assert said(browser)[1].endswith("green lamp: take it")
    station.lift()
    look(browser, "kiosk-taking", "opened")
    taken = station.pull(said(browser)[0].partition("号仓")[0])
    assert station.loan_of(taken) == ADA
    tap(station, browser, BOB, "pin")
    type_pin(browser)
    browser.until_step("opened")
    assert station.loan_of(station.pull(said(browser)[0].partition("号仓")[0])) == BOB
    station.leap(LASTS_MS[Step.OPENED])
    browser.until_step("idle")


def test_without_script_a_pin_can_be_touched(station: AtWork, browser: Browser) -> None:
    station.ready(CAMERAS[0])
    browser.script_off()
    open_kiosk(station, browser)
    tap(station, browser, ADA, "pin", lifts=False)
    touch_pin(browser)
    browser.until_step("opened")
    station.lift()
    look(browser, "kiosk-taking", "opened-without-script")
    assert station.loan_of(station.pull("1")) == ADA


def test_from_the_keyboard_every_touch_can_be_reached(station: AtWork, browser: Browser) -> None:
    open_kiosk(station, browser)
    browser.tab_to(button("lost"))
    browser.keys(" ")
    browser.until_step("lost_certificate")
    browser.tab_to(button("cancel"))
    browser.keys(" ")
    browser.until_step("idle")


@without_pin
def test_refusals_say_why_and_what_to_do(station: AtWork, browser: Browser) -> None:
    station.ready(CAMERAS[0])
    open_kiosk(station, browser)
    tap(station, browser, STRUCK_OFF, "not_lent")
    assert not browser.has(button("emergency"))
    look(browser, "kiosk-refused", "certificate-over")
    browser.touch(button("done"))
    browser.until_step("idle")
    tap(station, browser, "nobody", "refused")
    look(browser, "kiosk-refused", "unknown-badge")
    station.lay(ADA, BOB)
    browser.until("two badges are too many", lambda one: "不止一张卡" in said(one)[0])
    station.lift()
    take(station, browser, ADA)
    tap(station, browser, BOB, "not_lent")
    look(browser, "kiosk-refused", "no-camera")


@without_pin
def test_in_an_emergency_a_camera_that_is_not_full_goes_out(station: AtWork, browser: Browser) -> None:
    station.new_camera(CAMERAS[0], "1", About(battery_percent=3))
    station.until_ready("1")
    open_kiosk(station, browser)
    tap(station, browser, ADA, "not_lent")
    look(browser, "kiosk-emergency", "not-lent")
    browser.touch(button("emergency"))
    browser.until_step("emergency")
    look(browser, "kiosk-emergency", "reasons")
    browser.touch(button("reason:1"))
    browser.until_step("opened")
    look(browser, "kiosk-emergency", "opened")
    assert station.loan_of(station.pull("1")) == ADA
    assert browser.touches == 2
