"""The office's connections to the broker, each served by one thread of its own. The only place here that knows paho.

Every connection is a new client, so that nothing is sent again behind our back; messages are acknowledged only after
`receive` has returned, that is after the commit. While a commit runs the socket is not read: what waits is committed
together, and the broker holds the rest back.
"""

from __future__ import annotations

import contextlib
import logging
import random
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from central.broker_address import CONNECT_SECONDS, BrokerAddress, open_socket, readable
from central.ingest import Received
from sync.contract import MAX_EVENTS_BYTES, Publication

MAX_TOGETHER = 200
"""Messages for one commit."""
MAX_TOGETHER_BYTES = 8 * 1024 * 1024
MAX_OUTGOING = 10_000
KEEPALIVE_SECONDS = 30
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.5, 30.0
HUNG_SECONDS = 90.0
"""A connection whose thread has done nothing for so long hangs."""

Receive = Callable[[Sequence[Received]], Sequence[Publication]]
_log = logging.getLogger(__name__)


class _Client(mqtt.Client):
    """A client on a socket that we opened; paho's own way leaks the socket of a failed handshake."""

    prepared: socket.socket | None = None

    def _create_socket(self) -> Any:
        return self.prepared


class Connection:
    """A connection that is made again whenever it is lost.

    `receive` gets messages in order, on the connection's thread, and returns what to publish; when it raises, nothing
    is acknowledged and the connection begins anew. `publish` may be called from any thread.
    """

    def __init__(self, address: BrokerAddress, topics: Sequence[str], receive: Receive) -> None:
        self._address = address
        self._topics = tuple(topics)
        self._receive = receive
        self._outgoing: deque[Publication] = deque()
        self._lock = threading.Lock()
        self._up = threading.Event()
        self._stopping = threading.Event()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._alive_s = time.monotonic()
        self._fault = ""
        self._arrived: list[mqtt.MQTTMessage] = []
        self._unconfirmed: set[int] = set()  # of those that `publish` took
        self._unsent = 0  # the same, and those that wait
        self._losses = 0
        self._lost = ""
        self._thread = threading.Thread(target=self._run, name=f"mqtt {address.identity}", daemon=True)

    # ---------------------------------------------------------------- from any thread

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect and end the thread; may be called twice."""
        self._stopping.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(CONNECT_SECONDS * 3)
        self._wake_read.close()
        self._wake_write.close()

    def publish(self, publication: Publication) -> bool:
        """Send a message soon; False when there is no connection now: it is not kept for later."""
        with self._lock:
            if not self._up.is_set() or len(self._outgoing) >= MAX_OUTGOING:
                return False
            self._outgoing.append(publication)
            self._unsent += 1
        self._wake()
        return True

    def wait_until_up(self, timeout_seconds: float) -> bool:
        """True once the broker has accepted connection and subscriptions."""
        return self._up.wait(timeout_seconds)

    def wait_until_sent(self, timeout_seconds: float) -> bool:
        """True once the broker has taken over everything that was published; False when the connection was lost."""
        losses, give_up = self._losses, time.monotonic() + timeout_seconds
        while time.monotonic() < give_up:
            with self._lock:
                if not self._unsent or self._losses != losses:
                    return self._losses == losses
            time.sleep(0.01)
        return False

    @property
    def fault(self) -> str:
        """Why there is no connection; empty while there is one."""
        return "" if self._up.is_set() else self._fault or "not connected yet"

    def hangs(self) -> bool:
        """True when the thread has ended or has been stuck: the process should be started again."""
        return not self._thread.is_alive() or time.monotonic() - self._alive_s > HUNG_SECONDS

    # ---------------------------------------------------------------- the thread

    def _run(self) -> None:
        pause, told = FIRST_PAUSE_SECONDS, ""
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._serve_one()
            except OSError as fault:
                self._fault = f"{self._address.host}:{self._address.port}: {fault}"
            except Exception as fault:  # noqa: BLE001 - nothing was acknowledged, and the next connection may do better
                _log.exception("%s: the connection begins anew", self._address.identity)
                self._fault = f"{type(fault).__name__}: {fault}"
            with self._lock:
                self._up.clear()
                self._losses += 1
                self._outgoing.clear()
                self._unconfirmed.clear()
                self._unsent = 0
            if self._stopping.is_set():
                return
            if self._fault != told:
                _log.warning("%s: no connection to the broker: %s", self._address.identity, self._fault)
                told = self._fault
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - began > MAX_PAUSE_SECONDS else pause
            self._stopping.wait(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads reconnects, guards nothing
            pause = min(2 * pause, MAX_PAUSE_SECONDS)
            self._alive_s = time.monotonic()

    def _serve_one(self) -> None:
        self._arrived, self._lost = [], ""
        with contextlib.closing(open_socket(self._address)) as opened:
            client = self._client(opened)
            while not self._stopping.is_set() and not self._lost:
                self._alive_s = time.monotonic()
                self._wait(client)
                self._read(client)
                self._take(client)
                self._send(client)
                if client.socket() is not None:
                    client.loop_misc()
            self._fault = self._lost
            if self._stopping.is_set():
                self._send(client)
                client.disconnect()

    def _client(self, opened: socket.socket) -> _Client:
        client = _Client(
            CallbackAPIVersion.VERSION2, client_id=self._address.identity, protocol=mqtt.MQTTv5, manual_ack=True
        )
        client.prepared = opened
        client.max_inflight_messages_set(MAX_OUTGOING)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0
        properties.ReceiveMaximum = MAX_TOGETHER
        properties.MaximumPacketSize = MAX_EVENTS_BYTES + 16_384
        client.connect(
            self._address.host, self._address.port, keepalive=KEEPALIVE_SECONDS, clean_start=True, properties=properties
        )
        return client

    def _wait(self, client: _Client) -> None:
        opened = client.socket()
        if opened is None or (isinstance(opened, ssl.SSLSocket) and opened.pending()):
            return
        poller = select.poll()
        poller.register(opened.fileno(), select.POLLIN | (select.POLLOUT if client.want_write() else 0))
        poller.register(self._wake_read.fileno(), select.POLLIN)
        poller.poll(1000)
        with contextlib.suppress(BlockingIOError):
            self._wake_read.recv(4096)

    def _read(self, client: _Client) -> None:
        """Read what has arrived, up to what one commit takes."""
        size = 0
        while len(self._arrived) < MAX_TOGETHER and size < MAX_TOGETHER_BYTES and not self._lost:
            before = len(self._arrived)
            opened = client.socket()
            if opened is None or not readable(opened):
                return
            client.loop_read()
            size += sum(len(message.payload) for message in self._arrived[before:])

    def _take(self, client: _Client) -> None:
        if not self._arrived:
            return
        messages, self._arrived = self._arrived, []
        now_ms = time.time_ns() // 1_000_000
        answers = self._receive([_received(message, now_ms) for message in messages])
        for answer in answers:
            self._publish(client, answer)
        for message in messages:
            if message.qos:
                client.ack(message.mid, message.qos)

    def _send(self, client: _Client) -> None:
        with self._lock:
            waiting, self._outgoing = self._outgoing, deque()
        for publication in waiting:
            mid = self._publish(client, publication)
            with self._lock:
                if publication.qos:
                    self._unconfirmed.add(mid)
                else:
                    self._unsent -= 1
        if client.want_write():
            client.loop_write()

    def _publish(self, client: _Client, publication: Publication) -> int:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if publication.expiry_seconds is not None:
            properties.MessageExpiryInterval = publication.expiry_seconds
        properties.ContentType = publication.content_type
        if publication.properties:
            properties.UserProperty = list(publication.properties)
        info = client.publish(
            publication.topic,
            publication.payload,
            qos=publication.qos,
            retain=publication.retain,
            properties=properties,
        )
        return info.mid

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._wake_write.send(b"\0")

    # ---------------------------------------------------------------- paho

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            self._lost = f"the broker refuses {self._address.identity}: {reason}"
        elif self._topics:
            client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._topics])
        else:
            self._up.set()

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Any) -> None:
        if refused := [str(reason) for reason in reasons if reason.is_failure]:
            self._lost = f"the broker refuses a subscription: {refused[0]}"
        else:
            self._up.set()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._lost = self._lost or f"the connection ended: {reason}"

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._arrived.append(message)

    def _on_publish(self, _client: Any, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        with self._lock:
            if mid in self._unconfirmed:
                self._unconfirmed.discard(mid)
                self._unsent -= 1
        if reason.is_failure:
            _log.error("%s: the broker refuses a message: %s", self._address.identity, reason)


def _received(message: mqtt.MQTTMessage, now_ms: int) -> Received:
    pairs = tuple(getattr(message.properties, "UserProperty", []))
    return Received(message.topic, bytes(message.payload), pairs, now_ms)
