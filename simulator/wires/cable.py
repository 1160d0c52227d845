"""A network cable that can be pulled: a TCP relay on loopback between a station and its broker."""

from __future__ import annotations

import asyncio

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 65_536


class Cable:
    """Relays to `port` while it is plugged in. Pulled, nothing gets through in either direction and nobody is told."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._target = port
        self._server: asyncio.Server | None = None
        self._plugged = asyncio.Event()
        self._plugged.set()
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
        """Connections of before the pull are dead; new ones work."""
        for end in list(self._ends):
            end.close()
        self._plugged.set()

    async def close(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for end in list(self._ends):
            end.close()
        for relay in list(self._relays):
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            await self._plugged.wait()
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target)
        except (OSError, asyncio.CancelledError):
            self._ends.discard(writer)
            writer.close()
            return
        self._ends.add(far_writer)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            relay = asyncio.create_task(self._relay(source, sink))
            self._relays.add(relay)
            relay.add_done_callback(self._relays.discard)

    async def _relay(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(CHUNK_BYTES):
                if self.plugged:
                    sink.write(data)
                    await sink.drain()
        except OSError:
            return  # one end is gone: so is the connection
        finally:
            self._ends.discard(sink)
            sink.close()
