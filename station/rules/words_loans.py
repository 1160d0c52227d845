"""Every line about things that are lent, Chinese first."""

from __future__ import annotations

from drivers.contract import Words

LOOK_FOR_NUMBER = Words("请看槽位上的号码", "Look for the number beside the slot")
TAKE_IT_OUT = Words("请取出，用完请归还", "Take it out, and bring it back when you are done")
ANY_FREE_SLOT = Words("插到底，直到锁住", "Push it in until it locks")
THANKS = Words("谢谢，已归还", "Thank you, it is given back")
ARRIVED = Words("谢谢，已收到", "Thank you, it has arrived")
WHOSE = Words("收到一件物品，但不知道是谁归还的", "Something came back, and nobody has said whose it is")
SCAN_FIRST = Words(
    "归还前请先扫码；如需登记请拨打下方电话", "Scan before you give back; to have it noted call the number below"
)
NOT_TAKEN = Words("没有取出，未登记借用", "It was not taken out; nothing is lent to you")
NOT_PUT_IN = Words("没有放入，仍登记在您名下", "Nothing was put in; it is still lent to you")
NOTED = Words("已登记", "Noted")


def opening(slot: str) -> Words:
    """The slot is about to open."""
    return Words(f"正在打开 {slot} 号槽位", f"Opening slot {slot}")


def taken(what: Words, slot: str) -> Words:
    """The slot's contact shows that it has left."""
    return Words(f"{what.zh}已从 {slot} 号槽位取出", f"{what.en} taken from slot {slot}")


def put_in(what: Words, slot: str) -> Words:
    """A slot that is free waits for it."""
    return Words(f"请把{what.zh}放回 {slot} 号槽位", f"{what.en}: put it into slot {slot}")


def kept_open(slot: str) -> Words:
    """A keeper's opening."""
    return Words(f"{slot} 号槽位已打开", f"Slot {slot} is open")


def forced(slot: str) -> Words:
    """Taken without a right."""
    return Words(f"{slot} 号槽位被强行打开，已通知值守人员", f"Slot {slot} was forced; the keepers have been told")
