"""Serves one application until it is cancelled. Never touches a signal: the process's own top does.

Listening comes first and by itself, so that an address that is taken is known before anything starts.
"""

import asyncio
import socket
import ssl
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from station.errors import WrongUseError

GRACE_S = 2
"""For answers under way when serving ends."""
UNREAD_MS = 30_000
"""A connection whose other end takes nothing for so long is cut."""
CONNECTIONS_MAX = 200
"""Over TLS, from a network: whoever opens more must not use up the descriptors that the rest of the process needs."""
_HANDSHAKE_SECONDS = 5
_BACKLOG = 64


@dataclass(frozen=True, slots=True)
class Tls:
    """Files, in PEM. With `ca`, whoever comes must show a certificate that it issued."""

    certificate: str
    key: str
    ca: str | None = None


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


async def serve(
    app: ASGIApp, listening: socket.socket, tls: Tls | None = None, protocol: type[H11Protocol] = H11Protocol
) -> None:
    """Ends only by cancellation; then what listens is closed, and answers under way get a moment to end."""
    config = uvicorn.Config(
        app,
        http=protocol,
        access_log=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ws="none",
    )
    if tls is not None:
        config.ssl_certfile, config.ssl_keyfile, config.ssl_ca_certs = tls.certificate, tls.key, tls.ca
        config.ssl_cert_reqs = ssl.CERT_NONE if tls.ca is None else ssl.CERT_REQUIRED
        config.backlog, listening = _BACKLOG, Door.of(listening)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


class Door(socket.socket):
    """What listens; whoever comes while it is full is let go at once. Counted before TLS: nobody is known yet."""

    @classmethod
    def of(cls, listening: socket.socket) -> "Door":
        door = cls(listening.family, listening.type, listening.proto, listening.detach())
        door._inside = weakref.WeakSet()
        return door

    _inside: "weakref.WeakSet[socket.socket]"

    def accept(self) -> tuple[socket.socket, Any]:
        """As asyncio asks for it: ConnectionAbortedError means that there is nobody after all."""
        connection, address = super().accept()
        if sum(other.fileno() >= 0 for other in self._inside) >= CONNECTIONS_MAX:
            connection.close()
            raise ConnectionAbortedError
        self._inside.add(connection)
        return connection, address


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does it, but for the time a handshake may take."""
        if self.config.ssl is None:
            await super().startup(sockets)
            return
        await super().startup([])
        for listening in sockets or []:
            server = await asyncio.get_running_loop().create_server(
                self._new_connection,
                sock=listening,
                ssl=self.config.ssl,
                backlog=self.config.backlog,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            )
            self.servers.append(server)

    def _new_connection(self) -> asyncio.Protocol:
        protocol = cast("type[H11Protocol]", self.config.http_protocol_class)
        return protocol(self.config, self.server_state, self.lifespan.state)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would take SIGTERM for itself, and the rest of the process would not hear of it."""
        yield
