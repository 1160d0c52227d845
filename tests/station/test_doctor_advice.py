"""The lines that the doctor advises: the check lets each through, and none is for a setting that its driver lacks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import read
from config.models import StationFile
from drivers.contract import DeviceDown
from station.check import examined
from tests.station.visits import LOCKERS, POD, Visit, Wall, at_rest

REED = "[devices.reed]"
STRIKE = 'driver = "gpio-lock"'
CU16 = LOCKERS.replace("lockboard-8a", "lockboard-cu16")
RELAYS = """
[devices.relays]
driver = "waveshare-relay"
port = "/dev/serial/by-id/usb-relays"
inputs = 1
"""
BY_RELAY = POD.replace('lock = "strike"', 'lock = "relays/1"').replace('contact = "reed"', 'contact = "relays/101"')
OPEN_THE_DOOR = "Open the door now"


def advised(visit: Visit) -> list[tuple[int, str, str]]:
    """Every advised line: where it stands or the header of its table, its key, its value."""
    pattern = re.compile(re.escape(str(visit.path)) + r":(\d+)  (?:\[[^]]+\] )?(\w+) = (\S+)")
    lines = [line for told in visit.said for line in told.split("\n    → ")[1:]]
    found = [one for line in lines if (one := pattern.fullmatch(line))]
    assert len(found) == len(lines) > 0, lines
    return [(int(one[1]), one[2], one[3]) for one in found]


def mended(visit: Visit) -> StationFile:
    """The file with every advised line in it, as the check lets it through."""
    lines = visit.path.read_text(encoding="utf-8").split("\n")
    for number, key, value in sorted(advised(visit), reverse=True):
        is_there = lines[number - 1].partition("=")[0].strip() == key
        lines[number - 1 : number] = [f"{key} = {value}"] if is_there else [lines[number - 1], f"{key} = {value}"]
    checked = examined(read("\n".join(lines).encode(), "mended.toml"))
    assert checked.file is not None, checked.faults
    return checked.file


def turned_contact(visit: Visit, contact: str) -> None:
    visit.prepare = lambda wall: wall.contact(contact, False)
    _swings(visit, lambda wall: wall.swing(contact, rests_closed=False))


def _swings(visit: Visit, swing: Callable[[Wall], None]) -> None:
    def answers(question: str) -> bool:
        if OPEN_THE_DOOR in question:
            swing(visit.wall)
            return True
        return False

    visit.on_question = answers


def all_read_open(visit: Visit) -> None:
    def prepare(wall: Wall) -> None:
        for channel in (1, 2, 3):
            wall.contact(f"cells/{channel}", False)

    visit.prepare = prepare
    visit.on_question = lambda question: "Are all its cells shut" in question


def lock_stays(visit: Visit) -> None:
    visit.on_question = lambda question: "Drive" in question


@pytest.mark.parametrize(("now", "then"), [("", "high"), ('closed_is = "low"', "high"), ('closed_is = "high"', "low")])
def test_a_contact_is_turned_from_what_it_is(tmp_path: Path, now: str, then: str) -> None:
    visit = Visit(tmp_path, POD.replace(REED, f"{REED}\n{now}"))
    turned_contact(visit, "reed")
    assert visit.run() == 1
    assert mended(visit).devices["reed"].model_dump()["closed_is"] == then


@pytest.mark.parametrize(("now", "then"), [("", False), ("active_high = true", False), ("active_high = false", True)])
def test_a_relay_is_turned_from_what_it_is(tmp_path: Path, now: str, then: bool) -> None:
    visit = Visit(tmp_path, POD.replace(STRIKE, f"{STRIKE}\n{now}"))
    lock_stays(visit)
    assert visit.run() == 1
    assert mended(visit).devices["strike"].model_dump()["active_high"] is then


@pytest.mark.parametrize(
    ("now", "then"),
    [("", "open_shorts"), ('feedback = "closed_shorts"', "open_shorts"), ('feedback = "open_shorts"', "closed_shorts")],
)
def test_a_boards_feedback_is_turned_from_what_it_is(tmp_path: Path, now: str, then: str) -> None:
    visit = Visit(tmp_path, POD + LOCKERS.replace("channels = 3", f"channels = 3\n{now}"))
    all_read_open(visit)
    assert visit.run() == 1
    assert mended(visit).devices["cells"].model_dump()["feedback"] == then


def test_swapped_contacts_change_places(tmp_path: Path) -> None:
    visit = Visit(tmp_path)
    visit.prepare = at_rest
    _swings(visit, lambda wall: wall.swing("sos_button"))
    assert visit.run() == 1
    services = mended(visit).services
    assert services["door"].model_dump()["contact"] == "sos_button"
    assert services["sos"].model_dump()["button"] == "reed"


def test_a_free_port_is_for_a_device_on_a_serial_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = tmp_path / "by-id"
    ports.mkdir()
    free = ports / ("usb-" + "0123456789" * 6)
    free.touch()
    monkeypatch.setattr("station.doctor.PORTS", ports)
    visit = Visit(tmp_path)
    visit.prepare = lambda wall: wall.coming.extend([DeviceDown("scanner", "gone"), DeviceDown("display", "gone")])
    visit.on_question = lambda _: False
    assert visit.run() == 1
    assert mended(visit).devices["scanner"].model_dump()["port"] == str(free)
    assert "→" not in visit.line_about("display")


@pytest.mark.parametrize(
    ("text", "happens", "about"),
    [
        (POD + CU16, all_read_open, "cells"),
        (BY_RELAY + RELAYS, lock_stays, "relays"),
        (BY_RELAY + RELAYS, lambda visit: turned_contact(visit, "relays/101"), "door"),
    ],
    ids=["feedback of another board", "a relay board", "an input of a board"],
)
def test_nothing_is_advised_that_the_driver_does_not_have(
    tmp_path: Path, text: str, happens: Callable[[Visit], None], about: str
) -> None:
    visit = Visit(tmp_path, text)
    happens(visit)
    assert visit.run() == 1
    told = visit.line_about(about)
    assert told.startswith("■")
    assert "→" not in told
    assert not told.endswith("or")


def test_a_contact_swapped_with_a_cells_is_no_line_of_the_file(tmp_path: Path) -> None:
    visit = Visit(tmp_path, POD + LOCKERS)
    visit.prepare = at_rest
    _swings(visit, lambda wall: wall.swing("cells/2"))
    assert visit.run() == 1
    assert "储物柜 2 · Lockers 2 · cells/2 moved" in visit.line_about("door")
    assert "→" not in visit.line_about("door")


def test_a_cell_is_called_by_its_name_and_the_number_printed_on_it(tmp_path: Path) -> None:
    named = LOCKERS + 'name = { zh = "伞架", en = "Umbrella rack" }\n'
    visit = Visit(tmp_path, POD + named.replace('channels = "1-3"', 'channels = "1-3", first_number = 21'))
    visit.on_question = lambda question: "Open each of its cells" in question
    assert visit.run() == 1
    assert visit.line_about("cells/2").startswith("■ 伞架 22 · Umbrella rack 22 · cells/2: ")
