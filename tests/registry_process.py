"""The real registry as its own process, with its signer, a real broker, and stations that talk to it over the wire."""

import json
import queue
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from provisioning.machines import provision_broker, provision_ca, provision_registry, provision_station
from station.clock import SystemClock
from station.journal.notes import Note, VerifierKey, parse_note
from tests.agency import Leaf
from tests.mosquitto import HOST, Mosquitto
from tests.reporting_stations import AGENCY, ReportingStation
from tests.signer_process import running_signer

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 20
_TRIES = 400
_PAUSE_SECONDS = 0.05


def now_ms() -> int:
    return SystemClock(lambda: False).stamp().utc_ms


@dataclass(frozen=True)
class Machines:
    """An agency's folders: `ca`, `registry`, `broker`, one for each station; and a stranger with a CA of its own."""

    folder: Path
    witness: VerifierKey

    @property
    def ca_pem(self) -> bytes:
        return (self.folder / "ca" / "ca.pem").read_bytes()

    def tls(self, name: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "ca" / "ca.pem"))
        if name:
            context.load_cert_chain(self.folder / name / "tls.pem", self.folder / name / "tls.key")
        return context

    def evidence(self, station: str) -> Leaf:
        keys = self.folder / station / "signer"
        key = serialization.load_pem_private_key((keys / "evidence.pem").read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return Leaf(key, x509.load_pem_x509_certificate((keys / "evidence-chain.pem").read_bytes()))


def provision(folder: Path, *stations: str) -> Machines:
    at_ms = now_ms()
    provision_ca(folder / "ca", AGENCY, at_ms)
    provision_ca(folder / "elsewhere", "elsewhere", at_ms)
    for station in stations:
        provision_station(folder / "ca", folder / station, station, 1, at_ms)
    provision_station(folder / "elsewhere", folder / "stranger", stations[0], 1, at_ms)
    provision_broker(folder / "ca", folder / "broker", (HOST,), at_ms)
    return Machines(folder, provision_registry(folder / "ca", folder / "registry", (HOST,), at_ms))


class RegistryProcess:
    """`dockward registry run`, while entered; `kill` and `start` again is a crash."""

    def __init__(self, folder: Path, machines: Machines, broker: Mosquitto, signer: Path) -> None:
        self.folder = folder
        self.stations = folder / "stations"
        self.stations.mkdir(parents=True)
        self.machines = machines
        self.broker = broker
        self.urls: dict[str, str] = {}
        self.config = folder / "registry.toml"
        own = machines.folder / "registry"
        self.config.write_text(
            f'name = "测试平台"\nwitness = "{machines.witness}"\ndata = "data"\nsigner = "{signer}"\n'
            f'ca = "{own / "ca.pem"}"\ncertificate = "{own / "tls.pem"}"\nkey = "{own / "tls.key"}"\n'
            f'[broker]\nhost = "{HOST}"\nport = {broker.port}\n[api]\nhost = "{HOST}"\nport = 0\n[pages]\nport = 0\n',
            encoding="utf-8",
        )
        self.signer: subprocess.Popen[bytes] | None = None
        self.signer_socket = signer
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        command = [sys.executable, "-m", "dockward", "registry", "run", "--config", str(self.config)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        for _ in ("api", "pages"):
            words = self._process.stdout.readline().split()
            assert words[:1] == ["registry"], "the registry did not start"
            self.urls[words[1].rstrip(":")] = words[2].rstrip("/")
        self.once(lambda view: view["trouble"] == "")

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._gone()

    def terminate(self) -> int:
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return self._gone()

    def _gone(self) -> int:
        assert self._process
        process, self._process = self._process, None
        assert process.stdout
        process.stdout.close()
        return process.wait(PATIENCE_SECONDS)

    @property
    def descriptors(self) -> int:
        assert self._process
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def enrol(self, station: ReportingStation) -> None:
        (self.stations / f"{station.station}.json").write_bytes(msgspec.json.encode(station.enrolment))

    @contextmanager
    def http(self, name: str) -> Iterator[httpx.Client]:
        """Somebody who shows that machine's certificate; none for an empty name."""
        with httpx.Client(base_url=self.urls["api"], verify=self.machines.tls(name), timeout=PATIENCE_SECONDS) as http:
            yield http

    def once(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The fleet as the page has it, once this holds: without trouble, the registry is connected to the broker."""
        view: dict[str, Any] = {}
        for _ in range(_TRIES):
            view = httpx.get(f"{self.urls['pages']}/api/v1/fleet", timeout=PATIENCE_SECONDS).json()
            if holds(view):
                return view
            threading.Event().wait(_PAUSE_SECONDS)
        raise AssertionError(f"never came true of {view}")


@contextmanager
def running_registry(folder: Path, machines: Machines, *stations: ReportingStation) -> Iterator[RegistryProcess]:
    """Broker, signer and registry; the broker is `registry.broker` for whoever wants to kill it."""
    with Mosquitto(folder, machines.folder / "broker") as broker:
        signer = folder / "signer.sock"
        with running_signer(machines.folder / "registry" / "signer", signer) as process:
            registry = RegistryProcess(folder / "registry", machines, broker, signer)
            registry.signer = process
            for station in stations:
                registry.enrol(station)
            with registry:
                yield registry


@dataclass
class StationLink:
    """A station's connection to the broker."""

    client: Client
    station: str
    notes: "queue.Queue[Note]" = field(default_factory=queue.Queue)

    def say(self, what: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(f"dw/1/{self.station}/{what}", payload, qos=1, retain=retain)

    def state(self, journal_size: int, *, online: bool = True) -> None:
        words = {"online": online, "boot": "b", "version": "0", "policy": "p@1", "journal_size": journal_size}
        self.say("state", json.dumps(words).encode(), retain=True)

    def told(self, size: int) -> Note:
        """Wait for the cosigned note of that size."""
        while True:
            note = self.notes.get(timeout=PATIENCE_SECONDS)
            if note.checkpoint.size == size:
                return note


@contextmanager
def linked(machines: Machines, broker_port: int, station: str) -> Iterator[StationLink]:
    client = Client(CallbackAPIVersion.VERSION2, station, protocol=MQTTProtocolVersion.MQTTv5)
    link = StationLink(client, station)
    subscribed = threading.Event()
    client.reconnect_delay_set(1, 1)
    client.on_connect = lambda c, *_: c.subscribe(f"dc/1/{station}/cosignature", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _c, _u, message: link.notes.put(parse_note(message.payload.decode()))
    client.tls_set_context(machines.tls(station))
    client.connect(HOST, broker_port)
    client.loop_start()
    try:
        assert subscribed.wait(PATIENCE_SECONDS)
        yield link
    finally:
        client.disconnect()
        client.loop_stop()
        client._reset_sockets()  # else its pair of sockets may be left to the garbage collector, which complains
