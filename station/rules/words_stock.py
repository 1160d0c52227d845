"""Every line about what is given away by the piece, Chinese first."""

from __future__ import annotations

from drivers.contract import Words

SHUT_WHEN_DONE = Words("用完请关好门", "Shut it when you are done")
NOT_OPENED = Words("门没有打开，未扣数量和积分", "It did not open; nothing was counted or charged")
IS_OPEN = Words("已打开", "It is open")
OPENING = Words("正在打开", "Opening")
UNSURE = Words("不确定是否打开，请拉一下门", "It is not certain that it opened; please try the door")
FORCED = Words("柜门被强行打开，已通知值守人员", "It was forced; the keepers have been told")
REFILL_OR_COUNT = Words("请补货，然后登记数量", "Refill it, then note how many")
TAKE_OUT_EXPIRED = Words("请取出过期物品，重新盘点", "Take out what has expired, then count again")


def take(what: Words, count: int) -> Words:
    """They may take so many."""
    return Words(f"请取 {count} 件：{what.zh}", f"Please take {count}: {what.en}")


def left(what: Words, count: int) -> Words:
    """What is recorded now."""
    return Words(f"{what.zh}：现有 {count} 件", f"{what.en}: {count} here now")


def low(what: Words, count: int) -> Words:
    """Few are left, or none."""
    if count == 0:
        return Words(f"{what.zh}已取完", f"{what.en}: none left")
    return Words(f"{what.zh}只剩 {count} 件", f"{what.en}: only {count} left")


def expired(what: Words, day: str) -> Words:
    """Some of it is past its day."""
    return Words(f"{what.zh}有过期的（{day}）", f"{what.en}: some expired on {day}")
