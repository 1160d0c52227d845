"""The office of a world: the shipped ingest, desk and issuer on a database in memory, with keys of the seed.

What it really signs goes into the ledger; whatever else turns up at the station was forged.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from random import Random

from central import tables as t
from central.desk import Desk
from central.enrol import RING, keep_document
from central.held import Teller
from central.ingest import Ingest, Received
from central.issue import EVERYONE, Issuer, revocations_document
from central.keys import Signer
from central.reading import documents_for
from central.reading import reply as read_reply
from central.store import Store, Transaction, open_store
from central.views import Detail, IssuedPass, Reply
from config.models import StationFile
from simulator.wires.world_broker import WorldBroker
from simulator.world_ledger import Ledger
from simulator.world_time import EPOCH_MS, Agenda
from station.trust.claims import Pass, Uses
from station.trust.holders import Role, holder_id
from station.trust.keys import Algorithm, Key, Purpose, Ring, SigningKey, signing_key
from station.trust.nonces import read_nonce_text
from station.trust.orders import Order
from station.trust.ring import REVOKED, write_ring
from sync import contract
from sync.contract import Publication, publication

KEY_LIFE_SECONDS = 800 * 86_400
FOREIGN = "other-pod-9"
"""Another station of the same office; what is meant for it sometimes comes here."""
DATABASE, BACKUP = "office.db", "backup"
INGEST_NAMES = ("up/status", "up/hello", "up/events", "up/alarm", "up/health")
DESK_NAMES = ("up/nonce", "up/reply", "up/hello")
"""What each part of the office subscribes to."""
BUSY_MS = (3, 40)


class WorldOffice:
    """One office. Everything it does is on the agenda; `broker` carries what it says."""

    def __init__(
        self, folder: Path, file: StationFile, agenda: Agenda, random: Random, ledger: Ledger, broker: WorldBroker
    ) -> None:
        self.station = file.station.id
        self._folder = folder
        self._agenda = agenda
        self._random = random
        self._ledger = ledger
        self._broker = broker
        self.roots = [signing_key(random.randbytes(32)) for _ in range(2)]
        self.station_key = signing_key(random.randbytes(32))
        self._foreign_key = signing_key(random.randbytes(32))
        self.signer = self._make_keys()
        self.issuer = Issuer(self.signer, random.randbytes(32))
        self._withdrawn: frozenset[bytes] = frozenset()
        self._version = 1
        self._came: list[tuple[str, Publication]] = []
        folder.mkdir(parents=True)
        self._url = f"sqlite:///{folder / DATABASE}"
        self.store: Store
        self._open()
        with self.store.write() as transaction:
            for station, key in ((self.station, self.station_key), (FOREIGN, self._foreign_key)):
                about = json.dumps({"name": {"zh": station, "en": station}})
                values = {"station": station, "public_key": key.public(), "about": about, "added_ms": EPOCH_MS}
                transaction.put(t.stations, values, keys=("station",))
            self._keep_documents(transaction)
        broker.office = self._take

    def _make_keys(self) -> Signer:
        begins_s = EPOCH_MS // 1000 - 86_400
        keys: list[SigningKey] = []
        public: list[Key] = []
        for purpose in Purpose:
            for later_s in (0, KEY_LIFE_SECONDS // 2):
                key = signing_key(self._random.randbytes(32))
                window = (begins_s + later_s, begins_s + later_s + KEY_LIFE_SECONDS)
                public.append(Key(key.kid, Algorithm.EDDSA, purpose, key.public(), *window))
                keys.append(key)
        return Signer(tuple(keys), Ring(1, tuple(public)))

    def _open(self) -> None:
        self.store = open_store(self._url)
        self._ingest = Ingest(self.store, self.signer)
        self._desk = Desk(self.store, lambda _change: None)
        self._teller = Teller(self.store, self.signer, self._tell_holdings, lambda: self._agenda.wall_ms)

    def _tell_holdings(self, name: str, data: bytes, station: str) -> int:
        """Who holds what at a station whose journal is new."""
        self._broker.publish_down(publication(station, contract.DOCUMENT, data, name=f"down/document/{name}"))
        return 1

    def close(self) -> None:
        """Give the database back."""
        self.store.close()

    # ------------------------------------------------------------ what comes up

    def _take(self, message: Publication) -> None:
        """What comes while the office is busy is taken together, with one commit."""
        found = contract.find(message.topic)
        if found is None or found[1] not in (*INGEST_NAMES, *DESK_NAMES):
            return
        self._came.append((found[1], message))
        if len(self._came) == 1:
            self._agenda.after(self._random.randint(*BUSY_MS), self._handle)

    def _handle(self) -> None:
        came, self._came = self._came, []
        if not self._broker.office_is_there:
            return
        now_ms = self._agenda.wall_ms
        received = [(name, Received(one.topic, one.payload, one.properties, now_ms)) for name, one in came]
        answers = []
        if taken := [one for name, one in received if name in INGEST_NAMES]:
            answers += self._ingest.receive_all(taken)
        if taken := [one for name, one in received if name in DESK_NAMES]:
            answers += self._desk.receive_all(taken)
        for answer in answers:
            self._broker.publish_down(answer)
        if any(name == contract.EVENTS.name for name, _ in came):
            self._teller.look(self.station)

    # ------------------------------------------------------------ documents

    def _keep_documents(self, transaction: Transaction) -> None:
        now_ms = self._agenda.wall_ms
        ring = write_ring(self.signer.ring, self.roots[self._random.randrange(2)])
        keep_document(transaction, EVERYONE, RING, self.signer.ring.version, ring, now_ms)
        revoked = revocations_document(self.signer, self._version, self._withdrawn, now_ms // 1000)
        keep_document(transaction, EVERYONE, REVOKED, self._version, revoked, now_ms)

    def send_documents(self) -> None:
        """Publish every document as it stands now."""
        with self.store.read() as connection:
            documents = documents_for(connection, self.station)
        for name, data in documents:
            sent = publication(self.station, contract.DOCUMENT, data, name=f"down/document/{name}")
            self._broker.publish_down(sent)

    def withdraw(self, pass_id: str) -> None:
        """Put a pass on the list and tell every station."""
        self._withdrawn |= {bytes.fromhex(pass_id)}
        self._version += 1
        self._ledger.withdrawn[pass_id] = self._version
        with self.store.write() as transaction:
            self._keep_documents(transaction)
        self.send_documents()

    # ------------------------------------------------------------ orders and passes

    def order(
        self,
        service: str,
        nonce: str,
        person: str,
        *,
        role: Role = Role.RESIDENT,
        action: str = "open",
        purpose: Purpose = Purpose.ORDER,
        duration_s: int | None = None,
        station: str = "",
        send: bool = True,
        thing: str = "",
        count: int | None = None,
        reason: str = "",
        recipient: str = "",
    ) -> tuple[str, str]:
        """Sign an order and send it: its id and its text. `nonce` is what stands behind the screen's address."""
        station, order_id, now_s = station or self.station, self._random.randbytes(16), self._agenda.wall_ms // 1000
        text = self.issuer.order(
            order_id,
            station,
            service,
            action,
            nonce,
            person,
            role,
            now_s,
            purpose=purpose,
            duration_s=duration_s,
            detail=Detail(thing=thing, recipient=recipient, reason=reason, count=count),
        )
        holder = holder_id(self.issuer.holders_key, person, station)
        self._ledger.orders[order_id.hex()] = Order(
            order_id, station, None, service, action, read_nonce_text(nonce), holder, now_s, duration_s, role, purpose
        )
        self._ledger.codes[text] = order_id.hex()
        values = {"station": station, "service": service, "action": action, "person": person, "role": role.value}
        with self.store.write() as transaction:
            row = {"order_id": order_id.hex(), **values, "placed_ms": self._agenda.wall_ms}
            transaction.put(t.orders, row, keys=("order_id",))
        if send:
            self._broker.publish_down(publication(station, contract.ORDER, text.encode()))
        return order_id.hex(), text

    def ask(self, service: str, action: str) -> str:
        """Ask the station for a nonce; the id of the question."""
        ask_id = self._random.randbytes(16).hex()
        self._desk.expect(ask_id, self.station)
        asked = self.issuer.ask(ask_id, self.station, service, action, self._agenda.wall_ms // 1000)
        self._broker.publish_down(asked)
        return ask_id

    def nonce(self, ask_id: str) -> str | None:
        """The station's answer to a question; it is asked for once."""
        return self._desk.wait_nonce(ask_id, 0)

    def reply(self, order_id: str) -> Reply | None:
        """What became of an order so far."""
        with self.store.read() as connection:
            return read_reply(connection, order_id)

    def issue(
        self,
        services: tuple[str, ...],
        person: str,
        *,
        role: Role = Role.RESIDENT,
        audience: str = "",
        valid_seconds: int = 86_400,
        begins_in_s: int = 0,
        once: bool = False,
        phone_key: bytes | None = None,
    ) -> IssuedPass:
        """Sign a pass for this station (or `audience`)."""
        audience, pass_id, now_s = audience or self.station, self._random.randbytes(16), self._agenda.wall_ms // 1000
        begins_s = now_s + begins_in_s
        issued = self.issuer.pass_(
            pass_id,
            audience,
            services,
            person,
            role=role,
            not_before_s=begins_s,
            expires_s=begins_s + valid_seconds,
            one_time=once,
            phone_key=phone_key,
            now_s=now_s,
        )
        holder = holder_id(self.issuer.holders_key, person, audience)
        uses = Uses.ONE if once else Uses.UNLIMITED
        self._ledger.passes[pass_id.hex()] = Pass(
            pass_id, holder, audience, services, role, uses, now_s, begins_s, begins_s + valid_seconds, phone_key
        )
        self._ledger.codes[issued.text] = issued.pass_id
        return issued

    # ------------------------------------------------------------ its own misfortunes

    def back_up(self) -> None:
        """Copy the database, as it is now."""
        self.store.close()
        for name in self._files():
            shutil.copyfile(self._folder / name, self._folder / f"{BACKUP}-{name}")
        self._open()

    def restore(self) -> bool:
        """Go on from the older copy; the operator issues the newest documents again. False without a copy."""
        copies = sorted(self._folder.glob(f"{BACKUP}-*"))
        if not copies:
            return False
        self.store.close()
        for name in self._files():
            (self._folder / name).unlink()
        for copy in copies:
            shutil.copyfile(copy, self._folder / copy.name.removeprefix(f"{BACKUP}-"))
        self._open()
        with self.store.write() as transaction:
            self._keep_documents(transaction)
        self.send_documents()
        return True

    def _files(self) -> Iterable[str]:
        return [path.name for path in sorted(self._folder.glob(f"{DATABASE}*"))]
