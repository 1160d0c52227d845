"""What the link publishes next, and in which order: pure but for the two functions that it was given.

Alarms overtake everything. Answers to people come next, then the hello, then hints, then the backlog.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence

from drivers.contract import (
    Command,
    Drain,
    Greet,
    Hole,
    JournalExtent,
    Level,
    Quantity,
    Row,
    SendAlarm,
    SendHealth,
    SendLevel,
    SendNonce,
    SendReply,
)
from sync import contract
from sync.contract import (
    Health,
    Hello,
    JournalTold,
    NonceGiven,
    Now,
    Publication,
    Reply,
    Topic,
    WordsSent,
    publication,
)
from sync.discovery import discovery_publication
from sync.outbox import Alarms, Outbox, pack

Sign = Callable[[str, str, bytes], tuple[bytes, bytes]]
"""`sign(purpose, name, payload)` gives key id and signature; `name` is the topic below `stations/<id>/`."""
ReadOn = Callable[[str, int, int], Sequence[Row | Hole]]
"""`read_on(journal, after_seq, limit)`: committed rows in order; none when the journal cannot be asked now.

It must answer within a fraction of a second, else alarms wait for the card.
"""

MAX_ANSWERS = 32
MAX_DEVICES = 256
BATCH_EVERY_MS = 100
"""Between two batches of the backlog: whoever stands at the door meanwhile finds the processor free."""
ANSWER_LIFE_MS = contract.ORDER_EXPIRY_SECONDS * 1000


class Dispatch:
    """Everything that waits to be published. Every `now_ms` is steady time."""

    def __init__(self, station: str, title: str, sign: Sign, read_on: ReadOn, *, discovery: bool) -> None:
        self._station = station
        self._title = title
        self._sign = sign
        self._read_on = read_on
        self._discovery = discovery
        self._outbox = Outbox()
        self._alarms = Alarms()
        self._answers: deque[tuple[int, Topic, bytes]] = deque(maxlen=MAX_ANSWERS)  # (given up at, topic, payload)
        self._hello: bytes | None = None
        self._health: SendHealth | None = None
        self._health_due = False
        self._counter = 0
        self._levels: dict[str, dict[Quantity, Level]] = {}
        self._levels_due: dict[str, None] = {}
        self._status_due = False
        self._discovery_due = False
        self._batch_due_ms = 0

    def execute(self, command: Command, now_ms: int) -> None:
        """Take a command of the loop."""
        match command:
            case Drain():
                self._learn(command.extents)
            case SendAlarm():
                self._alarms.add(command.journal, command.row, now_ms)
            case Greet():
                self._hello = _hello(command)
                self._learn(command.extents)
            case SendReply():
                self._answer(contract.REPLY, _reply(command), now_ms)
            case SendNonce():
                given = NonceGiven(ask_id=command.ask_id, nonce=command.nonce)
                self._answer(contract.NONCE, given, now_ms)
            case SendHealth():
                self._health, self._health_due = command, True
            case SendLevel():
                self._learn_level(command)
            case _:
                raise TypeError(f"the link does not do {type(command).__name__}")

    def connected(self, now_ms: int) -> None:
        """A new connection: hints are told again, what was on its way goes again."""
        self._status_due = True
        self._discovery_due = self._discovery
        self._levels_due = dict.fromkeys(self._levels)
        self._health_due = self._health is not None
        self._outbox.disconnected()
        self._alarms.connected(now_ms)

    def office_is_there(self, now_ms: int) -> None:
        """The office sent something: do not wait long with what it still lacks."""
        self._outbox.nudge(now_ms)

    def announce(self) -> None:
        """Home Assistant has started: tell it again what there is."""
        if self._discovery:
            self._discovery_due = True
            self._levels_due = dict.fromkeys(self._levels)

    def waiting_rows(self) -> int:
        """Rows that the office has not stored yet."""
        return self._outbox.waiting_rows()

    def next(self, now_ms: int) -> Publication | None:
        """What to publish now; it counts as handed over. None: nothing for now."""
        if (alarm := self._alarms.due(now_ms)) is not None:
            return self._signed(contract.ALARM, alarm)
        while self._answers:
            give_up_ms, topic, payload = self._answers.popleft()
            if now_ms < give_up_ms:
                return self._signed(topic, payload)
        if self._status_due:
            self._status_due = False
            return publication(self._station, contract.STATUS, b'{"online":true}')
        if self._hello is not None:
            hello, self._hello = self._hello, None
            return self._signed(contract.HELLO, hello)
        return self._next_hint() or self._next_batch(now_ms)

    def offline(self) -> Publication:
        """What the broker says for us when the connection dies, and what we say ourselves on leaving."""
        return publication(self._station, contract.STATUS, b'{"online":false}')

    def _next_hint(self) -> Publication | None:
        if self._health_due and self._health is not None:
            self._health_due = False
            return self._signed(contract.HEALTH, self._health_payload(self._health))
        if self._discovery_due and self._levels:
            self._discovery_due = False
            return discovery_publication(self._station, self._title, self._levels)
        if self._levels_due:
            point = next(iter(self._levels_due))
            del self._levels_due[point]
            payload = Now(dict(self._levels[point])).model_dump_json().encode()
            return publication(self._station, contract.NOW, payload, name=contract.hint_name(point))
        return None

    def _next_batch(self, now_ms: int) -> Publication | None:
        request = self._outbox.wanted(now_ms) if now_ms >= self._batch_due_ms else None
        if request is None:
            return None
        self._batch_due_ms = now_ms + BATCH_EVERY_MS
        batch = pack(request, self._read_on(request.journal, request.after_seq, request.limit))
        if batch is None:
            self._outbox.unreadable(request, now_ms)
            return None
        self._outbox.sent(batch, now_ms)
        return self._signed(contract.EVENTS, batch.payload)

    def _learn(self, extents: tuple[JournalExtent, ...]) -> None:
        self._outbox.learn(extents)
        self._alarms.learn(extents)

    def _learn_level(self, command: SendLevel) -> None:
        levels = self._levels.get(command.source)
        if levels is None:
            if len(self._levels) >= MAX_DEVICES:
                return
            levels = self._levels.setdefault(command.source, {})
        if command.quantity not in levels:
            self._discovery_due = self._discovery
        levels[command.quantity] = command.value
        self._levels_due[command.source] = None

    def _answer(self, topic: Topic, payload: NonceGiven | Reply, now_ms: int) -> None:
        self._answers.append((now_ms + ANSWER_LIFE_MS, topic, payload.model_dump_json().encode()))

    def _health_payload(self, command: SendHealth) -> bytes:
        self._counter += 1
        health = Health(
            journal=command.journal,
            tail_seq=command.tail_seq,
            counter=self._counter,
            document=json.loads(command.document),
        )
        return health.model_dump_json().encode()

    def _signed(self, topic: Topic, payload: bytes) -> Publication:
        return publication(self._station, topic, payload, signed=self._sign(topic.purpose, topic.name, payload))


def _hello(command: Greet) -> bytes:
    extents = sorted(command.extents, key=lambda extent: extent.closed)[: contract.MAX_JOURNALS]
    journals = [
        JournalTold(
            journal=extent.journal,
            first_seq=max(1, extent.first_seq),
            tail_seq=extent.tail_seq,
            head=extent.head.hex(),
            cursor_seq=extent.cursor_seq,
            closed=extent.closed,
        )
        for extent in extents
    ]
    hello = Hello(nonce=command.nonce, boot=command.boot, journals=journals, documents=dict(command.documents))
    return hello.model_dump_json().encode()


def _reply(command: SendReply) -> Reply:
    words = WordsSent(zh=command.words.zh, en=command.words.en)
    return Reply.model_validate(
        {"order_id": command.order_id, "result": command.result, "reason": command.reason, "words": words}
    )
