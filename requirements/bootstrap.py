"""Put pip into a virtual environment that has none: from the package index, held to a hash of the lock file.

    .venv/bin/python requirements/bootstrap.py requirements/develop.txt

Needs the standard library only. The index, certificate and proxy are those of pip's own configuration (files and
PIP_* variables) where there is one, otherwise https://pypi.org/simple and the system's certificates.
"""

import configparser
import hashlib
import html.parser
import os
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

INDEX = "https://pypi.org/simple"
ANSWER_SECONDS = 60
TRIES = 3


class BootstrapError(Exception):
    """Pip could not be had; the message says why and what to do."""


class Links(html.parser.HTMLParser):
    """Collects the addresses on one page of a package index (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if tag == "a" and name == "href" and value]


def pinned_pip(lock: str) -> tuple[str, set[str]]:
    """The file name of the wheel of pip that the lock pins, and the SHA-256 hashes that it may have."""
    found = re.search(r"^pip==(\S+)((?:\s+\\\n\s+--hash=sha256:[0-9a-f]{64})+)", lock, re.MULTILINE)
    if not found:
        raise BootstrapError("The lock file names no pip with its hashes. Write it anew where pip is: ./run lock")
    return f"pip-{found[1]}-py3-none-any.whl", set(re.findall("[0-9a-f]{64}", found[2]))


def pip_setting(name: str) -> str | None:
    """One of pip's settings, such as `index-url`: a PIP_* variable first, then the files that pip reads."""
    variable = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    files = configparser.RawConfigParser(strict=False)
    files.read(
        ["/etc/xdg/pip/pip.conf", "/etc/pip.conf"]
        + [str(Path.home() / place) for place in (".pip/pip.conf", ".config/pip/pip.conf")]
        + [named for named in [os.environ.get("PIP_CONFIG_FILE")] if named]
    )
    from_files = files.get("install", name, fallback=files.get("global", name, fallback=None))
    return variable or from_files


def download(address: str) -> bytes:
    """The bytes at one address; a `file:` address works too."""
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=pip_setting("cert")))
    ]
    if proxy := pip_setting("proxy"):
        handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
    opener = urllib.request.build_opener(*handlers)
    last_fault: OSError | None = None
    for _ in range(TRIES):
        try:
            with opener.open(address, timeout=ANSWER_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except OSError as fault:
            last_fault = fault
    raise BootstrapError(
        f"No answer from {address}: {last_fault}. Is the network there? "
        "Behind a mirror or proxy, set PIP_INDEX_URL, PIP_CERT or PIP_PROXY and run this again."
    )


def fetch_pip(lock: str, folder: Path) -> Path:
    """Download the pinned wheel of pip into `folder`; refuse it if its hash is not one of the lock's."""
    name, hashes = pinned_pip(lock)
    page_address = (pip_setting("index-url") or INDEX).rstrip("/") + "/pip/"
    page = Links()
    page.feed(download(page_address).decode())
    for link in page.addresses:
        address = urllib.parse.urldefrag(urllib.parse.urljoin(page_address, link)).url
        if address.rpartition("/")[2] == name:
            break
    else:
        raise BootstrapError(f"{page_address} has no {name}. Set PIP_INDEX_URL to an index that has it.")
    content = download(address)
    if hashlib.sha256(content).hexdigest() not in hashes:
        raise BootstrapError(f"{address} is not the file that the lock pins: its hash differs. Nothing was installed.")
    wheel = folder / name
    wheel.write_bytes(content)
    return wheel


def main(lock_path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(Path(lock_path).read_text(encoding="utf-8"), Path(folder))
        # A wheel is a zip archive that Python can run from: pip installs itself.
        command = [sys.executable, str(wheel / "pip"), "--quiet", "install", "--no-index", "--no-deps", str(wheel)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BootstrapError as fault:
        sys.exit(f"!! {fault}")
