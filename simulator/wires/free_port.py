"""A port for a server that is to begin a little later."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

FIRST_PORT = 20_000
LAST_PORT = 32_000
"""Below 32768, where Linux begins to hand out ports of its own choice: meanwhile nobody else gets one of these."""
TRIES = 100
_LOOPBACK = "127.0.0.1"
_random = random.SystemRandom()


def free_port() -> int:
    """A TCP port that nobody uses on loopback now. Raises OSError where all that were tried are in use."""
    for _ in range(TRIES):
        port = _random.randint(FIRST_PORT, LAST_PORT)
        with suppress(OSError), socket.socket() as probe:
            probe.bind((_LOOPBACK, port))
            return port
    raise OSError(f"no free port on {_LOOPBACK} among {TRIES} that were tried from {FIRST_PORT} to {LAST_PORT}")
