"""Somebody stands at this screen: which nonces are on show or were a moment ago, and what they have been used for."""

from __future__ import annotations

from drivers.contract import MessageReceived, PageShown, SendNonce, Signal
from station.rules import verify
from station.rules.turn import Turn
from station.state import with_item
from station.trust.nonces import (
    ASKED_NONCE_VALID_SECONDS,
    MAX_ORDERS_PER_NONCE,
    NONCE_STEP_SECONDS,
    NONCE_VALID_SECONDS,
    asked_nonce,
    find_step,
    nonce_text,
)
from station.trust.orders import Order
from station.trust.refusal import Reason, Refused

STEP_MS = NONCE_STEP_SECONDS * 1000
VALID_MS = NONCE_VALID_SECONDS * 1000
ASKED_MS = ASKED_NONCE_VALID_SECONDS * 1000
ORDER_MEMORY_MS = 2 * VALID_MS
PICTURE_MEMORY_MS = 2 * VALID_MS
"""Whoever comes with a picture that is a little too old is told so."""
MAX_ORDERS = 1_024
MAX_ASKED = 16

Picture = tuple[str, int]
"""A screen service and the step of the code that it showed."""


def step_now(steady_ms: int) -> int:
    """The step of the rotating code at a steady time."""
    return steady_ms // STEP_MS


def react(turn: Turn, signal: Signal) -> None:
    """Remember what a screen shows; answer the office's question for a nonce."""
    match signal:
        case PageShown():
            _shown(turn, signal)
        case MessageReceived(name="ask", retained=False):
            _asked(turn, signal)
        case _:
            pass


def _forget_old(turn: Turn) -> None:
    """What is over opens nothing: it is only in the way, and goes when something new comes."""
    now_ms, volatile = turn.now.steady_ms, turn.state.volatile
    shown = {key: seen for key, seen in volatile.shown.items() if now_ms - seen <= PICTURE_MEMORY_MS}
    turn.remember(
        shown=shown,
        asked={value: until for value, until in volatile.asked.items() if until >= now_ms},
        orders={order: until for order, until in volatile.orders.items() if until >= now_ms},
        picture_uses={key: count for key, count in volatile.picture_uses.items() if key in shown},
    )


def _shown(turn: Turn, signal: PageShown) -> None:
    now_ms = turn.now.steady_ms
    current = step_now(now_ms)
    screen = next((screen for screen in turn.site.screens.values() if screen.screen == signal.device), None)
    if screen is not None and current - 1 <= signal.step <= current:
        _forget_old(turn)
        turn.remember(shown=with_item(turn.state.volatile.shown, (screen.name, signal.step), now_ms))


def check(turn: Turn, order: Order) -> Picture | None:
    """The picture that the order was made from; None for a nonce that the office asked for. Raises `Refused`."""
    _forget_old(turn)
    volatile = turn.state.volatile
    if order.id in volatile.orders:
        raise Refused(Reason.ORDER_USED, "this order was used before")
    if len(volatile.orders) >= MAX_ORDERS:
        raise Refused(Reason.NONCE_EXHAUSTED, "too many orders at once")
    until_ms = volatile.asked.get(order.nonce)
    return _picture(turn, order) if until_ms is None else None


def _picture(turn: Turn, order: Order) -> Picture:
    volatile = turn.state.volatile
    for screen in turn.site.screens.values():
        steps = [step for name, step in volatile.shown if name == screen.name]
        step = find_step(volatile.secret, screen.name, steps, order.nonce)
        if step is not None:
            return _still_good(turn, order, (screen.name, step))
    raise Refused(Reason.UNKNOWN_NONCE, "no screen here has shown this picture lately")


def _still_good(turn: Turn, order: Order, picture: Picture) -> Picture:
    volatile = turn.state.volatile
    screen = picture[0]
    if order.screen not in (None, screen) or order.service not in turn.site.screens[screen].opens:
        raise Refused(Reason.WRONG_SCREEN, "that screen does not open this service")
    if turn.now.steady_ms - volatile.shown[picture] > VALID_MS:
        raise Refused(Reason.NONCE_EXPIRED, "the picture was on the screen too long ago")
    if volatile.picture_uses.get(picture, 0) >= MAX_ORDERS_PER_NONCE:
        raise Refused(Reason.NONCE_EXHAUSTED, "too many people used this picture")
    return picture


def use(turn: Turn, order: Order, picture: Picture | None) -> None:
    """An order has been granted: it is used, and an asked nonce with it."""
    volatile = turn.state.volatile
    turn.remember(
        orders=with_item(volatile.orders, order.id, turn.now.steady_ms + ORDER_MEMORY_MS),
        asked={value: until for value, until in volatile.asked.items() if value != order.nonce},
    )
    if picture is not None:
        uses = volatile.picture_uses.get(picture, 0) + 1
        turn.remember(picture_uses=with_item(volatile.picture_uses, picture, uses))


def _asked(turn: Turn, signal: MessageReceived) -> None:
    ask_id = verify.ask_id(turn, signal)
    _forget_old(turn)
    volatile = turn.state.volatile
    if ask_id is None or len(volatile.asked) >= MAX_ASKED:
        return
    fresh = asked_nonce(volatile.secret, volatile.asks)
    turn.remember(asks=volatile.asks + 1, asked=with_item(volatile.asked, fresh, turn.now.steady_ms + ASKED_MS))
    turn.ask_at_once(SendNonce(turn.site.link, ask_id, nonce_text(fresh)))
