"""The wire as documents for others: AsyncAPI 3 and one JSON Schema a payload, written from `sync/contract.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from sync.contract import (
    MAX_ORDER_BYTES,
    PROPERTY_KEY_ID,
    PROPERTY_SIGNATURE,
    STATION_PATTERN,
    STATION_PURPOSE,
    TOPICS,
    Topic,
)

ASYNCAPI_FILE = "asyncapi.json"
SCHEMA_FOLDER = "schema"
WIRE_VERSION = "1"
_REFERENCE = "#/components/schemas/{model}"


def write_sync_schemas(folder: Path) -> list[Path]:
    """Write `asyncapi.json` and `schema/<Payload>.json` below `folder`; the files, each ending in a line end."""
    documents: dict[Path, Any] = {folder / ASYNCAPI_FILE: asyncapi()}
    for name, schema in payload_schemas().items():
        documents[folder / SCHEMA_FOLDER / f"{name}.json"] = schema
    for file, document in documents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return list(documents)


def payload_schemas() -> dict[str, dict[str, Any]]:
    """A JSON Schema (2020-12) that stands by itself for every JSON payload."""
    found: dict[str, dict[str, Any]] = {}
    for topic in TOPICS:
        if topic.model is not None:
            schema = topic.model.model_json_schema()
            found[topic.model.__name__] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return found


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document of the wire, as the office's side sees it."""
    models = [(topic.model, "validation") for topic in TOPICS if topic.model is not None]
    _, definitions = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Micro-station: the wire to the office",
            "version": WIRE_VERSION,
            "description": (
                "MQTT 5, clean start, session expiry 0, mutual TLS; the common name of a station's certificate is its "
                f"id, user name and client id. Signed messages carry the user properties `{PROPERTY_KEY_ID}` and "
                f"`{PROPERTY_SIGNATURE}` in hex: Ed25519 over the fields `station/message/1`, purpose, station and the "
                "topic below `stations/<id>/`, each in UTF-8 behind its length (4 bytes, big-endian), and then the "
                "payload bytes as sent. Verify before parsing."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {_key(topic): _channel(topic) for topic in TOPICS},
        "operations": {_key(topic): _operation(topic) for topic in TOPICS},
        "components": {
            "schemas": definitions["$defs"],
            "messages": {_key(topic): _message(topic) for topic in TOPICS},
            "messageTraits": {"signed": {"bindings": {"mqtt": _signature_binding()}}},
        },
    }


def _key(topic: Topic) -> str:
    """`up/now/+` is upNow."""
    first, *rest = topic.name.removesuffix("/+").split("/")
    return first + "".join(part.capitalize() for part in rest)


def _channel(topic: Topic) -> dict[str, Any]:
    parameters = {"station": {"description": f"the station's id: {STATION_PATTERN}"}}
    name = topic.name
    if name.endswith("+"):
        name = name.removesuffix("+") + "{name}"
        parameters["name"] = {"description": f"a device, a channel (cells.7) or a document: {topic.names}"}
    return {
        "address": f"stations/{{station}}/{name}",
        "description": topic.about,
        "messages": {_key(topic): {"$ref": f"#/components/messages/{_key(topic)}"}},
        "parameters": parameters,
    }


def _operation(topic: Topic) -> dict[str, Any]:
    binding: dict[str, Any] = {"qos": topic.qos, "retain": topic.retained, "bindingVersion": "0.2.0"}
    if topic.expiry_seconds is not None:
        binding["messageExpiryInterval"] = topic.expiry_seconds
    return {
        "action": "receive" if topic.up else "send",
        "channel": {"$ref": f"#/channels/{_key(topic)}"},
        "summary": topic.about,
        "bindings": {"mqtt": binding},
    }


def _message(topic: Topic) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": _key(topic),
        "contentType": topic.content_type,
        "description": f"{_signed(topic)} At most {topic.max_bytes} bytes.",
        "payload": _payload(topic),
    }
    if topic.purpose:
        message["traits"] = [{"$ref": "#/components/messageTraits/signed"}]
    return message


def _signed(topic: Topic) -> str:
    if topic.purpose == STATION_PURPOSE:
        return f"Signed by the station for the purpose `{STATION_PURPOSE}`."
    if topic.purpose:
        return f"Signed by a key of the ring for the purpose `{topic.purpose}`."
    return "Signed in itself." if topic.model is None else "Not signed: a hint."


def _payload(topic: Topic) -> Mapping[str, Any]:
    if topic.model is not None:
        return {"$ref": f"#/components/schemas/{topic.model.__name__}"}
    if topic.content_type == "text/plain":
        return {"type": "string", "pattern": r"^SO1:[0-9A-Z $%*+\-./:]+$", "maxLength": MAX_ORDER_BYTES}
    return {"type": "string", "contentEncoding": "binary", "description": "a COSE_Sign1 (RFC 9052)"}


def _signature_binding() -> dict[str, Any]:
    text = {"type": "string", "pattern": "^[0-9a-f]+$"}
    return {
        "bindingVersion": "0.2.0",
        "x-user-properties": {
            PROPERTY_KEY_ID: {**text, "description": "key id, 8 bytes in hex"},
            PROPERTY_SIGNATURE: {**text, "description": "Ed25519 signature, 64 bytes in hex"},
        },
    }
