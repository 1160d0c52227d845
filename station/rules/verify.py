"""What the office signed: verified here before anything in it is believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drivers.contract import ClockTrust, MessageReceived
from station import events as e
from station.rules import refusals
from station.rules.turn import Turn
from station.trust.messages import strict_json, verify_message
from station.trust.refusal import Reason, Refused
from station.trust.ring import Purpose

_ASK_ID = re.compile(r"[0-9a-f]{32}")
_PURPOSES = {"hello": Purpose.HELLO, "stored": Purpose.STORED, "ask": Purpose.OPERATE}


def now_s(turn: Turn) -> int | None:
    """The unix second for the windows of keys; None while the time is not known."""
    return None if turn.now.trust is ClockTrust.FLOOR else turn.now.wall_ms // 1000


def forged(turn: Turn, name: str, refused: Refused) -> None:
    """Once as a safety event, then counted."""
    source = f"office {name}"
    if (source, refused.reason) not in turn.state.volatile.refusals:
        turn.record(e.MessageForged(name, refused.reason))
    refusals.refuse(turn, source, refused.reason)


def verified(turn: Turn, signal: MessageReceived) -> Mapping[str, Any] | None:
    """The JSON object of a signed message; None when it is not to be believed."""
    ring = turn.state.observed.ring
    if ring is None:
        return None
    try:
        if signal.retained:
            raise Refused(Reason.RETAINED, "this message must never lie about in the broker")
        verify_message(
            ring,
            kid=signal.kid,
            signature=signal.signature,
            purpose=_PURPOSES[signal.name],
            station=turn.site.station,
            name=f"down/{signal.name}",
            payload=signal.payload,
            # A hello brings the time: a clock that is years off must not keep it out. `key_in_force` judges its key.
            now_s=None if signal.name == "hello" else now_s(turn),
        )
        value = strict_json(signal.payload)
        if not isinstance(value, dict):
            raise Refused(Reason.WRONG_TYPE, "the message is not a JSON object")
    except Refused as refused:
        forged(turn, signal.name, refused)
        return None
    return value


def key_in_force(turn: Turn, signal: MessageReceived, at_s: int) -> bool:
    """Whether the key of a verified message was in force at that unix second."""
    ring = turn.state.observed.ring
    try:
        if ring is not None:
            ring.find(signal.kid).must_be_in_force(at_s)
    except Refused as refused:
        forged(turn, signal.name, refused)
        return False
    return ring is not None


def ask_id(turn: Turn, signal: MessageReceived) -> str | None:
    """The id of a verified ask, 32 hex digits; None otherwise."""
    message = verified(turn, signal)
    value = message.get("ask_id") if message is not None else None
    return value if isinstance(value, str) and _ASK_ID.fullmatch(value) else None
