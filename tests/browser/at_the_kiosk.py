"""What somebody does at the kiosk: taps the badge, touches or types the PIN, takes a camera, brings one back."""

from selenium.webdriver.common.keys import Keys

from station.pages.pins import Pin
from tests.browser.chromium import Browser
from tests.browser.whole_station import PIN, AtWork


def button(touch: str) -> str:
    """On the keypad, or beside it."""
    return f"#kiosk button[name=touch][value='{touch}']"


def open_kiosk(station: AtWork, browser: Browser) -> None:
    browser.open(f"{station.screen}/kiosk")
    browser.until_step("idle")
    if browser.scripted:
        browser.until("the page is live", lambda one: one.has("html[data-liveness=live]"))


def tap(station: AtWork, browser: Browser, person: str, *leads_to: str, lifts: bool = True) -> str:
    """What the tap itself led to. Whoever still has to type may leave the badge where it lies, and lift it later."""
    before = browser.turn()
    station.lay(person)
    browser.until(f"the tap led to {leads_to}", lambda one: one.turn() != before and one.step() in leads_to)
    if lifts:
        station.lift()
    return browser.step()


def touch_digits(browser: Browser, digits: str) -> None:
    for digit in digits:
        browser.touch(button(f"digit:{digit}"))


def touch_pin(browser: Browser, pin: Pin = PIN) -> None:
    touch_digits(browser, pin.digits)
    browser.touch(button("enter"))


def type_pin(browser: Browser, pin: Pin = PIN) -> None:
    """On a keypad with a cable: nothing is touched."""
    browser.until("what is typed has a place", lambda one: one.has("#kiosk [name=typed]:focus"))
    browser.keys(pin.digits, Keys.ENTER)


def said(browser: Browser) -> tuple[str, str]:
    """Chinese and English of what is largest."""
    return browser.text("#kiosk h2 [lang=zh-CN]"), browser.text("#kiosk h2 [lang=en]")


def take(station: AtWork, browser: Browser, person: str) -> str:
    """Without a PIN: the badge alone. The camera."""
    tap(station, browser, person, "opened")
    bay = said(browser)[0].partition("号仓")[0]
    return station.pull(bay)
