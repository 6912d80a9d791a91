"""Promise: everybody reads the wall and the panel's page, at every width, light and dark; they move by themselves."""

from hardware.simulated.dock import About
from station.custody.observations import CameraAsked
from tests.browser.chromium import Browser
from tests.browser.looking import look
from tests.browser.whole_station import CAMERAS, OFFICERS, THEIRS, AtWork

REFRESH = "noscript meta[http-equiv=refresh]"


def test_the_wall_says_every_bay_s_state(station: AtWork, browser: Browser) -> None:
    browser.open(station.screen)
    look(browser, "wall", "empty")
    station.new_camera(CAMERAS[0], "1")
    station.new_camera(CAMERAS[1], "2", About(battery_percent=12, clock_ahead_ms=90_000))
    station.new_camera(THEIRS, "3")
    station.new_camera("UNKNOWN-000123456789", "4")
    station.new_camera(CAMERAS[2], "5", About(battery_percent=None, wakes_at=99))
    for clip in range(3):
        station.film(CAMERAS[3], f"DCIM/{clip:04}.MP4", bytes(200_000)) if clip else station.stage.dock.make_camera(
            CAMERAS[3]
        )
    station.put(CAMERAS[3], "7")
    station.until_ready("1")
    station.stage.station.tell(CameraAsked(bay="1", by=OFFICERS[0], reason=""))
    browser.until("the offer is on the wall", lambda one: one.has("#bay-1[data-tone=offered]"))
    browser.until("the page is live", lambda one: one.has("html[data-liveness=live]"))
    look(browser, "wall", "busy")
    assert OFFICERS[0] not in browser.text("body")


def test_the_panel_s_page_shows_the_very_picture(station: AtWork, browser: Browser) -> None:
    browser.open(f"{station.screen}/panel")
    browser.until("there is a picture", lambda one: one.has("#panel img"))
    look(browser, "panel", "empty")
    before = browser.one("#panel img").get_dom_attribute("src")
    station.ready(CAMERAS[0])
    browser.until("the picture is another", lambda one: one.one("#panel img").get_dom_attribute("src") != before)
    assert browser.ask("const one = document.images; return [...one].every(i => i.complete && i.naturalWidth > 0)")
    look(browser, "panel", "ready")


def test_without_script_the_wall_loads_itself_again(station: AtWork, browser: Browser) -> None:
    browser.script_off()
    browser.open(station.screen)
    assert browser.has(REFRESH)
    assert "自动刷新" in browser.text(".liveness")
    look(browser, "wall", "without-script")
    station.ready(CAMERAS[0])
    browser.driver.refresh()
    assert browser.one("#bay-1").get_dom_attribute("data-tone") == "ready"


def test_from_the_keyboard_the_content_is_one_key_away(station: AtWork, browser: Browser) -> None:
    browser.open(station.screen)
    browser.keys("\ue004")
    assert browser.has(".skip:focus-visible")
    look(browser, "wall", "skip-link")
