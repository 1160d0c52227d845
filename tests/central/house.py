"""A whole office without a broker: real database, keys and signatures; what it publishes is a list."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from central import reading
from central.about import About
from central.changes import Changes
from central.desk import Desk
from central.enrol import add_station, init_office, publish_first_documents, read_office_ring
from central.held import Teller
from central.ingest import Ingest, Received
from central.issue import Issuer
from central.keys import DESK, DOCUMENTS, HOLDERS_FILE, INGEST, read_desk_secret, read_key, read_signer
from central.office import Office
from central.store import open_store
from central.views import Change
from drivers.contract import Row
from station.events import read_event
from station.state import Recorded, fold
from station.trust.keys import Purpose, SigningKey
from station.trust.messages import STATION_PURPOSE, sign_message, verify_message
from sync import contract
from sync.contract import Alarm, Hello, HelloAnswer, JournalTold, Publication, RowSent, Stored, Topic
from sync.outbox import Request, pack
from tests.sync.rows import BOOT, Ledger

POD, OTHER = "pod-1", "pod-2"
NOW_MS = 1_795_000_000_000
ABOUT = About.model_validate(
    {
        "name": {"zh": "阅山房", "en": "Reading pod"},
        "kind": "reading-pod",
        "help_phone": "0760-1",
        "services": [
            {"name": "door", "type": "door", "words": {"zh": "门", "en": "Door"}},
            {"name": "sos", "type": "alarm", "words": {"zh": "求助", "en": "Help"}},
        ],
    }
)


def folded(ledger: Ledger) -> Recorded:
    """What a station knows after its own rows."""
    recorded = Recorded()
    for row in ledger.items:
        assert isinstance(row, Row)
        event = read_event(row.kind, row.body)
        assert event is not None
        recorded = fold(recorded, event, row)
    return recorded


class House:
    """An office with two stations. `published` is what its desk sent; `connected` False: it has no broker now."""

    def __init__(self, path: Path, database_url: str = "") -> None:
        self.now_ms = NOW_MS
        self.folder = init_office(path, ["127.0.0.1"], now_s=NOW_MS // 1000, tls=False)
        self.url = database_url or self.folder.database_url
        self.store = open_store(self.url)
        self.ring = read_office_ring(self.folder)
        self.documents = read_signer(self.folder.keys, [DOCUMENTS], self.ring)
        publish_first_documents(self.folder, self.store, self.documents, NOW_MS)
        self.keys = {station: self.add(station) for station in (POD, OTHER)}
        self.published: list[Publication] = []
        self.connected = True
        self.changes: list[Change] = []
        changes = Changes()
        changes.subscribe(self.changes.append)
        self.ingest = Ingest(self.store, read_signer(self.folder.keys, [INGEST], self.ring), changes.tell)
        self.desk = Desk(self.store, changes.tell)
        issuer = Issuer(
            read_signer(self.folder.keys, [DESK], self.ring), read_desk_secret(self.folder.keys, HOLDERS_FILE)
        )
        self.office = Office(
            self.store, issuer, self.documents, self.desk, self.publish, changes, now_ms=lambda: self.now_ms
        )
        self.teller = Teller(self.store, self.documents, self.office.send_document, lambda: self.now_ms)

    def add(self, station: str) -> SigningKey:
        return read_key(add_station(self.folder, self.store, station, ABOUT, NOW_MS) / "keys" / "station.ed25519")

    def close(self) -> None:
        self.store.close()

    def publish(self, publication: Publication) -> bool:
        if self.connected:
            self.published.append(publication)
        return self.connected

    # ---------------------------------------------------------------- what a station sends

    def signed(
        self,
        topic: Topic,
        payload: BaseModel | bytes,
        station: str = POD,
        *,
        key: SigningKey | None = None,
        signed_for: Mapping[str, str] | None = None,
    ) -> Received:
        """A message of a station. `signed_for` replaces what its signature is made for: station, name or purpose."""
        body = payload if isinstance(payload, bytes) else payload.model_dump_json().encode()
        key = key or self.keys[station]
        named = {"purpose": STATION_PURPOSE, "station": station, "name": topic.name, **(signed_for or {})}
        signature = sign_message(key, payload=body, **named)
        properties = ((contract.PROPERTY_KEY_ID, key.kid.hex()), (contract.PROPERTY_SIGNATURE, signature.hex()))
        return Received(contract.address(station, topic.name), body, properties, self.now_ms)

    def batch(self, ledger: Ledger, after_seq: int = 0, last_seq: int = 0, station: str = POD) -> Received:
        """Rows of a journal after `after_seq` as the link packs them."""
        tail_seq = last_seq or ledger.tail
        request = Request(ledger.journal, after_seq, tail_seq, tail_seq - after_seq)
        items = [
            item
            for item in ledger.read_on(after_seq, request.limit)
            if not isinstance(item, Row) or item.seq <= tail_seq
        ]
        packed = pack(request, items)
        assert packed is not None
        return self.signed(contract.EVENTS, packed.payload, station)

    def alarm(self, ledger: Ledger, row: Row, station: str = POD) -> Received:
        return self.signed(contract.ALARM, Alarm(journal=ledger.journal, row=RowSent.of(row)), station)

    def hello(
        self, *ledgers: Ledger, station: str = POD, nonce: str = "AAAA", documents: Mapping[str, int] | None = None
    ) -> Received:
        told = [
            JournalTold(
                journal=ledger.journal,
                first_seq=1,
                tail_seq=ledger.tail,
                head=ledger.head.hex(),
                cursor_seq=ledger.cursor,
                closed=ledger.closed,
            )
            for ledger in ledgers
        ]
        hello = Hello(nonce=nonce, boot=BOOT, journals=told, documents=dict(documents or {}))
        return self.signed(contract.HELLO, hello, station)

    # ---------------------------------------------------------------- what the office says and knows

    def take(self, *messages: Received) -> list[Publication]:
        return self.ingest.receive_all(messages)

    def words(self, answers: list[Publication], station: str = POD) -> list[Stored]:
        """The acknowledgements among `answers`, verified as a station does."""
        address = contract.address(station, contract.STORED.name)
        found = [answer for answer in answers if answer.topic == address]
        for answer in found:
            self.verify(answer, station, contract.STORED.name, Purpose.STORED)
        return [Stored.model_validate_json(answer.payload) for answer in found]

    def hello_answer(self, answers: list[Publication], station: str = POD) -> HelloAnswer:
        address = contract.address(station, contract.HELLO_ANSWER.name)
        (answer,) = (answer for answer in answers if answer.topic == address)
        self.verify(answer, station, contract.HELLO_ANSWER.name, Purpose.HELLO)
        return HelloAnswer.model_validate_json(answer.payload)

    def verify(self, answer: Publication, station: str, name: str, purpose: Purpose) -> None:
        verify_message(
            self.ring,
            kid=contract.property_bytes(answer.properties, contract.PROPERTY_KEY_ID),
            signature=contract.property_bytes(answer.properties, contract.PROPERTY_SIGNATURE),
            purpose=purpose,
            station=station,
            name=name,
            payload=answer.payload,
            now_s=self.now_ms // 1000,
        )

    def stored(self, ledger: Ledger, station: str = POD) -> list[Row]:
        """Every stored row of a journal."""
        with self.store.write() as transaction:
            record = transaction.journals([(station, ledger.journal)])[station, ledger.journal]
            return transaction.rows_from(record.id, 1, 1_000_000)

    def faults(self) -> dict[tuple[str, str, str], int]:
        """Messages that were not taken: (station, name, reason): count."""
        with self.store.read() as connection:
            return reading.faults(connection)

    def conflicts(self) -> list[tuple[int, str]]:
        with self.store.read() as connection:
            return [(found["seq"], found["what"]) for found in reading.conflicts(connection)]
