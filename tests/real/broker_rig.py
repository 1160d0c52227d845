"""An office, a real broker and stations: everything real but the station's rules, which are a few lines here."""

from __future__ import annotations

import contextlib
import queue
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from central.authority import Authority
from central.config import Folder
from central.enrol import add_station, init_office
from central.keys import OFFLINE
from central.serve import RunningOffice, open_office
from central.store import open_store
from drivers.contract import Drain, Greet, LinkUp, MessageReceived, Signal
from simulator.wires.embedded_broker import as_ourselves, mosquitto_program, running
from simulator.wires.free_port import free_port
from station.keys import StationKeys, read_keys
from station.trust.keys import Purpose
from station.trust.messages import sign_message, strict_json, verify_message
from station.trust.ring import read_ring
from sync.link import Link, PahoTransport, Settings
from tests.central.house import ABOUT
from tests.sync.rows import BOOT, Ledger

POD, OTHER = "pod-1", "pod-2"
WAIT_SECONDS = 20.0
OBSERVER = "observer"
OBSERVER_ACL = f"\nuser {OBSERVER}\ntopic readwrite #\n"


class RealClock:
    def steady_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def rest(self, milliseconds: int) -> None:
        time.sleep(milliseconds / 1000)


class Site:
    """An office's folder with two stations, and its Mosquitto with the shipped configuration."""

    def __init__(self, path: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.folder: Folder = init_office(path, ["127.0.0.1", "localhost"], now_s=int(time.time()), port=self.port)
        store = open_store(self.folder.database_url)
        self.bundles = {
            name: add_station(self.folder, store, name, ABOUT, time.time_ns() // 1_000_000) for name in (POD, OTHER)
        }
        store.close()
        self.broker = self.folder.path / "broker"
        self.process: subprocess.Popen[bytes] | None = None
        self._stop = contextlib.ExitStack()
        authority = Authority(self.folder.keys / OFFLINE / "ca.key", self.folder.tls / "ca.pem")
        authority.sign_client(OBSERVER, self.folder.tls / f"{OBSERVER}.key", self.folder.tls / f"{OBSERVER}.pem")
        with (self.broker / "acl").open("a") as acl:
            acl.write(OBSERVER_ACL)
        with (self.broker / "mosquitto.conf").open("a") as conf:
            conf.write(as_ourselves())

    def start_broker(self) -> None:
        program = mosquitto_program()
        assert program is not None
        command = [program, "-c", str(self.broker / "mosquitto.conf")]
        self.process = self._stop.enter_context(running(command, self.port, self.broker / "log"))

    def stop_broker(self, *, kill: bool = False) -> None:
        if kill and self.process is not None:
            self.process.kill()
            self.process.wait()
        self._stop.close()

    @contextlib.contextmanager
    def broker_running(self) -> Iterator[Site]:
        self.start_broker()
        try:
            yield self
        finally:
            self.stop_broker()

    @contextlib.contextmanager
    def office(self) -> Iterator[RunningOffice]:
        with open_office(self.folder) as running_office:
            assert all(connection.wait_until_up(WAIT_SECONDS) for connection in running_office.connections)
            yield running_office

    def backup(self, place: Path) -> None:
        """Copy the database of an office that is not running."""
        shutil.copyfile(self.folder.path / "office.db", place)

    def restore(self, place: Path) -> None:
        for file in self.folder.path.glob("office.db*"):
            file.unlink()
        shutil.copyfile(place, self.folder.path / "office.db")

    def files(self, name: str) -> tuple[Path, Path, Path]:
        """CA, certificate and key of a station or a part of the office."""
        if name in self.bundles:
            keys = self.bundles[name] / "keys"
            return keys / "ca.pem", keys / "client.pem", keys / "client.key"
        tls = self.folder.tls
        return tls / "ca.pem", tls / f"{name}.pem", tls / f"{name}.key"


class Pod:
    """A station's real link on a journal in memory. Its rules do only what moves cursors."""

    def __init__(self, site: Site, station: str = POD, *ledgers: Ledger, port: int | None = None) -> None:
        self.station = station
        self.ledgers = {ledger.journal: ledger for ledger in ledgers}
        self.believes = True
        self.signals: list[Signal] = []
        self.inbox: list[MessageReceived] = []
        keys = read_keys(site.bundles[station])
        assert keys is not None
        self.keys: StationKeys = keys
        self.ring = read_ring((site.bundles[station] / "documents" / "ring.cose").read_bytes(), keys.roots)
        self._greetings = 0
        self._clock = RealClock()
        self._settings = Settings(
            host="127.0.0.1",
            port=port or site.port,
            ca_file=keys.ca_file,
            certificate_file=keys.certificate_file,
            key_file=keys.private_file,
            discovery=True,
        )
        self.transport = PahoTransport(station, self._settings)
        self.link = Link(
            "link",
            self._settings,
            self.transport,
            self._clock,
            station=station,
            title="阅山房",
            sign=self._sign,
            read_on=lambda journal, after, limit: self.ledgers[journal].read_on(after, limit),
            random=Random(1),
        )

    def _sign(self, purpose: str, name: str, payload: bytes) -> tuple[bytes, bytes]:
        key = self.keys.key
        return key.kid, sign_message(key, purpose=purpose, station=self.station, name=name, payload=payload)

    def extents(self) -> tuple[Any, ...]:
        return tuple(ledger.extent() for ledger in self.ledgers.values())

    def drain(self) -> None:
        """A commit: tell the link how far it may read."""
        self.link.execute(Drain("link", self.extents()))

    def greet(self) -> None:
        self._greetings += 1
        self.link.execute(Greet("link", f"N{self._greetings}", BOOT, self.extents(), {}))

    def turn(self) -> None:
        """Poll once, and do what the rules would."""
        rest_ms = self.link.rest_ms()
        if rest_ms:
            time.sleep(min(rest_ms, 50) / 1000)
        for signal in self.link.poll():
            self.signals.append(signal)
            if isinstance(signal, LinkUp):
                self.greet()
            elif isinstance(signal, MessageReceived):
                self.inbox.append(signal)
                self._received(signal)

    def until(self, done: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        """Go on until `done`, or fail."""
        give_up = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < give_up, f"not within {seconds} s; signals: {self.signals[-5:]}"
            self.turn()

    def go_on(self, seconds: float) -> None:
        """Go on for a while, to see that something does not happen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()

    def connect(self) -> Pod:
        self.until(lambda: any(isinstance(signal, LinkUp) for signal in self.signals))
        return self

    def stored(self) -> bool:
        return all(ledger.cursor == ledger.tail for ledger in self.ledgers.values())

    def orders(self) -> list[bytes]:
        """What reached the inbox as an order."""
        return [message.payload for message in self.inbox if message.name == "order"]

    def _received(self, message: MessageReceived) -> None:
        purpose = {"stored": Purpose.STORED, "hello": Purpose.HELLO}.get(message.name)
        if purpose is None or not self.believes:
            return
        verify_message(
            self.ring,
            kid=message.kid,
            signature=message.signature,
            purpose=purpose,
            station=self.station,
            name=f"down/{message.name}",
            payload=message.payload,
            now_s=int(time.time()),
        )
        value: Any = strict_json(message.payload)
        if message.name == "stored":
            ledger = self.ledgers[value["journal"]]
            ledger.cursor = max(ledger.cursor, value["seq"])
        elif value["nonce"] == f"N{self._greetings}":
            for known in value["journals"]:
                self.ledgers[known["journal"]].cursor = known["stored_seq"]
        self.drain()

    def close(self) -> None:
        self.link.close()


class Client:
    """A plain MQTT client with the certificate of `name`; collects what is delivered to it."""

    def __init__(self, site: Site, name: str, *, client_id: str = "") -> None:
        self.arrived: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._puback: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id or name, protocol=mqtt.MQTTv5)
        ca_file, certificate_file, key_file = site.files(name)
        context = ssl.create_default_context(cafile=str(ca_file))
        context.load_cert_chain(str(certificate_file), str(key_file))
        self._client.tls_set_context(context)
        self._client.on_connect = lambda *arguments: self._ready.put(str(arguments[3]))
        self._client.on_subscribe = lambda *arguments: self._ready.put(str(arguments[3]))
        self._client.on_publish = lambda *arguments: self._puback.put((arguments[2], str(arguments[3])))
        self._client.on_message = lambda _client, _data, message: self.arrived.put(
            (message.topic, bytes(message.payload))
        )
        self._client.reconnect_delay_set(0, 0)  # Mosquitto 2.0 ends a connection with the first message that it refuses
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0
        self._client.connect("127.0.0.1", site.port, clean_start=True, properties=properties)
        self._client.loop_start()
        self.answer = self._ready.get(timeout=WAIT_SECONDS)

    def subscribe(self, topic: str) -> None:
        self._client.subscribe(topic, options=SubscribeOptions(qos=1, retainAsPublished=True))
        self._ready.get(timeout=WAIT_SECONDS)

    def publish(
        self, topic: str, payload: bytes = b"x", *, retain: bool = False, expiry: int | None = None, **properties: str
    ) -> str:
        """Publish with QoS 1; what the broker answered."""
        with_it = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry is not None:
            with_it.MessageExpiryInterval = expiry
        if properties:
            with_it.UserProperty = list(properties.items())
        published = self._client.publish(topic, payload, qos=1, retain=retain, properties=with_it)
        while True:
            mid, reason = self._puback.get(timeout=WAIT_SECONDS)
            if mid == published.mid:
                return reason

    def publish_all(self, topics: Iterable[str], payload: bytes) -> dict[str, str]:
        """Publish to all of them, one after the other; what the broker answered to each."""
        return {topic: self.publish(topic, payload) for topic in topics}

    def take(self, seconds: float = 0.3) -> list[tuple[str, bytes]]:
        """What was delivered until nothing came for a while."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self.arrived.get(timeout=seconds))
        return found

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def office_rows(running_office: RunningOffice, ledger: Ledger, station: str = POD) -> list[Any]:
    """Every row that the office has of a journal, in the order of storing."""
    with running_office.store.write() as transaction:
        record = transaction.journals([(station, ledger.journal)])[station, ledger.journal]
        return transaction.rows_from(record.id, 1, 1_000_000)
