"""Tell systemd that the station is ready and alive (sd_notify(3)): a datagram to the socket that it names."""

from __future__ import annotations

import os
import socket


class Notifier:
    """Silent where nobody listens."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._is_ready = False

    def ready(self) -> None:
        """Once: the state is recovered, or it is known that it cannot be and safety works without."""
        if not self._is_ready:
            self._is_ready = True
            self._send(b"READY=1")

    def alive(self) -> None:
        """The loop has taken a turn."""
        self._send(b"WATCHDOG=1")

    def stopping(self) -> None:
        """The station ends on purpose."""
        self._send(b"STOPPING=1")

    def _send(self, message: bytes) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(message, address)
