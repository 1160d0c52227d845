"""From the bytes of a station file to its model: everything that is wrong, at once, each with its place and a mend."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config import models
from config.faults import Fault, Places, nearest
from config.services import SERVICES, Service
from config.tables import Words
from config.toml_lines import key_lines
from config.wording import explain

MAX_FILE_BYTES = 64 * 1024
MAX_LINE_CHARACTERS = 2_000
"""tomllib takes quadratic time for a key of very many parts, which must stand on one line."""

_AT_LINE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)")
_TABLES: Mapping[str, type[BaseModel]] = {"station": models.Station, "office": models.Office}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. The parts are there as far as each is right by itself, so that they can be checked further.

    `file` is None when there is a fault. `digest` is the SHA-256 of the bytes in hex. `named_devices` and
    `named_services` hold the names of the faulty ones too.
    """

    places: Places
    digest: str
    faults: tuple[Fault, ...]
    file: models.StationFile | None = None
    station: models.Station | None = None
    office: models.Office | None = None
    devices: Mapping[str, models.Device] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    named_devices: frozenset[str] = frozenset()
    named_services: frozenset[str] = frozenset()


def load(path: FilePath) -> Loaded:
    """Read a station file. Raises nothing: a file that cannot be read is a fault."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as fault:
        places = Places(str(path), {})
        unread = places.error((), f"cannot be read: {fault.strerror}", "correct the name of the file")
        return Loaded(places, "", (unread,))
    return read(data, str(path))


def read(data: bytes, name: str) -> Loaded:
    """Read the bytes of a station file that is called `name` in the faults. Raises nothing, whatever the bytes."""
    digest = sha256(data).hexdigest()
    places = Places(name, {})
    try:
        text = _text(data, name)
        tables = _tables(text, name)
    except _NotToml as why:
        return Loaded(places, digest, (why.fault,))
    return _validated(tables, Places(name, key_lines(text)), digest)


class _NotToml(Exception):
    def __init__(self, file: str, line: int, words: str, mend: str) -> None:
        super().__init__(words)
        self.fault = Fault(file, line, "", words, mend)


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_FILE_BYTES:
        words = f"is longer than {MAX_FILE_BYTES // 1024} KiB"
        raise _NotToml(name, 0, words, "is this the right file? A station file has a few kilobytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise _NotToml(name, line, "this line is not UTF-8 text", "save the file with the encoding UTF-8") from fault
    for number, line_text in enumerate(text.split("\n"), 1):
        if len(line_text) > MAX_LINE_CHARACTERS:
            words = f"this line is longer than {MAX_LINE_CHARACTERS} characters"
            raise _NotToml(name, number, words, "is this the right file?")
    return text


def _tables(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as fault:
        raise _NotToml(name, 0, "brackets are nested too deep", "is this the right file?") from fault
    except ValueError as fault:  # TOMLDecodeError, and what Python's own number and date readers raise
        at = _AT_LINE.search(str(fault))
        line = int(at[1]) if at and at[1] else text.count("\n") + 1 if at else 0
        words = _AT_LINE.sub("", str(fault)).rstrip(".")
        raise _NotToml(name, line, f"is not TOML: {words}", _toml_mend(text, line)) from fault


def _toml_mend(text: str, line: int) -> str:
    lines = text.split("\n")
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if re.search("[“”‘’＝，［］｛｝：]", here.partition("#")[0]):
        return 'type quotes, commas, = and brackets with the keyboard in English: " , = [ ]'
    return 'look at this line and the one above: each is key = value, texts stand in "quotes", tables in [brackets]'


def _validated(tables: dict[str, Any], places: Places, digest: str) -> Loaded:
    try:
        file = models.StationFile.model_validate(tables)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        faults = tuple(_fault(problem, tables, places) for problem in problems if not _is_echo(problem))
        return _in_parts(tables, places, digest, faults)
    return Loaded(
        places,
        digest,
        (),
        file,
        station=file.station,
        office=file.office,
        devices=file.devices,
        services=file.services,
        named_devices=frozenset(file.devices),
        named_services=frozenset(file.services),
    )


def _in_parts(tables: dict[str, Any], places: Places, digest: str, faults: tuple[Fault, ...]) -> Loaded:
    """What is right by itself in a file that is not."""
    devices, services = _table(tables, "devices"), _table(tables, "services")
    service: TypeAdapter[Service] = TypeAdapter(Service)
    return Loaded(
        places,
        digest,
        faults,
        station=_part(models.Station.model_validate, tables.get("station")),
        office=_part(models.Office.model_validate, tables.get("office")),
        devices=_parts(models.Device.model_validate, devices),
        services=_parts(service.validate_python, services),
        named_devices=frozenset(devices),
        named_services=frozenset(services),
    )


def _table(tables: dict[str, Any], key: str) -> dict[str, Any]:
    table = tables.get(key)
    return table if isinstance(table, dict) else {}


def _parts(validate: Callable[[object], T], tables: dict[str, Any]) -> dict[str, T]:
    parts = {name: _part(validate, table) for name, table in tables.items()}
    return {name: part for name, part in parts.items() if part is not None}


def _part(validate: Callable[[object], T], table: object) -> T | None:
    try:
        return validate(table)
    except ValidationError:
        return None  # its faults are told once, by the validation of the whole


def _is_echo(problem: ErrorDetails) -> bool:
    """Whether a list is called too short only because its faulty items, told by themselves, were not counted."""
    return problem["type"] == "too_short" and len(problem["input"]) >= problem["ctx"]["min_length"]


def _fault(problem: ErrorDetails, tables: dict[str, Any], places: Places) -> Fault:
    """One complaint. The path has the type of a service in it, which the file does not have there."""
    match problem["loc"], problem["type"]:
        case ("services", str() as name), "union_tag_not_found":
            types = " or ".join(f'"{one}"' for one in SERVICES)
            return places.error(("services", name), "has no type", f"add type = {types}")
        case ("services", str() as name), "union_tag_invalid":
            given = str(tables["services"][name]["type"])
            return places.error(("services", name, "type"), "there is no such type", nearest(given, SERVICES))
        case (("devices" | "services") as group, str() as name, "[key]"), _:
            mend = "a name has 1 to 32 of a-z 0-9 _ -"
            return places.error((group, name), "this name does not have the right form", mend)
        case ("station",), "missing":
            return places.error(("station",), "is missing", "add [station] with id, name, kind and help_phone")
        case ("devices",), "missing":
            return places.error(("devices",), "is missing", 'add [devices.strike] with driver = "gpio-lock"')
        case ("services",), "missing":
            return places.error(("services",), "is missing", 'add [services.door] with type = "door"')
        case ("services", str() as name, str() as kind, *rest), _:
            model = Words if rest[:-1] == ["name"] else SERVICES[kind]
            return places.error(("services", name, *rest), *explain(problem, model))
        case ("station", "name", _) as path, _:
            return places.error(path, *explain(problem, Words))
        case ("devices", str(), _) as path, _:
            return places.error(path, *explain(problem, models.Device))
        case (("station" | "office") as table, _, *_) as path, _:
            return places.error(path, *explain(problem, _TABLES[table]))
        case path, _:
            return places.error(path, *explain(problem, models.StationFile))
