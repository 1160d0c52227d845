"""Every line about codes that people choose on a touch screen, Chinese first."""

from __future__ import annotations

from drivers.contract import Words

OPEN_WITH_CODE = Words("用密码开柜", "Open with a code")
WHICH_CELL = Words("请输入柜号", "Which cell?")
NO_SUCH_CELL = Words("没有这个柜号", "There is no such cell")
SIX_DIGITS = Words("请设置六位数字", "Choose six digits")
ONCE_MORE = Words("请再输入一次", "Type them once more")
REMEMBER_IT = Words("请记住密码，本站不会显示它", "Remember them; nobody here can look them up")
TOO_EASY = Words("这个密码太容易猜到", "That is too easy to guess")
NOT_THE_SAME = Words("两次输入不一样，请重新设置", "They were not the same, please choose again")
HOW_TO_USE_IT = Words("下次点“用密码开柜”即可", 'Next time touch "Open with a code"')
KEEP_IT = Words("打开，继续使用", "Open it and keep it")
GIVE_IT_BACK = Words("取走物品，归还柜子", "Take my things and give it back")


def so_many_digits(digits: int) -> Words:
    """How a cell's number is typed."""
    example = "7".zfill(digits)
    return Words(f"输入 {digits} 位，例如 {example}", f"{digits} digits, such as {example}")


def choose_for(number: str) -> Words:
    """A code for a cell."""
    return Words(f"为 {number} 号柜设置密码", f"Choose a code for cell {number}")


def type_code(number: str) -> Words:
    """The code of a cell is asked for."""
    return Words(f"请输入 {number} 号柜的密码", f"The code of cell {number}?")


def what_now(number: str) -> Words:
    """The code was right."""
    return Words(f"{number} 号柜：要做什么？", f"Cell {number}: what next?")


def code_is_set(number: str) -> Words:
    """A code was chosen."""
    return Words(f"{number} 号柜的密码已设置", f"Cell {number} has its code")
