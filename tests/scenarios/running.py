"""Helpers of the stories: whole stations as processes, asked from outside."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from simulator.pod import Pod

T = TypeVar("T")
SHIPPED = Path(__file__).parents[2] / "config/stations"
READY_SECONDS = 30.0
LOOK_SECONDS = 0.02


async def until(what: str, ask: Callable[[], T | None], seconds: float = READY_SECONDS) -> T:
    """Ask again and again until there is an answer."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + seconds
    while (found := ask()) is None:
        assert loop.time() < give_up, f"waited {seconds:.0f} s in vain for {what}"
        await asyncio.sleep(LOOK_SECONDS)
    return found


async def station(*arguments: str) -> tuple[int, str]:
    """Run a command of the station; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "station.cli", *arguments), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


async def health(pod: Pod) -> tuple[int, dict[str, Any]]:
    """`station health --json`: its exit code and the document."""
    code, printed = await station("health", "--json", "--state", str(pod.state_folder))
    return code, json.loads(printed)


async def all_devices_up(pod: Pod, seconds: float = READY_SECONDS) -> dict[str, Any]:
    """The health document as soon as every device of the station file answers."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + seconds
    while True:
        code, document = await health(pod)
        findings = {one["about"]: one["light"] for one in document["findings"]}
        if all(findings.get(device) == "ok" for device in pod.file.devices):
            assert code == {"ok": 0, "look": 1, "act": 2}[document["light"]]
            return document
        log = "\n".join(pod.log)
        assert loop.time() < give_up, f"after {seconds:.0f} s: {document}\n{log}"
