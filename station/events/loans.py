"""What is lent and comes back some other way than by its holder here. Loans begin with `ThingTaken`."""

from __future__ import annotations

from dataclasses import dataclass

from station.events.base import AccessEvent, HealthEvent


@dataclass(frozen=True, slots=True)
class ThingArrived(AccessEvent):
    """Something came back for which nothing is out here: a loan of another station, or nobody said whose it was.

    `thing` is the slot that it was put into, or a book's ISBN. `by` is who brought it, empty when nobody said. `loan`
    is the loan that the order named (`station.state.loan_id`), empty when it named none.
    """

    service: str
    thing: str
    by: str = ""
    loan: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class ThingLost(AccessEvent):
    """The loan is over without the thing. A keeper said so, or with an empty `by` it was overdue for too long."""

    service: str
    thing: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class BookLeft(AccessEvent):
    """Take one, leave one: somebody who did not say who left a book. Counted by ISBN, and nothing else is known."""

    service: str
    isbn: str


@dataclass(frozen=True, slots=True)
class BookTaken(AccessEvent):
    """Take one, leave one: somebody who did not say who took a book."""

    service: str
    isbn: str


@dataclass(frozen=True, slots=True)
class LibraryNotTold(HealthEvent):
    """A library's system may not know of this loan, or with `out` false of this return: somebody looks there.

    `reason`: "refused" (of a loan that it has already, too), or "too_many" waited for a library that is away.
    """

    service: str
    thing: str
    out: bool
    reason: str
