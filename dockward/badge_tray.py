"""A page of the demo's own: lays badges on its reader and lifts them, docks cameras and pulls them out.

What hands do at a dock, for a visitor who has none there. On loopback alone, on a port of its own, and never part of
a station: it touches the simulated dock's folder, and asks the station nothing.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs

from dockward.stage_rolls import PIN, badge_of
from hardware.simulated.dock import Dock, LockedError
from hardware.simulated.dock_reader import lay_badges, lying_badges

_HOST = "127.0.0.1"
_BODY_BYTES_MAX = 1_024
_AGAIN_SECONDS = 3
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """\
<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{again};url=/"><title>演示证卡盘</title>
<style>
:root {{ color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }}
body {{ max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }}
form {{ display: flex; flex-wrap: wrap; gap: .5rem; }}
button {{ font: inherit; min-height: 3rem; padding: 0 1rem; }}
button[aria-pressed=true] {{ font-weight: bold; outline: .2rem solid; }}
</style></head><body>
<h1>演示证卡盘 <span lang="en">Badge tray of the demo</span></h1>
<p>仅供演示，真实采集站没有此页。密码均为 <b>{pin}</b> <span lang="en">Not part of any station. Every PIN is the
same.</span></p>
<p role="status">{told}</p>
<h2>证卡 <span lang="en">Badges: lay, lift</span></h2><form method="post">{badges}</form>
<h2>仓位 <span lang="en">Bays: pull the camera out</span></h2><form method="post">{bays}</form>
<h2>仓外 <span lang="en">Cameras: put into the first free bay</span></h2><form method="post">{cameras}</form>
</body></html>
"""


class Tray(NamedTuple):
    """Whose badges there are, and what can be done with them and with cameras."""

    dock: Dock
    people: Sequence[str]
    bays: Sequence[str]

    def page(self, told: str = "") -> str:
        lying = lying_badges(self.dock)
        badges = [_button("badge", one, one, pressed=badge_of(one) in lying) for one in self.people]
        bays = [_button("pull", bay, self._bay_words(bay), off=self.dock.camera_in(bay) is None) for bay in self.bays]
        cameras = [_button("put", one, one) for one in self._outside()] or ["无 / none"]
        shown = {"badges": "".join(badges), "bays": "".join(bays), "cameras": "".join(cameras)}
        return _PAGE.format(again=_AGAIN_SECONDS, pin=PIN, told=escape(told), **shown)

    def touch(self, act: str, value: str) -> str:
        """What came of it, Chinese / English; whatever is not there changes nothing."""
        if act == "badge" and value in self.people:
            return self._lay_or_lift(value)
        if act == "pull" and value in self.bays:
            return self._pull(value)
        if act == "put" and value in self._outside():
            return self._put(value)
        return "没有 / not there"

    def _lay_or_lift(self, person: str) -> str:
        lying, badge = lying_badges(self.dock), badge_of(person)
        if badge in lying:
            lay_badges(self.dock, *(one for one in lying if one != badge))
            return f"{person} 拿开证卡 / lifted"
        lay_badges(self.dock, *lying, badge)
        return f"{person} 放上证卡 / laid"

    def _pull(self, bay: str) -> str:
        try:
            return f"{self.dock.take(bay)} 已从 {bay} 号仓取出 / taken out of bay {bay}"
        except LockedError:
            return f"{bay} 号仓锁着或是空的 / bay {bay} is locked or empty"

    def _put(self, camera: str) -> str:
        free = next((bay for bay in self.bays if self.dock.camera_in(bay) is None), None)
        if free is None:
            return "没有空仓 / no bay is free"
        self.dock.put(camera, free)
        return f"{camera} 放入 {free} 号仓 / put into bay {free}"

    def _outside(self) -> list[str]:
        return [camera for camera in self.dock.cameras() if self.dock.bay_of(camera) is None]

    def _bay_words(self, bay: str) -> str:
        camera = self.dock.camera_in(bay)
        if camera is None:
            return f"{bay}：空 / empty"
        return f"{bay}：{camera}" + ("" if self.dock.locked(bay) else "，已开锁 / open")


@contextlib.contextmanager
def served(tray: Tray) -> Iterator[str]:
    """The page's address, for as long as the context lasts."""
    server = ThreadingHTTPServer((_HOST, 0), _handler(tray))
    port: int = server.server_port
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="badge-tray")
    thread.start()
    try:
        yield f"http://{_HOST}:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _button(act: str, value: str, words: str, *, pressed: bool | None = None, off: bool = False) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return f'<button name="{act}" value="{escape(value)}"{state}{" disabled" * off}>{escape(words)}</button>'


def _handler(tray: Tray) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self._is_ours():
                self._say(HTTPStatus.FORBIDDEN, "")
            elif self.path == "/":
                self._say(HTTPStatus.OK, tray.page())
            else:
                self._say(HTTPStatus.NOT_FOUND, "")

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if not self._is_ours() or not 0 <= size <= _BODY_BYTES_MAX:
                self._say(HTTPStatus.FORBIDDEN, "")
                return
            said = parse_qs(self.rfile.read(size).decode("utf-8", "replace"))
            act = next(iter(said), "")
            self._say(HTTPStatus.OK, tray.page(tray.touch(act, said[act][0]) if act else ""))

        def log_message(self, *_: object) -> None:
            """The demo prints what happens at the dock, and nothing of this."""

        def _is_ours(self) -> bool:
            """Another site's page in the same browser is not."""
            host = f"{_HOST}:{self.connection.getsockname()[1]}"
            origin = self.headers.get("Origin", f"http://{host}")
            return self.headers.get("Host") == host and origin == f"http://{host}"

        def _say(self, status: HTTPStatus, page: str) -> None:
            content = page.encode()
            self.send_response(status)
            headers = {**_HEADERS, "Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    return Answering
