"""Every line about the alarms that a station raises by itself, Chinese first."""

from __future__ import annotations

from drivers.contract import Words
from station.rules.site import FLOOD, FORCED, HELD, HOT, LOST, TAMPER

CAUSES: dict[str, Words] = {
    FORCED: Words("被强行打开", "Forced open"),
    HELD: Words("门一直没关", "Door held open"),
    TAMPER: Words("设备被人动过", "Equipment was tampered with"),
    LOST: Words("设备失联", "Device lost"),
    HOT: Words("温度过高", "Too hot"),
    FLOOD: Words("有人连续试码", "Somebody keeps trying codes"),
}
"""Every cause, as `AlarmRaised.what` has it."""

NEXT: dict[str, Words] = {
    FORCED: Words("到现场查看，关好门，再请办公室解除", "Go and see, shut it, then have the office clear the alarm"),
    HELD: Words("请关好门", "Close the door"),
    TAMPER: Words("到现场查看设备，再请办公室解除", "Go and see, then have the office clear the alarm"),
    LOST: Words("检查插头和线", "Check plug and cable"),
    HOT: Words("断开大功率设备，联系维护人员", "Switch big loads off and call the technician"),
    FLOOD: Words("看看门口是谁", "See who is at the door"),
}
HEARD = Words("有人已在处理", "Somebody is on it")


def standing(cause: str, source: str) -> Words:
    """The alarm stands."""
    told = CAUSES[cause]
    return Words(f"{source}：{told.zh}", f"{source}: {told.en}")
