"""Serves one application until it is cancelled. Never touches a signal: the process's own top does.

Listening comes first and by itself, so that an address that is taken is known before anything starts.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from station.errors import WrongUseError

GRACE_S = 2
"""For answers under way when serving ends."""
UNREAD_MS = 30_000
"""A connection whose other end takes nothing for so long is cut."""


def listen(host: str, port: int) -> socket.socket:
    """Port 0 takes any free one; `getsockname` says which."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise WrongUseError(
            f"cannot listen on {host} port {port} ({error.strerror}); stop what listens there or configure another"
        ) from None
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    return listening


async def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Ends only by cancellation; then what listens is closed, and answers under way get a moment to end."""
    config = uvicorn.Config(
        app,
        access_log=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ws="none",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would take SIGTERM for itself, and the rest of the process would not hear of it."""
        yield
