"""The command line: exit codes, and one line that says what happened and what to do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from station.cli import main
from station.control import SOCKET_NAME

REPOSITORY = Path(__file__).parents[2]
POD = REPOSITORY / "config/stations/reading-pod.toml"
FINDING = {"light": "look", "about": "link", "zh": "断网", "en": "cut off", "next_zh": "看网线", "next_en": "see cable"}


@contextmanager
def controller(folder: Path, answer: bytes) -> Iterator[list[bytes]]:
    """Somebody who gives one answer on the control socket, and what was asked."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / SOCKET_NAME))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(4_096))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield asked
        finally:
            thread.join()


def health(folder: Path, document: dict[str, Any], *options: str) -> int:
    with controller(folder, json.dumps(document).encode() + b"\n") as asked:
        code = main(["health", "--state", str(folder), *options])
    assert json.loads(asked[0]) == {"question": "health"}
    return code


@pytest.mark.parametrize(("light", "code"), [("ok", 0), ("look", 1), ("act", 2)])
def test_health_tells_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], light: str, code: int
) -> None:
    assert health(tmp_path, {"light": light, "station": "fumin-pod-1", "findings": [FINDING]}) == code
    said = capsys.readouterr().out.splitlines()
    assert light in said[0]
    assert "fumin-pod-1" in said[0]
    assert "断网" in said[1]
    assert "看网线" in said[1]


def test_health_gives_the_whole_document_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = {"light": "look", "station": "fumin-pod-1", "findings": [FINDING]}
    assert health(tmp_path, document, "--json") == 1
    assert json.loads(capsys.readouterr().out) == document


def test_health_without_a_controller_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--state", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert "no controller runs" in line
    assert "station run" in line


@pytest.mark.parametrize("answer", [b"", b"junk\n", b"[]\n", b'{"fault": "not now"}\n'])
def test_health_of_a_controller_that_answers_nonsense(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    with controller(tmp_path, answer):
        assert main(["health", "--state", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert str(tmp_path) in line


def test_check_of_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(POD)]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_file_with_errors_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    file = tmp_path / "station.toml"
    file.write_text(POD.read_text().replace('lock = "strike"', 'lock = "nobody"'))
    state = ["--state", str(tmp_path / "state")] if verb == "run" else []
    assert main([verb, str(file), *state]) == 2
    said = "".join(capsys.readouterr())
    assert "nobody" in said
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert main([verb, str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in "".join(capsys.readouterr())


def test_a_state_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state").write_text("a file stands where the folder should be")
    assert main(["run", str(POD), "--state", str(tmp_path / "state")]) == 2
    refused = [line for line in capsys.readouterr().err.splitlines() if line.startswith("REFUSED")]
    assert len(refused) == 1
    assert str(tmp_path / "state") in refused[0]


def test_a_broken_key_is_refused_before_anything_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = tmp_path / "state" / "keys"
    keys.mkdir(parents=True)
    (keys / "station.ed25519").write_bytes(b"too short")
    (keys / "roots").write_bytes(bytes(64))
    assert main(["run", str(POD), "--state", str(tmp_path / "state")]) == 2
    refused = [line for line in capsys.readouterr().err.splitlines() if line.startswith("REFUSED")]
    assert len(refused) == 1
    assert "keys" in refused[0]


def test_export_of_nothing_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "jsonl", str(tmp_path / "out"), "--state", str(tmp_path / "empty")]) == 2
    assert str(tmp_path / "empty") in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [[], ["open"], ["export", "xml", "out"], ["health", "--loud"]])
def test_what_it_does_not_know_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: station" in capsys.readouterr().err


def test_schema_writes_what_the_repository_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", str(tmp_path)]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {file for file in tmp_path.rglob("*") if file.is_file()} == set(written)
    there = {REPOSITORY / "docs/asyncapi.json", REPOSITORY / "config/schema/station.schema.json"}
    there |= set((REPOSITORY / "docs/schema").glob("*.json"))
    assert {REPOSITORY / file.relative_to(tmp_path) for file in written} == there
    for file in written:
        assert (REPOSITORY / file.relative_to(tmp_path)).read_bytes() == file.read_bytes(), "run `station schema`"


def test_the_default_state_folder_is_the_units(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "/var/lib/station" in capsys.readouterr().out
