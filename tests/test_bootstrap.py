"""requirements/bootstrap.py brings the pip that the lock pins, from the index that pip would ask, or says why not."""

import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "requirements/bootstrap.py"
WHEEL = "pip-99.1-py3-none-any.whl"
SAYS_ITS_ARGUMENTS = "import sys; print('pip ran:', *sys.argv[1:])"


class QuietPages(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """The address of a package index whose only package is a pip that says its arguments."""
    page = tmp_path / "simple/pip"
    page.mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as wheel:
        wheel.writestr("pip/__main__.py", SAYS_ITS_ARGUMENTS)
    (page / "index.html").write_text(
        f'<a href="../../pip-1.0.tar.gz">old</a> <a href="../../{WHEEL}#sha256=0">{WHEEL}</a>'
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietPages, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


def bootstrap(folder: Path, hashes: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    lines = " \\\n".join(["pip==99.1", *(f"    --hash=sha256:{sha256}" for sha256 in hashes)])
    lock = folder / "lock.txt"
    lock.write_text(f"pillow==1.0 \\\n    --hash=sha256:{'0' * 64}\n{lines}\nsix==1.0\n")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    variables = inherited | {"HOME": str(folder), "no_proxy": "127.0.0.1", **environment}
    command = [sys.executable, str(SCRIPT), str(lock)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def hash_of_the_wheel(folder: Path) -> str:
    return hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest()


def test_the_pinned_pip_installs_itself_without_asking_any_index(index: str, tmp_path: Path) -> None:
    done = bootstrap(tmp_path, ["1" * 64, hash_of_the_wheel(tmp_path)], PIP_INDEX_URL=index)
    assert done.returncode == 0, done.stderr
    assert "pip ran: --quiet install --no-index --no-deps" in done.stdout
    assert WHEEL in done.stdout


def test_the_index_is_taken_from_a_configuration_file_of_pip(index: str, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {index}/\n")
    done = bootstrap(tmp_path, [hash_of_the_wheel(tmp_path)], PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert "pip ran" in done.stdout, done.stderr


def test_a_file_with_another_hash_is_never_run(index: str, tmp_path: Path) -> None:
    done = bootstrap(tmp_path, ["1" * 64], PIP_INDEX_URL=index)
    assert done.returncode == 1
    assert "its hash differs. Nothing was installed." in done.stderr
    assert "pip ran" not in done.stdout


def test_an_index_without_that_pip_is_named(index: str, tmp_path: Path) -> None:
    (tmp_path / "simple/pip/index.html").write_text('<a href="pip-1.0.tar.gz">old</a>')
    done = bootstrap(tmp_path, ["1" * 64], PIP_INDEX_URL=index)
    assert done.returncode == 1
    assert f"{index}/pip/ has no {WHEEL}" in done.stderr


def test_no_answer_says_what_to_look_at(index: str, tmp_path: Path) -> None:
    done = bootstrap(tmp_path, ["1" * 64], PIP_INDEX_URL=index + "/nowhere")
    assert done.returncode == 1
    assert f"No answer from {index}/nowhere/pip/" in done.stderr
    assert "PIP_INDEX_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lock_without_pip_is_refused(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, [], PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert done.returncode == 1
    assert "names no pip with its hashes" in done.stderr
