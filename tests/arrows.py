"""Which module may import which: the rooms and arrows of the design as tables, and the check that holds them.

`python -m tests.arrows` prints every fault with its place; `./run check` calls it. An arrow holds for every import
statement, wherever it stands: inside a function and under TYPE_CHECKING too.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

PACKAGES = ("station", "drivers", "sync", "config", "simulator", "central")

PURE_STANDARD_LIBRARY = frozenset(
    {
        *("__future__", "abc", "base64", "binascii", "bisect", "collections", "contextlib", "copy", "dataclasses"),
        *("datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "itertools", "json"),
        *("math", "numbers", "operator", "re", "statistics", "string", "struct", "types", "typing", "unicodedata"),
    }
)
"""What computes only: no file, no network, no clock (but see READS_TIME), no thread, no randomness."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the modules under one name may import.

    Attributes:
        own: names of ours; a package stands for everything below it.
        libraries: names of other people's packages.
        pure: the standard library only as far as it computes; otherwise all of it.
    """

    own: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    pure: bool = False


DECISIONS = ("station.rules", "station.events", "station.state", "station.trust")
PYDANTIC = ("pydantic", "pydantic_core")
HARDWARE = ("serial", "gpiozero", "lgpio", "osdp", "smbus2", "uhppoted")
PAGES = ("starlette", "jinja2", "markupsafe", "uvicorn")

ROOMS: Mapping[str, Room] = {
    "drivers.contract": Room(pure=True),
    "drivers.contract.wording": Room(),
    "config": Room(own=("config",), libraries=PYDANTIC),
    "drivers": Room(own=("drivers",), libraries=(*HARDWARE, *PYDANTIC, "pymodbus", "qrcode")),
    "drivers.*_frames": Room(own=("drivers.*_frames",), libraries=("pymodbus",), pure=True),
    "sync": Room(own=("sync",), libraries=(*PYDANTIC, "paho")),
    "sync.outbox": Room(own=("sync.contract",), libraries=PYDANTIC, pure=True),
    "station.trust": Room(own=("station.trust",), libraries=("cbor2", "cryptography"), pure=True),
    "station.rules": Room(own=DECISIONS, pure=True),
    "station.events": Room(own=DECISIONS, libraries=PYDANTIC, pure=True),
    "station.state": Room(own=DECISIONS, libraries=PYDANTIC, pure=True),
    "station": Room(
        own=("station", "drivers", "sync", "config"),
        libraries=(*PYDANTIC, "cbor2", "cryptography", "gpiozero", "sqlite_utils"),
    ),
    "central": Room(
        own=("central", "sync.contract", "station.events", "station.state", "station.trust"),
        libraries=(*PAGES, *PYDANTIC, "cbor2", "cryptography", "qrcode", "paho", "sqlalchemy"),
    ),
    # Never a driver, and above all never its frames: a simulated device is written from the protocol, so that a
    # mistake in a codec cannot hide on both sides.
    "simulator": Room(
        own=("simulator", "station", "central", "config", "sync.contract", "sync.transport"),
        libraries=(
            *(*HARDWARE, *PAGES, *PYDANTIC, "cbor2", "cryptography", "qrcode", "sqlalchemy"),
            *("paho", "iotcore", "zxingcpp", "PIL"),
        ),
    ),
}
"""The longest name that fits a module is its room. Every room may import `drivers.contract`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Names that only a few modules may import."""

    names: tuple[str, ...]
    within: tuple[str, ...]
    only: tuple[str, ...]
    why: str


CONTROLLER = ("station", "drivers", "sync", "config")
JOURNAL = ("station.journal*",)

KEPT = (
    Kept(
        (
            *("threading", "_thread", "concurrent", "multiprocessing", "asyncio"),
            *("http.server.Threading*", "socketserver.Threading*"),
        ),
        within=CONTROLLER,
        only=("station.threads",),
        why="one thread owns the state, and station/threads.py starts the others",
    ),
    Kept(("time",), within=CONTROLLER, only=("station.clock",), why="time is an argument; station/clock.py reads it"),
    Kept(
        ("sqlite3", "sqlite_utils", "apsw"),
        within=CONTROLLER,
        only=JOURNAL,
        why="the database file belongs to the journal",
    ),
    Kept(
        ("paho",),
        within=PACKAGES,
        only=("sync.link", "central.broker", "simulator*"),
        why="MQTT stands in one module at each end",
    ),
    Kept(
        ("importlib.import_module", "__import__", "pkgutil", "runpy"),
        within=PACKAGES,
        only=("drivers.registry", "simulator.twins"),
        why="an import by name passes this check unseen; drivers, and their twins, are found so in one place each",
    ),
)

READS_TIME = frozenset(
    {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
)
"""What reads the clock without importing `time`; it counts as an import of `time`."""

OPEN_PAGES = "a page that stays open keeps its connection; the server's threads hold a copy of what is shown, no state"

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("drivers.screen_server", "http.server.ThreadingHTTPServer"): OPEN_PAGES,
    ("drivers.screen_server", "concurrent.futures"): OPEN_PAGES,
}
"""(module, name that it imports): why it may. One that is no longer needed is a fault."""


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One imported name and the line that imports it."""

    line: int
    name: str


def below(name: str, roots: Iterable[str]) -> bool:
    """Whether `name` is one of `roots` or lies inside one; a * in a root stands for anything."""
    return any(fnmatchcase(name, root) or fnmatchcase(name, f"{root}.*") for root in roots)


def imports_of(module: str, *, is_package: bool, tree: ast.AST) -> Iterator[tuple[str, Import]]:
    """Every name that a module imports, made absolute, after the name that it has in the module.

    `from a import b` gives `a.b`, be that a module or something inside one.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, Import(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".") if is_package else module.split(".")[:-1]
            parts = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                yield alias.asname or alias.name, Import(node.lineno, f"{base}.{alias.name}")


def hidden_imports_of(tree: ast.AST, names: Mapping[str, str]) -> Iterator[Import]:
    """What amounts to an import without being one: an import by name, and `datetime.now` for the clock.

    `names` says what each name in the module stands for.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        first, *rest = ast.unparse(node).split(".")
        used = ".".join([names.get(first, first), *rest])
        if used in READS_TIME:
            yield Import(node.lineno, "time")
        elif used in {"__import__", "importlib.import_module"}:
            yield Import(node.lineno, used)


def room_of(module: str) -> tuple[str, Room]:
    """The room with the longest name that fits."""
    name = max((name for name in ROOMS if below(module, [name])), key=len)
    return name, ROOMS[name]


def room_fault(module: str, name: str) -> str | None:
    """Why a module may not import a name, or None: what its room has."""
    room_name, room = room_of(module)
    top = name.partition(".")[0]
    if below(name, ["drivers.contract"]):
        return None
    if top in PACKAGES:
        allowed = below(name, room.own)
    elif top in room.libraries:
        allowed = True
    else:
        allowed = top in (PURE_STANDARD_LIBRARY if room.pure else sys.stdlib_module_names)
    return None if allowed else f"imports {name}: not for {room_name} (tests/arrows.py, ROOMS)"


def kept_fault(module: str, name: str) -> str | None:
    """Why a module may not import a name, or None: what few modules may."""
    for kept in KEPT:
        if below(name, kept.names) and below(module, kept.within) and not below(module, kept.only):
            return f"imports {name}: only {', '.join(kept.only)} may, because {kept.why}"
    return None


def faults(sources: Mapping[str, str], exceptions: Mapping[tuple[str, str], str] = EXCEPTIONS) -> list[str]:
    """Every arrow that points the wrong way, with its place.

    Args:
        sources: the text of each module by its file, such as `station/loop.py`.
        exceptions: (module, name that it imports) that may be all the same, with the reason.
    """
    found = []
    needed = set()
    for file, text in sources.items():
        names = file.removesuffix(".py").split("/")
        is_package = names[-1] == "__init__"
        module = ".".join(names[:-1] if is_package else names)
        tree = ast.parse(text, file)
        imports = list(imports_of(module, is_package=is_package, tree=tree))
        hidden = hidden_imports_of(tree, {local: imported.name for local, imported in imports})
        for imported in sorted({*(imported for _, imported in imports), *hidden}):
            fault = room_fault(module, imported.name) or kept_fault(module, imported.name)
            excuse = next((key for key in exceptions if key[0] == module and below(imported.name, [key[1]])), None)
            if fault and excuse:
                needed.add(excuse)
            elif fault:
                found.append(f"{file}:{imported.line}: {fault}")
    return found + [
        f"tests/arrows.py: {key} in EXCEPTIONS is no longer needed" for key in exceptions if key not in needed
    ]


def sources_below(root: Path) -> dict[str, str]:
    """The text of every module of the product."""
    files = [file for package in PACKAGES for file in sorted((root / package).rglob("*.py"))]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}


if __name__ == "__main__":
    wrong = faults(sources_below(Path(__file__).parent.parent))
    print(*wrong or ["Arrows: every import goes the right way."], sep="\n")
    sys.exit(bool(wrong))
