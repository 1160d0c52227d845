"""What stations tell of volunteer points, and a house whose stations sell for them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from central import tables as t
from central.store import Store
from central.views import Detail, PlacedOrder
from station.events import PointsReturned, PointsSpent, VolunteerSignedOff
from station.trust.nonces import nonce_text
from sync import contract
from sync.contract import Health, Reply, WordsSent
from tests.central.house import POD, House
from tests.central.station_told import offer
from tests.sync.rows import JOURNAL

PERSON, OTHER_PERSON = "ab" * 16, "cd" * 16
NONCE = nonce_text(bytes(range(10)))
RATE = 6
"""Points an hour: ten minutes for each."""
PRICE = 2
ANNA = "a" * 32

SHOP: dict[str, Any] = {
    "type": "stock",
    "zh": "积分柜",
    "en": "Shop",
    "offers": [offer("take", "口罩", "Masks", 9, "mask", PRICE), offer("take", "创可贴", "Plasters", 9, "plaster")],
}


def sells(house: House, station: str = POD) -> None:
    """A station tells that it has a shop; an hour on duty is worth `RATE` points in this house."""
    house.office.purse.points_per_hour = RATE
    told = Health(journal=JOURNAL, tail_seq=1, counter=1, document={"services": {"shop": SHOP}})
    house.take(house.signed(contract.HEALTH, told, station))


def buy(house: House, count: int | None = None, station: str = POD, thing: str = "mask") -> PlacedOrder:
    return house.office.order(station, "shop", "take", NONCE, PERSON, detail=Detail(thing, count=count))


def answer(house: House, order: PlacedOrder, result: str, station: str = POD) -> None:
    words = WordsSent(zh="好", en=result)
    told = Reply.model_validate({"order_id": order.order_id, "result": result, "reason": "", "words": words})
    house.desk.receive_all([house.signed(contract.REPLY, told, station)])


def worked(holder: str, minutes: int, cause: str = "signed_off") -> VolunteerSignedOff:
    return VolunteerSignedOff("volunteers", holder, cause, minutes)


def spent(holder: str, points: int, order: str = "") -> PointsSpent:
    return PointsSpent(holder, points, "shop", "mask", not order, 20_000, order)


def returned(holder: str, points: int, order: str = "") -> PointsReturned:
    return PointsReturned(holder, points, "shop", "mask", not order, 20_000, order)


def table(store: Store) -> dict[tuple[str, str], tuple[int, int]]:
    """The table `points`: minutes and points spent by station and holder."""
    with store.read() as connection:
        rows = connection.execute(sa.select(t.points)).all()
    return {(row.station, row.holder): (row.minutes, row.spent) for row in rows}
