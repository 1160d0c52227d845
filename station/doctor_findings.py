"""What a technician is told after a test on site: pure conclusions, each with the lines of the file to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from drivers.contract import Words, both
from station.doctor_advice import Advice, Lines


class Sign(StrEnum):
    """How a finding is marked at the beginning of its line."""

    FINE = "●"
    LOOK = "▲"
    ACT = "■"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was found, and what to do. `lines` are the new lines of the file, each with its place."""

    sign: Sign
    about: str
    words: Words
    lines: Lines = ()

    def __str__(self) -> str:
        return "\n    → ".join((f"{self.sign} {self.about}: {self.words.zh} · {self.words.en}", *self.lines))


Change = tuple[str, bool]
"""A point and what its contact turned to: True closed, False open."""


def contact_moved(
    advice: Advice, door: str, contact: str, before: Mapping[str, bool], changes: Sequence[Change]
) -> Finding:
    """A person opened and shut the door. `before` are all contacts while it was shut."""
    moved = list(dict.fromkeys(point for point, _ in changes))
    if contact in moved and before.get(contact) is True:
        return Finding(Sign.FINE, door, both("{contact} follows the door", contact=contact))
    if contact in moved:
        lines = advice.turned(contact, "closed_is")
        told = both("{contact} is the wrong way round: it reads open while the door is shut", contact=contact)
        return Finding(Sign.ACT, door, both("{told}; wire it closed, or", told=told) if lines else told, lines)
    if moved:
        told = both("{other} moved, not {contact}: swapped", other=advice.called(moved[0]), contact=contact)
        return Finding(Sign.ACT, door, told, advice.swapped(door, contact, moved[0]))
    told = both("{contact} did not move: check its wire, its pin and the magnet", contact=contact)
    return Finding(Sign.ACT, door, told)


def lock_answered(advice: Advice, lock: str, outcome: str, detail: str, *, moved: bool) -> Finding:
    """The lock was driven once; `moved` is what the person saw."""
    if moved and outcome in ("acked", "observed"):
        return Finding(Sign.FINE, lock, both("it unlocks"))
    if moved:
        return Finding(Sign.LOOK, lock, both("it moves, but its board does not say so ({detail})", detail=detail))
    if outcome == "not_sent":
        return Finding(Sign.ACT, lock, both("the command did not leave: {detail}", detail=detail))
    lines = advice.turned(lock, "active_high")
    if not lines:
        return Finding(Sign.ACT, lock, both("it did not move: check its supply and its wire"))
    told = both("it did not move: check its supply, its wire, and whether the relay switches at the other level")
    return Finding(Sign.ACT, lock, told, lines)


def cells_at_rest(advice: Advice, board: str, closed: Mapping[str, bool]) -> list[Finding]:
    """All cells are shut, says the person; `closed` is what the board says of each point."""
    wrong = [point for point, value in closed.items() if not value]
    if not wrong:
        return [Finding(Sign.FINE, board, both("all {count} cells read shut", count=len(closed)))]
    if len(wrong) == len(closed):
        told = both("every cell reads open while it is shut: the feedback is the other way round")
        return [Finding(Sign.ACT, board, told, advice.turned(board, "feedback"))]
    told = both("it reads open while it is shut: check the feedback wire of its lock")
    return [Finding(Sign.ACT, advice.called(point), told) for point in wrong]


def cell_answered(advice: Advice, point: str, changes: Sequence[Change]) -> Finding:
    """This cell alone was asked to open; which ones did?"""
    about = advice.called(point)
    opened = list(dict.fromkeys(moved for moved, closed in changes if not closed))
    if opened == [point]:
        return Finding(Sign.FINE, about, both("it opens"))
    if not opened:
        return Finding(Sign.ACT, about, both("it did not open: check its lock, its plug and what blocks the door"))
    told = both(
        "{others} opened instead: the plugs are swapped at the board; swap them, or the channels in the file",
        others=", ".join(map(advice.called, opened)),
    )
    return Finding(Sign.ACT, about, told)


def port_missing(advice: Advice, device: str, detail: str, candidates: Sequence[str]) -> Finding:
    """A device does not answer; `candidates` are ports of this machine that the file does not name."""
    return Finding(Sign.ACT, device, both("no answer: {detail}", detail=detail), advice.port(device, candidates))
