"""Which services a station has and what they offer now: from its own health document; before the first from `About`.

The document is signed by the station, and still taken for what it is: names that are no names and words without end are
left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from central.about import About
from central.service_kinds import NOT_FOR_PEOPLE, kind_of
from central.views import OfferView, ServiceView
from drivers.contract import Words
from station.trust.fields import NAME
from station.trust.holders import Role

MAX_SERVICES = 64
MAX_OFFERS = 40
MAX_THINGS = 128
MAX_WORDS = 120
MAX_FREE = 9_999
_COLOURS = frozenset({"red", "orange", "yellow", "green", "cyan", "blue", "purple"})


def services(about: About, health: Mapping[str, Any] | None) -> tuple[ServiceView, ...]:
    """What people may ask for at a station, in its own order."""
    told = (health or {}).get("services")
    found = tuple(_told(told)) if isinstance(told, Mapping) else ()
    return found or tuple(_assumed(about))


def _assumed(about: About) -> Iterator[ServiceView]:
    """Of the usual offers, nobody knows yet how many are free."""
    for one in about.services:
        usual = tuple(OfferView(deed.action, deed.words) for deed in kind_of(one.type).asked)
        yield ServiceView(one.name, one.type, Words(one.words.zh, one.words.en), offers=usual, scanned=True)


def _told(told: Mapping[str, Any]) -> Iterator[ServiceView]:
    for name, table in list(told.items())[:MAX_SERVICES]:
        if not _is_name(name) or not isinstance(table, Mapping) or not _is_name(table.get("type")):
            continue
        if table["type"] in NOT_FOR_PEOPLE:
            continue
        roles = _roles(table.get("roles"))
        yield ServiceView(
            name,
            table["type"],
            _words(table, name),
            colour=table["colour"] if table.get("colour") in _COLOURS else "",
            offers=tuple(_offers(table.get("offers"))),
            things=tuple(thing for thing in _list(table.get("things"))[:MAX_THINGS] if _is_name(thing)),
            roles=roles,
            closed=table.get("closed") is True,
            pick_up=table.get("pick_up") is True and (roles is None or Role.RESIDENT.value in roles),
            scanned=table.get("scanned") is True,
        )


def _offers(told: object) -> Iterator[OfferView]:
    for one in _list(told)[:MAX_OFFERS]:
        if not isinstance(one, Mapping) or not _is_name(one.get("action")):
            continue
        thing = one.get("thing", "")
        if thing == "" or _is_name(thing):
            free, points = _number(one.get("free")), _number(one.get("points"))
            yield OfferView(one["action"], _words(one, thing or one["action"]), thing, free, points or 0)


def _roles(told: object) -> frozenset[str] | None:
    return frozenset(str(role) for role in told) if isinstance(told, list) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_name(value: object) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _number(value: object) -> int | None:
    return min(value, MAX_FREE) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _words(table: Mapping[str, Any], name: str) -> Words:
    zh, en = (str(table.get(language, ""))[:MAX_WORDS] or name for language in ("zh", "en"))
    return Words(zh, en)
