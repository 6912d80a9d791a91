"""Lets a station work until it is told to stop. Whatever ends before that ends everything."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from station.assemble import Station
from station.bays.technician_door import TechnicianDoor, open_door
from station.config import DeskConfig
from station.desk.visitors_here import open_visitors, require_readable
from station.errors import BrokenCustodyError
from station.pages.guard import guarded
from station.pages.serving import Tls, listen, serve
from station.store.folders import journal_path
from station.store.private_words import PrivateWords
from station.web.badge_acts import BadgeActs
from station.web.desk import DeskActs
from station.web.routes import ROUTES
from station.web.whole_app import whole_app
from station.work_dispatcher import PLACES, run_dispatcher


async def run(station: Station, stop: asyncio.Event, serving: Callable[[str], None] = lambda _: None) -> None:
    """Until told to stop. Whatever ends before that ends everything, and the process is started anew."""
    config = station.config
    with contextlib.ExitStack() as closing:
        screen = closing.enter_context(contextlib.closing(listen(config.pages.host, config.pages.port)))
        desk = closing.enter_context(contextlib.closing(_listen_at(config.desk))) if config.desk is not None else None
        knocking = closing.enter_context(contextlib.closing(open_door(Path(config.technician))))
        serving("http://{}:{}".format(*screen.getsockname()[:2]))
        await _run(station, stop, _served(station, screen, desk), knocking)


def _listen_at(desk: DeskConfig) -> socket.socket:
    require_readable(desk)
    return listen(desk.host, desk.port)


def _served(
    station: Station, screen: socket.socket, desk: socket.socket | None
) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """One application behind its doors: the station's own screen, and the office's where one is configured."""
    config, clerk = station.config, station.clerk
    visitors = open_visitors(config, station.clock) if desk is not None else None
    what_is = (station.tell, lambda: clerk.state, clerk.policy, station.clock.stamp)
    badges = BadgeActs(station.badges, *what_is, station.show_refusal) if station.badges is not None else None
    acts = DeskActs(visitors, *what_is, PrivateWords(journal_path(config)).of) if visitors is not None else None
    app = whole_app(config.station, station.status, station.live, badges, acts, station.panel)
    served = [lambda: serve(guarded(app, ROUTES), screen)]
    if config.desk is not None and desk is not None:
        tls = Tls(config.desk.certificate, config.desk.key)
        served.append(lambda: serve(guarded(app, ROUTES, visitors), desk, tls))
    return served


async def _run(
    station: Station,
    stop: asyncio.Event,
    served: list[Callable[[], Coroutine[Any, Any, None]]],
    knocking: socket.socket,
) -> None:
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake_dispatcher() -> None:
        loop.call_soon_threadsafe(changed.set)

    def camera_came(docking: int) -> None:
        loop.call_soon_threadsafe(station.dispatcher.try_now, docking)
        wake_dispatcher()

    station.clerk.listen(wake_dispatcher)
    station.usb.listen(camera_came)
    station.keeping.listen(wake_dispatcher)
    turning = _turning(station)
    wires = ThreadPoolExecutor(len(turning), "wire")
    workers = ThreadPoolExecutor(2 * len(station.config.bays) + sum(PLACES.values()), "work")
    try:
        async with asyncio.TaskGroup() as group:
            for wire in turning:
                group.create_task(_until_stopped(loop.run_in_executor(wires, wire), stop))
            door = TechnicianDoor(
                station.technician,
                station.dispatcher,
                workers,
                changed.set,
                os.getegid(),
                station.technician_bays,
                station.for_courier,
            )
            loops = [
                group.create_task(run_dispatcher(station.dispatcher, changed, workers)),
                *(group.create_task(door_served()) for door_served in served),
                group.create_task(door.serve(knocking)),
            ]
            await stop.wait()
            station.stop_wires()
            for task in loops:
                task.cancel()
    finally:
        station.stop_wires()
        for threads in (wires, workers):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)


def _turning(station: Station) -> list[Callable[[], None]]:
    """What has a thread of its own for as long as the station works."""
    turning = [station.watch.run, station.usb.run, station.link.run, station.keeping.run]
    turning += [station.badges.watch.run] if station.badges is not None else []
    turning += [station.stamping.run] if station.stamping is not None else []
    turning += [station.panel.run] if station.panel is not None else []
    return turning


async def _until_stopped(wire: "asyncio.Future[None]", stop: asyncio.Event) -> None:
    await wire
    if not stop.is_set():
        raise BrokenCustodyError("a wire's thread ended by itself; the station starts anew")
