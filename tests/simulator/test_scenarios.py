"""Scenarios: the shipped ones hold, and what is wrong with a file, or with what it expects, is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli import main
from simulator.scenario import WrongScenario, load, names, read
from simulator.scenario_checks import CHECKS
from simulator.scenario_steps import VERBS
from simulator.scenario_time import clock_text, milliseconds

QUICK = ("quiet-night", "phone-in-the-cell", "fire")
PAGE = Path(__file__).parents[2] / "docs/scenarios.md"
SHORT = """
title = { zh = "短", en = "Short" }
story = { zh = "有人来了", en = "Somebody comes" }
station = "reading-pod.toml"
begins = 2026-11-03T22:00:00
lasts = "00:05:00"

[[step]]
at = "00:02:00"
do = "come_in"
who = "li"
by = "pass"
stays = "00:00:30"

[[check]]
what = "came_in"
who = "li"
"""


@pytest.mark.parametrize("name", QUICK)
def test_a_short_scenario_holds(name: str) -> None:
    assert main(["run", name]) == 0


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", ["1", "2"])
@pytest.mark.parametrize("name", sorted(set(names()) - set(QUICK)))
def test_a_long_scenario_holds(name: str, seed: str) -> None:
    assert main(["run", name, "--seed", seed]) == 0


def test_the_nine_of_them_can_be_read() -> None:
    assert len(names()) == 9
    page = PAGE.read_text()
    for name in names():
        assert load(name).checks
        assert f"`{name}`" in page, "docs/scenarios.md has a row for each"


def test_the_page_names_every_verb_and_every_check() -> None:
    page = PAGE.read_text()
    assert [one for one in (*VERBS, *CHECKS) if f"`{one}`" not in page] == []


def test_the_story_is_told_with_its_times_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "short.toml"
    file.write_text(SHORT)
    assert main(["run", str(file), "--seed", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "短  Short"
    assert "   00:02:00  li 来到门口（pass）  li comes to the door (pass)" in lines
    assert any(line.endswith("li 进去了  li goes in") for line in lines)
    assert lines[-2] == "✓ came_in, who li"
    assert lines[-1].startswith("✓ 世界的承诺都守住了")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('what = "came_in"\nwho = "li"', 'what = "came_in"\nwho = "li"\nyes = false', "✗ came_in"),
        ('what = "came_in"\nwho = "li"', 'what = "events"\nkind = "DoorForced"', "0 of 0 DoorForced"),
        ('what = "came_in"\nwho = "li"', 'what = "device"\npoint = "strike"\nstate = "released"', "it is locked"),
        ('by = "pass"', 'by = "once"\nsay = { zh = "甲", en = "one" }', ""),
    ],
)
def test_an_expectation_that_does_not_hold_ends_with_1(
    before: str, after: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "short.toml"
    file.write_text(SHORT.replace(before, after))
    assert main(["run", str(file)]) == (1 if words else 0)
    assert words in capsys.readouterr().out


def test_a_promise_of_worlds_that_is_broken_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.invariants.NONCE_MS", -10_000)  # as if every picture had been too old
    file = tmp_path / "short.toml"
    file.write_text(SHORT.replace('by = "pass"', 'by = "order"'))
    assert main(["run", str(file)]) == 1
    assert "its nonce left the screen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after", "key", "mend"),
    [
        ('do = "come_in"', 'do = "come_inn"', "step[0].do", "come_in"),
        ('what = "came_in"', 'what = "came"', "check[0].what", "came_in"),
        ("stays =", "stay =", "step[0].stay", "stays"),
        ('at = "00:02:00"', 'at = "2 minutes"', "step[0].at", "00:10:00"),
        ('at = "00:02:00"', 'at = "00:06:00"', "step[0].at", "lasts 00:05:00"),
        ('station = "reading-pod.toml"', 'station = "reading.toml"', "station", "reading-pod.toml"),
        ("begins = 2026-11-03T22:00:00", "begins = 2026-11-03T22:00:00Z", "begins", "leave the offset away"),
        ('lasts = "00:05:00"', 'lasts = "90d 00:00:00"', "lasts", "02:00:00"),
        ('\n[[check]]\nwhat = "came_in"\nwho = "li"\n', "", "check", "must be true at the end"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_mend(before: str, after: str, key: str, mend: str) -> None:
    assert before in SHORT
    with pytest.raises(WrongScenario) as wrong:
        read(SHORT.replace(before, after).encode(), "short.toml")
    faults = [fault for fault in wrong.value.faults if fault.key == key]
    assert faults, wrong.value.faults
    assert any(mend in fault.mend for fault in faults), faults


def test_a_scenario_that_is_not_there_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "quiet-nigth"]) == 2
    assert main(["run", "nowhere.toml"]) == 2
    told = capsys.readouterr().err
    assert "quiet-night" in told
    assert "cannot be read" in told


def test_no_toml_is_told() -> None:
    with pytest.raises(WrongScenario, match="this is no TOML"):
        read(b"title = ", "short.toml")


@pytest.mark.parametrize(
    ("text", "ms"), [("00:10:00", 600_000), ("3d 04:00:01", 273_601_000), ("26:00:00", 93_600_000)]
)
def test_times(text: str, ms: int) -> None:
    assert milliseconds(text) == ms
    assert milliseconds(clock_text(ms)) == ms


def test_realtime_goes_with_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--realtime"])
    with pytest.raises(SystemExit):
        main(["run", "quiet-night", "--days", "1"])
    assert "goes with a scenario" in capsys.readouterr().err


def test_realtime_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("simulator.scenario_play.time.sleep", slept.append)
    file = tmp_path / "short.toml"
    file.write_text(SHORT)
    assert main(["run", str(file), "--realtime"]) == 0
    assert len(slept) == 6_001
    assert max(slept) > 100
