"""The schema that editors use says what the programs take: it is written anew whenever a setting changes."""

import json
from pathlib import Path

from config.services import Alarm, Door, Screen
from drivers import registry
from station.file_schema import station_schema

SHIPPED = Path(__file__).parents[2] / "config/schema/station.schema.json"


def test_the_shipped_schema_is_fresh() -> None:
    fresh = json.dumps(station_schema(), ensure_ascii=False, indent=2) + "\n"
    assert SHIPPED.read_text(encoding="utf-8") == fresh, "stale: run `station schema`"


def test_every_key_of_a_service_tells_an_editor_what_it_means() -> None:
    definitions = station_schema()["$defs"]
    for model in (Door, Alarm, Screen):
        properties = definitions[model.__name__]["properties"]
        assert set(properties) == set(model.model_fields)
        assert all(one["description"] for one in properties.values())


def test_every_driver_stands_in_it_with_its_settings() -> None:
    schema = station_schema()
    (devices,) = schema["properties"]["devices"]["patternProperties"].values()
    assert [one["$ref"] for one in devices["oneOf"]] == [
        *(f"#/$defs/device-{name}" for name in registry.known()),
        "#/$defs/device-other",
    ]
    lock = schema["$defs"]["device-gpio-lock"]
    assert lock["properties"]["driver"] == {"const": "gpio-lock", "type": "string"}
    assert lock["additionalProperties"] is False
    assert set(lock["required"]) == {"driver", "pin"}


def test_toml_has_no_null() -> None:
    assert '"null"' not in json.dumps(station_schema())
