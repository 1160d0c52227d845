"""Every line that a person reads or hears is in the catalogue, and in both languages."""

from __future__ import annotations

import re

from drivers.contract import Words, both
from tests import wording

CHINESE = re.compile("[\u4e00-\u9fff]")
NOT_SAID = {
    "central/arguments.py": "how a name is typed",
    "config/models.py": "an example of a station file",
    "config/services/people.py": "an example of a station file",
    "config/services/stock.py": "an example of a station file",
    "config/tables.py": "an example of a station file",
    "simulator/people_hostile.py": "what a vandal's code holds",
    "simulator/scenario.py": "an example of a scenario file",
    "station/cli.py": "what a technician may type",
    "station/services/appliance.py": "a line of a station file",
}
"""Chinese in the code that is no line for people, by file."""


def test_every_line_of_the_code_has_its_chinese() -> None:
    assert list(wording.faults(wording.updated())) == []


def test_the_catalogue_is_as_the_code_is() -> None:
    """`python -m tests.wording` brings it up to date."""
    assert wording.PO.read_bytes() == wording.as_text(wording.updated())
    assert wording.MO.read_bytes() == wording.compiled(wording.stored())


def test_a_line_is_in_both_languages() -> None:
    assert both("Please scan again") == Words("请重新扫码", "Please scan again")


def test_a_value_stands_where_each_language_wants_it() -> None:
    umbrella = Words("雨伞", "Umbrella")
    told = both("{what} taken from slot {slot}", what=umbrella, slot="3")
    assert told == Words("雨伞已从 3 号槽位取出", "Umbrella taken from slot 3")


def test_a_line_that_is_not_in_the_catalogue_stays_english() -> None:
    assert both("Nobody has said this {count} times", count=2) == Words(*["Nobody has said this 2 times"] * 2)


def test_a_line_without_chinese_is_found() -> None:
    lines = wording.updated()
    lines.add("Not translated", locations=[("station/rules/words.py", 0)])
    lines.add("Wrong {name}", "错误 {nmae}", locations=[("station/rules/words.py", 0)])
    assert len(list(wording.faults(lines))) == 2


def test_no_line_is_translated_in_its_place() -> None:
    rooms = [wording.ROOT / room for room in wording.ROOMS]
    files = (file for room in rooms for kind in ("py", "html", "js") for file in room.rglob(f"*.{kind}"))
    found = {str(file.relative_to(wording.ROOT)) for file in files if CHINESE.search(file.read_text(encoding="utf-8"))}
    assert found == set(NOT_SAID)


def test_no_line_hides_in_another() -> None:
    """Before Python 3.12 nobody finds the calls inside of an f-string."""
    files = [file for room in wording.ROOMS for file in (wording.ROOT / room).rglob("*.py")]
    assert [str(file) for file in files if re.search(r"\{both\(", file.read_text(encoding="utf-8"))] == []
