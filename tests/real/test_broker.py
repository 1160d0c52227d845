"""Against a real Mosquitto with mutual TLS and the shipped configuration and access list."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from central.authority import Authority, make_authority
from central.enrol import remove_station
from central.store import open_store
from drivers.contract import (
    JunkReceived,
    LinkDown,
    LinkUp,
    MessageReceived,
    Quantity,
    SendAlarm,
    SendLevel,
    SendNonce,
    SendReply,
    Words,
)
from simulator.wires.embedded_broker import mosquitto_program
from station.events import DoorForced
from station.trust.nonces import nonce_text
from station.trust.orders import read_order
from sync import contract
from tests.real.broker_rig import OBSERVER, OTHER, POD, Client, Pod, Site, office_rows
from tests.sync.rows import JOURNAL, OLD_JOURNAL, Ledger

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(mosquitto_program() is None, reason="mosquitto is not installed (apt install mosquitto)"),
]
OFFICE = ("office_ingest", "office_desk", "office_tool", "home_assistant")
EVERYBODY = (POD, OTHER, *OFFICE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One broker for the tests that change nothing in it."""
    with Site(tmp_path_factory.mktemp("site") / "office").broker_running() as running_site:
        yield running_site


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A broker that the test may stop and kill."""
    site = Site(tmp_path / "office")
    with site.broker_running():
        yield site


@contextlib.contextmanager
def pod_at(site: Site, *ledgers: Ledger, station: str = POD) -> Iterator[Pod]:
    pod = Pod(site, station, *ledgers)
    try:
        yield pod.connect()
    finally:
        pod.close()


# ---------------------------------------------------------------- who may do what: what is delivered, not what is said

UP = ("up/status", "up/hello", "up/events", "up/alarm", "up/now/radar", "up/health", "up/nonce", "up/reply")
DOWN = ("down/hello", "down/stored", "down/order", "down/ask", "down/document/ring")
STATION_TOPICS = [f"stations/{station}/{name}" for station in (POD, OTHER) for name in (*UP, *DOWN)]
STRANGE_TOPICS = [
    "stations/pod-1",
    "stations/pod-1/x",
    "homeassistant/device/pod-1/config",
    "homeassistant/device/pod-2/config",
    "homeassistant/status",
    "homeassistant/lock/x/set",
    "other",
]
ORDERS_AND_DOCUMENTS = ("down/order", "down/ask", "down/document/ring")
ANSWERS = ("up/nonce", "up/reply", "up/hello")
TELLS = ("up/status", "up/hello", "up/events", "up/alarm", "up/health")


def at_both(names: tuple[str, ...]) -> set[str]:
    return {f"stations/{station}/{name}" for station in (POD, OTHER) for name in names}


MAY_WRITE = {
    POD: {*(f"stations/{POD}/{name}" for name in UP), "homeassistant/device/pod-1/config"},
    OTHER: {*(f"stations/{OTHER}/{name}" for name in UP), "homeassistant/device/pod-2/config"},
    "office_ingest": at_both(("down/hello", "down/stored")),
    "office_desk": at_both(ORDERS_AND_DOCUMENTS),
    "office_tool": at_both(ORDERS_AND_DOCUMENTS),
    "home_assistant": {"homeassistant/status"},
}
BIRTH = {"homeassistant/status"}
"""Everybody may hear that Home Assistant has started."""
MAY_READ = {
    POD: {f"stations/{POD}/{name}" for name in DOWN} | BIRTH,
    OTHER: {f"stations/{OTHER}/{name}" for name in DOWN} | BIRTH,
    "office_ingest": at_both(TELLS) | BIRTH,
    "office_desk": at_both(ANSWERS) | BIRTH,
    "office_tool": at_both(ANSWERS) | BIRTH,
    "home_assistant": at_both(("up/status", "up/now/radar"))
    | {topic for topic in STRANGE_TOPICS if topic.startswith("homeassistant/")},
}


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_gets_a_message_onto_a_topic_that_is_not_his(site: Site, who: str) -> None:
    with Client(site, OBSERVER) as observer, Client(site, who) as client:
        observer.subscribe("#")
        observer.take()
        answers = client.publish_all((*STATION_TOPICS, *STRANGE_TOPICS), who.encode())
        delivered = {topic for topic, payload in observer.take() if payload == who.encode()}
    assert delivered == MAY_WRITE[who]
    assert {topic for topic, answer in answers.items() if answer != "Not authorized"} == delivered


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_is_given_what_is_not_for_him(site: Site, who: str) -> None:
    with Client(site, OBSERVER) as observer, Client(site, who) as client:
        client.subscribe("#")
        client.subscribe("stations/+/#")
        client.subscribe("stations/+/down/+")
        client.take()
        observer.publish_all((*STATION_TOPICS, *STRANGE_TOPICS), b"for " + who.encode())
        delivered = {topic for topic, payload in client.take() if payload == b"for " + who.encode()}
    assert delivered == MAY_READ[who]


def test_a_station_cannot_throw_out_another_by_its_client_id(site: Site) -> None:
    with pod_at(site) as pod, Client(site, OTHER, client_id=POD) as impostor:
        assert impostor.answer == "Success"
        pod.go_on(1)
        assert not any(isinstance(signal, LinkDown) for signal in pod.signals)


def test_without_a_certificate_of_this_office_nobody_gets_in(site: Site, tmp_path: Path) -> None:
    make_authority(tmp_path / "ca.key", tmp_path / "ca.pem")
    Authority(tmp_path / "ca.key", tmp_path / "ca.pem").sign_client(POD, tmp_path / "x.key", tmp_path / "x.pem")
    ca_file, _, _ = site.files(POD)
    for certificate in (None, (tmp_path / "x.pem", tmp_path / "x.key")):
        context = ssl.create_default_context(cafile=str(ca_file))
        if certificate is not None:
            context.load_cert_chain(*map(str, certificate))
        assert not _mqtt_connects(site.port, context)
    assert not _mqtt_connects(site.port, None)
    good = ssl.create_default_context(cafile=str(ca_file))
    good.load_cert_chain(*map(str, site.files(POD)[1:]))
    assert _mqtt_connects(site.port, good)


def _mqtt_connects(port: int, context: ssl.SSLContext | None) -> bool:
    """Whether the broker answers a CONNECT (MQTT 5, clean start, client id c) with success."""
    packet = b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x1e\x00\x00\x01c"
    try:
        with contextlib.ExitStack() as stack:
            opened: socket.socket = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            if context is not None:
                opened = stack.enter_context(context.wrap_socket(opened, server_hostname="127.0.0.1"))
            opened.sendall(packet)
            answer = opened.recv(4)
            return len(answer) == 4 and answer[0] == 0x20 and answer[3] == 0
    except OSError:
        return False


def test_a_removed_station_does_not_get_in_after_the_broker_s_restart(own_site: Site) -> None:
    pod = Pod(own_site).connect()
    store = open_store(own_site.folder.database_url)
    files = {name: name.read_bytes() for name in own_site.files(POD)}
    remove_station(own_site.folder, store, POD, time.time_ns() // 1_000_000)
    store.close()
    for name, data in files.items():  # the thief has the station's card
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_bytes(data)
    own_site.stop_broker()
    own_site.start_broker()
    pod.signals.clear()
    pod.go_on(6)
    assert not any(isinstance(signal, LinkUp) for signal in pod.signals)
    details = [signal.detail for signal in pod.signals if isinstance(signal, LinkDown)]
    assert any("revoked" in detail or "TLS" in detail or "ended" in detail for detail in details), details
    pod.close()


def test_a_broker_that_is_not_the_office_s_is_not_believed(own_site: Site, tmp_path: Path) -> None:
    stranger = Site(tmp_path / "stranger", port=own_site.port)
    own_site.stop_broker()
    with stranger.broker_running():
        pod = Pod(own_site)
        pod.until(lambda: pod.signals)
        (signal,) = pod.signals
        assert isinstance(signal, LinkDown)
        assert "certificate does not hold" in signal.detail
        pod.close()


# ---------------------------------------------------------------- orders


def test_an_order_is_delivered_as_it_was_signed(own_site: Site) -> None:
    with own_site.office() as running, pod_at(own_site) as pod:
        placed = running.office.order(POD, "door", "open", nonce_text(bytes(10)), "0" * 32)
        assert placed.sent
        pod.until(pod.orders)
        (text,) = pod.orders()
        assert read_order(text, pod.ring, station=POD).id.hex() == placed.order_id


def test_an_order_that_was_sent_while_the_station_was_away_never_comes(own_site: Site) -> None:
    with Client(own_site, "office_desk") as desk:
        with pod_at(own_site):
            pass
        assert desk.publish(contract.address(POD, "down/order"), b"SO1:LATE", expiry=30) in (
            "Success",
            "No matching subscribers",
        )
        with pod_at(own_site) as pod:
            pod.go_on(1)
            assert pod.orders() == []


def test_a_retained_order_stops_at_the_link_whether_it_lay_there_or_came_live(own_site: Site) -> None:
    topic = contract.address(POD, "down/order")
    with Client(own_site, "office_desk") as desk:
        desk.publish(topic, b"SO1:OLD", retain=True)
        with pod_at(own_site) as pod:
            pod.go_on(1)
            desk.publish(topic, b"SO1:LIVE", retain=True)
            desk.publish(contract.address(POD, "down/ask"), b"{}", retain=True)
            pod.go_on(1.5)
            assert pod.orders() == []
            counted = sum(signal.count for signal in pod.signals if isinstance(signal, JunkReceived))
            assert counted == 3
            desk.publish(topic, b"SO1:GOOD")
            pod.until(pod.orders)
            assert pod.orders() == [b"SO1:GOOD"]


def test_replayed_foreign_and_unsigned_messages_reach_the_inbox_with_what_is_needed_to_refuse_them(
    own_site: Site,
) -> None:
    with own_site.office() as running, pod_at(own_site) as pod, pod_at(own_site, station=OTHER) as other:
        running.office.order(OTHER, "door", "open", nonce_text(bytes(10)), "0" * 32)
        other.until(other.orders)
        with Client(own_site, OBSERVER) as broker:  # a hostile broker: it may publish anything anywhere
            pod.believes = False
            order = contract.address(POD, "down/order")
            broker.publish(order, other.orders()[0])
            broker.publish(order, other.orders()[0])
            broker.publish(contract.address(POD, "down/stored"), b'{"journal":"x"}')
            broker.publish(contract.address(POD, "down/hello"), b"{}", kid="00" * 8, sig="11" * 64)
            broker.publish(contract.address(POD, "down/ask"), b"{}", kid="zz", sig="11" * 64)
            names = ["order", "order", "stored", "hello", "ask"]
            pod.until(lambda: len([one for one in pod.inbox if one.name in names]) >= 6)
    assert pod.orders() == [other.orders()[0]] * 2
    by_name = {one.name: one for one in pod.inbox if one.payload in (b'{"journal":"x"}', b"{}")}
    assert (by_name["stored"].kid, by_name["stored"].signature) == (b"", b"")
    assert (by_name["hello"].kid, by_name["hello"].signature) == (bytes(8), b"\x11" * 64)
    assert by_name["ask"].kid == b""
    assert not any(one.retained for one in by_name.values())


def test_a_flood_from_below_is_read_slowly_and_nothing_is_lost_to_memory(own_site: Site) -> None:
    with pod_at(own_site) as pod, Client(own_site, "office_desk") as desk:
        pod.go_on(0.5)
        for number in range(200):
            desk.publish(contract.address(POD, "down/order"), f"SO1:{number}".encode())
        pod.go_on(2)
        taken = len(pod.orders())
        assert 40 <= taken <= 110  # a burst of 40, then 20 a second
        assert pod.orders() == [f"SO1:{number}".encode() for number in range(taken)]


def test_what_is_longer_than_we_take_never_arrives(own_site: Site) -> None:
    with pod_at(own_site) as pod, Client(own_site, OBSERVER) as broker:
        broker.publish(contract.address(POD, "down/document/ring"), bytes(300_000))
        broker.publish(contract.address(POD, "down/order"), bytes(513))
        broker.publish(contract.address(POD, "down/order"), b"SO1:GOOD")
        pod.until(pod.orders)
        pod.go_on(1.2)
        assert pod.orders() == [b"SO1:GOOD"]
        assert [one for one in pod.inbox if one.name.startswith("document/")] == []
        junk = [signal.detail for signal in pod.signals if isinstance(signal, JunkReceived)]
        assert junk == ["down/order: longer than 512 bytes"]
        assert not any(isinstance(signal, LinkDown) for signal in pod.signals)


def test_central_order_asks_signs_sends_and_tells_what_became_of_it(own_site: Site) -> None:
    with own_site.office(), pod_at(own_site) as pod:
        for result, code in (("done", 0), ("refused", 1)):
            pod.inbox.clear()
            command = [sys.executable, "-m", "central.cli", "order", POD, "door", "open"]
            command += ["--folder", str(own_site.folder.path)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
                pod.until(lambda: [one for one in pod.inbox if one.name == "ask"])
                ask = contract.Ask.model_validate_json(next(one for one in pod.inbox if one.name == "ask").payload)
                assert (ask.service, ask.action) == ("door", "open")
                pod.link.execute(SendNonce("link", ask.ask_id, nonce_text(b"0123456789")))
                pod.until(pod.orders)
                order = read_order(pod.orders()[0], pod.ring, station=POD)
                assert order.nonce == b"0123456789"
                pod.link.execute(SendReply("link", order.id.hex(), result, "", Words("好", "the words")))
                assert process.stdout is not None
                pod.until(_ended(process))
                said = process.stdout.read()
            assert (process.returncode, "the words" in said) == (code, True), said


def _ended(process: subprocess.Popen[str]) -> Callable[[], bool]:
    return lambda: process.poll() is not None


# ---------------------------------------------------------------- rows


def test_rows_arrive_once_and_in_order_and_alarms_overtake(own_site: Site) -> None:
    ledger = Ledger()
    ledger.fill(3000)
    row = ledger.append(DoorForced("door"))
    with own_site.office() as running, pod_at(own_site, ledger) as pod:
        pod.link.execute(SendAlarm("link", JOURNAL, row))
        pod.drain()
        pod.until(running.office.alarms)
        pod.until(pod.stored)
        assert office_rows(running, ledger) == ledger.items
        assert [(alarm.kind, alarm.stored) for alarm in running.office.alarms(1)] == [("DoorForced", True)]
        view = running.office.station(POD)
        assert (view.online, view.stored_seq, view.tail_seq) == (True, ledger.tail, ledger.tail)


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_broker_restarted_in_the_middle_of_a_drain_loses_and_doubles_nothing(own_site: Site, kill: bool) -> None:
    ledger = Ledger()
    ledger.fill(8_000)
    with own_site.office() as running, pod_at(own_site, ledger) as pod:
        pod.until(lambda: ledger.cursor > 1_000)
        own_site.stop_broker(kill=kill)
        assert ledger.cursor < ledger.tail
        pod.until(lambda: isinstance(pod.signals[-1], LinkDown))
        ledger.fill(100)
        own_site.start_broker()
        pod.until(pod.stored, seconds=60)
        assert office_rows(running, ledger) == ledger.items


def test_an_office_restored_from_an_older_copy_loses_and_doubles_nothing(own_site: Site, tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.fill(1_000)
    with pod_at(own_site, ledger) as pod:
        with own_site.office():
            pod.until(pod.stored)
        own_site.backup(tmp_path / "copy.db")
        with own_site.office() as running:
            ledger.fill(1_000)
            pod.drain()
            pod.until(pod.stored)
            assert len(office_rows(running, ledger)) == 2_001
        own_site.restore(tmp_path / "copy.db")
        ledger.fill(10)
        with own_site.office() as running:
            pod.drain()
            pod.go_on(1)
            assert len(office_rows(running, ledger)) == 1_001  # what comes now leaves a gap
            pod.greet()  # at the latest ten minutes later
            pod.until(lambda: ledger.cursor == 1_001 or pod.stored())
            pod.until(pod.stored, seconds=60)
            assert office_rows(running, ledger) == ledger.items


def test_an_office_that_was_away_gets_everything_soon_after_it_is_back(own_site: Site) -> None:
    ledger = Ledger()
    with pod_at(own_site, ledger) as pod:
        with own_site.office():
            pod.greet()
            pod.until(pod.stored)
        ledger.fill(500)
        pod.drain()
        pod.go_on(1)
        assert not pod.stored()
        with own_site.office() as running:
            pod.until(pod.stored, seconds=5)
            assert office_rows(running, ledger) == ledger.items


def test_an_office_whose_database_fails_acknowledges_nothing_and_takes_all_afterwards(
    own_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()
    ledger.fill(50)
    failures: list[int] = []

    def fail(*_: object) -> None:
        failures.append(1)
        raise OSError("disk full")

    with own_site.office() as running:
        with monkeypatch.context() as broken:
            broken.setattr("central.ingest.Folds.go_on", fail)
            pod = Pod(own_site, POD, ledger)
            pod.until(lambda: failures)
            pod.go_on(0.5)
            assert ledger.cursor == 0
            assert office_rows(running, ledger) == []
        pod.until(pod.stored, seconds=40)
        assert office_rows(running, ledger) == ledger.items
        pod.close()


def test_a_journal_set_aside_drains_under_its_own_id(own_site: Site) -> None:
    old, new = Ledger(OLD_JOURNAL, closed=True), Ledger(parent=OLD_JOURNAL)
    old.fill(700)
    new.fill(700)
    with own_site.office() as running, pod_at(own_site, old, new) as pod:
        pod.until(pod.stored)
        assert office_rows(running, old) == old.items
        assert office_rows(running, new) == new.items
        assert running.office.station(POD).journal == JOURNAL


# ---------------------------------------------------------------- hints


def test_status_says_online_then_offline_when_the_station_leaves_and_when_it_dies(own_site: Site) -> None:
    topic = contract.address(POD, "up/status")
    with Client(own_site, OBSERVER) as observer:
        observer.subscribe(topic)
        with pod_at(own_site) as pod:
            pod.go_on(0.2)
        pod = Pod(own_site).connect()
        pod.go_on(0.2)
        client = pod.transport._client
        assert client is not None
        assert client.prepared is not None
        client.prepared.shutdown(socket.SHUT_RDWR)  # the cable is cut
        assert [payload for _, payload in observer.take(1)] == [
            b'{"online":true}',
            b'{"online":false}',
            b'{"online":true}',
            b'{"online":false}',
        ]
        pod.until(lambda: isinstance(pod.signals[-1], LinkDown))
        pod.until(lambda: isinstance(pod.signals[-1], LinkUp))
        pod.close()


def test_home_assistant_finds_the_station_and_sees_its_levels(own_site: Site) -> None:
    with Client(own_site, "home_assistant") as home, pod_at(own_site) as pod:
        pod.link.execute(SendLevel("link", "radar", Quantity.PRESENT, value=True))
        pod.go_on(0.3)
        home.subscribe("homeassistant/#")
        home.subscribe("stations/+/up/now/+")
        delivered = dict(home.take())
        assert set(delivered) == {"homeassistant/device/pod-1/config", "stations/pod-1/up/now/radar"}
        assert delivered["stations/pod-1/up/now/radar"] == b'{"present":true}'
        home.publish("homeassistant/status", b"online")
        pod.go_on(0.3)
        assert {topic for topic, _ in home.take()} >= {
            "homeassistant/device/pod-1/config",
            "stations/pod-1/up/now/radar",
        }
        assert not any(isinstance(signal, MessageReceived) and "homeassistant" in signal.name for signal in pod.signals)
