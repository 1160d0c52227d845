"""The wall: a twin is found by its driver's name, and is as the station file says: its driver reads it right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from config.load import read
from config.models import Device
from drivers import registry
from drivers.contract import (
    DeviceDown,
    LevelChanged,
    LoanReported,
    Measure,
    PersonPassed,
    PressureMeasured,
    Quantity,
    ReportLoan,
    SwitchOn,
    Unlock,
)
from simulator.devices.bus import Bus
from simulator.twins import maker_of
from simulator.wall import Wall
from simulator.wires.stream import Channel
from simulator.wires.virtual import VirtualPort
from tests.drivers.rig import VirtualRoom, only

NAME = "it"
PORT = "/dev/serial0"
NO_TWIN = frozenset({"screen", "voice", "pi-health", "osdp"})
"""The first three have nothing at the far end of a wire; an OSDP reader keeps its own time."""
OF_THE_HOST = frozenset(
    {
        *("driver", "port", "pin", "outer", "inner", "folder"),
        *("pull", "debounce_ms", "first_edge", "parity", "warm_up_seconds", "pulse_max_ms", "continuous"),
    }
)
"""Settings that say where a device is, or what the host does: the device itself is the same."""


def hung_up(folder: Path, **devices: dict[str, Any]) -> Wall:
    """These devices of a station file, and no services."""
    checked = {name: Device.model_validate(one) for name, one in devices.items()}
    shipped = read(files("config").joinpath("stations/reading-pod.toml").read_bytes(), "reading-pod.toml").file
    assert shipped is not None
    return Wall(shipped.model_copy(update={"devices": checked, "services": {}}), folder)


class Stand:
    """One device of a station file on its wall, with its driver."""

    def __init__(self, driver: str, settings: dict[str, Any], folder: Path) -> None:
        self.wall = hung_up(folder, **{NAME: {"driver": driver, **settings}})
        self.room = VirtualRoom()
        bench = self.room.bench
        bench.ports.update({port: VirtualPort(one) for port, one in self.wall.ports.items()})
        bench.inputs.update(self.wall.inputs)
        bench.outputs.update(self.wall.outputs)
        bench.i2c.update(self.wall.i2c)
        bench.services.update({place: Channel(one) for place, one in self.wall.services.items()})
        self.twin: Any = self.wall.twins[NAME]
        if driver == "ds18b20":
            settings = {**settings, "folder": str(folder)}
        self.room.add(NAME, driver, **settings)
        self.room.run(2_000)

    def told(self, quantity: Quantity) -> dict[str, Any]:
        """The last level of each point."""
        return {one.device: one.value for _, one in self.room.at(LevelChanged) if one.quantity is quantity}

    def closed(self) -> dict[str, Any]:
        return self.told(Quantity.CLOSED)


@dataclass(frozen=True)
class Case:
    """A driver with settings other than those of the factory, and what must be seen through it."""

    driver: str
    settings: dict[str, Any]
    holds: Callable[[Stand], bool]
    where: dict[str, Any] = field(default_factory=lambda: {"port": PORT})

    def __str__(self) -> str:
        return f"{self.driver} {self.settings}"


def opens(channel: int, cells: int) -> Callable[[Stand], bool]:
    """The cell that is told to open is the one that opens, and the only one that is told to be open."""

    def holds(stand: Stand) -> bool:
        before = set(stand.closed().values())
        stand.room.command(Unlock(f"{NAME}/{channel}", 3_000))
        stand.room.run(3_000)
        shut = stand.closed()
        open_ = [point for point, closed in shut.items() if not closed]
        fired = [one.channel for one in stand.twin.fired]
        return (before, fired, open_, len(shut)) == ({True}, [channel], [f"{NAME}/{channel}"], cells)

    return holds


def released_by_unlock(stand: Stand) -> bool:
    before = stand.twin.released
    stand.room.command(Unlock(NAME, 3_000))
    during = stand.twin.released
    stand.room.run(6_000)
    return (before, during, stand.twin.released) == (False, True, False)


def switched_on(stand: Stand) -> bool:
    before = stand.twin.on
    stand.room.command(SwitchOn(NAME))
    return (before, stand.twin.on) == (False, True)


def closed_as_it_is(stand: Stand) -> bool:
    before = stand.closed()[NAME]
    stand.twin.move(closed=False, now_ms=stand.room.now_ms)
    stand.room.run(1_000)
    return (before, stand.closed()[NAME]) == (True, False)


def relays(count: int, inputs: int) -> Callable[[Stand], bool]:
    def holds(stand: Stand) -> bool:
        stand.room.command(SwitchOn(f"{NAME}/{count}"))
        return bool(stand.twin.is_on(count, stand.room.now_ms)) and len(stand.closed()) == inputs

    return holds


def as_warm_as_it_is(stand: Stand) -> bool:
    stand.twin.weather(31.4, 62.0)
    stand.room.run(11_000)
    return stand.told(Quantity.TEMPERATURE_C) == {NAME: 31.4}


def tells(quantity: Quantity) -> Callable[[Stand], bool]:
    return lambda stand: set(stand.told(quantity)) == {NAME}


def counts_who_walks_in(stand: Stand) -> bool:
    stand.twin.walk(stand.room.now_ms, inward=True)
    stand.room.run(3_000)
    return [one.inward for _, one in stand.room.at(PersonPassed)] == [True]


def measures_an_arm(stand: Stand) -> bool:
    stand.twin.arm = (128, 82, 71)
    stand.room.command(Measure(NAME))
    stand.room.run(60_000)
    return [one for _, one in stand.room.at(PressureMeasured)] == [PressureMeasured(NAME, 128, 82, 71)]


def takes_a_loan(stand: Stand) -> bool:
    (told,) = stand.room.command(ReportLoan(NAME, "9787115546081", "a" * 32, 0, 86_400_000, 480))
    return isinstance(told, LoanReported) and not told.refusal and stand.twin.location == "POD07"


TWO_PINS, PIN, NOWHERE = {"outer": 5, "inner": 6}, {"pin": 17}, dict[str, Any]()
CASES = (
    Case("lockboard-8a", {"address": 3}, opens(2, 24)),
    Case("lockboard-8a", {"channels": 16}, opens(16, 16)),
    Case("lockboard-8a", {"feedback": "open_shorts"}, opens(1, 24)),
    Case("lockboard-8a", {"status_order": "low_first"}, opens(2, 24)),
    Case("lockboard-8a", {"status_order": "high_first"}, opens(2, 24)),
    Case("lockboard-wkly", {"address": 4}, opens(2, 24)),
    Case("lockboard-wkly", {"channels": 12}, opens(12, 12)),
    Case("lockboard-wkly", {"first_channel": 0}, opens(1, 24)),
    Case("lockboard-cu16", {"address": 5}, opens(2, 16)),
    Case("lockboard-cu16", {"channels": 12}, opens(12, 12)),
    Case("lockboard-cu16", {"baud": 57_600}, opens(2, 16)),
    Case("lockboard-dc02", {"address": 6}, opens(2, 12)),
    Case("lockboard-dc02", {"channels": 8}, opens(8, 8)),
    Case("waveshare-relay", {"address": 7}, relays(8, 0)),
    Case("waveshare-relay", {"channels": 16, "inputs": 4}, relays(16, 4)),
    Case("waveshare-relay", {"inputs": 2}, relays(8, 2)),
    Case("pzem004t", {"address": 9}, tells(Quantity.POWER_W)),
    Case("xy-md02", {"address": 8}, as_warm_as_it_is),
    Case("xy-md02", {"scale": "hundredths"}, as_warm_as_it_is),
    Case("gpio-lock", {"active_high": False}, released_by_unlock, PIN),
    Case("gpio-lock", {"fail": "safe"}, released_by_unlock, PIN),
    Case("gpio-switch", {"active_high": False}, switched_on, PIN),
    Case("gpio-contact", {"closed_is": "high"}, closed_as_it_is, PIN),
    Case("beam-counter", {"active_high": False}, counts_who_walks_in, TWO_PINS),
    Case("ds18b20", {"sensor": "28-0000000000ab"}, tells(Quantity.TEMPERATURE_C), NOWHERE),
    Case("sht3x", {"address": 0x45}, tells(Quantity.TEMPERATURE_C), NOWHERE),
    Case("sht3x", {"bus": 3}, tells(Quantity.TEMPERATURE_C), NOWHERE),
    Case("un300c", {}, measures_an_arm),
    Case("jbd", {}, tells(Quantity.CHARGE_PERCENT)),
    Case(
        "sip2",
        {"institution": "LIB", "host": "10.0.0.8", "location": "POD07", "user": "pod", "password": "s"},
        takes_a_loan,
        NOWHERE,
    ),
    Case("nut", {"ups": "su700"}, tells(Quantity.ON_BATTERY), NOWHERE),
    Case("nut", {"ups": "ups", "host": "10.0.0.7", "port": 3_500}, tells(Quantity.ON_BATTERY), NOWHERE),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_setting_of_the_station_file_is_the_devices_too(case: Case, tmp_path: Path) -> None:
    stand = Stand(case.driver, {**case.where, **case.settings}, tmp_path)
    assert case.holds(stand), (stand.closed(), stand.room.stamped[-5:])
    assert only(DeviceDown, [signal for _, signal in stand.room.stamped]) == []
    stand.room.close()


@pytest.mark.parametrize("driver", sorted(set(registry.known()) - NO_TWIN))
def test_every_driver_has_a_twin(driver: str) -> None:
    assert callable(maker_of(driver))


@pytest.mark.parametrize("driver", sorted({case.driver for case in CASES}))
def test_every_setting_of_these_drivers_is_tried(driver: str) -> None:
    tried = {key for case in CASES if case.driver == driver for key in case.settings}
    assert set(registry.find(driver).Settings.model_fields) - OF_THE_HOST == tried - OF_THE_HOST


@pytest.mark.parametrize("driver", ["gpio-lok", "screen", "lock-board"])
def test_a_driver_without_a_twin_is_named(driver: str) -> None:
    with pytest.raises(ValueError, match=f"no simulated device for the driver {driver}"):
        maker_of(driver)


def test_devices_of_one_port_share_a_bus_and_each_knows_its_place(tmp_path: Path) -> None:
    wall = hung_up(
        tmp_path,
        a={"driver": "pzem004t", "port": PORT, "address": 1},
        b={"driver": "pzem004t", "port": PORT, "address": 2},
        beams={"driver": "beam-counter", "outer": 5, "inner": 6},
        air={"driver": "sht3x", "address": 0x45},
        warm={"driver": "ds18b20", "sensor": "28-0000000000ab"},
        ups={"driver": "nut", "ups": "u"},
    )
    line = wall.ports[PORT]
    assert isinstance(line, Bus)
    assert list(line.members) == ["a", "b"]
    places = {name: wall.place_of(name) for name in wall.twins}
    assert places == {"a": PORT, "b": PORT, "beams": 5, "air": (1, 0x45), "warm": None, "ups": "127.0.0.1:3493"}
    assert wall.inputs[6] is wall.twins["beams"].inner
