"""The units start what exists, with the keys that it reads, and shut it in as far as it can be."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from central import arguments
from station import cli, keys

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = ["station.service", "central.service"]
MAX_EXPOSURE = 1.5
"""Of 10, as `systemd-analyze security` counts; tor and mosquitto have 9.6."""


def settings(unit: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (SYSTEMD / unit).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.units
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_hardened(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={MAX_EXPOSURE * 10:g}"]
    done = subprocess.run([*command, str(SYSTEMD / unit)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


@pytest.mark.units
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_every_line_of_a_unit(unit: str, tmp_path: Path) -> None:
    text = (SYSTEMD / unit).read_text(encoding="utf-8")
    copy = tmp_path / unit
    copy.write_text(re.sub(r"/opt/micro-station/bin/\w+", "/bin/true", text), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if str(copy) in line or unit in line] == []
    assert done.returncode == 0, done.stderr


def test_the_station_unit_starts_the_station_with_its_state_folder() -> None:
    (line,) = settings("station.service", "ExecStart")
    program, *words = shlex.split(line.replace("${STATE_DIRECTORY}", str(cli.DEFAULT_STATE)))
    parsed = cli._parser().parse_args(words)
    assert (program, parsed.verb) == ("/opt/micro-station/bin/station", cli._run)
    assert (parsed.file, parsed.state) == (Path("/etc/station/station.toml"), Path("/var/lib/station"))
    assert settings("station.service", "StateDirectory") == ["station"]


def test_the_central_unit_serves_the_office_in_its_state_folder() -> None:
    (line,) = settings("central.service", "ExecStart")
    program, *words = shlex.split(line.replace("${STATE_DIRECTORY}", "/var/lib/central"))
    parsed = arguments.parser().parse_args(words)
    assert (program, parsed.command) == ("/opt/micro-station/bin/central", "serve")
    assert (parsed.folder, parsed.part) == (Path("/var/lib/central"), "all")


def test_the_station_gets_every_key_that_it_reads() -> None:
    loaded = dict(one.split(":") for one in settings("station.service", "LoadCredential"))
    wanted = [keys.STATION_KEY, keys.ROOTS, keys.CA, keys.CERTIFICATE, keys.PRIVATE]
    assert loaded == {name: f"/etc/station/keys/{name}" for name in wanted}
    (link,) = settings("station.service", "ExecStartPre")
    assert link.endswith(f" ${{CREDENTIALS_DIRECTORY}} ${{STATE_DIRECTORY}}/{keys.KEYS_FOLDER}")


def test_whoever_a_unit_runs_as_is_made_with_its_folders_and_groups() -> None:
    users = (SYSTEMD / "sysusers.d/micro-station.conf").read_text(encoding="utf-8")
    folders = (SYSTEMD / "tmpfiles.d/micro-station.conf").read_text(encoding="utf-8")
    for unit in UNITS:
        (user,) = settings(unit, "User")
        (mode,) = settings(unit, "StateDirectoryMode")
        assert re.search(rf"^u +{user} ", users, re.MULTILINE)
        assert re.search(rf"^d +/var/lib/{user} +{mode} {user} +{user}$", folders, re.MULTILINE)
    assert set(re.findall(r"^m +station (\w+)$", users, re.MULTILINE)) == {"dialout", "gpio", "i2c", "audio", "video"}


def test_the_watchdog_waits_for_several_turns_of_the_loop() -> None:
    from station.assemble import LONGEST_WAIT_MS  # noqa: PLC0415 - it imports every part of the station

    (seconds,) = settings("station.service", "WatchdogSec")
    assert int(seconds) * 1000 >= 3 * LONGEST_WAIT_MS
