"""The driver `link`: signals from a broker, commands to it, whatever library makes the connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.contract import (
    Clock,
    Command,
    Drain,
    Greet,
    JunkReceived,
    LinkDown,
    LinkUp,
    MessageReceived,
    Quantity,
    SendAlarm,
    SendHealth,
    SendLevel,
    SendNonce,
    SendReply,
    Signal,
)
from sync import contract
from sync.discovery import BIRTH_PAYLOAD, BIRTH_TOPIC
from sync.dispatch import Dispatch, ReadOn, Sign
from sync.transport import Arrived, Connected, Lost, Taken, Transport

LOOPBACK = ("127.0.0.1", "::1", "localhost")

MAX_UNCONFIRMED = 16
"""Publications of QoS 1 that the broker has not taken over yet."""
CONFIRM_LIMIT_MS = 20_000
"""When the oldest of them has waited so long the connection is dead, whatever the socket says."""
CONNECT_LIMIT_MS = 15_000
STEADY_AFTER_MS = 10_000
"""A connection that has lasted so long ends the back-off."""
FIRST_PAUSE_MS, MAX_PAUSE_MS = 1_000, 60_000

MESSAGES_PER_SECOND = 20
MESSAGE_BURST = 40
"""Taken from below at once: the retained documents that come with a connection."""
WAIT_MS, CALM_WAIT_MS = 40, 250
"""How long `poll` waits for the broker, and when nothing has come or gone for a while: commands wait no longer."""
CALM_AFTER_MS = 5_000
JUNK_REPORT_MS = 1_000
MAX_JUNK_KINDS = 8
PUBLICATIONS_PER_POLL = 64


class Settings(BaseModel):
    """How to reach the broker. The three files belong together; without them only loopback is allowed."""

    model_config = ConfigDict(extra="forbid")

    driver: str = "link"
    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=8883, ge=1, le=65535)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    keepalive_seconds: int = Field(default=30, ge=5, le=600)
    discovery: bool = False

    @model_validator(mode="after")
    def _must_be_safe(self) -> Settings:
        files = [self.ca_file, self.certificate_file, self.key_file]
        if any(files) and not all(files):
            raise ValueError("ca_file, certificate_file and key_file belong together: give all three, or none")
        if not any(files) and self.host not in LOOPBACK:
            raise ValueError(f"{self.host} is another machine: give ca_file, certificate_file and key_file")
        return self


class Link:
    """The driver `link`. `station` is the id, `title` the name that people see."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset(
        {Greet, Drain, SendAlarm, SendLevel, SendHealth, SendReply, SendNonce}
    )
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(
        self,
        name: str,
        settings: Settings,
        transport: Transport,
        clock: Clock,
        *,
        station: str,
        title: str,
        sign: Sign,
        read_on: ReadOn,
        random: Random,
    ) -> None:
        self._name = name
        self._station = station
        self._transport = transport
        self._clock = clock
        self._random = random
        self._dispatch = Dispatch(station, title, sign, read_on, discovery=settings.discovery)
        self._connecting_since_ms: int | None = None
        self._up_since_ms: int | None = None
        self._pause_ms = FIRST_PAUSE_MS
        self._next_try_ms = clock.steady_ms()
        self._told_down = ""
        self._unconfirmed: dict[int, int] = {}  # token -> when
        self._tokens = float(MESSAGE_BURST)
        self._tokens_at_ms = clock.steady_ms()
        self._junk: Counter[str] = Counter()
        self._junk_at_ms = 0
        self._hurried = False
        self._calm_at_ms = 0

    # ---------------------------------------------------------------- the driver

    def execute(self, command: Command) -> Iterable[Signal]:
        """Take one command; what it leads to is published at once where the connection allows it."""
        now_ms = self._clock.steady_ms()
        self._dispatch.execute(command, now_ms)
        self._publish(now_ms)
        self._hurried = True
        self._calm_at_ms = now_ms + CALM_AFTER_MS
        return ()

    def poll(self) -> Iterable[Signal]:
        """Serve the connection, or try to make one when the pause is over."""
        now_ms = self._clock.steady_ms()
        if self._is_down():
            if now_ms < self._next_try_ms:
                return ()
            self._connecting_since_ms = now_ms
            self._transport.connect()
        signals: list[Signal] = []
        for event in self._transport.poll(self._room(now_ms), self._wait_ms(now_ms)):
            self._calm_at_ms = now_ms + CALM_AFTER_MS
            signals += self._happened(event)
            if self._is_down():
                break
        now_ms = self._clock.steady_ms()
        signals += self._watch(now_ms)
        self._publish(now_ms)
        signals += self._junk_signals(now_ms)
        return signals

    def _wait_ms(self, now_ms: int) -> int:
        hurried, self._hurried = self._hurried, False
        if hurried or self._transport.rest_ms():
            return 0
        return WAIT_MS if now_ms < self._calm_at_ms else CALM_WAIT_MS

    def rest_ms(self) -> int | None:
        """Until the next attempt while there is no connection; otherwise what the transport says."""
        if self._is_down():
            return max(1, self._next_try_ms - self._clock.steady_ms())
        return self._transport.rest_ms()

    def close(self) -> None:
        """Say offline and leave."""
        if self._up_since_ms is not None:
            self._transport.publish(self._dispatch.offline())
        self._up_since_ms = self._connecting_since_ms = None
        self._transport.close()

    def _is_down(self) -> bool:
        return self._connecting_since_ms is None and self._up_since_ms is None

    # ---------------------------------------------------------------- what happened

    def _happened(self, event: Connected | Lost | Taken | Arrived) -> Iterable[Signal]:
        now_ms = self._clock.steady_ms()
        match event:
            case Connected():
                self._connecting_since_ms, self._up_since_ms, self._told_down = None, now_ms, ""
                self._dispatch.connected(now_ms)
                return [LinkUp(self._name)]
            case Lost():
                return self._went_down(event.detail, now_ms)
            case Taken():
                self._unconfirmed.pop(event.token, None)
                if event.refused:
                    self._transport.close()
                    return self._went_down(event.refused, now_ms)
                return ()
            case Arrived():
                return self._arrived(event)

    def _arrived(self, message: Arrived) -> Iterable[Signal]:
        self._tokens -= 1
        if message.topic == BIRTH_TOPIC:
            if message.payload == BIRTH_PAYLOAD:
                self._dispatch.announce()
            return ()
        found = contract.find(message.topic)
        if found is None or found[0] != self._station or found[2].up:
            return self._drop("a message on a topic that is not ours")
        _, name, topic = found
        if len(message.payload) > topic.max_bytes:
            return self._drop(f"{name}: longer than {topic.max_bytes} bytes")
        if message.retained and not topic.retained:
            return self._drop(f"{name}: a retained message, whose age nobody knows")
        if topic in (contract.STORED, contract.HELLO_ANSWER):
            self._dispatch.office_is_there(self._clock.steady_ms())
        return [
            MessageReceived(
                device=self._name,
                name=name.removeprefix("down/"),
                payload=message.payload,
                kid=contract.property_bytes(message.properties, contract.PROPERTY_KEY_ID),
                signature=contract.property_bytes(message.properties, contract.PROPERTY_SIGNATURE),
                retained=message.retained,
            )
        ]

    def _watch(self, now_ms: int) -> Iterable[Signal]:
        oldest_ms = next(iter(self._unconfirmed.values()), now_ms)
        if self._up_since_ms is not None and now_ms - oldest_ms >= CONFIRM_LIMIT_MS:
            self._transport.close()
            return self._went_down(f"the broker has confirmed nothing for {CONFIRM_LIMIT_MS // 1000} s", now_ms)
        if self._connecting_since_ms is not None and now_ms - self._connecting_since_ms >= CONNECT_LIMIT_MS:
            self._transport.close()
            return self._went_down(f"the broker has not answered for {CONNECT_LIMIT_MS // 1000} s", now_ms)
        return ()

    def _went_down(self, detail: str, now_ms: int) -> Iterable[Signal]:
        was_up = self._up_since_ms is not None
        if self._up_since_ms is not None and now_ms - self._up_since_ms >= STEADY_AFTER_MS:
            self._pause_ms = FIRST_PAUSE_MS
        self._connecting_since_ms = self._up_since_ms = None
        self._unconfirmed.clear()
        self._next_try_ms = now_ms + self._random.randint(self._pause_ms // 4, self._pause_ms)
        self._pause_ms = min(2 * self._pause_ms, MAX_PAUSE_MS)
        if detail == self._told_down and not was_up:
            return ()
        self._told_down = detail
        return [LinkDown(self._name, detail)]

    # ---------------------------------------------------------------- bounds

    def _publish(self, now_ms: int) -> None:
        for _ in range(PUBLICATIONS_PER_POLL):
            if self._up_since_ms is None or len(self._unconfirmed) >= MAX_UNCONFIRMED or not self._transport.ready():
                return
            publication = self._dispatch.next(now_ms)
            if publication is None:
                return
            token = self._transport.publish(publication)
            if token is not None:
                self._unconfirmed[token] = now_ms

    def _room(self, now_ms: int) -> int:
        gained = (now_ms - self._tokens_at_ms) * MESSAGES_PER_SECOND / 1000
        self._tokens = min(float(MESSAGE_BURST), self._tokens + gained)
        self._tokens_at_ms = now_ms
        return max(0, int(self._tokens))

    def _drop(self, detail: str) -> Iterable[Signal]:
        self._junk[detail if detail in self._junk or len(self._junk) < MAX_JUNK_KINDS else "other messages"] += 1
        return ()

    def _junk_signals(self, now_ms: int) -> Iterable[Signal]:
        if not self._junk or now_ms < self._junk_at_ms:
            return ()
        self._junk_at_ms = now_ms + JUNK_REPORT_MS
        signals = [JunkReceived(self._name, detail, count) for detail, count in self._junk.items()]
        self._junk.clear()
        return signals
