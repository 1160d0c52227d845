"""A device on an I2C bus of this machine, by smbus2."""

from __future__ import annotations

import errno

from smbus2 import SMBus, i2c_msg

from drivers.contract import WireLost

_NOT_ACKNOWLEDGED = frozenset({errno.ENXIO, errno.EREMOTEIO, errno.EIO, errno.ETIMEDOUT, errno.EAGAIN})
"""What the kernel's bus drivers say when nobody acknowledges, when the bus is held, and when another master has won."""


class RealI2c:
    """`contract.I2cWire`. The kernel lets one transfer at a time onto the bus, whoever else uses it."""

    def __init__(self, bus: int, address: int) -> None:
        self._place = f"I2C bus {bus}"
        self._address = address
        try:
            self._bus: SMBus | None = SMBus(bus)
        except OSError as fault:
            raise WireLost(_why_not_opened(bus, fault)) from fault

    def write(self, data: bytes) -> bool:
        return self._transfer(i2c_msg.write(self._address, data))

    def read(self, count: int) -> bytes:
        message = i2c_msg.read(self._address, count)
        return bytes(message.buf[:count]) if self._transfer(message) else b""

    def close(self) -> None:
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _transfer(self, message: i2c_msg) -> bool:
        if self._bus is None:
            raise WireLost(f"{self._place} was closed")
        try:
            self._bus.i2c_rdwr(message)
        except OSError as fault:
            if fault.errno in _NOT_ACKNOWLEDGED:
                return False
            raise WireLost(f"{self._place} is gone ({fault})") from fault
        return True


def _why_not_opened(bus: int, fault: OSError) -> str:
    if fault.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return f"I2C bus {bus} is not there: turn it on (sudo raspi-config nonint do_i2c 0), or correct the bus"
    if fault.errno in (errno.EACCES, errno.EPERM):
        return f"I2C bus {bus} may not be opened by this user: sudo usermod -aG i2c USER, then start again"
    return f"I2C bus {bus} cannot be opened: {fault}"
