"""Keeps the panel alive: shows the newest view as soon as it changed, turns the pages, opens it again when it fails.

One thread's work. Whatever goes wrong here is named on the status page and tried again; it never stops the station.
"""

import io
import logging
import threading
from collections.abc import Callable

from PIL import Image

from hardware.wires import Panel, Panels, WireError
from station.clock import Clock
from station.errors import WrongUseError
from station.pages.live import Live
from station.panel.drawing import draw
from station.panel.fonts import Letters, find_typeface
from station.panel.turns import Turn, Turns
from station.stamp import Stamp
from station.views.panel import AllBays, Page, Sheet, pages
from station.views.status import StatusView

LOOK_SECONDS = 0.5
"""So often somebody looks whether a page's time is over; a change is looked at once."""
TRY_AGAIN_MS = 10_000
NOTICE_STANDS_MS = 15_000
"""So long a refusal comes round before it is nobody's any more."""

_log = logging.getLogger(__name__)
_Drawn = dict[AllBays | Sheet, tuple[Image.Image, ...]]


class PanelWatch:
    """`read` is the newest status; `letters` are looked for again until they are there."""

    def __init__(
        self,
        panels: Panels,
        read: Callable[[], StatusView],
        clock: Clock,
        letters: Callable[[], Letters] = lambda: Letters(find_typeface()),
    ) -> None:
        self._panels = panels
        self._read = read
        self._clock = clock
        self._find_letters = letters
        self._letters: Letters | None = None
        self._panel: Panel | None = None
        self._failed_ms: int | None = None
        self._turns: Turns[Image.Image] = Turns()
        self._drawn: _Drawn = {}
        self._notice: tuple[Page, int] | None = None
        self._notices = 0
        self._woken = threading.Event()
        self._stopping = False
        self.live = Live()
        """Hears of each new picture."""
        self.picture: Image.Image | None = None
        """What the panel shows; None while it shows nothing. Replaced as one, never drawn on again."""
        self.trouble = ""
        """Why it shows nothing."""

    def notice(self, sheet: Sheet) -> None:
        """Somebody who stands here is to read this, now; the newest only. From any thread."""
        self._notices += 1
        page = Page(f"notice {self._notices}", sheet, urgent=True)
        self._notice = page, self._clock.stamp().boot_ms + NOTICE_STANDS_MS
        self.wake()

    def png(self) -> bytes | None:
        """The very picture, for whoever looks from elsewhere."""
        picture = self.picture
        if picture is None:
            return None
        with io.BytesIO() as file:
            picture.save(file, "PNG")
            return file.getvalue()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self.live.close()
        self.wake()

    def run(self) -> None:
        """Until stopped; then the panel is dark."""
        while not self._stopping:
            self._woken.clear()
            self.turn()
            self._woken.wait(LOOK_SECONDS)
        self._close()

    def turn(self) -> None:
        """One look, by the clock that nobody can set."""
        now = self._clock.stamp()
        if self._failed_ms is not None and now.boot_ms - self._failed_ms < TRY_AGAIN_MS:
            return
        try:
            self._show(now)
        except (WireError, WrongUseError) as error:
            self._fail(now, str(error))
        except Exception as error:  # noqa: BLE001 - the top of this thread: a screen must not stop the dock
            _log.exception("the panel failed")
            self._fail(now, f"{type(error).__name__}: {error}")

    def _show(self, now: Stamp) -> None:
        if self._letters is None:
            self._letters = self._find_letters()
        picture = self._turns.next(self._turned(self._letters, now), now.boot_ms).shown
        if self._panel is None:
            self._panel = self._panels.open()
        if self.picture is None or picture.tobytes() != self.picture.tobytes():
            self._panel.show(picture.tobytes())
            self.picture, self.trouble, self._failed_ms = picture, "", None
            self.live.changed()

    def _turned(self, letters: Letters, now: Stamp) -> list[Turn[Image.Image]]:
        """Each page as its pictures. What did not change since the last look is not drawn again."""
        drawn: _Drawn = {}
        turned = []
        for page in (*pages(self._read()), *self._noticed(now)):
            drawn[page.view] = self._drawn.get(page.view) or draw(page.view, letters)
            for number, picture in enumerate(drawn[page.view]):
                turned.append(Turn(f"{page.key} {number}", picture, page.stays, page.urgent))
        self._drawn = drawn
        return turned

    def _noticed(self, now: Stamp) -> tuple[Page, ...]:
        noticed = self._notice
        return () if noticed is None or now.boot_ms >= noticed[1] else (noticed[0],)

    def _fail(self, now: Stamp, why: str) -> None:
        self._close()
        self.trouble, self._failed_ms = why, now.boot_ms
        self.live.changed()

    def _close(self) -> None:
        panel, self._panel, self.picture = self._panel, None, None
        if panel is not None:
            panel.close()
