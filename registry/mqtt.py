"""The registry's ear and voice at the broker: paho, with the registry's certificate. Judges nothing.

A batch is acknowledged after the mirror committed it, and its cosignature leaves first. Each connection is a client
of its own: what was under way when one broke is sent again by the station, never by a queue here. At each connection
every station is told again how far it is witnessed and what is ordered of it, for a broker may have forgotten
everything.
"""

import re
import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from registry.config import RegistryConfig
from registry.enrolments import Enrolments
from registry.mirror import Mirror
from registry.orders import OrderBook
from registry.presence import PresenceBook
from station.config_file import BrokerConfig
from station.errors import WireFailedError
from station.journal.notes import Note

_TOPIC = re.compile(r"dw/1/(?P<station>[a-z0-9-]{1,32})/(?P<what>journal|state)")
_WANTED = [("dw/1/+/journal", 1), ("dw/1/+/state", 1)]
_KEEPALIVE_SECONDS = 20
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0
_AT_LEAST_ONCE = 1


class Answering(NamedTuple):
    """Where what comes is written down, and what is answered is found."""

    mirror: Mirror
    presence: PresenceBook
    orders: OrderBook


class MqttInbox:
    """One thread's work: `run` until `stop`. What it cannot write down ends it, and with it the process."""

    def __init__(
        self,
        config: RegistryConfig,
        enrolments: Enrolments,
        books: Answering,
        now_seconds: Callable[[], int],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._broker: BrokerConfig = config.broker
        self._tls = _tls(config)
        self._enrolments = enrolments
        self._mirror, self._presence, self._orders = books
        self._now_seconds = now_seconds
        self._changed = changed
        self._stopped = threading.Event()
        self._client: paho.Client | None = None
        self.trouble = "not connected to the broker yet"
        self._not_taken = ""
        """Why the last batch was not: true until one is, however often the connection comes and goes meanwhile."""

    def stop(self) -> None:
        self._stopped.set()
        if self._client:
            self._client.disconnect()

    def run(self) -> None:
        """One connection after another, with longer pauses while there is none to be had."""
        pause_seconds = _FIRST_PAUSE_SECONDS
        while not self._stopped.is_set():
            if self._one_connection():
                pause_seconds = _FIRST_PAUSE_SECONDS
            self._changed()
            self._stopped.wait(pause_seconds)
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)

    def _one_connection(self) -> bool:
        """Listen until the connection breaks; whether there was one at all."""
        client = self._client = self._new_client()
        try:
            client.connect(self._broker.host, self._broker.port, _KEEPALIVE_SECONDS)
        except (OSError, ValueError) as error:
            self.trouble = f"no connection to the broker at {self._broker.host}:{self._broker.port}: {error}"
            return False
        if self._stopped.is_set():
            client.disconnect()
        client.loop_forever()
        was_connected = not self.trouble
        self.trouble = self.trouble or "the connection to the broker broke; it is tried again"
        return was_connected

    def _new_client(self) -> paho.Client:
        version = paho.MQTTv5 if self._broker.protocol == "5" else paho.MQTTv311
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id="registry",
            protocol=version,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.tls_set_context(self._tls)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        if reason.is_failure:
            self.trouble = f"the broker refuses us: {reason}; does its access list know the registry?"
            return
        self.trouble = self._not_taken
        client.subscribe(_WANTED)
        try:
            for enrolment in self._enrolments.every():
                newest = self._mirror.newest(enrolment.station)
                if newest:
                    _tell(client, enrolment.station, newest)
            _order(client, self._orders.every())
        except WireFailedError as error:
            self._hang_up(client, error)
        self._changed()

    def _on_message(self, client: paho.Client, _userdata: Any, message: MQTTMessage) -> None:
        """Where the signer fails, hang up and come again: what is not acknowledged is sent again by its station."""
        named = _TOPIC.fullmatch(message.topic)
        if named:
            try:
                self._take(client, named["station"], named["what"], message)
            except WireFailedError as error:
                self._not_taken = str(error)
                self._hang_up(client, error)
                return
        client.ack(message.mid, message.qos)
        self._changed()

    def _hang_up(self, client: paho.Client, error: WireFailedError) -> None:
        self.trouble = str(error)
        client.disconnect()

    def _take(self, client: paho.Client, station: str, what: str, message: MQTTMessage) -> None:
        if what == "state":
            if self._presence.hear(station, bytes(message.payload), self._now_seconds(), kept=message.retain):
                _order(client, self._orders.at_birth(station))
            return
        answer = self._mirror.take(station, bytes(message.payload), self._now_seconds())
        self.trouble = self._not_taken = ""
        if answer.cosigned:
            _tell(client, station, answer.cosigned)
            _order(client, self._orders.after(station))


def _tell(client: paho.Client, station: str, note: Note) -> None:
    client.publish(f"dc/1/{station}/cosignature", str(note).encode(), _AT_LEAST_ONCE, retain=True)


def _order(client: paho.Client, lists: Iterable[tuple[str, bytes]]) -> None:
    for station, message in lists:
        client.publish(f"dc/1/{station}/orders", message, _AT_LEAST_ONCE, retain=True)


def _tls(config: RegistryConfig) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=config.ca)
    context.load_cert_chain(config.certificate, config.key)
    return context
