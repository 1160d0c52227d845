"""A request: somebody wants something of a service, and how that was proved."""

from __future__ import annotations

from dataclasses import dataclass

USUAL = ""
"""The action of a pass at a reader: whatever its service usually does for who shows one."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted, and by whom. `order` and `pass_id` are hex, at most one of them is there."""

    service: str
    action: str
    holder: str  # hex
    role: str
    way: str  # order_by_link, order_by_scanner, pass_static, pass_bound, code
    order: str = ""
    pass_id: str = ""
    once: bool = False
    issued_s: int = 0
    expires_s: int = 0
    step_s: int = 0
    duration_s: int = 0
    thing: str = ""
    recipient: str = ""  # hex
    reason: str = ""
    count: int = 1
    operated: bool = False  # signed for an operator in the office who asked first
