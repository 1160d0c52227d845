"""A TCP connection of this machine, in the shape of a serial wire."""

from __future__ import annotations

import select
import socket

from drivers.contract import WireLost

CONNECT_SECONDS = 3.0
WRITE_SECONDS = 1.0
"""Requests are a line or two: a connection that takes none for so long is stuck."""

DISCARD_BYTES = 65_536
MAX_DISCARDS = 64
"""A peer that sends faster than we read must not keep the driver here."""


class RealStream:
    """`contract.SerialWire` over TCP. The end of the connection, whoever closes it, is a lost wire."""

    def __init__(self, host: str, port: int) -> None:
        self._where = f"{host}:{port}"
        try:
            self._socket: socket.socket | None = socket.create_connection((host, port), CONNECT_SECONDS)
        except OSError as fault:
            raise WireLost(f"{self._where} takes no connection ({fault}): {_what_to_check(fault)}") from fault
        self._socket.settimeout(WRITE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch = select.poll()
        self._watch.register(self._socket.fileno(), select.POLLIN)

    def write(self, data: bytes) -> None:
        connection = self._open()
        try:
            connection.sendall(data)
        except OSError as fault:
            raise self._lost(fault) from fault

    def read(self, limit: int, timeout_ms: int) -> bytes:
        connection = self._open()
        try:
            if not self._watch.poll(timeout_ms):
                return b""
            data = connection.recv(limit)
        except OSError as fault:
            raise self._lost(fault) from fault
        if not data:
            raise self._lost("the other side closed it")
        return data

    def discard_input(self) -> None:
        for _ in range(MAX_DISCARDS):
            if not self.read(DISCARD_BYTES, 0):
                return

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise WireLost(f"the connection to {self._where} was closed")
        return self._socket

    def _lost(self, fault: object) -> WireLost:
        return WireLost(f"the connection to {self._where} is gone ({fault})")


def _what_to_check(fault: OSError) -> str:
    if isinstance(fault, socket.gaierror):
        return "correct the host in the station file"
    if isinstance(fault, ConnectionRefusedError):
        return "does the service run there, and does it listen on this address and port?"
    return "is that machine on, and is the cable in?"
