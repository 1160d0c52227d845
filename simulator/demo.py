"""`simulator demo`: a broker, an office and a station on this machine, as one walk through or as a live picture."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from drivers.contract import both
from simulator.office_process import LOOPBACK, OfficeFault
from simulator.page import PageServer, page_socket
from simulator.phone import PhoneFault
from simulator.pod_doors import PodFault
from simulator.scene import Scene
from simulator.stage import BrokerKind, Stage
from simulator.tamper import FlipInOrders
from simulator.walk import Breakage, Walk
from simulator.wires.embedded_broker import NoBroker

HELD, FAILED, NOT_STARTED = 0, 1, 2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDED_BY_SIGNAL = 128


SHIPPED = ("micro-station", "courier-rest", "reading-pod")
"""Station files that come with the program; the picture shows the first one."""


def once(file: Path | None, broker: BrokerKind, broken: Breakage | None, *, as_json: bool) -> int:
    """Walk in three ways and print each step. 0 when all held, 1 when one did not, 2 when nothing could be started."""
    report = _print_json if as_json else _print_line

    async def work(station_file: Path, folder: Path) -> int:
        altering = FlipInOrders if broken == "signature" else None
        async with Stage(station_file, folder, broker=broker, make_alter=altering) as stage:
            return HELD if await Walk(stage, report, broken).run() else FAILED

    return _run(file, work)


def live(station: Path | None, broker: BrokerKind) -> int:
    """Everything on loopback with the picture page, until Ctrl-C or SIGTERM.

    `station` is a station file, or the name of one that is shipped.
    """

    async def work(station_file: Path, folder: Path) -> int:
        _say(str(both("Starting …")))
        async with Stage(station_file, folder, broker=broker) as stage:
            await _show(stage)
        return HELD

    code = _run(station or Path(SHIPPED[0]), work)
    return HELD if code >= ENDED_BY_SIGNAL else code


async def _show(stage: Stage) -> None:
    scene = Scene(stage)
    with page_socket() as bound:
        server = PageServer(scene, bound)
        looking, serving = asyncio.create_task(scene.run()), asyncio.create_task(server.serve([bound]))
        try:
            await _print_addresses(stage, bound.getsockname()[1])
            await asyncio.wait({looking, serving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.should_exit = True
            await serving
            if not looking.done():
                looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking


async def _print_addresses(stage: Stage, port: int) -> None:
    door = stage.pod.main_door()
    office, visitor = await stage.invite("office"), await stage.invite(stage.pod.visitor_role(door))
    kiosk = stage.pod.screen(door)
    program = Path(sys.executable).with_name("station")
    for name, address in (
        (both("Open this page and press the big button"), f"http://{LOOPBACK}:{port}/"),
        (both("The station's own screen"), f"http://{LOOPBACK}:{kiosk.port}/" if kiosk else "-"),
        (both("The office"), office),
        (both("The page on somebody's phone"), visitor),
        (
            both("Is the station well?"),
            shlex.join([str(program), "health", "--state", str(stage.pod.state_folder)]),
        ),
    ):
        _say(f"\n{name}\n    {address}")
    shown = stage.pod.file.station.kind
    others = " | ".join(name for name in SHIPPED if name != shown)
    _say("")
    _say(str(both("Other stations: simulator demo --station {others} | FILE", others=others)))
    _say("")
    _say(str(both("Ctrl-C ends everything")))


def _run(file: Path | None, work: Callable[[Path, Path], Awaitable[int]]) -> int:
    """Do `work` with a station file and an empty folder; a signal ends it in order."""
    with _prepared(file) as (station_file, folder):
        try:
            return asyncio.run(_until_signal(work(station_file, folder)))
        except (NoBroker, OfficeFault, PhoneFault, PodFault, OSError) as fault:
            sys.stderr.write(f"simulator: {fault}\n")
            return NOT_STARTED


@contextmanager
def _prepared(file: Path | None) -> Iterator[tuple[Path, Path]]:
    with ExitStack() as stack:
        name = "reading-pod" if file is None else str(file)
        shipped = files("config").joinpath(f"stations/{name}.toml")
        station_file = stack.enter_context(as_file(shipped)) if name in SHIPPED else Path(name)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="station-demo-")))
        yield station_file, folder


async def _until_signal(work: Awaitable[int]) -> int:
    """The result of `work`, which is cancelled by the first signal; then 128 and the signal's number."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    came: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        if not came:
            came.append(number)
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not came:
            raise
        return ENDED_BY_SIGNAL + came[0]
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _print_json(step: dict[str, Any]) -> None:
    _say(json.dumps(step, ensure_ascii=False))


def _print_line(step: dict[str, Any]) -> None:
    mark = "✓" if step["ok"] else "✗"
    _say(f"{mark} {step['step']}  {step['ms']} ms  {step.get('why', '')}".rstrip())
    for name, value in step["evidence"].items():
        _say(f"    {name}: {json.dumps(value, ensure_ascii=False)}")


def _say(line: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
