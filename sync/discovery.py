"""Home Assistant finds a station by one retained message that lists everything there is to see.

Device discovery of Home Assistant's MQTT integration: `homeassistant/device/<id>/config`. All entities are read-only:
a door is never opened through it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from drivers.contract import Level, Quantity
from sync import contract
from sync.contract import Publication

BIRTH_TOPIC = "homeassistant/status"
"""Says `online` when Home Assistant has started and wants to hear everything again."""
BIRTH_PAYLOAD = b"online"

_BINARY: dict[Quantity, str | None] = {
    Quantity.CLOSED: None,
    Quantity.PRESENT: "occupancy",
    Quantity.RELEASED: "lock",  # on: unlocked
    Quantity.ON: "power",
    Quantity.UNDER_VOLTAGE: "problem",
    Quantity.ON_BATTERY: "problem",
    Quantity.IN_PLACE: "presence",
}
"""device_class; true is on."""
_NUMBERS: dict[Quantity, tuple[str, str]] = {
    Quantity.DISTANCE_CM: ("distance", "cm"),
    Quantity.TEMPERATURE_C: ("temperature", "°C"),
    Quantity.HUMIDITY_PERCENT: ("humidity", "%"),
    Quantity.VOLTAGE_V: ("voltage", "V"),
    Quantity.CURRENT_A: ("current", "A"),
    Quantity.POWER_W: ("power", "W"),
    Quantity.ENERGY_WH: ("energy", "Wh"),
    Quantity.CHARGE_PERCENT: ("battery", "%"),
    Quantity.DISK_FREE_BYTES: ("data_size", "B"),
}
"""device_class and unit."""


def discovery_publication(station: str, title: str, levels: Mapping[str, Mapping[Quantity, Level]]) -> Publication:
    """The retained message for a station with these devices and channels; `title` is the name that people see."""
    components = {
        f"{point}_{quantity.value}": _component(station, point, quantity)
        for point, quantities in sorted(levels.items())
        for quantity in sorted(quantities)
    }
    document = {
        "device": {"identifiers": [station], "name": title, "manufacturer": "micro-station", "model": "micro-station"},
        "origin": {"name": "micro-station"},
        "availability_topic": contract.address(station, contract.STATUS.name),
        "availability_template": "{{ 'online' if value_json.online else 'offline' }}",
        "components": components,
    }
    payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Publication(f"homeassistant/device/{station}/config", payload, qos=1, retain=True)


def _component(station: str, point: str, quantity: Quantity) -> dict[str, Any]:
    component: dict[str, Any] = {
        "name": f"{point} {quantity.value}",
        "unique_id": f"{station}_{point}_{quantity.value}",
        "state_topic": contract.address(station, contract.hint_name(point)),
    }
    value = f"value_json.{quantity.value}"
    if quantity in _BINARY:
        component["platform"] = "binary_sensor"
        component["value_template"] = f"{{{{ 'ON' if {value} else 'OFF' }}}}"
        if device_class := _BINARY[quantity]:
            component["device_class"] = device_class
        return component
    component["platform"] = "sensor"
    component["value_template"] = f"{{{{ {value} }}}}"
    if quantity in _NUMBERS:
        component["device_class"], component["unit_of_measurement"] = _NUMBERS[quantity]
    return component
