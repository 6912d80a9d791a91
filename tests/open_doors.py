"""A technician's door on a loop of its own, let go as a station lets it go: by asyncio.run, whoever still converses."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from station.bays.technician_door import TechnicianDoor, open_door


@contextlib.contextmanager
def served(door: TechnicianDoor, path: Path) -> Iterator[None]:
    with contextlib.closing(open_door(path)) as listening:
        listening.listen()
        stop = asyncio.Event()

        async def serve() -> None:
            serving = asyncio.create_task(door.serve(listening))
            await stop.wait()
            serving.cancel()

        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            thread = threading.Thread(target=runner.run, args=(serve(),))
            thread.start()
            try:
                yield
            finally:
                runner.get_loop().call_soon_threadsafe(stop.set)
                thread.join()
