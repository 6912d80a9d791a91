"""What docking costs, measured inside the emulated machine: from a card to a signed statement. Prints, judges nothing.

Ours is the station's own work with its real signer process. The peer does less: it keeps a file, its hash and a sync,
reads nothing back and signs nothing.
"""

import argparse
import cProfile
import io
import os
import pstats
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.camera_wire_dock import BIG, CARDS, DISK, GIBIBYTE, MEBIBYTE, docked, filled, ratio, say, undock_all
from bench.camera_wire_large import SHARED_MIB, reads, together
from bench.camera_wire_peers import Cost, cost_of, libmtp_ids, tool
from station.custody.due_work import Work
from station.custody.recording import RecordingStep
from station.signing.signer_wire import RemoteSigner
from tests.rig.guest.gadgets import BAYS, UmtpCamera, load_controllers
from tests.rig.guest.kernel_dock import KernelDock, docked_cameras, make_machines
from tests.rig.guest.waiting import until
from tests.signer_process import running_signer

_ROUNDS = 3
_SECONDS_MAX = 900
_PROFILED = 10
_TIMED = (Work.READ, Work.SIGN)
_BEFORE = (Work.IDENTIFY, Work.SET_CLOCK, Work.JUDGE_BATTERY)


@contextmanager
def station_of(cameras: list[UmtpCamera], name: str) -> Iterator[tuple[KernelDock, int]]:
    """With its signer, whose process id is said; nobody answers as its registry."""
    home, socket = DISK / name, Path(f"/run/{name}")
    make_machines(home)
    with running_signer(home / "station/signer", socket) as process:
        dock = KernelDock(home, home / "data", cameras, signer=RemoteSigner(socket), alone=True)
        yield dock, process.pid


def one(mebibytes: int) -> None:
    """One camera, one file, one task after another."""
    (CARDS / "one" / "0" / "DCIM").mkdir(parents=True)
    taken: list[dict[str, Cost]] = []
    with station_of(docked_cameras(CARDS / "one", 1), "one") as (dock, _signer):
        dock.begin(at_work=False)
        (camera,) = dock.cameras
        for _ in range(_ROUNDS):
            filled(camera.card / BIG, mebibytes)
            camera.restart()
            costs = _docked_and_signed(dock, _costed)
            camera.restart()
            taken.append({**costs, **_by_tools(camera, mebibytes)})
        filled(camera.card / BIG, mebibytes)
        camera.restart()
        _docked_and_signed(dock, _profiled)
        dock.end()
        camera.pull_out()
        camera.stop()
    _show(taken, mebibytes)


def _costed(_work: Work, worker: Callable[[], None]) -> Cost:
    return cost_of(worker)


def _profiled(work: Work, worker: Callable[[], None]) -> Cost:
    profile, text = cProfile.Profile(), io.StringIO()
    profile.runcall(worker)
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(_PROFILED)
    lines = [line.strip() for line in text.getvalue().splitlines() if line.strip()]
    start = next(number for number, line in enumerate(lines) if line.startswith("ncalls"))
    say(f"profile of {work}, on its own thread: {lines[0]}")
    for line in lines[start:]:
        say(f"    {line}")
    return Cost(0, 0)


def _docked_and_signed(dock: KernelDock, measure: Callable[[Work, Callable[[], None]], Cost]) -> dict[str, Cost]:
    """What reading and signing cost in a docking of its own, which ends with the statement."""
    station, costs = dock.station, dict.fromkeys(_TIMED, Cost(0, 0))
    before = len(station.clerk.state.by_step.get(RecordingStep.STATED, ()))
    _switched(dock, closed=False)
    _switched(dock, closed=True)
    while len(station.clerk.state.by_step.get(RecordingStep.STATED, ())) == before:
        for task in station.dispatcher.startable()[0]:
            if task.work in _TIMED:
                costs[task.work] = costs[task.work].then(measure(task.work, station.dispatcher.begin(task)))
                station.dispatcher.end(task, None)
            elif task.work in _BEFORE:
                _tried(dock, task.number, task.work)
    return {str(work): cost for work, cost in costs.items()} | {"ours": costs[Work.READ].then(costs[Work.SIGN])}


def _tried(dock: KernelDock, number: int, work: Work) -> None:
    for task in dock.station.dispatcher.startable()[0]:
        if (task.work, task.number) == (work, number):
            worker = dock.station.dispatcher.begin(task)
            worker()
            dock.station.dispatcher.end(task, None)


def _switched(dock: KernelDock, *, closed: bool) -> None:
    dock.switches.closed["0"] = closed
    for _ in range(20):
        dock.station.watch.turn()
        if bool(dock.station.clerk.state.dockings) is closed:
            return
    raise RuntimeError("the bay's switch is not believed")


def _by_tools(camera: UmtpCamera, mebibytes: int) -> dict[str, Cost]:
    """What starting, opening and listing take is not subtracted: ours has it too."""
    out = DISK / "out"
    (number,) = libmtp_ids().values()
    camera.restart()
    fetched = tool("mtp-getfile", number, out)
    if out.stat().st_size != mebibytes * MEBIBYTE:
        raise RuntimeError("not all of it was fetched")
    peer = fetched.then(tool("sha256sum", out)).then(tool("sync"))
    out.unlink()
    return {"mtp-getfile": fetched, "peer": peer}


def _show(taken: list[dict[str, Cost]], mebibytes: int) -> None:
    size, per_gib = mebibytes * MEBIBYTE, GIBIBYTE / (mebibytes * MEBIBYTE)
    say(f"one file of {mebibytes} MiB, medians of {_ROUNDS} interleaved rounds: MB/s (10^6), CPU seconds a GiB")
    rates, cpu = {}, {}
    for name in taken[0]:
        rates[name] = size / median(costs[name].seconds for costs in taken) / 1e6
        cpu[name] = median(costs[name].cpu_seconds for costs in taken) * per_gib
        say(f"  {name:14} {rates[name]:6.1f} MB/s   {cpu[name]:6.1f} s")
    say("  ours: read (pulled, hashed, fsynced, read back past the cache), then sign (hashed in parts, stated, signed)")
    say("  peer: mtp-getfile && sha256sum && sync")
    ratio("ours / peer, rate", rates["ours"] / rates["peer"], "≥ 1.5")
    ratio("ours / peer, CPU a GiB", cpu["ours"] / cpu["peer"], "≤ 1.2")


def eight() -> None:
    for bay in range(BAYS):
        folder = CARDS / "eight" / str(bay) / "DCIM"
        folder.mkdir(parents=True)
        filled(folder / "BIG.MP4", SHARED_MIB)
    shared = CARDS / "shared" / "DCIM"
    shared.mkdir(parents=True, exist_ok=True)
    shutil.copy(CARDS / "eight/0" / BIG, shared / "BIG.MP4")
    places = [docked("shared", bay) for bay in range(BAYS)]
    bare, _ = together(reads(places))
    undock_all()
    alone, _, _ = _stated("alone", 1)
    ours, station_mib, signer_mib = _stated("all", BAYS)
    say(f"{BAYS} bays at once, {SHARED_MIB} MiB each, until every statement is signed, MB/s together")
    say(f"  ours {ours:6.1f}   one bay alone {alone:6.1f}   bare bulk reads, nothing kept {bare:6.1f}")
    ratio("ours, eight bays / one bay", ours / alone, "none")
    ratio("ours, eight bays / bare reads", ours / bare, "none: two cores emulate buses, cameras and disk, too")
    say(f"resident at most: station {station_mib:.0f} MiB (its pages not served), signer {signer_mib:.0f} MiB")
    ratio("station and signer / 180 MB", (station_mib + signer_mib) * MEBIBYTE / 180e6, "≤ 1")


def _stated(name: str, bays: int) -> tuple[float, float, float]:
    """MB/s; MiB that the station and the signer had at most."""
    with station_of(docked_cameras(CARDS / "eight", bays), name) as (dock, signer):
        dock.begin()
        begun = perf_counter()
        dock.dock()

        def done() -> bool:
            return len(dock.station.clerk.state.by_step.get(RecordingStep.STATED, ())) == bays

        until(done, "the statements", _SECONDS_MAX)
        seconds = perf_counter() - begun
        station_mib, signer_mib = _most_mib(os.getpid()), _most_mib(signer)
        dock.end()
        for camera in dock.cameras:
            camera.pull_out()
            camera.stop()
    return bays * SHARED_MIB * MEBIBYTE / seconds / 1e6, station_mib, signer_mib


def _most_mib(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=64)
    parser.add_argument("--parts", default="eight,one")
    arguments = parser.parse_args()
    DISK.mkdir(parents=True)
    load_controllers()
    parts: dict[str, Callable[[], None]] = {"one": lambda: one(arguments.mebibytes), "eight": eight}
    for part in arguments.parts.split(","):
        begun = perf_counter()
        parts[part]()
        say(f"  ({part}: {perf_counter() - begun:.0f} s)")


if __name__ == "__main__":
    main()
