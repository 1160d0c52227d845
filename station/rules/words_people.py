"""Every line for volunteers and for ratings, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both
from station.rules.finding import Finding, Light

SIGNED_ON = both("You are signed on, thank you")
ON_ALREADY = both("You are signed on already")
NOT_ON = both("You had not signed on")
CANNOT_SIGN = both("Signing on does not work now: nothing can be recorded")

HEADLINE = {
    Light.OK: both("All is well"),
    Light.LOOK: both("Please take a look"),
    Light.ACT: both("Please act now"),
}

REFILL = both("Refill")
WHAT_WAS_REFILLED = both("What did you put in?")
TWO_DIGITS = both("Two digits, such as 05")

RATE = both("Rate")
HOW_WAS_IT = both("How do you like it here?")
THANK_YOU = both("Thank you for rating")
TELL_MORE = both("More to say? Scan the code and leave a wish or complaint")
STARS = {
    5: both("Very good"),
    4: both("Good"),
    3: both("So-so"),
    2: both("Bad"),
    1: both("Very bad"),
}
"""What is pressed, the best first."""


def signed_off(minutes: int) -> Words:
    """How long they were on duty."""
    hours, rest = divmod(minutes, 60)
    if hours:
        return both("You are signed off, after {hours} h {rest} min", hours=hours, rest=rest)
    return both("You are signed off, after {rest} min", rest=rest)


def task_done(task: Words) -> Words:
    """A task was ticked."""
    return both("Noted: {task}", task=task)


def how_many(item: Words) -> Words:
    """How many pieces were put in."""
    return both("{item}: how many did you put in?", item=item)


def refilled(item: Words, count: int) -> Words:
    """So many were put in."""
    return both("Noted: {count} of {item} put in", count=count, item=item)


def found(finding: Finding) -> Words:
    """What is not well, and the next step."""
    return both("{about}: {told}. {next}", about=finding.about, told=finding.words, next=finding.next_step)


def more(count: int) -> Words:
    """To the next findings, of so many."""
    return both("Next of {count} findings", count=count)
