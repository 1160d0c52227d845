"""The office as its pages and its command line use it: read what stations told, place orders, issue passes.

Every call may be made from any thread and returns within milliseconds (a small database query), except `wait_reply`,
`operate` and `wait_sent`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from central import reading
from central import tables as t
from central.changes import Changes, NoPoints, OfficeBusy, OfficeFault, StationAway, UnknownStation
from central.desk import Desk
from central.issue import PLAIN, Issuer
from central.keys import Signer
from central.pass_office import PassOffice, Publish
from central.purse import Purse
from central.store import Store
from central.views import AlarmView, Change, Detail, EventView, PlacedOrder, Reply, StationView
from central.wishes import Wishes
from station.trust.holders import Role
from station.trust.keys import Purpose
from station.trust.nonces import MAX_HOLD_SECONDS
from station.trust.refusal import Refused
from sync import contract
from sync.contract import publication

__all__ = ["NoPoints", "Office", "OfficeBusy", "OfficeFault", "StationAway", "UnknownStation"]

NONCE_SECONDS = 5.0
"""How long a station may take to answer a question."""
ORDER_BYTES = ASK_BYTES = 16


class Office(PassOffice):
    """One office. Made by `central.serve.open_office`; `publish` gives a message to the desk's connection."""

    def __init__(
        self,
        store: Store,
        issuer: Issuer,
        documents: Signer | None,
        desk: Desk,
        publish: Publish,
        changes: Changes,
        *,
        points_per_hour: int = 0,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        super().__init__(store, issuer, documents, publish, now_ms)
        self._changes = changes
        self._desk = desk
        self.wishes = Wishes(store, changes.tell, now_ms)
        self.purse = Purse(store, self.holder, points_per_hour, now_ms)

    # ---------------------------------------------------------------- what stations told

    def stations(self) -> list[StationView]:
        """Every station that was added, by id."""
        with self._store.read() as connection:
            return reading.stations(connection)

    def last_events(self, station: str | None, limit: int = 50) -> list[EventView]:
        """The newest stored rows, newest first, of one station or (None) of all; `limit` at most 500."""
        with self._store.read() as connection:
            return reading.last_events(connection, station, limit)

    def alarms(self, limit: int = 50) -> list[AlarmView]:
        """The newest safety rows of all stations, newest first."""
        with self._store.read() as connection:
            return reading.alarms(connection, limit)

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Have `callback` called at every change; returns what ends it. Raises `OfficeBusy`.

        It is called from the office's own threads: it must return at once and not raise (an asyncio page uses
        `loop.call_soon_threadsafe` onto a bounded queue). One that raises is dropped.
        """
        return self._changes.subscribe(callback)

    # ---------------------------------------------------------------- orders

    def order(
        self,
        station: str,
        service: str,
        action: str,
        nonce: str,
        person: str,
        role: Role = Role.RESIDENT,
        detail: Detail = PLAIN,
    ) -> PlacedOrder:
        """Sign an order for somebody who stands at the station's screen, and send it.

        `nonce` is the text from the address of the station's QR code; `person` is the office's own id of somebody
        (`new_person`), which never leaves the office. Raises `UnknownStation`, `NoPoints` for what
        costs more than this person has, `OfficeFault` for a service that the station does not have or a nonce that
        cannot be one.
        """
        view = self._must_have(station, service)
        return self._place(view, service, action, nonce, person, role, Purpose.ORDER, None, detail)

    def operate(
        self,
        station: str,
        service: str,
        action: str,
        person: str,
        *,
        role: Role = Role.KEEPER,
        hold_seconds: int | None = None,
        detail: Detail = PLAIN,
    ) -> PlacedOrder:
        """An operator's order, without anybody at the screen: ask the station for a nonce, then sign and send.

        Blocks for up to `NONCE_SECONDS`. `hold_seconds` for actions that hold a state. Raises `UnknownStation`,
        `StationAway` when no nonce comes, `NoPoints`, `OfficeFault`.
        """
        view = self._must_have(station, service, or_alarm=True)
        if hold_seconds is not None and not 0 < hold_seconds <= MAX_HOLD_SECONDS:
            raise OfficeFault(
                f"an order holds a state for at most {MAX_HOLD_SECONDS // 60} minutes; send it again then"
            )
        ask_id = secrets.token_bytes(ASK_BYTES).hex()
        self._desk.expect(ask_id, station)
        if not self._publish(self._issuer.ask(ask_id, station, service, action, self._now_ms() // 1000)):
            raise StationAway("the office has no connection to its broker now: look at the broker, then try again")
        nonce = self._desk.wait_nonce(ask_id, NONCE_SECONDS)
        if nonce is None:
            raise StationAway(f"{station} has not answered for {NONCE_SECONDS:.0f} s: it is cut off, or busy")
        return self._place(view, service, action, nonce, person, role, Purpose.OPERATE, hold_seconds, detail)

    def reply(self, order_id: str) -> Reply | None:
        """The station's last reply to an order; None while there is none."""
        with self._store.read() as connection:
            return reading.reply(connection, order_id)

    def wait_reply(self, order_id: str, timeout_seconds: float, *, final: bool = False) -> Reply | None:
        """A reply as soon as it is there, or (`final`) what became of it in the end; otherwise the last one so far.

        Blocks up to `timeout_seconds`: not for an asyncio thread.
        """

        def enough() -> bool:
            found = self.reply(order_id)
            return found is not None and (not final or found.result != "accepted")

        self._desk.wait_news(enough, timeout_seconds)
        return self.reply(order_id)

    def _place(
        self,
        view: StationView,
        service: str,
        action: str,
        nonce: str,
        person: str,
        role: Role,
        purpose: Purpose,
        duration_s: int | None,
        detail: Detail,
    ) -> PlacedOrder:
        station, now_ms, order_id = view.id, self._now_ms(), secrets.token_bytes(ORDER_BYTES)
        values = {"station": station, "service": service, "action": action, "person": person, "role": role.value}
        price = _price(view, service, action, detail)
        with self._store.write() as transaction:
            if price:
                self.purse.set_aside(transaction, order_id.hex(), station, person, price)
            try:
                text = self._issuer.order(
                    order_id,
                    station,
                    service,
                    action,
                    nonce,
                    person,
                    role,
                    now_ms // 1000,
                    purpose=purpose,
                    duration_s=duration_s,
                    detail=detail,
                )
            except Refused as refused:
                raise OfficeFault(f"no order can be made of that: {refused.detail}") from refused
            transaction.put(t.orders, {"order_id": order_id.hex(), **values, "placed_ms": now_ms}, keys=("order_id",))
        sent = self._publish(publication(station, contract.ORDER, text.encode()))
        return PlacedOrder(order_id.hex(), station, service, action, text, now_ms, sent)


def _price(view: StationView, service: str, action: str, detail: Detail) -> int:
    """How many points the station asks for it, as far as it has told."""
    offers = (offer for one in view.services if one.name == service for offer in one.offers)
    each = next((one.points for one in offers if (one.action, one.thing) == (action, detail.thing)), 0)
    return each * (detail.count or 1)
