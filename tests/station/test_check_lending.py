"""What the check says of stands, shelves and stock, and what the rules get from their tables."""

import pytest

from config.faults import Severity
from config.load import read
from drivers.contract import Quantity
from station.check import examined
from station.rules.site import BOX, CellOf
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
    return edited(text, *edits)


def edited(text: str, *edits: tuple[str, str]) -> str:
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


# ---------------------------------------------------------------- things with tags in a box

SHELF = """
[devices.shelf]
driver = "r200-uhf"
port = "/dev/serial/by-id/usb-z"
tags = { 1 = "30751FEB705C5904E3D50D70", 2 = "E2801160600002054CC2096F", 3 = "A1B2" }
[devices.box_strike]
driver = "gpio-lock"
pin = 18
"""
BOX_OF_UMBRELLAS = """
[services.umbrellas]
type = "loans"
what = "umbrella"
reader = "scanner"
box = "box_strike"
slots = [{ board = "shelf", channels = "1-3" }]
"""


def with_box(*edits: tuple[str, str]) -> str:
    text = changed(("", SHELF), ("", BOX_OF_UMBRELLAS), ('opens = ["door"]', 'opens = ["door", "umbrellas"]'))
    return edited(text, *edits)


def test_a_box_has_no_fault_and_is_what_the_rules_get() -> None:
    checked = examined(read(with_box().encode(), "pod.toml"))
    assert checked.faults == ()
    assert checked.file is not None
    loans = site_of(checked.file, None, "1", "").loans["umbrellas"]
    assert (loans.box, loans.pulse_ms) == ("box_strike", 3_000)
    assert loans.cells["3"] == CellOf("box_strike", contact="shelf/3", felt_by=Quantity.IN_PLACE)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"1-3"', '"1-4"', "services.umbrellas.slots[0].board"),
        ('board = "shelf"', 'board = "reed"', "services.umbrellas.slots[0].board"),
        ('box = "box_strike"', 'box = "shelf"', "services.umbrellas.box"),
        ('box = "box_strike"', 'box = "strike"', "services.umbrellas.box"),
        ('box = "box_strike"\n', "", "services.umbrellas.slots[0].board"),
        ('3 = "A1B2"', '3 = "E2801160600002054CC2096F"', "devices.shelf.tags"),
    ],
)
def test_what_cannot_work_of_a_box_of_tagged_things(old: str, new: str, key: str) -> None:
    assert {one[0] for one in faults(with_box((old, new)), Severity.ERROR)} == {key}


# ---------------------------------------------------------------- stock

STOCK = """
[services.medicine]
type = "stock"
reader = "scanner"
lock = "stand/15"
contact = "stand/15"
offline_points = 5
[services.medicine.items.plaster]
name = { zh = "创可贴", en = "Plaster" }
low = 3
[services.medicine.items.soap]
name = { zh = "肥皂", en = "Soap" }
points = 4
lock = "stand/16"
contact = "stand/16"
"""


def with_stock(*edits: tuple[str, str]) -> str:
    return with_stand(('"umbrellas"]', '"umbrellas", "medicine"]')) + edited(STOCK, *edits)


def test_a_medicine_box_has_no_fault_and_is_what_the_rules_get() -> None:
    checked = examined(read(with_stock().encode(), "pod.toml"))
    assert checked.faults == ()
    assert checked.file is not None
    stock = site_of(checked.file, None, "1", "").stock["medicine"]
    assert stock.cells == {BOX: CellOf("stand/15", contact="stand/15"), "soap": CellOf("stand/16", contact="stand/16")}
    assert (stock.items["soap"].points, stock.items["plaster"].low, stock.pulse_ms) == (4, 3, 500)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('lock = "stand/15"\n', "", "services.medicine.contact"),
        ("items.plaster]", "items.box]", "services.medicine.items.box"),
        ('lock = "stand/16"', 'lock = "stand/9"', "services.medicine.items.soap.lock"),
        ('lock = "stand/16"', 'lock = "reed"', "services.medicine.items.soap.lock"),
        ('contact = "stand/15"', 'contact = "strike"', "services.medicine.contact"),
    ],
)
def test_what_cannot_work_of_a_box(old: str, new: str, key: str) -> None:
    assert key in [one[0] for one in faults(with_stock((old, new)), Severity.ERROR)]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('contact = "stand/16"\n', "", "services.medicine.items.soap"),
        ("points = 4\n", "", "services.medicine.offline_points"),
    ],
)
def test_what_is_doubtful_of_a_box(old: str, new: str, key: str) -> None:
    assert [one[0] for one in faults(with_stock((old, new)), Severity.WARNING)] == [key]


# ---------------------------------------------------------------- books

BOOKS = """
[services.books]
type = "books"
reader = "scanner"
leave_one = true
"""


def with_books(*edits: tuple[str, str]) -> str:
    opens = ('opens = ["door"]', 'opens = ["door", "books"]')
    barcodes = ('driver = "gm65"', 'driver = "gm65"\nonly_qr = false')
    return changed(opens, barcodes, ("", edited(BOOKS, *edits)))


def test_a_shelf_has_no_fault_and_is_what_the_rules_get() -> None:
    checked = examined(read(with_books().encode(), "pod.toml"))
    assert checked.faults == ()
    assert checked.file is not None
    books = site_of(checked.file, None, "1", "").books["books"]
    assert (books.due_ms, books.lost_ms, books.leave_one) == (30 * 86_400_000, 60 * 86_400_000, True)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('reader = "scanner"\n', "", "services.books.reader"),
        ("leave_one = true", "due_days = 2", "services.books.warn_days"),
    ],
)
def test_what_cannot_work_of_a_shelf(old: str, new: str, key: str) -> None:
    assert [one[0] for one in faults(with_books((old, new)), Severity.ERROR)] == [key]


LIBRARY = """
[devices.library]
driver = "sip2"
institution = "LIB"
"""


def test_a_shelf_may_name_a_library() -> None:
    text = with_books(("leave_one = true", 'library = "library"')) + LIBRARY
    checked = examined(read(text.encode(), "pod.toml"))
    assert checked.faults == ()
    assert checked.file is not None
    site = site_of(checked.file, None, "1", "")
    assert site.books["books"].library == "library"
    assert "library" not in site.essential


def test_a_library_that_cannot_be_told_is_named() -> None:
    found = faults(with_books(("leave_one = true", 'library = "lamp"')) + LIBRARY, Severity.ERROR)
    assert [(key, mend) for key, _, mend in found] == [("services.books.library", "name a device that can: library")]
    assert "cannot tell a library of loans" in found[0][1]


def test_a_reader_of_qr_codes_only_sees_no_book() -> None:
    text = with_books().replace("only_qr = false", "only_qr = true")
    found = faults(text, Severity.ERROR)
    assert [(key, mend) for key, _, mend in found] == [
        ("services.books.reader", "only_qr = false in [devices.scanner]")
    ]
