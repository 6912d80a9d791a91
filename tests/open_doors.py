"""A technician's door on a loop of its own, which ends once everybody who knocked was let go."""

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
        loop, stop = asyncio.new_event_loop(), asyncio.Event()

        async def serve() -> None:
            serving = asyncio.create_task(door.serve(listening))
            await stop.wait()
            serving.cancel()
            while others := asyncio.all_tasks() - {asyncio.current_task()}:  # an accepted one becomes a conversation
                await asyncio.wait(others)

        with contextlib.closing(loop):
            thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
            thread.start()
            try:
                yield
            finally:
                loop.call_soon_threadsafe(stop.set)
                thread.join()
