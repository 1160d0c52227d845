"""pydantic's complaints about a table, in words for whoever wrote the file, each with a mend."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from config.faults import nearest, shown

_KINDS = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list in [ ]",
    "list_type": "a list in [ ]",
    "frozen_set_type": "a list in [ ]",
    "set_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
"""What was wanted, by the kind of complaint."""

_BOUNDS = {
    "greater_than_equal": ("too small", "at least {ge}"),
    "greater_than": ("too small", "more than {gt}"),
    "less_than_equal": ("too large", "at most {le}"),
    "less_than": ("too large", "less than {lt}"),
    "multiple_of": ("not a step of it", "a multiple of {multiple_of}"),
    "too_short": ("too short", "at least {min_length}"),
    "too_long": ("too long", "at most {max_length}"),
    "string_too_short": ("too short", "at least {min_length} characters"),
    "string_too_long": ("too long", "at most {max_length} characters"),
}


def explain(problem: ErrorDetails, model: type[BaseModel] | None) -> tuple[str, str]:
    """What is wrong and how to mend it. `model` is the table that holds the key, where one is known."""
    kind, value, context = problem["type"], problem["input"], problem.get("ctx", {})
    key = next((str(part) for part in reversed(problem["loc"]) if isinstance(part, str)), "")
    field = model.model_fields.get(key) if model else None
    if kind == "extra_forbidden":
        return "there is no such key", nearest(key, model.model_fields if model else ())
    if kind == "missing":
        return "is missing", _example(key, field)
    if kind == "literal_error":
        return f"cannot be {shown(value)}", _choice(str(value), str(context["expected"]))
    if kind in _KINDS:
        return f"{shown(value)} is not {_KINDS[kind]}", _retyped(value, _KINDS[kind], field)
    if kind in _BOUNDS:
        complaint, bound = _BOUNDS[kind]
        return f"{shown(value)} is {complaint}", bound.format(**context) + _meaning(field)
    if kind == "string_pattern_mismatch":
        form = _described(field) or f"it must match {context['pattern']}"
        return f"{shown(value)} does not have the right form", form
    return problem["msg"].removeprefix("Value error, "), _described(field) or "see docs/station-file.md"


def _example(key: str, field: FieldInfo | None) -> str:
    """A line to add, with what it means."""
    if field is None or not field.examples:
        return f"add it{_meaning(field)}"
    return f"add {key} = {_toml(field.examples[0])}{_meaning(field)}"


def _choice(value: str, expected: str) -> str:
    """`expected` is pydantic's list, such as "'a', 'b' or 'c'"."""
    names = re.findall(r"'([^']*)'", expected)
    return nearest(value, names) if names else f"write {expected}"


def _retyped(value: object, wanted: str, field: FieldInfo | None) -> str:
    """The same value as the type that is wanted, where that is plain."""
    if wanted.startswith("a text") and type(value) in (int, float):
        return f'write "{value}"'
    if wanted in ("a whole number", "a number") and isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value):
        return f"write {value} without quotes"
    if wanted == "true or false" and value in ("true", "false"):
        return f"write {value} without quotes"
    if wanted.startswith("a list") and isinstance(value, str):
        return f"write [{shown(value)}]"
    return f"write {wanted}{_meaning(field)}"


def _described(field: FieldInfo | None) -> str:
    return (field.description or "") if field else ""


def _meaning(field: FieldInfo | None) -> str:
    text = _described(field)
    return f" ({text})" if text else ""


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
