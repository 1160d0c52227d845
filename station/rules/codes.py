"""A holding is opened again by the code that its holder chose: a few tries, then longer and longer pauses."""

from __future__ import annotations

from station import events as e
from station.rules import holdings
from station.rules.turn import Turn
from station.state import Holding, State, thing_key, with_item
from station.trust.keypad import fits
from station.trust.refusal import Reason, Refused

FREE_TRIES = 5
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 60_000, 86_400_000
_DOUBLINGS = 11  # by then the pause is the longest


def blocked_until_ms(state: State, holding: Holding) -> int | None:
    """Until when (steady) no code is taken for a thing; None: it is.

    The pause runs from the last wrong code, or from the recovery since.
    """
    over = holding.code_failures - FREE_TRIES
    if over < 0:
        return None
    key = thing_key(holding.service, holding.thing)
    failed_ms = state.volatile.code_failed_ms.get(key, state.volatile.recovered_ms)
    return failed_ms + min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << min(over, _DOUBLINGS))


def check(turn: Turn, service: str, thing: str, digits: str, source: str) -> Holding:
    """Whose thing it is, when these are its digits. Raises `Refused`; a wrong code is recorded.

    Nothing here tells a thing that nobody has from one with another code. `source` is the screen.
    """
    if turn.state.observed.unrecorded:
        raise Refused(Reason.UNRECORDED, "wrong codes could not be counted")
    holding = holdings.of(turn.state, service, thing)
    if holding is None or not holding.code_sha256:
        raise Refused(Reason.WRONG_CODE, f"no code opens {thing} of {service}")
    until_ms = blocked_until_ms(turn.state, holding)
    if until_ms is not None and turn.now.steady_ms < until_ms:
        raise Refused(Reason.CODE_BLOCKED, f"{holding.code_failures} wrong codes for {thing} of {service}")
    if not fits(digits, bytes.fromhex(holding.salt), bytes.fromhex(holding.code_sha256)):
        failed_ms = with_item(turn.state.volatile.code_failed_ms, thing_key(service, thing), turn.now.steady_ms)
        turn.remember(code_failed_ms=failed_ms)
        turn.record(e.CodeFailed(service, thing, source))
        raise Refused(Reason.WRONG_CODE, f"a wrong code for {thing} of {service}")
    return holding
