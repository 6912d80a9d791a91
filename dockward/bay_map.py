"""`dockward bay map`: learns which USB place is which bay, from one camera put into each bay in turn.

Only with the station stopped. Bays that are empty at the start are unlocked; what is in another stays locked in.
Nothing is guessed: what happened at once is refused; what a replaced hub must have moved is only proposed.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from dockward.bay_hub import clashes, proposed
from dockward.bay_learning import Event, Learned, Moved, Plugged, Refused, learned
from dockward.bay_toml import rewrite
from dockward.bay_wires import Looker, Wires, add_config_argument, config_path, looking, works
from dockward.camera_line import tell
from hardware.wires import Changes
from station.bays.sensed import Sensed
from station.config import StationConfig, read_config
from station.errors import WireFailedError, WrongUseError

_PATIENCE_SECONDS = 120


class Place(msgspec.Struct, frozen=True):
    """One bay: where it is configured, where it was seen, or where a replaced hub must have put it."""

    bay: str
    configured: str
    seen: str | None = None
    proposed: str | None = None


class Unclear(msgspec.Struct, frozen=True):
    """Bays and places that cannot be told apart, or that belong to nothing that happened."""

    bays: tuple[str, ...]
    places: tuple[str, ...]


class Map(msgspec.Struct, frozen=True):
    places: tuple[Place, ...]
    refused: tuple[Unclear, ...]
    written: bool = False
    backup: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="write what was seen into the configuration")
    parser.add_argument("--accept-proposed", action="store_true", help="with --write: what is proposed too")
    parser.add_argument(
        "--patience",
        type=int,
        default=_PATIENCE_SECONDS,
        metavar="S",
        help=f"ends when nothing happened for so long ({_PATIENCE_SECONDS}); before that: Enter",
    )
    add_config_argument(parser)


def run(arguments: argparse.Namespace, wires: Wires) -> int:
    if arguments.accept_proposed and not arguments.write:
        raise WrongUseError("--accept-proposed: 须与 --write 同用 / goes with --write")
    path = config_path(arguments)
    config = read_config(path)
    if works(config):
        raise WrongUseError(
            "采集站正在运行 / the station works, and has its wires; 请先停止 / stop it first: "
            "systemctl stop dockward-station"
        )
    with looking(config, wires) as looker:
        found = _watched(looker, wires, arguments.patience * 1_000)
    told = _map(config, found)
    if arguments.write:
        told = _written(path, told, accept_proposed=arguments.accept_proposed)
    tell(arguments, told, list(_lines(told, asked=arguments.write)))
    unclear = any(refused.bays for refused in told.refused)
    return 0 if any(place.seen for place in told.places) and not unclear else 1


class _Watch:
    """What happened since the start, and what of it was said already."""

    def __init__(self, looker: Looker) -> None:
        self._looker = looker
        self._present: dict[str, bool] = {}
        self._events: list[Event] = []
        self._told: dict[str, str] = {}
        self._refused: set[Refused] = set()
        self.found = learned(())
        self.changed_ms = looker.now_ms()

    def begin(self, sensed: Mapping[str, Sensed]) -> None:
        for name, bay in sensed.items():
            if bay.present is not None:
                self._present[name] = bay.present
            if bay.present is False:
                self._looker.hardware.bays.lock(name, False)  # noqa: FBT003 - a switch has two states

    def see(self, sensed: Mapping[str, Sensed], changes: Changes) -> Iterator[str]:
        """What is to be said of it."""
        now_ms = self._looker.now_ms()
        events = list(self._happened(sensed, changes, now_ms))
        if events:
            self.changed_ms = now_ms
            self._events += events
            self.found = learned(self._events)
        yield from self._clear(self.found.places)
        for refused in self.found.refused:
            if refused not in self._refused and now_ms > refused.certain_at_ms:
                self._refused.add(refused)
                yield _refusal(_unclear(refused))

    def _happened(self, sensed: Mapping[str, Sensed], changes: Changes, now_ms: int) -> Iterator[Event]:
        for place in sorted(changes.departed):
            yield Plugged(now_ms, place, there=False)
        for name, bay in sensed.items():
            if bay.present is not None and self._present.get(name) is not bay.present:
                if name in self._present:
                    yield Moved(now_ms, name, bay.present)
                self._present[name] = bay.present
        for place in sorted(changes.arrived):
            yield Plugged(now_ms, place, there=True)

    def _clear(self, places: Mapping[str, str]) -> Iterator[str]:
        for bay, place in places.items():
            if self._told.get(bay) != place:
                yield f"{bay} 号仓 bay {bay}: {place}; 请放下一仓 / now the next bay"
        for bay in self._told.keys() - places.keys():
            yield f"{bay} 号仓 bay {bay}: 不再确定 / no longer clear; 请取出重放 / take it out and put it in again"
        self._told = dict(places)


def _watched(looker: Looker, wires: Wires, patience_ms: int) -> Learned:
    watch = _Watch(looker)
    sensed = looker.settle()
    watch.begin(sensed)
    full = [name for name, bay in sensed.items() if bay.present]
    if full:
        _say(f"仓内已有设备，不参与 / full already, and left locked: {', '.join(full)}")
    _say("请逐仓放入同一台设备，等显示后再放下一仓 / put one camera into each bay in turn; wait for its line each time")
    watch.changed_ms = looker.now_ms()
    while watch.found.places.keys() != looker.bays.keys():
        for line in watch.see(*looker.round()):
            _say(line)
        pressed = wires.person is not None and wires.person.pressed()
        if pressed or looker.now_ms() - watch.changed_ms > patience_ms:
            break
    return watch.found


def _map(config: StationConfig, found: Learned) -> Map:
    configured = {bay.name: bay.usb for bay in config.bays}
    proposals = proposed(configured, found.places)
    places = tuple(Place(bay, usb, found.places.get(bay), proposals.get(bay)) for bay, usb in configured.items())
    return Map(places, tuple(map(_unclear, found.refused)))


def _unclear(refused: Refused) -> Unclear:
    return Unclear(refused.bays, refused.places)


def _written(path: Path, told: Map, *, accept_proposed: bool) -> Map:
    configured = {place.bay: place.configured for place in told.places}
    new = {place.bay: place.seen for place in told.places if place.seen is not None}
    if accept_proposed:
        new = {place.bay: place.proposed for place in told.places if place.proposed is not None} | new
    new = {bay: place for bay, place in new.items() if configured[bay] != place}
    for place, bays in clashes(configured, new).items():
        raise WireFailedError(
            f"{place}: {'、'.join(bays)} 号仓冲突，未写入 / bays {', '.join(bays)} would both have it, and nothing is "
            "written; put a camera into each of them, or accept what is proposed: --accept-proposed"
        )
    if not new:
        return told
    return msgspec.structs.replace(told, written=True, backup=str(rewrite(path, new)))


def _lines(told: Map, *, asked: bool) -> Iterator[str]:
    for place in told.places:
        yield f'{place.bay:<4} usb = "{place.seen or place.proposed or place.configured}"  {_standing(place)}'
    for refused in told.refused:
        yield _refusal(refused)
    if told.written:
        yield (
            f"已写入，原文件 written; the old file is {told.backup}; "
            "请重启采集站 / restart the station: systemctl restart dockward-station"
        )
    elif asked:
        yield "无变化，未写入 / nothing changed, and nothing is written"
    elif any(place.proposed for place in told.places):
        yield "推定 proposed: 请放入设备确认 / put a camera in, or take it as it is: --write --accept-proposed"


def _standing(place: Place) -> str:
    if place.seen is not None:
        return "不变 as configured" if place.seen == place.configured else f"原 was {place.configured}"
    if place.proposed is not None:
        return f"推定 PROPOSED, not seen; 原 was {place.configured}"
    return "未见，照旧 not seen, left as it is"


def _refusal(refused: Unclear) -> str:
    if not refused.bays:
        return f"{_all(refused.places)}: 出现设备，无开关动作 / something appeared, and no switch closed"
    if not refused.places:
        return (
            f"{_all(refused.bays)} 号仓：无USB设备出现 / bay {_all(refused.bays)}: nothing appeared on USB; "
            "请检查线缆与设备 / check its cable, and the camera"
        )
    return (
        f"无法对应 cannot be told apart: {_all(refused.bays)} 号仓 / bays, {_all(refused.places)}; "
        "请取出，逐仓重放 / take them out, and put them in again one by one"
    )


def _all(names: Sequence[str]) -> str:
    return ", ".join(names)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
