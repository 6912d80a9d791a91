"""`dockward camera identify PATH`: who a camera says it is, its battery and its cards. Changes nothing on it."""

import argparse
from collections.abc import Iterator, Sequence

from dockward.camera_line import Line, add_camera_arguments, camera_at, shown, tell
from hardware.wires import CameraIdentity, CardSpace

_UNKNOWN = "未知 unknown"
_STEP = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_camera_arguments(parser)


def run(arguments: argparse.Namespace, line: Line) -> int:
    with camera_at(arguments, line) as camera:
        who, percent, cards = camera.identity, camera.battery_percent(), camera.cards()
    say(arguments, who, percent, cards)
    return 0


def say(arguments: argparse.Namespace, who: CameraIdentity, percent: int | None, cards: Sequence[CardSpace]) -> None:
    told = {
        "place": arguments.place,
        "serial": who.serial,
        "model": who.model,
        "battery_percent": percent,
        "cards": [card._asdict() for card in cards],
    }
    tell(arguments, told, tuple(_lines(who, percent, cards)))


def _lines(who: CameraIdentity, percent: int | None, cards: Sequence[CardSpace]) -> Iterator[str]:
    yield f"序列号 serial: {shown(who.serial)}"
    yield f"型号 model: {shown(who.model) or _UNKNOWN}"
    yield f"电量 battery: {_UNKNOWN if percent is None else f'{percent}%'}"
    for number, card in enumerate(cards, 1):
        deletable = "可删除 deletable" if card.deletable else "不可删除 not deletable"
        yield f"存储卡 card {number}: {size(card.free_bytes)} 可用 free / {size(card.capacity_bytes)}；{deletable}"


def size(count: int | None) -> str:
    """As card makers count."""
    if count is None:
        return _UNKNOWN
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _STEP:
            return f"{amount:.1f} {unit}" if count >= _STEP else f"{count} B"
        amount /= _STEP
    return f"{amount:.1f} TB"
