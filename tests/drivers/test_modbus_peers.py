"""The Modbus drivers against strangers: pymodbus' server side on virtual time, and real threads on pseudo-terminals."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsResponse, ReadDiscreteInputsResponse, WriteSingleCoilResponse
from pymodbus.pdu.register_message import ReadInputRegistersResponse

from drivers.contract import (
    CommandDone,
    DeviceDown,
    DeviceUp,
    LevelChanged,
    Outcome,
    Quantity,
    SwitchOff,
    SwitchOn,
    Unlock,
)
from simulator.devices.modbus import ModbusDevice
from simulator.devices.pzem004t import Pzem004t
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.devices.xy_md02 import XyMd02
from simulator.faults import Fault, Faults
from simulator.wires.pty import PtyPort
from simulator.wires.virtual import VirtualPort
from tests.drivers.rig import LoopThread, VirtualRoom, maker, only, threaded

PORT = "sim://bus"


class Server:
    """A device at address 1 that is nothing but pymodbus: its decoder of requests, its encoder of responses."""

    baud = 9_600

    def __init__(self, answer: Callable[[ModbusPDU], ModbusPDU]) -> None:
        self._answer = answer
        self._framer = FramerRTU(DecodePDU(is_server=True))

    def due_ms(self) -> int | None:
        return None

    def tick(self, now_ms: int) -> list[tuple[int, bytes]]:  # noqa: ARG002 - the line's form
        return []

    def receive(self, data: bytes, now_ms: int) -> list[tuple[int, bytes]]:
        used, request = self._framer.handleFrame(data, 1, 0)
        assert used == len(data)
        assert request is not None
        response = self._answer(request)
        response.dev_id = 1
        return [(now_ms + 3, self._framer.buildFrame(response))]


def test_a_meter_that_is_pymodbus() -> None:
    measured = [2301, 1234, 0, 2838, 0, 15, 2, 500, 98, 0]

    def answer(request: ModbusPDU) -> ModbusPDU:
        assert request.function_code == 4
        return ReadInputRegistersResponse(registers=measured[request.address : request.address + request.count])

    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(Server(answer))
    room.add("meter", "pzem004t", port=PORT)
    told = {signal.quantity: signal.value for signal in only(LevelChanged, room.run(5_000))}
    assert told == {
        Quantity.VOLTAGE_V: 230.1,
        Quantity.CURRENT_A: 1.234,
        Quantity.POWER_W: 283.8,
        Quantity.ENERGY_WH: 131_087,
    }
    room.close()


def test_a_sensor_that_is_pymodbus() -> None:
    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(Server(lambda _: ReadInputRegistersResponse(registers=[0xFFE2, 546])))
    room.add("climate", "xy-md02", port=PORT)
    assert [signal.value for signal in only(LevelChanged, room.run(5_000))] == [-3.0, 54.6]
    room.close()


def test_a_board_that_is_pymodbus() -> None:
    coils = [False] * 8

    def answer(request: ModbusPDU) -> ModbusPDU:
        match request.function_code:
            case 1:
                return ReadCoilsResponse(bits=coils[: request.count])
            case 2:
                return ReadDiscreteInputsResponse(bits=[True, False])
            case 5:
                chosen = range(8) if request.address == 0xFF else [request.address]
                for coil in chosen:
                    coils[coil] = request.bits[0]
                return WriteSingleCoilResponse(address=request.address, bits=request.bits)
        raise AssertionError(request)

    room = VirtualRoom()
    room.bench.ports[PORT] = VirtualPort(Server(answer))
    room.add("relays", "waveshare-relay", port=PORT, inputs=2)
    closed = [signal for signal in only(LevelChanged, room.run(1_000)) if signal.quantity is Quantity.CLOSED]
    assert [(signal.device, signal.value) for signal in closed] == [("relays/101", True), ("relays/102", False)]
    assert room.command(SwitchOn("relays/8"))[-1] == CommandDone("relays/8", "SwitchOn", Outcome.ACKED)
    assert coils == [False] * 7 + [True]
    assert room.command(SwitchOff("relays/8"))[-1] == CommandDone("relays/8", "SwitchOff", Outcome.ACKED)
    assert coils == [False] * 8
    room.close()


# ---------------------------------------------------------------- real threads


class Ports:
    """Simulated devices on pseudo-terminals."""

    def __init__(self, folder: Path) -> None:
        self.loop = LoopThread()
        self._folder = folder
        self._open: list[PtyPort] = []

    def plug(self, device: ModbusDevice) -> PtyPort:
        port = self.loop.call(lambda: PtyPort(self._folder / f"port-{len(self._open)}", device))
        self._open.append(port)
        self.loop.call(port.plug)
        return port

    def close(self) -> None:
        for port in self._open:
            self.loop.call(port.close)
        self.loop.close()


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    ports = Ports(tmp_path)
    yield ports
    ports.close()


@pytest.mark.parametrize("fault", [None, Fault.SPLIT, Fault.STRAY_AFTER])
def test_a_relay_board_on_a_pseudo_terminal(ports: Ports, fault: Fault | None) -> None:
    board = WaveshareRelay(inputs=1)
    port = ports.plug(board)
    port.line.faults = Faults(seed=2, chances={fault: 0.5} if fault else {})
    with threaded("relays", maker("relays", "waveshare-relay", port=str(port.link), inputs=1)) as running:
        running.wait_for(DeviceUp)
        running.runner.post(Unlock("relays/3", 300))
        assert running.wait_for(LevelChanged, lambda signal: signal.device == "relays/3" and bool(signal.value))
        assert running.wait_for(CommandDone) == CommandDone("relays/3", "Unlock", Outcome.ACKED)
        running.wait_for(LevelChanged, lambda signal: signal.device == "relays/3" and not signal.value)
        ports.loop.call(lambda: port.act(lambda now_ms: board.move_input(1, closed=True, now_ms=now_ms)))
        assert running.wait_for(LevelChanged, lambda signal: bool(signal.value)).device == "relays/101"
        running.runner.post(SwitchOn("relays/8"))
        assert running.wait_for(CommandDone).outcome is Outcome.ACKED
    pulse, lamp = [[edge for edge in board.edges if edge[1] == relay] for relay in (3, 8)]
    assert pulse[1][0] - pulse[0][0] == 300
    assert [on for _, _, on in lamp] == [True, False], "off at the end"


def test_a_meter_and_a_sensor_on_pseudo_terminals(ports: Ports) -> None:
    meter, sensor = Pzem004t(load_w=40), XyMd02(address=3)
    meter_port, sensor_port = ports.plug(meter), ports.plug(sensor)
    with (
        threaded("meter", maker("meter", "pzem004t", port=str(meter_port.link))) as metering,
        threaded("climate", maker("climate", "xy-md02", port=str(sensor_port.link), address=3)) as sensing,
    ):
        level = metering.wait_for(LevelChanged, lambda signal: signal.quantity is Quantity.POWER_W)
        assert level.value == pytest.approx(40, abs=0.11)
        assert sensing.wait_for(LevelChanged).value == 22.0
        assert sensing.wait_for(LevelChanged).value == 50.0
        ports.loop.call(meter_port.unplug)
        assert "gone" in metering.wait_for(DeviceDown).detail
        ports.loop.call(meter_port.plug)
        metering.wait_for(LevelChanged, lambda signal: signal.quantity is Quantity.POWER_W)
