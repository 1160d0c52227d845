"""A whole office for tests of its pages: real database, keys, signatures and ingest; only the broker is a list."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from central.about import About
from central.changes import Changes
from central.desk import Desk
from central.enrol import add_station, init_office, read_office_ring
from central.ingest import Ingest, Received
from central.issue import Issuer
from central.keys import DESK, DOCUMENTS, HOLDERS_FILE, INGEST, read_desk_secret, read_key, read_signer
from central.office import Office
from central.serve import pages_secret
from central.store import open_store
from central.web import make_app, make_server
from central.web_people import write_invitation
from drivers.contract import Row
from station.events import Event, body_of, first_chain, next_chain
from station.trust.holders import Role
from station.trust.keys import SigningKey
from station.trust.messages import STATION_PURPOSE, sign_message
from sync import contract
from sync.contract import Alarm, Events, Health, NonceGiven, Publication, Reply, RowSent, Status, Topic, WordsSent

POD = "fumin-pod-1"
NONCE = "JBSWY3DPEHPK3PXP"
JOURNAL = "0" * 31 + "1"
BOOT = "00000000000000b1"
HELP_PHONE = "0755-8888 1234"
OFFICE_PHONE = "0755-0000 0000"

ABOUT = {
    POD: About.model_validate(
        {
            "name": {"zh": "富民公园阅读微空间·阅山房", "en": "Fumin Park reading pod"},
            "kind": "reading-pod",
            "help_phone": HELP_PHONE,
            "services": [
                {"name": "door", "type": "door", "words": {"zh": "阅读室", "en": "Reading room"}},
                {"name": "sos", "type": "alarm", "words": {"zh": "求助按钮", "en": "Help button"}},
            ],
        }
    ),
    "futian-rest": About.model_validate(
        {
            "name": {"zh": "福田骑手驿站", "en": "Futian courier rest stop"},
            "kind": "courier-rest",
            "services": [
                {"name": "front", "type": "door", "words": {"zh": "前门", "en": "Front door"}},
                {"name": "back", "type": "door", "words": {"zh": "后门", "en": "Back door"}},
            ],
        }
    ),
}

HEALTH: dict[str, Any] = {
    "light": "look",
    "findings": [
        {
            "about": "strike",
            "light": "ok",
            "zh": "正常",
            "en": "Fine",
            "next_zh": "不用处理",
            "next_en": "Nothing to do",
        },
        {
            "about": "radar",
            "light": "look",
            "zh": "没有响应",
            "en": "Does not answer",
            "next_zh": "检查插头和线",
            "next_en": "Check plug and cable",
        },
    ],
}


class Counter:
    """An office with two stations, and what its broker would carry. `connected` False: there is no broker now."""

    def __init__(self, path: Path) -> None:
        now_s = int(time.time())
        self.folder = init_office(path, ["127.0.0.1"], now_s=now_s, tls=False)
        self.store = open_store(self.folder.database_url)
        self.ring = read_office_ring(self.folder)
        self.connected = True
        self.published: list[Publication] = []
        self.answer_asks = True
        changes = Changes()
        self.desk = Desk(self.store, changes.tell)
        self.ingest = Ingest(self.store, read_signer(self.folder.keys, [INGEST], self.ring), changes.tell)
        self.office = Office(
            self.store,
            Issuer(read_signer(self.folder.keys, [DESK], self.ring), read_desk_secret(self.folder.keys, HOLDERS_FILE)),
            read_signer(self.folder.keys, [DOCUMENTS], self.ring),
            self.desk,
            self._publish,
            changes,
        )
        self.keys: dict[str, SigningKey] = {}
        for station, about in ABOUT.items():
            bundle = add_station(self.folder, self.store, station, about, now_s * 1000)
            self.keys[station] = read_key(bundle / "keys" / "station.ed25519")
        self.secret = pages_secret(self.folder)
        self._seq, self._head, self._told = 0, first_chain(JOURNAL), 0

    @contextmanager
    def serving(self, public_url: str = "") -> Iterator[str]:
        """The pages on a real server, on loopback; gives its address."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"http://localhost:{listener.getsockname()[1]}"
            app = make_app(self.office, self.secret, public_url=public_url or address, help_phone=OFFICE_PHONE)
            server = make_server(app, "127.0.0.1", 0)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield address
            finally:
                server.should_exit = True
                thread.join()

    def invitation(self, role: str, seconds: int = 3600) -> str:
        """The path of an invitation for somebody new."""
        person = self.office.new_person(Role.KEEPER if role == "office" else Role(role))
        return f"/join/{write_invitation(self.secret, person, role, int(time.time()) + seconds)}"

    def orders(self) -> list[str]:
        """The texts of all orders that went to the broker."""
        return [sent.payload.decode() for sent in self.published if sent.topic.endswith("/down/order")]

    # ---------------------------------------------------------------- what a station tells

    def reply(self, order_id: str, result: str, reason: str, zh: str, en: str, station: str = POD) -> None:
        words = WordsSent(zh=zh, en=en)
        told = Reply.model_validate({"order_id": order_id, "result": result, "reason": reason, "words": words})
        self.desk.receive_all([self._signed(station, contract.REPLY, told)])

    def health(self, document: Mapping[str, Any], station: str = POD) -> None:
        self._told += 1
        told = Health(journal=JOURNAL, tail_seq=self._seq, counter=self._told, document=dict(document))
        self.ingest.receive_all([self._signed(station, contract.HEALTH, told)])

    def online(self, online: bool, station: str = POD) -> None:
        payload = Status(online=online).model_dump_json().encode()
        self.ingest.receive_all([Received(contract.address(station, "up/status"), payload, (), self._now_ms())])

    def events(self, *events: Event, station: str = POD) -> None:
        """Rows of the station's journal, one for each event."""
        rows = [self._row(event) for event in events]
        items = [RowSent.of(row) for row in rows]
        told = Events(journal=JOURNAL, first_seq=rows[0].seq, items=list(items), head=self._head.hex())
        self.ingest.receive_all([self._signed(station, contract.EVENTS, told)])

    def alarm_ahead(self, event: Event, station: str = POD) -> None:
        """The copy of a row that overtakes a backlog of a hundred rows."""
        row = Row(self._seq + 100, self._now_ms(), BOOT, 1, event.priority, type(event).__name__, body_of(event))
        told = Alarm(journal=JOURNAL, row=RowSent.of(row))
        self.ingest.receive_all([self._signed(station, contract.ALARM, told)])

    def _row(self, event: Event) -> Row:
        self._seq += 1
        row = Row(self._seq, self._now_ms(), BOOT, self._seq, event.priority, type(event).__name__, body_of(event))
        self._head = next_chain(self._head, row)
        return row

    def _publish(self, sent: Publication) -> bool:
        if not self.connected:
            return False
        self.published.append(sent)
        if sent.topic.endswith("/down/ask") and self.answer_asks:
            asked = contract.Ask.model_validate_json(sent.payload)
            given = NonceGiven(ask_id=asked.ask_id, nonce=NONCE)
            self.desk.receive_all([self._signed(sent.topic.split("/")[1], contract.NONCE, given)])
        return True

    def _signed(self, station: str, topic: Topic, value: BaseModel) -> Received:
        payload = value.model_dump_json().encode()
        key = self.keys[station]
        signature = sign_message(key, purpose=STATION_PURPOSE, station=station, name=topic.name, payload=payload)
        properties = (
            (contract.PROPERTY_KEY_ID, key.kid.hex()),
            (contract.PROPERTY_SIGNATURE, signature.hex()),
        )
        return Received(contract.address(station, topic.name), payload, properties, self._now_ms())

    @staticmethod
    def _now_ms() -> int:
        return time.time_ns() // 1_000_000


@contextmanager
def open_counter(path: Path) -> Iterator[Counter]:
    counter = Counter(path)
    try:
        yield counter
    finally:
        counter.store.close()
