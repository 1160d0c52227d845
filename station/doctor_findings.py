"""What a technician is told after a test on site: pure conclusions, each with the lines of the file to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

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
    zh: str
    en: str
    lines: Lines = ()

    def __str__(self) -> str:
        return "\n    → ".join((f"{self.sign} {self.about}: {self.zh} · {self.en}", *self.lines))


Change = tuple[str, bool]
"""A point and what its contact turned to: True closed, False open."""


def contact_moved(
    advice: Advice, door: str, contact: str, before: Mapping[str, bool], changes: Sequence[Change]
) -> Finding:
    """A person opened and shut the door. `before` are all contacts while it was shut."""
    moved = list(dict.fromkeys(point for point, _ in changes))
    if contact in moved and before.get(contact) is True:
        return Finding(Sign.FINE, door, f"{contact} 反应正确", f"{contact} follows the door")
    if contact in moved:
        lines = advice.turned(contact, "closed_is")
        return Finding(
            Sign.ACT,
            door,
            f"{contact} 反了：门关着却显示断开",
            f"{contact} is the wrong way round: it reads open while the door is shut; wire it closed"
            + (", or" if lines else ""),
            lines,
        )
    if moved:
        other = advice.called(moved[0])
        return Finding(
            Sign.ACT,
            door,
            f"动的是 {other}，不是 {contact}",
            f"{other} moved, not {contact}: swapped",
            advice.swapped(door, contact, moved[0]),
        )
    return Finding(
        Sign.ACT,
        door,
        f"{contact} 没有反应，检查接线和磁铁",
        f"{contact} did not move: check its wire, its pin and the magnet",
    )


def lock_answered(advice: Advice, lock: str, outcome: str, detail: str, *, moved: bool) -> Finding:
    """The lock was driven once; `moved` is what the person saw."""
    if moved and outcome in ("acked", "observed"):
        return Finding(Sign.FINE, lock, "开锁正常", "it unlocks")
    if moved:
        return Finding(
            Sign.LOOK, lock, f"锁动了，但没有回答（{detail}）", f"it moves, but its board does not say so ({detail})"
        )
    if outcome == "not_sent":
        return Finding(Sign.ACT, lock, f"没有发出：{detail}", f"the command did not leave: {detail}")
    lines = advice.turned(lock, "active_high")
    if not lines:
        return Finding(Sign.ACT, lock, "锁没有动：检查供电和接线", "it did not move: check its supply and its wire")
    return Finding(
        Sign.ACT,
        lock,
        "锁没有动：检查供电、接线和继电器极性",
        "it did not move: check its supply, its wire, and whether the relay switches at the other level",
        lines,
    )


def cells_at_rest(advice: Advice, board: str, closed: Mapping[str, bool]) -> list[Finding]:
    """All cells are shut, says the person; `closed` is what the board says of each point."""
    wrong = [point for point, value in closed.items() if not value]
    if not wrong:
        return [Finding(Sign.FINE, board, f"{len(closed)} 个柜门都显示关好", f"all {len(closed)} cells read shut")]
    if len(wrong) == len(closed):
        return [
            Finding(
                Sign.ACT,
                board,
                "全部反了：关着却显示打开",
                "every cell reads open while it is shut: the feedback is the other way round",
                advice.turned(board, "feedback"),
            )
        ]
    return [
        Finding(
            Sign.ACT,
            advice.called(point),
            "关着却显示打开：检查锁的反馈线",
            "it reads open while it is shut: check the feedback wire of its lock",
        )
        for point in wrong
    ]


def cell_answered(advice: Advice, point: str, changes: Sequence[Change]) -> Finding:
    """This cell alone was asked to open; which ones did?"""
    about = advice.called(point)
    opened = list(dict.fromkeys(moved for moved, closed in changes if not closed))
    if opened == [point]:
        return Finding(Sign.FINE, about, "打开正常", "it opens")
    if not opened:
        return Finding(
            Sign.ACT,
            about,
            "没有打开：检查锁和接线",
            "it did not open: check its lock, its plug and what blocks the door",
        )
    others = ", ".join(map(advice.called, opened))
    return Finding(
        Sign.ACT,
        about,
        f"打开的是 {others}：插头接错了",
        f"{others} opened instead: the plugs are swapped at the board; swap them, or the channels in the file",
    )


def port_missing(advice: Advice, device: str, detail: str, candidates: Sequence[str]) -> Finding:
    """A device does not answer; `candidates` are ports of this machine that the file does not name."""
    return Finding(Sign.ACT, device, "没有响应", detail, advice.port(device, candidates))
