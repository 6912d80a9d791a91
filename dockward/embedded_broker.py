"""A broker inside the demo: amqtt, over TLS, on loopback. Speaks MQTT 3.1.1 and asks nobody for a certificate.

Never in service: there mosquitto asks every client for its certificate and keeps each station to its own topics.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from amqtt.broker import Broker

_START_SECONDS_MAX = 20


@contextlib.contextmanager
def embedded_broker(certificates: Path) -> Iterator[int]:
    """Serve on a free port of loopback, from a thread of its own; `certificates` is a provisioned broker's folder."""
    port = free_port()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="embedded-broker", daemon=True)
    thread.start()
    try:
        broker = asyncio.run_coroutine_threadsafe(_started(port, certificates), loop).result(_START_SECONDS_MAX)
        try:
            yield port
        finally:
            asyncio.run_coroutine_threadsafe(broker.shutdown(), loop).result(_START_SECONDS_MAX)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _started(port: int, certificates: Path) -> Broker:
    listener = {
        "type": "tcp",
        "bind": f"127.0.0.1:{port}",
        "ssl": True,
        "cafile": certificates / "ca.pem",
        "certfile": certificates / "tls.pem",
        "keyfile": certificates / "tls.key",
    }
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    broker = Broker({"listeners": {"default": listener}, "plugins": plugins})
    await broker.start()
    return broker


def free_port() -> int:
    """One of loopback that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
