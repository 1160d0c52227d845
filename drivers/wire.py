"""The wires of this machine: serial ports by pyserial, pins by gpiozero, I2C by smbus2, TCP by sockets."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

from drivers.contract import I2cWire, InputPin, InputPins, OutputPin, SerialWire, WireLost
from drivers.wire_serial import RealSerial
from drivers.wire_stream import RealStream

if TYPE_CHECKING:
    from gpiozero.pins import Factory


class RealWires:
    """`contract.Wires` on real ports, pins and sockets. `pin_factory` None: gpiozero's configured one, else lgpio."""

    def __init__(self, pin_factory: Factory | None = None) -> None:
        # The one place in this queue is the permission to look at the factory: drivers open their pins on their own
        # threads, and two factories on one chip would take each other's lines.
        self._factory: SimpleQueue[Factory | None] = SimpleQueue()
        self._factory.put(pin_factory)

    def serial(self, port: str, baud: int, *, parity: str = "N", data_bits: int = 8, stop_bits: int = 1) -> SerialWire:
        if port.startswith("sim://"):
            raise WireLost(f"{port} is a simulated port: it exists only inside `simulator`; name a real one")
        return RealSerial(port, baud, parity=parity, data_bits=data_bits, stop_bits=stop_bits)

    def output(self, pin: int, *, active_high: bool, active: bool) -> OutputPin:
        from drivers.wire_pins import RealOutput  # noqa: PLC0415 - gpiozero costs a station without pins 10 MB

        return RealOutput(self._pin_factory(), pin, active_high=active_high, active=active)

    def input(self, pin: int, *, pull_up: bool | None) -> InputPin:
        from drivers.wire_pins import RealInput  # noqa: PLC0415 - see output

        return RealInput(self._pin_factory(), pin, pull_up=pull_up)

    def inputs(self, pins: tuple[int, ...], *, pull_up: bool | None) -> InputPins:
        from drivers.wire_pins import RealInputs  # noqa: PLC0415 - see output

        return RealInputs(self._pin_factory(), pins, pull_up=pull_up)

    def i2c(self, bus: int, address: int) -> I2cWire:
        from drivers.wire_i2c import RealI2c  # noqa: PLC0415 - few stations have such a bus

        return RealI2c(bus, address)

    def stream(self, host: str, port: int) -> SerialWire:
        return RealStream(host, port)

    def _pin_factory(self) -> Factory:
        from drivers.wire_pins import choose_factory  # noqa: PLC0415 - see output

        factory = self._factory.get()
        try:
            factory = factory or choose_factory()
        finally:
            self._factory.put(factory)
        return factory
