from __future__ import annotations

import json

import pytest

from drivers.contract import Level, Quantity
from sync import contract
from sync.contract import STATUS, address
from sync.discovery import discovery_publication

LEVELS: dict[str, dict[Quantity, Level]] = {
    "radar": {Quantity.PRESENT: True, Quantity.DISTANCE_CM: 120},
    "strike": {Quantity.RELEASED: False},
    "board": {Quantity.TEMPERATURE_C: 51.5, Quantity.UNDER_VOLTAGE: False},
}


def test_one_retained_message_lists_everything() -> None:
    publication = discovery_publication("pod-1", "阅山房", LEVELS)
    assert (publication.topic, publication.qos, publication.retain) == ("homeassistant/device/pod-1/config", 1, True)
    document = json.loads(publication.payload)
    assert document["device"]["name"] == "阅山房"
    assert document["origin"]["name"]
    assert document["availability_topic"] == address("pod-1", STATUS.name)
    assert set(document["components"]) == {
        "radar_present",
        "radar_distance_cm",
        "strike_released",
        "board_temperature_c",
        "board_under_voltage",
    }
    distance = document["components"]["radar_distance_cm"]
    assert distance["platform"] == "sensor"
    assert (distance["device_class"], distance["unit_of_measurement"]) == ("distance", "cm")
    assert distance["state_topic"] == "stations/pod-1/up/now/radar"
    assert distance["value_template"] == "{{ value_json.distance_cm }}"
    lock = document["components"]["strike_released"]
    assert (lock["platform"], lock["device_class"]) == ("binary_sensor", "lock")
    assert lock["value_template"] == "{{ 'ON' if value_json.released else 'OFF' }}"


def test_nothing_in_it_can_be_commanded() -> None:
    assert b"command_topic" not in discovery_publication("pod-1", "x", LEVELS).payload


def test_ids_are_unique_over_stations() -> None:
    ids = set()
    for station in ("pod-1", "pod-2"):
        document = json.loads(discovery_publication(station, "x", LEVELS).payload)
        ids |= {component["unique_id"] for component in document["components"].values()}
    assert len(ids) == 10


def test_the_same_levels_give_the_same_bytes() -> None:
    turned = dict(reversed(LEVELS.items()))
    assert discovery_publication("pod-1", "x", LEVELS) == discovery_publication("pod-1", "x", turned)


def test_a_channel_has_the_topic_that_its_levels_are_published_on() -> None:
    document = json.loads(discovery_publication("pod-1", "x", {"cells/7": {Quantity.CLOSED: True}}).payload)
    (component,) = document["components"].values()
    assert component["state_topic"] == "stations/pod-1/up/now/cells.7"
    assert contract.find(component["state_topic"]) == ("pod-1", "up/now/cells.7", contract.NOW)


@pytest.mark.parametrize(
    ("quantity", "value", "expected"),
    [
        (Quantity.ON_BATTERY, True, ("binary_sensor", "problem", None)),
        (Quantity.IN_PLACE, True, ("binary_sensor", "presence", None)),
        (Quantity.HUMIDITY_PERCENT, 45.5, ("sensor", "humidity", "%")),
        (Quantity.VOLTAGE_V, 229.8, ("sensor", "voltage", "V")),
        (Quantity.CURRENT_A, 0.5, ("sensor", "current", "A")),
        (Quantity.POWER_W, 110.0, ("sensor", "power", "W")),
        (Quantity.ENERGY_WH, 1200, ("sensor", "energy", "Wh")),
        (Quantity.CHARGE_PERCENT, 88, ("sensor", "battery", "%")),
    ],
)
def test_what_is_measured_is_told_with_its_class_and_unit(
    quantity: Quantity, value: Level, expected: tuple[str, str, str | None]
) -> None:
    document = json.loads(discovery_publication("pod-1", "x", {"meter": {quantity: value}}).payload)
    (component,) = document["components"].values()
    assert (component["platform"], component["device_class"], component.get("unit_of_measurement")) == expected
