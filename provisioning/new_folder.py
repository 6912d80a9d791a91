"""Folders that appear on the disk whole or not at all, and files that are never written over."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.durable import sync_folder
from station.errors import WrongUseError

SECRET_FILE, PUBLIC_FILE = 0o600, 0o644
CLOSED_FOLDER, OPEN_FOLDER = 0o700, 0o755


@contextmanager
def new_folder(out: Path, mode: int) -> Iterator[Path]:
    """A folder to fill; it gets its name once all of it is on the disk, and goes away where anything failed."""
    if out.exists() or out.is_symlink():
        raise WrongUseError(f"{out} is there already; name another folder, nothing is ever written over")
    out.parent.mkdir(parents=True, exist_ok=True)
    growing = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield growing
        growing.chmod(mode)
        for folder in (growing, *(path for path in growing.rglob("*") if path.is_dir())):
            sync_folder(folder)
        growing.rename(out)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    sync_folder(out.parent)


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Durable when this returns; FileExistsError where the file was there. Where writing failed there is none."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise
    sync_folder(path.parent)
