"""The office as its pages and its command line use it: read what stations told, place orders, issue passes.

Every call is made from any thread and returns within milliseconds (one small database query), except `wait_reply`.
"""

from __future__ import annotations

from collections.abc import Callable

from central.views import AlarmView, Change, EventView, IssuedPass, PlacedOrder, Reply, StationView
from station.trust.holders import Role

MAX_SUBSCRIBERS = 256
"""How many live pages at once; `subscribe` raises `OfficeBusy` beyond."""


class OfficeFault(Exception):
    """The office cannot do that; the message says why and what to do next."""


class UnknownStation(OfficeFault):
    """No station of this name was added."""


class OfficeBusy(OfficeFault):
    """A bound was reached; try again later."""


class Office:
    """One office. Made by `open_office(folder)`; `close` gives database and broker back."""

    # ---- what stations told

    def stations(self) -> list[StationView]:
        """Every station that was added, by id."""
        raise NotImplementedError

    def station(self, station: str) -> StationView:
        """One station. Raises `UnknownStation`."""
        raise NotImplementedError

    def last_events(self, station: str | None, limit: int = 50) -> list[EventView]:
        """The newest stored rows, newest first, of one station or (None) of all; `limit` at most 500."""
        raise NotImplementedError

    def alarms(self, limit: int = 50) -> list[AlarmView]:
        """The newest safety rows of all stations, newest first."""
        raise NotImplementedError

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Have `callback` called at every change; returns what ends it. Raises `OfficeBusy`.

        It is called from the office's own thread: it must return at once and not raise (an asyncio page uses
        `loop.call_soon_threadsafe` onto a bounded queue). One that raises is dropped.
        """
        raise NotImplementedError

    # ---- orders

    def order(
        self, station: str, service: str, action: str, nonce: str, person: str, role: Role = Role.RESIDENT
    ) -> PlacedOrder:
        """Sign an order for somebody who stands at the station's screen, and send it.

        `nonce` is the text from the address of the station's QR code; `person` is the office's own id of somebody
        (`new_person`), which never leaves the office. Raises `UnknownStation`, `OfficeFault` for a service or
        action that the station does not have or a nonce that cannot be one.
        """
        raise NotImplementedError

    def reply(self, order_id: str) -> Reply | None:
        """The station's reply to an order; None while there is none."""
        raise NotImplementedError

    def wait_reply(self, order_id: str, timeout_seconds: float) -> Reply | None:
        """The reply as soon as it is there; None after `timeout_seconds`. Blocks: not for an asyncio thread."""
        raise NotImplementedError

    # ---- people and passes

    def new_person(self, role: Role = Role.RESIDENT, label: str = "") -> str:
        """A new random id (32 hex digits) for somebody; `label` is what a keeper needs to tell cards apart."""
        raise NotImplementedError

    def issue_pass(
        self,
        audience: str,
        services: tuple[str, ...],
        person: str,
        *,
        role: Role = Role.RESIDENT,
        valid_seconds: int = 86_400,
        one_time: bool = False,
        phone_key: bytes | None = None,
    ) -> IssuedPass:
        """Sign a pass for a station (or `@group`), valid from now on.

        `phone_key` is the phone's P-256 public key (33 bytes, compressed): the pass is then bound to it (SG2).
        """
        raise NotImplementedError

    def revoke_pass(self, pass_id: str) -> None:
        """Put a pass on the revocation list that the stations get. Raises `OfficeFault` for an unknown id."""
        raise NotImplementedError
