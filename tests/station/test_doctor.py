"""The doctor on a wall whose wiring is known: what is wrong is found, with the line to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.contract import DeviceDown, Outcome, Unlock
from tests.station.visits import LOCKERS, POD, Visit, Wall, at_rest


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    visit = Visit(tmp_path)
    visit.prepare = at_rest
    return visit


def test_a_file_that_is_refused_is_told_and_nothing_is_opened(tmp_path: Path) -> None:
    visit = Visit(tmp_path, POD.replace('driver = "gpio-lock"', 'driver = "gpio-log"'))
    assert visit.run() == 2
    assert any("gpio-log" in line and "→" in line for line in visit.said)
    assert not hasattr(visit, "wall")


def test_a_door_that_is_wired_well(visit: Visit) -> None:
    def answers(question: str) -> bool:
        if "Open the door now" in question:
            visit.wall.swing("reed")
        return True

    visit.on_question = answers
    assert visit.run() == 0
    assert "●" in visit.line_about("door")
    assert visit.wall.posted == [Unlock("strike", 3_000)]


def test_no_lock_moves_without_a_yes(visit: Visit) -> None:
    visit.on_question = lambda question: "Drive" not in question
    visit.run()
    assert visit.wall.posted == []


def test_a_contact_that_is_the_wrong_way_round(visit: Visit) -> None:
    visit.prepare = lambda wall: wall.contact("reed", False)

    def answers(question: str) -> bool:
        if "Open the door now" in question:
            visit.wall.swing("reed", rests_closed=False)
        return True

    visit.on_question = answers
    assert visit.run() == 1
    told = visit.line_about("door")
    assert "wrong way round" in told
    assert f"{visit.path}:" in told
    assert 'closed_is = "high"' in told


def test_two_contacts_that_are_swapped(visit: Visit) -> None:
    def answers(question: str) -> bool:
        if "Open the door now" in question:
            visit.wall.swing("sos_button")
        return True

    visit.on_question = answers
    assert visit.run() == 1
    assert 'contact = "sos_button"' in visit.line_about("door")


def test_a_contact_that_is_not_connected(visit: Visit) -> None:
    assert visit.run() == 1
    assert "did not move" in visit.line_about("door")


@pytest.mark.parametrize(
    ("outcome", "moved", "sign", "words"),
    [
        (Outcome.ACKED, True, "●", "it unlocks"),
        (Outcome.UNKNOWN, True, "▲", "does not say so"),
        (Outcome.ACKED, False, "■", "active_high = false"),
        (Outcome.NOT_SENT, False, "■", "did not leave"),
    ],
)
def test_a_lock_by_what_the_board_says_and_the_person_sees(
    visit: Visit, outcome: Outcome, moved: bool, sign: str, words: str
) -> None:
    def prepare(wall: Wall) -> None:
        at_rest(wall)
        wall.lock_outcome = outcome

    visit.prepare = prepare
    visit.on_question = lambda question: moved if "Did the lock move" in question else True
    visit.run()
    told = visit.line_about("strike")
    assert told.startswith(sign)
    assert words in told


def test_a_device_that_does_not_answer_with_the_ports_that_are_free(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = tmp_path / "by-id"
    ports.mkdir()
    (ports / "usb-other-scanner").touch()
    monkeypatch.setattr("station.doctor.PORTS", ports)
    visit.prepare = lambda wall: wall.coming.append(DeviceDown("scanner", "the port is not there"))
    assert visit.run() == 1
    told = visit.line_about("scanner")
    assert "the port is not there" in told
    assert f'port = "{ports}/usb-other-scanner"' in told


class TestCells:
    """A bank of three cells."""

    @pytest.fixture
    def visit(self, tmp_path: Path) -> Visit:
        visit = Visit(tmp_path, POD + LOCKERS)
        visit.on_question = lambda question: "cells" in question
        visit.prepare = lambda wall: self.rest(wall, True, True, True)
        return visit

    @staticmethod
    def rest(wall: Wall, *closed: bool, opens: tuple[int, ...] = (1, 2, 3)) -> None:
        for channel, value in enumerate(closed, 1):
            wall.contact(f"cells/{channel}", value)
        wall.opens = {f"cells/{asked}": f"cells/{real}" for asked, real in zip((1, 2, 3), opens, strict=True) if real}

    def test_all_well(self, visit: Visit) -> None:
        assert visit.run() == 0
        assert [command.device for command in visit.wall.posted] == ["cells/1", "cells/2", "cells/3"]

    def test_reversed_feedback(self, visit: Visit) -> None:
        visit.prepare = lambda wall: self.rest(wall, False, False, False)
        assert visit.run() == 1
        assert 'feedback = "open_shorts"' in visit.line_about("cells")

    def test_one_broken_feedback_wire(self, visit: Visit) -> None:
        visit.prepare = lambda wall: self.rest(wall, True, False, True)
        assert visit.run() == 1
        assert any("cells/2" in line and "reads open while it is shut" in line for line in visit.said)

    def test_swapped_plugs(self, visit: Visit) -> None:
        visit.prepare = lambda wall: self.rest(wall, True, True, True, opens=(2, 1, 3))
        assert visit.run() == 1
        assert "cells/2 opened instead" in visit.line_about("cells/1")
        assert "●" in visit.line_about("cells/3")

    def test_a_cell_that_stays_shut(self, visit: Visit) -> None:
        visit.prepare = lambda wall: self.rest(wall, True, True, True, opens=(1, 0, 3))
        assert visit.run() == 1
        assert "did not open" in visit.line_about("cells/2")
