"""Serves the API over mutual TLS, and says who is at the other end: uvicorn itself keeps that to itself.

Whoever has no certificate of the agency's CA gets no connection at all, and cannot use up the descriptors that the
rest of the process needs. Reads no names but a certificate's own.
"""

import asyncio
import socket
import ssl
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.x509.oid import NameOID
from fastapi import FastAPI, Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from registry.api import Peer
from registry.config import RegistryConfig

_CERTIFICATE = "peer_certificate"
_GRACE_SECONDS = 2
CONNECTIONS_MAX = 200
_HANDSHAKE_SECONDS = 5
_BACKLOG = 64


async def serve_with_certificates(app: FastAPI, listening: socket.socket, config: RegistryConfig) -> None:
    """Until cancelled."""
    server = _Server(
        uvicorn.Config(
            app,
            http=_WithCertificate,
            ssl_certfile=config.certificate,
            ssl_keyfile=config.key,
            ssl_ca_certs=config.ca,
            ssl_cert_reqs=ssl.CERT_REQUIRED,
            access_log=False,
            backlog=_BACKLOG,
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            ws="none",
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[Door.of(listening)]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


def peer_of(request: Request) -> Peer | None:
    """Role and name of the certificate that TLS accepted; None for one that names no one role and one name."""
    der = getattr(request.state, _CERTIFICATE, None)
    if not isinstance(der, bytes):
        return None
    subject = x509.load_der_x509_certificate(der).subject
    roles = subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(roles) != 1 or len(names) != 1:
        return None
    return Peer(str(roles[0].value), str(names[0].value))


class _WithCertificate(H11Protocol):
    """Puts the peer's certificate where the application finds it, once for each connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self.app_state = {**self.app_state, _CERTIFICATE: tls.getpeercert(binary_form=True)}
        super().connection_made(transport)


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

    def _new_connection(self) -> _WithCertificate:
        return _WithCertificate(self.config, self.server_state, self.lifespan.state)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process's own top hears signals."""
        yield
