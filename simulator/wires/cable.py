"""A network cable that can be pulled: a TCP relay on loopback between a station and its broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 65_536

Alter = Callable[[bytes], bytes]


def _unaltered(data: bytes) -> bytes:
    return data


class Cable:
    """Relays to `port` while it is plugged in; it comes unplugged.

    Pulled, nothing gets through in either direction and nobody is told.
    `make_alter` makes, for each connection, what may alter the bytes on their way down to the station.
    """

    def __init__(self, port: int, make_alter: Callable[[], Alter] | None = None) -> None:
        self.port = 0
        self._target = port
        self._make_alter = make_alter
        self._server: asyncio.Server | None = None
        self._plugged = asyncio.Event()
        self._waiting: set[asyncio.StreamWriter] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()

    @property
    def plugged(self) -> bool:
        """Whether anything gets through."""
        return self._plugged.is_set()

    async def open(self) -> None:
        """Listen on `port`."""
        self._server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def pull(self) -> None:
        """From now on nothing gets through."""
        self._plugged.clear()

    def plug(self) -> None:
        """Connections of before the pull are dead; those that were tried since go through."""
        for end in list(self._ends):
            end.close()
        self._plugged.set()

    async def close(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for end in [*self._waiting, *self._ends]:
            end.close()
        for relay in list(self._relays):
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._waiting.add(writer)
        try:
            await self._plugged.wait()
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target)
        except (OSError, asyncio.CancelledError):
            writer.close()
            return
        finally:
            self._waiting.discard(writer)
        self._ends.add(writer)
        self._ends.add(far_writer)
        down = self._make_alter() if self._make_alter is not None else _unaltered
        for source, sink, alter in ((reader, far_writer, _unaltered), (far_reader, writer, down)):
            relay = asyncio.create_task(self._relay(source, sink, alter))
            self._relays.add(relay)
            relay.add_done_callback(self._relays.discard)

    async def _relay(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, alter: Alter) -> None:
        try:
            while data := await source.read(CHUNK_BYTES):
                if self.plugged:
                    sink.write(alter(data))
                    await sink.drain()
        except OSError:
            return  # one end is gone: so is the connection
        finally:
            self._ends.discard(sink)
            sink.close()
