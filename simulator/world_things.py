"""What people do with the things of a station: cells, sockets, slots, lids. Only hands move anything here."""

from __future__ import annotations

from config.services import Appliance, Loans, Lockers, Sockets
from drivers.contract import channel_of, device_of, point_of
from simulator.world_house import House
from simulator.world_time import Agenda

PHONE_W = 8.0
"""What a phone draws while it charges."""


class Things:
    """Hands on the things of one station. Points are named as in its file: `cells_a/7`."""

    def __init__(self, house: House, agenda: Agenda) -> None:
        self._house = house
        self._agenda = agenda

    # ------------------------------------------------------------ doors of boards

    def point(self, service: str, number: str) -> str:
        """The point behind a number that is printed on a cell or slot."""
        return self._doors(service)[number]

    def numbers(self, service: str) -> frozenset[str]:
        """What is printed on the cells, slots or sockets of a service."""
        table = self._house.file.services[service]
        if isinstance(table, Sockets):
            return frozenset(table.sockets)
        return frozenset(table.numbered()) if isinstance(table, Lockers | Loans) else frozenset()

    def points(self, service: str) -> list[str]:
        """All of them, in the order of their numbers."""
        return list(self._doors(service).values())

    def _doors(self, service: str) -> dict[str, str]:
        """The points of its little doors by their numbers."""
        table = self._house.file.services[service]
        if not isinstance(table, Lockers | Loans):
            raise TypeError(f"{service} has no numbered doors")
        return {number: point_of(board, channel) for number, (board, channel, _) in table.numbered().items()}

    def is_open(self, point: str) -> bool:
        """Whether that little door stands open, or that slot is empty."""
        opened: bool = self._house.device(device_of(point)).is_open(channel_of(point))
        return opened

    def push_shut(self, point: str) -> None:
        """Shut it, or put a thing into the slot."""
        now_ms, channel = self._agenda.now_ms, channel_of(point)
        self._house.move(device_of(point), lambda board: board.push_shut(channel, now_ms))

    # ------------------------------------------------------------ sockets

    def plug_in(self, service: str, socket: str, watts: float = PHONE_W) -> None:
        """Plug something in."""
        table = self._house.file.services[service]
        if isinstance(table, Sockets) and (meter := table.sockets[socket].meter):
            now_ms = self._agenda.now_ms
            self._house.move(meter, lambda twin: twin.set_load(watts, now_ms))

    def unplug(self, service: str, socket: str) -> None:
        """Take it out."""
        self.plug_in(service, socket, 0.0)

    def draw(self, service: str, watts: float) -> None:
        """What an appliance draws while it runs."""
        table = self._house.file.services[service]
        if isinstance(table, Appliance) and table.meter:
            now_ms = self._agenda.now_ms
            self._house.move(table.meter, lambda twin: twin.set_load(watts, now_ms))
