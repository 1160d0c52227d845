"""What the office hears that people may ask for: right, of nobody, small, and sent again when it has changed."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any, cast

from drivers.contract import Answer, Asked, DeviceDown, DeviceUp, Quantity, SendHealth, Words
from station.events import StockCounted
from station.rules import offers
from station.rules.health import SEND_OFFERS_MS
from station.rules.site import (
    AlarmService,
    ApplianceService,
    BookService,
    CellOf,
    DoorService,
    Item,
    Load,
    LoanService,
    LockerService,
    PeopleService,
    RoomService,
    ScreenService,
    Service,
    Site,
    SocketService,
    StockService,
)
from station.rules.turn import Decision, Turn
from station.state import Recorded, Stock, thing_key
from tests.station.rules.desk import JOURNAL, Desk, at_once, pod
from tests.station.rules.loan_desk import LoanDesk
from tests.station.rules.locker_desk import ANNA, BERT, LARGE, LOW, SMALL, LockerDesk, lockers_site
from tests.station.rules.wall import ANNE, Wall
from tests.station.weeks import daily

MAX_DOCUMENT_BYTES = 12_000
HOUR_MS = 3_600_000


def asked(desk: Desk) -> dict[str, Any]:
    """The health document as whoever asks now gets it."""
    (answer,) = at_once(desk.feed(Asked("control", 1, "health")), Answer)
    document: dict[str, Any] = json.loads(cast("Answer", answer).document)
    return document


def told(desk: Desk, service: str) -> dict[str, Any]:
    return cast("dict[str, Any]", asked(desk)["services"][service])


def free(desk: Desk, service: str) -> dict[tuple[str, str], int]:
    return {(one["action"], one.get("thing", "")): one["free"] for one in told(desk, service)["offers"]}


def shown(site: Site) -> Site:
    """The same site with a screen for all of its services."""
    return replace(site, screens={"front": ScreenService("front", "screen", tuple(site.services))})


# ---------------------------------------------------------------- what is offered


def test_a_door_is_offered_while_its_lock_answers() -> None:
    desk = Desk()
    desk.begin()
    assert told(desk, "door") == {
        "type": "door",
        "zh": "门",
        "en": "Door",
        "scanned": True,
        "offers": [{"action": "open", "zh": "开门", "en": "Open the door", "free": 1}],
    }
    desk.feed(DeviceDown("strike", "unplugged"))
    assert free(desk, "door") == {("open", ""): 0}


def test_cells_are_offered_by_size_with_how_many_are_free() -> None:
    desk = LockerDesk()
    assert free(desk, "lockers") == {("take", "small"): 4, ("take", "large"): 1, ("take", "accessible"): 1}
    for _ in SMALL:
        desk.put_in(ANNA if _ != "3" else BERT, thing="small")
    assert free(desk, "lockers")["take", "small"] == 1
    desk.keeper("retire", LOW)
    assert free(desk, "lockers") == {("take", "small"): 1, ("take", "large"): 1, ("take", "accessible"): 0}
    assert desk.put_in(BERT, thing="small") == LARGE  # which is given when no small one is left
    assert set(free(desk, "lockers").values()) == {0}


def test_what_is_offered_would_be_given() -> None:
    desk = LockerDesk()
    for (action, thing), count in free(desk, "lockers").items():
        assert count > 0
        before = len(desk.unlocks)
        desk.ask(action, thing.encode()[:1] * 16, thing=thing)
        assert len(desk.unlocks) == before + 1, thing


def test_no_person_and_no_holding_is_told() -> None:
    desk = LockerDesk()
    desk.put_in(ANNA, thing="small", recipient=BERT)
    text = json.dumps(asked(desk))
    assert ANNA.hex() not in text
    assert BERT.hex() not in text
    assert told(desk, "lockers")["things"] == ["1", "2", "3", "4", "5"]


def test_cells_are_for_somebody_elses_pass_only_where_one_is_read() -> None:
    assert told(LockerDesk(), "lockers")["pick_up"] is True
    for changes in ({"reader": ""}, {"ways": frozenset({"order", "pass_bound"})}):
        assert "pick_up" not in told(LockerDesk(site=lockers_site(**changes)), "lockers")


def test_nothing_is_free_that_nobody_may_be_given() -> None:
    desk = LockerDesk(Recorded(journal=JOURNAL))  # nobody knows who holds what
    assert set(free(desk, "lockers").values()) == {0}
    assert free(desk, "door") == {("open", ""): 1}
    desk = LockerDesk()
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="the card is full"))
    assert set(free(desk, "lockers").values()) == {0}
    assert free(desk, "door") == {("open", ""): 0}


def test_a_service_that_is_closed_or_not_for_everybody_says_so() -> None:
    desk = LockerDesk(site=lockers_site(hours=daily(0, 0), roles=frozenset({"courier"}), colour="yellow"))
    service = told(desk, "lockers")
    assert service["closed"] is True
    assert service["roles"] == ["courier"]
    assert service["colour"] == "yellow"
    assert {one["free"] for one in service["offers"]} == {0}


def test_a_phone_is_offered_only_what_a_screen_and_an_order_open() -> None:
    desk = LockerDesk(site=lockers_site(ways=frozenset({"pass_bound"})))
    assert told(desk, "lockers")["offers"] == []
    desk = LockerDesk(site=replace(lockers_site(), screens={"front": ScreenService("front", "screen", ("door",))}))
    assert told(desk, "lockers")["offers"] == []
    assert free(desk, "door") == {("open", ""): 1}


def test_each_socket_and_each_appliance_is_offered_while_it_may_start() -> None:
    wall = Wall()
    wall.begin()
    assert free(wall, "charge") == {("start", "1"): 1, ("start", "2"): 1}
    assert wall.ask("charge", "start", ANNE, thing="2") is None
    assert free(wall, "charge") == {("start", "1"): 1, ("start", "2"): 0}
    assert free(wall, "kettle") == {("start", ""): 1}
    wall.says("float", Quantity.CLOSED, False)
    assert free(wall, "kettle") == {("start", ""): 0}
    wall.says("hot", Quantity.TEMPERATURE_C, 70.0)
    assert set(free(wall, "charge").values()) == {0}
    assert told(wall, "charge")["things"] == ["1", "2"]


def test_things_are_lent_from_full_slots_and_brought_back_to_free_ones() -> None:
    desk = LoanDesk()
    name = next(iter(desk.site.loans))
    before = free(desk, name)
    assert before["take", ""] > 0
    desk.ask("take")
    assert free(desk, name)["take", ""] == before["take", ""] - 1  # it waits in its slot
    desk.done("1")
    desk.slot("1", full=False)
    assert free(desk, name) == {("take", ""): before["take", ""] - 1, ("give_back", ""): before["give_back", ""] + 1}


def test_volunteers_sign_on_and_tick_and_items_have_a_price() -> None:
    site = replace(
        pod(),
        people={
            "people": PeopleService(
                name="people", words=Words("志愿者", "Volunteers"), tasks={"clean": Words("扫", "Swept")}
            )
        },
        stock={
            "box": StockService(
                name="box", words=Words("药箱", "Box"), items={"mask": Item(Words("口罩", "Mask"), points=3)}, cells={}
            )
        },
    )
    desk = Desk(site=shown(site))
    desk.begin()
    assert free(desk, "people") == {("sign_on", ""): 1, ("sign_off", ""): 1, ("task", "clean"): 1}
    mask = {"action": "take", "zh": "口罩", "en": "Mask", "free": 0, "thing": "mask", "points": 3}
    assert told(desk, "box")["offers"] == [mask]
    turn = Turn(desk.state, desk.now, desk.site)
    turn.record(StockCounted("box", "mask", 7, ANNA.hex()))
    assert [one.free for one in offers.offered(turn, site.stock["box"])] == [7]


def test_every_type_of_service_has_its_row() -> None:
    """Whoever adds a type of service for people writes what it offers into `offers.KINDS`."""
    assert {kind.__name__ for kind in _all_below(Service)} - {"HeldService"} == {kind.__name__ for kind in offers.KINDS}
    assert len({kind.type for kind in offers.KINDS.values()}) == len(offers.KINDS)


def _all_below(kind: type) -> set[type]:
    below: set[type] = set(kind.__subclasses__())
    return below.union(*(_all_below(one) for one in below))


# ---------------------------------------------------------------- when it is sent


class Telling(LockerDesk):
    """Keeps every health document that goes to the office, with the steady time of it."""

    def __init__(self) -> None:
        self.documents: list[tuple[int, dict[str, Any]]] = []
        super().__init__()
        self.hello()  # an office that falls silent is news
        self.wait(2 * SEND_OFFERS_MS)
        self.documents.clear()

    def feed(self, signal: Any) -> Decision:
        decision = super().feed(signal)
        for one in at_once(decision, SendHealth):
            self.documents.append((self.steady_ms, json.loads(cast("SendHealth", one).document)))
        return decision

    def large_free(self) -> int:
        """How many large cells the office thinks are free."""
        offered: list[dict[str, Any]] = self.documents[-1][1]["services"]["lockers"]["offers"]
        return next(int(one["free"]) for one in offered if one.get("thing") == "large")


def test_changed_offers_are_sent_and_not_more_often_than_every_ten_seconds() -> None:
    desk = Telling()
    for _ in range(10):  # a cell is taken and given back all the time
        number = desk.put_in(ANNA, thing="large")
        desk.ask("give_back", ANNA)
        desk.opens(number)
        desk.shuts(number)
        desk.wait(2_500)
    times = [at_ms for at_ms, _ in desk.documents]
    assert 5 <= len(times) <= 7
    assert all(later - earlier >= SEND_OFFERS_MS for earlier, later in pairwise(times))


def test_what_changed_meanwhile_is_sent_when_the_ten_seconds_are_over() -> None:
    desk = Telling()
    number = desk.put_in(ANNA, thing="large")
    assert number == LARGE
    assert [desk.large_free() for _ in desk.documents] == [0]
    desk.ask("give_back", ANNA)
    desk.opens(number)
    desk.shuts(number)
    desk.wait(SEND_OFFERS_MS)
    assert len(desk.documents) == 2
    desk.wait(SEND_OFFERS_MS)
    assert desk.large_free() == 1


def test_nothing_is_sent_while_nothing_changes() -> None:
    desk = Telling()
    for _ in range(30):
        desk.wait(1_000)
        desk.show()
    assert desk.documents == []


# ---------------------------------------------------------------- how big it is


def full_station() -> Site:
    """Everything that a micro-station may have at once, and more of it than any real one."""

    def words(number: int) -> Words:
        return Words(f"第 {number} 样常用物品", f"Item number {number}")

    cells = {str(n): CellOf(f"cells{n // 17}/{n}", ("small", "medium", "large")[n % 3], n == 4) for n in range(1, 49)}
    slots = {str(n): CellOf(f"stand/{n}") for n in range(1, 13)}
    plugs = {str(n): Load(f"relays/{n}", f"meter{n}", 60) for n in range(1, 9)}
    alarms = ("sos", "fire", "tamper")
    station = pod()
    return replace(
        station,
        doors={
            **station.doors,
            "store": DoorService(name="store", words=Words("储物间", "Store"), lock="bolt", room=False),
        },
        lockers={
            "lockers": LockerService(name="lockers", words=Words("储物柜", "Lockers"), reader="scanner", cells=cells)
        },
        loans={
            name: LoanService(name=name, words=Words("共享雨伞", "Umbrellas"), what="umbrella", cells=slots)
            for name in ("umbrellas", "banks")
        },
        books={"books": BookService(name="books", words=Words("图书", "Books"))},
        stock={
            name: StockService(
                name=name,
                words=Words("便民药箱", "Medicine box"),
                items={f"item-{n}": Item(words(n), points=n) for n in range(12)},
                cells={},
            )
            for name in ("medicine", "vending")
        },
        sockets={"charge": SocketService(name="charge", words=Words("手机充电", "Charging"), sockets=plugs)},
        rooms={"booth": RoomService(name="booth", words=Words("朗读亭", "Booth"), door="door")},
        appliances={
            name: ApplianceService(
                name=name, words=Words("微波炉", "Microwave"), load=Load(f"relays/{n}"), run_ms=60_000
            )
            for n, name in enumerate(("microwave", "kettle", "dispenser"), 9)
        },
        people={
            "people": PeopleService(
                name="people", words=Words("志愿者", "Volunteers"), tasks={f"t{n}": words(n) for n in range(8)}
            )
        },
        alarms={
            what: AlarmService(what, Words("报警", "Alarm"), what, f"{what}_button", pressed_closed=False)
            for what in alarms
        },
        essential=frozenset({"strike", "scanner", "reed", "bolt", "cells0", "cells1", "cells2", "stand", "relays"}),
    )


def test_the_document_of_a_full_station_is_small() -> None:
    desk = Desk(site=shown(full_station()))
    filled = {thing_key(box, item): Stock(9) for box, one in desk.site.stock.items() for item in one.items}
    desk.begin(Recorded(journal=JOURNAL, holdings_known=True, stock=filled))
    for device in ("bolt", "cells0", "cells1", "cells2", "stand", "relays", *(f"meter{n}" for n in range(1, 9))):
        desk.feed(DeviceUp(device))
    document = asked(desk)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert 8_000 < len(text.encode()) < MAX_DOCUMENT_BYTES
    assert sum(len(service.get("offers", ())) for service in document["services"].values()) > 50
    assert {service["type"] for service in document["services"].values()} == {
        *(kind.type for kind in offers.KINDS.values()),
        "alarm",
    }


def test_one_service_offers_no_more_than_forty_things() -> None:
    many = {f"item-{n}": Item(Words("物", "Thing")) for n in range(100)}
    site = replace(pod(), stock={"box": StockService(name="box", words=Words("箱", "Box"), items=many, cells={})})
    desk = Desk(site=shown(site))
    desk.begin()
    assert len(told(desk, "box")["offers"]) == offers.MAX_OFFERS


def test_the_words_of_an_offer_are_its_own() -> None:
    assert {field.name for field in fields(offers.Offer)} == {"action", "words", "free", "thing", "points"}
