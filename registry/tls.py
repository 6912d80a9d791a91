"""Serves the API over mutual TLS, and says who is at the other end: uvicorn itself keeps that to itself.

Whoever has no certificate of the agency's CA gets no connection at all. Reads no names but a certificate's own.
"""

import asyncio
import socket

from cryptography import x509
from cryptography.x509.oid import NameOID
from fastapi import FastAPI, Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from registry.api import Peer
from registry.config import RegistryConfig
from station.pages.serving import Tls, serve

_CERTIFICATE = "peer_certificate"


async def serve_with_certificates(app: FastAPI, listening: socket.socket, config: RegistryConfig) -> None:
    """Until cancelled."""
    await serve(app, listening, Tls(config.certificate, config.key, config.ca), _WithCertificate)


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
