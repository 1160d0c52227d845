"""The wires that a device on a bus gets: a view of the one port that all of them share."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import I2cWire, InputPin, InputPins, OutputPin, SerialWire, WireLost, Wires


@dataclass(frozen=True, slots=True)
class _LineSettings:
    port: str
    baud: int
    parity: str
    data_bits: int
    stop_bits: int

    def __str__(self) -> str:
        return f"{self.baud} baud {self.data_bits}{self.parity}{self.stop_bits}"


class BusWires:
    """`contract.Wires` whose `serial` gives the shared port, opened with the first device. Raises `WireLost`.

    `is_lost` says that the port itself failed, not one device on it.
    """

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._port: SerialWire | None = None
        self._settings: _LineSettings | None = None
        self.is_lost = False

    def serial(self, port: str, baud: int, *, parity: str = "N", data_bits: int = 8, stop_bits: int = 1) -> SerialWire:
        wanted = _LineSettings(port, baud, parity, data_bits, stop_bits)
        if self._settings is not None and self._settings != wanted:
            raise WireLost(f"{port} runs at {self._settings} for another device, this one wants {wanted}")
        if self._port is None:
            try:
                self._port = self._wires.serial(port, baud, parity=parity, data_bits=data_bits, stop_bits=stop_bits)
            except WireLost:
                self.is_lost = True
                raise
            self._settings = wanted
        return _View(self)

    def output(self, pin: int, *, active_high: bool, active: bool) -> OutputPin:
        return self._wires.output(pin, active_high=active_high, active=active)

    def input(self, pin: int, *, pull_up: bool | None) -> InputPin:
        return self._wires.input(pin, pull_up=pull_up)

    def inputs(self, pins: tuple[int, ...], *, pull_up: bool | None) -> InputPins:
        return self._wires.inputs(pins, pull_up=pull_up)

    def i2c(self, bus: int, address: int) -> I2cWire:
        return self._wires.i2c(bus, address)

    def stream(self, host: str, port: int) -> SerialWire:
        return self._wires.stream(host, port)

    def close(self) -> None:
        """Give the port back; the next device opens it again."""
        port, self._port, self._settings, self.is_lost = self._port, None, None, False
        if port is not None:
            port.close()

    def shared(self) -> SerialWire:
        """The port. Raises `WireLost` when it was closed under its device."""
        if self._port is None:
            raise WireLost("the port of this bus was closed")
        return self._port


class _View:
    """`contract.SerialWire` of one device."""

    def __init__(self, bus: BusWires) -> None:
        self._bus = bus
        self._closed = False

    def write(self, data: bytes) -> None:
        port = self._port()
        try:
            port.write(data)
        except WireLost:
            self._bus.is_lost = True
            raise

    def read(self, limit: int, timeout_ms: int) -> bytes:
        port = self._port()
        try:
            return port.read(limit, timeout_ms)
        except WireLost:
            self._bus.is_lost = True
            raise

    def discard_input(self) -> None:
        port = self._port()
        try:
            port.discard_input()
        except WireLost:
            self._bus.is_lost = True
            raise

    def close(self) -> None:
        self._closed = True

    def _port(self) -> SerialWire:
        if self._closed:
            raise WireLost("this device was closed")
        return self._bus.shared()
