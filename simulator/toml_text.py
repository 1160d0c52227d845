"""Plain values as TOML text, for a station file whose ports are simulated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_text(tables: Mapping[str, Any]) -> str:
    """Tables of scalars, arrays and (inline) tables; a table of nothing but tables gets a heading for each.

    Raises ValueError for what TOML has no word for.
    """
    lines: list[str] = []
    for name, table in tables.items():
        inner = table if all(isinstance(value, Mapping) for value in table.values()) and table else {"": table}
        for key, values in inner.items():
            lines.append(f"[{name}.{key}]" if key else f"[{name}]")
            lines += [f"{field} = {_value(value)}" for field, value in values.items()]
            lines.append("")
    return "\n".join(lines)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(_value(one) for one in value)}]"
        case Mapping():
            return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
        case _:
            raise ValueError(f"TOML has no word for {value!r}")
