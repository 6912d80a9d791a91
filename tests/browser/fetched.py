"""axe-core, the checker of accessible pages: fetched once through npm, believed by its digest, never committed.

It lies in `build/fetched`, or where `DOCKWARD_FETCHED` says, so that a copy of the code fetches nothing again.
"""

import fcntl
import os
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

AXE = "axe-core@4.14.1"
AXE_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
"""Of the archive as the registry of npm has it."""
BUILD = Path(__file__).parents[2] / "build"
FETCHED = Path(os.environ.get("DOCKWARD_FETCHED", BUILD / "fetched"))
_ARCHIVE = f"{AXE.replace('@', '-')}.tgz"


def axe_source() -> str:
    """The script as a page would load it; several processes may ask at once."""
    FETCHED.mkdir(parents=True, exist_ok=True)
    with (FETCHED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        archive = FETCHED / _ARCHIVE
        if not archive.exists():
            _fetch()
        digest = sha256(archive.read_bytes()).hexdigest()
    assert digest == AXE_SHA256, f"{archive} is not the {AXE} we know; remove it and find out where it came from"
    with tarfile.open(archive) as packed:
        script = packed.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def _fetch() -> None:
    packed = subprocess.run(
        ["npm", "pack", AXE, "--silent", "--ignore-scripts", "--pack-destination", str(FETCHED)],
        cwd=FETCHED,
        capture_output=True,
        text=True,
        check=False,
    )
    assert packed.returncode == 0, f"npm could not fetch {AXE}: {packed.stderr}"
