"""What the demo's page is told once: everything at a station, by its words; and pieces of what it is told again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from simulator import words, words_things
from simulator.fittings import Group
from simulator.kiosk import Seen
from simulator.office_page import Section
from simulator.pod import Pod
from simulator.resident import Resident


def plan_document(pod: Pod, groups: Iterable[Group], resident: Resident) -> dict[str, Any]:
    """What never changes."""
    door, kiosk = pod.door(resident.door), pod.screen(resident.door)
    front = {
        "sos": "sos" in resident.deeds(),
        "lamp": bool(door.lamp),
        "siren": any(alarm.siren for alarm in resident.alarms.values()),
    }
    return {
        "groups": [asdict(group) for group in groups],
        "states": {name: asdict(one) for name, one in words_things.STATES.items()},
        "front": {
            deed: {"level": level, "on": asdict(on), "off": asdict(off)}
            for deed, (level, on, off) in words.FRONT.items()
        },
        "blank": asdict(words.BLANK),
        "deeds": {name: asdict(one) for name, one in words_things.DEEDS.items()},
        "sizes": {name: asdict(one) for name, one in words_things.SIZES.items()},
        "screen": next(name for name, one in pod.kiosks.items() if one is kiosk),
        "door": f"door/{resident.door}",
        "has": [name for name, there in front.items() if there],
    }


def screen_document(seen: Seen, code: int) -> dict[str, Any]:
    """What a screen shows; `code` is the number of the picture of its code."""
    return {
        "mood": seen.mood,
        "colour": seen.colour,
        "title": asdict(seen.title),
        "headline": asdict(seen.headline),
        "lines": [asdict(line) for line in seen.lines],
        "help_phone": seen.help_phone,
        "code": code,
        "buttons": [{"key": one.key, "words": asdict(one.words), "colour": one.colour} for one in seen.buttons],
        "digits": seen.keypad_digits,
    }


def section_document(section: Section) -> dict[str, Any]:
    """What can be tapped on the phone."""
    return {
        "title": asdict(section.title),
        "colour": section.colour,
        "tick": next((asdict(said) for _, said in section.ticks.values()), None),
        "offers": [
            {"key": one.key if one.action else "", "words": asdict(one.words), "left": asdict(one.left)}
            for one in section.offers
        ],
    }
