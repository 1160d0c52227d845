"""What the check says about alarms that nobody presses."""

from config.faults import Severity
from config.load import read
from station.check import examined
from station.rules.site import CAUSES, WatchService
from station.site_of import site_of
from tests.station.station_files import changed, faults

WATCH = '[services.watch]\ntype = "watch"\n'
REST = '[services.rest]\ntype = "watch"\ncauses = ["held", "lost", "hot", "flood"]\n'


def test_a_table_says_what_is_watched_for_and_how_loudly() -> None:
    text = changed(("", f'{WATCH}causes = ["forced", "tamper"]\nsiren = "siren"\nescalate_after_seconds = 60\n{REST}'))
    found = examined(read(text.encode(), "pod.toml"))
    assert found.faults == ()
    assert found.file is not None
    site = site_of(found.file, None, "", "")
    assert site.watches["watch"] == WatchService("watch", frozenset({"forced", "tamper"}), "siren", "", 60)
    assert site.watch_of("held") == site.watches["rest"]


def test_without_a_table_everything_is_watched_for_without_a_siren() -> None:
    found = examined(read(changed().encode(), "pod.toml"))
    assert found.file is not None
    site = site_of(found.file, None, "", "")
    assert {cause for cause in CAUSES if (watch := site.watch_of(cause)) and not watch.siren} == CAUSES


def test_a_cause_is_watched_for_once() -> None:
    assert faults(changed(("", f"{WATCH}{REST}")), Severity.ERROR) == [
        (
            "services.rest.causes",
            "watch watches for held, lost, hot, flood already",
            "name each cause in one table only",
        )
    ]


def test_a_siren_for_a_lost_device_is_doubted() -> None:
    text = changed(("", f'{WATCH}causes = ["forced", "lost"]\nsiren = "siren"\n'))
    assert faults(text, Severity.WARNING) == [
        (
            "services.watch.siren",
            "the siren would sound for lost too, which scares people and calls nobody",
            'causes = ["forced", "tamper"] here, and a second table without a siren for the others',
        )
    ]


def test_a_cause_that_is_none() -> None:
    text = changed(("", f'{WATCH}causes = ["force"]\n'))
    assert faults(text, Severity.ERROR) == [("services.watch.causes[0]", 'cannot be "force"', "did you mean forced?")]
