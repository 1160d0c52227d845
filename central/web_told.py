"""What the station's last reply to an order means for the person who gave it."""

from __future__ import annotations

from dataclasses import dataclass

from central import words
from central.service_kinds import DOOR, kind_of
from central.views import Reply
from drivers.contract import Words


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told of an order. `over`: nothing more will come; `done`: the station has seen it done."""

    state: str
    title: Words
    next: Words
    over: bool = False
    done: bool = False


def told(reply: Reply | None, service_type: str) -> Told:
    """Only the station says that something is open, given or taken: its words are the title."""
    if reply is not None and reply.result == "refused":
        return Told("refused", reply.words, words.reason_words(reply.reason).next, over=True)
    return _door(reply) if service_type == DOOR else _other(reply, service_type)


def _door(reply: Reply | None) -> Told:
    if reply is None:
        return Told("sent", words.OPENING, words.OPENING_NEXT)
    match reply.result:
        case "accepted":
            return Told("accepted", words.UNLOCKED, words.UNLOCKED_NEXT)
        case "done":
            return Told("opened", reply.words, words.OPENED_NEXT, over=True, done=True)
        case _ if reply.reason == "not_opened":
            return Told("not_opened", reply.words, words.NOT_OPENED_NEXT, over=True)
        case _:
            return Told("unknown", words.UNSURE, words.UNSURE_NEXT, over=True)


def _other(reply: Reply | None, service_type: str) -> Told:
    if reply is None:
        return Told("sent", words.ASKING, words.ASKING_NEXT)
    match reply.result:
        case "accepted":
            return Told("accepted", words.AGREED, words.AGREED_NEXT)
        case "done":
            next_step = kind_of(service_type).done or words.DONE_NEXT
            return Told("opened", reply.words, next_step, over=True, done=True)
        case _:
            return Told("not_opened", reply.words, words.NOT_DONE_NEXT, over=True)
