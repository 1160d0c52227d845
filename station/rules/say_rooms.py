"""What people in a room are told: by the screen and the voice there, and in the reply to an order."""

from __future__ import annotations

from drivers.contract import Mood, Words
from station.rules import say, words, words_rooms
from station.rules.hours import MINUTE_MS
from station.rules.site import RoomService
from station.rules.turn import Turn


def _notice(turn: Turn, room: RoomService, mood: Mood, headline: Words, lines: tuple[Words, ...], ms: int) -> None:
    """At the screens that open the room, or else at those of its door."""
    own = any(room.name in screen.opens for screen in turn.site.screens.values())
    say.notice(turn, room.name if own else room.door, mood, headline, lines, ms)


def begun(turn: Turn, room: RoomService) -> None:
    """Come in."""
    lines = (words_rooms.yours_for(room.due_ms // MINUTE_MS), words.DOOR_UNLOCKED)
    _notice(turn, room, Mood.WELCOME, words.COME_IN, lines, say.NOTICE_MS)


def ended(turn: Turn, room: RoomService, order: str) -> None:
    """Its holder, or a keeper, has ended it."""
    say.reply(turn, order, "done", "", words_rooms.ENDED)
    _notice(turn, room, Mood.CALM, words_rooms.ENDED, (words_rooms.TAKE_YOUR_THINGS,), say.NOTICE_MS)


def due_soon(turn: Turn, room: RoomService) -> None:
    """The time is nearly up."""
    headline = words_rooms.over_in(room.warn_ms // MINUTE_MS)
    _notice(turn, room, Mood.WARNING, headline, (words_rooms.TAKE_YOUR_THINGS,), say.ALARM_MS)


def overdue(turn: Turn, room: RoomService) -> None:
    """The time is up. Nothing else happens: nobody is put out."""
    _notice(turn, room, Mood.WARNING, words_rooms.TIME_IS_UP, (words_rooms.FOR_THE_NEXT,), say.ALARM_MS)


def released(turn: Turn, room: RoomService) -> None:
    """A keeper opens from outside."""
    _notice(turn, room, Mood.WARNING, words_rooms.RELEASED, (), say.NOTICE_MS)
