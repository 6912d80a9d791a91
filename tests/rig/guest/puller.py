"""Pulls one file as a station would, in a process of its own that may be killed or measured. Goes on where it was."""

import json
import os
import re
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path

from hardware.usb_cameras import UsbCameras
from tests.rig.guest import cards

_ZONE_MINUTES = 480


def pull_into(usb_path: str, name: str, part: Path, killed_at: int | None = None) -> None:
    """Appends to `part` what it does not have yet, unbuffered: what is there after a kill is what was pulled.

    From the byte `killed_at` on its end is on the way, while it goes on to read.
    """
    with closing(UsbCameras(_ZONE_MINUTES).open(usb_path)) as camera, part.open("ab", buffering=0) as file:
        path = next(listed.path for listed in camera.files() if listed.path.endswith(name))
        for piece in camera.pull(path, file.tell()):
            file.write(piece)
            if killed_at is not None and file.tell() >= killed_at:
                threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGKILL)).start()
                killed_at = None


def measured(usb_path: str, name: str) -> dict[str, object]:
    """The hash of a whole pull, and the most memory that this process ever had resident.

    From the kernel's high-water mark: getrusage counts what the parent had before this program was loaded.
    """
    with closing(UsbCameras(_ZONE_MINUTES).open(usb_path)) as camera:
        path = next(listed.path for listed in camera.files() if listed.path.endswith(name))
        digest = cards.sha256(camera.pull(path))
    high_water = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{os.getpid()}/status").read_text())
    return {"sha256": digest, "resident_kib": int(high_water[1]) if high_water else None}


if __name__ == "__main__":
    print(json.dumps(measured(*sys.argv[1:])))  # noqa: T201 - its answer
