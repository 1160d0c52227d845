"""The check of a station file in a process of its own: the same result, and a clear word when that process dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from station.check import examine
from station.site_of import device_settings
from tests.station.station_files import GOOD

APART = """
import sys
from pathlib import Path
from station.check_apart import examine_apart
checked = examine_apart(Path(sys.argv[1]))
for fault in checked.faults:
    print(fault)
print(checked.digest)
if checked.file is not None:
    print(checked.file.devices)
assert "config.load" not in sys.modules, "the check went with its process"
"""
DIES = """
import os, signal, station.check
station.check.examine = lambda _: os.kill(os.getpid(), signal.SIGKILL)
"""
FAILS = """
import station.check
def examine(_):
    raise MemoryError("no memory is left")
station.check.examine = examine
"""


def apart(path: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    """In a program with one thread, as a station is when it starts."""
    command = [sys.executable, "-c", before + APART, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_good_file_comes_with_the_settings_of_its_devices(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(GOOD, encoding="utf-8")
    done = apart(file)
    assert done.returncode == 0, done.stderr
    digest, devices = done.stdout.splitlines()
    checked = examine(file)
    assert checked.file is not None
    settings = {name: settings for name, (_, settings) in device_settings(checked.file).items()}
    assert (digest, devices) == (checked.digest, str(settings))


def test_a_bad_file_comes_with_the_same_faults(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(GOOD.replace('driver = "pir"', 'driver = "pire"').replace("17", "27"), encoding="utf-8")
    checked = examine(file)
    assert checked.file is None
    assert apart(file).stdout.splitlines() == [*map(str, checked.faults), checked.digest]


def test_a_check_that_is_killed_or_fails_is_told(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(GOOD, encoding="utf-8")
    killed = apart(file, DIES)
    assert killed.stderr.endswith(f"ChildProcessError: the check of {file} ended with -9: is there memory left?\n")
    failed = apart(file, FAILS)
    assert "MemoryError: no memory is left" in failed.stderr
    assert failed.stderr.endswith(f"ChildProcessError: the check of {file} ended with 1: is there memory left?\n")
