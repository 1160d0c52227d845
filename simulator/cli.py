"""The command line: simulator demo | run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the simulator. Returns the exit code."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.verb is _demo and not parsed.once and (parsed.json or parsed.broken):
        parser.error("--json and --break go with --once")
    if parsed.verb is _run and parsed.realtime and not parsed.scenario:
        parser.error("--realtime goes with a scenario")
    if parsed.verb is _run and parsed.scenario and parsed.days is not None:
        parser.error("--days goes with a world: a scenario says itself how long it lasts")
    exit_code: int = parsed.verb(parsed)
    return exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulator", description="Stations without hardware.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    demo = verbs.add_parser("demo", help="broker, office and a station on this machine, drawn as a live picture")
    which = demo.add_mutually_exclusive_group()
    which.add_argument("file", type=Path, nargs="?", help="station file; default: one that is shipped")
    which.add_argument(
        "--station",
        type=Path,
        metavar="NAME|FILE",
        help="micro-station (the picture's own), courier-rest, reading-pod (that of --once), or a station file",
    )
    demo.add_argument(
        "--once", action="store_true", help="walk in three ways without a browser; exit 1 unless all hold"
    )
    demo.add_argument("--json", action="store_true", help="with --once: one JSON object a step")
    demo.add_argument("--broker", choices=("auto", "mosquitto", "embedded"), default="auto")
    demo.add_argument(
        "--break",
        dest="broken",
        choices=("lock", "signature", "office"),
        help="with --once: take the lock away, flip one bit in every signature, or stop the office",
    )
    demo.set_defaults(verb=_demo)

    run = verbs.add_parser("run", help="a scenario on virtual time, or a whole world from one seed with its faults")
    run.add_argument(
        "scenario", nargs="?", help="the name of one (see docs/scenarios.md), or a file; without it a world"
    )
    run.add_argument("--seed", type=int, default=1, help="another seed, other luck (default: 1)")
    run.add_argument("--realtime", action="store_true", help="a scenario takes the time that it tells of")
    run.add_argument("--days", type=float, help="of a world (default: 1)")
    run.set_defaults(verb=_run)
    return parser


def _demo(parsed: argparse.Namespace) -> int:
    from simulator.demo import live, once  # noqa: PLC0415 - each verb loads only what it needs

    station = parsed.station or parsed.file
    if parsed.once:
        return once(station, parsed.broker, parsed.broken, as_json=parsed.json)
    return live(station, parsed.broker)


def _run(parsed: argparse.Namespace) -> int:
    if parsed.scenario:
        return _play(parsed)
    from simulator.world import run  # noqa: PLC0415

    report = run(parsed.seed, 1.0 if parsed.days is None else parsed.days)
    print(f"seed {report.seed}: {report.station}, {report.virtual_ms / 86_400_000:.2f} days, {report.steps} steps")
    print(f"journal {report.journal_hash}")
    print(", ".join(f"{count} {name}" for name, count in sorted(report.counts.items())))
    for promise in report.broken:
        print(f"BROKEN: {promise}")
    print(f"{'✗' if report.broken else '✓'} {len(report.broken)} promises broken; the same seed runs the same again")
    return 1 if report.broken else 0


def _play(parsed: argparse.Namespace) -> int:
    from simulator.scenario import WrongScenario, load  # noqa: PLC0415
    from simulator.scenario_play import play  # noqa: PLC0415

    try:
        scenario = load(parsed.scenario)
    except WrongScenario as wrong:
        for fault in wrong.faults:
            print(f"{fault.place}: {fault.words}\n    {fault.mend}", file=sys.stderr)
        return 2
    held = play(scenario, parsed.seed, lambda line: print(line, flush=True), realtime=parsed.realtime)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
