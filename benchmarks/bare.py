"""What the machine gives without our program: the limits. Each runs as a process of its own, as the station does.

`scan PORT SOCKET FOLDER`: bytes up to a CR from the port, one Ed25519 verification, one write that is on the disk, one
line to the socket. `idle PORT`: the station's libraries in memory, and a radar's reports read five times a second.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import time
import tty
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LIBRARIES = (
    "cbor2",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "gpiozero",
    "http.server",
    "logging",
    "paho.mqtt.client",
    "pydantic",
    "qrcode.main",
    "serial",
    "sqlite3",
    "ssl",
)
"""What the station file, the wires, the journal, the passes and the link are made with."""
ROW_BYTES = 400
READ_LIMIT = 4_096
READS_EVERY_SECONDS = 0.2


def scan(port: str, address: str, folder: str) -> None:
    """Serve until killed."""
    key = Ed25519PrivateKey.generate()
    public, message, row = key.public_key(), b"p" * 112, b"r" * ROW_BYTES
    signature = key.sign(message)
    wire = os.open(port, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(wire)
    disk = os.open(Path(folder) / "rows", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with socket.socket(socket.AF_UNIX) as pins:
        pins.connect(address)
        pins.sendall(b"ready\n")
        held = b""
        while True:
            held += os.read(wire, READ_LIMIT)
            if held.endswith(b"\r"):
                held = b""
                public.verify(signature, message)
                os.write(disk, row)
                os.fdatasync(disk)
                pins.sendall(b"out 17 1\n")


def idle(port: str) -> None:
    """Serve until killed."""
    for name in LIBRARIES:
        importlib.import_module(name)
    wire = os.open(port, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(wire)
    print("ready", flush=True)
    while os.read(wire, READ_LIMIT):
        time.sleep(READS_EVERY_SECONDS)


if __name__ == "__main__":
    if sys.argv[1] == "scan":
        scan(*sys.argv[2:])
    else:
        idle(*sys.argv[2:])
