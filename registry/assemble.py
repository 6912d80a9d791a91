"""Joins everything; decides nothing. `put_together` opens what a registry needs, `run` lets it work until stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from registry.alone import alone_in
from registry.api import create_api
from registry.config import RegistryConfig
from registry.enrolments import Enrolments
from registry.fleet import Fleet, FleetView
from registry.journal_copy import Witness
from registry.ledger import Ledger
from registry.mirror import Mirror
from registry.mqtt import Answering, MqttInbox
from registry.order_ledger import OrderLedger
from registry.orders import Desk, OrderBook
from registry.pages import create_pages
from registry.presence import PresenceBook
from registry.rolls_page import RatioBook
from registry.tls import peer_of, serve_with_certificates
from registry.uploads import Registrar, Uploads
from station.clock import Clock
from station.errors import JournalBrokenError, WrongUseError
from station.journal.notes import WITNESS_KEY, VerifierKey
from station.pages.live import Live
from station.pages.serving import listen, serve
from station.signing.signer_wire import KeyUse, Signer

Serving = Callable[[str, str], None]
"""Told what is served, and where."""


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry put together. Its thread and tasks start with `run`."""

    config: RegistryConfig
    inbox: MqttInbox
    api: FastAPI
    pages: FastAPI
    live: Live


@dataclass(frozen=True, slots=True)
class Books:
    """What a registry keeps, opened."""

    enrolments: Enrolments
    ledger: Ledger
    mirror: Mirror
    uploads: Uploads
    ca_pem: bytes


@contextmanager
def opened_books(config: RegistryConfig, signer: Signer, now_ms: Callable[[], int]) -> Iterator[Books]:
    """For one program at a time."""
    key = witness_key(config, signer)
    data = Path(config.data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    enrolments = Enrolments(Path(config.stations))
    witness = Witness(key, lambda text: signer.sign(KeyUse.WITNESS, text))
    ca_pem = _read(config.ca)
    registrar = Registrar(config.name, signer, ca_pem, now_ms)
    with (
        alone_in(data),
        closing(Ledger(data / "registry.sqlite")) as ledger,
        closing(Mirror(data / "mirror", enrolments, ledger, witness)) as mirror,
        closing(Uploads(data / "vault", enrolments, ledger, mirror, registrar)) as uploads,
    ):
        yield Books(enrolments, ledger, mirror, uploads, ca_pem)


@contextmanager
def put_together(config: RegistryConfig, signer: Signer, clock: Clock) -> Iterator[Registry]:
    live = Live()

    def now_ms() -> int:
        return clock.stamp().utc_ms

    with (
        opened_books(config, signer, now_ms) as books,
        closing(OrderLedger(Path(config.data) / "orders.sqlite")) as order_ledger,
    ):
        enrolments, ledger, mirror, uploads = books.enrolments, books.ledger, books.mirror, books.uploads
        ratio = RatioBook(config.name, config.rolls, books.ca_pem, now_ms)
        presence = PresenceBook(enrolments, ledger, mirror)
        orders = OrderBook(Desk(witness_key(config, signer).name, signer, ledger), enrolments, mirror, order_ledger)
        answering = Answering(mirror, presence, orders)
        inbox = MqttInbox(config, enrolments, answering, lambda: now_ms() // 1000, live.changed)
        fleet = Fleet(config.name, enrolments, ledger, mirror)

        def view() -> FleetView:
            return fleet.view(inbox.trouble)

        pages = create_pages(view, live, ratio.view)
        yield Registry(config, inbox, create_api(uploads, enrolments, peer_of), pages, live)


def witness_key(config: RegistryConfig, signer: Signer) -> VerifierKey:
    """The key stations know us by, if it is the one our signer has."""
    key = VerifierKey.parse(config.witness)
    own = VerifierKey.of(key.name, WITNESS_KEY, signer.public_key(KeyUse.WITNESS))
    if own != key:
        raise WrongUseError(
            f"the signer at {config.signer} has another key than the witness {key.name}; see witness.vkey"
        )
    return key


async def run(registry: Registry, stop: asyncio.Event, serving: Serving = lambda *_: None) -> None:
    """Until told to stop. Whatever ends before that ends everything, and the process is started anew."""
    config = registry.config
    api = listen(config.api.host, config.api.port)
    pages = listen(config.pages.host, config.pages.port)
    serving("api", "https://{}:{}".format(*api.getsockname()[:2]))
    serving("pages", "http://{}:{}".format(*pages.getsockname()[:2]))
    thread = ThreadPoolExecutor(1, "inbox")
    try:
        async with asyncio.TaskGroup() as group:
            inbox = asyncio.get_running_loop().run_in_executor(thread, registry.inbox.run)
            group.create_task(_until_stopped(inbox, stop))
            servers = [
                group.create_task(_until_stopped(serve_with_certificates(registry.api, api, config), stop)),
                group.create_task(_until_stopped(serve(registry.pages, pages), stop)),
            ]
            await stop.wait()
            registry.live.close()
            registry.inbox.stop()
            for server in servers:
                server.cancel()
    finally:
        registry.live.close()
        registry.inbox.stop()
        await asyncio.to_thread(thread.shutdown)


async def _until_stopped(work: Awaitable[None], stop: asyncio.Event) -> None:
    await work
    if not stop.is_set():
        raise JournalBrokenError("a part of the registry ended by itself; it starts anew")


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise WrongUseError(f"{path} cannot be read: {error.strerror}; provision the registry again") from error
