"""Looks at a page as everybody does: three widths, light and dark; and keeps a picture of each in `build/screenshots`.

A fault of accessibility that axe-core calls serious or critical is one of ours, and so is scrolling sideways. In dark
nothing but colours is another, so only these are asked for again.
"""

from functools import cache
from typing import Any

from tests.browser.chromium import Browser
from tests.browser.fetched import BUILD, axe_source

SCREENS = ((320, 640), (1024, 768), (1920, 1080))
SCHEMES = ("light", "dark")
GRAVE = ("serious", "critical")
_RUN = """
const [dark, scripted, done] = arguments, asked = {resultTypes: ["violations"]};
if (dark) asked.runOnly = ["color-contrast"];
if (!scripted) asked.rules = {"meta-refresh": {enabled: false}};
axe.run(document, asked).then(done);
"""
"""A page without script can stay true only by loading itself again, so that is no fault there."""
_axe_source = cache(axe_source)


def look(browser: Browser, journey: str, step: str) -> None:
    """On each screen and in each scheme; afterwards the browser is as on the middle one, in light."""
    with browser.standing_still():
        browser.stay()
        for width, height in SCREENS:
            for scheme in SCHEMES:
                browser.as_on(width, height, scheme)
                _look_once(browser, journey, f"{step}-{width}-{scheme}", scheme)
    browser.as_on(*SCREENS[1])


def _look_once(browser: Browser, journey: str, name: str, scheme: str) -> None:
    _keep(browser.picture(), journey, name)
    assert not browser.scrolls_sideways(), f"{browser.path} scrolls sideways: {journey}/{name}"
    cut_off = browser.cut_off()
    assert not cut_off, f"{browser.path} hides ends: {journey}/{name}: {cut_off}"
    faults = [_said(fault) for fault in _faults(browser, scheme) if fault["impact"] in GRAVE]
    assert not faults, f"{browser.path}: {journey}/{name}:\n" + "\n".join(faults)


def _faults(browser: Browser, scheme: str) -> list[dict[str, Any]]:
    with browser.timers():
        if not browser.ask("return typeof axe === 'object'"):
            browser.ask(_axe_source())
        answered: dict[str, Any] = browser.ask_later(_RUN, scheme == "dark", browser.scripted)
    found: list[dict[str, Any]] = answered["violations"]
    return found


def _said(fault: dict[str, Any]) -> str:
    where = "; ".join(f"{node['target']}: {node['failureSummary']}" for node in fault["nodes"])
    return f"{fault['id']}, {fault['impact']}: {fault['help']}: {where}"


def _keep(picture: bytes, journey: str, name: str) -> None:
    folder = BUILD / "screenshots" / journey
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.png").write_bytes(picture)
