"""Promise: whatever a running station writes, says or answers, neither a badge's number nor a PIN is in it.

A whole station as a process of its own, with its registry and broker; officers sign in, fail, wait and are let in.
"""

import base64
import csv
import hashlib
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dockward.stage import surroundings
from dockward.stage_rolls import camera_id, officer_of
from hardware.badges.cards import Badge
from hardware.badges.em4100 import raw_frame, text_frame
from hardware.simulated.dock import Dock
from hardware.simulated.dock_reader import lay_badges, unplug_reader
from provisioning.badges import credentials_for, provision_badge_key
from station.pages.pins import Pin
from station.policy.rolls import Credentials
from station.signing.badge_key import read_badge_key
from tests.test_station_process import eventually

PATIENCE_SECONDS = 60
CAMERA = camera_id(0)
OFFICER = officer_of(CAMERA)
NUMBER, STRANGER = 0x4C2B9E61A5, 0x7D16F3E9AE
RIGHT, WRONG = "739164820517", "739164820518"
"""Twelve digits: a run of six is in some long row of hex digits by chance."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    with surroundings(home, bays=1, port=0):
        key = read_badge_key(provision_badge_key(home / "badges"))
        give_badge(home / "officers.csv", credentials_for(key, Badge(f"{NUMBER:010X}"), Pin(RIGHT)))
        config = home / "station.toml"
        wired = config.read_text(encoding="utf-8")
        for old, new in (
            ('dock = "dock", ', 'dock = "dock", badges = { serial = "unused" }, '),
            ('cameras = "cameras.csv" }', 'cameras = "cameras.csv", badge_key = "badges/badge.key" }'),
        ):
            assert wired.count(old) == 1
            wired = wired.replace(old, new)
        config.write_text(wired, encoding="utf-8")
        dock = Dock(home / "dock")
        dock.make_camera(CAMERA)
        dock.put(CAMERA, "1")
        yield home


def give_badge(roll: Path, credentials: Credentials) -> None:
    heading, *rows = csv.reader(io.StringIO(roll.read_text(encoding="utf-8")))
    told = io.StringIO()
    writer = csv.writer(told)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([*row[:-2], credentials.badge, credentials.kept_pin] if row[0] == OFFICER else row)
    roll.write_text(told.getvalue(), encoding="utf-8")


@contextmanager
def station(home: Path, say: list[bytes]) -> Iterator[str]:
    """A station at work, as its pages' address; in the end it is killed, and everything it said is kept."""
    command = [sys.executable, "-m", "dockward", "station", "run", "--config", str(home / "station.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            say.append(first)
            yield first.decode().split(": ", 1)[1].strip()
        finally:
            process.send_signal(signal.SIGKILL)
            say += process.communicate()


class Visitor:
    """Stands at the dock and at its screen; everything the station answers is kept."""

    def __init__(self, home: Path, pages: str, say: list[bytes]) -> None:
        self._dock = Dock(home / "dock")
        self._pages = pages
        self._say = say

    def lay(self, *numbers: int) -> None:
        lay_badges(self._dock, *numbers)

    def asks(self, pin: object) -> tuple[int, str]:
        asked = {"bay": "1", "pin": pin, "reason": "日常巡查"}
        answer = httpx.post(f"{self._pages}api/v1/check-out", json=asked, trust_env=False, timeout=PATIENCE_SECONDS)
        self._say.append(answer.content + str(answer.headers).encode())
        said: dict[str, Any] = answer.json()
        return answer.status_code, said.get("code") or said["officer"]

    def asks_until(self, pin: str, wanted: str) -> None:
        eventually(lambda: self.asks(pin)[1] == wanted)

    def sees(self, words: str) -> bool:
        shown = httpx.get(f"{self._pages}api/v1/status", trust_env=False, timeout=PATIENCE_SECONDS)
        self._say.append(shown.content)
        return words in shown.text

    def unplugs(self, *, unplugged: bool) -> None:
        unplug_reader(self._dock, unplugged=unplugged)


def encodings(number: int, *pins: str) -> dict[str, bytes]:
    """As a careless hand would write them."""
    raw, said = number.to_bytes(5, "big"), f"{number:010X}"
    plain = {
        "hex": said.encode(),
        "lower hex": said.lower().encode(),
        "hex without zeros": f"{number:x}".encode(),
        "decimal": str(number).encode(),
        "printed": f"{number & 0xFFFFFFFF:010}".encode(),
        "printed, short": f"{number & 0xFFFFFFFF:d}".encode(),
        "printed with facility": f"{number >> 16 & 0xFF:03},{number & 0xFFFF:05}".encode(),
        "most of it": said[:-3].encode(),
        "most of it, lower": said[:-3].lower().encode(),
        "spaced": raw.hex(" ").encode(),
        "colons": raw.hex(":").encode(),
        "bytes": raw,
        "bytes turned": raw[::-1],
        "card's bits": raw_frame(number),
        "card's bits in hex": raw_frame(number).hex().encode(),
        "frame": text_frame(number)[1:13],
    }
    plain |= {f"pin {pin}": pin.encode() for pin in pins}
    plain |= {f"pin {pin} as a number": int(pin).to_bytes(5, "big") for pin in pins}
    found = dict(plain)
    for name, content in plain.items():
        found[f"{name}, base64"] = base64.b64encode(content).rstrip(b"=")[:-1]
        found[f"{name}, hex of it"] = content.hex().encode()
        found[f"{name}, UTF-16"] = content.decode("latin-1").encode("utf-16-le")
        for digest in ("md5", "sha1", "sha256"):
            found[f"{name}, {digest}"] = hashlib.new(digest, content).hexdigest().encode()
    return found


def written(home: Path) -> dict[str, bytes]:
    """Everything under the folder but the dock, which is the world: there the card itself lies."""
    files = (path for path in home.rglob("*") if path.is_file() and home / "dock" not in path.parents)
    return {str(path.relative_to(home)): path.read_bytes() for path in files}


def test_no_badge_and_no_pin_is_in_anything_a_station_says_or_writes(home: Path) -> None:
    say: list[bytes] = []
    with station(home, say) as pages:
        visitor = Visitor(home, pages, say)
        assert visitor.asks(RIGHT) == (403, "NO_BADGE")
        visitor.unplugs(unplugged=True)
        eventually(lambda: visitor.sees("读卡器故障"))
        assert visitor.asks(RIGHT) == (503, "ASK_AGAIN")
        visitor.unplugs(unplugged=False)
        eventually(lambda: not visitor.sees("读卡器故障"))
        visitor.lay(STRANGER)
        visitor.asks_until(RIGHT, "BADGE_OR_PIN_WRONG")
        visitor.lay(NUMBER, STRANGER)
        visitor.asks_until(RIGHT, "TWO_BADGES")
        eventually(lambda: visitor.sees('"condition":"ready"'))
        visitor.lay(NUMBER)
        visitor.asks_until(RIGHT, OFFICER)
        assert visitor.asks(int(RIGHT)) == (400, "NOT_UNDERSTOOD")
        for _ in range(3):
            assert visitor.asks(WRONG) == (403, "BADGE_OR_PIN_WRONG")
        assert visitor.asks(RIGHT) == (429, "PIN_LOCKED_OUT")
    with station(home, say) as pages:
        visitor = Visitor(home, pages, say)
        visitor.asks_until(RIGHT, "PIN_LOCKED_OUT")
    things = written(home) | {f"said {number}": content for number, content in enumerate(say)}
    assert {"data/journal.sqlite", "data/lock-out.json", "officers.csv"} <= things.keys()
    secrets = encodings(NUMBER, RIGHT, WRONG) | {
        f"stranger's {name}": content for name, content in encodings(STRANGER).items()
    }
    found = [
        (thing, name) for thing, content in things.items() for name, secret in secrets.items() if secret in content
    ]
    assert found == []
