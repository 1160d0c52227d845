"""The locks pin everything that pyproject.toml asks for, and the wheel holds the product and no more."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from packaging.requirements import Requirement

from tests.arrows import PACKAGES

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {
    "station": ["pi"],
    "office": ["office"],
    "demo": ["office", "simulator"],
    "develop": ["office", "simulator", "develop"],
}
"""Each lock file and the extras that it holds beside the project's own dependencies."""


def pins(lock: str) -> dict[str, Requirement]:
    """Name and pin of every package in one lock file, after a look at its hashes."""
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        requirement, *hashes = line.split(" --hash=")
        assert hashes, f"no hash: {line}"
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one.strip()) for one in hashes), line
        pin = Requirement(requirement)
        assert re.fullmatch("==[^*]+", str(pin.specifier)), line
        found[pin.name] = pin
    return found


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_a_lock_pins_all_that_the_project_asks_for(lock: str, extras: list[str]) -> None:
    pinned = pins(lock)
    asked = [*PROJECT["dependencies"], "setuptools", "pip"]
    for extra in extras:
        asked += PROJECT["optional-dependencies"][extra]
    for wish in map(Requirement, asked):
        if wish.name != PROJECT["name"]:
            (version,) = (one.version for one in pinned[wish.name].specifier)
            assert wish.specifier.contains(version), f"{wish} is not met by {version}: ./run lock"


def test_what_several_locks_pin_they_pin_alike() -> None:
    develop = pins("develop")
    for lock in LOCKS:
        for name, pin in pins(lock).items():
            assert name not in develop or develop[name].specifier == pin.specifier, f"{lock}: {pin}"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(index-url|extra-index-url|find-links|trusted-host))", text, re.MULTILINE)


def test_the_wheel_holds_every_file_of_the_product_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for package in PACKAGES:
        copytree(ROOT / package, source / package, ignore=ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    (source / "tests").mkdir()
    (source / "tests/__init__.py").touch()
    files = [file for package in PACKAGES for file in (source / package).rglob("*") if file.is_file()]
    expected = {file.relative_to(source).as_posix() for file in files}
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "."]
    subprocess.run(command, cwd=source, check=True)
    (wheel,) = source.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    described = {name for name in names if ".dist-info/" in name}
    assert names - described == expected
    assert any(name.endswith("licenses/LICENSE") for name in described)
