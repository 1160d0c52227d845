"""The wire to the office: every topic below `stations/<id>/` and every payload, once, for both ends.

`up/` goes from the station to the office, `down/` the other way. JSON payloads are the models below; `down/order` is
the text of an order (`SO1:`), `down/document/<name>` a signed document, both of which carry their own signature. The
other signed messages carry the MQTT 5 user properties `kid` and `sig` in hex: Ed25519 over the wire version, the
purpose, the station, the topic below `stations/<id>/`, and the payload bytes as sent (`station/trust/messages.py`).
Times are integers in milliseconds. `docs/asyncapi.json` is written from this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel

from drivers.contract import CHANNEL_MARK, Hole, Priority, Quantity, Row

STATION_PATTERN = r"^[a-z0-9-]{3,32}$"
"""A station's id: also its MQTT user name, its client id and the common name of its certificate."""
STATION = re.compile(STATION_PATTERN)
NAME_PATTERN = r"^[a-z0-9_-]{1,32}$"
HINT_MARK = "."
"""Stands for the mark before a channel, which MQTT would take for another level; no name of a device holds it."""
HINT_PATTERN = r"^[a-z0-9_-]{1,32}(\.[1-9][0-9]{0,2})?$"
"""A device, or one channel of it: `strike`, `cells.7`."""

MAX_ROWS = 500
"""Rows and holes in one batch."""
MAX_BATCH_BYTES = 64 * 1024
"""A batch of several rows; a single row that is longer (a snapshot) travels alone."""
MAX_BODY_BYTES = 512 * 1024
"""The longest row body, in characters."""
MAX_EVENTS_BYTES = 1024 * 1024
"""The longest message of all: one row of the longest body, its quotes escaped."""
MAX_DOWN_BYTES = 16 * 1024
"""JSON that goes down to a station."""
MAX_ORDER_BYTES = 512
MAX_DOCUMENT_BYTES = 160 * 1024
MAX_JOURNALS = 32
MAX_DOCUMENTS = 16
MAX_ALARMS_SEEN = 64
ORDER_EXPIRY_SECONDS = 30

STATION_PURPOSE = "station"
"""What a station's own key signs for; the office's keys have the purposes of the ring."""
PROPERTY_KEY_ID = "kid"
PROPERTY_SIGNATURE = "sig"

Identifier: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="32 hex digits")]
Chain: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="16 bytes in hex")]
Boot: TypeAlias = Annotated[
    str, Field(pattern=r"^[0-9a-f]{16}$", description="16 hex digits, one start of the program")
]
Nonce: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Name: TypeAlias = Annotated[str, Field(pattern=NAME_PATTERN, description="a device, service, action or document")]
Kind: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$")]
Seq: TypeAlias = Annotated[int, Field(ge=1, lt=2**53)]
SeqOrNone: TypeAlias = Annotated[int, Field(ge=0, lt=2**53, description="0: none")]
Count: TypeAlias = Annotated[int, Field(ge=0, lt=2**53)]
Milliseconds: TypeAlias = Annotated[int, Field(ge=-(2**53), lt=2**53)]
Line: TypeAlias = Annotated[str, Field(max_length=500)]


class Payload(BaseModel):
    """A JSON object in which every field is known and of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


# ---------------------------------------------------------------- rows


class RowSent(Payload):
    """One row of a journal. `body` is the event as JSON text, byte for byte as the station wrote it."""

    seq: Seq
    at_ms: Milliseconds
    boot: Annotated[str, Field(max_length=64)]
    steady_ms: Milliseconds
    priority: Annotated[int, Field(ge=0, le=4, description="0 safety, 1 access, 2 order, 3 health, 4 telemetry")]
    kind: Kind
    body: Annotated[str, Field(max_length=MAX_BODY_BYTES)]

    @classmethod
    def of(cls, row: Row) -> RowSent:
        """`row` as it travels; its chain is the batch's."""
        return cls(
            seq=row.seq,
            at_ms=row.at_ms,
            boot=row.boot,
            steady_ms=row.steady_ms,
            priority=int(row.priority),
            kind=row.kind,
            body=row.body,
        )

    def row(self, chain: bytes = b"") -> Row:
        """The row as the journal has it."""
        return Row(
            self.seq, self.at_ms, self.boot, self.steady_ms, Priority(self.priority), self.kind, self.body, chain
        )


class HoleSent(Payload):
    """Rows that had to go before the office had them; `chain` is the chain after `last_seq`."""

    first_seq: Seq
    last_seq: Seq
    counts: Annotated[dict[Kind, Count], Field(max_length=256, description="rows lost, by kind")]
    chain: Chain

    @classmethod
    def of(cls, hole: Hole) -> HoleSent:
        """`hole` as it travels."""
        return cls(first_seq=hole.first_seq, last_seq=hole.last_seq, counts=dict(hole.counts), chain=hole.chain.hex())


# ---------------------------------------------------------------- up


class Status(Payload):
    """Whether the station's link is connected; the broker says offline when the connection dies. A hint."""

    online: bool


class JournalTold(Payload):
    """What a station holds of one journal. `cursor_seq` is what it believes to be stored at the office."""

    journal: Identifier
    first_seq: Seq
    tail_seq: SeqOrNone
    head: Chain
    cursor_seq: SeqOrNone
    closed: bool


class Hello(Payload):
    """A station asks what the office knows: on connect and every ten minutes."""

    nonce: Nonce
    boot: Boot
    journals: Annotated[list[JournalTold], Field(max_length=MAX_JOURNALS)]
    documents: Annotated[dict[Name, Count], Field(max_length=MAX_DOCUMENTS, description="name: version held")]


class Events(Payload):
    """Consecutive rows and holes of one journal; `head` is the chain after the last of them."""

    journal: Identifier
    first_seq: Seq
    items: Annotated[list[RowSent | HoleSent], Field(min_length=1, max_length=MAX_ROWS)]
    head: Chain


class Alarm(Payload):
    """A copy of a safety row that overtakes the backlog: shown, never folded or counted; repeated until stored."""

    journal: Identifier
    row: RowSent


class Now(RootModel[Annotated[dict[Quantity, bool | int | float | str], Field(min_length=1, max_length=8)]]):
    """The last levels of a device or of one channel of it, by quantity, for dashboards and Home Assistant. A hint."""

    model_config = ConfigDict(frozen=True)


class Health(Payload):
    """The station's health document. A newer one has a higher `tail_seq`, or the same and a higher `counter`."""

    journal: Identifier
    tail_seq: SeqOrNone
    counter: Count
    document: dict[str, JsonValue]


class NonceGiven(Payload):
    """The station's answer to `down/ask`: one order may name this nonce within 30 s."""

    ask_id: Identifier
    nonce: Nonce


class WordsSent(Payload):
    """One line for people, in both languages."""

    zh: Line
    en: Line


class Reply(Payload):
    """What became of an order: accepted (granted), then done (the contact shows it open) or unknown; or refused."""

    order_id: Identifier
    result: Literal["accepted", "done", "refused", "unknown"]
    reason: Annotated[str, Field(max_length=64)]
    words: WordsSent


# ---------------------------------------------------------------- down


class JournalKnown(Payload):
    """What the office has stored of one journal: rows up to `stored_seq`, and the chain there."""

    journal: Identifier
    stored_seq: SeqOrNone
    head: Chain


class DocumentKnown(Payload):
    """The version of a document that counts, and the SHA-256 of its bytes."""

    version: Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class HelloAnswer(Payload):
    """The office's answer to the hello with this nonce. `office_ms` is unix time."""

    nonce: Nonce
    office_ms: Milliseconds
    journals: Annotated[list[JournalKnown], Field(max_length=MAX_JOURNALS)]
    documents: Annotated[dict[Name, DocumentKnown], Field(max_length=MAX_DOCUMENTS)]


class Stored(Payload):
    """The office has committed a journal's rows up to `seq`, where the chain is `head`.

    `alarms_seen` are safety rows above `seq` of which only the copy is there.
    """

    journal: Identifier
    seq: SeqOrNone
    head: Chain
    alarms_seen: Annotated[list[Seq], Field(max_length=MAX_ALARMS_SEEN)]


class Ask(Payload):
    """The office wants to place an order without a person at the screen and asks for a nonce."""

    ask_id: Identifier
    service: Name
    action: Name


# ---------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic below `stations/<id>/`. `name` may end in `+`, for which `names` is the pattern.

    `purpose` is what its signature is made for; "" where there is none of ours (hints), and for orders and documents,
    which are signed in themselves (`content_type` is not JSON). `expiry_seconds`: the broker throws the message away
    after that long; None: never. Longer payloads than `max_bytes` are dropped unread.
    """

    name: str
    model: type[BaseModel] | None
    purpose: str
    qos: Literal[0, 1]
    retained: bool
    expiry_seconds: int | None
    max_bytes: int
    about: str
    content_type: str = "application/json"
    names: str = ""

    @property
    def up(self) -> bool:
        """From the station to the office."""
        return self.name.startswith("up/")


STATUS = Topic("up/status", Status, "", 1, True, None, 256, "online or offline; last will; a hint")
HELLO = Topic("up/hello", Hello, STATION_PURPOSE, 1, False, 60, MAX_DOWN_BYTES, "on connect and every ten minutes")
EVENTS = Topic("up/events", Events, STATION_PURPOSE, 1, False, None, MAX_EVENTS_BYTES, "rows and holes, in order")
ALARM = Topic("up/alarm", Alarm, STATION_PURPOSE, 1, False, 600, MAX_BATCH_BYTES, "copies of safety rows that overtake")
NOW = Topic("up/now/+", Now, "", 0, True, None, 4096, "last levels of a device; a hint", names=HINT_PATTERN)
HEALTH = Topic("up/health", Health, STATION_PURPOSE, 1, True, None, MAX_BATCH_BYTES, "the health document")
NONCE = Topic("up/nonce", NonceGiven, STATION_PURPOSE, 1, False, ORDER_EXPIRY_SECONDS, 1024, "the answer to an ask")
REPLY = Topic("up/reply", Reply, STATION_PURPOSE, 1, False, ORDER_EXPIRY_SECONDS, 4096, "what became of an order")
HELLO_ANSWER = Topic("down/hello", HelloAnswer, "hello", 1, False, 60, MAX_DOWN_BYTES, "what the office knows")
STORED = Topic("down/stored", Stored, "stored", 1, False, 600, MAX_DOWN_BYTES, "cumulative acknowledgement")
ASK = Topic("down/ask", Ask, "operate", 1, False, ORDER_EXPIRY_SECONDS, 1024, "the office asks for a nonce")
ORDER = Topic(
    "down/order", None, "", 1, False, ORDER_EXPIRY_SECONDS, MAX_ORDER_BYTES, "an order, as SO1: text", "text/plain"
)
DOCUMENT = Topic(
    "down/document/+",
    None,
    "",
    1,
    True,
    None,
    MAX_DOCUMENT_BYTES,
    "a signed document",
    content_type="application/cose",
    names=NAME_PATTERN,
)

TOPICS = (
    STATUS,
    HELLO,
    EVENTS,
    ALARM,
    NOW,
    HEALTH,
    NONCE,
    REPLY,
    HELLO_ANSWER,
    STORED,
    ASK,
    ORDER,
    DOCUMENT,
)
"""Everything that travels between a station and the office."""

_EXACT = {topic.name: topic for topic in TOPICS if not topic.name.endswith("+")}
_OPEN = {topic.name.removesuffix("+"): topic for topic in TOPICS if topic.name.endswith("+")}


@dataclass(frozen=True, slots=True)
class Publication:
    """One message to publish. `expiry_seconds`: the broker throws it away after that long; None: never."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    expiry_seconds: int | None = None
    content_type: str = ""
    properties: tuple[tuple[str, str], ...] = ()


def publication(
    station: str, topic: Topic, payload: bytes, *, name: str = "", signed: tuple[bytes, bytes] | None = None
) -> Publication:
    """`payload` as `topic` wants it published; `name` where the topic ends in `+`, `signed` is key id and signature."""
    kid_and_signature = () if signed is None else zip((PROPERTY_KEY_ID, PROPERTY_SIGNATURE), signed, strict=True)
    return Publication(
        topic=address(station, name or topic.name),
        payload=payload,
        qos=topic.qos,
        retain=topic.retained,
        expiry_seconds=topic.expiry_seconds,
        content_type=topic.content_type,
        properties=tuple((key, value.hex()) for key, value in kid_and_signature),
    )


def property_bytes(properties: Iterable[tuple[str, str]], name: str) -> bytes:
    """A user property in hex as bytes; empty when it is missing, twice, or not hex."""
    values = [value for key, value in properties if key == name]
    try:
        return bytes.fromhex(values[0]) if len(values) == 1 else b""
    except ValueError:
        return b""


def address(station: str, name: str) -> str:
    """The whole MQTT topic of `name` (`up/hello`, `down/document/ring`)."""
    return f"stations/{station}/{name}"


def hint_name(point: str) -> str:
    """The name below `stations/<id>/` of the levels of a device or channel: `up/now/cells.7`."""
    return NOW.name.removesuffix("+") + point.replace(CHANNEL_MARK, HINT_MARK)


def find(topic: str) -> tuple[str, str, Topic] | None:
    """The station, the name below it and the entry of a whole MQTT topic; None for any other topic."""
    first, _, rest = topic.partition("/")
    station, _, name = rest.partition("/")
    if first != "stations" or not STATION.fullmatch(station):
        return None
    entry = _EXACT.get(name)
    if entry is not None:
        return station, name, entry
    group, _, last = name.rpartition("/")
    entry = _OPEN.get(group + "/")
    if entry is None or not re.fullmatch(entry.names, last):
        return None
    return station, name, entry
