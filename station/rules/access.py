"""Who may use what: codes at a reader and orders from the office, all ending in the same `Request`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.contract import CodeScanned, JunkReceived, MessageReceived, Signal
from station.rules import (
    alarms,
    appliances,
    books,
    entry,
    hours,
    loans,
    lockers,
    nonces,
    people,
    refusals,
    rooms,
    say,
    sockets,
    stock,
    volunteer,
)
from station.rules.site import (
    ApplianceService,
    BookService,
    DoorService,
    LoanService,
    LockerService,
    PeopleService,
    RoomService,
    Service,
    SocketService,
    StockService,
)
from station.rules.turn import Turn
from station.rules.verify import now_s
from station.state import USUAL, Request
from station.trust.orders import Order, read_order
from station.trust.passes import Uses, must_be_later, read_pass
from station.trust.refusal import Reason, Refused
from station.trust.ring import Purpose, Ring

MAX_ONE_TIME_VISITS = 2_000


def react(turn: Turn, signal: Signal) -> None:
    """Codes and orders become grants or refusals."""
    match signal:
        case CodeScanned():
            if not books.scanned(turn, signal):
                _scanned(turn, signal)
        case MessageReceived(name="order"):
            _ordered(turn, signal)
        case JunkReceived() if _services_at(turn, signal.device):
            refusals.refuse(turn, signal.device, Reason.NOT_TEXT, count=signal.count)
        case _:
            pass


def _services_at(turn: Turn, reader: str) -> list[Service]:
    return [service for service in turn.site.services.values() if service.reader == reader]


def _scanned(turn: Turn, signal: CodeScanned) -> None:
    services = _services_at(turn, signal.device)
    if not services:
        return
    try:
        if signal.code.startswith(b"SO1:"):
            order = read_order(signal.code, _ring(turn), station=turn.site.station, wall_s=now_s(turn))
            _take_order(turn, order, "order_by_scanner", tuple(service.name for service in services))
        else:
            grant(turn, _pass_request(turn, signal.code, services))
    except Refused as refused:
        refusals.refuse(turn, signal.device, refused.reason, service=services[0].name)
        say.refused(turn, signal.device, refused.reason)


def _ordered(turn: Turn, signal: MessageReceived) -> None:
    order: Order | None = None
    try:
        if signal.retained:
            raise Refused(Reason.RETAINED, "an order must never lie about in the broker")
        order = read_order(signal.payload, _ring(turn), station=turn.site.station, wall_s=now_s(turn))
        _take_order(turn, order, "order_by_link", tuple(turn.site.services))
    except Refused as refused:
        refusals.refuse(turn, signal.device, refused.reason)
        if order is not None and refused.reason is not Reason.ORDER_USED:
            say.order_refused(turn, order.id.hex(), refused.reason)


def _ring(turn: Turn) -> Ring:
    ring = turn.state.observed.ring
    if ring is None:
        raise Refused(Reason.NO_RING, "this station holds no key ring yet; it comes with the first hello of the office")
    return ring


def _take_order(turn: Turn, order: Order, way: str, services: tuple[str, ...]) -> None:
    picture = nonces.check(turn, order)
    operated = picture is None and order.purpose is Purpose.OPERATE
    alarm = alarms.alarm_of(turn.site, order.service)
    if alarm is not None and operated:
        alarms.answered(turn, alarm, order.action, order.holder.hex())
    elif order.service not in services:
        raise Refused(Reason.WRONG_SERVICE, "the order names a service that is not here")
    elif "order" not in turn.site.services[order.service].ways and not operated:
        raise Refused(Reason.UNKNOWN_SCHEME, f"{order.service} takes no orders")
    else:
        grant(turn, _order_request(order, way, operated=operated))
    nonces.use(turn, order, picture)
    say.order_accepted(turn, order.id.hex())


def _order_request(order: Order, way: str, *, operated: bool) -> Request:
    return Request(
        order.service,
        order.action,
        order.holder.hex(),
        order.role,
        way,
        order=order.id.hex(),
        duration_s=order.duration_s or 0,
        thing=order.thing,
        recipient=order.recipient.hex(),
        reason=order.reason,
        count=order.count or 1,
        operated=operated,
    )


def _pass_request(turn: Turn, text: bytes, services: list[Service]) -> Request:
    observed = turn.state.observed
    shown = read_pass(
        text,
        _ring(turn),
        station=turn.site.station,
        groups=turn.site.groups,
        wall_s=now_s(turn),
        revoked=observed.revocations,
        floor_s=turn.now.wall_ms // 1000,
    )
    service = next((service for service in services if service.name in shown.pass_.services), None)
    if service is None:
        raise Refused(Reason.WRONG_SERVICE, "the pass is for other services")
    way = "pass_static" if shown.step_s is None else "pass_bound"
    if way not in service.ways:
        raise Refused(Reason.UNKNOWN_SCHEME, f"{service.name} takes no {way}")
    _check_freshness(turn, service)
    pass_id = shown.pass_.id.hex()
    if shown.step_s is not None:
        must_be_later(shown.step_s, turn.state.recorded.steps.get(pass_id))
    return Request(
        service.name,
        USUAL,
        shown.pass_.holder.hex(),
        shown.pass_.role,
        way,
        pass_id=pass_id,
        once=shown.pass_.uses is Uses.ONE,
        issued_s=shown.pass_.iat_s,
        expires_s=shown.pass_.exp_s,
        step_s=shown.step_s or 0,
    )


def _check_freshness(turn: Turn, service: Service) -> None:
    """Passes need to know who was revoked: the age counts from the last hello that confirmed the list."""
    state = turn.state
    if state.observed.floors is None and not state.volatile.confirmed:
        raise Refused(Reason.FLOORS_UNCONFIRMED, "the lowest acceptable document versions were lost; a hello is needed")
    age_s = (turn.now.wall_ms - state.recorded.confirmed_at_ms) // 1000
    if age_s > service.revocations_max_age_s:
        raise Refused(Reason.REVOCATIONS_TOO_OLD, f"the office last confirmed the list {age_s} s ago")


def grant(turn: Turn, request: Request) -> None:
    """Let the service do it, after everything that holds for all services. Raises `Refused`."""
    service = turn.site.services[request.service]
    if request.role not in service.roles:
        raise Refused(Reason.WRONG_ROLE, f"{service.name} is not for the role {request.role}")
    if request.role != "keeper" and not hours.open_now(turn, service):
        raise Refused(Reason.OUTSIDE_HOURS, f"{service.name} is closed at this hour")
    if request.once:
        _check_one_time(turn, request)
    _REQUESTED[type(service)](turn, service, request)
    volunteer.arrived(turn, request)


def _door(turn: Turn, door: DoorService, request: Request) -> None:
    rooms.check_door(turn, door, request)
    entry.requested(turn, door, request)


_REQUESTED: Mapping[type[Service], Callable[..., None]] = {
    DoorService: _door,
    LockerService: lockers.requested,
    LoanService: loans.requested,
    BookService: books.requested,
    StockService: stock.requested,
    SocketService: sockets.requested,
    RoomService: rooms.requested,
    ApplianceService: appliances.requested,
    PeopleService: people.requested,
}
"""What each type of service does with a request."""


def _check_one_time(turn: Turn, request: Request) -> None:
    recorded = turn.state.recorded
    if recorded.amnesia_at_ms is not None and request.issued_s * 1000 < recorded.amnesia_at_ms:
        raise Refused(Reason.ISSUED_BEFORE_AMNESIA, "it may have been used before the journal was lost")
    if request.pass_id not in recorded.visits and len(recorded.visits) >= MAX_ONE_TIME_VISITS:
        raise Refused(Reason.OUT_OF_ORDER, "too many one-time passes are remembered at once")
