"""Every cell of docs/degraded.md, carried out: the station is put into the state, somebody asks, and that comes of it.

The page is the only source: a row or a column without a function here, a limit without a check and a cell that is not
true are errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from drivers.contract import (
    ClockTrust,
    CodeScanned,
    Command,
    DeviceDown,
    HoldReleased,
    LevelChanged,
    LinkDown,
    LinkUp,
    MessageReceived,
    Quantity,
    SwitchOn,
    TimePassed,
    Unlock,
)
from station.events import (
    AccessGranted,
    AlarmRaised,
    BoxAsked,
    Event,
    HoldOpenBegan,
    RunBegan,
    RunEnded,
    StockTaken,
    ThingGivenBack,
    ThingTaken,
    VolunteerSignedOn,
)
from station.rules import words
from station.rules.office import SILENT_MS
from station.state import Recorded
from station.trust.documents import Document, write_document
from station.trust.held import HOLDINGS, Holdings, write_holdings
from station.trust.holders import Role
from station.trust.passes import Uses
from station.trust.ring import Purpose
from tests.station.rules.desk import JOURNAL, KEYS, STATION
from tests.station.rules.micro_station import ANNE, BOOK, NO_ORDER, VERA, MicroStation, lived_in, must

PAGE = Path(__file__).parents[3] / "docs/degraded.md"
DAY_MS = 86_400_000
Ask = Callable[[MicroStation], str]


# ---------------------------------------------------------------- what breaks


def down(*devices: str) -> Callable[[MicroStation], None]:
    def lose(station: MicroStation) -> None:
        for device in devices:
            station.feed(DeviceDown(device, "unplugged"))

    return lose


def cannot_write(why: str, *, free_bytes: int) -> Callable[[MicroStation], None]:
    def stop(station: MicroStation) -> None:
        station.feed(LevelChanged("board", Quantity.DISK_FREE_BYTES, free_bytes))
        station.state = replace(station.state, observed=replace(station.state.observed, unrecorded=why))

    return stop


def link_is_down(station: MicroStation) -> None:
    station.feed(LinkDown("link", "no route"))


def office_is_silent(station: MicroStation) -> None:
    """The broker is there, and nobody behind it."""
    station.office = False
    station.feed(LinkUp("link"))
    station.wait(SILENT_MS)


def time_is_not_known(station: MicroStation) -> None:
    station.trust = ClockTrust.FLOOR
    station.feed(TimePassed())


def on_battery(station: MicroStation) -> None:
    station.feed(LevelChanged("ups", Quantity.ON_BATTERY, True))


def journal_is_lost(station: MicroStation) -> None:
    station.begin(Recorded(journal=JOURNAL, amnesia_at_ms=station.now.wall_ms))


STATES: dict[str, Callable[[MicroStation], None]] = {
    "nothing": lambda _station: None,
    "network": link_is_down,
    "office": office_is_silent,
    "clock": time_is_not_known,
    "scanner": down("scanner"),
    "door lock": down("strike"),
    "lock board": down("cells_a"),
    "all lock boards": down("cells_a", "cells_b", "stand"),
    "relay boards": down("relays", "loads"),
    "meter": down("meter1", "microwave_meter"),
    "mains, battery": on_battery,
    "mains, power cut": MicroStation.after_power_cut,
    "disk full": cannot_write("the disk is full", free_bytes=0),
    "card": cannot_write("the card takes too long", free_bytes=5_000_000_000),
    "journal lost": journal_is_lost,
}


# ---------------------------------------------------------------- what people ask


def done(station: MicroStation, refused: str, event: type[Event], command: type[Command], point: str) -> str:
    """`works` when it is recorded and the device was asked; otherwise why not, and then nothing moved."""
    happened = bool(station.told(event)), station.was_asked(command, point)
    assert happened == ((False, False) if refused else (True, True)), (refused, happened, station.kinds())
    return refused or "works"


def opens_door(way: Callable[..., str], **more: str) -> Ask:
    return lambda station: done(station, way(station, "room", **more), AccessGranted, Unlock, "strike")


def hold_open(station: MicroStation) -> str:
    refused = station.operator("room", "hold_open", duration_s=600)
    return done(station, refused, HoldOpenBegan, HoldReleased, "strike")


def take_cell(station: MicroStation) -> str:
    refused = station.ask("lockers", "take")
    point = station.unlocked("cells_") if not refused else "cells_a/2"
    return done(station, refused, ThingTaken, Unlock, point)


def open_cell(station: MicroStation) -> str:
    refused = station.ask("lockers", "open", holder=ANNE)
    assert station.was_asked(Unlock, "cells_a/1") == (not refused)
    return refused or "works"


def give_cell_back(station: MicroStation) -> str:
    refused = station.by_link("lockers", "give_back", holder=ANNE)
    if refused == NO_ORDER:
        refused = station.shown("lockers", "give_back", holder=ANNE)
    if refused == NO_ORDER:
        refused = station.by_code("lockers:give_back")
    if not refused:
        station.opens("cells_a/1")
        station.shuts("cells_a/1")
    return done(station, refused, ThingGivenBack, Unlock, "cells_a/1")


def charge(station: MicroStation) -> str:
    refused = station.ask("charging", "start")
    return done(station, refused, ThingTaken, SwitchOn, f"relays/{2 if not refused else 3}")


def charge_on(station: MicroStation) -> str:
    """Anne's phone, half a minute later."""
    station.wait(31_000)
    return ends(station, ThingGivenBack, "relays/1")


def run_microwave(station: MicroStation) -> str:
    return done(station, station.ask("microwave", "start"), RunBegan, SwitchOn, "loads/1")


def start_microwave(station: MicroStation) -> None:
    must(station.by_link("microwave", "start", holder=ANNE))


def microwave_runs_on(station: MicroStation) -> str:
    station.wait(31_000)
    return ends(station, RunEnded, "loads/1")


def ends(station: MicroStation, event: type[ThingGivenBack | RunEnded], relay: str) -> str:
    """As recorded since it began; what nobody is known to have is switched off all the same."""
    ended = [one for one, _ in station.rows if isinstance(one, event)]
    reading = station.state.observed.levels.get((relay, Quantity.ON))
    is_on = station.answers(relay) and reading is not None and reading.value is True
    assert not (ended and is_on)
    return "goes on" if is_on else f"ends `{ended[-1].cause}`" if ended else "ends"


def borrow(station: MicroStation) -> str:
    refused = station.ask("umbrellas", "take")
    return done(station, refused, ThingTaken, Unlock, "stand/2")


def bring_back(station: MicroStation) -> str:
    refused = station.ask("umbrellas", "give_back", holder=ANNE)
    if not refused:
        station.shuts("stand/1")
        station.wait(3_000)
        assert "ThingGivenBack" in station.kinds() or "ThingArrived" in station.kinds()
    return refused or "works"


def open_box(station: MicroStation) -> str:
    return done(station, station.ask("medicine", "open"), BoxAsked, Unlock, "medicine_lock")


def buy(station: MicroStation) -> str:
    return done(station, station.ask("vending", "take", thing="towel"), StockTaken, Unlock, "cells_b/1")


def borrow_book(station: MicroStation) -> str:
    refused = station.ask("books", "begin")
    if not refused:
        station.feed(CodeScanned("shelf_scanner", BOOK.encode()))
        refused = station.result()
    assert bool(station.told(ThingTaken)) == (not refused)
    return refused or "works"


def sign_on(station: MicroStation) -> str:
    refused = station.ask("volunteers", "sign_on", holder=VERA, role=Role.VOLUNTEER)
    assert bool(station.told(VolunteerSignedOn)) == (not refused)
    return refused or "works"


def alarm(button: str) -> Ask:
    """Siren, light and the way out are asked for in the very turn, whatever the card does."""

    def press(station: MicroStation) -> str:
        station.feed(LevelChanged(button, Quantity.CLOSED, False))
        at_once = {(type(one), one.device) for one in station.at_once}
        assert {(SwitchOn, "siren"), (SwitchOn, "beacon"), (HoldReleased, "strike")} <= at_once
        assert [one.source for one in station.told(AlarmRaised)] == [button]
        return "works"

    return press


def says(station: MicroStation) -> str:
    as_ever = f"{words.WITH_YOUR_PHONE.zh} · {words.WITH_YOUR_PHONE.en}"
    return "<br>".join("as ever" if line == as_ever else line for line in station.branch().lines())


REQUESTS: dict[str, Ask] = {
    "door by order (A)": opens_door(MicroStation.by_link, action="open"),
    "door by pass (B)": opens_door(MicroStation.by_pass),
    "order shown to the scanner (C)": opens_door(MicroStation.shown, action="open"),
    "held open by the office": hold_open,
    "SOS": alarm("sos_button"),
    "fire": alarm("fire_loop"),
    "take a cell": take_cell,
    "open one's cell": open_cell,
    "give it back": give_cell_back,
    "start to charge": charge,
    "charging goes on": charge_on,
    "start the microwave": run_microwave,
    "microwave runs on": microwave_runs_on,
    "borrow an umbrella": borrow,
    "bring it back": bring_back,
    "open the first-aid box": open_box,
    "buy with points": buy,
    "borrow a book": borrow_book,
    "sign on": sign_on,
    "the screen says": says,
}
BEFORE: dict[str, Callable[[MicroStation], None]] = {"microwave runs on": start_microwave}
"""What is begun before the state comes."""


# ---------------------------------------------------------------- limits that the page names


def by_the_way(way: str) -> Callable[[MicroStation, Ask], None]:
    def check(station: MicroStation, ask: Ask) -> None:
        other = station.branch()
        ask(other)
        assert other.way == way

    return check


def for_seven_days(station: MicroStation, ask: Ask) -> None:
    other = station.branch()
    other.steady_ms += 8 * DAY_MS
    other.feed(TimePassed())
    assert ask(other.branch()) == "refused `revocations_too_old`"


def a_long_lived_pass_opens(station: MicroStation, _: Ask) -> None:
    other = station.branch()
    begun_s = other.wall_s - 3_600
    other.scan(other.static(services=("room",), iat_s=begun_s, nbf_s=begun_s, exp_s=begun_s + 30 * 86_400))
    assert done(other, other.result(), AccessGranted, Unlock, "strike") == "works"


def not_the_lock(station: MicroStation, _: Ask) -> None:
    assert not station.state.observed.devices["strike"].up


def from_another_board(station: MicroStation, ask: Ask) -> None:
    other = station.branch()
    ask(other)
    assert other.unlocked("cells_").startswith("cells_b/")


def cells_of_other_boards(station: MicroStation, _: Ask) -> None:
    """Ben has taken one there, and opens it."""
    other = station.branch()
    must(other.ask("lockers", "take"))
    point = other.unlocked("cells_")
    other.opens(point)
    other.shuts(point)
    other = other.branch()
    must(other.ask("lockers", "open"))
    assert other.was_asked(Unlock, point)


def another_socket(station: MicroStation, _: Ask) -> None:
    other = station.branch()
    assert other.ask("charging", "start", thing="1") in ("refused `in_use`", "refused `out_of_order`")


def down_to_30_percent(station: MicroStation, _: Ask) -> None:
    other = station.branch()
    other.feed(LevelChanged("ups", Quantity.CHARGE_PERCENT, 30.0))
    assert ends(other, ThingGivenBack, "relays/1") == "ends `on_battery`"


def one_time_passes_from_before_do_not(station: MicroStation, _: Ask) -> None:
    other = station.branch()
    other.by_pass("room", uses=Uses.ONE, iat_s=other.wall_s - 3_600)
    assert other.result() == "refused `issued_before_amnesia`"


def as_one_from_elsewhere(station: MicroStation, ask: Ask) -> None:
    other = station.branch()
    ask(other)
    assert "ThingArrived" in other.kinds()
    assert "ThingGivenBack" not in other.kinds()


def until_somebody_counts(station: MicroStation, _: Ask) -> None:
    other = station.branch()
    must(other.ask("vending", "count", thing="towel", count=5, holder=VERA, role=Role.VOLUNTEER))
    assert buy(other) == "works"


def until_the_office_has_told(station: MicroStation, ask: Ask) -> None:
    """Its document names what Anne has here."""
    other = station.branch()
    due_ms, hers = other.now.wall_ms + 3_600_000, (("lockers", "1"), ("charging", "1"))
    held = tuple((service, thing, ANNE.hex(), "resident", due_ms, "") for service, thing in hers)
    told = Document(HOLDINGS, 1, STATION, other.wall_s, write_holdings(Holdings(JOURNAL, held)))
    payload = write_document(told, KEYS[Purpose.DOCUMENT])
    other.feed(MessageReceived("link", f"document/{HOLDINGS}", payload, b"", b"", retained=True))
    assert ask(other.branch()) == "works"


LIMITS: dict[str, Callable[[MicroStation, Ask], None]] = {
    "shown to the scanner": by_the_way("shown to the scanner"),
    "by pass": by_the_way("by pass"),
    "by code at the screen": by_the_way("by code at the screen"),
    "for 7 days": for_seven_days,
    "a pass for more than 7 days opens": a_long_lived_pass_opens,
    "all but the lock": not_the_lock,
    "one of another board": from_another_board,
    "cells of other boards open": cells_of_other_boards,
    "another socket": another_socket,
    "down to 30 %": down_to_30_percent,
    "one-time passes from before do not": one_time_passes_from_before_do_not,
    "as one from elsewhere": as_one_from_elsewhere,
    "until somebody counts": until_somebody_counts,
    "until the office has told": until_the_office_has_told,
}


# ---------------------------------------------------------------- the page


def row_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def cells_of_the_page() -> Iterator[tuple[str, str, str]]:
    """State, request and what comes of it, of every table whose first column is called `broken`."""
    head: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        row = row_of(line) if line.startswith("|") else []
        if row and row[0] == "broken":
            head = row
        elif not row:
            head = []
        elif head and not set(row[0]) <= set("-: "):
            assert len(row) == len(head), line
            for column, cell in zip(head[1:], row[1:], strict=True):
                yield row[0].strip("*"), column, cell


CELLS = list(cells_of_the_page())


@cache
def put_into(state: str, before: str) -> MicroStation:
    """The lived-in station, after what was begun `before`, in a state. Nobody changes it: everybody has a branch."""
    if state == "nothing" and not before:
        return lived_in()
    station = put_into("nothing", before if state != "nothing" else "").branch()
    (BEFORE[before] if state == "nothing" else STATES[state])(station)
    return station


def test_the_page_has_every_state_and_every_request_once() -> None:
    told = [(state, request) for state, request, _ in CELLS]
    assert sorted(told) == sorted((state, request) for state in STATES for request in REQUESTS)


@pytest.mark.parametrize(("state", "request_", "cell"), CELLS, ids=[f"{state}-{what}" for state, what, _ in CELLS])
def test_it_is_as_the_page_says(state: str, request_: str, cell: str) -> None:
    ask = REQUESTS[request_]
    station = put_into(state, request_ if request_ in BEFORE else "")
    if request_ == "the screen says":
        assert says(station) == cell
        return
    came, *limits = cell.split("; ")
    assert ask(station.branch()) == came
    for limit in limits:
        LIMITS[limit](station, ask)


@pytest.mark.parametrize("state", ["network", "office", "clock", "scanner"])
@pytest.mark.parametrize("button", ["lockers:keep", "lockers:give_back"])
def test_a_code_that_was_chosen_at_the_screen_opens_a_cell_all_the_same(state: str, button: str) -> None:
    station = put_into(state, "").branch()
    assert station.by_code(button) == ""
    assert station.was_asked(Unlock, "cells_a/1")


def test_every_limit_that_is_checked_stands_on_the_page() -> None:
    told = {limit for _, what, cell in CELLS if what != "the screen says" for limit in cell.split("; ")[1:]}
    assert told == set(LIMITS)
