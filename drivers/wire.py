"""The wires of this machine: serial ports by pyserial, pins by gpiozero."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

from drivers.contract import InputPin, OutputPin, SerialWire, WireLost
from drivers.wire_serial import RealSerial

if TYPE_CHECKING:
    from gpiozero.pins import Factory


class RealWires:
    """`contract.Wires` on real ports and pins. `pin_factory` None: gpiozero's configured one, else lgpio."""

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

    def _pin_factory(self) -> Factory:
        from drivers.wire_pins import choose_factory  # noqa: PLC0415 - see output

        factory = self._factory.get()
        try:
            factory = factory or choose_factory()
        finally:
            self._factory.put(factory)
        return factory
