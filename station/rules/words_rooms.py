"""Every line about rooms that somebody has for a while, Chinese first."""

from __future__ import annotations

from drivers.contract import Words

TAKE = Words("使用房间", "Use the room")
ENDED = Words("谢谢，房间已归还", "Thank you, the room is free again")
TAKE_YOUR_THINGS = Words("请带好随身物品", "Please take your things with you")
TIME_IS_UP = Words("使用时间到了", "The time is up")
FOR_THE_NEXT = Words("请收拾好，方便下一位", "Please make room for the next person")
RELEASED = Words("管理员已开门", "A keeper has opened the door")
OVERDUE = Words("超时使用中", "In use beyond its time")
KNOCK = Words("敲门问一声", "Knock and ask")


def yours_for(minutes: int) -> Words:
    """Somebody has taken it."""
    return Words(f"房间归您使用 {minutes} 分钟", f"The room is yours for {minutes} minutes")


def over_in(minutes: int) -> Words:
    """The time is nearly up."""
    return Words(f"使用时间还有 {minutes} 分钟", f"{minutes} minutes are left")
