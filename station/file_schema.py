"""The JSON Schema of the whole station file, with the settings of every driver that is known here, for editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from config.models import StationFile
from drivers import registry

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def station_schema() -> dict[str, Any]:
    """A JSON object. A device of a driver that is not known here may have any settings."""
    names = registry.known()
    classes: list[type[BaseModel]] = [StationFile, *(registry.find(name).Settings for name in names)]
    refs, whole = models_json_schema([(one, "validation") for one in classes])
    definitions = whole["$defs"]
    keys = [refs[one, "validation"]["$ref"].rpartition("/")[2] for one in classes]
    schema = definitions.pop(keys[0])
    for name, key in zip(names, keys[1:], strict=True):
        settings = definitions.pop(key)
        settings["properties"]["driver"]["const"] = name
        definitions[f"device-{name}"] = settings
    definitions["device-other"] = {
        "type": "object",
        "required": ["driver"],
        "properties": {"driver": {"type": "string", "not": {"enum": list(names)}}},
    }
    del definitions["Device"]
    kinds = [key for key in definitions if key.startswith("device-")]
    devices = schema["properties"]["devices"]
    (pattern,) = devices["patternProperties"]
    devices["patternProperties"] = {pattern: {"oneOf": [{"$ref": f"#/$defs/{key}"} for key in kinds]}}
    for group in (devices, schema["properties"]["services"]):
        group["additionalProperties"] = False
    tables: dict[str, Any] = _as_in_toml({**schema, "$defs": definitions})
    return {"$schema": DIALECT, "title": "Station file", **tables}


def _as_in_toml(node: Any) -> Any:
    """Without what TOML does not have (null) and what an editor does not need (made-up titles, empty defaults)."""
    if isinstance(node, list):
        return [_as_in_toml(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "anyOf" in node:
        kinds = [one for one in node["anyOf"] if one != {"type": "null"}]
        node = {key: one for key, one in node.items() if key != "anyOf"} | (
            kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        )
    left_out = {"title", "discriminator"} | ({"default"} if node.get("default") in ("", None, []) else set())
    return {
        key: {name: _as_in_toml(one) for name, one in value.items()} if key == "properties" else _as_in_toml(value)
        for key, value in node.items()
        if key not in left_out
    }
