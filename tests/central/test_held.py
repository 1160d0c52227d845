"""After a lost journal the office tells a station who holds what: from stored rows to a cell that opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from central.changes import Changes, OfficeFault
from central.cli import main
from central.config import open_folder
from central.documents import send_all, set_holdings
from central.held import NO_PERSON, REST_MS, known_before, tell_again
from central.keys import KeyFault
from central.serve import RunningOffice, open_office
from central.views import Change
from drivers.contract import MessageReceived
from station.events import (
    HoldingsTold,
    Snapshot,
    ThingGivenBack,
    ThingTaken,
)
from station.state import Recorded, recorded_document
from station.trust.documents import read_document
from station.trust.held import HOLDINGS, Held, read_holdings
from sync import contract
from tests.central.house import NOW_MS, OTHER, POD, House
from tests.station.rules.desk import WALL_MS
from tests.station.rules.locker_desk import ANNA, BERT, LockerDesk, lockers_site
from tests.sync.rows import JOURNAL, Ledger

FIRST, SECOND, THIRD = JOURNAL, "22" * 16, "33" * 16
DUE_MS = 1_795_000_000_000 + 86_400_000


@pytest.fixture
def house(small_house: House) -> House:
    """On SQLite, where the database does not matter."""
    return small_house


@pytest.fixture
def each_house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """On each database."""
    house = House(tmp_path / "office", database_url)
    yield house
    house.close()


def taken(thing: str, holder: bytes = ANNA, recipient: str = "") -> ThingTaken:
    return ThingTaken("lockers", thing, holder.hex(), "resident", DUE_MS, recipient)


def held(thing: str, holder: bytes = ANNA, recipient: str = "") -> Held:
    return "lockers", thing, holder.hex(), "resident", DUE_MS, recipient


def say(house: House, *ledgers: Ledger, station: str = POD) -> None:
    """A station greets and sends its rows."""
    house.take(house.hello(*ledgers, station=station))
    house.take(*(house.batch(ledger, station=station) for ledger in ledgers))


def known(house: House, ledger: Ledger, station: str = POD) -> tuple[Held, ...]:
    with house.store.write() as transaction:
        journal = transaction.journals([(station, ledger.journal)])[station, ledger.journal]
        return known_before(transaction, station, journal.id)


def documents(house: House, station: str = POD) -> list[bytes]:
    address = contract.address(station, f"down/document/{HOLDINGS}")
    return [one.payload for one in house.published if one.topic == address]


def told(house: House, data: bytes, station: str = POD) -> tuple[int, str, tuple[Held, ...]]:
    document = read_document(data, house.ring, name=HOLDINGS, station=station, groups=(), now_s=house.now_ms // 1000)
    holdings = read_holdings(document.body)
    return document.version, holdings.journal, holdings.held


# ---------------------------------------------------------------- when


def test_a_new_station_is_told_that_nobody_holds_anything(house: House) -> None:
    ledger = Ledger()
    assert house.teller.look() == 0
    house.take(house.hello(ledger))
    assert house.teller.look() == 0
    house.take(house.batch(ledger))
    assert house.teller.look(POD) == 1
    [data] = documents(house)
    assert told(house, data) == (1, FIRST, ())
    assert house.teller.look(POD) == 0


def test_it_is_told_at_the_first_rows_of_a_new_journal_by_whoever_has_the_key(each_house: House) -> None:
    house = each_house
    old = Ledger()
    old.append(taken("1"), taken("2", BERT, ANNA.hex()), ThingGivenBack("lockers", "3", "given_back"))
    say(house, old)
    house.teller.look()
    new = Ledger(SECOND)
    say(house, new)
    for change in house.changes:
        house.teller.changed(change)
    assert [told(house, data) for data in documents(house)] == [
        (1, FIRST, ()),
        (2, SECOND, (held("1"), held("2", BERT, ANNA.hex()))),
    ]


def test_one_station_s_things_are_not_told_to_another(house: House) -> None:
    old = Ledger()
    old.append(taken("1"))
    say(house, old)
    say(house, Ledger(), station=OTHER)
    say(house, Ledger(SECOND))
    assert house.teller.look() == 2
    assert [told(house, data)[2] for data in documents(house)] == [(held("1"),)]
    assert [told(house, data, OTHER)[2] for data in documents(house, OTHER)] == [()]


def test_a_hello_from_before_turns_nothing_back(house: House) -> None:
    old = Ledger()
    say(house, old)
    say(house, Ledger(SECOND))
    house.teller.look()
    house.take(house.hello(old))
    assert house.teller.look() == 0


def test_a_station_that_is_away_gets_it_with_its_hello(house: House) -> None:
    say(house, Ledger())
    house.connected = False
    assert house.teller.look() == 1
    answers = house.desk.receive_all([house.hello(Ledger(), documents={})])
    assert contract.address(POD, f"down/document/{HOLDINGS}") in [answer.topic for answer in answers]


def test_rows_that_are_still_to_come_are_waited_for_and_not_for_ever(house: House) -> None:
    old = Ledger()
    old.append(taken("1"))
    say(house, old)
    old.append(ThingGivenBack("lockers", "1", "given_back"), taken("1", BERT))
    old.closed = True
    new = Ledger(SECOND, parent=FIRST)
    house.take(house.hello(old, new))
    house.take(house.batch(new))
    assert house.teller.look() == 0
    house.now_ms += REST_MS - 1
    assert house.teller.look() == 0
    house.take(house.batch(old, 2))
    assert house.teller.look() == 1
    assert told(house, documents(house)[0])[2] == (held("1", BERT),)


def test_rows_that_never_come_are_waited_for_ten_minutes(each_house: House) -> None:
    house = each_house
    old = Ledger()
    old.append(taken("1"))
    say(house, old)
    old.append(taken("2"))
    old.closed = True
    new = Ledger(SECOND, parent=FIRST)
    house.take(house.hello(old, new))
    house.take(house.batch(new))
    house.now_ms += REST_MS
    assert house.teller.look() == 1


def test_without_its_key_nothing_is_told_and_nothing_else_is_harmed(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    say(house, Ledger())
    monkeypatch.setattr("central.held._sign", lambda *_: (_ for _ in ()).throw(KeyFault("no key is in force")))
    assert house.teller.look() == 0
    assert "no key is in force" in caplog.text
    monkeypatch.undo()
    assert house.teller.look() == 1


def test_a_database_that_fails_while_one_is_sent_silences_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def send(*_: object) -> int:
        raise OperationalError("SELECT", {}, Exception("the database is locked"))

    changes = Changes()
    changes.subscribe(house.teller.changed)
    say(house, Ledger())
    with monkeypatch.context() as failing:
        failing.setattr(house.teller, "_send", send)
        changes.tell(Change(POD, "events"))
    assert "the database is locked" in caplog.text
    assert documents(house) == []
    say(house, Ledger(SECOND))
    changes.tell(Change(POD, "events"))
    assert [told(house, data) for data in documents(house)] == [(2, SECOND, ())]


# ---------------------------------------------------------------- what


def test_what_the_parent_held_counts(house: House) -> None:
    old, other = Ledger(), Ledger(THIRD)
    old.append(HoldingsTold(1, ()), taken("1"))
    other.append(HoldingsTold(1, ()), taken("2"))
    say(house, old)
    old.closed = True
    say(house, old, other)
    other.closed = True
    new = Ledger(SECOND, parent=FIRST)
    say(house, old, other, new)
    assert known(house, new) == (held("1"),)


def test_a_journal_that_was_lost_before_it_was_told_is_looked_behind(house: House) -> None:
    old = Ledger()
    old.append(HoldingsTold(1, ()), taken("1"), taken("2"))
    say(house, old)
    say(house, Ledger(SECOND))
    third = Ledger(THIRD)
    say(house, third)
    assert known(house, third) == (held("1"), held("2"))


def test_a_snapshot_that_was_salvaged_goes_before_what_is_older(house: House) -> None:
    old = Ledger()
    old.append(HoldingsTold(1, ()), taken("1"), taken("2"))
    say(house, old)
    second = Ledger(SECOND)
    second.append(Snapshot(recorded_document(Recorded(journal=SECOND))), taken("1", BERT))
    say(house, second)
    third = Ledger(THIRD)
    say(house, third)
    assert known(house, third) == (held("1", BERT), held("2"))


def test_what_journals_did_not_agree_on_stays_nobody_s(house: House) -> None:
    old = Ledger()
    old.append(taken("1"), HoldingsTold(1, (held("1", BERT),)))
    say(house, old)
    new = Ledger(SECOND)
    say(house, new)
    [one] = known(house, new)
    assert one[2] == NO_PERSON


# ---------------------------------------------------------------- from end to end


def lost(house: House, journal: str) -> LockerDesk:
    """A station of this office whose journal has just begun."""
    site = replace(lockers_site(), station=POD, roots=house.folder.roots())
    desk = LockerDesk(Recorded(journal=journal), site=site, wall_offset_ms=NOW_MS - WALL_MS)
    desk.state = replace(desk.state, observed=replace(desk.state.observed, ring=house.ring))
    return desk


def knows(desk: LockerDesk) -> bool:
    return desk.state.recorded.holdings_known


def take_document(desk: LockerDesk, data: bytes) -> None:
    desk.feed(MessageReceived("link", f"document/{HOLDINGS}", data, b"", b"", retained=True))


def test_from_stored_rows_to_a_cell_that_opens_again_for_its_holder(house: House) -> None:
    old = Ledger()
    old.append(HoldingsTold(1, ()), taken("1"), taken("2", BERT))
    say(house, old)
    desk = lost(house, SECOND)
    assert not knows(desk)

    new = Ledger(SECOND)
    say(house, new)
    house.teller.look()
    [data] = documents(house)
    take_document(desk, data)
    assert desk.told(HoldingsTold) == [HoldingsTold(1, (held("1"), held("2", BERT)))]
    assert desk.state.recorded.documents[HOLDINGS].version == 1
    assert (desk.holder("1"), desk.holder("2"), desk.holder("3")) == (ANNA, BERT, None)

    take_document(desk, data)
    assert len(desk.told(HoldingsTold)) == 1


def test_a_document_of_an_earlier_loss_says_nothing_about_now(house: House) -> None:
    """It lies retained at the broker and in the vault, and is the first thing that a new journal sees."""
    old = Ledger()
    old.append(HoldingsTold(1, ()), taken("1"))
    say(house, old)
    house.teller.look()
    stale = documents(house)[0]
    desk = lost(house, SECOND)
    take_document(desk, stale)
    assert desk.told(HoldingsTold) == []
    assert not knows(desk)
    say(house, Ledger(SECOND))
    house.teller.look()
    take_document(desk, documents(house)[-1])
    assert knows(desk)
    assert desk.holder("1") == ANNA


def test_a_station_that_knows_takes_the_version_only(house: House) -> None:
    say(house, Ledger())
    house.teller.look()
    desk = lost(house, FIRST)
    desk.state = replace(desk.state, recorded=replace(desk.state.recorded, holdings_known=True))
    take_document(desk, documents(house)[0])
    assert desk.kinds() == ["DocumentTaken"]


# ---------------------------------------------------------------- by hand, and in a process


def test_by_hand_it_is_told_again(house: House) -> None:
    with pytest.raises(OfficeFault, match="wait for its next hello"):
        tell_again(house.store, house.documents, POD, house.now_ms)
    say(house, Ledger())
    house.teller.look()
    version, data = tell_again(house.store, house.documents, POD, house.now_ms)
    assert (version, told(house, data)) == (2, (2, FIRST, ()))
    assert house.teller.look() == 0


def test_the_command(small_house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    say(small_house, Ledger())
    folder = ["--folder", str(small_house.folder.path)]
    assert main(["document", "holdings", POD, *folder]) == 0
    assert "holdings 1 is signed" in capsys.readouterr().out
    assert main(["document", "holdings", "nowhere", *folder]) == 2
    body = tmp_path / "holdings.json"
    body.write_text("{}")
    assert main(["document", "set", HOLDINGS, str(body), *folder]) == 2
    assert "central document holdings STATION" in capsys.readouterr().err


def test_by_the_command_it_is_sent_once(house: House) -> None:
    say(house, Ledger())
    running = RunningOffice(house.office, house.store, house.documents, (), Changes())
    assert set_holdings(running, POD, house.now_ms) == 1
    send_all(running)
    assert [told(house, data) for data in documents(house)] == [(1, FIRST, ())]


def test_an_office_that_was_away_tells_who_waits_when_it_starts(small_house: House) -> None:
    say(small_house, Ledger())
    query = "SELECT audience, version FROM documents WHERE name = 'holdings'"
    with open_office(open_folder(small_house.folder.path), ingest=False) as running, running.store.read() as connection:
        stored = connection.exec_driver_sql(query).all()
    assert [tuple(row) for row in stored] == [(POD, 1)]
