"""`simulator demo`: what it prints, who may look at its page, and that nothing is left when it ends."""

import http.client
import json
import shlex
import signal
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.simulator.demo_process import READING_POD, DemoProcess, running_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    folder = tmp_path_factory.mktemp("demo")
    with running_demo(folder, *READING_POD) as started:
        yield started
        left_files = sorted(place.name for place in folder.iterdir() if place.name != "printed")
        assert left_files != []
        assert started.end(signal.SIGINT, whole_group=True) == 0, started.printed
        assert started.left_behind() == []
        assert [place.name for place in folder.iterdir()] == ["printed"]
        assert "Traceback" not in started.printed


def ask(demo: DemoProcess, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    host = urlsplit(demo.addresses[0]).netloc
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        own = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=own)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def told(demo: DemoProcess) -> dict[str, Any]:
    """The first document of the live page."""
    connection = http.client.HTTPConnection(urlsplit(demo.addresses[0]).netloc, timeout=10)
    try:
        connection.request("GET", "/live")
        stream = connection.getresponse()
        while not (line := stream.readline()).startswith(b"data: "):
            pass
        document: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
        return document
    finally:
        connection.close()


def test_it_prints_where_everything_is(demo: DemoProcess) -> None:
    page, screen, office, resident, health = demo.addresses
    for address in (page, screen, office, resident):
        assert address.startswith("http://127.0.0.1:")
    assert office.rpartition("/join/")[2].split(".")[1] == "office"
    assert resident.rpartition("/join/")[2].split(".")[1] == "resident"
    ended = subprocess.run(shlex.split(health), capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    assert "fumin-pod-1" in ended.stdout


def test_the_page_and_its_files_come_with_a_strict_policy(demo: DemoProcess) -> None:
    for path in ("/", "/demo.css", "/demo.js", "/icon.svg", "/plan.json", "/pictures/display.png"):
        answer = ask(demo, "GET", path)
        assert answer.status == 200, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
    assert ask(demo, "GET", "/pictures/other.png").status == 404


def test_only_a_browser_on_this_machine_may_look(demo: DemoProcess) -> None:
    assert ask(demo, "GET", "/", Host="station.example").status == 421
    assert ask(demo, "GET", "/live", Host="station.example:8024").status == 421
    assert ask(demo, "GET", "/", Sec_Fetch_Site="cross-site").status == 403


def test_only_its_own_page_may_press_its_buttons(demo: DemoProcess) -> None:
    origin = demo.addresses[0].rstrip("/")
    assert ask(demo, "POST", "/do/prop").status == 403
    assert ask(demo, "POST", "/do/prop", Origin="http://station.example").status == 403
    assert ask(demo, "POST", "/do/prop", Origin=origin, Sec_Fetch_Site="cross-site").status == 403
    assert ask(demo, "GET", "/do/prop").status == 405
    assert told(demo)["levels"]["propped"] is False
    assert ask(demo, "POST", "/do/prop", Origin=origin).status == 204
    assert ask(demo, "POST", "/do/leave", Origin=origin).status == 409  # one is outside
    assert ask(demo, "POST", "/do/nothing", Origin=origin).status == 409
    assert ask(demo, "POST", "/do/prop", Origin=origin).status == 204


def test_a_locked_door_does_not_give_way(demo: DemoProcess) -> None:
    assert ask(demo, "POST", "/do/push", Origin=demo.addresses[0].rstrip("/")).status == 204
    document = told(demo)
    assert document["levels"]["open"] is False
    assert document["levels"]["inside"] is False
    assert document["lines"][-1]["words"]["en"] == "It does not give way: locked"


def test_it_ends_while_it_is_still_starting(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("short")  # a socket's path has its limit
    with running_demo(folder, *READING_POD, until="正在启动") as starting:
        assert starting.end(signal.SIGTERM) == 0, starting.printed
        assert starting.left_behind() == []
        assert [place.name for place in folder.iterdir()] == ["printed"]
