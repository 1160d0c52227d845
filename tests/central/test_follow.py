from __future__ import annotations

from central.follow import Follower
from central.ingest import Received
from central.views import Change
from station.events import DoorForced
from sync import contract
from sync.contract import Health
from tests.central.house import NOW_MS, OTHER, POD, House
from tests.sync.rows import JOURNAL, OLD_JOURNAL, Ledger


def test_a_page_beside_another_ingest_learns_the_same(house: House) -> None:
    first, second = Ledger(), Ledger(OLD_JOURNAL)
    house.take(house.batch(first))
    follower = Follower(house.store)
    assert follower.look() == []

    first.fill(3)
    house.take(house.batch(first, 1), house.batch(second, station=OTHER))
    assert sorted(change.station for change in follower.look() if change.what == "events") == [POD, OTHER]
    assert follower.look() == []

    house.now_ms += 1
    house.take(house.alarm(first, first.append(DoorForced("door"))))
    assert follower.look() == [Change(POD, "alarm")]

    status = Received(contract.address(POD, "up/status"), b'{"online":true}', (), NOW_MS)
    health = Health(journal=JOURNAL, tail_seq=1, counter=1, document={})
    house.take(status, house.signed(contract.HEALTH, health, OTHER))
    assert set(follower.look()) == {Change(POD, "status"), Change(OTHER, "health")}
    assert follower.look() == []
