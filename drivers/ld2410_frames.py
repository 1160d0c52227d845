"""Reports of HLK-LD2410 radars; their commands and acknowledgements are in `hlk_frames`.

Source: HLK-LD2410 serial communication protocol V1.02 and later. Numbers are little-endian. Pure: bytes in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from drivers import hlk_frames

HEAD = b"\xf4\xf3\xf2\xf1"
FOOT = b"\xf8\xf7\xf6\xf5"

_BASIC, _ENGINEERING = 0x02, 0x01
_REPORT_BYTES = 9  # state, moving cm and energy, still cm and energy, detection cm


class State(IntEnum):
    """What the radar sees."""

    NOBODY = 0
    MOVING = 1
    STILL = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Report:
    """One report. Distances in cm, energies in percent. `state` None: the radar measures its background now."""

    state: State | None
    moving_cm: int
    moving_energy: int
    still_cm: int
    still_energy: int
    detection_cm: int

    @property
    def distance_cm(self) -> int:
        """How far away the nearest person is; some firmware leaves the detection distance at 0."""
        if self.state is State.MOVING:
            return self.detection_cm or self.moving_cm
        return self.detection_cm or self.still_cm or self.moving_cm


def stream() -> hlk_frames.Stream[Report]:
    return hlk_frames.Stream(HEAD, hlk_frames.size_by_length, _read)


def _read(frame: bytes) -> Report | None:
    body = hlk_frames.body_of(frame)
    well_formed = (
        frame.endswith(FOOT)
        and len(body) >= 2 + _REPORT_BYTES + 2
        and body[0] in (_BASIC, _ENGINEERING)
        and body[1] == 0xAA  # noqa: PLR2004 - marks of the protocol, with 55 00 at the end
        and body[-2:] == b"\x55\x00"
    )
    if not well_formed:
        return None
    fields = body[2 : 2 + _REPORT_BYTES]
    return Report(
        state=State(fields[0]) if fields[0] <= State.BOTH else None,
        moving_cm=int.from_bytes(fields[1:3], "little"),
        moving_energy=fields[3],
        still_cm=int.from_bytes(fields[4:6], "little"),
        still_energy=fields[6],
        detection_cm=int.from_bytes(fields[7:9], "little"),
    )
