"""Every key of a TOML file is found on its line, whatever stands between the keys."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Path
from config.toml_lines import key_lines

DOCUMENT = r'''# a = 1
top = 1 # b = 2
[station]
id = "fumin-pod-1"

  name = { zh = "[x]", en = 'y = 1' }
text = """
[devices.fake]
fake = "
"""
raw = \'\'\'
[devices.fake]
\'\'\'
"a \u00e9 \"b\"" = 1
'c.d' . e = 2
list = [
  1, # ]
  "]", [2,
  3],
]
[devices . "strike"]
driver = "gpio-lock" # [x]
[[items]]
a = 1
[[items]]
a = 2
[items.deep]
b = 3
'''.replace("\\'", "'")

EXPECTED: dict[Path, int] = {
    ("top",): 2,
    ("station",): 3,
    ("station", "id"): 4,
    ("station", "name"): 6,
    ("station", "text"): 7,
    ("station", "raw"): 11,
    ("station", 'a é "b"'): 14,
    ("station", "c.d"): 15,
    ("station", "c.d", "e"): 15,
    ("station", "list"): 16,
    ("devices",): 21,
    ("devices", "strike"): 21,
    ("devices", "strike", "driver"): 22,
    ("items",): 23,
    ("items", 0): 23,
    ("items", 0, "a"): 24,
    ("items", 1): 25,
    ("items", 1, "a"): 26,
    ("items", 1, "deep"): 27,
    ("items", 1, "deep", "b"): 28,
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_keys_are_found_among_all_that_looks_like_one(newline: str) -> None:
    text = DOCUMENT.replace("\n", newline)
    tomllib.loads(text)
    assert key_lines(text) == EXPECTED


KEYS = st.sampled_from(["a", "b-1", "7", '"q = [x]"', "'it # is'"])
VALUES = st.sampled_from(
    [
        *("1", '"text # x"', "'[a]'", "{ x = 1, y = [1, 2] }", "[]", "1979-05-27 07:32:00", '""', "''"),
        *('"""\n[fake]\nkey = 1\n\\""" \n"""', "'''\nkey = ]\n'''", '""""quoted""""', "[\n  1, # [\n  '''\n]''',\n]"),
    ]
)


def name_of(key: str) -> str:
    return key[1:-1] if key[0] in "\"'" else key


@given(st.lists(st.tuples(KEYS, st.dictionaries(KEYS, VALUES)), unique_by=lambda table: name_of(table[0])))
def test_the_line_of_every_key_of_a_written_file(tables: list[tuple[str, dict[str, str]]]) -> None:
    text, expected = "", dict[Path, int]()
    for table, keys in tables:
        expected[name_of(table),] = text.count("\n") + 1
        text += f"[{table}]\n"
        for key, value in keys.items():
            expected[name_of(table), name_of(key)] = text.count("\n") + 1
            text += f"{key} = {value} # key = 1\n\n"
    tomllib.loads(text)
    assert key_lines(text) == expected


@given(st.text(alphabet="ab.=[]{}\"'#\\\n ,u0"))
def test_text_that_is_no_toml_does_no_harm(text: str) -> None:
    for line in key_lines(text).values():
        assert 1 <= line <= text.count("\n") + 1
