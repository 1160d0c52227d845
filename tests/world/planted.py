"""Bugs that are planted one at a time, to see that some world finds each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers import gpio_lock
from drivers.contract import Command, SwitchOn, Unlock
from station import events, recorder, recovery, state
from station.journal_volume import Volume
from station.rules import access, doors, entry, hours, nonces, observe, office, verify
from station.rules.site import DoorService
from station.rules.turn import Turn
from station.state import fold_doors
from station.trust import orders
from station.trust.passes import read_pass
from sync import outbox
from sync.driver import Link

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def visits_are_not_checked(patch: Patch) -> None:
    patch.setattr(entry, "renewal", lambda *_, **__: "")


def openings_do_not_end_a_visit(patch: Patch) -> None:
    patch.setattr(fold_doors, "_observed", lambda visits, _passes: dict(visits))


def unlocks_before_the_commit(patch: Patch) -> None:
    ask = Turn.ask

    def asks(turn: Turn, command: Command, *, until_ms: int | None = None) -> None:
        if isinstance(command, Unlock):
            turn.ask_at_once(command)
        else:
            ask(turn, command, until_ms=until_ms)

    patch.setattr(Turn, "ask", asks)


def used_orders_are_forgotten(patch: Patch) -> None:
    patch.setattr(nonces, "use", lambda *_: None)


def every_restart_has_the_same_secret(patch: Patch) -> None:
    recovered = recovery.Recording._recovered
    patch.setattr(recovery.Recording, "_recovered", lambda it: replace(recovered(it), secret=b"s" * 32))


def order_signatures_are_not_verified(patch: Patch) -> None:
    patch.setattr(orders, "verify_sign1", lambda *_, **__: None)


def old_pictures_stay_good(patch: Patch) -> None:
    patch.setattr(nonces, "VALID_MS", 10_000_000)


def a_phone_may_show_the_same_second_twice(patch: Patch) -> None:
    patch.setattr(access, "must_be_later", lambda *_: None)


def the_hours_are_not_looked_at(patch: Patch) -> None:
    patch.setattr(hours, "open_now", lambda *_: True)


def every_role_may_come_in(patch: Patch) -> None:
    grant = access.grant

    def grants(turn: Turn, request: state.Request) -> None:
        service: Any = turn.site.services[request.service]
        if request.role in service.roles:
            grant(turn, request)
        else:
            entry.requested(turn, service, request)

    patch.setattr(access, "grant", grants)


def operators_need_not_ask(patch: Patch) -> None:
    check = nonces.check

    def checks(turn: Turn, order: orders.Order) -> nonces.Picture | None:
        picture = check(turn, order)
        return None if order.action != "open" else picture

    patch.setattr(nonces, "check", checks)


def lost_journals_do_not_matter(patch: Patch) -> None:
    patch.setattr(access, "_check_one_time", lambda *_: None)


def lost_versions_do_not_matter(patch: Patch) -> None:
    patch.setattr(access, "_check_freshness", lambda *_: None)


def retained_orders_are_taken(patch: Patch) -> None:
    arrived = Link._arrived
    patch.setattr(Link, "_arrived", lambda link, message: arrived(link, replace(message, retained=False)))


def whoever_comes_is_admitted_unrecorded(patch: Patch) -> None:
    check = entry.check_lock

    def checks(turn: Turn, door: DoorService, request: state.Request) -> None:
        check(turn, replace(door, admits_unrecorded=True), replace(request, once=False))

    patch.setattr(entry, "check_lock", checks)


def office_messages_are_not_verified(patch: Patch) -> None:
    patch.setattr(verify, "verify_message", lambda *_, **__: None)


def a_late_hello_sets_the_clock(patch: Patch) -> None:
    patch.setattr(office, "CLOCK_ROUND_TRIP_MS", 10_000_000)


def recovery_forgets_the_last_row(patch: Patch) -> None:
    replay = recovery.replay
    patch.setattr(recovery, "replay", lambda items: replay(list(items)[:-1]))


def a_hold_lasts_an_hour_longer(patch: Patch) -> None:
    record = Turn.record

    def records(turn: Turn, event: events.Event) -> None:
        if isinstance(event, events.HoldOpenBegan):
            event = replace(event, until_steady_ms=event.until_steady_ms + 3_600_000)
        record(turn, event)

    patch.setattr(Turn, "record", records)


def withdrawn_passes_are_taken(patch: Patch) -> None:
    def reads(*arguments: Any, **named: Any) -> Any:
        return read_pass(*arguments, **{**named, "revoked": None})

    patch.setattr("station.rules.access.read_pass", reads)


def the_coil_stays_on(patch: Patch) -> None:
    patch.setattr(gpio_lock.Driver, "poll", lambda _: [])
    patch.setattr(gpio_lock.Driver, "rest_ms", lambda _: None)


def the_siren_waits_for_the_card(patch: Patch) -> None:
    ask_at_once = Turn.ask_at_once

    def asks(turn: Turn, command: Command) -> None:
        if isinstance(command, SwitchOn):
            turn.ask(command)
        else:
            ask_at_once(turn, command)

    patch.setattr(Turn, "ask_at_once", asks)


def a_failed_commit_loses_its_rows(patch: Patch) -> None:
    patch.setattr(recorder.Recorder, "_take_back", lambda it, *_: setattr(it, "_flight", None))


def rows_are_written_differently(patch: Patch) -> None:
    append = Volume.append

    def appends(volume: Volume, rows: Any) -> None:
        append(volume, [replace(row, body=row.body.replace("granted", "grunted")) for row in rows])

    patch.setattr(Volume, "append", appends)


def the_link_forgets_what_was_not_stored(patch: Patch) -> None:
    patch.setattr(outbox._Lane, "expire", lambda *_: None)
    patch.setattr(outbox.Outbox, "disconnected", lambda _: None)


def a_burglary_is_taken_for_an_exit(patch: Patch) -> None:
    cause = doors._cause
    patch.setattr(doors, "_cause", lambda *told: "left" if cause(*told) == "forced" else cause(*told))


def the_secret_stands_in_the_journal(patch: Patch) -> None:
    recovered = observe._recovered

    def recovers(turn: Turn, signal: state.Recovered) -> None:
        recovered(turn, signal)
        turn.record(events.DeviceLost("screen", signal.secret.hex()))

    patch.setattr(observe, "_recovered", recovers)


def the_office_folds_otherwise(patch: Patch) -> None:
    def folds(recorded: state.Recorded, event: events.Event, row: Any) -> state.Recorded:
        return recorded if isinstance(event, events.RoomOccupied) else state.fold(recorded, event, row)

    patch.setattr("central.folding.fold", folds)


BUGS: tuple[Plant, ...] = (
    visits_are_not_checked,
    openings_do_not_end_a_visit,
    unlocks_before_the_commit,
    used_orders_are_forgotten,
    every_restart_has_the_same_secret,
    order_signatures_are_not_verified,
    old_pictures_stay_good,
    a_phone_may_show_the_same_second_twice,
    the_hours_are_not_looked_at,
    every_role_may_come_in,
    operators_need_not_ask,
    a_hold_lasts_an_hour_longer,
    lost_journals_do_not_matter,
    lost_versions_do_not_matter,
    retained_orders_are_taken,
    whoever_comes_is_admitted_unrecorded,
    office_messages_are_not_verified,
    a_late_hello_sets_the_clock,
    recovery_forgets_the_last_row,
    withdrawn_passes_are_taken,
    the_coil_stays_on,
    the_siren_waits_for_the_card,
    a_failed_commit_loses_its_rows,
    rows_are_written_differently,
    the_link_forgets_what_was_not_stored,
    a_burglary_is_taken_for_an_exit,
    the_secret_stands_in_the_journal,
    the_office_folds_otherwise,
)
