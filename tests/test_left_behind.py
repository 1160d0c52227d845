"""The check of tests/conftest.py itself: what a test leaves behind is seen and named."""

import os
import socket
import subprocess
import threading
from pathlib import Path

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
