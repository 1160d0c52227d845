"""The link over paho on real brokers without TLS: the one embedded in the demo, and Mosquitto where it is installed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import LinkDown, LinkUp, MessageReceived, Signal
from simulator.wires.embedded_broker import RunningBroker, mosquitto_program, start_broker
from simulator.wires.free_port import free_port
from sync import contract
from sync.link import Link, PahoTransport, Settings
from sync.transport import Arrived, Connected, Lost, Taken, TransportEvent
from tests.sync.rows import Ledger, reader

NEEDS_MOSQUITTO = pytest.mark.skipif(mosquitto_program() is None, reason="mosquitto is not installed")
WAIT_SECONDS = 20.0


@pytest.fixture(
    scope="module", params=["iotcore", pytest.param("mosquitto", marks=[pytest.mark.broker, NEEDS_MOSQUITTO])]
)
def broker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    with start_broker(prefer_mosquitto=request.param == "mosquitto") as running:
        assert running.kind == request.param
        yield running


class RealClock:
    def steady_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def rest(self, milliseconds: int) -> None:
        time.sleep(milliseconds / 1000)


def collect(transport: PahoTransport, kind: type[TransportEvent], room: int = 100) -> list[TransportEvent]:
    """Everything until the first event of `kind`."""
    seen: list[TransportEvent] = []
    give_up = time.monotonic() + WAIT_SECONDS
    while not any(isinstance(event, kind) for event in seen):
        assert time.monotonic() < give_up, seen
        seen += transport.poll(room, 50)
    return seen


@pytest.fixture
def office(broker: RunningBroker) -> Iterator[PahoTransport]:
    """Something that hears what `pod-1` says and may say anything to it: the embedded broker has no access list."""
    transport = PahoTransport("office", Settings(host="127.0.0.1", port=broker.port))
    transport._topics = [contract.address("pod-1", "up/#")]
    transport.connect()
    collect(transport, Connected)
    yield transport
    transport.close()


def make_link(broker: RunningBroker, *ledgers: Ledger) -> Link:
    link_settings = Settings(host="127.0.0.1", port=broker.port)
    return Link(
        "link",
        link_settings,
        PahoTransport("pod-1", link_settings),
        RealClock(),
        station="pod-1",
        title="x",
        sign=lambda _purpose, name, _payload: (bytes(8), name.encode()),
        read_on=reader(*ledgers),
        random=Random(1),
    )


def until(link: Link, kind: type[Signal]) -> list[Signal]:
    signals: list[Signal] = []
    give_up = time.monotonic() + WAIT_SECONDS
    while not any(isinstance(signal, kind) for signal in signals):
        assert time.monotonic() < give_up, signals
        if rest_ms := link.rest_ms():
            time.sleep(min(rest_ms, 50) / 1000)
        signals += link.poll()
    return signals


def test_a_message_goes_up_with_its_properties_and_one_comes_down(broker: RunningBroker, office: PahoTransport) -> None:
    link = make_link(broker)
    until(link, LinkUp)
    seen: list[TransportEvent] = []
    while not any(isinstance(event, Arrived) and event.topic.endswith("up/status") for event in seen):
        link.poll()
        seen += office.poll(100, 10)
    token = office.publish(contract.publication("pod-1", contract.HELLO_ANSWER, b"{}", signed=(bytes(8), b"signature")))
    (message,) = (signal for signal in until(link, MessageReceived) if isinstance(signal, MessageReceived))
    assert (message.name, message.payload, message.kid, message.signature) == ("hello", b"{}", bytes(8), b"signature")
    assert [event for event in collect(office, Taken) if isinstance(event, Taken)] == [Taken(token or 0)]
    link.close()
    told = [event.payload for event in collect(office, Arrived) if isinstance(event, Arrived)]
    assert told[-1] == b'{"online":false}'


def test_a_link_that_dies_leaves_its_will(broker: RunningBroker, office: PahoTransport) -> None:
    transport = PahoTransport("pod-1", Settings(host="127.0.0.1", port=broker.port))
    transport.connect()
    collect(transport, Connected)
    assert transport._client is not None
    assert transport._client.prepared is not None
    transport._client.prepared.shutdown(socket.SHUT_RDWR)
    told = [event.payload for event in collect(office, Arrived) if isinstance(event, Arrived)]
    assert told[-1] == b'{"online":false}'
    assert isinstance(collect(transport, Lost)[-1], Lost)
    transport.close()


def test_no_more_is_read_than_there_is_room_for(broker: RunningBroker, office: PahoTransport) -> None:
    transport = PahoTransport("pod-1", Settings(host="127.0.0.1", port=broker.port))
    transport.connect()
    collect(transport, Connected)
    for number in range(60):
        office.publish(contract.publication("pod-1", contract.ORDER, b"%d" % number))
        office.poll(100, 1)
    time.sleep(0.2)
    assert [event for _ in range(5) for event in transport.poll(0, 10) if isinstance(event, Arrived)] == []
    seen: list[bytes] = []
    for _ in range(200):
        taken = [event.payload for event in transport.poll(5, 10) if isinstance(event, Arrived)]
        assert len(taken) <= 5 + 1
        seen += taken
        office.poll(100, 0)
    assert seen == [b"%d" % number for number in range(60)]
    transport.close()


def test_without_a_broker_it_says_so_and_comes_back_by_itself(tmp_path: Path) -> None:
    assert tmp_path.exists()
    port = free_port()
    link = make_link(RunningBroker("none", port))
    (down,) = until(link, LinkDown)
    assert isinstance(down, LinkDown)
    assert down.detail == f"127.0.0.1:{port}: nobody listens there; is the broker running?"
    with start_broker(prefer_mosquitto=False, port=port):
        assert until(link, LinkUp)[-1] == LinkUp("link")
    assert isinstance(until(link, LinkDown)[-1], LinkDown)
    link.close()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad\r\n\r\n", b"\x20\x02\x00", b"\xff" * 64, b"\x30\xff\xff\xff\x7f"]
)
def test_whatever_answers_instead_of_a_broker_the_link_stays_whole(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = make_link(RunningBroker("none", server.getsockname()[1]))
        link.poll()
        peer, _ = server.accept()
        with peer:
            peer.recv(1000)
            peer.sendall(answer)
            peer.shutdown(socket.SHUT_WR)
            (down,) = until(link, LinkDown)
        assert isinstance(down, LinkDown)
        link.close()


def test_a_packet_that_would_fill_the_memory_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = PahoTransport("pod-1", Settings(host="127.0.0.1", port=server.getsockname()[1]))
        transport.connect()
        peer, _ = server.accept()
        with peer:
            peer.recv(1000)
            peer.sendall(b"\x20\x03\x00\x00\x00" + b"\x30\xff\xff\xff\x7f" + bytes(10_000))
            (lost,) = (event for event in collect(transport, Lost) if isinstance(event, Lost))
        assert lost.detail == "the broker sends a longer packet than we take"
        transport.close()


CONNECTED = b"\x20\x03\x00\x00\x00"
PACKETS = st.builds(lambda first, body: bytes([first, len(body)]) + body, st.integers(0, 255), st.binary(max_size=100))


@settings(max_examples=150)
@given(st.lists(st.one_of(PACKETS, st.binary(max_size=40)), max_size=6))
def test_no_bytes_of_a_broker_get_out_of_the_transport_as_an_exception(packets: list[bytes]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport = PahoTransport("pod-1", Settings(host="127.0.0.1", port=server.getsockname()[1]))
        transport.connect()
        peer, _ = server.accept()
        with peer:
            peer.sendall(CONNECTED + b"".join(packets))
            peer.shutdown(socket.SHUT_WR)
            collect(transport, Lost)
        transport.close()


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    link_settings = Settings(
        host="127.0.0.1",
        ca_file=tmp_path / "ca.pem",
        certificate_file=tmp_path / "client.pem",
        key_file=tmp_path / "client.key",
    )
    transport = PahoTransport("pod-1", link_settings)
    transport.connect()
    (lost,) = transport.poll(1, 0)
    assert isinstance(lost, Lost)
    assert f"{tmp_path}/ca.pem cannot be read" in lost.detail
    for name in ("ca.pem", "client.pem", "client.key"):
        (tmp_path / name).write_text("nonsense")
    transport.connect()
    (lost,) = transport.poll(1, 0)
    assert isinstance(lost, Lost)
    assert "TLS" in lost.detail or "certificate" in lost.detail
