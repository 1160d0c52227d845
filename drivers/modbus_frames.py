"""Bytes of Modbus RTU: a request, and what came back for it. Frames, checksums and PDUs are pymodbus' own.

Source: MODBUS over Serial Line V1.02 and the Modbus Application Protocol V1.1b3; the timed pulse is of Waveshare's V2
protocol. Coils and registers count from 0 as on the wire. Pure: bytes in, values out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU, ReadCoilsRequest
from pymodbus.pdu.bit_message import ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import ReadInputRegistersRequest

MAX_FRAME_BYTES = 256
"""The longest frame of the protocol: what is longer is no answer."""

MAX_PULSE_TENTHS = 0x7FFF
"""Of 100 ms, 54 min: the maker states no longest pulse, and a board that counts with a sign takes no more."""

_EXCEPTION_BIT = 0x80
_EXCEPTION_BYTES = 5  # address, function, code, checksum
_CRC_BYTES = 2
_WRITE_BYTES = 8
_COUNTED_BYTES = 5  # address, function, byte count, checksum
_PULSE_COILS = 0x0200
_FRAMES_KEPT = 256
"""Devices say the same again and again: what it means is worked out once."""

_EXCEPTIONS = {
    1: "it does not know this function",
    2: "it has no such coil or register",
    3: "it does not take this value",
    4: "it has failed inside",
    6: "it is busy",
}

_DECODER = DecodePDU(is_server=False)
_FRAMER = FramerRTU(_DECODER)


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one device. `count`: bits or registers that a read asks for, 0 for a write."""

    frame: bytes
    answer_bytes: int
    count: int = 0

    @property
    def address(self) -> int:
        return self.frame[0]

    @property
    def function(self) -> int:
        return self.frame[1]


@dataclass(frozen=True, slots=True)
class Answer:
    """The right answer: as many bits or registers as were asked for; neither after a write, which is echoed."""

    bits: tuple[bool, ...] = ()
    registers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The device heard the request and did nothing."""

    code: int

    def __str__(self) -> str:
        return f"refused with exception {self.code}: {_EXCEPTIONS.get(self.code, 'a meaning of its own')}"


class PulseRequest(ModbusPDU):
    """Function 05 with a time where a coil has FF00 or 0000: on for `tenths` of a second, off by the board itself."""

    function_code = 5
    rtu_frame_size = _WRITE_BYTES

    def __init__(self, address: int, coil: int, tenths: int) -> None:
        super().__init__(dev_id=address, address=_PULSE_COILS + coil)
        if not 1 <= tenths <= MAX_PULSE_TENTHS:
            raise ValueError(f"a pulse has 1 to {MAX_PULSE_TENTHS} tenths of a second, not {tenths}")
        self.tenths = tenths

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.tenths)


def read_coils(address: int, count: int) -> Request:
    return _read_bits(ReadCoilsRequest(dev_id=address, count=count))


def read_inputs(address: int, count: int) -> Request:
    return _read_bits(ReadDiscreteInputsRequest(dev_id=address, count=count))


def read_input_registers(address: int, first: int, count: int) -> Request:
    pdu = ReadInputRegistersRequest(dev_id=address, address=first, count=count)
    return Request(_FRAMER.buildFrame(pdu), _COUNTED_BYTES + 2 * count, count)


def write_coil(address: int, coil: int, *, on: bool) -> Request:
    pdu = WriteSingleCoilRequest(dev_id=address, address=coil, bits=[on])
    return Request(_FRAMER.buildFrame(pdu), _WRITE_BYTES)


def pulse_coil(address: int, coil: int, tenths: int) -> Request:
    return Request(_FRAMER.buildFrame(PulseRequest(address, coil, tenths)), _WRITE_BYTES)


def _read_bits(pdu: ReadCoilsRequest) -> Request:
    return Request(_FRAMER.buildFrame(pdu), _COUNTED_BYTES + -(-pdu.count // 8), pdu.count)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer among the bytes that came, and how many stand before it that belong to nothing."""

    answer: Answer | Refused
    stray: int


@lru_cache(maxsize=_FRAMES_KEPT)
def find(request: Request, data: bytes) -> Found | None:
    """The answer to `request` in what has come so far; None: it is not there, or not all of it.

    Adapters put a byte or two before an answer when they change direction: the checksum tells where it begins.
    """
    for begin in range(len(data) - _EXCEPTION_BYTES + 1):
        if data[begin] != request.address:
            continue
        function = data[begin + 1]
        if function == request.function:
            frame = data[begin : begin + request.answer_bytes]
            answer = _read(request, frame) if _is_whole(frame) and _fits(request, frame) else None
            if answer is not None:
                return Found(answer, begin)
        elif function == request.function | _EXCEPTION_BIT:
            frame = data[begin : begin + _EXCEPTION_BYTES]
            if _is_whole(frame):
                return Found(Refused(frame[2]), begin)
    return None


def what_is_wrong(request: Request, data: bytes) -> str:
    """Why there is no answer in what has come until the time was over, in words for a technician."""
    if not data:
        return "no answer"
    if len(data) < _EXCEPTION_BYTES or not _is_whole(data):
        return f"{len(data)} bytes without a right checksum"
    if data[0] != request.address:
        return f"an answer from address {data[0]} instead of {request.address}"
    return "an answer to another question"


def _is_whole(frame: bytes) -> bool:
    return FramerRTU.check_CRC(frame[:-_CRC_BYTES], int.from_bytes(frame[-_CRC_BYTES:], "big"))


def _fits(request: Request, frame: bytes) -> bool:
    if len(frame) != request.answer_bytes:
        return False
    return frame[2] == request.answer_bytes - _COUNTED_BYTES if request.count else frame == request.frame


def _read(request: Request, frame: bytes) -> Answer | None:
    if not request.count:
        return Answer()
    pdu = _DECODER.decode(frame[1:-_CRC_BYTES])
    if pdu is None:
        return None
    return Answer(bits=tuple(map(bool, pdu.bits[: request.count])), registers=tuple(pdu.registers))
