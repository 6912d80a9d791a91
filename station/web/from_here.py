"""Whether a request comes from this machine's own page, and what it brought. Never repeats that: a PIN may be in it."""

import ipaddress

from fastapi import Request
from starlette.requests import ClientDisconnect

BODY_BYTES_MAX = 2_048
_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def from_here(request: Request) -> bool:
    """From this machine and under its own name."""
    try:
        loopback = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    host = request.headers.get("host", "")
    named = host.removesuffix(f":{request.url.port}") if request.url.port else host
    return loopback and named in _HOSTS


async def body(request: Request) -> bytes | None:
    """None where it is longer than anything asked here, or whoever sent it is gone."""
    content = b""
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > BODY_BYTES_MAX:
                return None
    except ClientDisconnect:
        return None
    return content
