"""The page about the station file has a row for every key and every driver."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.models import Office, Station
from config.services import (
    Alarm,
    Appliance,
    Books,
    Climate,
    Door,
    Loans,
    Lockers,
    People,
    Pressure,
    Room,
    Screen,
    Sockets,
    Stock,
    Watch,
)
from config.services.sockets import Socket
from config.services.stock import StockItem
from config.tables import Admitting
from drivers import registry

PAGE = (Path(__file__).parents[2] / "docs/station-file.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("`[station]`", Station),
        ("`[office]`", Office),
        ('`type = "door"`', Door),
        ('`type = "lockers"`', Lockers),
        ('`type = "loans"`', Loans),
        ('`type = "books"`', Books),
        ('`type = "stock"`', Stock),
        ('`type = "stock"`', StockItem),
        ("Every service for people", Admitting),
        ('`type = "sockets"`', Sockets),
        ('`type = "sockets"`', Socket),
        ('`type = "appliance"`', Appliance),
        ('`type = "climate"`', Climate),
        ('`type = "pressure"`', Pressure),
        ('`type = "people"`', People),
        ('`type = "alarm"`', Alarm),
        ('`type = "watch"`', Watch),
        ('`type = "room"`', Room),
        ('`type = "screen"`', Screen),
    ],
)
def test_every_key_stands_on_the_page(heading: str, model: type[BaseModel]) -> None:
    named = set(re.findall(r"`(\w+)`", section(heading)))
    told_once = set(Admitting.model_fields) if issubclass(model, Admitting) and model is not Admitting else set()
    assert set(model.model_fields) - told_once - {"type"} <= named


def test_every_driver_stands_on_the_page_with_its_settings() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \|(.*)$", section("`[devices.NAME]`"), re.MULTILINE))
    assert sorted(rows) == list(registry.known())
    for name, row in rows.items():
        settings = set(registry.find(name).Settings.model_fields) - {"driver"}
        assert settings == set(re.findall(r"`(\w+)`", row)), name
