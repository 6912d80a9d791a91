"""The journal's connection to the broker: paho, with the station's certificate. Publishes only while connected.

Each connection is a client of its own. A client that reconnects by itself would deliver again, later and in another
order, what it had reported as failed; a new one knows nothing of the past.
"""

import queue
import ssl
import threading
from typing import Any, Protocol

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from station.clock import Clock
from station.config import StationConfig
from station.errors import DockwardError, JournalBrokenError
from station.uplink.journal_uplink import JournalUplink

_KEEPALIVE_SECONDS = 20
_CONNECT_SECONDS = 10
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0
_LONGEST_SILENCE_SECONDS = 1.0
_AT_LEAST_ONCE = 1


class Presence(msgspec.Struct, frozen=True):
    """`dw/1/STATION/state`: birth and, by the broker's hand, death."""

    online: bool
    boot: str
    version: str
    policy: str
    journal_size: int


class TellPresence(Protocol):
    def __call__(self, *, online: bool) -> Presence: ...


class MqttLink:
    """One thread's work: `run` until `stop`; `wake` it when something was committed."""

    def __init__(self, config: StationConfig, uplink: JournalUplink, clock: Clock, presence: "TellPresence") -> None:
        self._config = config
        self._uplink = uplink
        self._clock = clock
        self._presence = presence
        self._woken: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stopping = False
        self._waiting = threading.Event()
        self.trouble = "not connected to the broker yet"

    def wake(self) -> None:
        self._woken.put(None)

    def stop(self) -> None:
        self._stopping = True
        self._waiting.set()
        self.wake()

    def run(self) -> None:
        """One connection after another, with longer pauses while there is none to be had."""
        pause_seconds = _FIRST_PAUSE_SECONDS
        while not self._stopping:
            if self._one_connection():
                pause_seconds = _FIRST_PAUSE_SECONDS
            self._waiting.wait(pause_seconds)
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)

    def _one_connection(self) -> bool:
        """Publish over one connection until it breaks; whether there was one at all."""
        connection = _Connection(self._config, self._woken, msgspec.json.encode(self._presence(online=False)))
        try:
            self.trouble = connection.open()
            if self.trouble:
                return False
            connection.publish("state", msgspec.json.encode(self._presence(online=True)), retain=True)
            self._uplink.connected_anew()
            while not self._stopping and connection.alive:
                self._deliver(connection)
            if self._stopping:
                connection.publish("state", msgspec.json.encode(self._presence(online=False)), retain=True)
        finally:
            connection.close()
        self.trouble = "the connection to the broker broke; it is tried again"
        return True

    def _deliver(self, connection: "_Connection") -> None:
        """Send what is next, then wait for an answer, a commit or the end of patience."""
        now = self._clock.stamp()
        wait_ms = None
        try:
            batch = self._uplink.next_batch(now)
            if batch is not None:
                connection.publish("journal", batch)
            wait_ms = self._uplink.wait_ms(now)
            for message in self._messages(wait_ms):
                self._uplink.cosigned(message)
            self.trouble = ""
        except JournalBrokenError:
            raise
        except DockwardError as error:
            self.trouble = str(error)
            self._waiting.wait(_FIRST_PAUSE_SECONDS)

    def _messages(self, wait_ms: int | None) -> list[bytes]:
        """What came in by now; waits for the first of it."""
        seconds = _LONGEST_SILENCE_SECONDS if wait_ms is None else min(_LONGEST_SILENCE_SECONDS, wait_ms / 1000)
        came: list[bytes] = []
        try:
            woken = self._woken.get(timeout=seconds)
            while True:
                if woken is not None:
                    came.append(woken)
                woken = self._woken.get_nowait()
        except queue.Empty:
            return came


class _Connection:
    """One paho client from connect to disconnect. Its callbacks only put what came into the queue."""

    def __init__(self, config: StationConfig, came: "queue.SimpleQueue[bytes | None]", will: bytes) -> None:
        self._config = config
        self._came = came
        self._answered = threading.Event()
        self._refused = "the broker does not answer; is it running, and is the network up?"
        self.alive = False
        broker = config.registry.broker
        version = paho.MQTTv5 if broker.protocol == "5" else paho.MQTTv311
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=config.station, protocol=version, reconnect_on_failure=False
        )
        self._client.tls_set_context(_tls(config))
        self._client.will_set(f"dw/1/{config.station}/state", will, qos=_AT_LEAST_ONCE, retain=True)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def open(self) -> str:
        """Connect and subscribe; empty, or what is wrong."""
        broker = self._config.registry.broker
        try:
            self._client.connect(broker.host, broker.port, _KEEPALIVE_SECONDS)
        except (OSError, ValueError) as error:
            return f"no connection to the broker at {broker.host}:{broker.port}: {error}"
        self._client.loop_start()
        self._answered.wait(_CONNECT_SECONDS)
        return "" if self.alive else self._refused

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        published = self._client.publish(f"dw/1/{self._config.station}/{topic}", payload, _AT_LEAST_ONCE, retain)
        if published.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.alive = False

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        if reason.is_failure:
            self._refused = f"the broker refuses us: {reason}; is our certificate enrolled there?"
        else:
            self.alive = True
            client.subscribe(f"dc/1/{self._config.station}/cosignature", _AT_LEAST_ONCE)
        self._answered.set()

    def _on_disconnect(self, *_told: Any) -> None:
        self.alive = False
        self._came.put(None)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: MQTTMessage) -> None:
        self._came.put(bytes(message.payload))


def _tls(config: StationConfig) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=config.registry.ca)
    context.load_cert_chain(config.registry.certificate, config.registry.key)
    return context
