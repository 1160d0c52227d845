"""The command line: station run | check | health | doctor | export | schema."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from drivers.contract import both

DEFAULT_STATE = Path("/var/lib/station")
SWITCH_SECONDS = 0.0005
"""How soon a thread that works hands over to one that waits. A scan goes through six threads: with Python's own 5 ms
each hand-over may wait so long for a link that is busy signing."""
EXITS = {"ok": 0, "look": 1, "act": 2}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of a station. Returns the exit code."""
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    exit_code: int = parsed.verb(parsed)
    return exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="station", description="The controller of an unattended station.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    run = verbs.add_parser("run", help="drive the station of FILE until told to stop")
    run.add_argument("file", type=Path)
    _state(run)
    run.set_defaults(verb=_run)

    check = verbs.add_parser("check", help="print every fault of FILE with a mend; exit 2 when it may not start")
    check.add_argument("file", type=Path)
    check.set_defaults(verb=_check)

    health = verbs.add_parser("health", help="is the running station well? exit 0 ok, 1 look, 2 act")
    health.add_argument("--json", action="store_true", help="the whole document")
    _state(health)
    health.set_defaults(verb=_health)

    doctor = verbs.add_parser("doctor", help="go through the wiring of FILE with somebody on site; exit 1: work to do")
    doctor.add_argument("file", type=Path)
    _state(doctor)
    doctor.set_defaults(verb=_doctor)

    export = verbs.add_parser("export", help="write all records to FILE, with the controller up or down")
    export.add_argument("format", choices=("jsonl", "csv", "sqlite"))
    export.add_argument("file", type=Path)
    export.add_argument("--force", action="store_true", help="replace FILE if it exists")
    _state(export)
    export.set_defaults(verb=_export)

    schema = verbs.add_parser("schema", help="write the AsyncAPI document and the JSON Schemas of this program")
    schema.add_argument("folder", type=Path, nargs="?", default=Path(), help="the repository; default: here")
    schema.set_defaults(verb=_schema)
    return parser


def _state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help=f"state folder; default {DEFAULT_STATE}")


def _run(parsed: argparse.Namespace) -> int:
    from config.checked import print_faults  # noqa: PLC0415 - each verb loads only what it needs
    from drivers.wire import RealWires  # noqa: PLC0415
    from station.assemble import Station  # noqa: PLC0415
    from station.check_apart import examine_apart  # noqa: PLC0415
    from station.keys import KeysFault  # noqa: PLC0415

    try:
        checked = examine_apart(parsed.file)
    except ChildProcessError as fault:
        print(f"REFUSED: {fault}", file=sys.stderr)
        return 2
    print_faults(checked.faults, sys.stderr)
    if checked.file is None:
        print("REFUSED:", both("{file} has errors", file=str(parsed.file)), file=sys.stderr)
        return 2
    try:
        station = Station(checked, parsed.state, RealWires())
    except (KeysFault, OSError) as fault:
        print(f"REFUSED: {fault}", file=sys.stderr)
        return 2
    sys.setswitchinterval(SWITCH_SECONDS)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: station.stop())
    print(f"station {station.site.station} runs", file=sys.stderr)
    station.run()
    return 0


def _check(parsed: argparse.Namespace) -> int:
    from station.check import run_check  # noqa: PLC0415

    return run_check(parsed.file, sys.stdout)


def _health(parsed: argparse.Namespace) -> int:
    from station.control import ControlFault, ask  # noqa: PLC0415

    try:
        document = ask(parsed.state, {"question": "health"})
    except ControlFault as fault:
        document = {"light": "act", "findings": [], "fault": str(fault)}
    if parsed.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print_health(document)
    return EXITS[document["light"]]


def _doctor(parsed: argparse.Namespace) -> int:
    from station.control import ControlFault  # noqa: PLC0415
    from station.doctor import Doctor  # noqa: PLC0415
    from station.doctor_sites import find_site  # noqa: PLC0415

    with find_site(parsed.state) as make:
        try:
            return Doctor(parsed.file, make, _yes, print).run()
        except ControlFault as fault:
            print(f"{_LIGHTS['act']}  {fault}", file=sys.stderr)
            return EXITS["act"]


def _yes(question: str) -> bool:
    """Ask whoever stands at the terminal; the end of the input is a no."""
    try:
        return input(f"? {question} [y/N] ").strip().lower() in ("y", "yes", "是")
    except EOFError:
        return False


_LIGHTS = {"ok": both("● ok"), "look": both("▲ look"), "act": both("■ act")}


def _print_health(document: dict[str, object]) -> None:
    if "fault" in document:
        print(f"{_LIGHTS['act']}  {document['fault']}")
        return
    print(f"{_LIGHTS[str(document['light'])]}  {document['station']}")
    findings = document["findings"]
    for one in findings if isinstance(findings, list) else []:
        step = "" if one["light"] == "ok" else f" → {one['next_zh']} · {one['next_en']}"
        print(f"{_LIGHTS[one['light']]}  {one['about']}: {one['zh']} · {one['en']}{step}")


def _export(parsed: argparse.Namespace) -> int:
    from station.export import ExportFault, export_state  # noqa: PLC0415

    try:
        count = export_state(parsed.state, parsed.format, parsed.file, force=parsed.force)
    except ExportFault as fault:
        print(fault, file=sys.stderr)
        return 2
    print(f"{count} records in {parsed.file}")
    return 0


def _schema(parsed: argparse.Namespace) -> int:
    from station.schema import write_schemas  # noqa: PLC0415

    for path in write_schemas(parsed.folder):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
