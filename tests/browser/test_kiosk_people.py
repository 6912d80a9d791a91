"""Promise: nobody is in anybody's way: two at once, a badge that was lost, and six in a row."""

import pytest
from selenium.webdriver.common.keys import Keys

from station.clock import SystemClock
from tests.browser.at_the_kiosk import button, open_kiosk, said, take, tap, touch_digits, touch_pin, type_pin
from tests.browser.chromium import Browser
from tests.browser.looking import look
from tests.browser.whole_station import CAMERAS, CUSTODIAN, OFFICERS, WITHOUT_PIN, AtWork, certificate_of

ADA, BOB = OFFICERS[:2]
TOUCHES_EACH = 3


def test_a_lost_badge_is_reported_by_two_and_dead_at_once(station: AtWork, browser: Browser) -> None:
    station.ready(*CAMERAS[:2])
    open_kiosk(station, browser)
    browser.touch(button("lost"))
    browser.until_step("lost_certificate")
    look(browser, "kiosk-lost", "certificate")
    browser.until("what is typed has a place", lambda one: one.has("#kiosk [name=typed]:focus"))
    browser.keys("YC-99999", Keys.ENTER)
    browser.until_step("lost_pin")
    look(browser, "kiosk-lost", "pin")
    touch_pin(browser)
    browser.until_step("lost_keeper")
    look(browser, "kiosk-lost", "keeper")
    tap(station, browser, CUSTODIAN, "lost_keeper_pin")
    look(browser, "kiosk-lost", "keeper-pin")
    type_pin(browser)
    browser.until_step("lost_certificate")
    assert "证件编号或密码不对" in browser.text("#kiosk")
    look(browser, "kiosk-lost", "certificate-wrong")
    touch_digits(browser, certificate_of(ADA).removeprefix("YC-"))
    browser.touch(button("enter"))
    browser.until_step("lost_pin")
    touch_pin(browser)
    browser.until_step("lost_keeper")
    station.lift()
    tap(station, browser, CUSTODIAN, "lost_keeper_pin")
    type_pin(browser)
    browser.until_step("opened")
    station.pull(said(browser)[0].partition("号仓")[0])
    tap(station, browser, ADA, "refused")
    assert "挂失" in said(browser)[0]
    look(browser, "kiosk-lost", "dead-badge")


def test_who_comes_while_another_types_is_served_and_nobody_takes_the_other_s(
    station: AtWork, browser: Browser
) -> None:
    station.ready(*CAMERAS[:2])
    open_kiosk(station, browser)
    tap(station, browser, ADA, "pin")
    browser.touch(button("digit:4"))
    browser.until("a digit is there", lambda one: "已输入 1 位" in one.text("#kiosk"))
    turn = browser.turn()
    station.lay(BOB)
    browser.until("it is the other's turn", lambda one: one.turn() != turn and "已输入 0 位" in one.text("#kiosk"))
    type_pin(browser)
    browser.until_step("opened")
    station.lift()
    assert station.loan_of(station.pull(said(browser)[0].partition("号仓")[0])) == BOB
    tap(station, browser, ADA, "pin")


@pytest.mark.parametrize(
    ("settings", "keypad"), [(WITHOUT_PIN, False), ("", True)], ids=["badge-alone", "pin-on-a-keypad"]
)
def test_six_people_in_a_row(station: AtWork, browser: Browser, *, keypad: bool) -> None:
    """Three bring theirs back, then three take one, with three touches at most; how long it took is printed."""
    back, coming = OFFICERS[:3], OFFICERS[3:6]
    station.ready(*CAMERAS[:6])
    open_kiosk(station, browser)
    cameras = {one: served(station, browser, one, keypad=keypad) for one in back}
    clock = SystemClock(lambda: True)
    begun, touches = clock.stamp().boot_ms, []
    for officer in (*back, *coming):
        before = browser.touches
        if officer in cameras:
            bay = station.free_bay()
            station.put(cameras[officer], bay)
            station.until_known(bay)
            tap(station, browser, officer, "brought_back")
        else:
            served(station, browser, officer, keypad=keypad)
        touches.append(browser.touches - before)
    seconds = (clock.stamp().boot_ms - begun) / 1_000
    print(f"six people in a row: {seconds:.1f} s, touches {touches}")  # noqa: T201 - a figure to be read
    assert max(touches) <= TOUCHES_EACH


def served(station: AtWork, browser: Browser, officer: str, *, keypad: bool) -> str:
    """The camera this officer went away with."""
    if not keypad:
        return take(station, browser, officer)
    tap(station, browser, officer, "pin")
    type_pin(browser)
    browser.until_step("opened")
    return station.pull(said(browser)[0].partition("号仓")[0])
