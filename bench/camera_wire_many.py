"""Many small files, and listings of many: ours beside libmtp's and android-file-transfer's, one run each."""

import resource
import shutil
from contextlib import closing
from pathlib import Path

from bench.camera_wire_dock import (
    CAMERAS,
    CARDS,
    DISK,
    SMALL_BYTES,
    SMALL_FILES,
    docked,
    ratio,
    say,
    small_card,
    undock_all,
    written,
)
from bench.camera_wire_peers import Libmtp, cost_of, tool
from hardware.wires import Camera, ListedFile
from tests.rig.guest.gadgets import OurCamera

FOLDER_FILES = 1_000


def small() -> None:
    small_card()
    to = DISK / "small"
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
    say(f"{SMALL_FILES:,} files of 100 KiB, listed and fetched in one session, one run")
    say(
        f"  ours {ours.seconds:6.1f} s, of it listing {listing.seconds:.1f}   libmtp (opens, too) {peer.seconds:6.1f} s"
    )
    ratio("libmtp / ours", peer.seconds / ours.seconds, "none")


def _all_written(camera: Camera, listed: list[ListedFile], to: Path) -> None:
    for file in listed:
        written(camera, file.path, to / Path(file.path).name)


def _small_fetched(folder: Path) -> None:
    sizes = [path.stat().st_size for path in folder.iterdir()]
    if sizes != [SMALL_BYTES] * SMALL_FILES:
        raise RuntimeError(f"{len(sizes)} files with {sum(sizes)} bytes were fetched")
    shutil.rmtree(folder)
    folder.mkdir()


def listing(count: int) -> None:
    card = f"list-{count}"
    _fill_folders(CARDS / card, count)
    with closing(CAMERAS.open(docked(card))) as camera:
        ours = cost_of(lambda: _listed(camera, count))
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    docked(card)
    libmtp = tool("mtp-files")
    docked(card)
    aft = tool("aft-mtp-cli", "lsext-r")
    say(f"listing of {count:,} files in folders of {FOLDER_FILES:,}, one run; of programs all they do")
    say(f"  ours {ours.seconds:.1f} s   mtp-files {libmtp.seconds:.1f} s   aft-mtp-cli lsext-r {aft.seconds:.1f} s")
    say(f"  CPU: ours {ours.cpu_seconds:.1f} s   mtp-files {libmtp.cpu_seconds:.1f} s; our memory {memory_mib:.0f} MiB")
    ratio("ours / mtp-files", ours.seconds / libmtp.seconds, "≤ 0.2")
    shutil.rmtree(CARDS / card)


def listing_in_bulk() -> None:
    """A camera that tells what a folder holds in a few answers, as Android does: our own engine as a gadget."""
    undock_all()
    camera = OurCamera(0, "BENCH-C", CARDS / "bulk")
    _fill_folders(camera.card, FOLDER_FILES)
    camera.start()
    with closing(CAMERAS.open(camera.dock())) as opened:
        ours = cost_of(lambda: _listed(opened, FOLDER_FILES))
    camera.restart()
    libmtp = tool("mtp-files")
    camera.pull_out()
    camera.stop()
    say(f"listing of {FOLDER_FILES:,} files in one folder; our simulated camera as a gadget tells folders whole")
    say(f"  ours {ours.seconds:.1f} s   mtp-files {libmtp.seconds:.1f} s")
    say(f"  CPU: ours {ours.cpu_seconds:.1f} s   mtp-files {libmtp.cpu_seconds:.1f} s")
    ratio("ours / mtp-files", ours.seconds / libmtp.seconds, "≤ 0.2")


def _fill_folders(card: Path, count: int) -> None:
    for number in range(count):
        folder = card / "DCIM" / f"{number // FOLDER_FILES:03}MEDIA"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"F{number:05}.MP4").write_bytes(b"x")


def _listed(camera: Camera, count: int) -> None:
    if len(camera.files()) != count:
        raise RuntimeError(f"of {count} files not all are listed")
