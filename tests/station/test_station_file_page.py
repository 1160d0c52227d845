"""The page about the station file has a row for every key and every driver."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.models import Alarm, Door, Office, Screen, Station
from drivers import registry

PAGE = (Path(__file__).parents[2] / "docs/station-file.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("`[station]`", Station),
        ("`[office]`", Office),
        ('`[services.NAME]` with `type = "door"`', Door),
        ('`type = "alarm"`', Alarm),
        ('`type = "screen"`', Screen),
    ],
)
def test_every_key_stands_on_the_page(heading: str, model: type[BaseModel]) -> None:
    named = set(re.findall(r"`(\w+)`", section(heading)))
    assert set(model.model_fields) - {"type"} <= named


def test_every_driver_stands_on_the_page_with_its_settings() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \|(.*)$", section("`[devices.NAME]`"), re.MULTILINE))
    assert sorted(rows) == list(registry.known())
    for name, row in rows.items():
        settings = set(registry.find(name).Settings.model_fields) - {"driver"}
        assert settings == set(re.findall(r"`(\w+)`", row)), name
