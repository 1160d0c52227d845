from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sync.contract import TOPICS
from sync.schema import asyncapi, payload_schemas, write_sync_schemas

DOCS = Path(__file__).parent.parent.parent / "docs"


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_the_documents_in_docs_are_not_stale(tmp_path: Path) -> None:
    written = write_sync_schemas(tmp_path)
    assert len(written) == 1 + len(payload_schemas())
    for file in written:
        there = DOCS / file.relative_to(tmp_path)
        assert there.read_text(encoding="utf-8") == file.read_text(encoding="utf-8"), f"`station schema` writes {there}"


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi()
    found = list(references(document))
    assert len(found) > len(TOPICS)
    for reference in found:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert isinstance(place, dict)


def test_every_topic_has_channel_operation_and_message() -> None:
    document = asyncapi()
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {f"stations/{{station}}/{topic.name.replace('+', '{name}')}" for topic in TOPICS}
    for operation in document["operations"].values():
        assert operation["bindings"]["mqtt"]["qos"] in (0, 1)
    order = document["operations"]["downOrder"]
    assert order["action"] == "send"
    assert order["bindings"]["mqtt"] == {
        "qos": 1,
        "retain": False,
        "bindingVersion": "0.2.0",
        "messageExpiryInterval": 30,
    }


def test_a_payload_schema_stands_by_itself() -> None:
    for name, schema in payload_schemas().items():
        assert schema["$schema"].endswith("2020-12/schema"), name
        for reference in references(schema):
            assert reference.removeprefix("#/$defs/") in schema["$defs"], json.dumps(schema)
