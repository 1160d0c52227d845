"""What the pages say about wishes and complaints, in Chinese and English."""

from __future__ import annotations

from central.words import CALL, WAIT, Refusal
from drivers.contract import Words

KINDS = {"wish": Words("愿望", "Wish"), "complaint": Words("意见", "Complaint")}
STATES = {
    "new": Words("已收到", "Received"),
    "seen": Words("有人在处理", "Somebody is on it"),
    "done": Words("已办结", "Closed"),
}
NEXT = {
    "new": Words("志愿者会看到，办完后在这里答复您。", "The volunteers will read it and answer you here."),
    "seen": Words("办完后在这里答复您。", "You will find the answer here."),
    "done": Words("谢谢您帮我们把这里变得更好。", "Thank you for helping us to make this place better."),
}

_WRITE_AGAIN = Words(
    "请返回，写一到五百个字，再提交。", "Go back, write between 1 and 500 characters, and send it again."
)
NO_TEXT = Refusal(Words("还没有写内容，或者太长。", "Nothing was written, or too much."), _WRITE_AGAIN)
NO_SUCH_NUMBER = Refusal(
    Words("没有这个编号。", "There is no such number."),
    Words("请核对编号，一个字也不能差，例如 2026-0042-K7QXMR。", "Check every letter of it, such as 2026-0042-K7QXMR."),
)
TOO_MANY_NUMBERS = Refusal(Words("查询太频繁。", "Too many numbers were tried."), WAIT)
TOO_MANY_WISHES = Refusal(
    Words("您今天提得很多，我们先看完这些。", "You have sent many today; let us read those first."), CALL
)
LEDGER_FULL = Refusal(Words("等待处理的太多了。", "Too many are waiting already."), CALL)
NO_ANSWER = Refusal(
    Words("办结要写一句答复。", "To close it, write an answer."),
    Words("请返回，写一到五百个字的答复。", "Go back and write an answer of 1 to 500 characters."),
)
CLOSED_ALREADY = Refusal(
    Words("这一条已经办结。", "This one is closed already."), Words("请返回列表。", "Go back to the list.")
)
