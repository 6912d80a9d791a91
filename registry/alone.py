"""One program at a time writes a registry's data: the service, or whoever takes a courier's disk. Waits for nobody."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.errors import WrongUseError


@contextmanager
def alone_in(data: Path) -> Iterator[None]:
    """While entered; the kernel lets go of it whatever becomes of the process."""
    with (data / "registry.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WrongUseError(
                f"登记中心正在使用 / another program works in {data}; stop it first: systemctl stop dockward-registry"
            ) from error
        yield
