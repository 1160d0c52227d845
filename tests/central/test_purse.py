"""Whose points there are, and that no two orders count on the same ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Barrier, Thread
from typing import Any

import pytest

from central.changes import NoPoints, OfficeFault
from central.issue import Issuer
from central.office import Office
from central.purse import AWAY_MS, SET_ASIDE_MS, USABLE_SECONDS, Account
from central.store import open_store
from central.views import Detail
from station.rules.nonces import VALID_MS
from station.trust.nonces import NONCE_STEP_SECONDS
from tests.central.house import OTHER, POD, House
from tests.central.points_told import (
    NONCE,
    OTHER_PERSON,
    PERSON,
    PRICE,
    answer,
    buy,
    returned,
    sells,
    spent,
    worked,
)
from tests.sync.rows import OLD_JOURNAL, Ledger


class Shop:
    """A house with two shops, and the journal of each."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ledgers = {POD: Ledger(), OTHER: Ledger(OLD_JOURNAL)}
        for station in self.ledgers:
            sells(house, station)

    def tell(self, *events: Any, station: str = POD) -> None:
        ledger = self.ledgers[station]
        before = ledger.tail if len(ledger.items) > 1 else 0
        ledger.append(*events)
        self.house.take(self.house.batch(ledger, before, station=station))

    def holder(self, audience: str = POD, person: str = PERSON) -> str:
        return self.house.office.holder(person, audience)

    def points(self, person: str = PERSON) -> int:
        return self.house.office.purse.points(person)


@pytest.fixture
def shop(house: House) -> Shop:
    return Shop(house)


# ---------------------------------------------------------------- the balance


def test_a_balance_is_over_all_stations_and_rounds_down_once(shop: Shop) -> None:
    assert shop.points() == 0
    shop.tell(worked(shop.holder(), 95), spent(shop.holder(), 4))
    shop.tell(worked(shop.holder(OTHER), 25), spent(shop.holder(OTHER), 3), station=OTHER)
    assert shop.points() == 12 - 7  # 120 minutes at 6 an hour
    assert shop.points(OTHER_PERSON) == 0


def test_what_a_station_says_of_another_one_s_holder_is_nobody_s(shop: Shop) -> None:
    shop.tell(worked(shop.holder(OTHER), 600))
    assert shop.points() == 0


def test_a_pass_for_a_group_spends_from_the_same_balance(shop: Shop) -> None:
    shop.tell(worked(shop.holder(), 60), spent(shop.holder("@park"), 4))
    assert shop.points() == 6
    shop.house.office.issue_pass("@park", ("shop",), PERSON)
    assert shop.points() == 2


def test_what_was_spent_offline_may_leave_less_than_nothing_until_it_is_earned(shop: Shop) -> None:
    shop.tell(spent(shop.holder(), 5))
    assert shop.points() == -5
    with pytest.raises(NoPoints):
        buy(shop.house)
    buy(shop.house, thing="plaster")  # what costs nothing is had all the same
    shop.tell(worked(shop.holder(), 60))
    with pytest.raises(NoPoints):
        buy(shop.house)
    shop.tell(worked(shop.holder(), 10))
    buy(shop.house)


def test_without_a_rate_nothing_is_earned(shop: Shop) -> None:
    shop.house.office.purse.points_per_hour = 0
    shop.tell(worked(shop.holder(), 600))
    assert shop.points() == 0
    with pytest.raises(NoPoints):
        buy(shop.house)


def test_accounts_are_those_who_earned_or_spent(shop: Shop) -> None:
    office = shop.house.office
    anna, bert, _ = (office.new_person(label=label) for label in ("Anna", "Bert", "Carl"))
    office.issue_pass("@park", ("shop",), bert)
    shop.tell(worked(shop.holder(POD, anna), 95), spent(shop.holder("@park", bert), 4))
    shop.tell(worked(shop.holder(OTHER, anna), 25), station=OTHER)
    assert office.purse.accounts() == [Account(anna, "Anna", 120, 12, 0), Account(bert, "Bert", 0, 0, 4)]
    assert [account.balance for account in office.purse.accounts()] == [12, -4]


# ---------------------------------------------------------------- orders


def test_an_order_is_signed_only_for_enough_points(shop: Shop) -> None:
    shop.tell(worked(shop.holder(), 50))
    with pytest.raises(NoPoints) as refused:
        buy(shop.house, 3)
    assert (refused.value.points, refused.value.price) == (5, 3 * PRICE)
    assert shop.house.published == []
    buy(shop.house, 2)
    assert shop.points() == 5 - 2 * PRICE
    with pytest.raises(NoPoints):
        buy(shop.house)
    assert len(shop.house.published) == 1


def test_the_command_line_s_order_needs_points_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    office = shop.house.office
    monkeypatch.setattr(shop.house.desk, "wait_nonce", lambda _ask, _seconds: NONCE)
    with pytest.raises(NoPoints, match="there are 0 volunteer points, and it takes 2"):
        office.operate(POD, "shop", "take", PERSON, detail=Detail("mask"))


def test_an_order_that_cannot_be_signed_sets_nothing_aside(shop: Shop) -> None:
    shop.tell(worked(shop.holder(), 20))
    with pytest.raises(OfficeFault):
        shop.house.office.order(POD, "shop", "take", "no nonce", PERSON, detail=Detail("mask"))
    assert shop.points() == 2


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (lambda holder, order: [spent(holder, PRICE, order)], 0),
        (lambda holder, order: [spent(holder, PRICE, order), returned(holder, PRICE, order)], PRICE),
        (lambda holder, _order: [spent(holder, 1)], PRICE - 1 - PRICE),
        (lambda holder, _order: [spent(holder, 1, "0e" * 16)], PRICE - 1 - PRICE),
    ],
)
def test_points_are_set_aside_until_the_rows_of_that_order_are_here(
    shop: Shop, told: Callable[[str, str], list[Any]], left: int
) -> None:
    shop.tell(worked(shop.holder(), 20))
    order = buy(shop.house)
    assert shop.points() == 0
    for result in ("accepted", "done"):
        answer(shop.house, order, result)  # the rows of what was had are still on their way
        assert shop.points() == 0
    shop.tell(*told(shop.holder(), order.order_id))
    assert shop.points() == left


def test_what_was_refused_is_there_again_at_once(shop: Shop) -> None:
    shop.tell(worked(shop.holder(), 20))
    order = buy(shop.house)
    answer(shop.house, order, "refused")
    assert shop.points() == PRICE


def test_another_station_lets_go_of_nothing(shop: Shop) -> None:
    shop.tell(worked(shop.holder(), 20))
    order = buy(shop.house)
    answer(shop.house, order, "refused", OTHER)
    shop.tell(spent("e" * 32, 0, order.order_id), station=OTHER)
    assert shop.points() == 0


def test_an_order_of_which_nobody_heard_lapses_when_it_cannot_be_used_any_more(shop: Shop) -> None:
    shop.tell(worked(shop.holder(), 20))
    buy(shop.house)
    house, placed_ms = shop.house, shop.house.now_ms
    house.now_ms = placed_ms + SET_ASIDE_MS
    assert shop.points() == 0  # the station was not heard since: it may have taken the order off the phone
    shop.tell(worked("e" * 32, 1), station=OTHER)
    assert shop.points() == 0
    house.now_ms -= 1
    shop.tell(worked("e" * 32, 1))
    house.now_ms += 1
    assert shop.points() == 0  # nor after it could not be used any more
    shop.tell(worked("e" * 32, 1))
    assert shop.points() == PRICE


def test_a_station_that_stays_away_keeps_points_for_a_day(shop: Shop) -> None:
    shop.tell(worked(shop.holder(), 20))
    buy(shop.house)
    shop.house.now_ms += AWAY_MS - 1
    assert shop.points() == 0
    shop.house.now_ms += 1
    assert shop.points() == PRICE
    buy(shop.house)
    assert shop.points() == 0


def test_the_bound_is_longer_than_a_station_takes_an_order() -> None:
    assert USABLE_SECONDS * 1000 == VALID_MS + 2 * NONCE_STEP_SECONDS * 1000
    assert USABLE_SECONDS * 1000 < SET_ASIDE_MS < AWAY_MS


# ---------------------------------------------------------------- at the same moment


class SlowIssuer(Issuer):
    """Takes its time with the pen, while the points are looked at."""

    def order(self, *told: Any, **more: Any) -> str:
        time.sleep(0.05)
        return super().order(*told, **more)


def test_two_orders_at_the_same_moment_never_count_on_the_same_points(shop: Shop) -> None:
    """On two desks with a database in common, two at each."""
    house = shop.house
    shop.tell(worked(shop.holder(), 20))
    signed: list[str] = []
    refused: list[NoPoints] = []
    begin = Barrier(4)

    def ask(office: Office) -> None:
        begin.wait()
        try:
            signed.append(office.order(POD, "shop", "take", NONCE, PERSON, detail=Detail("mask")).text)
        except NoPoints as fault:
            refused.append(fault)

    with ExitStack() as stores:
        threads = []
        for _ in range(2):
            store = open_store(house.url)
            stores.callback(store.close)
            known = house.office._issuer
            issuer = SlowIssuer(known.signer, known.holders_key)
            office = Office(
                store, issuer, None, house.desk, house.publish, house.office._changes, now_ms=lambda: house.now_ms
            )
            office.purse.points_per_hour = house.office.purse.points_per_hour
            threads += [Thread(target=ask, args=(office,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(signed), len(refused)) == (1, 3)
    assert len(house.published) == 1
    assert shop.points() == 0
