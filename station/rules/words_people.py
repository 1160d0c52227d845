"""Every line for volunteers and for ratings, Chinese first."""

from __future__ import annotations

from drivers.contract import Words
from station.rules.finding import Finding, Light

SIGNED_ON = Words("已签到，谢谢您", "You are signed on, thank you")
ON_ALREADY = Words("您已经签到", "You are signed on already")
NOT_ON = Words("您还没有签到", "You had not signed on")
CANNOT_SIGN = Words("现在不能签到：无法写入记录", "Signing on does not work now: nothing can be recorded")

HEADLINE = {
    Light.OK: Words("一切正常", "All is well"),
    Light.LOOK: Words("请看一下", "Please take a look"),
    Light.ACT: Words("请马上处理", "Please act now"),
}

REFILL = Words("补货", "Refill")
WHAT_WAS_REFILLED = Words("补了什么？", "What did you put in?")
TWO_DIGITS = Words("输入两位数，例如 05", "Two digits, such as 05")

RATE = Words("评价", "Rate")
HOW_WAS_IT = Words("您觉得这里怎么样？", "How do you like it here?")
THANK_YOU = Words("谢谢您的评价", "Thank you for rating")
TELL_MORE = Words("有话想说？用手机扫码，留下愿望和意见", "More to say? Scan the code and leave a wish or complaint")
STARS = {
    5: Words("★★★★★ 非常好", "Very good"),
    4: Words("★★★★ 好", "Good"),
    3: Words("★★★ 一般", "So-so"),
    2: Words("★★ 不好", "Bad"),
    1: Words("★ 很差", "Very bad"),
}
"""What is pressed, the best first."""


def signed_off(minutes: int) -> Words:
    """How long they were on duty."""
    hours, rest = divmod(minutes, 60)
    if hours:
        return Words(f"已签退，这次 {hours} 小时 {rest} 分钟", f"You are signed off, after {hours} h {rest} min")
    return Words(f"已签退，这次 {rest} 分钟", f"You are signed off, after {rest} min")


def task_done(task: Words) -> Words:
    """A task was ticked."""
    return Words(f"已记录：{task.zh}", f"Noted: {task.en}")


def how_many(item: Words) -> Words:
    """How many pieces were put in."""
    return Words(f"{item.zh}：补了几件？", f"{item.en}: how many did you put in?")


def refilled(item: Words, count: int) -> Words:
    """So many were put in."""
    return Words(f"已记录：{item.zh} 补 {count} 件", f"Noted: {count} of {item.en} put in")


def found(finding: Finding) -> Words:
    """What is not well, and the next step."""
    return Words(
        f"{finding.about}：{finding.words.zh}。{finding.next_step.zh}",
        f"{finding.about}: {finding.words.en}. {finding.next_step.en}",
    )


def more(count: int) -> Words:
    """To the next findings, of so many."""
    return Words(f"下一项（共 {count} 项）", f"Next of {count} findings")
