"""`type = "sockets"`: from the file to the rules, what it wants of devices, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from config.faults import Fault
from config.models import StationFile
from config.services import Sockets
from drivers.contract import both
from drivers.settings import DeviceSettings
from station.rules.site import Load, SocketService
from station.services.admitting import admission, admission_faults, milliseconds
from station.services.uses import MEASURES_POWER, MEASURES_TEMPERATURE, POWERS, READS, Use, named

if TYPE_CHECKING:
    from config.load import Loaded
    from station.check_devices import Known

TABLE = Sockets
SOCKET_WORDS = both("Charging sockets")
WARN_MS = 300_000
ALONE = frozenset({"relay", "meter"})


def site(name: str, sockets: Sockets, _devices: Mapping[str, DeviceSettings]) -> SocketService:
    """The sockets as the rules see them."""
    return SocketService(
        **admission(name, sockets, SOCKET_WORDS),
        sockets={
            thing: Load(socket.relay, socket.meter, sockets.power_max_w) for thing, socket in sockets.sockets.items()
        },
        due_ms=milliseconds(sockets.limit_minutes * 60),
        warn_ms=WARN_MS,
        per_person=sockets.per_person,
        limit_wh=sockets.limit_wh,
        temperature=sockets.temperature,
        temperature_max_c=sockets.temperature_max_c,
        safe_ms=milliseconds(sockets.safe_minutes * 60),
        unplugged_ms=milliseconds(sockets.unplugged_minutes * 60),
    )


def uses(name: str, sockets: Sockets) -> Iterator[Use]:
    """Reader, thermometer, and relay and meter of every socket."""
    yield from named(name, sockets, {"reader": READS, "temperature": MEASURES_TEMPERATURE})
    for thing, socket in sockets.sockets.items():
        for key, point, ability in (("relay", socket.relay, POWERS), ("meter", socket.meter, MEASURES_POWER)):
            if point:
                yield Use(name, ("services", name, "sockets", thing, key), point, ability, key in ALONE)


def essential(_name: str, _sockets: Sockets, _file: StationFile) -> Iterator[str]:
    """A station without its sockets is still one."""
    return iter(())


def faults(loaded: Loaded, name: str, sockets: Sockets, _devices: Mapping[str, Known]) -> Iterator[Fault]:
    """Sessions that outlast their limit, and sockets that nothing watches."""
    yield from admission_faults(loaded, name, sockets)
    if sockets.safe_minutes > sockets.limit_minutes:
        words = f"after a power cut a session would last longer than the {sockets.limit_minutes} min of a whole one"
        mend = f"at most limit_minutes = {sockets.limit_minutes}"
        yield loaded.places.error(("services", name, "safe_minutes"), words, mend)
    unmetered = [thing for thing, socket in sockets.sockets.items() if not socket.meter]
    if unmetered:
        words = f"nothing sees what is plugged in at {', '.join(unmetered)}: only the time ends a session"
        yield loaded.places.warning(("services", name, "sockets"), words, "add meter = ... to each socket")
