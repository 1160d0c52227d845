"""Write every schema that others rely on: the wire's AsyncAPI document and payloads, and the station file's."""

from __future__ import annotations

import json
from pathlib import Path

from station.file_schema import station_schema
from sync.schema import write_sync_schemas

STATION_FILE_SCHEMA = Path("config/schema/station.schema.json")


def write_schemas(folder: Path) -> list[Path]:
    """Write them below `folder`, the repository; the files. Raises OSError."""
    file = folder / STATION_FILE_SCHEMA
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(station_schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [*write_sync_schemas(folder / "docs"), file]
