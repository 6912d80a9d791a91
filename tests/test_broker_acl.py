"""Promise: at the broker a station says and hears what is its own, and whoever has no certificate says nothing."""

import queue
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from provisioning.machines import provision_broker, provision_ca, provision_registry, provision_station
from station.clock import SystemClock
from tests.mosquitto import HOST, Mosquitto

PATIENCE_SECONDS = 20
NOT_AUTHORIZED = "Not authorized"
NOBODY_SUBSCRIBED = "No matching subscribers"
SAID = {"Success", NOBODY_SUBSCRIBED}
HOSTS = (HOST, "localhost")
SHIPPED = Path(__file__).parent.parent / "systemd" / "mosquitto" / "dockward.conf"
SYSTEMDS_DESCRIPTORS = 1024
SMALLEST_MACHINE_BYTES = 1 << 30
MQTT_CONNECT = bytes.fromhex("100d 0004 4d515454 05 02 003c 00 0000")
MQTT_CONNACK = b"\x20"


@dataclass(frozen=True)
class Town:
    """The folders of an agency's machines, and its broker."""

    folder: Path
    broker: Mosquitto


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    at_ms = SystemClock(lambda: False).stamp().utc_ms
    for agency in ("640100", "strangers"):
        provision_ca(folder / agency, agency, at_ms)
    for station in ("st-a", "st-b"):
        provision_station(folder / "640100", folder / station, station, 1, at_ms)
    provision_station(folder / "strangers", folder / "stranger", "st-a", 1, at_ms)
    provision_station(folder / "640100", folder / "expired", "st-a", 2, 0)
    provision_registry(folder / "640100", folder / "registry", HOSTS, at_ms)
    provision_broker(folder / "640100", folder / "broker", HOSTS, at_ms)
    return folder


@pytest.fixture
def town(machines: Path, tmp_path: Path) -> Iterator[Town]:
    with Mosquitto(tmp_path, machines / "broker") as broker:
        yield Town(machines, broker)


@dataclass
class Speaker:
    """A client and what became of all it asked for."""

    client: Client
    connected: "queue.Queue[ReasonCode]" = field(default_factory=queue.Queue)
    cut: "queue.Queue[ReasonCode]" = field(default_factory=queue.Queue)
    answers: "queue.Queue[ReasonCode]" = field(default_factory=queue.Queue)
    heard: "queue.Queue[MQTTMessage]" = field(default_factory=queue.Queue)

    def say(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> str:
        self.client.publish(topic, payload, qos=1, retain=retain)
        return str(self.answers.get(timeout=PATIENCE_SECONDS))

    def listen(self, *topics: str) -> None:
        self.client.subscribe([(topic, 1) for topic in topics])
        self.answers.get(timeout=PATIENCE_SECONDS)

    def hear(self) -> str:
        return self.heard.get(timeout=PATIENCE_SECONDS).topic


def made_speaker(client_id: str, protocol: MQTTProtocolVersion) -> Speaker:
    speaker = Speaker(Client(CallbackAPIVersion.VERSION2, client_id, protocol=protocol, reconnect_on_failure=False))
    client = speaker.client
    client.on_connect = lambda _c, _u, _f, code, _p: speaker.connected.put(code)
    client.on_disconnect = lambda _c, _u, _f, code, _p: speaker.cut.put(code)
    client.on_publish = lambda _c, _u, _m, code, _p: speaker.answers.put(code)
    client.on_subscribe = lambda _c, _u, _m, codes, _p: speaker.answers.put(codes[0])
    client.on_message = lambda _c, _u, message: speaker.heard.put(message)
    return speaker


@contextmanager
def speaking(
    town: Town,
    name: str,
    *,
    claims: str = "",
    will: str = "",
    protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
) -> Iterator[Speaker]:
    """A machine of ours, connected under its own certificate, whoever it claims to be."""
    speaker = made_speaker(claims, protocol)
    client, own = speaker.client, town.folder / name
    client.tls_set(str(own / "ca.pem"), str(own / "tls.pem"), str(own / "tls.key"))
    if claims:
        client.username_pw_set(claims, "secret")
    if will:
        client.will_set(will, b"{}", qos=1)
    client.connect(HOST, town.broker.port)
    client.loop_start()
    try:
        assert str(speaker.connected.get(timeout=PATIENCE_SECONDS)) == "Success"
        yield speaker
    finally:
        client.disconnect()
        client.loop_stop()
        client._reset_sockets()  # else its pair of sockets may be left to the garbage collector, which complains


def test_a_station_says_what_is_its_own(town: Town) -> None:
    with speaking(town, "st-a") as station:
        assert {station.say(f"dw/1/st-a/{leaf}") for leaf in ("state", "bays", "journal", "alarm")} <= SAID


@pytest.mark.parametrize(
    "topic",
    [
        "dw/1/st-b/journal",
        "dw/1/st-b/state",
        "dw/1/st-a/invented",
        "dw/1/st-a/journal/more",
        "dw/1/st-a",
        "dw/1/st-a-b/state",
        "dw/1/registry/state",
        "dw/2/st-a/state",
        "dw/1",
        "dc/1/st-a/cosignature",
        "dc/1/st-a/orders",
        "dc/1/st-b/cosignature",
        "dc/1/st-b/orders",
        "anything",
        "$SYS/broker/uptime",
    ],
)
def test_a_station_says_nothing_else(town: Town, topic: str) -> None:
    with speaking(town, "st-a") as station:
        assert station.say(topic) == NOT_AUTHORIZED
        assert station.say("dw/1/st-a/state") in SAID


def test_a_station_hears_only_what_is_for_it(town: Town) -> None:
    with speaking(town, "st-a") as other, speaking(town, "st-b") as station, speaking(town, "registry") as registry:
        station.listen("#", "dw/1/#", "dw/1/st-a/journal", "dc/1/#", "dc/1/st-a/#", "dc/1/+/cosignature", "$SYS/#")
        assert other.say("dw/1/st-a/journal") == "Success"
        registry.say("dc/1/st-a/cosignature")
        assert registry.say("dc/1/st-b/last") == "Success"
        assert station.hear() == "dc/1/st-b/last"


def test_what_is_kept_for_another_station_is_not_heard_later_either(town: Town) -> None:
    with speaking(town, "registry") as registry:
        for name in ("st-a", "st-b"):
            registry.say(f"dc/1/{name}/kept", retain=True)
        with speaking(town, "st-b") as station:
            station.listen("dc/1/st-a/kept", "dc/1/+/kept", "dc/1/st-b/last")
            assert station.hear() == "dc/1/st-b/kept"
            registry.say("dc/1/st-b/last")
            assert station.hear() == "dc/1/st-b/last"


def test_the_registry_hears_every_station_and_answers_each(town: Town) -> None:
    with speaking(town, "registry") as registry, speaking(town, "st-a") as one, speaking(town, "st-b") as two:
        registry.listen("dw/1/+/journal")
        for name, station in (("st-a", one), ("st-b", two)):
            assert station.say(f"dw/1/{name}/journal") == "Success"
            assert registry.hear() == f"dw/1/{name}/journal"
            station.listen(f"dc/1/{name}/#")
            assert registry.say(f"dc/1/{name}/cosignature") == "Success"
            assert station.hear() == f"dc/1/{name}/cosignature"


def test_the_registry_speaks_for_no_station(town: Town) -> None:
    with speaking(town, "registry") as registry:
        assert registry.say("dw/1/st-a/journal") == NOT_AUTHORIZED
        assert registry.say("anything") == NOT_AUTHORIZED


def test_orders_come_from_the_registry_alone_and_go_to_their_own_station_alone(town: Town) -> None:
    """Also those that the broker keeps, and whoever asks for all of them."""
    with speaking(town, "registry") as registry, speaking(town, "st-b") as other, speaking(town, "st-a") as station:
        registry.say("dc/1/st-a/orders", b"true", retain=True)
        for forger in (other, station):
            assert forger.say("dc/1/st-a/orders", b"forged", retain=True) == NOT_AUTHORIZED
        for hears in (other, station):
            hears.listen("dc/1/st-a/orders", "dc/1/+/orders", "dc/1/st-b/last", "dc/1/st-a/last")
        registry.say("dc/1/st-b/last")
        assert other.hear() == "dc/1/st-b/last"
        assert station.heard.get(timeout=PATIENCE_SECONDS).payload == b"true"


@pytest.mark.parametrize("protocol", [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311])
def test_who_one_is_is_what_the_certificate_says(town: Town, protocol: MQTTProtocolVersion) -> None:
    """Whatever user name and password are sent along; on 3.1.1 a refusal is silence."""
    with speaking(town, "registry") as registry:
        registry.listen("dw/1/#")
        with speaking(town, "st-a", claims="st-b", protocol=protocol) as spoof:
            spoof.say("dw/1/st-b/state")
            spoof.say("dw/1/st-a/state")
        assert registry.hear() == "dw/1/st-a/state"
        with speaking(town, "st-a", claims="registry", protocol=protocol) as spoof:
            spoof.listen("dc/1/st-a/forged", "dc/1/st-a/true")
            spoof.say("dc/1/st-a/forged")
            registry.say("dc/1/st-a/true")
            assert spoof.hear() == "dc/1/st-a/true"


def test_nobody_takes_over_the_connection_of_another(town: Town) -> None:
    """By MQTT's rule a second client of one id ends the first; here the id is the certificate's name too."""
    with speaking(town, "st-a", claims="st-a") as station:
        with speaking(town, "st-b", claims="st-a") as thief:
            assert thief.say("dw/1/st-b/state") in SAID
        assert station.say("dw/1/st-a/state") in SAID
        assert station.cut.empty()


def test_a_station_leaves_a_last_will_for_itself_alone(town: Town) -> None:
    with speaking(town, "registry") as registry:
        registry.listen("dw/1/#")
        for name in ("st-a", "st-b"):
            with speaking(town, "st-b", will=f"dw/1/{name}/state") as station:
                station.client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
                station.cut.get(timeout=PATIENCE_SECONDS)
        assert registry.hear() == "dw/1/st-b/state"


def first_answer(town: Town, chain: str | None, key: str | None, trusted: str = "640100") -> bytes:
    """What the broker answers to a plain CONNECT; nothing where it ends the connection instead."""
    tls = ssl.create_default_context(cafile=str(town.folder / trusted / "ca.pem"))
    if chain and key:
        tls.load_cert_chain(town.folder / chain, town.folder / key)
    with (
        socket.create_connection((HOST, town.broker.port), PATIENCE_SECONDS) as plain,
        tls.wrap_socket(plain, server_hostname=HOST) as wire,
    ):
        try:
            wire.sendall(MQTT_CONNECT)
            return wire.recv(1)
        except (ssl.SSLError, ConnectionError):
            return b""


def test_a_certificate_of_the_agency_for_it_is_what_opens(town: Town) -> None:
    assert first_answer(town, "st-a/tls.pem", "st-a/tls.key") == MQTT_CONNACK


@pytest.mark.parametrize(
    ("chain", "key"),
    [
        (None, None),
        ("stranger/tls.pem", "stranger/tls.key"),
        ("expired/tls.pem", "expired/tls.key"),
        ("broker/tls.pem", "broker/tls.key"),
        ("st-a/signer/evidence-chain.pem", "st-a/signer/evidence.pem"),
    ],
    ids=["no certificate", "another CA's", "expired", "a server's", "an evidence key's"],
)
def test_without_a_certificate_for_it_nobody_comes_in(town: Town, chain: str | None, key: str | None) -> None:
    assert first_answer(town, chain, key) == b""


def test_a_client_believes_no_broker_of_another_agency(town: Town) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        first_answer(town, "st-a/tls.pem", "st-a/tls.key", trusted="strangers")


def test_a_broker_that_was_killed_comes_back_empty_on_the_same_port(town: Town) -> None:
    with speaking(town, "registry") as registry:
        registry.say("dc/1/st-a/forgotten", retain=True)
        town.broker.restart()
        registry.cut.get(timeout=PATIENCE_SECONDS)
    with speaking(town, "st-a") as station, speaking(town, "registry") as registry:
        station.listen("dc/1/st-a/#")
        registry.say("dc/1/st-a/last")
        assert station.hear() == "dc/1/st-a/last"


def test_the_broker_writes_no_private_word_to_the_disk(town: Town, tmp_path: Path) -> None:
    """Under Debian's own configuration, which wants all kept; a purge would never reach the broker's file."""
    words = b'{"private":"words"}'
    with speaking(town, "st-a") as station:
        station.say("dw/1/st-a/journal", words, retain=True)
    town.broker.stop()
    written = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert "mosquitto.log" in written
    assert [name for name, content in written.items() if words in content or name.endswith(".db")] == []


def test_a_flood_ends_before_the_brokers_descriptors_and_memory_do() -> None:
    settings = dict(
        line.split(" ", 1) for line in SHIPPED.read_text(encoding="utf-8").splitlines() if line[:1].isalpha()
    )
    assert 500 < int(settings["max_connections"]) < SYSTEMDS_DESCRIPTORS
    assert 100 * int(settings["max_packet_size"]) < int(settings["memory_limit"]) < SMALLEST_MACHINE_BYTES
