"""Where the office's broker is, as whom to go there, and the socket that leads there."""

from __future__ import annotations

import select
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from central.config import Folder

CONNECT_SECONDS = 5.0
"""For the TCP connection, and again for the TLS handshake."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """`identity` is a name of the office in the broker's access list; without files there is no TLS."""

    host: str
    port: int
    identity: str
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


def broker_address(folder: Folder, identity: str) -> BrokerAddress:
    """How a part of the office reaches its broker."""
    broker = folder.config.broker
    if not broker.tls:
        return BrokerAddress(broker.host, broker.port, identity)
    files = (folder.tls / name for name in ("ca.pem", f"{identity}.pem", f"{identity}.key"))
    return BrokerAddress(broker.host, broker.port, identity, *files)


def open_socket(address: BrokerAddress) -> socket.socket:
    """A connected socket, with TLS where there are files. Raises OSError."""
    context = None
    if address.ca_file is not None and address.certificate_file is not None and address.key_file is not None:
        for file in (address.ca_file, address.certificate_file, address.key_file):
            file.open("rb").close()  # ssl does not name the file that it cannot read
        context = ssl.create_default_context(cafile=str(address.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(str(address.certificate_file), str(address.key_file))
    opened = socket.create_connection((address.host, address.port), timeout=CONNECT_SECONDS)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            opened = context.wrap_socket(opened, server_hostname=address.host, do_handshake_on_connect=False)
            opened.do_handshake()
    except BaseException:
        opened.close()
        raise
    return opened


def readable(opened: Any) -> bool:
    """Whether bytes have arrived, in the socket or already taken from it by TLS."""
    if isinstance(opened, ssl.SSLSocket) and opened.pending():
        return True
    poller = select.poll()
    poller.register(opened.fileno(), select.POLLIN)
    return bool(poller.poll(0))
