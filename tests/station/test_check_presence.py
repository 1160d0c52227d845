"""What the check says about the devices that see and count people."""

from config.faults import Severity
from config.load import read
from station.check import examined
from station.site_of import site_of
from tests.station.station_files import changed, faults

BEAMS = '[devices.beams]\ndriver = "beam-counter"\nouter = 5\ninner = 6\n'
PRESENCE = 'presence = ["pir"]'


def test_a_counter_counts_at_one_door_for_its_welfare_time() -> None:
    text = changed((PRESENCE, f'{PRESENCE}\ncounter = "beams"\nwelfare_after_hours = 12'), ("", BEAMS))
    found = examined(read(text.encode(), "pod.toml"))
    assert found.faults == ()
    assert found.file is not None
    door = site_of(found.file, None, "", "").doors["door"]
    assert (door.counter, door.welfare_after_ms) == ("beams", 43_200_000)


def test_a_counter_alone_sees_the_room_empty() -> None:
    text = changed((PRESENCE, 'counter = "beams"'), ('[devices.pir]\ndriver = "pir"\npin = 23\n', BEAMS))
    assert examined(read(text.encode(), "pod.toml")).faults == ()


def test_what_sees_people_does_not_count_them() -> None:
    text = changed((PRESENCE, 'counter = "pir"'))
    assert faults(text, Severity.ERROR) == [
        ("services.door.counter", "pir (pir) cannot count who goes in and out", "add a device that can")
    ]


def test_a_counter_is_named_once() -> None:
    text = changed((PRESENCE, 'presence = ["pir", "beams"]\ncounter = "beams"'), ("", BEAMS))
    assert faults(text, Severity.ERROR) == [
        ("services.door.counter", "beams is the presence of door already", "each counter needs a device of its own")
    ]
