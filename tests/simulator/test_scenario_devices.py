"""What may befall which device in a scenario: every device of the shipped micro-station in every state."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from config.faults import Fault
from config.load import read as read_station
from config.models import StationFile
from simulator.faults import Faults
from simulator.scenario import WrongScenario, read
from simulator.scenario_step import Step
from simulator.scenario_steps_devices import DeviceIs, HeatIs
from simulator.world_house import House
from simulator.world_ledger import Ledger
from simulator.world_time import Agenda

STATION = "micro-station.toml"
HEAD = f"""
title = {{ zh = "短", en = "Short" }}
story = {{ zh = "坏了", en = "It breaks" }}
station = "{STATION}"
begins = 2026-11-03T22:00:00
lasts = "00:05:00"

[[check]]
what = "room"
"""
BOARDS = ("lockboard-8a", "lockboard-wkly", "waveshare-relay")
ON_PORTS = (*BOARDS, "gm65", "ld2410", "ld2450", "pzem004t", "xy-md02")
DRIVERS_THAT_CAN = {
    "silent": (*ON_PORTS, "nut"),
    "unplugged": ON_PORTS,
    "jammed": BOARDS,
    "flickers": (*BOARDS, "gm65", "ld2410", "ld2450"),
    "well": (*ON_PORTS, "nut"),
}


def station() -> StationFile:
    file = read_station(files("config").joinpath("stations", STATION).read_bytes(), STATION).file
    assert file is not None
    return file


FILE = station()


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """As much of a scenario as these steps touch."""
    agenda = Agenda(0)
    ledger = Ledger(agenda, FILE.station.id)
    house = House(FILE, tmp_path_factory.mktemp("house"), agenda, Random(1), ledger, Faults())
    yield SimpleNamespace(world=SimpleNamespace(house=house, agenda=agenda))
    assert ledger.broken == []


def faults_of(steps: list[str]) -> list[Fault]:
    try:
        read((HEAD + "".join(f'\n[[step]]\nat = "00:01:00"\n{step}\n' for step in steps)).encode(), "short.toml")
    except WrongScenario as wrong:
        return wrong.faults
    return []


def those_with(drivers: tuple[str, ...]) -> list[str]:
    return [name for name, device in FILE.devices.items() if device.driver in drivers]


@pytest.mark.parametrize("state", DRIVERS_THAT_CAN)
def test_a_state_that_a_device_cannot_be_in_is_refused_with_those_that_can(state: str) -> None:
    names = list(FILE.devices)
    faults = faults_of([f'do = "device"\nname = "{name}"\nstate = "{state}"\nchannels = [1]' for name in names])
    able = those_with(DRIVERS_THAT_CAN[state])
    assert [fault.key for fault in faults] == [f"step[{at}].name" for at, name in enumerate(names) if name not in able]
    for fault in faults:
        name = names[int(fault.key[5:].partition("]")[0])]
        assert fault.words.startswith(f"{name} is a {FILE.devices[name].driver}: it cannot ")
        assert fault.line > 0
        assert set(fault.mend.removesuffix(" can").split(", ")) == set(able)


@pytest.mark.parametrize("state", DRIVERS_THAT_CAN)
def test_every_device_that_can_be_in_a_state_is_brought_into_it_and_out_again(state: str, play: Any) -> None:
    house: House = play.world.house

    def step(name: str, state: str) -> Step:
        return DeviceIs.model_validate(
            {"at": "00:01:00", "do": "device", "name": name, "state": state, "channels": [1]}
        )

    def stands(name: str) -> list[Any]:
        twin = house.device(name)
        port = house.bench.ports.get(str(house.wall.place_of(name)))
        return [twin.silent, port is None or port.plugged, sorted(getattr(twin, "stuck", None) or ())]

    for name in those_with(DRIVERS_THAT_CAN[state]):
        before = stands(name)
        step(name, state).act(play)
        expected = {"silent": [True, True, []], "unplugged": [False, False, []], "jammed": [False, True, [1]]}
        assert stands(name) == expected.get(state, before), name
        step(name, "well").act(play)
        assert stands(name) == before == [False, True, []], name


def test_only_thermometers_measure_heat_and_each_of_them_does(play: Any) -> None:
    names = list(FILE.devices)
    faults = faults_of([f'do = "heat"\nname = "{name}"\ncelsius = 61.5' for name in names])
    able = those_with(("xy-md02", "ds18b20"))
    assert [fault.key for fault in faults] == [f"step[{at}].name" for at, name in enumerate(names) if name not in able]
    assert {fault.mend for fault in faults} == {"air, socket_heat can"}
    for name in able:
        HeatIs.model_validate({"at": "00:01:00", "do": "heat", "name": name, "celsius": 61.5}).act(play)
    air, socket_heat = play.world.house.device("air"), play.world.house.device("socket_heat")
    assert air.answer(0x04, bytes((0, 1, 0, 1)), 0) == bytes((2, *(615).to_bytes(2, "big")))
    slave = Path(socket_heat._folder) / "w1_slave"
    assert slave.read_text().endswith("t=61500\n")


@pytest.mark.parametrize(
    ("step", "key", "words", "mend"),
    [
        ('do = "device"\nname = "cels_a"\nstate = "silent"', "name", "no device of this station is called", "cells_a?"),
        ('do = "device"\nname = "cells_a"\nstate = "jammed"', "channels", "1 to 24", "channels = [1]"),
        ('do = "device"\nname = "stand"\nstate = "jammed"\nchannels = [17]', "channels", "1 to 16", "channels = [1]"),
        ('do = "heat"\nname = "ai"\ncelsius = 30', "name", "no device of this station is called ai", "air?"),
        ('do = "mains"\nstate = "back"\nups = "usv"', "ups", "no device of this station is called usv", "ups?"),
        ('do = "mains"\nstate = "back"\nups = "board"', "ups", "board is a pi-health: it cannot take over", "ups can"),
        ('do = "alarm"\nname = "fires"', "name", "no alarm of this station is called fires", "fire?"),
    ],
)
def test_what_the_station_does_not_have_is_told_with_its_mend(step: str, key: str, words: str, mend: str) -> None:
    (fault,) = faults_of([step])
    assert fault.key == f"step[0].{key}"
    assert fault.line > 0
    assert words in fault.words
    assert mend in fault.mend


def test_the_place_of_a_fault_is_its_own_also_behind_another() -> None:
    faults = faults_of(['do = "devise"', 'do = "heat"\nname = "board"\ncelsius = 30'])
    assert [fault.key for fault in faults] == ["step[0].do", "step[1].name"]
