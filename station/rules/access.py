"""Who may come in: codes at a reader and orders from the office, all ending in the same `Request`."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import ClockTrust, CodeScanned, HoldReleased, JunkReceived, MessageReceived, Signal, Unlock
from station import events as e
from station.rules import alarms, nonces, refusals, say
from station.rules.site import DoorService
from station.rules.turn import Turn
from station.state import Visit
from station.trust.nonces import MAX_HOLD_SECONDS
from station.trust.orders import Order, read_order
from station.trust.passes import Pass, Uses, must_be_later, read_pass
from station.trust.refusal import Reason, Refused
from station.trust.ring import Purpose, Ring

MAX_RENEWALS = 2
RENEW_MS = 120_000
RENEW_RECOVERED_MS = 60_000
MAX_ONE_TIME_VISITS = 2_000
MINUTES_A_DAY = 1_440


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants something of a service, and how that was proved."""

    service: str
    action: str  # open or hold_open
    holder: str
    role: str
    way: str  # order_by_link, order_by_scanner, pass_static, pass_bound
    order: str = ""
    pass_id: str = ""
    once: bool = False
    expires_s: int = 0
    step_s: int = 0
    renewal: str = ""
    duration_s: int = 0


def react(turn: Turn, signal: Signal) -> None:
    """Codes and orders become grants or refusals."""
    match signal:
        case CodeScanned():
            _scanned(turn, signal)
        case MessageReceived(name="order"):
            _ordered(turn, signal)
        case JunkReceived() if any(door.reader == signal.device for door in turn.site.doors.values()):
            refusals.refuse(turn, signal.device, Reason.NOT_TEXT, count=signal.count)
        case _:
            pass


def _scanned(turn: Turn, signal: CodeScanned) -> None:
    doors = [door for door in turn.site.doors.values() if door.reader == signal.device]
    if not doors:
        return
    try:
        if signal.code.startswith(b"SO1:"):
            order = read_order(signal.code, _ring(turn), station=turn.site.station, wall_s=_wall_s(turn))
            _take_order(turn, order, "order_by_scanner", tuple(door.name for door in doors))
        else:
            _grant(turn, _pass_request(turn, signal.code, doors))
    except Refused as refused:
        refusals.refuse(turn, signal.device, refused.reason, service=doors[0].name)
        say.refused(turn, signal.device, refused.reason)


def _ordered(turn: Turn, signal: MessageReceived) -> None:
    order: Order | None = None
    try:
        if signal.retained:
            raise Refused(Reason.RETAINED, "an order must never lie about in the broker")
        order = read_order(signal.payload, _ring(turn), station=turn.site.station, wall_s=_wall_s(turn))
        _take_order(turn, order, "order_by_link", tuple(turn.site.doors))
    except Refused as refused:
        refusals.refuse(turn, signal.device, refused.reason)
        if order is not None and refused.reason is not Reason.ORDER_USED:
            say.order_refused(turn, order.id.hex(), refused.reason)


def _ring(turn: Turn) -> Ring:
    ring = turn.state.observed.ring
    if ring is None:
        raise Refused(Reason.NO_RING, "this station holds no key ring yet; it comes with the first hello of the office")
    return ring


def _wall_s(turn: Turn) -> int | None:
    return None if turn.now.trust is ClockTrust.FLOOR else turn.now.wall_ms // 1000


def _take_order(turn: Turn, order: Order, way: str, services: tuple[str, ...]) -> None:
    picture = nonces.check(turn, order)
    operated = picture is None and order.purpose is Purpose.OPERATE
    if order.service in turn.site.alarms and operated:
        _answer_alarm(turn, order)
        nonces.use(turn, order, picture)
        return
    if order.service not in services:
        raise Refused(Reason.WRONG_SERVICE, "the order names a service that is not here")
    duration_s = order.duration_s or 0
    if order.action == "hold_open" and not operated:
        raise Refused(Reason.WRONG_PURPOSE, "only the office's operators hold a door open, by asking first")
    if order.action == "hold_open" and not 0 < duration_s <= MAX_HOLD_SECONDS:
        raise Refused(Reason.HOLD_TOO_LONG, f"a door is held open for at most {MAX_HOLD_SECONDS} s")
    if order.action not in ("open", "hold_open"):
        raise Refused(Reason.WRONG_ACTION, "a door opens or is held open")
    request = Request(
        order.service, order.action, order.holder.hex(), order.role, way, order=order.id.hex(), duration_s=duration_s
    )
    if "order" not in turn.site.doors[order.service].ways and not operated:
        raise Refused(Reason.UNKNOWN_SCHEME, f"{order.service} takes no orders")
    _grant(turn, request)
    nonces.use(turn, order, picture)
    say.order_accepted(turn, order.id.hex())


def _answer_alarm(turn: Turn, order: Order) -> None:
    service = turn.site.alarms[order.service]
    if order.action == "heard":
        alarms.heard(turn, service, order.holder.hex())
    elif order.action == "clear":
        alarms.clear(turn, service, order.holder.hex())
    else:
        raise Refused(Reason.WRONG_ACTION, "an alarm is heard or cleared")
    say.order_accepted(turn, order.id.hex())


def _pass_request(turn: Turn, text: bytes, doors: list[DoorService]) -> Request:
    observed = turn.state.observed
    shown = read_pass(
        text,
        _ring(turn),
        station=turn.site.station,
        groups=turn.site.groups,
        wall_s=_wall_s(turn),
        revoked=observed.revocations,
        floor_s=turn.now.wall_ms // 1000,
    )
    door = next((door for door in doors if door.name in shown.pass_.services), None)
    if door is None:
        raise Refused(Reason.WRONG_SERVICE, "the pass is for other services")
    way = "pass_static" if shown.step_s is None else "pass_bound"
    if way not in door.ways:
        raise Refused(Reason.UNKNOWN_SCHEME, f"{door.name} takes no {way}")
    _check_freshness(turn, door)
    pass_id = shown.pass_.id.hex()
    if shown.step_s is not None:
        must_be_later(shown.step_s, turn.state.recorded.steps.get(pass_id))
    renewal = _renewal(turn, shown.pass_, door) if shown.pass_.uses is Uses.ONE else ""
    return Request(
        door.name,
        "open",
        shown.pass_.holder.hex(),
        shown.pass_.role,
        way,
        pass_id=pass_id,
        once=shown.pass_.uses is Uses.ONE,
        expires_s=shown.pass_.exp_s,
        step_s=shown.step_s or 0,
        renewal=renewal,
    )


def _check_freshness(turn: Turn, door: DoorService) -> None:
    """Passes need to know who was revoked: the age counts from the last hello that confirmed the list."""
    state = turn.state
    if state.observed.floors is None and not state.volatile.confirmed:
        raise Refused(Reason.FLOORS_UNCONFIRMED, "the lowest acceptable document versions were lost; a hello is needed")
    age_s = (turn.now.wall_ms - state.recorded.confirmed_at_ms) // 1000
    if age_s > door.revocations_max_age_s:
        raise Refused(Reason.REVOCATIONS_TOO_OLD, f"the office last confirmed the list {age_s} s ago")


def _renewal(turn: Turn, shown: Pass, door: DoorService) -> str:
    """Empty for a first use, `again` or `recovered` for a visit's own grant; raises when the visit is over."""
    recorded, now = turn.state.recorded, turn.now
    if recorded.amnesia_at_ms is not None and shown.iat_s * 1000 < recorded.amnesia_at_ms:
        raise Refused(Reason.ISSUED_BEFORE_AMNESIA, "it may have been used before the journal was lost")
    visit = recorded.visits.get(shown.id.hex())
    if visit is None:
        if len(recorded.visits) >= MAX_ONE_TIME_VISITS:
            raise Refused(Reason.OUT_OF_ORDER, "too many one-time passes are remembered at once")
        return ""
    if not visit.observed and door.contact:
        if _same_visit(turn, visit):
            return "again"
        recovered_for_ms = now.steady_ms - turn.state.volatile.recovered_ms
        if not visit.recovered and visit.boot != now.boot and recovered_for_ms <= RENEW_RECOVERED_MS:
            return "recovered"
    raise Refused(Reason.ALREADY_USED, "the pass was for one visit")


def _same_visit(turn: Turn, visit: Visit) -> bool:
    young = turn.now.steady_ms - visit.began_ms <= RENEW_MS
    return visit.boot == turn.now.boot and young and visit.renewals < MAX_RENEWALS


def _grant(turn: Turn, request: Request) -> None:
    door = turn.site.doors[request.service]
    _check_admission(turn, door, request)
    now_ms = turn.now.steady_ms
    if request.action == "hold_open":
        if not door.holds_open:
            raise Refused(Reason.WRONG_ACTION, "this lock is not made for being released for long")
        until_ms = now_ms + request.duration_s * 1000
        turn.record(e.HoldOpenBegan(door.name, request.order, until_ms))
        turn.ask(HoldReleased(door.lock), until_ms=until_ms)
        return
    until_ms = now_ms + door.unlock_ms
    turn.record(
        e.AccessGranted(
            service=door.name,
            way=request.way,
            holder=request.holder,
            role=request.role,
            until_steady_ms=until_ms,
            order=request.order,
            pass_id=request.pass_id,
            once=request.once,
            expires_s=request.expires_s,
            step_s=request.step_s,
            renewal=request.renewal,
        )
    )
    unlock = Unlock(door.lock, min(door.pulse_ms, door.unlock_ms))
    if turn.state.observed.unrecorded:
        turn.ask_at_once(unlock)
    else:
        turn.ask(unlock, until_ms=until_ms)
    say.granted(turn, door)


def _check_admission(turn: Turn, door: DoorService, request: Request) -> None:
    observed = turn.state.observed
    if request.role not in door.roles:
        raise Refused(Reason.WRONG_ROLE, f"{door.name} is not for the role {request.role}")
    if request.role != "keeper" and not _open_now(turn, door):
        raise Refused(Reason.OUTSIDE_HOURS, f"{door.name} is closed at this hour")
    lock = observed.devices.get(door.lock)
    if lock is None or not lock.up:
        raise Refused(Reason.OUT_OF_ORDER, f"the lock {door.lock} does not answer")
    if observed.unrecorded and (request.once or not door.admits_unrecorded):
        raise Refused(Reason.UNRECORDED, "the journal cannot be written")


def _open_now(turn: Turn, door: DoorService) -> bool:
    opens, closes = door.hours
    if (opens, closes) == (0, MINUTES_A_DAY):
        return True
    if turn.now.trust is ClockTrust.FLOOR:
        return True  # what is taken without a clock was agreed by an office that has one
    minute = (turn.now.wall_ms // 60_000 + turn.site.utc_offset_minutes) % MINUTES_A_DAY
    return opens <= minute < closes if opens <= closes else minute >= opens or minute < closes
