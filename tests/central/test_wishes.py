"""The ledger of wishes and complaints, on each database."""

from __future__ import annotations

import re
import threading

import pytest

from central import wishes
from central.changes import OfficeBusy, OfficeFault
from central.views import Change
from central.wishes import MAX_TEXT, UnknownWish, Wishes, plain_text
from tests.central.house import NOW_MS, OTHER, POD, House
from tests.central.test_store import add_stations

ANNA, BERT = "a" * 32, "b" * 32


@pytest.fixture
def told() -> list[Change]:
    return []


@pytest.fixture
def ledger(house: House, told: list[Change]) -> Wishes:
    add_stations(house.store)
    clock = iter(range(NOW_MS, NOW_MS + 10_000_000, 1_000))
    return Wishes(house.store, told.append, lambda: next(clock))


def test_numbers_count_up_and_cannot_be_guessed(ledger: Wishes) -> None:
    numbers = [ledger.make(POD, "wish", f"more books {turn}", ANNA) for turn in range(3)]
    year = numbers[0][:4]
    assert [number[:10] for number in numbers] == [f"{year}-{count:04d}-" for count in (1, 2, 3)]
    assert len({number[10:] for number in numbers}) == 3
    assert all(re.fullmatch(r"20\d\d-\d{4}-[2-9A-HJ-NP-Z]{6}", number) for number in numbers)


def test_one_is_followed_until_it_is_closed(ledger: Wishes, told: list[Change]) -> None:
    number = ledger.make(POD, "complaint", "  The lamp\r\nflickers ", ANNA, "door")
    found = ledger.find(number.lower())
    assert (found.text, found.kind, found.state, found.service) == ("The lamp\nflickers", "complaint", "new", "door")
    assert ledger.take_on(number).state == "seen"
    closed = ledger.close(number, "It was replaced.")
    assert (closed.state, closed.answer) == ("done", "It was replaced.")
    assert closed.closed_ms is not None
    assert ledger.take_on(number).state == "done"
    assert [(one.station, one.what) for one in told] == [(POD, "wish")] * 4


def test_what_is_closed_keeps_its_answer(ledger: Wishes) -> None:
    number = ledger.make(POD, "wish", "tea", ANNA)
    ledger.close(number, "Yes")
    with pytest.raises(OfficeFault, match="closed already"):
        ledger.close(number, "No")
    assert ledger.find(number).answer == "Yes"


def test_of_two_who_close_one_at_the_same_moment_only_the_first_does(house: House) -> None:
    add_stations(house.store)
    first = Wishes(house.store, lambda _change: None, lambda: NOW_MS)
    number = first.make(POD, "wish", "tea", ANNA)

    def while_the_first_closes_it() -> int:
        first.close(number, "Yes")
        return NOW_MS

    second = Wishes(house.store, lambda _change: None, while_the_first_closes_it)
    with pytest.raises(OfficeFault, match="closed already"):
        second.close(number, "No")
    assert first.find(number).answer == "Yes"


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (MAX_TEXT + 1), "\x00\x1b"])
def test_a_text_that_is_none_is_refused(ledger: Wishes, text: str) -> None:
    with pytest.raises(OfficeFault):
        ledger.make(POD, "wish", text, ANNA)
    number = ledger.make(POD, "wish", "tea", ANNA)
    with pytest.raises(OfficeFault):
        ledger.close(number, text)
    assert ledger.find(number).state == "new"


def test_a_kind_that_is_none_is_refused(ledger: Wishes) -> None:
    with pytest.raises(OfficeFault):
        ledger.make(POD, "praise", "fine", ANNA)


def test_control_characters_go_and_lines_stay() -> None:
    assert plain_text("a\x1b[2Jb\r\n\n\n\n\nc\t") == "a [2Jb\n\nc"
    assert plain_text("灯" * MAX_TEXT) == "灯" * MAX_TEXT


@pytest.mark.parametrize("number", ["", "2026", "2026-0001", "2026-0001-AAAAAA", "x" * 99, "2026-0001-aaaaaa' or 1=1"])
def test_nobody_finds_one_without_its_whole_number(ledger: Wishes, number: str) -> None:
    ledger.make(POD, "wish", "tea", ANNA)
    with pytest.raises(UnknownWish):
        ledger.find(number)


def test_those_who_answer_may_leave_the_letters_out_but_not_mistype_them(ledger: Wishes) -> None:
    number = ledger.make(POD, "wish", "tea", ANNA)
    with pytest.raises(UnknownWish):
        ledger.close(f"{number[:11]}ZZZZZ{'2' if number[-1] == 'Z' else 'Z'}", "Yes")
    assert ledger.close(number[:9], "Yes").number == number


def test_lists_are_by_station_and_by_person(ledger: Wishes) -> None:
    first = ledger.make(POD, "wish", "tea", ANNA)
    second = ledger.make(OTHER, "wish", "coffee", BERT)
    third = ledger.make(POD, "complaint", "noise", BERT)
    assert [one.number for one in ledger.waiting()] == [first, second, third]
    assert [one.number for one in ledger.waiting(POD)] == [first, third]
    assert [one.number for one in ledger.of_person(BERT)] == [third, second]
    assert ledger.waiting_counts() == {POD: 2, OTHER: 1}
    ledger.close(first, "Yes")
    assert [one.number for one in ledger.waiting(POD)] == [third]
    assert [one.number for one in ledger.closed(POD)] == [first]
    assert ledger.closed(OTHER) == []


def test_too_many_that_wait_are_refused(ledger: Wishes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "MAX_OPEN", 2)
    number, _ = (ledger.make(POD, "wish", "tea", ANNA) for _ in range(2))
    with pytest.raises(OfficeBusy):
        ledger.make(POD, "wish", "tea", ANNA)
    ledger.make(OTHER, "wish", "tea", ANNA)
    ledger.close(number, "Yes")
    ledger.make(POD, "wish", "tea", ANNA)


def test_two_at_the_same_moment_have_two_numbers(house: House) -> None:
    add_stations(house.store)
    ledger = Wishes(house.store, lambda _change: None, lambda: NOW_MS)
    numbers: list[str] = []
    together = threading.Barrier(4)

    def write() -> None:
        together.wait(5)
        numbers.append(ledger.make(POD, "wish", "tea", ANNA))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(int(number.split("-")[1]) for number in numbers) == [1, 2, 3, 4]
