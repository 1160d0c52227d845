"""Every line about cells, Chinese first."""

from __future__ import annotations

from drivers.contract import Words

LOOK_FOR_NUMBER = Words("请看柜门上的号码", "Look for the number on the door")
SHUT_WHEN_DONE = Words("用完请关好柜门", "Shut the cell when you are done")
EMPTY_AND_SHUT = Words("请取走物品，关好柜门", "Take everything out and shut the cell")
SHUT_IT = Words("请关好柜门，不要放入物品", "Please shut it and put nothing in")
KEPT = Words("柜子为您保留；再次开柜请扫码", "It is kept for you; scan to open it again")
FREE = Words("谢谢，柜子已归还", "Thank you, the cell is given back")


def opening(number: str) -> Words:
    """The cell is about to open."""
    return Words(f"正在打开 {number} 号柜", f"Opening cell {number}")


def is_open(number: str) -> Words:
    """Its sensor shows it open."""
    return Words(f"{number} 号柜已打开", f"Cell {number} is open")


def is_shut(number: str) -> Words:
    """Its sensor shows it shut."""
    return Words(f"{number} 号柜已关好", f"Cell {number} is shut")


def offered(number: str) -> Words:
    """Somebody else may take it over."""
    return Words(f"已允许对方打开 {number} 号柜", f"They may now open cell {number}")


def noted(number: str) -> Words:
    """A keeper's word about a cell is recorded."""
    return Words(f"{number} 号柜已登记", f"Cell {number}: noted")


def stuck(number: str) -> Words:
    """It did not open, and somebody's things are in it."""
    return Words(f"{number} 号柜没有打开", f"Cell {number} did not open")


def opened_late(number: str) -> Words:
    """It opened when it was nobody's any more."""
    return Words(f"{number} 号柜刚刚才打开，请勿使用", f"Cell {number} opened late, please do not use it")


def forced(number: str) -> Words:
    """Opened without a right."""
    return Words(f"{number} 号柜被强行打开，已通知值守人员", f"Cell {number} was forced; the keepers have been told")
