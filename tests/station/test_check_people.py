"""What the check says about the people service."""

from config.faults import Severity
from config.load import read
from station.check import examined
from station.site_of import site_of
from tests.station.station_files import changed, faults

PEOPLE = (
    '[services.volunteers]\ntype = "people"\nreader = "scanner"\nshift_hours = 6\nrating = true\n'
    'tasks = { clean = { zh = "打扫完毕", en = "Cleaned" } }\n'
)
OPENS = 'opens = ["door"]'
TOUCH = 'opens = ["door", "volunteers"]\ntouch = true'


def test_the_service_comes_to_the_rules_as_it_is_written() -> None:
    found = examined(read(changed((OPENS, TOUCH), ("", PEOPLE)).encode(), "pod.toml"))
    assert found.faults == ()
    assert found.file is not None
    people = site_of(found.file, None, "", "").people["volunteers"]
    assert (people.shift_ms, people.rating, people.tasks["clean"].en) == (21_600_000, True, "Cleaned")
    assert people.roles == {"volunteer", "keeper"}
    assert (people.words.zh, people.reader) == ("志愿服务", "scanner")


def test_a_rating_needs_something_to_press() -> None:
    text = changed((OPENS, 'opens = ["door", "volunteers"]'), ("", PEOPLE))
    assert faults(text, Severity.ERROR) == [
        (
            "services.volunteers.rating",
            "no touch screen shows this service, so nobody can rate",
            'touch = true and "volunteers" in opens of a screen',
        )
    ]


def test_residents_who_sign_on_are_asked_about() -> None:
    people = PEOPLE.replace("shift_hours", 'roles = ["volunteer", "resident"]\nshift_hours')
    found = faults(changed((OPENS, TOUCH), ("", people)), Severity.WARNING)
    assert [(place, words) for place, words, _ in found] == [
        ("services.volunteers.roles", "resident would sign on, and see what the volunteers see")
    ]


def test_tasks_are_bounded_and_named() -> None:
    many = ", ".join(f'task-{number} = {{ zh = "事", en = "Thing" }}' for number in range(9))
    text = changed((OPENS, TOUCH), ("", PEOPLE.replace('clean = { zh = "打扫完毕", en = "Cleaned" }', many)))
    (found,) = faults(text, Severity.ERROR)
    assert found[0] == "services.volunteers.tasks"
