"""The micro-station of `config/stations` on a table: everything answers, Anne has things here, and people ask.

Whoever asks takes the way that is open: an order over the network, the same order shown to the scanner, or a pass.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from config.load import load
from drivers.contract import (
    ButtonTouched,
    CodeScanned,
    Command,
    CommandDone,
    DeviceUp,
    DigitsEntered,
    LevelChanged,
    Now,
    Outcome,
    PageShown,
    Quantity,
    SendNonce,
    Signal,
    SwitchOff,
    SwitchOn,
    Unlock,
    device_of,
)
from station.events import AccessRefused, Event
from station.rules import screen as screens
from station.rules.nonces import step_now
from station.rules.site import Site
from station.rules.turn import Decision
from station.site_of import site_of
from station.state import Observed, Recorded, State
from station.trust.holders import Role
from station.trust.nonces import nonce, read_nonce_text
from station.trust.ring import Purpose
from tests.station.rules.desk import JOURNAL, KEYS, ROOTS, STATION, Desk, at_once
from tests.station.rules.refold import refolded

FILE = Path(__file__).parents[3] / "config/stations/micro-station.toml"
ANNE, BEN, VERA = b"a" * 16, b"b" * 16, b"v" * 16
CODE = "493827"
BOOK = "9787115546081"
NO_ORDER, NOT_READ = "no order comes", "nothing reads it"
"""What becomes of a request that never gets here."""


@cache
def micro_station() -> tuple[Site, tuple[str, ...]]:
    """The site, with a lock that may be held open, and the names of its devices."""
    file = load(FILE).file
    assert file is not None
    site = site_of(file, (ROOTS[0].public(), ROOTS[1].public()), "1", "ab" * 32)
    doors = {**site.doors, "room": replace(site.doors["room"], holds_open=True)}
    return replace(site, station=STATION, groups=("pods",), doors=doors), tuple(file.devices)


@dataclass
class MicroStation(Desk):
    """Relays obey, the card is quick.

    Attributes:
        asked: everything that devices were asked.
        at_once: what of it did not wait for the card.
        rows: everything that was recorded since the beginning, each with its time.
        office: whether it answers.
        way: of the last request.
    """

    site: Site = field(default_factory=lambda: micro_station()[0])
    asked: list[Command] = field(default_factory=list)
    at_once: list[Command] = field(default_factory=list)
    rows: list[tuple[Event, Now]] = field(default_factory=list)
    office: bool = True
    way: str = ""

    def begin(self, recorded: Recorded | None = None, **more: Any) -> None:
        """Cells and slots are as they were; at first as in `first_levels`."""
        before = self.state.observed.levels
        felt = {point: one.value for (point, quantity), one in before.items() if quantity is Quantity.CLOSED}
        super().begin(recorded or Recorded(journal=JOURNAL, holdings_known=True), **more)
        for device in micro_station()[1]:
            self.feed(DeviceUp(device))
        for first in first_levels(self.site):
            closed = first.quantity is Quantity.CLOSED
            self.feed(replace(first, value=felt.get(first.device, first.value)) if closed else first)
        self.hello()
        self.wait(11_000)  # what is found open so soon was so before

    def feed(self, signal: Signal) -> Decision:
        decision = super().feed(signal)
        self.rows += [(event, self.now) for event in decision.events]
        self.at_once += decision.at_once
        asked = [*(one.command for one in decision.waiting), *decision.at_once]
        self.asked += asked
        for command in asked:
            if isinstance(command, SwitchOn | SwitchOff) and self.answers(command.device):
                self.feed(LevelChanged(command.device, Quantity.ON, isinstance(command, SwitchOn)))
                self.feed(CommandDone(command.device, type(command).__name__, Outcome.ACKED))
        return decision

    def answers(self, point: str) -> bool:
        known = self.state.observed.devices.get(device_of(point))
        return known is not None and known.up

    def show(self) -> None:
        self.feed(PageShown("display", step_now(self.steady_ms)))

    def branch(self) -> MicroStation:
        """Another one in the same state, of which nothing has been asked."""
        other = copy(self)
        other.events, other.asked, other.at_once, other.rows = [], [], [], list(self.rows)
        return other

    def after_power_cut(self) -> None:
        """Back after a minute: another boot, which knows what is on the card and nothing else."""
        wall_ms = self.now.wall_ms + 60_000
        recorded = refolded(Recorded(journal=JOURNAL, holdings_known=True), self.rows)
        self.boot, self.steady_ms = f"{int(self.boot, 16) + 1:016x}", 5_000
        self.wall_offset_ms += wall_ms - self.now.wall_ms
        levels = {key: one for key, one in self.state.observed.levels.items() if key[1] is Quantity.CLOSED}
        self.state = State(observed=Observed(levels=levels))
        self.begin(recorded)

    # ---------------------------------------------------------------- people

    def order(self, **changes: Any) -> str:
        step = step_now(self.steady_ms)
        here = {"screen": "screen", "nonce": nonce(self.state.volatile.secret, "screen", step)}
        return super().order(**{**here, **changes})

    def by_link(self, service: str, action: str, **changes: Any) -> str:
        """An order over the network."""
        self.way = "over the network"
        if not (self.state.observed.link_up and self.office):
            return NO_ORDER
        self.show()
        self.send("order", self.order(service=service, action=action, **changes).encode())
        return self.result()

    def shown(self, service: str, action: str, **changes: Any) -> str:
        """The same order, which the phone shows to the scanner; the phone has a network of its own."""
        self.way = "shown to the scanner"
        if not self.office:
            return NO_ORDER
        self.show()
        text = self.order(service=service, action=action, **changes)
        return self.scans(self.site.services[service].reader, text)

    def by_pass(self, service: str, *, holder: bytes = BEN, **changes: Any) -> str:
        """A pass on the phone."""
        self.way = "by pass"
        text = self.bound(services=(service,), holder=holder, id=holder[::-1], **changes)
        return self.scans(self.site.services[service].reader, text)

    def scans(self, reader: str, text: str) -> str:
        if not self.answers(reader):
            return NOT_READ
        self.feed(CodeScanned(reader, text.encode()))
        return self.result()

    def ask(self, service: str, action: str, *, holder: bytes = BEN, role: Role = Role.RESIDENT, **changes: Any) -> str:
        """By the first way that is open."""
        result = self.by_link(service, action, holder=holder, role=role, **changes)
        if result == NO_ORDER:
            result = self.shown(service, action, holder=holder, role=role, **changes)
        return self.by_pass(service, holder=holder, role=role) if result == NO_ORDER else result

    def by_code(self, *touched: str) -> str:
        """Anne has only her code; these buttons come after it."""
        self.way = "by code at the screen"
        self.feed(ButtonTouched("display", "lockers:open"))
        for digits in ("01", CODE):
            self.feed(DigitsEntered("display", digits))
        for key in touched:
            self.feed(ButtonTouched("display", key))
        return self.result()

    def operator(self, service: str, action: str, **changes: Any) -> str:
        """An order of the office, which asks for a nonce first."""
        if not (self.state.observed.link_up and self.office):
            return NO_ORDER
        message = b'{"ask_id": "%s", "service": "room", "action": "hold_open"}' % (b"ab" * 16)
        (given,) = at_once(self.send("ask", message, key=KEYS[Purpose.OPERATE]), SendNonce)
        assert isinstance(given, SendNonce)
        text = self.order(
            key=Purpose.OPERATE,
            service=service,
            action=action,
            nonce=read_nonce_text(given.nonce),
            screen=None,
            **changes,
        )
        self.send("order", text.encode())
        return self.result()

    def result(self) -> str:
        """Why it was refused; empty when it was not."""
        refused = self.told(AccessRefused)
        return f"refused `{refused[-1].reason}`" if refused else ""

    # ---------------------------------------------------------------- things

    def opens(self, point: str) -> None:
        """A cell that was asked to open springs open."""
        self.feed(CommandDone(point, "Unlock", Outcome.ACKED))
        self.feed(LevelChanged(point, Quantity.CLOSED, False))

    def shuts(self, point: str) -> None:
        self.feed(LevelChanged(point, Quantity.CLOSED, True))

    def was_asked(self, command: type[Command], point: str) -> bool:
        return any(isinstance(one, command) and one.device == point for one in self.asked)

    def unlocked(self, board: str) -> str:
        """The one point of these boards that was asked to open."""
        (point,) = {one.device for one in self.asked if isinstance(one, Unlock) and one.device.startswith(board)}
        return point

    def lines(self) -> list[str]:
        """What the calm page says."""
        self.wait(70_000)  # until no notice is on it any more
        page = screens.page(self.state, self.site, self.site.screens["screen"], self.now)
        return [f"{line.zh} · {line.en}" for line in page.lines]


def first_levels(site: Site) -> list[LevelChanged]:
    """Every door and cell is shut, the mains are there; slots 1 to 5 of the stand hold umbrellas."""
    loans = [cell.point for service in site.loans.values() for cell in service.cells.values()]
    cells = [cell.felt_at for one in site.lockers.values() for cell in one.cells.values()]
    cells += [cell.felt_at for one in site.stock.values() for cell in one.cells.values()]
    shut = (*cells, "reed", "store_reed", "nursing_reed", "bolt_switch", "fire_loop", "lid_loop", "sos_button")
    full = [f"stand/{slot}" for slot in range(1, 6)]
    loads = [load for one in site.sockets.values() for load in one.sockets.values()]
    meters = [load.meter for load in (*loads, *(one.load for one in site.appliances.values()))]
    return [
        *(LevelChanged(point, Quantity.CLOSED, True) for point in (*shut, "relays/101")),
        *(LevelChanged(point, Quantity.CLOSED, point in full) for point in loans),
        *(LevelChanged(meter, Quantity.POWER_W, 0.0) for meter in meters),
        *(LevelChanged(meter, Quantity.ENERGY_WH, 1_000) for meter in meters),
        LevelChanged("ups", Quantity.ON_BATTERY, False),
        LevelChanged("ups", Quantity.CHARGE_PERCENT, 100.0),
        LevelChanged("board", Quantity.DISK_FREE_BYTES, 5_000_000_000),
    ]


def lived_in() -> MicroStation:
    """The boxes are full; Anne has cell 1 with a code, an umbrella, a charging phone and a charging phone."""
    station = MicroStation()
    station.begin()
    for service, thing in (("medicine", "plaster"), ("vending", "towel")):
        must(station.by_link(service, "refill", thing=thing, count=20, holder=VERA, role=Role.VOLUNTEER))
    station.wait(130_000)  # until the screen is not the volunteer's any more
    must(station.by_link("lockers", "take", holder=ANNE))
    station.opens("cells_a/1")
    station.shuts("cells_a/1")
    station.feed(ButtonTouched("display", "lockers:choose-1"))
    for _ in range(2):
        station.feed(DigitsEntered("display", CODE))
    must(station.by_link("umbrellas", "take", holder=ANNE))
    station.opens("stand/1")
    must(station.by_link("charging", "start", holder=ANNE))
    station.feed(LevelChanged("meter1", Quantity.POWER_W, 5.0))
    station.wait(70_000)  # until no notice is on the screen any more
    return station


def must(result: str) -> None:
    """It was granted."""
    assert result == "", result
