"""The arrows hold in the product, and the check that says so sees every kind of import that breaks them."""

from pathlib import Path

import pytest

from tests.arrows import EXCEPTIONS, PACKAGES, ROOMS, faults, sources_below

ROOT = Path(__file__).parent.parent


def test_every_import_of_the_product_goes_the_right_way() -> None:
    assert faults(sources_below(ROOT)) == []


def test_the_whole_product_is_looked_at() -> None:
    files = sources_below(ROOT)
    assert {file.partition("/")[0] for file in files} == set(PACKAGES)
    assert "drivers/contract/signals.py" in files


def test_every_exception_says_why() -> None:
    assert all(len(reason) > len("because") for reason in EXCEPTIONS.values())


WRONG = [
    # drivers, sync and config never import station; nothing imports the simulator; only the simulator imports central
    ("drivers/gm65.py", "import station.events", "station.events"),
    ("sync/link.py", "from station.trust import cose", "station.trust.cose"),
    ("config/load.py", "from station import state", "station.state"),
    ("config/load.py", "from drivers import registry", "drivers.registry"),
    ("station/assemble.py", "from simulator.wires import ports", "simulator.wires.ports"),
    ("central/store.py", "import simulator", "simulator"),
    ("drivers/gm65.py", "from sync import contract", "sync.contract"),
    ("sync/link.py", "import config.models", "config.models"),
    ("station/cli.py", "from central import store", "central.store"),
    # what the office may know of the station
    ("central/fleet.py", "from station.rules import doors", "station.rules.doors"),
    ("central/fleet.py", "from station.journal import Journal", "station.journal.Journal"),
    ("central/broker.py", "from sync.link import Link", "sync.link.Link"),
    # a simulated device is written from the protocol
    ("simulator/devices/gm65.py", "from drivers.gm65_frames import SETTINGS", "drivers.gm65_frames.SETTINGS"),
    ("simulator/devices/gm65.py", "from drivers import gm65_frames as frames", "drivers.gm65_frames"),
    ("simulator/devices/gm65.py", "import drivers.gm65", "drivers.gm65"),
    ("simulator/pod.py", "from sync.link import Link", "sync.link.Link"),
    # decisions are pure
    ("station/rules/doors.py", "import random", "random"),
    ("station/rules/doors.py", "import logging", "logging"),
    ("station/rules/doors.py", "from pathlib import Path", "pathlib.Path"),
    ("station/rules/doors.py", "from station.journal import Journal", "station.journal.Journal"),
    ("station/rules/doors.py", "from drivers.gm65 import Gm65", "drivers.gm65.Gm65"),
    ("station/events/doors.py", "import os", "os"),
    ("station/state/folding.py", "from sync import contract", "sync.contract"),
    ("station/trust/passes.py", "import secrets", "secrets"),
    ("station/trust/passes.py", "from station.rules import access", "station.rules.access"),
    ("drivers/gm65_frames.py", "import serial", "serial"),
    ("drivers/contract/signals.py", "import pydantic", "pydantic"),
    # one owner each: threads, time, the database, MQTT
    ("station/loop.py", "import threading", "threading"),
    ("drivers/gm65.py", "from concurrent.futures import ThreadPoolExecutor", "concurrent.futures.ThreadPoolExecutor"),
    ("drivers/screen.py", "from http.server import ThreadingHTTPServer", "http.server.ThreadingHTTPServer"),
    ("sync/link.py", "import asyncio", "asyncio"),
    ("drivers/gm65.py", "import time", "time"),
    ("station/loop.py", "from time import monotonic", "time.monotonic"),
    ("station/rules/doors.py", "from datetime import datetime\nAT = datetime.now()", "time"),
    ("station/rules/doors.py", "from datetime import datetime as dt\nAT = dt.now()", "time"),
    ("sync/link.py", "import datetime\nAT = datetime.datetime.now(datetime.UTC)", "time"),
    ("sync/link.py", "import datetime as when\nread = when.date.today", "time"),
    ("station/control.py", "import sqlite3", "sqlite3"),
    ("station/assemble.py", "from sqlite_utils import Database", "sqlite_utils.Database"),
    ("sync/outbox.py", "import paho.mqtt.client", "paho.mqtt.client"),
    ("sync/discovery.py", "from paho.mqtt import client", "paho.mqtt.client"),
    ("central/ingest.py", "import paho.mqtt.client as mqtt", "paho.mqtt.client"),
    # other people's packages that are not meant for the room
    ("drivers/screen.py", "import starlette", "starlette"),
    ("station/loop.py", "import requests", "requests"),
    # wherever the import stands, and however it is spelled
    ("config/load.py", "def late():\n    import station", "station"),
    ("config/load.py", "import typing\nif typing.TYPE_CHECKING:\n    import station", "station"),
    ("station/rules/doors.py", "from .. import journal", "station.journal"),
    ("station/rules/__init__.py", "from ..journal import Journal", "station.journal.Journal"),
    ("config/load.py", "import importlib\nimportlib.import_module('station')", "importlib.import_module"),
    ("config/load.py", "from importlib import import_module as get\nget('station')", "importlib.import_module"),
    ("config/load.py", "__import__('station')", "__import__"),
]


@pytest.mark.parametrize(("file", "text", "name"), WRONG)
def test_a_planted_wrong_import_is_seen_and_named(file: str, text: str, name: str) -> None:
    found = faults({file: text}, exceptions={})
    assert any(fault.startswith(f"{file}:") and f": imports {name}: " in fault for fault in found), found


def test_a_fault_has_its_line() -> None:
    (found,) = faults({"station/loop.py": "import math\n\nimport time\n"}, exceptions={})
    assert found.startswith("station/loop.py:3: imports time: only station.clock may")


RIGHT = [
    ("station/rules/doors.py", "from station import events as e\nfrom station.state import State\nimport math"),
    ("station/rules/doors.py", "from datetime import datetime\nAT = datetime.fromtimestamp(0)"),
    ("station/rules/doors.py", "def decide(clock):\n    return clock.now()"),
    ("station/rules/doors.py", "from drivers.contract import Unlock\nfrom . import access"),
    ("station/threads.py", "import threading\nfrom concurrent import futures"),
    ("station/clock.py", "import time\nfrom datetime import datetime\nAT = datetime.now()"),
    ("station/journal.py", "import sqlite3\nimport sqlite_utils"),
    ("station/journal_salvage.py", "import sqlite3"),
    ("station/assemble.py", "import config.load, drivers.registry, sync.link"),
    ("sync/link.py", "import paho.mqtt.client\nimport ssl"),
    ("drivers/registry.py", "import importlib\nimportlib.import_module('drivers.gm65')"),
    ("drivers/gm65.py", "import serial\nfrom drivers import gm65_frames\nfrom drivers.wire import Wire"),
    ("central/broker.py", "import paho.mqtt.client\nimport threading, time"),
    ("central/fleet.py", "from station.state import fold\nfrom sync.contract import Topic"),
    ("simulator/world.py", "import station.loop, central.ingest, drivers.contract, time, paho"),
]


@pytest.mark.parametrize(("file", "text"), RIGHT)
def test_what_the_design_allows_is_let_through(file: str, text: str) -> None:
    assert faults({file: text}, exceptions={}) == []


def test_an_exception_lets_one_name_into_one_module() -> None:
    sources = {"station/loop.py": "import threading\nimport time", "station/cli.py": "import threading"}
    found = faults(sources, exceptions={("station.loop", "threading"): "for this test"})
    assert [fault.partition(": only")[0] for fault in found] == [
        "station/loop.py:2: imports time",
        "station/cli.py:1: imports threading",
    ]


def test_an_exception_that_nothing_needs_is_a_fault() -> None:
    (found,) = faults({"station/loop.py": "import math"}, exceptions={("station.loop", "time"): "for this test"})
    assert "('station.loop', 'time') in EXCEPTIONS is no longer needed" in found


def test_every_package_has_a_room() -> None:
    assert set(PACKAGES) <= set(ROOMS)
