"""What makes a station unsafe, or makes it do something else than its file seems to say."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from config.faults import Fault
from config.load import Loaded
from config.models import COLOURS
from station.check_devices import Known
from station.services.kinds import kind_of


def safety_faults(loaded: Loaded, devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Everything that is unsafe or contradicts itself, as far as the file can be understood."""
    yield from _station(loaded)
    yield from _office(loaded)
    for name, service in loaded.services.items():
        yield from kind_of(service).faults(loaded, name, service, devices)


def _station(loaded: Loaded) -> Iterator[Fault]:
    station = loaded.station
    if station is not None and station.colour_shown is None:
        words = f"{station.kind} has no colour of its own"
        yield loaded.places.error(("station", "kind"), words, f"add colour, or take one of: {', '.join(COLOURS)}")


def _office(loaded: Loaded) -> Iterator[Fault]:
    office = loaded.office
    if office is None:
        return
    if office.url.startswith("http:") and not _is_this_machine(office.url_host):
        words = "people's phones would open the office's page without encryption"
        yield loaded.places.warning(("office", "url"), words, f"write https://{office.url.partition('://')[2]}")
    if not office.broker_tls and not _is_this_machine(office.broker[0]):
        words = f"the connection to {office.broker[0]} would be open to everybody on the way"
        yield loaded.places.error(("office", "broker_tls"), words, "write broker_tls = true")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
