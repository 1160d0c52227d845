"""A person with a right who stays outside breaks a promise, unless a volunteer had the screen to the end."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest

from drivers.contract import Button, Mood, Page, Words
from simulator.people import Person, Town
from simulator.world_display import Glass
from simulator.world_ledger import Ledger
from simulator.world_time import Agenda

NOTHING = Words("", "")
STARS, SIGN_ON, SIGN_OFF = "volunteers:stars-5", "volunteers:on", "volunteers:off"
CODE = "HTTPS://OFFICE/S/P/" + "A" * 16


def page(*buttons: str, code: str | None = None) -> Page:
    touched = tuple(Button(key, NOTHING) for key in buttons)
    return Page("blue", Mood.CALM, NOTHING, NOTHING, code=code, buttons=touched)


class Door:
    """A door that stays shut, with a screen that shows one page after the other."""

    def __init__(self, *pages: Page | None) -> None:
        self.agenda = Agenda(0)
        self.ledger = Ledger(self.agenda, "p-1")
        self.glass = Glass(self.agenda, self.ledger)
        self.ordered = 0
        house = SimpleNamespace(people_services=lambda: ["volunteers"], lets_in=False, is_open=False)
        house.push, house.show = lambda _who: False, lambda _text: None
        office = SimpleNamespace(order=self._order, reply=lambda _order: None)
        town = SimpleNamespace(
            agenda=self.agenda,
            random=Random(1),
            ledger=self.ledger,
            house=house,
            glass=self.glass,
            office=office,
            quiet=lambda: True,
            people=0,
            service="room",
            old_codes=[],
        )
        town.role = lambda: None
        self._pages = iter(pages)
        self._steps: Iterator[int] = Person(cast("Town", town)).come_with_order()

    def _order(self, *_: object, **__: object) -> tuple[str, str]:
        self.ordered += 1
        return "id", "SO1:X"

    def broken(self) -> list[str]:
        """What is broken when the person has given up; a new page stands there at each of their looks at the screen."""
        self._paint()
        for wait_ms in self._steps:
            self.agenda.run_to(self.agenda.now_ms + wait_ms)
            if wait_ms in (4_000, 5_000):
                self._paint()
        return self.ledger.broken

    def _paint(self) -> None:
        shown = next(self._pages, None)
        if shown is None:
            self.glass.dark()
        else:
            self.glass.paint(shown, self.agenda.now_ms)


@pytest.mark.parametrize("key", [SIGN_ON, SIGN_OFF])
def test_a_volunteer_who_has_the_screen_to_the_end_excuses(key: str) -> None:
    assert Door(page(key), page(key)).broken() == []


def test_a_volunteer_who_had_it_only_at_first_excuses_nothing() -> None:
    door = Door(page(SIGN_ON), page(code=CODE))
    assert len(door.broken()) == 1
    assert door.ordered == 1


@pytest.mark.parametrize("shown", [page(), page(STARS), page("lockers:open"), None])
def test_no_other_page_without_a_code_excuses(shown: Page | None) -> None:
    (words,) = Door(shown, shown).broken()
    assert "had a right to come in and the door stayed shut" in words


def test_a_code_beside_a_button_of_volunteers_is_a_code() -> None:
    door = Door(page(SIGN_ON, code=CODE), page(SIGN_ON, code=CODE))
    assert len(door.broken()) == 1
    assert door.ordered == 2
