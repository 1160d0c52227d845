from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from central.cli import main
from central.config import open_folder
from central.enrol import read_office_ring
from central.web_people import INVITATION_SECONDS, read_invitation
from simulator.wires.free_port import free_port
from station.keys import read_keys
from station.trust.passes import Uses, read_pass
from station.trust.refusal import Reason, Refused

ROOT = Path(__file__).parent.parent.parent
STATION_FILES = sorted((ROOT / "config" / "stations").glob("*.toml"))
POD_FILE = ROOT / "config" / "stations" / "reading-pod.toml"
POD = "fumin-pod-1"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office without TLS, and no broker at its port."""
    folder = tmp_path / "office"
    assert main(["init", str(folder), "--plain", "--port", str(free_port())]) == 0
    monkeypatch.setenv("CENTRAL_FOLDER", str(folder))
    monkeypatch.setattr("central.serve.SEND_SECONDS", 0.1)
    return folder


@pytest.fixture
def pod(office: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder that goes to a station of that office."""
    assert main(["station", "add", "--file", str(POD_FILE)]) == 0
    capsys.readouterr()
    return office / "stations" / POD


def decoded(page: str) -> list[str]:
    """What a scanner reads on a card: the runs of its SVG drawn as pixels."""
    found = re.search(r'viewBox="0 0 (\d+) ', page)
    assert found is not None
    size = int(found.group(1))
    image = Image.new("L", (size * 4, size * 4), 255)
    draw = ImageDraw.Draw(image)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", page):
        left, top, width = int(x) * 4, int(y) * 4, int(length) * 4
        if width < size * 4:
            draw.rectangle((left, top, left + width - 1, top + 3), fill=0)
    return [code.text for code in zxingcpp.read_barcodes(image)]


def test_a_card_is_read_by_a_scanner_and_taken_by_the_door(
    office: Path, pod: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "card.html"
    assert main(["issue", POD, "door", "--days", "2", "--once", "--print", str(card)]) == 0
    number, text, _ = capsys.readouterr().out.splitlines()
    page = card.read_text(encoding="utf-8")
    assert decoded(page) == [text]
    keys = read_keys(pod)
    assert keys is not None
    ring = read_office_ring(open_folder(office))
    shown = read_pass(text.encode(), ring, station=POD, groups=(), wall_s=int(time.time()), revoked=None).pass_
    assert number == f"number {shown.id.hex()}"
    assert (shown.uses, shown.exp_s - shown.nbf_s) == (Uses.ONE, 2 * 86_400)
    assert page.index("请将二维码") < page.index("Hold the code")
    for words in ("富民公园阅读微空间·阅山房", "阅读舱门", "一次 · once", "0760-8888-0001", shown.id.hex()[:8]):
        assert words in page


def test_a_pass_may_begin_later(office: Path, pod: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pod.exists()
    begins = dt.datetime.now().astimezone().replace(microsecond=0) + dt.timedelta(days=3)
    assert main(["issue", POD, "door", "--from", begins.isoformat()]) == 0
    text = capsys.readouterr().out.splitlines()[1].encode()
    ring = read_office_ring(open_folder(office))
    begins_s = round(begins.timestamp())
    with pytest.raises(Refused) as refused:
        read_pass(text, ring, station=POD, groups=(), wall_s=int(time.time()), revoked=None)
    assert refused.value.reason is Reason.NOT_YET_VALID
    shown = read_pass(text, ring, station=POD, groups=(), wall_s=begins_s, revoked=None)
    assert shown.pass_.nbf_s == begins_s
    assert main(["issue", POD, "door", "--from", "tomorrow"]) == 2


def test_a_withdrawn_pass_is_told_to_who_is_there(pod: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pod.exists()
    main(["issue", POD, "door"])
    number = capsys.readouterr().out.split()[1]
    assert main(["revoke", number[:8]]) == 0
    assert "went to 0 stations" in capsys.readouterr().out
    assert main(["revoke", number]) == 2
    assert "withdrawn already" in capsys.readouterr().err
    assert main(["document"]) == 0
    assert "revoked 2 for @everyone" in capsys.readouterr().out


def test_an_invitation_leads_to_the_pages(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["invite", "volunteer", "--label", "早班"]) == 0
    link = capsys.readouterr().out.strip()
    assert link.startswith("http://127.0.0.1:8080/join/")
    secret = bytes.fromhex((office / "keys" / "desk" / "web.secret").read_text())
    now_s = int(time.time())
    visitor = read_invitation(secret, link.rpartition("/")[2], now_s)
    assert visitor is not None
    assert visitor.role == "volunteer"
    assert read_invitation(secret, link.rpartition("/")[2], now_s + INVITATION_SECONDS + 60) is None


def test_a_document_is_signed_and_listed(pod: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pod.exists()
    body = tmp_path / "settings.json"
    body.write_text('{"quiet": [22, 7]}')
    assert main(["document", "set", "settings", str(body), "--station", POD]) == 0
    told = capsys.readouterr().out
    assert "settings 1 is signed" in told
    assert f"settings 1 for {POD}" in told
    body.write_text("{")
    assert main(["document", "set", "settings", str(body)]) == 2
    assert "is no JSON file" in capsys.readouterr().err
    assert main(["document", "set", "settings"]) == 2
    assert main(["document", "ring", "--without", "zz"]) == 2


def test_a_new_ring_is_listed_and_in_force(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["document", "ring"]) == 0
    assert "ring 2 for @everyone" in capsys.readouterr().out
    assert read_office_ring(open_folder(office)).version == 2


def test_an_order_without_a_broker_is_not_made(pod: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pod.exists()
    assert main(["order", POD, "door", "open"]) == 2
    assert "no connection to its broker" in capsys.readouterr().err
    assert main(["order", POD, "window", "open"]) == 2
    assert "there are: door, sos" in capsys.readouterr().err


def test_a_folder_that_is_no_office_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["station", "add", "pod-1"], ["serve"], ["issue", "pod-1", "door"], ["document"]):
        assert main([*command, "--folder", str(tmp_path)]) == 2
        assert f"central init {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("file", STATION_FILES, ids=lambda file: file.stem)
def test_every_station_file_that_ships_can_be_added(office: Path, file: Path) -> None:
    assert main(["station", "add", "--file", str(file)]) == 0
    (bundle,) = (office / "stations").iterdir()
    assert read_keys(bundle) is not None


@pytest.mark.parametrize("text", ["", "= 1", "[station]\nid = 1", '[station]\nid = "pod-1"\nname = "x"', "\x00"])
def test_a_file_that_is_no_station_file_is_said_in_words(
    office: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "station.toml"
    file.write_text(text)
    assert main(["station", "add", "--file", str(file)]) == 2
    assert "station check" in capsys.readouterr().err
    assert main(["station", "add", "--file", str(tmp_path / "none.toml")]) == 2
    assert not (office / "stations").exists()


def test_a_station_is_added_by_name_and_removed(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["station", "add", "pod-9", "--name", "驿站/Rest stop"]) == 0
    assert main(["station", "add", "pod-9"]) == 2
    assert main(["station", "remove", "pod-9"]) == 0
    assert main(["station", "remove", "pod-9"]) == 2
    assert main(["station", "add", "pod-9", "--file", str(POD_FILE)]) == 2
    assert f"is the file of {POD}" in capsys.readouterr().err
    assert not (office / "stations" / "pod-9").exists()


def test_serve_begins_without_a_broker_shows_its_pages_and_ends_on_a_signal(office: Path) -> None:
    port = free_port()
    config = office / "office.toml"
    config.write_text(config.read_text().replace("port = 8080", f"port = {port}"))
    command = [sys.executable, "-m", "central.cli", "serve", "--folder", str(office)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        seen = []
        for line in process.stderr:
            seen.append(line)
            if "the pages are at" in line:
                break
        process.terminate()
        assert process.wait(20) == 0, "".join(seen)
        process.stderr.close()


def test_the_ingest_alone_needs_no_key_that_opens_a_door(office: Path) -> None:
    for folder in ("desk", "documents", "offline"):
        for file in (office / "keys" / folder).iterdir():
            file.unlink()
    command = [sys.executable, "-m", "central.cli", "serve", "--part", "ingest", "--folder", str(office)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "office_ingest: no connection to the broker" in process.stderr.readline()
        process.terminate()
        assert process.wait(20) == 0
        process.stderr.close()
