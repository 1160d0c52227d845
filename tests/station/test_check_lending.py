"""What the check says of stands, shelves and stock, and what the rules get from their tables."""

import pytest

from config.faults import Severity
from config.load import read
from station.check import examined
from station.rules.site import CellOf
from station.site_of import site_of
from tests.station.station_files import changed, faults

BOARD = """
[devices.stand]
driver = "lockboard-8a"
port = "/dev/serial/by-id/usb-y"
channels = 16
"""
STAND = """
[services.umbrellas]
type = "loans"
what = "umbrella"
reader = "scanner"
slots = [{ board = "stand", channels = "1-4" }, { board = "stand", channels = "9-10", first_number = 21 }]
"""


def with_stand(*edits: tuple[str, str]) -> str:
    text = changed(("", BOARD), ("", STAND), ('opens = ["door"]', 'opens = ["door", "umbrellas"]'))
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_stand_has_no_fault_and_is_what_the_rules_get() -> None:
    checked = examined(read(with_stand().encode(), "pod.toml"))
    assert checked.faults == ()
    assert checked.file is not None
    loans = site_of(checked.file, None, "1", "").loans["umbrellas"]
    assert loans.words.zh == "雨伞"
    assert loans.cells["1"] == CellOf("stand/1")
    assert loans.cells["22"] == CellOf("stand/10")
    assert (loans.due_ms, loans.lost_ms) == (72 * 3_600_000, 14 * 86_400_000)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"umbrella"', '"walking-stick"', "services.umbrellas.what"),
        ('"9-10"', '"10-9"', "services.umbrellas.slots[1].channels"),
        ("first_number = 21", "first_number = 4", "services.umbrellas.slots[1].first_number"),
        ('"9-10"', '"4-5"', "services.umbrellas.slots[1].board"),
        ('"9-10"', '"16-17"', "services.umbrellas.slots[1].board"),
        ('reader = "scanner"\nslots', 'reader = "scanner"\ndue_hours = 1\nslots', "services.umbrellas.warn_minutes"),
    ],
)
def test_what_cannot_work_of_a_stand(old: str, new: str, key: str) -> None:
    assert [one[0] for one in faults(with_stand((old, new)), Severity.ERROR)] == [key]


def test_another_thing_needs_its_own_words() -> None:
    text = with_stand(('"umbrella"', '"walking-stick"\nname = { zh = "拐杖", en = "Walking stick" }'))
    assert faults(text, Severity.ERROR) == []
