"""The link on a transport and a clock that the test holds in its hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.contract import (
    Drain,
    Greet,
    Hole,
    JunkReceived,
    LinkDown,
    LinkUp,
    MessageReceived,
    Quantity,
    Row,
    SendAlarm,
    SendHealth,
    SendLevel,
    SendNonce,
    SendReply,
    Show,
    Signal,
    Words,
)
from station.events import DoorForced
from sync import contract
from sync.contract import Publication
from sync.discovery import BIRTH_TOPIC
from sync.driver import (
    CONFIRM_LIMIT_MS,
    CONNECT_LIMIT_MS,
    FIRST_PAUSE_MS,
    MAX_PAUSE_MS,
    MAX_UNCONFIRMED,
    MESSAGE_BURST,
    MESSAGES_PER_SECOND,
    STEADY_AFTER_MS,
    Link,
    Settings,
)
from sync.transport import Arrived, Connected, Lost, Taken, TransportEvent
from tests.sync.rows import BOOT, JOURNAL, Ledger, reader

HELLO = Greet("link", "AAAA", BOOT, (), {"ring": 3})


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_000

    def steady_ms(self) -> int:
        return self.now_ms

    def rest(self, milliseconds: int) -> None:
        self.now_ms += milliseconds


@dataclass
class Wire:
    """A transport: the test says what happens, and sees what was published."""

    events: list[TransportEvent] = field(default_factory=list)
    sent: list[Publication] = field(default_factory=list)
    connects: int = 0
    closes: int = 0
    confirms: bool = True
    writable: bool = True
    rooms: list[int] = field(default_factory=list)

    def connect(self) -> None:
        self.connects += 1

    def ready(self) -> bool:
        return self.writable

    def publish(self, publication: Publication) -> int | None:
        self.sent.append(publication)
        if not publication.qos:
            return None
        if self.confirms:
            self.events.append(Taken(len(self.sent)))
        return len(self.sent)

    def poll(self, room: int, wait_ms: int) -> list[TransportEvent]:  # noqa: ARG002 - the test moves the clock
        self.rooms.append(room)
        events, self.events = self.events, []
        return events

    def rest_ms(self) -> int:
        return 1_000

    def close(self) -> None:
        self.closes += 1

    def names(self) -> list[str]:
        return [publication.topic.partition("/")[2].partition("/")[2] for publication in self.sent]


class Rig:
    def __init__(self, *ledgers: Ledger, discovery: bool = False) -> None:
        self.clock, self.wire = Clock(), Wire()
        self.link = Link(
            "link",
            Settings(host="127.0.0.1", discovery=discovery),
            self.wire,
            self.clock,
            station="pod-1",
            title="阅山房",
            sign=lambda purpose, name, payload: (purpose.encode(), f"{name}:{len(payload)}".encode()),
            read_on=reader(*ledgers),
            random=Random(7),
        )

    def poll(self, *events: TransportEvent, after_ms: int = 0) -> list[Signal]:
        self.clock.now_ms += after_ms
        self.wire.events += events
        return list(self.link.poll())

    def connected(self) -> Rig:
        assert self.poll(Connected()) == [LinkUp("link")]
        self.wire.sent.clear()
        self.poll()
        return self

    def arrive(self, name: str, payload: bytes = b"{}", *, retained: bool = False, **properties: str) -> list[Signal]:
        return self.poll(Arrived(f"stations/pod-1/{name}", payload, retained, tuple(properties.items())))


# ---------------------------------------------------------------- connecting


def test_it_says_online_when_connected_and_offline_when_it_leaves() -> None:
    rig = Rig()
    assert rig.poll() == []
    assert rig.wire.connects == 1
    assert rig.poll(Connected()) == [LinkUp("link")]
    status = rig.wire.sent[0]
    assert (status.topic, status.payload, status.retain) == ("stations/pod-1/up/status", b'{"online":true}', True)
    rig.link.close()
    rig.link.close()
    assert [one.payload for one in rig.wire.sent].count(b'{"online":false}') == 1


def test_attempts_come_at_growing_pauses_with_jitter() -> None:
    rig = Rig()
    pauses = []
    for _ in range(12):
        rig.poll(Lost("nobody listens there"))
        rest_ms = rig.link.rest_ms()
        assert rest_ms is not None
        pauses.append(rest_ms)
        rig.clock.now_ms += rest_ms - 1
        before = rig.wire.connects
        assert rig.poll() == []
        assert rig.wire.connects == before
        rig.clock.now_ms += 1
        rig.poll()
        assert rig.wire.connects == before + 1
    for number, pause_ms in enumerate(pauses):
        limit_ms = min(FIRST_PAUSE_MS * 2**number, MAX_PAUSE_MS)
        assert limit_ms // 4 <= pause_ms <= limit_ms
    assert len(set(pauses)) == len(pauses)


def test_the_same_reason_is_told_once_another_one_again() -> None:
    rig = Rig()
    assert rig.poll(Lost("nobody answers")) == [LinkDown("link", "nobody answers")]
    assert rig.poll(Lost("nobody answers"), after_ms=MAX_PAUSE_MS) == []
    assert rig.poll(Lost("the certificate ended"), after_ms=MAX_PAUSE_MS) == [LinkDown("link", "the certificate ended")]
    assert rig.poll(Connected(), after_ms=MAX_PAUSE_MS) == [LinkUp("link")]
    assert rig.poll(Lost("the certificate ended")) == [LinkDown("link", "the certificate ended")]


def test_a_connection_that_never_lasts_does_not_end_the_back_off() -> None:
    def pause_after(lasts_ms: int) -> int:
        rig = Rig()
        for _ in range(8):
            rig.poll(Connected(), after_ms=MAX_PAUSE_MS)
            rig.poll(Lost("thrown out"), after_ms=lasts_ms)
        return rig.link.rest_ms() or 0

    assert pause_after(10) > MAX_PAUSE_MS // 4
    assert pause_after(STEADY_AFTER_MS) <= FIRST_PAUSE_MS


def test_a_broker_that_never_answers_is_given_up() -> None:
    rig = Rig()
    assert rig.poll() == []
    down = rig.poll(after_ms=CONNECT_LIMIT_MS)
    assert down == [LinkDown("link", "the broker has not answered for 15 s")]
    assert rig.wire.closes == 1


def test_a_broker_that_confirms_nothing_is_given_up_although_the_socket_lives() -> None:
    rig = Rig().connected()
    rig.wire.confirms = False
    rig.link.execute(HELLO)
    assert rig.poll(after_ms=CONFIRM_LIMIT_MS - 1) == []
    assert rig.poll(after_ms=1) == [LinkDown("link", "the broker has confirmed nothing for 20 s")]
    assert rig.wire.closes == 1


def test_a_refused_message_ends_the_connection_with_the_reason() -> None:
    rig = Rig().connected()
    rig.wire.confirms = False
    rig.link.execute(HELLO)
    signals = rig.poll(Taken(len(rig.wire.sent), "the broker refuses our message: Not authorized"), Connected())
    assert signals == [LinkDown("link", "the broker refuses our message: Not authorized")]


def test_without_tls_only_this_machine() -> None:
    Settings(host="localhost")
    with pytest.raises(ValidationError, match="another machine"):
        Settings(host="broker.example")
    with pytest.raises(ValidationError, match="belong together"):
        Settings(host="broker.example", ca_file=Path("ca.pem"))


# ---------------------------------------------------------------- what comes down


def test_a_message_is_handed_on_with_its_signature_unverified() -> None:
    rig = Rig().connected()
    signals = rig.arrive("down/hello", b"bytes", kid="00ff", sig="0102")
    assert signals == [MessageReceived("link", "hello", b"bytes", b"\x00\xff", b"\x01\x02", retained=False)]
    assert rig.arrive("down/ask") == [MessageReceived("link", "ask", b"{}", b"", b"", retained=False)]


def test_a_document_says_whether_it_was_retained() -> None:
    rig = Rig().connected()
    signals = rig.arrive("down/document/ring", b"cose", retained=True)
    assert signals == [MessageReceived("link", "document/ring", b"cose", b"", b"", retained=True)]


@pytest.mark.parametrize("name", ["down/order", "down/ask", "down/hello", "down/stored"])
def test_a_retained_order_never_reaches_the_inbox_and_is_counted(name: str) -> None:
    rig = Rig().connected()
    assert rig.arrive(name, retained=True) == [
        JunkReceived("link", f"{name}: a retained message, whose age nobody knows", 1)
    ]


def test_what_is_too_long_never_reaches_the_inbox() -> None:
    rig = Rig().connected()
    assert rig.arrive("down/order", b"S" * 512) != []
    assert rig.arrive("down/order", b"S" * 513) == [JunkReceived("link", "down/order: longer than 512 bytes", 1)]


@pytest.mark.parametrize(
    "topic", ["stations/pod-2/down/order", "stations/pod-1/up/hello", "stations/pod-1/down/x", "other", ""]
)
def test_other_topics_never_reach_the_inbox(topic: str) -> None:
    rig = Rig().connected()
    assert rig.poll(Arrived(topic, b"", retained=False)) == [
        JunkReceived("link", "a message on a topic that is not ours", 1)
    ]


def test_junk_is_told_once_a_second_with_its_count() -> None:
    rig = Rig().connected()
    assert rig.poll(*[Arrived("x", b"", retained=False)] * 3) == [
        JunkReceived("link", "a message on a topic that is not ours", 3)
    ]
    assert rig.poll(*[Arrived("x", b"", retained=False)] * 5, after_ms=999) == []
    assert rig.poll(after_ms=1) == [JunkReceived("link", "a message on a topic that is not ours", 5)]


def test_at_most_20_messages_a_second_are_read() -> None:
    rig = Rig().connected()
    rig.poll(after_ms=60_000)
    rig.wire.rooms.clear()
    rig.poll()
    assert rig.wire.rooms == [MESSAGE_BURST]
    rig.poll(*[Arrived("x", b"", retained=False)] * MESSAGE_BURST)
    taken = 0
    for _ in range(100):
        rig.clock.now_ms += 100
        rig.poll()
        room = rig.wire.rooms[-1]
        taken += room
        rig.poll(*[Arrived("x", b"", retained=False)] * room)
    assert taken == pytest.approx(10 * MESSAGES_PER_SECOND, abs=1)


# ---------------------------------------------------------------- what goes up


def extents(ledger: Ledger) -> Drain:
    return Drain("link", (ledger.extent(),))


def test_alarms_overtake_answers_overtake_hello_overtakes_hints_overtake_rows() -> None:
    ledger = Ledger()
    rig = Rig(ledger)
    row = ledger.append(DoorForced("door"))
    rig.link.execute(extents(ledger))
    rig.link.execute(SendLevel("link", "radar", Quantity.PRESENT, value=True))
    rig.link.execute(SendHealth("link", '{"light":"ok"}', JOURNAL, 2))
    rig.link.execute(Greet("link", "AAAA", BOOT, (ledger.extent(),), {}))
    rig.link.execute(SendReply("link", "0" * 32, "done", "", Words("好", "ok")))
    rig.link.execute(SendNonce("link", "1" * 32, "AAAQEAYEAUDAOCAJ"))
    rig.link.execute(SendAlarm("link", JOURNAL, row))
    assert rig.wire.sent == []
    rig.poll(Connected())
    assert rig.wire.names() == [
        "up/alarm",
        "up/reply",
        "up/nonce",
        "up/status",
        "up/hello",
        "up/health",
        "up/now/radar",
        "up/events",
    ]


def test_everything_that_proves_something_is_signed_for_its_topic() -> None:
    ledger = Ledger()
    rig = Rig(ledger).connected()
    rig.link.execute(extents(ledger))
    publication = rig.wire.sent[-1]
    signature = f"up/events:{len(publication.payload)}".encode()
    assert publication.properties == (("kid", b"station".hex()), ("sig", signature.hex()))
    assert (publication.qos, publication.retain, publication.expiry_seconds) == (1, False, None)


@pytest.mark.parametrize("topic", [topic for topic in contract.TOPICS if topic.up], ids=lambda topic: topic.name)
def test_every_publication_is_a_valid_payload_with_the_qualities_of_its_topic(topic: contract.Topic) -> None:
    ledger = Ledger()
    rig = Rig(ledger)
    rig.poll(Connected())
    rig.link.execute(SendLevel("link", "radar", Quantity.DISTANCE_CM, 120))
    rig.link.execute(SendHealth("link", '{"light":"ok","findings":[]}', JOURNAL, 1))
    rig.link.execute(Greet("link", "AAAA", BOOT, (ledger.extent(),), {"ring": 1}))
    rig.link.execute(SendReply("link", "0" * 32, "refused", "unknown_nonce", Words("不", "no")))
    rig.link.execute(SendNonce("link", "1" * 32, "AAAQEAYEAUDAOCAJ"))
    rig.link.execute(SendAlarm("link", JOURNAL, ledger.append(DoorForced("door"))))
    rig.poll()
    found = [(one, contract.find(one.topic)) for one in rig.wire.sent]
    mine = [one for one, place in found if place is not None and place[2] is topic]
    assert mine, topic.name
    for one in mine:
        assert topic.model is not None
        topic.model.model_validate_json(one.payload)
        assert (one.qos, one.retain, one.expiry_seconds) == (topic.qos, topic.retained, topic.expiry_seconds)
        assert len(one.payload) <= topic.max_bytes
        assert bool(one.properties) == bool(topic.purpose)


def test_no_more_than_one_window_is_handed_to_the_wire() -> None:
    rig = Rig().connected()
    rig.wire.confirms = False
    for number in range(3 * MAX_UNCONFIRMED):
        rig.link.execute(SendReply("link", f"{number:032x}", "done", "", Words("好", "ok")))
    assert len(rig.wire.sent) == MAX_UNCONFIRMED
    rig.poll(*(Taken(token) for token in range(1, MAX_UNCONFIRMED + 1)))
    assert len(rig.wire.sent) > MAX_UNCONFIRMED


def test_nothing_is_handed_to_a_socket_that_takes_no_more() -> None:
    rig = Rig().connected()
    rig.wire.writable = False
    rig.link.execute(HELLO)
    assert rig.wire.sent == []
    rig.wire.writable = True
    rig.poll()
    assert rig.wire.names() == ["up/hello"]


def test_a_late_answer_is_not_given() -> None:
    rig = Rig()
    rig.link.execute(SendReply("link", "0" * 32, "done", "", Words("好", "ok")))
    rig.poll(Connected(), after_ms=30_000)
    assert rig.wire.names() == ["up/status"]


def test_levels_are_told_together_once_and_again_after_a_reconnect() -> None:
    rig = Rig().connected()
    rig.link.execute(SendLevel("link", "radar", Quantity.PRESENT, value=True))
    rig.link.execute(SendLevel("link", "radar", Quantity.DISTANCE_CM, 80))
    assert json.loads(rig.wire.sent[-1].payload) == {"present": True, "distance_cm": 80}
    rig.poll(Lost("cable"))
    rig.wire.sent.clear()
    rig.poll(Connected(), after_ms=MAX_PAUSE_MS)
    assert rig.wire.names() == ["up/status", "up/now/radar"]


def test_every_topic_is_one_that_the_contract_knows() -> None:
    rig = Rig(discovery=True).connected()
    rig.link.execute(SendLevel("link", "cells/7", Quantity.CLOSED, value=True))
    topics = [one.topic for one in rig.wire.sent if not one.topic.startswith("homeassistant/")]
    assert topics == ["stations/pod-1/up/now/cells.7"]
    assert contract.find(topics[0]) == ("pod-1", "up/now/cells.7", contract.NOW)


def test_health_counts_up() -> None:
    rig = Rig().connected()
    for _ in range(2):
        rig.link.execute(SendHealth("link", "{}", JOURNAL, 5))
    counters = [json.loads(one.payload)["counter"] for one in rig.wire.sent]
    assert counters == [1, 2]


def test_rows_go_again_after_a_reconnect_and_after_the_office_shows_up() -> None:
    ledger = Ledger()
    rig = Rig(ledger).connected()
    rig.link.execute(extents(ledger))
    rig.poll(Lost("cable"))
    rig.poll(Connected(), after_ms=MAX_PAUSE_MS)
    assert rig.wire.names().count("up/events") == 2
    for _ in range(10):
        rig.poll(after_ms=60_000)  # nobody stores it: patience grows to minutes
    rig.wire.sent.clear()
    rig.poll(after_ms=10_000)
    assert rig.wire.names() == []
    rig.arrive("down/stored")
    rig.poll(after_ms=1_000)
    assert rig.wire.names() == ["up/events"]


def test_a_journal_that_cannot_be_read_does_not_hold_up_an_alarm() -> None:
    ledger = Ledger()
    rig = Rig(ledger).connected()
    row = ledger.append(DoorForced("door"))

    def nothing(_journal: str, _after: int, _limit: int) -> list[Row | Hole]:
        return []

    rig.link._dispatch._read_on = nothing
    rig.link.execute(extents(ledger))
    rig.link.execute(SendAlarm("link", JOURNAL, row))
    assert rig.wire.names() == ["up/alarm"]


def test_a_command_for_somebody_else_is_an_error() -> None:
    page: Any = None
    with pytest.raises(TypeError, match="the link does not do Show"):
        Rig().link.execute(Show("link", page))


# ---------------------------------------------------------------- Home Assistant


def test_home_assistant_is_told_on_connect_on_something_new_and_when_it_starts() -> None:
    rig = Rig(discovery=True)
    rig.link.execute(SendLevel("link", "radar", Quantity.PRESENT, value=True))
    rig.poll(Connected())
    config = "homeassistant/device/pod-1/config"
    assert [one.topic for one in rig.wire.sent].count(config) == 1
    rig.link.execute(SendLevel("link", "radar", Quantity.PRESENT, value=False))
    assert [one.topic for one in rig.wire.sent].count(config) == 1
    rig.link.execute(SendLevel("link", "radar", Quantity.DISTANCE_CM, 80))
    assert [one.topic for one in rig.wire.sent].count(config) == 2
    rig.wire.sent.clear()
    assert rig.poll(Arrived(BIRTH_TOPIC, b"offline", retained=False)) == []
    assert rig.wire.sent == []
    rig.poll(Arrived(BIRTH_TOPIC, b"online", retained=False))
    assert [one.topic for one in rig.wire.sent] == [config, "stations/pod-1/up/now/radar"]


def test_without_the_setting_home_assistant_hears_nothing() -> None:
    rig = Rig()
    rig.link.execute(SendLevel("link", "radar", Quantity.PRESENT, value=True))
    rig.poll(Connected(), Arrived(BIRTH_TOPIC, b"online", retained=False))
    assert not any(one.topic.startswith("homeassistant") for one in rig.wire.sent)
