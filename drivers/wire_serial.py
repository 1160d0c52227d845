"""A serial port of this machine, by pyserial."""

from __future__ import annotations

import errno
import grp
import logging
import os
import pwd
import re
import select
import termios
from pathlib import Path

import serial

from drivers.contract import WireLost

WRITE_TIMEOUT_SECONDS = 1.0
"""A port that takes no bytes for this long is stuck; frames here are short and the slowest line is 9600 baud."""

_MOVING_NAME = re.compile(r"/dev/tty(USB|ACM)\d+")

_log = logging.getLogger(__name__)


class RealSerial:
    """`contract.SerialWire` on a port of this machine, locked against other programs that lock it too."""

    def __init__(self, port: str, baud: int, *, parity: str, data_bits: int, stop_bits: int) -> None:
        self._port = port
        if _MOVING_NAME.fullmatch(port):
            _log.warning("%s is another device after a re-plug: name the port by /dev/serial/by-id/...", port)
        if os.path.realpath(port).startswith("/dev/pts/"):
            # A pseudo-terminal has no line: it refuses parity and 7 bits with EINVAL.
            parity, data_bits, stop_bits = "N", 8, 1
        try:
            self._serial: serial.Serial | None = serial.Serial(
                port,
                baud,
                parity=parity,
                bytesize=data_bits,
                stopbits=stop_bits,
                exclusive=True,
                timeout=0,
                write_timeout=WRITE_TIMEOUT_SECONDS,
            )
        except (serial.SerialException, OSError, termios.error) as fault:
            raise WireLost(_why_not_opened(port, fault)) from fault
        self._watch = select.poll()
        self._watch.register(self._serial.fileno(), select.POLLIN)

    def write(self, data: bytes) -> None:
        open_port = self._open()
        try:
            open_port.write(data)
        except serial.SerialTimeoutException as fault:
            raise WireLost(f"{self._port} takes no bytes: unplug the adapter and plug it in again") from fault
        except (serial.SerialException, OSError, termios.error) as fault:
            raise self._lost(fault) from fault

    def read(self, limit: int, timeout_ms: int) -> bytes:
        # pyserial's own read waits for `limit` bytes and sets the port up anew at each change of its timeout.
        open_port = self._open()
        try:
            ready = self._watch.poll(timeout_ms)
            if not ready:
                _ = open_port.in_waiting  # a hang-up wakes no waiting poll, but every later question fails
                return b""
            data = os.read(open_port.fileno(), limit)
        except (serial.SerialException, OSError, termios.error) as fault:
            raise self._lost(fault) from fault
        if not data:
            raise self._lost("end of file")
        return data

    def discard_input(self) -> None:
        open_port = self._open()
        try:
            open_port.reset_input_buffer()
        except (serial.SerialException, OSError, termios.error) as fault:
            raise self._lost(fault) from fault

    def close(self) -> None:
        if self._serial is not None:
            self._serial.close()
            self._serial = None

    def _open(self) -> serial.Serial:
        if self._serial is None:
            raise WireLost(f"{self._port} was closed")
        return self._serial

    def _lost(self, fault: object) -> WireLost:
        return WireLost(f"{self._port} is gone ({fault}): is the device plugged in and has it power?")


def _why_not_opened(port: str, fault: Exception) -> str:
    # termios.error is no OSError and carries its number as first argument.
    number = getattr(fault, "errno", None) or next((value for value in fault.args if isinstance(value, int)), None)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return f"{port} is not there: plug the device in, or correct the port (ls /dev/serial/by-id)"
    if number in (errno.EACCES, errno.EPERM):
        return f"{port} may not be opened by user {_user()}: {_how_to_be_let_in(port)}"
    if number in (errno.EBUSY, errno.EAGAIN):
        return f"{port} is in use by another program: end that one (lsof {port})"
    return f"{port} cannot be opened: {fault}"


def _how_to_be_let_in(port: str) -> str:
    try:
        group_id = Path(port).stat().st_gid
    except OSError:
        return "let this user into its folder"
    try:
        group = grp.getgrgid(group_id).gr_name
    except KeyError:
        group = str(group_id)
    return f"sudo usermod -aG {group} {_user()}, then start again"


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
