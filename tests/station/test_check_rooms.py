"""What the check says about rooms for a while."""

import pytest

from config.faults import Severity
from config.load import read
from station.check import examined
from station.site_of import site_of
from tests.station.station_files import changed, faults

BOOTH = '[services.booth]\ntype = "room"\ndoor = "door"\naccepts = ["order"]\n'
SCREEN = ('opens = ["door"]', 'opens = ["door", "booth"]')


def test_a_room_behind_the_door() -> None:
    sign = '[devices.sign]\ndriver = "gpio-switch"\npin = 16\n'
    found = examined(read(changed(SCREEN, ("", f'{sign}{BOOTH}due_minutes = 90\nprivacy = "sign"\n')).encode(), "f"))
    assert found.faults == ()
    assert found.file is not None
    booth = site_of(found.file, None, "", "").rooms["booth"]
    assert (booth.door, booth.privacy, booth.due_ms, booth.warn_ms) == ("door", "sign", 5_400_000, 300_000)
    assert "booth" in site_of(found.file, None, "", "").services


@pytest.mark.parametrize(
    ("edits", "key", "words"),
    [
        ([("", BOOTH.replace('"door"', '"dor"'))], "door", "there is no door service called dor"),
        ([("", BOOTH.replace('"door"', '"sos"'))], "door", "sos is no door service"),
        (
            [("", BOOTH), ('egress = "mechanical"', "room = false")],
            "door",
            "nobody goes in at door: it has room = false",
        ),
        (
            [
                ("", BOOTH),
                ('presence = ["pir"]\nlamp = "lamp"\n', 'egress_button = "pir"\n'),
                ('driver = "pir"\npin = 23', 'driver = "gpio-contact"\npin = 23'),
            ],
            "door",
            "nothing sees whether somebody is in behind door, so the room would never be free by itself",
        ),
        ([("", f'{BOOTH}lamp = "lamp"\n')], "lamp", "lamp is the lamp of door already"),
        ([("", f"{BOOTH}due_minutes = 10\nwarn_minutes = 10\n")], "warn_minutes",
         "the warning would come before a room of 10 minutes is taken"),
    ],
)  # fmt: skip
def test_a_room_that_cannot_work(edits: list[tuple[str, str]], key: str, words: str) -> None:
    found = faults(changed(SCREEN, *edits), Severity.ERROR)
    assert (f"services.booth.{key}", words) in [(one[0], one[1]) for one in found]


def test_two_rooms_behind_one_door() -> None:
    text = changed(SCREEN, ("", BOOTH), ("", BOOTH.replace("booth", "study")))
    assert faults(text, Severity.ERROR) == [
        ("services.study.door", "door leads into booth already", "each room needs a door of its own")
    ]
