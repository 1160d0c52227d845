"""What the rules see of a station file, in their own units, and what the drivers get."""

from pathlib import Path

import pytest

from config.load import load
from config.models import Device, StationFile
from drivers import gpio_lock
from drivers.contract import LevelChanged, Quantity, Words
from station.rules import screen as screens
from station.rules.site import AlarmService, DoorService, ScreenService, Site
from station.rules.week import ALWAYS
from station.services.alarm import ALARM_WORDS
from station.services.door import DOOR_WORDS
from station.site_of import device_settings, site_of
from station.state import State
from tests.station.rules.desk import Desk, pod
from tests.station.weeks import daily

STATIONS = Path(__file__).parents[2] / "config/stations"
ROOTS = (b"1" * 32, b"2" * 32)


def shipped(name: str) -> StationFile:
    file = load(STATIONS / f"{name}.toml").file
    assert file is not None
    return file


def site(name: str) -> Site:
    return site_of(shipped(name), ROOTS, "1.2.3", "ab" * 32)


def test_the_pod_as_the_rules_see_it() -> None:
    assert site("reading-pod") == Site(
        station="fumin-pod-1",
        words=Words("富民公园阅读微空间·阅山房", "Fumin Park reading pod"),
        colour="orange",
        help_phone="0760-8888-0001",
        office_url="https://office.example",
        groups=("fumin",),
        utc_offset_minutes=480,
        roots=ROOTS,
        doors={
            "door": DoorService(
                name="door",
                words=Words("阅读舱门", "Pod door"),
                lock="strike",
                reader="scanner",
                contact="reed",
                lamp="desk_lamp",
                presence=("radar", "pir"),
                pulse_ms=3_000,
                unlock_ms=8_000,
                held_open_ms=45_000,
                empty_after_ms=120_000,
                hours=ALWAYS,
                ways=frozenset({"order", "pass_bound", "pass_static"}),
                revocations_max_age_s=604_800,
            )
        },
        alarms={
            "sos": AlarmService(
                name="sos",
                words=ALARM_WORDS["sos"],
                what="sos",
                button="sos_button",
                pressed_closed=False,
                siren="siren",
                releases=("door",),
                escalate_after_s=120,
                siren_limit_ms=600_000,
            )
        },
        screens={"screen": ScreenService("screen", "display", ("door",), "loudspeaker")},
        essential=frozenset({"strike", "sos_button"}),
        version="1.2.3",
        file_hash="ab" * 32,
    )


def test_the_rest_stop_has_hours_roles_and_a_lock_that_may_stay_released() -> None:
    door = site("courier-rest").doors["door"]
    assert (door.hours, door.roles) == (daily(330, 1410), frozenset({"courier", "volunteer", "keeper"}))
    assert (door.holds_open, door.pulse_ms, door.egress_button, door.fire) == (True, 8_000, "exit_button", "fire_loop")
    assert site("courier-rest").colour == "yellow"


def test_the_micro_station_has_a_cupboard_that_is_no_room() -> None:
    doors = site("micro-station").doors
    assert {name: door.room for name, door in doors.items()} == {"room": True, "store": False, "nursing_door": True}
    assert not any(door.holds_open for door in doors.values())
    assert (doors["store"].pulse_ms, doors["store"].revocations_max_age_s) == (1_500, 86_400)
    assert {one.what for one in site("micro-station").alarms.values()} == {"sos", "fire", "tamper"}


def test_a_station_may_run_without_an_office_and_without_names() -> None:
    whole = shipped("reading-pod")
    door = whole.services["door"].model_copy(update={"name": None, "when_unrecorded": "admit"})
    sos = whole.services["sos"].model_copy(update={"pressed": "closed"})
    services = {**whole.services, "door": door, "sos": sos}
    alone = site_of(whole.model_copy(update={"office": None, "services": services}), None, "", "")
    assert (alone.office_url, alone.roots) == ("", None)
    assert (alone.doors["door"].words, alone.doors["door"].admits_unrecorded) == (DOOR_WORDS, True)
    assert alone.alarms["sos"].pressed_closed
    page = screens.page(State(), alone, alone.screens["screen"], Desk().now)
    assert page.code is None
    assert page.help_phone == "0760-8888-0001"


@pytest.mark.parametrize("left_out", ["reader", "screen"])
def test_the_only_way_in_is_essential(left_out: str) -> None:
    whole = shipped("reading-pod")
    services = dict(whole.services)
    if left_out == "reader":
        services["door"] = services["door"].model_copy(update={"reader": ""})
    else:
        del services["screen"]
    essential = site_of(whole.model_copy(update={"services": services}), None, "", "").essential
    assert essential == {"strike", "sos_button", "display" if left_out == "reader" else "scanner"}


def test_drivers_get_their_own_settings() -> None:
    module, settings = device_settings(shipped("reading-pod"))["strike"]
    assert module.Driver is gpio_lock.Driver
    assert settings == gpio_lock.Settings(driver="gpio-lock", pin=17, fail="secure", pulse_max_ms=5_000)


@pytest.mark.parametrize(("room", "kinds"), [(False, ["DoorForced"]), (True, ["DoorOpened"])])
def test_a_cupboard_that_opens_by_itself_is_forced_because_nobody_can_be_in_it(room: bool, kinds: list[str]) -> None:
    desk = Desk(pod(room=room, presence=(), lamp=""))
    desk.begin()
    desk.feed(LevelChanged("reed", Quantity.CLOSED, False))
    assert desk.kinds() == kinds


def test_what_says_whether_the_mains_are_there() -> None:
    assert site("micro-station").ups == ("ups",)
    assert site("reading-pod").ups == ()


def test_a_battery_pack_stands_where_a_ups_stands() -> None:
    file = shipped("reading-pod")
    pack = Device.model_validate({"driver": "jbd", "port": "/dev/serial/by-id/usb-battery"})
    fitted = site_of(file.model_copy(update={"devices": {**file.devices, "battery": pack}}), ROOTS, "1.2.3", "ab" * 32)
    assert fitted.ups == ("battery",)
