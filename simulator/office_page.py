"""A page of the office as somebody reads it: its headings, what may be tapped, and what a tap sends.

Nothing here knows what services there are: whatever form is on the page can be tapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from drivers.contract import Words

VOID = frozenset({"input", "img", "br", "meta", "link", "hr"})
SAYS_LATER = "next"


@dataclass(frozen=True, slots=True)
class Offer:
    """One button. `left` says how many there are; without `fields` it can only be looked at."""

    key: str
    words: Words
    left: Words
    action: str = ""
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Section:
    """Buttons that stand together. `ticks` may be sent besides, by name: their values and their words."""

    title: Words
    colour: str
    offers: tuple[Offer, ...]
    ticks: Mapping[str, tuple[str, Words]]


@dataclass(frozen=True, slots=True)
class OfficePage:
    """What a page says (its title, and what to do next), and what it offers."""

    title: Words
    next: Words
    sections: tuple[Section, ...]

    def offer(self, key: str) -> Offer | None:
        """A button that can be tapped."""
        return next((one for part in self.sections for one in part.offers if one.key == key and one.action), None)


def read_page(text: str) -> OfficePage:
    """What is on a page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.end_section()
    return OfficePage(reader.title, reader.next, tuple(reader.sections))


@dataclass(slots=True)
class _Text:
    """What is being read: its element's depth, and the words of both languages, of which some count what is left."""

    what: str
    depth: int
    attributes: dict[str, str]
    words: dict[tuple[str, bool], str] = field(default_factory=dict)

    def add(self, text: str, *, english: bool, left: bool) -> None:
        key = ("en" if english else "zh", left)
        self.words[key] = self.words.get(key, "") + text

    def read(self, *, left: bool = False) -> Words:
        zh, en = (" ".join(self.words.get((language, left), "").split()) for language in ("zh", "en"))
        return Words(zh or en, en or zh)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = self.next = Words("", "")
        self.sections: list[Section] = []
        self._open: list[tuple[str, bool, bool]] = []
        self._text: _Text | None = None
        self._section: tuple[Words, str] = Words("", ""), ""
        self._offers: list[Offer] = []
        self._ticks: dict[str, tuple[str, Words]] = {}
        self._form: dict[str, str] = {}
        self._action = ""
        self._tick = "", ""

    def end_section(self) -> None:
        """What comes now stands under another heading."""
        if self._offers:
            self.sections.append(Section(*self._section, tuple(self._offers), self._ticks))
        self._offers, self._ticks = [], {}

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in found}
        classes = attributes.get("class", "").split()
        if tag == "input":
            self._input(attributes)
        if tag in VOID:
            return
        self._open.append((tag, attributes.get("lang") == "en", "left" in classes))
        if "data-colour" in attributes and tag != "body":
            self.end_section()
            self._section = Words("", ""), attributes["data-colour"]
        if tag == "form":
            self._form, self._action = {}, attributes.get("action", "")
        what = self._what(tag, classes)
        if what and self._text is None:
            self._text = _Text(what, len(self._open), attributes)

    def _what(self, tag: str, classes: list[str]) -> str:
        if tag == "p" and "none" in classes:
            return "none"
        if tag in ("h2", "button") or (tag == "label" and "tick" in classes):
            return tag
        return next((name for name in ("thing", "title", SAYS_LATER) if tag == "p" and name in classes), "")

    def _input(self, attributes: dict[str, str]) -> None:
        match attributes.get("type"):
            case "hidden":
                self._form[attributes["name"]] = attributes.get("value", "")
            case "radio" if "checked" in attributes:
                self._form[attributes["name"]] = attributes.get("value", "")
            case "checkbox":
                self._tick = attributes["name"], attributes.get("value", "on")
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            english, left = (any(one[place] for one in self._open) for place in (1, 2))
            self._text.add(data, english=english, left=left)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not any(one[0] == tag for one in self._open):
            return
        while self._open.pop()[0] != tag:
            pass
        if self._text is not None and len(self._open) < self._text.depth:
            text, self._text = self._text, None
            self._read(text)
        if tag == "form":
            self._action = ""

    def _read(self, text: _Text) -> None:
        match text.what:
            case "h2" | "thing":
                self.end_section()
                self._section = text.read(), self._section[1]
            case "title":
                self.title = text.read()
            case "next":
                self.next = text.read()
            case "label":
                name, value = self._tick
                self._ticks[name] = value, text.read()
            case "none":
                self._offers.append(Offer(f"none {len(self._offers)}", text.read(), text.read(left=True)))
            case "button" if self._action:
                self._button(text)
            case _:
                pass

    def _button(self, text: _Text) -> None:
        fields = dict(self._form)
        if "name" in text.attributes:
            fields[text.attributes["name"]] = text.attributes.get("value", "")
        key = " ".join(fields[name] for name in ("service", "ask") if name in fields) or self._action
        self._offers.append(Offer(key, text.read(), text.read(left=True), self._action, fields))
