"""Debian's Chromium, headless, with a profile of its own: touched as a gloved finger does, typed into, looked at.

It trusts one certificate beyond the usual ones: that of the desk it is to visit. Where Chromium is missing the test
fails and says what to install.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from tests.test_station_process import eventually

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
PATIENCE_SECONDS = 60
GLOVED_PX = 20 / 25.4 * 96
"""20 mm, by the millimetres of CSS."""
TABS_MAX = 60
_ROUNDING_PX = 1 / 64
"""Chromium lays out in 64ths of a pixel."""
_AIM = """
const all = document.querySelectorAll(arguments[0]), one = all[0];
if (all.length !== 1) return [all.length, 0, 0, 0, 0, false];
one.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
const {x, y, width, height} = one.getBoundingClientRect(), at = [x + width / 2, y + height / 2];
const under = document.elementFromPoint(...at);
return [1, ...at, width, height, under !== null && (under === one || one.contains(under))];
"""
_OF_KIOSK = "return document.getElementById('kiosk')?.dataset[arguments[0]] ?? ''"
_OUTLINE = """
const seen = getComputedStyle(document.activeElement);
return seen.outlineStyle !== "none" && seen.outlineWidth !== "0px";
"""
_CUT_OFF = """
const hides = one => getComputedStyle(one).overflowX === "hidden";
const outside = one => {
  let around = one.parentElement;
  while (around && !hides(around)) around = around.parentElement;
  if (!around || around.matches(".aside, .skip")) return false;
  return one.getBoundingClientRect().right > around.getBoundingClientRect().right + 1;
};
return [...document.querySelectorAll("main *")].filter(outside).map(one => one.outerHTML.slice(0, 100));
"""
_LAYOUT = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


class Browser:
    """One person's browser. `touches` counts what a finger did."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.touches = 0
        self.scripted = True
        self.standing_still: Callable[[], AbstractContextManager[None]] = nullcontext
        """Time does not go on while the page is looked at."""

    # --- going somewhere

    def open(self, url: str) -> None:
        self.driver.get(url)

    @property
    def path(self) -> str:
        return "/" + self.driver.current_url.split("/", 3)[3]

    def script_off(self) -> None:
        """Pages that are opened from now on have none; our own questions are answered all the same."""
        self.scripted = False
        self.cdp("Emulation.setScriptExecutionDisabled", value=True)

    def stay(self) -> None:
        """A page without script loads itself again; one that is looked at must not: no picture comes of it then."""
        self.until("the page is whole", lambda browser: browser.ask("return document.readyState") == "complete")
        if not self.scripted:
            self.cdp("Page.stopLoading")

    @contextmanager
    def timers(self) -> Iterator[None]:
        """A page that was opened without script stays what it is, but the checker's own timers run in it."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=False)
        try:
            yield
        finally:
            self.cdp("Emulation.setScriptExecutionDisabled", value=not self.scripted)

    # --- hands

    def touch(self, css: str, *, gloved: bool = True) -> None:
        """At the middle of the one element that is meant; gloved, it must be large enough, and nothing over it.

        A finger aims at a place: whether the element is still the same when it comes down is the page's business.
        """
        found, x, y, wide, high, free = self.ask(_AIM, css)
        assert found == 1, f"there are {found} of {css} on {self.path}: {self.text()}"
        large_enough = min(wide, high) >= GLOVED_PX - _ROUNDING_PX
        assert large_enough or not gloved, f"{css} is {wide:.1f} by {high:.1f} px: no glove hits it"
        assert free, f"something lies over {css} on {self.path}"
        page = self.one("html")
        self.cdp("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": round(x), "y": round(y)}])
        self.cdp("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        if not self.scripted:
            self._until_left(page)
        self.touches += 1

    def click(self, css: str) -> None:
        """With a mouse."""
        self.one(css).click()

    def leave_by(self, css: str) -> None:
        """Clicked, and another page is there."""
        page = self.one("html")
        self.click(css)
        self._until_left(page)

    def _until_left(self, page: WebElement) -> None:
        WebDriverWait(self.driver, PATIENCE_SECONDS, 0.05).until(staleness_of(page))

    def tab_to(self, css: str) -> None:
        """By the tabulator alone; what has the focus on the way is seen to have it."""
        for _ in range(TABS_MAX):
            self.keys(Keys.TAB)
            focused = self.driver.switch_to.active_element.tag_name
            assert focused == "body" or self.ask(_OUTLINE), f"nobody sees that {focused} has the focus on {self.path}"
            if self.ask("return document.activeElement.matches(arguments[0])", css):
                return
        raise AssertionError(f"{css} is out of reach of the keyboard on {self.path}")

    def keys(self, *typed: str) -> None:
        """On the keyboard, to whatever has the focus."""
        ActionChains(self.driver).send_keys(*typed).perform()

    # --- eyes

    def one(self, css: str) -> WebElement:
        found = self.all(css)
        assert len(found) == 1, f"there are {len(found)} of {css} on {self.path}: {self.text()}"
        return found[0]

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def has(self, css: str) -> bool:
        return bool(self.all(css))

    def text(self, css: str = "main") -> str:
        """Empty where there is none; asked at once, because elements are replaced while they are looked at."""
        return str(self.ask("return document.querySelector(arguments[0])?.innerText ?? ''", css))

    def until(self, what: str, seen: Callable[["Browser"], bool]) -> None:
        """Elements may be replaced while they are looked at."""
        waiting = WebDriverWait(self.driver, PATIENCE_SECONDS, 0.05, (StaleElementReferenceException,))
        try:
            waiting.until(lambda _: seen(self))
        except TimeoutException:
            raise AssertionError(f"in vain until {what}; {self.path} says: {self.text('body')}") from None

    def until_path(self, path: str) -> None:
        self.until(f"{path} is there", lambda browser: browser.path == path)

    def until_step(self, *steps: str) -> str:
        """The kiosk's step; one of these."""
        self.until(f"the kiosk is at {steps}", lambda browser: browser.step() in steps)
        return self.step()

    def step(self) -> str:
        return str(self.ask(_OF_KIOSK, "step"))

    def turn(self) -> str:
        return str(self.ask(_OF_KIOSK, "turn"))

    def as_on(self, width: int, height: int, scheme: str = "light") -> None:
        """A screen of that size; motion is reduced, so that nothing is looked at half-way."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in features.items()])

    def scrolls_sideways(self) -> bool:
        wide, shown = self.ask(_LAYOUT)
        return bool(wide > shown)

    def cut_off(self) -> list[str]:
        """What is wider than whatever hides its edges, so that nobody sees its end."""
        found: list[str] = self.ask(_CUT_OFF)
        return found

    def picture(self) -> bytes:
        """The whole page, further than the window shows it."""
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    # --- below the surface

    def ask(self, script: str, *values: Any) -> Any:
        """As the browser's own tools ask: no policy of the page's stands in the way, and no page without script."""
        return self.driver.execute_script(script, *values)

    def ask_later(self, script: str, *values: Any) -> Any:
        """`script` answers by calling its last argument."""
        return self.driver.execute_async_script(script, *values)

    def cdp(self, command: str, **values: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, values)


@contextmanager
def chromium(profile: Path, trusted: Path | None = None) -> Iterator[Browser]:
    """`trusted` is a certificate that no authority of the browser's issued. Nothing of it is left afterwards."""
    for program in (CHROMIUM, DRIVER):
        assert program.exists(), f"{program} is missing: apt-get install chromium chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for word in _words(profile, trusted):
        options.add_argument(word)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(PATIENCE_SECONDS)
    try:
        yield Browser(driver)
    finally:
        driver.quit()
    eventually(lambda: not _of(profile))  # a process of the browser's may outlive it by a moment


def _of(profile: Path) -> list[str]:
    """The commands of the processes that have this profile."""
    commands = map(_read, Path("/proc").glob("[0-9]*/cmdline"))
    return [command for command in commands if str(profile) in command]


def _words(profile: Path, trusted: Path | None) -> Iterator[str]:
    yield from ("--headless=new", f"--user-data-dir={profile}", "--lang=zh-CN", "--force-device-scale-factor=1")
    yield from ("--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run")
    yield "--hide-scrollbars"  # the kiosk's own lie over the page; pictures are as wide as the screen
    if os.geteuid() == 0:
        yield "--no-sandbox"
    if trusted is not None:
        certificate = x509.load_pem_x509_certificate(trusted.read_bytes())
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        yield f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(key).digest()).decode()}"


def _read(cmdline: Path) -> str:
    try:
        return cmdline.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
