"""Tell systemd that the station is ready and alive (sd_notify(3)): a datagram to the socket that it names."""

from __future__ import annotations

import logging
import os
import socket

_log = logging.getLogger(__name__)


class Notifier:
    """Silent where nobody listens; a station never ends because of it."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._is_ready = False
        self._is_unheard = False

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
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
                notify.sendto(message, address)
        except OSError as fault:
            if not self._is_unheard:
                _log.warning("systemd is not told that the station runs (%s: %s)", self._address, fault.strerror)
            self._is_unheard = True
        else:
            self._is_unheard = False
