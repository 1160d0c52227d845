"""`station check FILE`: every fault of a station file with its place and a mend; an unsafe file is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from config.checked import Checked, print_faults
from config.faults import Fault, Severity
from config.load import Loaded, load
from drivers.contract import both
from station.check_devices import device_faults, known_devices
from station.check_safety import safety_faults
from station.check_services import service_faults

EXIT_FINE = 0
EXIT_REFUSED = 2


def examine(path: Path) -> Checked:
    """Read a station file and check everything that can be checked without the hardware. Raises nothing."""
    return examined(load(path))


def examined(loaded: Loaded) -> Checked:
    """Check what was read."""
    faults = list(loaded.faults)
    devices = known_devices(loaded, faults)
    faults += device_faults(loaded.places, devices)
    faults += service_faults(loaded, devices)
    faults += safety_faults(loaded, devices)
    faults = sorted(dict.fromkeys(faults), key=lambda fault: (fault.line, fault.key))
    refused = any(fault.severity is Severity.ERROR for fault in faults)
    return Checked(None if refused else loaded.file, loaded.digest, tuple(faults))


def check_file(path: Path) -> list[Fault]:
    """Everything that is wrong with a station file; empty when it is fine."""
    return list(examine(path).faults)


def run_check(path: Path, out: TextIO) -> int:
    """Print the faults, two lines each, and a last line. Returns the exit code: 0 may start, 2 refused."""
    checked = examine(path)
    print_faults(checked.faults, out)
    if checked.file is None:
        errors = sum(fault.severity is Severity.ERROR for fault in checked.faults)
        print("REFUSED:", both("errors to mend: {errors}", errors=errors), file=out)
        return EXIT_REFUSED
    devices, services = len(checked.file.devices), len(checked.file.services)
    told = both("may start: {devices} devices, {services} services", devices=devices, services=services)
    print("OK:", told, file=out)
    return EXIT_FINE
