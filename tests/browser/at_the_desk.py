"""What somebody does at a desk: signs in, fills in a form with mouse and keyboard, and reads what comes of it."""

from selenium.webdriver.support.select import Select

from station.stamp import beijing
from tests.browser.chromium import Browser
from tests.browser.whole_station import ACCOUNT, FIRST_PASSWORD, AtWork

_REFUSAL, _DONE = ".refusal[role=alert]", ".done[role=status]"


def sign_in(browser: Browser, password: str, account: str = ACCOUNT) -> None:
    for field, typed in (("name", account), ("password", password)):
        browser.click(f"[name={field}]")
        browser.keys(typed)
    browser.leave_by("form[action='/sign-in'] button")


def sit_down(station: AtWork, browser: Browser, person: str, page: str) -> None:
    """Whoever sat there before has signed out; the page is the one that the first page calls so."""
    if browser.has("form[action='/sign-out']") or browser.has("[href='/desk']"):
        browser.open(f"{station.desk}/desk")
        browser.leave_by("form[action='/sign-out'] button")
    browser.open(f"{station.desk}/sign-in")
    sign_in(browser, FIRST_PASSWORD.typed, person)
    browser.leave_by(f"li [href='{page}']")
    assert browser.path == page


def write(browser: Browser, css: str, typed: str) -> None:
    """In place of what stood in the field."""
    browser.one(css).clear()
    browser.click(css)
    browser.keys(typed)


def pick_time(browser: Browser, css: str, utc_ms: int) -> None:
    """By the clock on the wall. How a time is picked is the browser's own matter, and goes by its language."""
    browser.ask("document.querySelector(arguments[0]).value = arguments[1]", css, f"{beijing(utc_ms):%Y-%m-%dT%H:%M}")


def choose(browser: Browser, css: str, value: str) -> None:
    Select(browser.one(css)).select_by_value(value)


def refused(browser: Browser) -> str:
    """Chinese first, then English."""
    words = browser.text(_REFUSAL)
    assert " / " in words
    return words


def done(browser: Browser) -> str:
    """What it says was done, Chinese first, then English."""
    assert not browser.has(_REFUSAL), browser.text(_REFUSAL)
    return browser.text(_DONE)
