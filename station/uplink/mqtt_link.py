"""The station's connection to the broker: paho, with its certificate. Publishes only while connected; hears orders.

Each connection is a client of its own. A client that reconnects by itself would deliver again, later and in another
order, what it had reported as failed; a new one knows nothing of the past. A broker that throws us out for another
client with our certificate is noticed.
"""

import contextlib
import queue
import ssl
import threading
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from station.clock import Clock
from station.config import StationConfig
from station.errors import DockwardError, JournalBrokenError
from station.uplink.journal_uplink import JournalUplink
from station.uplink.orders import TakesOrders
from station.uplink.takeovers import Takeovers

_KEEPALIVE_SECONDS = 20
_CONNECT_SECONDS = 10
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0
_LONGEST_SILENCE_SECONDS = 1.0
_AT_LEAST_ONCE = 1
_TAKEN_OVER = ReasonCode(PacketTypes.DISCONNECT, "Session taken over")
_MESSAGES_MAX = 64
"""So many may wait to be looked at. What is dropped beyond that is answered again when the batch is sent again."""


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

    def __init__(
        self,
        config: StationConfig,
        uplink: JournalUplink,
        orders: TakesOrders,
        clock: Clock,
        presence: TellPresence,
    ) -> None:
        self._config = config
        self._uplink = uplink
        self._orders = orders
        self._clock = clock
        self._presence = presence
        self._woken: queue.Queue[bytes | None] = queue.Queue(_MESSAGES_MAX)
        self._stopping = False
        self._waiting = threading.Event()
        self._takeovers = Takeovers()
        self.trouble = "not connected to the broker yet"

    @property
    def alarm(self) -> str:
        """Said beside any other trouble; empty where nobody else uses our key."""
        return self._takeovers.alarm(self._clock.stamp())

    def wake(self) -> None:
        if self._woken.empty():
            _put(self._woken, None)

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
        will = msgspec.json.encode(self._presence(online=False))
        connection = _Connection(self._config, self._woken, self._orders.came, will)
        try:
            self.trouble = connection.open()
            if self.trouble:
                return False
            begun = self._clock.stamp()
            connection.publish("state", msgspec.json.encode(self._presence(online=True)), retain=True)
            self._uplink.connected_anew()
            while not self._stopping and connection.alive:
                self._deliver(connection)
            if self._stopping:
                connection.publish("state", msgspec.json.encode(self._presence(online=False)), retain=True)
        finally:
            connection.close()
        if not self._stopping:
            self._takeovers.ended(begun, self._clock.stamp(), taken_over=connection.taken_over)
        self.trouble = f"the connection to the broker broke ({connection.ended}); it is tried again"
        return True

    def _deliver(self, connection: "_Connection") -> None:
        """Send what is next, then wait for an answer, a commit or the end of patience."""
        now = self._clock.stamp()
        self._orders.follow()
        try:
            batch = self._uplink.next_batch(now)
            if batch is not None:
                connection.publish("journal", batch)
            for message in self._messages(self._uplink.wait_ms(now)):
                if self._uplink.cosigned(message):
                    connection.refusal = ""
            self.trouble = connection.refusal or self._uplink.trouble(now) or self._orders.trouble
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

    def __init__(
        self,
        config: StationConfig,
        came: "queue.Queue[bytes | None]",
        orders_came: Callable[[bytes], None],
        will: bytes,
    ) -> None:
        self._config = config
        self._came = came
        self._orders_came = orders_came
        self._answers, self._orders = (f"dc/1/{config.station}/{leaf}" for leaf in ("cosignature", "orders"))
        self._answered = threading.Event()
        self.alive = False
        self.ended = ""
        self.taken_over = False
        """Another client connected under our name. Seen over MQTT 5 alone."""
        self.refusal = "the broker does not answer, or hangs up on our certificate; is it running, are we enrolled?"
        """What the broker does not let us do, in words for a person; empty while it lets us do everything."""
        broker = config.registry.broker
        version = paho.MQTTv5 if broker.protocol == "5" else paho.MQTTv311
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=config.station, protocol=version, reconnect_on_failure=False
        )
        self._client.will_set(f"dw/1/{config.station}/state", will, qos=_AT_LEAST_ONCE, retain=True)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe

    def open(self) -> str:
        """Connect and subscribe; empty, or what is wrong."""
        broker = self._config.registry.broker
        try:
            self._client.tls_set_context(_tls(self._config))
            self._client.connect(broker.host, broker.port, _KEEPALIVE_SECONDS)
        except (OSError, ValueError) as error:
            return f"no connection to the broker at {broker.host}:{broker.port}: {error}"
        self._client.loop_start()
        self._answered.wait(_CONNECT_SECONDS)
        return "" if self.alive else self.refusal

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        published = self._client.publish(f"dw/1/{self._config.station}/{topic}", payload, _AT_LEAST_ONCE, retain)
        if published.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.alive = False

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # Client and connection hold each other; a link that reconnects for weeks leaves no sockets to a collector.
        self._client.on_connect = self._client.on_disconnect = self._client.on_message = None
        self._client.on_publish = self._client.on_subscribe = None

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        if reason.is_failure:
            self.refusal = f"the broker refuses us: {reason}; is our certificate enrolled there?"
        else:
            self.refusal = ""
            self.alive = True
            client.subscribe([(self._answers, _AT_LEAST_ONCE), (self._orders, _AT_LEAST_ONCE)])
        self._answered.set()

    def _on_disconnect(self, _client: paho.Client, _userdata: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        self.ended = str(reason)
        self.taken_over = reason == _TAKEN_OVER
        self.alive = False
        self._answered.set()
        _put(self._came, None)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: MQTTMessage) -> None:
        if message.topic == self._orders:
            self._orders_came(bytes(message.payload))
            _put(self._came, None)
        else:
            _put(self._came, bytes(message.payload))

    def _on_publish(self, _client: paho.Client, _userdata: Any, _mid: int, reason: ReasonCode, _more: Any) -> None:
        self._note_refusal("speak", reason)

    def _on_subscribe(
        self, _client: paho.Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _more: Any
    ) -> None:
        for reason in reasons:
            self._note_refusal("listen", reason)

    def _note_refusal(self, what: str, reason: ReasonCode) -> None:
        """Seen over MQTT 5 alone: 3.1.1 answers what it forbids as if it were done."""
        if reason.is_failure:
            own = self._config.station
            self.refusal = f"the broker does not let us {what} as {own}: {reason}; is our certificate {own}'s own?"


def _put(came: "queue.Queue[bytes | None]", message: bytes | None) -> None:
    with contextlib.suppress(queue.Full):
        came.put_nowait(message)


def _tls(config: StationConfig) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=config.registry.ca)
    context.load_cert_chain(config.registry.certificate, config.registry.key)
    return context
