"""The checks of tests/conftest.py themselves: what a test leaves behind, and which tests were left out, is said."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import child_processes, open_files, remains


def everything() -> tuple[set[threading.Thread], dict[int, str], set[int]]:
    return set(threading.enumerate()), open_files(), child_processes()


def test_nothing_new_is_nothing_left() -> None:
    assert remains(*everything()) == []


def test_a_thread_is_seen() -> None:
    before = everything()
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="forgotten")
    thread.start()
    try:
        assert remains(*before) == ["thread 'forgotten'"]
    finally:
        done.set()
        thread.join()
    assert remains(*before) == []


def test_an_open_file_is_seen(tmp_path: Path) -> None:
    before = everything()
    with (tmp_path / "forgotten").open("w"):
        (left,) = remains(*before)
        assert left.startswith("open file ")
        assert "forgotten" in left
    assert remains(*before) == []


def test_a_socket_is_seen() -> None:
    before = everything()
    with socket.socket():
        (left,) = remains(*before)
        assert "socket" in left


def test_a_terminal_is_seen() -> None:
    before = everything()
    controller, terminal = os.openpty()
    assert len(remains(*before)) == 2
    os.close(controller)
    os.close(terminal)
    assert remains(*before) == []


def test_a_process_is_seen() -> None:
    before = everything()
    with subprocess.Popen(["sleep", "60"]) as process:
        assert remains(*before) == [f"process {process.pid}"]
        process.kill()
    assert remains(*before) == []


def run_pytest(folder: Path, test: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One run of pytest over one test file beside a copy of our conftest that looks for a broker nobody has."""
    conftest = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(conftest.replace('"mosquitto"', '"no-such-broker"'), encoding="utf-8")
    (folder / "test_sample.py").write_text(f"import pytest, threading\n{test}\n", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  broker\n  browser\n  disks\n", encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if name != "CI"}
    variables |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", folder],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


BROKER_TEST = "def test_plain(): pass\n@pytest.mark.broker\ndef test_with_broker(): raise AssertionError"


def test_what_cannot_run_is_left_out_with_one_line(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, BROKER_TEST)
    (line,) = [line for line in done.stdout.splitlines() if "LEFT OUT" in line]
    assert "'broker' because no-such-broker is not installed" in line
    assert "1 passed, 1 deselected" in done.stdout
    assert done.returncode == pytest.ExitCode.OK


def test_ci_fails_where_something_is_left_out(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, BROKER_TEST, CI="true")
    assert "LEFT OUT" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED


SKIPPING_TEST = "def test_skips(): pytest.skip('no sound card')"


def test_a_test_may_skip_itself_but_not_in_ci(tmp_path: Path) -> None:
    assert "1 skipped" in run_pytest(tmp_path, SKIPPING_TEST).stdout
    in_ci = run_pytest(tmp_path, SKIPPING_TEST, CI="true")
    assert "no sound card" in in_ci.stdout
    assert "1 failed" in in_ci.stdout


def test_a_test_that_leaves_a_thread_behind_fails(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "def test_forgets(): threading.Timer(2.5, print).start()")
    assert "The test left behind: thread 'Thread-1'" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
