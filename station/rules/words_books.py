"""Every line about books, Chinese first."""

from __future__ import annotations

from drivers.contract import Words, both

SCAN_BOOKS = both("Scan the barcode on the back of each book")
BORROW_OR_BRING = both("Books to borrow and books to bring back, one after the other")
BRING_BACK = both("Scan the books that you bring back")
WHO_FIRST = both("Show your pass first, then scan the book")
GIVEN_BACK = both("Thank you, it is given back; please put it on the shelf")
ARRIVED = both("Thank you, it has arrived; please put it on the shelf")
LEFT = both("Thank you for leaving a book")
TAKEN = both("Enjoy the book")
NEXT_BOOK = both("You may scan the next one")


def lent(days: int) -> Words:
    """It is theirs for so long."""
    return both("Lent to you; please bring it back within {days} days", days=days)
