"""What all services for people have in common: from the file to the rules, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from config import tables
from config.faults import Fault
from config.opening import spans
from config.services import Screen, Service
from config.tables import Admitting
from drivers.contract import Words
from station.rules.week import Hours

if TYPE_CHECKING:
    from config.load import Loaded

SECONDS_A_DAY = 86_400


def words_of(words: tables.Words) -> Words:
    """A line of the file."""
    return Words(words.zh, words.en)


def milliseconds(seconds: float) -> int:
    """The file has seconds, the rules have milliseconds."""
    return round(seconds * 1000)


def admission(name: str, table: Admitting, usual_words: Words) -> dict[str, Any]:
    """The fields of `station.rules.site.Service`."""
    return {
        "name": name,
        "words": words_of(table.name) if table.name else usual_words,
        "colour": table.colour or "",
        "reader": table.reader,
        "hours": Hours(table.week, table.on_holidays),
        "roles": frozenset(table.roles),
        "ways": frozenset(table.accepts),
        "revocations_max_age_s": table.revocations_max_age_hours * 3600,
    }


def admission_faults(loaded: Loaded, name: str, table: Admitting) -> Iterator[Fault]:
    """Hours and ways in that cannot work as they are written."""
    yield from _hours(loaded, name, table)
    yield from _ways_in(loaded, name, table)


def _hours(loaded: Loaded, name: str, table: Admitting) -> Iterator[Fault]:
    path = ("services", name, "hours")
    station = loaded.station
    given = (table.hours,) if isinstance(table.hours, str) else table.hours
    if any(text != "always" and not spans(text.rpartition(" ")[2]) for text in given):
        yield loaded.places.error(path, "begin and end are the same: it would never open", 'hours = "always"?')
    elif table.hours != "always" and station is not None and not station.has_clock:
        words = "after a power cut it stays shut for everybody but keepers until the time has come from the network"
        mend = "fit a battery-backed clock and write has_clock = true in [station], if that matters here"
        yield loaded.places.warning(path, words, mend)
    path = ("services", name, "holiday_hours")
    if table.holiday_hours not in ("", "closed") and not table.on_holidays:
        yield loaded.places.error(path, "begin and end are the same: it would never open", 'write "closed"')
    elif table.holiday_hours and station is not None and not station.holidays:
        words = "[station] names no holidays"
        yield loaded.places.warning(path, words, 'add holidays = ["2026-10-01"] to [station]')


def warning_faults(loaded: Loaded, name: str, key: str, *, warn: int, due: int, what: str) -> Iterator[Fault]:
    """A warning that would come before the beginning. `warn` and `due` are in one unit; `what` is taken for so long."""
    if warn >= due:
        words = f"the warning would come before {what} is taken"
        yield loaded.places.error(("services", name, key), words, "a shorter time")


def screens_that_open(services: Mapping[str, Service], name: str) -> list[Screen]:
    """The screens whose rotating code may open this service."""
    return [one for one in services.values() if isinstance(one, Screen) and name in one.opens]


def _ways_in(loaded: Loaded, name: str, table: Admitting) -> Iterator[Fault]:
    places, accepts = loaded.places, set(table.accepts)
    if accepts & {"pass_bound", "pass_static"} and not table.reader:
        words = "passes are accepted here, and nothing reads them"
        yield places.warning(("services", name, "accepts"), words, 'add reader = ..., or accepts = ["order"]')
    if "order" in accepts and not screens_that_open(loaded.services, name):
        words = "no screen shows a code for this service: its orders can only be given by the office's operators"
        yield places.warning(("services", name, "accepts"), words, f'add "{name}" to opens of a screen')
