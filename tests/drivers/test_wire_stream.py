"""TCP connections of this machine: reading, the other side's end, and what the person is told."""

import socket
from collections.abc import Iterator
from threading import Timer

import pytest

from drivers.contract import WireLost
from drivers.wire import RealWires
from drivers.wire_stream import RealStream


class Server:
    """A listening socket and the one connection that it takes."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.peer: socket.socket | None = None

    def accept(self) -> socket.socket:
        self.peer = self.listener.accept()[0]
        return self.peer

    def close(self) -> None:
        self.listener.close()
        if self.peer is not None:
            self.peer.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def wire(server: Server) -> Iterator[RealStream]:
    wire = RealStream("127.0.0.1", server.port)
    server.accept()
    yield wire
    wire.close()


def peer(server: Server) -> socket.socket:
    assert server.peer is not None
    return server.peer


def test_bytes_go_both_ways_unchanged(server: Server, wire: RealStream) -> None:
    everything = bytes(range(256))
    wire.write(everything)
    assert peer(server).recv(300) == everything
    peer(server).sendall(everything)
    assert wire.read(100, 1_000) == everything[:100]
    assert wire.read(1_000, 1_000) == everything[100:]
    assert wire.read(1_000, 0) == b""
    assert wire.read(1_000, 20) == b""


def test_a_read_ends_as_soon_as_anything_comes(server: Server, wire: RealStream) -> None:
    later = Timer(0.05, lambda: peer(server).sendall(b"x"))
    later.start()
    assert wire.read(10, 10_000) == b"x"
    later.join()


def test_what_was_not_read_can_be_forgotten(server: Server, wire: RealStream) -> None:
    peer(server).sendall(b"x" * 100_000 + b"y")
    seen = b""
    while not seen:
        seen = wire.read(1, 1_000)
    wire.discard_input()
    peer(server).sendall(b"z")
    while (last := wire.read(100_000, 1_000)) and not last.endswith(b"z"):
        pass
    assert last.endswith(b"z")


def test_the_end_by_the_other_side_is_a_lost_wire_after_what_it_said(server: Server, wire: RealStream) -> None:
    peer(server).sendall(b"last words")
    peer(server).close()
    assert wire.read(100, 1_000) == b"last words"
    with pytest.raises(WireLost, match=r"connection to 127\.0\.0\.1:\d+ is gone \(the other side closed it\)"):
        wire.read(100, 1_000)
    with pytest.raises(WireLost):
        wire.discard_input()


def test_a_peer_that_takes_nothing_is_a_lost_wire(wire: RealStream) -> None:
    assert wire._socket is not None
    wire._socket.settimeout(0.05)
    with pytest.raises(WireLost, match="is gone"):
        wire.write(b"x" * 50_000_000)


def test_nobody_listens(server: Server) -> None:
    server.close()
    with pytest.raises(WireLost, match=r"takes no connection .*does the service run there"):
        RealWires().stream("127.0.0.1", server.port)


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(WireLost, match=r"correct the host in the station file|is that machine on"):
        RealWires().stream("no-such-host.invalid", 3493)


def test_closed_is_closed(server: Server, wire: RealStream) -> None:
    wire.close()
    wire.close()
    assert peer(server).recv(1) == b""
    for use in (lambda: wire.read(1, 0), lambda: wire.write(b"x"), wire.discard_input):
        with pytest.raises(WireLost, match="was closed"):
            use()
