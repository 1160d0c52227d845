"""What the pages say about wishes and complaints, in Chinese and English."""

from __future__ import annotations

from central.words import CALL, WAIT, Refusal
from drivers.contract import both

KINDS = {"wish": both("Wish"), "complaint": both("Complaint")}
STATES = {
    "new": both("Received"),
    "seen": both("Somebody sees to it"),
    "done": both("Closed"),
}
NEXT = {
    "new": both("The volunteers will read it and answer you here."),
    "seen": both("You will find the answer here."),
    "done": both("Thank you for helping us to make this place better."),
}

_WRITE_AGAIN = both("Go back, write between 1 and 500 characters, and send it again.")
NO_TEXT = Refusal(both("Nothing was written, or too much."), _WRITE_AGAIN)
NO_SUCH_NUMBER = Refusal(
    both("There is no such number."),
    both("Check every letter of it, such as 2026-0042-K7QXMR."),
)
TOO_MANY_NUMBERS = Refusal(both("Too many numbers were tried."), WAIT)
TOO_MANY_WISHES = Refusal(both("You have sent many today; let us read those first."), CALL)
LEDGER_FULL = Refusal(both("Too many are waiting already."), CALL)
NO_ANSWER = Refusal(
    both("To close it, write an answer."),
    both("Go back and write an answer of 1 to 500 characters."),
)
CLOSED_ALREADY = Refusal(both("This one is closed already."), both("Go back to the list."))
