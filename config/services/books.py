"""`type = "books"`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.tables import Admitting, Name


class Books(Admitting):
    """A shelf of books on trust: its reader reads people's codes, and the barcodes (ISBN) of the books."""

    type: Literal["books"] = Field(description="a shelf of books")
    library: Name = Field("", description="the library system that is told of every loan and return")
    due_days: int = Field(30, ge=1, le=365, description="how long a book is lent for")
    warn_days: int = Field(2, ge=1, le=30, description="so long before the end its holder is warned")
    per_person: int = Field(3, ge=1, le=20, description="books that one person may have at the same time")
    lost_days: int = Field(60, ge=1, le=730, description="overdue for so long: it is lost")
    leave_one: bool = Field(
        default=False, description="take one, leave one: nobody has to say who they are, and books are only counted"
    )
    visit_seconds: int = Field(
        60, ge=15, le=600, description="what is scanned within this time after somebody showed who they are is theirs"
    )
