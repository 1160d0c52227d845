"""What people may ask for, in words, Chinese first. Where a service has a name of its own, that stands above these."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.contract import Words

OPEN_DOOR = Words("开门", "Open the door")
SIZES: Mapping[str, Words] = {
    "small": Words("小号柜", "Small cell"),
    "medium": Words("中号柜", "Medium cell"),
    "large": Words("大号柜", "Large cell"),
}
LOW_CELL = Words("低位柜，轮椅可用", "Low cell, for wheelchairs")
BORROW = Words("借一件", "Borrow one")
BRING_BACK = Words("归还", "Give one back")
OPEN_BOX = Words("打开箱子", "Open the box")
START = Words("启动", "Start")
SIGN_ON = Words("签到", "Sign on")
SIGN_OFF = Words("签退", "Sign off")


def socket(name: str) -> Words:
    """One socket by the name that is printed on it."""
    return Words(f"{name} 号插座", f"Socket {name}")
