"""Lines for people: English in the code, Chinese in the gettext catalogue, both of them on every page.

The catalogue is `config/locale/zh/LC_MESSAGES/messages.po`; its compiled form lies beside it.
`python -m tests.wording` brings both up to date, and a test fails while a line has no Chinese.
"""

from __future__ import annotations

import gettext
from importlib.resources import files

from drivers.contract.basics import Words

_CHINESE = gettext.translation("messages", str(files("config") / "locale"), ["zh"])


def both(english: str, /, **values: Words | str | float) -> Words:
    """A line in both languages. `{name}` in it stands for the value of that name, in the same language if it is words.

    A line that is not in the catalogue stays English: no door waits for a translation.
    """
    chinese = _CHINESE.gettext(english)
    if not values:
        return Words(chinese, english)
    return Words(
        chinese.format(**{name: value.zh if isinstance(value, Words) else value for name, value in values.items()}),
        english.format(**{name: value.en if isinstance(value, Words) else value for name, value in values.items()}),
    )
