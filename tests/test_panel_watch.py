"""Promise: the panel shows the newest, says why when it cannot, comes back by itself, and never stops the station."""

import asyncio
import io
from collections.abc import Callable
from functools import cache

import httpx
import pytest
from msgspec.structs import replace
from PIL import Image

from hardware.panel import LcdPanels
from hardware.simulated.panel import DockPanel
from hardware.wiring import PanelWiring
from station.clock import ManualClock
from station.errors import RefusedError
from station.pages.closed_app import closed_app
from station.panel.drawing import draw
from station.panel.fonts import FontMissingError, Letters, find_typeface
from station.panel.turns import STANDS_MS
from station.panel.watch import NOTICE_STANDS_MS, TRY_AGAIN_MS, PanelWatch
from station.views.panel import all_bays, offer, refusal
from station.views.status import StatusView
from station.views.wall_clock import clock_text
from station.views.words import Condition
from station.web.panel_page import add_panel
from tests.panel_views import NOON_MS, bay, status_of
from tests.spi_screen import SpiScreen
from tests.stations import START

QUIET = status_of(bay("1"), bay("2"))
OFFERED = status_of(bay("1", Condition.OFFERED), bay("2"))


@cache
def letters() -> Letters:
    return Letters(find_typeface())


class Watched:
    """A watch over luma's own driver, and the screen at the end of its wires."""

    def __init__(self, find_letters: Callable[[], Letters] = letters) -> None:
        wiring = PanelWiring("ili9341", 24)
        self.screen = SpiScreen(wiring)
        self.clock = ManualClock(START)
        self.view: StatusView | Exception = QUIET
        panels = LcdPanels(wiring, self.screen.factory, self.screen)
        self.watch = PanelWatch(panels, self._read, self.clock, find_letters)

    def _read(self) -> StatusView:
        if isinstance(self.view, Exception):
            raise self.view
        return self.view

    def turn(self, later_ms: int = 0) -> Image.Image | None:
        self.clock.advance(later_ms)
        self.watch.turn()
        return self.screen.seen()


def drawn(view: object) -> bytes:
    return draw(view, letters())[0].tobytes()  # type: ignore[arg-type]


def seen(picture: Image.Image | None) -> bytes:
    assert picture is not None
    return picture.tobytes()


def test_the_newest_view_stands_on_the_screen_and_in_the_page_s_png() -> None:
    watched = Watched()
    assert seen(watched.turn()) == drawn(all_bays(QUIET))
    watched.view = OFFERED
    assert seen(watched.turn(500)) == drawn(offer(OFFERED.bays[0], clock_text(NOON_MS)))
    png = watched.watch.png()
    assert png is not None
    assert Image.open(io.BytesIO(png)).convert("RGB").tobytes() == seen(watched.screen.seen())
    assert seen(watched.turn(STANDS_MS)) == drawn(all_bays(OFFERED))


def test_nothing_is_sent_while_nothing_changes() -> None:
    watched = Watched()
    watched.turn()
    before = watched.screen.written
    for _ in range(20):
        watched.turn(500)
    assert watched.screen.written == before


def test_a_refusal_stands_there_at_once_and_passes() -> None:
    watched = Watched()
    watched.turn()
    refused = RefusedError("NO_BADGE")
    watched.watch.notice(refusal(refused, "请先把证卡放在读卡器上 / lay your badge on the reader", NOON_MS))
    assert seen(watched.turn(500)) != drawn(all_bays(QUIET))
    watched.turn(NOTICE_STANDS_MS)
    assert seen(watched.turn(STANDS_MS)) == drawn(all_bays(QUIET))


def test_a_panel_that_fails_is_named_and_tried_again_and_shows_the_newest_then() -> None:
    watched = Watched()
    watched.turn()
    watched.screen.broken = "Input/output error"
    watched.view = OFFERED
    watched.turn(500)
    assert "takes no picture: Input/output error" in watched.watch.trouble
    assert watched.watch.png() is None
    watched.screen.broken = ""
    watched.turn(TRY_AGAIN_MS - 1)
    assert watched.watch.trouble, "not before its time"
    assert watched.turn(1) is not None
    assert (watched.watch.trouble, watched.watch.png() is None) == ("", False)


def test_a_panel_that_is_not_there_at_the_start_is_waited_for() -> None:
    watched = Watched()
    watched.screen.broken = "No such file or directory"
    assert watched.turn() is None
    assert "see [hardware.panel]" in watched.watch.trouble
    watched.screen.broken = ""
    assert watched.turn(TRY_AGAIN_MS) is not None


def test_without_letters_the_panel_says_what_to_install_and_takes_them_when_they_come() -> None:
    missing = [FontMissingError("no Chinese typeface for the panel: apt-get install fonts-wqy-microhei")]

    def found() -> Letters:
        if missing:
            raise missing[0]
        return letters()

    watched = Watched(found)
    watched.turn()
    assert "apt-get install fonts-wqy-microhei" in watched.watch.trouble
    missing.clear()
    assert watched.turn(TRY_AGAIN_MS) is not None


def test_even_what_nobody_foresaw_stops_nothing_but_the_panel(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()
    watched.view = ZeroDivisionError("division by zero")
    watched.turn()
    assert watched.watch.trouble == "ZeroDivisionError: division by zero"
    assert "the panel failed" in caplog.text
    watched.view = QUIET
    assert watched.turn(TRY_AGAIN_MS) is not None


def test_a_stopped_panel_is_dark() -> None:
    watched = Watched()
    watched.watch.stop()
    watched.turn()
    assert watched.screen.seen() is not None
    watched.watch.run()
    assert watched.screen.seen() is None


def test_the_page_shows_the_very_picture_and_says_where_there_is_none() -> None:
    panel = DockPanel()
    watch = PanelWatch(panel, lambda: QUIET, ManualClock(START), letters)
    app = closed_app("test")
    add_panel(app, "t-01", watch.png, watch.live)

    async def asked(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as asking:
            return await asking.get(path)

    assert asyncio.run(asked("/panel.png")).status_code == 503
    assert "显示屏目前无画面" in asyncio.run(asked("/panel")).text
    watch.turn()
    answer = asyncio.run(asked("/panel.png"))
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/png", "no-store")
    assert Image.open(io.BytesIO(answer.content)).tobytes() == panel.device.image.tobytes() == drawn(all_bays(QUIET))
    page = asyncio.run(asked("/panel")).text
    assert "/panel.png?" in page
    watch._read = lambda: replace(QUIET, lent=3)
    watch.turn()
    assert asyncio.run(asked("/panel")).text != page, "another picture has another address"
    watch.stop()
