"""One thing that a service is asked to do, by the name of the action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from station.rules.turn import Turn
from station.state import Request
from station.trust.refusal import Reason, Refused


class Named(Protocol):
    """A service."""

    @property
    def name(self) -> str: ...


S = TypeVar("S", bound=Named)


def check_recorded(turn: Turn) -> None:
    """Raises `Refused` while nothing can be recorded."""
    if turn.state.observed.unrecorded:
        raise Refused(Reason.UNRECORDED, "the journal cannot be written")


def do(
    turn: Turn, service: S, request: Request, actions: Mapping[str, Callable[[Turn, S, Request], None]], action: str
) -> None:
    """Do it. Raises `Refused`: there is no such action, or it may not be done."""
    act = actions.get(action)
    if act is None:
        raise Refused(Reason.WRONG_ACTION, f"{service.name} does not do {action}")
    act(turn, service, request)
