"""A station file after all checks, and how its faults are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from config.faults import Fault, Severity
from config.models import StationFile
from drivers.contract import both

_LABELS = {Severity.ERROR: both("error"), Severity.WARNING: both("warning")}


@dataclass(frozen=True, slots=True)
class Checked:
    """`file` is None when the station may not start.

    `digest` is the SHA-256 of the file in hex; `faults` stand in the order of their lines.
    """

    file: StationFile | None
    digest: str
    faults: tuple[Fault, ...]


def print_faults(faults: Iterable[Fault], out: TextIO) -> None:
    """Two lines each."""
    out.writelines(f"{fault.place}: {_LABELS[fault.severity]}: {fault.words}\n    → {fault.mend}\n" for fault in faults)
