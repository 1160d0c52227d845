"""`simulator demo --once` through its real command line: three ways in, and three ways to break them."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.demo_process import COMMAND

WALK_SECONDS = 110
Steps = list[dict[str, Any]]


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--once", "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, Steps]:
    printed, complaints = process.communicate(timeout=WALK_SECONDS)
    assert complaints == ""
    assert not re.search(r"S[GO][12]:.", printed.replace('"SO1:"', "").replace('"SG2:"', "")), "a token was printed"
    assert all(address.endswith("/S/FUMIN-POD-1/…") for address in re.findall(r'"(HTTP://[^"]*)"', printed))
    return process.returncode, [json.loads(line) for line in printed.splitlines()]


class Broken:
    """The three broken demos, side by side and beside the whole ones: they mostly wait for what does not come."""

    def __init__(self) -> None:
        self.running = {name: start("--break", name) for name in ("lock", "signature", "office")}
        self._ended: dict[str, tuple[int, Steps]] = {}

    def __getitem__(self, name: str) -> tuple[int, Steps]:
        """The exit code and the steps of one, once it has ended."""
        if name not in self._ended:
            self._ended[name] = finish(self.running[name])
        return self._ended[name]


@pytest.fixture(scope="module", autouse=True)
def broken() -> Iterator[Broken]:
    begun = Broken()
    running = begun.running
    try:
        yield begun
    finally:
        for process in running.values():
            if process.poll() is None:
                process.terminate()
                process.communicate()


@pytest.mark.parametrize("broker", [pytest.param("mosquitto", marks=pytest.mark.broker), "embedded"])
def test_all_three_ways_open_the_door_with_evidence(broker: str) -> None:
    code, steps = finish(start("--broker", broker))
    assert code == 0, steps
    assert [step["ok"] for step in steps] == [True] * 5
    assert all(step["ms"] >= 0 for step in steps)
    ready, _, by_link, by_pass, cut_off = (step["evidence"] for step in steps)
    assert ready["broker"] == {"mosquitto": "mosquitto", "embedded": "iotcore"}[broker]
    for evidence in (by_link, by_pass, cut_off):
        assert evidence["strike_level"] is True
        assert evidence["strike_edges"] == 2
        assert 0 <= evidence["strike_released_after_ms"] <= 2000
        assert evidence["contact"] == ["open", "closed"]
        assert [row["kind"] for row in evidence["office_rows"]] == ["AccessGranted", "DoorOpened", "DoorClosed"]
        assert len({row["journal"] for row in evidence["office_rows"]}) == 1
        assert evidence["acknowledged"] >= evidence["office_rows"][-1]["seq"]
    assert (by_link["way"], by_link["page_says"]) == ("order_by_link", "门已打开")
    assert (by_pass["way"], by_pass["decoded_by_scanner"]) == ("pass_bound", "SG2:")
    assert (cut_off["way"], cut_off["decoded_by_scanner"]) == ("order_by_scanner", "SO1:")
    assert cut_off["no_reply_for_ms"] >= 3000
    assert cut_off["page_states"] == ["sent"]


def test_without_the_lock_nothing_holds(broken: Broken) -> None:
    code, steps = broken["lock"]
    assert code == 1
    assert [step["ok"] for step in steps] == [True, True, False, False, False]
    for step in steps[2:]:
        assert step["evidence"]["strike_edges"] == 0
        assert "the coil of the lock" in step["why"]


def test_one_wrong_bit_in_a_signature_opens_nothing(broken: Broken) -> None:
    code, steps = broken["signature"]
    assert code == 1
    assert [step["ok"] for step in steps] == [True, True, False, False, False]
    by_link, by_pass, cut_off = (step["evidence"] for step in steps[2:])
    assert [one["strike_edges"] for one in (by_link, by_pass, cut_off)] == [0, 0, 0]
    assert by_link["refused"] == by_pass["refused"] == ["AccessRefused: bad_signature"]
    assert by_pass["screen_says"] == cut_off["screen_says"] == "此码未被认可"


def test_without_the_office_a_pass_opens_but_nothing_is_proved(broken: Broken) -> None:
    code, steps = broken["office"]
    assert code == 1
    assert [step["ok"] for step in steps] == [True, True, False, False, False]
    assert "the office cannot be reached" in steps[2]["why"]
    assert steps[3]["evidence"]["strike_edges"] == 2
    assert "the grant at the office" in steps[3]["why"]
    assert "the office cannot be reached" in steps[4]["why"]


@pytest.mark.parametrize("arguments", [["--json"], ["--break", "lock"]])
def test_what_belongs_to_a_walk_is_refused_without_one(arguments: list[str]) -> None:
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--json and --break go with --once" in ended.stderr


def test_a_bad_station_file_is_named() -> None:
    ended = subprocess.run([*COMMAND, "--once", "pyproject.toml"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "pyproject.toml" in ended.stderr
    assert "Traceback" not in ended.stderr
