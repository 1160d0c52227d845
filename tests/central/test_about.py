"""What the office reads in a station file: every service for people, whatever its type."""

from __future__ import annotations

from pathlib import Path

import pytest

from central.about import AboutFault, read_station_file
from central.service_kinds import KINDS, NOT_FOR_PEOPLE
from config.services import SERVICES

STATION = """
[station]
id = "pod-1"
name = { zh = "站", en = "Stop" }
kind = "micro-station"
help_phone = "1"
"""


def services(folder: Path, text: str) -> dict[str, tuple[str, str]]:
    file = folder / "station.toml"
    file.write_text(STATION + text, encoding="utf-8")
    _, about = read_station_file(file)
    return {one.name: (one.type, one.words.zh) for one in about.services}


def test_every_type_for_people_is_there_by_its_usual_words(tmp_path: Path) -> None:
    tables = "".join(f'[services.my-{kind}]\ntype = "{kind}"\n' for kind in sorted(SERVICES))
    found = services(tmp_path, tables)
    assert {kind for kind, _ in found.values()} == set(SERVICES) - NOT_FOR_PEOPLE
    assert all(kind in KINDS and words == KINDS[kind].words.zh for kind, words in found.values())


def test_its_own_words_come_first(tmp_path: Path) -> None:
    tables = """
[services.umbrellas]
type = "loans"
what = "umbrella"
[services.banks]
type = "loans"
what = "power-bank"
name = { zh = "借充电宝", en = "Borrow a power bank" }
[services.sos]
type = "alarm"
what = "sos"
"""
    assert services(tmp_path, tables) == {
        "umbrellas": ("loans", "雨伞"),
        "banks": ("loans", "借充电宝"),
        "sos": ("alarm", "紧急求助"),
    }


def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(AboutFault, match="station check"):
        services(tmp_path, "[services.a]\n")
