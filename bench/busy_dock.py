"""A dock at its busiest: eight cameras are pulled without an end in sight, and beside them some wait to be lent.

What USB gives is held to what one hub gives eight cameras, as a real bus would: simulated cameras would otherwise take
the processor for a bus. Also `python -m bench.busy_dock CONFIG`: the station alone, as a process of its own.
"""

import contextlib
import os
import sys
import threading
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dockward.stage import Stage, Surroundings, around, at_work
from dockward.stage_config import StationPlan, write_station_config
from dockward.stage_rolls import UNIT, camera_id
from dockward.stage_setting import now
from hardware.simulated.dock import About, Dock
from hardware.simulated.usb_backend import Plugged, VirtualUsb
from provisioning.machines import provision_policy
from station.signing.policy_packs import packaged_pack, sign_pack

PULLED, LENT = 8, 8
HUB_BYTES_PER_SECOND = 24_000_000
"""What eight cameras got of one hub of USB 2.0 in `docking`, and no more."""
_CLIPS, _CLIP_BYTES = 24, 64 << 20
_PACK_FILE = "unit.toml"
_PACK = """\
id = "bench-unit"
version = 1
kind = "department"
zh = "测速单位"
en = "a department for measuring"
extends = "{base}"

[loan]
pin = {{ value = false, status = "default", set_by = "bench", set_at = 2026-01-01, note = "测速" }}
offer_seconds = {{ value = 2, status = "default" }}
"""
_FULL = About(battery_percent=98)


@contextlib.contextmanager
def surrounded_dock(folder: Path) -> Iterator[Surroundings]:
    """Set up and docked; `folder/station.toml` is what the station needs. An offer lasts two seconds there."""
    plan = StationPlan(PULLED + LENT, staffed=True, unit_pack=(UNIT, _PACK_FILE))
    with around(folder, plan._replace(unit_pack=None)) as surrounded:
        _sign_a_pack(folder, packaged_pack(plan.policy).name)
        write_station_config(folder, plan, surrounded.centre)
        _slow_uploads(folder / "station.toml")
        dock = Dock(folder / "dock")
        for number in range(PULLED + LENT):
            dock.make_camera(camera_id(number), _FULL)
            if number < PULLED:
                _film(dock, camera_id(number))
        yield surrounded


@contextlib.contextmanager
def busy_dock(folder: Path) -> Iterator[Stage]:
    """The station in this process, its cameras to be lent ready, the others being pulled."""
    with surrounded_dock(folder) as surrounded, hub_rate(), at_work(folder, surrounded) as stage:
        for number in range(PULLED, PULLED + LENT):
            stage.dock.put(camera_id(number), str(number + 1))
        stage.wait_for("cameras are ready", lambda: all(_ready(stage, n) for n in range(PULLED, PULLED + LENT)))
        begin_pulling(stage.dock)
        stage.wait_for("cameras are pulled", lambda: stage.reading_bytes > 0)
        yield stage


def begin_pulling(dock: Dock) -> None:
    for number in range(PULLED):
        dock.put(camera_id(number), str(number + 1))


@contextlib.contextmanager
def hub_rate() -> Iterator[None]:
    """All that is read of cameras, together."""
    free_at, lock, read = [time.monotonic()], threading.Lock(), VirtualUsb.bulk_read

    def paced(usb: VirtualUsb, handle: Plugged, ep: int, face: int, buff: "array[int]", timeout: int) -> int:
        count: int = read(usb, handle, ep, face, buff, timeout)
        with lock:
            wait_s = free_at[0] - time.monotonic()
            free_at[0] = max(free_at[0], time.monotonic()) + count / HUB_BYTES_PER_SECOND
        if wait_s > 0:
            time.sleep(wait_s)
        return count

    patched: Any = VirtualUsb
    patched.bulk_read = paced
    try:
        yield
    finally:
        patched.bulk_read = read


def percentile(found: list[float], percent: int) -> float:
    return sorted(found)[min(len(found) - 1, len(found) * percent // 100)]


def load() -> str:
    """How busy the machine was with other things too."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _ready(stage: Stage, number: int) -> bool:
    docking = stage.state.docking_in(str(number + 1))
    return docking is not None and docking.battery_judged and docking.clock_set and stage.read_through(docking.bay)


def _film(dock: Dock, camera: str) -> None:
    """Long clips, of zeros that lie on no disk until the station writes them."""
    for clip in range(_CLIPS):
        path = f"DCIM/{clip:04}.MP4"
        dock.film(camera, path, b"", now() - 60_000, now() - 50_000)
        with (dock.card(camera) / path).open("r+b") as file:
            file.truncate(_CLIP_BYTES)


def _sign_a_pack(folder: Path, base: str) -> None:
    content = _PACK.format(base=base)
    (folder / _PACK_FILE).write_text(content, encoding="utf-8")
    provision_policy(folder / "ca", folder / "policy", now())
    key, certificate = ((folder / f"policy/policy.{end}").read_bytes() for end in ("key", "pem"))
    sign_pack(folder / _PACK_FILE, content.encode(), key, certificate)


def _slow_uploads(config: Path) -> None:
    """What is pulled is not all sent at once: the line is not what is measured."""
    words = config.read_text(encoding="utf-8")
    config.write_text(words + "\n[registry.uploads]\nkib_per_second = 1000\n", encoding="utf-8")


if __name__ == "__main__":
    from dockward.__main__ import main

    with hub_rate():
        sys.exit(main(["station", "run", "--config", sys.argv[1]]))
