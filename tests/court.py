"""An empty room with coreutils, openssl and a shell to type into: where evidence is checked without us.

A chroot of copied programs and the libraries that ldd names; nothing else is in it, above all no Python of ours.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

PROGRAMS = ("sh", "openssl", "sha256sum", "cut", "tr", "test", "echo", "wc", "ls", "du")
"""`sh` types; the others are coreutils and openssl."""
_LIBRARY = re.compile(r"(/\S+) \(0x[0-9a-f]+\)")
_PATIENCE_SECONDS = 60


class Court:
    """The room; `table` is the folder on which the evidence lies."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.table = root / "table"
        self.table.mkdir(parents=True)
        (root / "bin").mkdir()
        for name in PROGRAMS:
            self._bring(name)
        self._bring_settings()

    def lay(self, evidence: Path, ca_pem: bytes) -> None:
        """Put copies on an empty table."""
        shutil.rmtree(self.table)
        shutil.copytree(evidence, self.table)
        (self.table / "ca.pem").write_bytes(ca_pem)

    def accepts(self, *commands: str) -> bool:
        """Type the commands in order; all must end with 0."""
        return self.type("set -e\n" + "\n".join(commands) + "\n").returncode == 0

    def type(self, script: str) -> subprocess.CompletedProcess[str]:
        chroot = shutil.which("chroot", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or "chroot"
        enter = [chroot, str(self._root), "/bin/sh", "-c", "cd /table && exec /bin/sh -s"]
        alone = [] if os.geteuid() == 0 else [shutil.which("unshare") or "unshare", "--user", "--map-root-user"]
        done = subprocess.run(
            [*alone, *enter],
            input=script,
            env={"PATH": "/bin", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
        entered = not re.search(r"^(chroot|unshare): |/chroot: |/unshare: ", done.stderr, re.MULTILINE)
        assert entered, f"no chroot to be had: run as root, or allow user namespaces: {done}"
        return done

    def _bring(self, name: str) -> None:
        program = shutil.which(name)
        assert program, f"{name} is missing: apt-get install coreutils openssl dash"
        shutil.copy(program, self._root / "bin" / name)
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for library in _LIBRARY.findall(listed):
            place = self._root / library.lstrip("/")
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, place)

    def _bring_settings(self) -> None:
        """The file that belongs to the program: `openssl ts` does not start without one."""
        said = subprocess.run(["openssl", "version", "-d"], capture_output=True, text=True, check=True).stdout
        settings = Path(said.split('"')[1]) / "openssl.cnf"
        place = self._root / str(settings).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(settings, place)
