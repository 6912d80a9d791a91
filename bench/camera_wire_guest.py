"""The camera wire's figures, measured inside the emulated machine. Prints; judges nothing and keeps nothing.

Each tool meets a camera just restarted, alone on the bus. Rounds are interleaved and medians taken. Of programs, what
they take for a file of 1 kB is subtracted: their start, opening the camera, listing it. Of ours only the work is timed.
"""

import argparse
import cProfile
import hashlib
import io
import os
import pstats
import resource
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.camera_wire_peers import BareReads, Cost, Libmtp, cost_of, libmtp_ids, tool
from hardware.usb_cameras import UsbCameras
from hardware.wires import Camera, ListedFile
from station.store.recordings import RecordingStore
from tests.rig.guest.gadgets import BAYS, UmtpCamera, load_controllers

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
_CARDS = Path("/tmp/cards")  # noqa: S108 - the machine is thrown away
_DISK = Path("/var/tmp/bench")  # noqa: S108
_SMALL_FILES, _SMALL_BYTES = 1_000, 102_400
_FOLDER_FILES = 1_000
_SHARED_MIB = 32
_BIG, _TINY = "DCIM/BIG.MP4", "DCIM/TINY.MP4"
_PROFILED = 8

CAMERAS = UsbCameras(0)


def say(line: str) -> None:
    print(f"bench: {line}", flush=True)


def seconds_each(rounds: list[dict[str, Cost]], name: str) -> float:
    return median(costs[name].seconds for costs in rounds)


def cpu_each(rounds: list[dict[str, Cost]], name: str) -> float:
    return median(costs[name].cpu_seconds for costs in rounds)


_docked: list[UmtpCamera] = []


def docked(card: str, bay: int = 0) -> str:
    """Takes out what is in the bay; docks a camera just switched on with this card."""
    for other in [one for one in _docked if one.bay == bay]:
        other.pull_out()
        other.stop()
        _docked.remove(other)
    camera = UmtpCamera(bay, f"BENCH-{bay}", _CARDS / card)
    camera.start()
    _docked.append(camera)
    return camera.dock()


def undock_all() -> None:
    while _docked:
        camera = _docked.pop()
        camera.pull_out()
        camera.stop()


def drained(camera: Camera, path: str) -> int:
    return sum(len(piece) for piece in camera.pull(path))


def written(camera: Camera, path: str, to: Path) -> None:
    with to.open("wb", buffering=0) as file:
        for piece in camera.pull(path):
            file.write(piece)


# --- one large file


def large(rounds: int, mebibytes: int) -> None:
    digest = _large_card(mebibytes)
    size = mebibytes * MEBIBYTE
    docked("large")
    ids = libmtp_ids()
    taken = [_large_round(ids, size, digest) for _ in range(rounds)]
    undock_all()
    say(f"one file of {mebibytes} MiB, medians of {rounds} interleaved rounds, MB/s (10^6)")
    rates = {name: size / seconds_each(taken, name) / 1e6 for name in taken[0]}
    for name, rate in rates.items():
        low, high = (pick(size / costs[name].seconds / 1e6 for costs in taken) for pick in (min, max))
        say(f"  {name:36} {rate:6.1f}   ({low:.1f} to {high:.1f})")
    _ratio("ours, into nothing / mtp-getfile", rates["ours, into nothing"] / rates["mtp-getfile"], "≥ 2")
    _ratio("ours, to a file / mtp-getfile", rates["ours, to a file"] / rates["mtp-getfile"], "≥ 2")
    _ratio("ours, into nothing / bare reads", rates["ours, into nothing"] / rates["bare reads of 1 MiB"], "≥ 0.95")
    _ratio("ours, held / mtp-getfile", rates["ours, held"] / rates["mtp-getfile"], "≥ 1.5")
    _ratio("ours, to a file / aft-mtp-cli", rates["ours, to a file"] / rates["aft-mtp-cli"], "≥ 2")
    say("  held: hashed, written, fsynced, read back and hashed again by the recording store")
    per_gib = GIBIBYTE / size
    ours, peer = cpu_each(taken, "ours, held") * per_gib, cpu_each(taken, "mtp-getfile and sha256sum") * per_gib
    say(f"CPU a GiB: ours, held {ours:.1f} s; mtp-getfile and sha256sum {peer:.1f} s, not fsynced, not read back")
    _ratio("ours, held / mtp-getfile and sha256sum", ours / peer, "≤ 1.2")
    bare = cpu_each(taken, "bare reads of 1 MiB") * per_gib
    nothing = cpu_each(taken, "ours, into nothing") * per_gib
    hashing = cpu_each(taken, "sha256sum") * per_gib
    say(f"  ours, into nothing {nothing:.1f} s; bare reads {bare:.1f} s; sha256sum, emulated, {hashing:.1f} s a time")


def _fill(path: Path, mebibytes: int) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(mebibytes):
            piece = os.urandom(MEBIBYTE)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _large_round(ids: dict[str, str], size: int, digest: str) -> dict[str, Cost]:
    out = _DISK / "out"
    costs: dict[str, Cost] = {}
    with closing(CAMERAS.open(docked("large"))) as camera:
        camera.files()
        costs["ours, into nothing"] = cost_of(lambda: drained(camera, _BIG))
        costs["ours, to a file"] = cost_of(lambda: written(camera, _BIG, out))
        _fetched(out, size)
        store = RecordingStore(_DISK / "store")
        held: list[str] = []
        costs["ours, held"] = cost_of(lambda: held.append(store.receive(1, "big", size, camera.pull(_BIG))))
        if held != [digest]:
            raise RuntimeError("what is held is not what the camera has")
        store.discard(1, "big")
    with closing(BareReads(docked("large"), _BIG)) as reads:
        costs["bare reads of 1 MiB"] = cost_of(reads.run)
    docked("large")
    start = tool("mtp-getfile", ids["TINY.MP4"], out)
    _fetched(out, 1_000)
    docked("large")
    costs["mtp-getfile"] = tool("mtp-getfile", ids["BIG.MP4"], out).without(start)
    costs["sha256sum"] = tool("sha256sum", out)
    costs["mtp-getfile and sha256sum"] = costs["mtp-getfile"].then(costs["sha256sum"])
    _fetched(out, size)
    docked("large")
    start = tool("aft-mtp-cli", f"get {_TINY} {out}")
    _fetched(out, 1_000)
    docked("large")
    costs["aft-mtp-cli"] = tool("aft-mtp-cli", f"get {_BIG} {out}").without(start)
    _fetched(out, size)
    docked("large")
    costs["jmtpfs and cp"] = _by_jmtpfs(out)
    _fetched(out, size)
    return costs


def _by_jmtpfs(out: Path) -> Cost:
    mounted = Path("/mnt")
    tool("jmtpfs", mounted)
    try:
        source = next(mounted.glob(f"*/{_BIG}"))
        return tool("cp", source, out)
    finally:
        tool("fusermount", "-u", mounted)


def _fetched(out: Path, size: int) -> None:
    if out.stat().st_size != size:
        raise RuntimeError(f"{out.stat().st_size} bytes were fetched of {size}")
    out.unlink()


# --- eight at once


def eight() -> None:
    folder = _CARDS / "shared" / "DCIM"
    folder.mkdir(parents=True)
    _fill(folder / "BIG.MP4", _SHARED_MIB)
    places = [docked("shared", bay) for bay in range(BAYS)]
    alone, _ = _together(_pulls(places[:1]))
    ours, fair = _together(_pulls(places))
    undock_all()
    places = [docked("shared", bay) for bay in range(BAYS)]
    one_bare, _ = _together(_reads(places[:1]))
    bare, bare_fair = _together(_reads(places))
    undock_all()
    say(f"{BAYS} cameras at once, {_SHARED_MIB} MiB each, one process, MB/s together; buses, cameras, ours on 2 cores")
    say(f"  ours {ours:6.1f}   one alone {alone:6.1f}   bare reads {bare:6.1f}   one bare alone {one_bare:6.1f}")
    _ratio("ours / bare reads", ours / bare, "≥ 0.9")
    _ratio("ours, eight / one", ours / alone, "none")
    _ratio("slowest / fastest when the first is done", fair, "≥ 0.9")
    say(f"    of the bare reads: {bare_fair:.2f}")


class _Pull:
    """One camera's large file, read away."""

    def __init__(self, place: str) -> None:
        self._camera = CAMERAS.open(place)
        self._camera.files()
        self.read_bytes = 0

    def run(self) -> None:
        for piece in self._camera.pull(_BIG):
            self.read_bytes += len(piece)

    def close(self) -> None:
        self._camera.close()


def _pulls(places: list[str]) -> list[_Pull | BareReads]:
    return [_Pull(place) for place in places]


def _reads(places: list[str]) -> list[_Pull | BareReads]:
    return [BareReads(place, _BIG) for place in places]


def _together(work: list[_Pull | BareReads]) -> tuple[float, float]:
    """MB/s in all, and how far the slowest was when the first was done, beside it."""
    shares: list[float] = []

    def one(mine: _Pull | BareReads) -> None:
        mine.run()
        if not shares:
            shares.append(min(each.read_bytes for each in work) / mine.read_bytes)

    threads = [threading.Thread(target=one, args=(mine,)) for mine in work]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - begun
    for mine in work:
        mine.close()
    return len(work) * _SHARED_MIB * MEBIBYTE / seconds / 1e6, shares[0]


# --- many small files, and listings


def small() -> None:
    _small_card()
    to = _DISK / "small"
    with closing(CAMERAS.open(docked("small"))) as camera:
        listed: list[ListedFile] = []
        listing = cost_of(lambda: listed.extend(camera.files()))
        pulling = cost_of(lambda: _all_written(camera, listed, to))
    ours = listing.then(pulling)
    _small_fetched(to)
    docked("small")
    libmtp = Libmtp()
    peer = cost_of(lambda: libmtp.fetch_all(to))
    _small_fetched(to)
    say(f"{_SMALL_FILES:,} files of 100 KiB, listed and fetched in one session, one run")
    say(
        f"  ours {ours.seconds:6.1f} s, of it listing {listing.seconds:.1f}   libmtp (opens, too) {peer.seconds:6.1f} s"
    )
    _ratio("libmtp / ours", peer.seconds / ours.seconds, "≥ 2")


def _small_card() -> None:
    folder = _CARDS / "small" / "DCIM"
    if folder.exists():
        return
    folder.mkdir(parents=True)
    content = os.urandom(_SMALL_BYTES)
    for number in range(_SMALL_FILES):
        (folder / f"F{number:05}.MP4").write_bytes(content)


def _large_card(mebibytes: int) -> str:
    folder = _CARDS / "large" / "DCIM"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "TINY.MP4").write_bytes(bytes(1_000))
    return _fill(folder / "BIG.MP4", mebibytes)


def _all_written(camera: Camera, listed: list[ListedFile], to: Path) -> None:
    for file in listed:
        written(camera, file.path, to / Path(file.path).name)


def _small_fetched(folder: Path) -> None:
    sizes = [path.stat().st_size for path in folder.iterdir()]
    if sizes != [_SMALL_BYTES] * _SMALL_FILES:
        raise RuntimeError(f"{len(sizes)} files with {sum(sizes)} bytes were fetched")
    shutil.rmtree(folder)
    folder.mkdir()


def listing(count: int) -> None:
    card = f"list-{count}"
    for number in range(count):
        folder = _CARDS / card / "DCIM" / f"{number // _FOLDER_FILES:03}MEDIA"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"F{number:05}.MP4").write_bytes(b"x")
    with closing(CAMERAS.open(docked(card))) as camera:
        ours = cost_of(lambda: _listed(camera, count))
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    docked(card)
    libmtp = tool("mtp-files")
    docked(card)
    aft = tool("aft-mtp-cli", "lsext-r")
    say(f"listing of {count:,} files in folders of {_FOLDER_FILES:,}, one run; of programs all they do")
    say(f"  ours {ours.seconds:.1f} s   mtp-files {libmtp.seconds:.1f} s   aft-mtp-cli lsext-r {aft.seconds:.1f} s")
    say(f"  CPU: ours {ours.cpu_seconds:.1f} s   mtp-files {libmtp.cpu_seconds:.1f} s; our memory {memory_mib:.0f} MiB")
    _ratio("ours / mtp-files", ours.seconds / libmtp.seconds, "≤ 0.2")
    shutil.rmtree(_CARDS / card)


def _listed(camera: Camera, count: int) -> None:
    if len(camera.files()) != count:
        raise RuntimeError(f"of {count} files not all are listed")


# --- where our time goes


def profile(mebibytes: int) -> None:
    _large_card(mebibytes)
    _small_card()
    with closing(CAMERAS.open(docked("large"))) as camera:
        camera.files()
        _profiled("pulling the large file", lambda: drained(camera, _BIG))
        store, size = RecordingStore(_DISK / "store"), mebibytes * MEBIBYTE
        _profiled("holding it", lambda: store.receive(1, "big", size, camera.pull(_BIG)))
        store.discard(1, "big")
    with closing(CAMERAS.open(docked("small"))) as camera:
        _profiled(f"listing {_SMALL_FILES:,} files", camera.files)
        _profiled("pulling 50 of them", lambda: [drained(camera, file.path) for file in camera.files()[:50]])


def _profiled(what: str, work: Callable[[], object]) -> None:
    taken = cProfile.Profile()
    taken.runcall(work)
    text = io.StringIO()
    pstats.Stats(taken, stream=text).sort_stats("tottime").print_stats(_PROFILED)
    lines = [line.strip() for line in text.getvalue().splitlines() if line.strip()]
    start = next(number for number, line in enumerate(lines) if line.startswith("ncalls"))
    say(f"profile of {what}: {lines[0]}")
    for line in lines[start:]:
        say(f"    {line}")


def _ratio(what: str, ratio: float, target: str) -> None:
    say(f"  ratio {what:44} {ratio:6.2f}   target {target}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mebibytes", type=int, default=64)
    parser.add_argument("--parts", default="large,eight,small,5000,10000,profile")
    arguments = parser.parse_args()
    (_DISK / "small").mkdir(parents=True)
    load_controllers()
    parts: dict[str, Callable[[], None]] = {
        "large": lambda: large(arguments.rounds, arguments.mebibytes),
        "eight": eight,
        "small": small,
        "profile": lambda: profile(arguments.mebibytes),
    }
    for part in arguments.parts.split(","):
        begun = perf_counter()
        if part.isdecimal():
            listing(int(part))
        else:
            parts[part]()
        say(f"  ({part}: {perf_counter() - begun:.0f} s)")
    undock_all()


if __name__ == "__main__":
    main()
