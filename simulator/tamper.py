"""A wrong bit in a signature, put there between two programs: in a picture, or in what a broker sends down."""

from __future__ import annotations

from simulator.kiosk import read_code
from simulator.phone import picture_of
from station.trust import base45

SCHEME_LETTERS = 4  # SG1:, SG2:, SO1:
SIGNED_BYTE = -40
"""A byte of the signature, which is the last 64 bytes of every code."""
ORDER = b"SO1:"
MAX_LENGTH_BYTES = 4  # of an MQTT packet's remaining length
MORE, SEVEN_BITS = 0x80, 0x7F


def flip_in_code(code: str) -> str:
    """A pass or an order with one bit of its signature flipped; as long as before."""
    data = bytearray(base45.decode(code[SCHEME_LETTERS:].encode("ascii")))
    data[SIGNED_BYTE] ^= 1
    return code[:SCHEME_LETTERS] + base45.encode(bytes(data))


def flip_in_picture(picture: bytes) -> bytes:
    """The picture (PNG) of a pass or an order with one bit of its signature flipped."""
    return picture_of(flip_in_code(read_code(picture)))


class FlipInOrders:
    """One direction of one MQTT connection: whole packets come out, every order in them with one wrong bit."""

    def __init__(self) -> None:
        self._held = b""

    def __call__(self, data: bytes) -> bytes:
        """What goes on to the station of what came from the broker."""
        self._held += data
        out = b""
        while (size := _packet_size(self._held)) is not None and size <= len(self._held):
            packet, self._held = self._held[:size], self._held[size:]
            head, scheme, rest = packet.partition(ORDER)  # a payload is the last part of its packet
            out += head + flip_in_code((scheme + rest).decode("ascii")).encode("ascii") if scheme else packet
        return out


def _packet_size(data: bytes) -> int | None:
    """How long the packet at the start is, its head included (MQTT 5, 2.1.4); None: that has not come yet."""
    length = 0
    for index, byte in enumerate(data[1 : 1 + MAX_LENGTH_BYTES]):
        length |= (byte & SEVEN_BITS) << 7 * index
        if not byte & MORE:
            return 2 + index + length
    return None
