"""`dockward provision badge`: reads a badge and asks a PIN, prints what the roll keeps of them. Shows neither."""

import argparse
import contextlib
import getpass
import json
from pathlib import Path

from hardware.badges.cards import Badge, Laid, make_driver
from hardware.badges.em4100 import KINDS
from hardware.serial_badges import SerialBadges, open_reader_line
from hardware.wires import WireError
from provisioning.badges import credentials_for, typed_badge
from station.clock import Clock, SystemClock
from station.errors import WireFailedError, WrongUseError
from station.pages.pins import Pin
from station.signing.badge_key import read_badge_key

PATIENCE_MS = 60_000


def add_arguments(badge: argparse.ArgumentParser) -> None:
    badge.add_argument("--key", type=Path, required=True, help="the agency's badge.key")
    badge.add_argument(
        "--reader", help="a badge reader's serial line; without it the number is typed, in ten hex digits"
    )
    badge.add_argument("--cards", choices=sorted(KINDS), default="em4100", help="what the reader says")
    badge.add_argument("--json", action="store_true", help="print the two values as JSON")


def run(arguments: argparse.Namespace) -> int:
    key = read_badge_key(arguments.key)
    clock = SystemClock(lambda: False)
    badge = _read(arguments.reader, arguments.cards, clock) if arguments.reader else _typed()
    made = credentials_for(key, badge, _new_pin())
    if arguments.json:
        print(json.dumps({"badge": made.badge, "pin": made.kept_pin}))
    else:
        print(f"卡号摘要 badge: {made.badge}\n密码摘要 pin:   {made.kept_pin}")
        print("填入人员名册的这两列，采集站启动时读取 / put them into these columns of the roll; read at a start")
    return 0


def _typed() -> Badge:
    return typed_badge(getpass.getpass("卡号 / badge number: "))


def _new_pin() -> Pin:
    pin = Pin(getpass.getpass("新密码（6–12 位数字）/ new PIN, 6 to 12 digits: "))
    if pin != Pin(getpass.getpass("再输一次 / once more: ")):
        raise WrongUseError("两次输入不同，请重来 / the two are not the same; do it again")
    return pin


def _read(url: str, cards: str, clock: Clock) -> Badge:
    """The one badge that is laid on the reader, within a minute."""
    print("请把证卡单独放在读卡器上 / lay the badge on the reader, alone", flush=True)
    try:
        with contextlib.closing(SerialBadges(open_reader_line(url), make_driver(cards, KINDS))) as badges:
            laid = _first_laid(badges, clock)
    except WireError as error:
        raise WireFailedError(str(error)) from error
    if not laid.alone:
        raise WrongUseError("读卡器上不止一张卡 / more than one card lies there; lay one alone and do it again")
    return laid.badge


def _first_laid(badges: SerialBadges, clock: Clock) -> Laid:
    until_ms = clock.stamp().boot_ms + PATIENCE_MS
    while (now_ms := clock.stamp().boot_ms) < until_ms:
        if laid := badges.look(now_ms):
            return laid[-1]
    raise WireFailedError("没有读到卡 / no badge was read; is it a 125 kHz card, and is --cards what the reader says?")
