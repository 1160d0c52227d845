"""The link over paho-mqtt: MQTT 5, mutual TLS. The only place in `sync` that knows the library.

The connection is served by the driver's own thread (paho without its network thread): a callback that raises ends the
driver, which is started again, instead of leaving a link that looks alive. Every connection is a new client, so that
nothing of the one before is sent again behind our back: the journal is the queue.
"""

from __future__ import annotations

import select
import socket
import ssl
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from sync import contract
from sync.contract import Publication
from sync.discovery import BIRTH_TOPIC
from sync.driver import MAX_UNCONFIRMED, Link, Settings
from sync.transport import Arrived, Connected, Lost, Taken, TransportEvent

__all__ = ["Link", "PahoTransport", "Settings"]

CONNECT_SECONDS = 5.0
"""For the TCP connection, and again for the TLS handshake."""
MAX_PACKET_BYTES = contract.MAX_DOCUMENT_BYTES + 4096
"""The longest message that the broker may send us (MQTT 5, 3.1.2.11.4)."""
READS_PER_POLL = 64


class _Client(mqtt.Client):
    """A client on a socket that we opened: paho's own can hang in a handshake, and leaks the socket of a failed one."""

    prepared: socket.socket | None = None

    def _create_socket(self) -> Any:
        return self.prepared


class PahoTransport:
    """A station's connection to the broker of `settings`."""

    def __init__(self, station: str, settings: Settings) -> None:
        self._station = station
        self._settings = settings
        self._client: _Client | None = None
        self._events: list[TransportEvent] = []
        self._subscribed_mid: int | None = None
        self._will = contract.address(station, contract.STATUS.name)
        self._topics = [contract.address(station, "down/#")] + ([BIRTH_TOPIC] if settings.discovery else [])

    # ---------------------------------------------------------------- what the link asks

    def connect(self) -> None:
        """Open the socket and begin the MQTT connection; blocks for at most twice `CONNECT_SECONDS`."""
        self._drop_client()
        self._events.clear()
        settings = self._settings
        try:
            opened = open_socket(settings)
        except (OSError, ValueError) as fault:
            self._events.append(Lost(f"{settings.host}:{settings.port}: {explain(fault)}"))
            return
        client = self._client = self._new_client(opened)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0
        properties.ReceiveMaximum = MAX_UNCONFIRMED
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        client.connect(
            settings.host,
            settings.port,
            keepalive=settings.keepalive_seconds,
            clean_start=True,
            properties=properties,
        )

    def ready(self) -> bool:
        """True while nothing waits for the socket."""
        return self._client is not None and not self._client.want_write()

    def publish(self, publication: Publication) -> int | None:
        """Hand a message to the client, which writes it to the socket as far as that takes it."""
        if self._client is None:
            return None
        info = self._client.publish(
            publication.topic,
            publication.payload,
            qos=publication.qos,
            retain=publication.retain,
            properties=publish_properties(publication),
        )
        if info.rc != mqtt.MQTT_ERR_SUCCESS:
            self._lose(mqtt.error_string(info.rc))
            return None
        return info.mid if publication.qos else None

    def poll(self, room: int, wait_ms: int) -> list[TransportEvent]:
        """Serve the socket: write what waits, read while there is room for messages."""
        client = self._client
        if client is not None and (connected := client.socket()) is not None:
            if not self._events:
                _wait(connected, readable=room > 0, writable=client.want_write(), wait_ms=wait_ms)
            self._serve(client, room)
        events, self._events = self._events, []
        return events

    def rest_ms(self) -> int:
        """0: poll waits by itself."""
        return 0

    def close(self) -> None:
        """Disconnect in good order, then close the socket."""
        if self._client is not None and self._client.socket() is not None:
            self._client.disconnect()
        self._drop_client()
        self._events.clear()

    # ---------------------------------------------------------------- paho

    def _serve(self, client: _Client, room: int) -> None:
        if client.want_write():
            client.loop_write()
        for _ in range(READS_PER_POLL):
            taken = sum(isinstance(event, Arrived) for event in self._events)
            if self._client is not client or taken >= room or not _readable(client.socket()):
                return
            try:
                client.loop_read()
            except Exception as fault:  # noqa: BLE001 - paho parses hostile bytes with struct and indices
                self._lose(f"the broker sent what is no MQTT 5 ({type(fault).__name__}: {fault})")
                return
            # A broker that announces a huge packet would fill the memory before paho hands it over.
            if client._in_packet["remaining_length"] > MAX_PACKET_BYTES:  # noqa: SLF001
                self._lose("the broker sends a longer packet than we take")
                return
        client.loop_misc()

    def _new_client(self, opened: socket.socket) -> _Client:
        client = _Client(CallbackAPIVersion.VERSION2, client_id=self._station, protocol=mqtt.MQTTv5)
        client.prepared = opened
        client.max_inflight_messages_set(4 * MAX_UNCONFIRMED)
        client.will_set(self._will, b'{"online":false}', qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            self._lose(f"the broker refuses us: {reason}")
            return
        # With its own retain flag an order that somebody published as retained is known as such even when it is live.
        options = SubscribeOptions(qos=1, retainAsPublished=True)
        _, self._subscribed_mid = client.subscribe([(topic, options) for topic in self._topics])

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, reasons: list[ReasonCode], _properties: Any) -> None:
        if mid != self._subscribed_mid:
            return
        if refused := [str(reason) for reason in reasons if reason.is_failure]:
            self._lose(f"the broker refuses our subscription: {refused[0]}")
        else:
            self._events.append(Connected())

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._lose(f"the connection ended: {reason}")

    def _on_publish(self, _client: Any, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        self._events.append(Taken(mid, f"the broker refuses our message: {reason}" if reason.is_failure else ""))

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        pairs = getattr(message.properties, "UserProperty", [])
        self._events.append(Arrived(message.topic, bytes(message.payload), message.retain, tuple(pairs)))

    def _lose(self, detail: str) -> None:
        if self._client is not None:
            self._drop_client()
            self._events.append(Lost(detail))

    def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        client.on_disconnect = None
        if client.prepared is not None:
            client.prepared.close()


# ---------------------------------------------------------------- sockets


def open_socket(settings: Settings) -> socket.socket:
    """A connected socket, with TLS where the settings name files. Raises OSError or ValueError (unreadable files)."""
    context = None
    if settings.ca_file is not None:
        for file in (settings.ca_file, settings.certificate_file, settings.key_file):
            if file is not None:
                file.open("rb").close()  # ssl does not name the file that it cannot read
        context = ssl.create_default_context(cafile=str(settings.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(str(settings.certificate_file), str(settings.key_file))
    opened = socket.create_connection((settings.host, settings.port), timeout=CONNECT_SECONDS)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is None:
            return opened
        opened = context.wrap_socket(opened, server_hostname=settings.host, do_handshake_on_connect=False)
        opened.do_handshake()
    except BaseException:
        opened.close()
        raise
    return opened


def explain(fault: Exception) -> str:
    """Why there is no connection, and what to look at."""
    if isinstance(fault, FileNotFoundError | PermissionError) and fault.filename:
        return f"{fault.filename} cannot be read ({fault.strerror}); `central station add` makes it"
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the broker's certificate does not hold ({fault.verify_message}); look at ca_file and the clock"
    if isinstance(fault, ssl.SSLError):
        return f"no TLS connection ({fault.reason or fault}); look at certificate_file and key_file"
    return next((words for kind, words in _WORDS.items() if isinstance(fault, kind)), str(fault))


_WORDS: dict[type[Exception], str] = {
    socket.gaierror: "this name is not known; look at the network and the name server",
    TimeoutError: "nobody answers; look at the network and the port",
    ConnectionRefusedError: "nobody listens there; is the broker running?",
}


def publish_properties(publication: Publication) -> Properties:
    """What travels beside the payload."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if publication.expiry_seconds is not None:
        properties.MessageExpiryInterval = publication.expiry_seconds
    if publication.content_type:
        properties.ContentType = publication.content_type
    if publication.properties:
        properties.UserProperty = list(publication.properties)
    return properties


def _wait(connected: Any, *, readable: bool, writable: bool, wait_ms: int) -> None:
    if readable and _pending(connected):
        return
    poller = select.poll()
    poller.register(connected.fileno(), (select.POLLIN if readable else 0) | (select.POLLOUT if writable else 0))
    poller.poll(wait_ms)


def _readable(connected: Any) -> bool:
    if connected is None:
        return False
    if _pending(connected):
        return True
    poller = select.poll()
    poller.register(connected.fileno(), select.POLLIN)
    return bool(poller.poll(0))


def _pending(connected: Any) -> bool:
    """Bytes that TLS has already taken from the socket."""
    return isinstance(connected, ssl.SSLSocket) and connected.pending() > 0
