"""One large file off one camera, and off eight at once: ours beside other programs and beside bare bulk reads.

Rounds are interleaved and medians taken. Of programs, what they take for a file of 1 kB is subtracted: their start,
opening the camera, listing it. Of ours only the work is timed.
"""

import threading
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.camera_wire_dock import (
    BIG,
    CAMERAS,
    CARDS,
    DISK,
    GIBIBYTE,
    MEBIBYTE,
    TINY,
    docked,
    drained,
    filled,
    large_card,
    ratio,
    say,
    undock_all,
    written,
)
from bench.camera_wire_peers import BareReads, Cost, cost_of, libmtp_ids, tool
from station.store.recordings import RecordingStore
from tests.rig.guest.gadgets import BAYS

SHARED_MIB = 32


def seconds_each(rounds: list[dict[str, Cost]], name: str) -> float:
    return median(costs[name].seconds for costs in rounds)


def cpu_each(rounds: list[dict[str, Cost]], name: str) -> float:
    return median(costs[name].cpu_seconds for costs in rounds)


def large(rounds: int, mebibytes: int) -> None:
    digest = large_card(mebibytes)
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
    ratio("ours, into nothing / mtp-getfile", rates["ours, into nothing"] / rates["mtp-getfile"], "≥ 2")
    ratio("ours, to a file / mtp-getfile", rates["ours, to a file"] / rates["mtp-getfile"], "≥ 2")
    ratio("ours, into nothing / bare reads", rates["ours, into nothing"] / rates["bare reads of 1 MiB"], "≥ 0.95")
    ratio("ours, held / mtp-getfile", rates["ours, held"] / rates["mtp-getfile"], "≥ 1.5")
    ratio("ours, to a file / aft-mtp-cli", rates["ours, to a file"] / rates["aft-mtp-cli"], "≥ 2")
    say("  held: hashed, written, fsynced, read back and hashed again by the recording store")
    per_gib = GIBIBYTE / size
    ours, peer = cpu_each(taken, "ours, held") * per_gib, cpu_each(taken, "mtp-getfile and sha256sum") * per_gib
    say(f"CPU a GiB: ours, held {ours:.1f} s; mtp-getfile and sha256sum {peer:.1f} s, not fsynced, not read back")
    ratio("ours, held / mtp-getfile and sha256sum", ours / peer, "≤ 1.2")
    bare = cpu_each(taken, "bare reads of 1 MiB") * per_gib
    nothing = cpu_each(taken, "ours, into nothing") * per_gib
    hashing = cpu_each(taken, "sha256sum") * per_gib
    say(f"  ours, into nothing {nothing:.1f} s; bare reads {bare:.1f} s; sha256sum, emulated, {hashing:.1f} s a time")


def _large_round(ids: dict[str, str], size: int, digest: str) -> dict[str, Cost]:
    out = DISK / "out"
    costs: dict[str, Cost] = {}
    with closing(CAMERAS.open(docked("large"))) as camera:
        camera.files()
        costs["ours, into nothing"] = cost_of(lambda: drained(camera, BIG))
        costs["ours, to a file"] = cost_of(lambda: written(camera, BIG, out))
        _fetched(out, size)
        store = RecordingStore(DISK / "store")
        held: list[str] = []
        costs["ours, held"] = cost_of(lambda: held.append(store.receive(1, "big", size, camera.pull(BIG))))
        if held != [digest]:
            raise RuntimeError("what is held is not what the camera has")
        store.discard(1, "big")
    with closing(BareReads(docked("large"), BIG)) as reads:
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
    start = tool("aft-mtp-cli", f"get {TINY} {out}")
    _fetched(out, 1_000)
    docked("large")
    costs["aft-mtp-cli"] = tool("aft-mtp-cli", f"get {BIG} {out}").without(start)
    _fetched(out, size)
    docked("large")
    costs["jmtpfs and cp"] = _by_jmtpfs(out)
    _fetched(out, size)
    return costs


def _by_jmtpfs(out: Path) -> Cost:
    mounted = Path("/mnt")
    tool("jmtpfs", mounted)
    try:
        source = next(mounted.glob(f"*/{BIG}"))
        return tool("cp", source, out)
    finally:
        tool("fusermount", "-u", mounted)


def _fetched(out: Path, size: int) -> None:
    if out.stat().st_size != size:
        raise RuntimeError(f"{out.stat().st_size} bytes were fetched of {size}")
    out.unlink()


# --- eight at once


def eight() -> None:
    folder = CARDS / "shared" / "DCIM"
    folder.mkdir(parents=True)
    filled(folder / "BIG.MP4", SHARED_MIB)
    places = [docked("shared", bay) for bay in range(BAYS)]
    alone, _ = together(pulls(places[:1]))
    ours, fair = together(pulls(places))
    undock_all()
    places = [docked("shared", bay) for bay in range(BAYS)]
    one_bare, _ = together(reads(places[:1]))
    bare, bare_fair = together(reads(places))
    undock_all()
    say(f"{BAYS} cameras at once, {SHARED_MIB} MiB each, one process, MB/s together; buses, cameras, ours on 2 cores")
    say(f"  ours {ours:6.1f}   one alone {alone:6.1f}   bare reads {bare:6.1f}   one bare alone {one_bare:6.1f}")
    ratio("ours / bare reads", ours / bare, "≥ 0.9")
    ratio("ours, eight / one", ours / alone, "none")
    ratio("slowest / fastest when the first is done", fair, "≥ 0.9")
    say(f"    of the bare reads: {bare_fair:.2f}")


class _Pull:
    """One camera's large file, read away."""

    def __init__(self, place: str) -> None:
        self._camera = CAMERAS.open(place)
        self._camera.files()
        self.read_bytes = 0

    def run(self) -> None:
        for piece in self._camera.pull(BIG):
            self.read_bytes += len(piece)

    def close(self) -> None:
        self._camera.close()


def pulls(places: list[str]) -> list[_Pull | BareReads]:
    return [_Pull(place) for place in places]


def reads(places: list[str]) -> list[_Pull | BareReads]:
    return [BareReads(place, BIG) for place in places]


def together(work: list[_Pull | BareReads]) -> tuple[float, float]:
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
    return len(work) * SHARED_MIB * MEBIBYTE / seconds / 1e6, shares[0]
