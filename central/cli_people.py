"""Commands of `central` about people: wishes and complaints, hours and points of volunteers."""

# ruff: noqa: PLC0415, T201

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Mapping


def _wish_list(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.serve import open_office

    with open_office(open_folder(arguments.folder), ingest=False, identity=None) as running:
        ledger = running.office.wishes
        found = ledger.closed(arguments.station) if arguments.closed else ledger.waiting(arguments.station)
    for wish in found:
        made = dt.datetime.fromtimestamp(wish.made_ms / 1000).astimezone()
        place = f"{wish.station} {wish.service}".rstrip()
        print(f"{wish.number}  {wish.kind}, {wish.state}  {place}  {made:%Y-%m-%d %H:%M}")
        print("\n".join(f"  {line}" for line in wish.text.splitlines()))
        if wish.answer:
            print("\n".join(f"  > {line}" for line in wish.answer.splitlines()))
    if not found:
        print("None.")
    return 0


def _wish_close(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.serve import open_office

    with open_office(open_folder(arguments.folder), ingest=False, identity=None) as running:
        wish = running.office.wishes.close(arguments.number, arguments.answer)
    print(f"{wish.number} is closed. Whoever has the number reads the answer.")
    return 0


def _hours(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.hours import labels, month_of_work
    from central.serve import open_office

    month = arguments.month or f"{dt.datetime.now().astimezone():%Y-%m}"
    with (
        open_office(open_folder(arguments.folder), ingest=False, identity=None) as running,
        running.store.read() as connection,
    ):
        stations = month_of_work(connection, month, arguments.station)
        names = labels(connection, stations, running.office.holder)
    for station, found in stations.items():
        print(f"{station}  {month}")
        for holder, work in sorted(found.people.items(), key=lambda one: -one[1].minutes):
            name = names[station].get(holder) or holder[:8]
            forgotten = f", {work.forgotten} not signed off" if work.forgotten else ""
            print(f"  {name}: {work.minutes // 60} h {work.minutes % 60:02d} min in {work.shifts} shifts{forgotten}")
        for (service, task), count in sorted(found.tasks.items()):
            print(f"  {service} {task}: {count} times")
        if found.ratings:
            mean = sum(stars * count for stars, count in found.ratings.items()) / found.ratings.total()
            print(f"  rated {mean:.1f} of 5 by {found.ratings.total()}")
    if not stations:
        print(f"Nothing in {month}.")
    return 0


def _points(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.serve import open_office

    with open_office(open_folder(arguments.folder), ingest=False, identity=None) as running:
        purse = running.office.purse
        accounts = purse.accounts()
    for one in accounts:
        name = one.label or one.person[:8]
        worked = f"{one.minutes // 60} h {one.minutes % 60:02d} min"
        print(f"{name}: {one.balance} points ({worked} earned {one.earned}, {one.spent} spent)")
    if not accounts:
        print("Nobody earned or spent any.")
    if not purse.points_per_hour:
        print("No points are earned: points_per_hour in office.toml is 0.")
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "wish list": _wish_list,
    "wish close": _wish_close,
    "hours": _hours,
    "points": _points,
}
