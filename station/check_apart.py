"""Checks a station file in a process of its own, which takes with it what that needs: two megabytes of validators."""

from __future__ import annotations

import os
import pickle
import traceback
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from config.checked import Checked
from station.site_of import device_settings


def examine_apart(path: Path) -> Checked:
    """As `station.check.examine`, for a program that has one thread yet. Devices are the settings of their drivers.

    Raises ChildProcessError when that process died.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _examine(path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        code = os.waitstatus_to_exitcode(status)
        raise ChildProcessError(f"the check of {path} ended with {code}: is there memory left?")
    checked: Checked = pickle.loads(told)  # noqa: S301 - from ourselves
    return checked


def _with_settings(checked: Checked) -> Checked:
    """Its devices are the settings that their drivers take: whoever starts it need not make them again."""
    if checked.file is None:
        return checked
    settings = {name: settings for name, (_, settings) in device_settings(checked.file).items()}
    return replace(checked, file=checked.file.model_copy(update={"devices": settings}))


def _examine(path: Path, writing: int) -> NoReturn:
    """The child: nothing of its parent's is run at its end."""
    code = 1
    try:
        from station.check import examine  # noqa: PLC0415 - not in the parent, which has no other use for it

        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(_with_settings(examine(path)), pipe)
        code = 0
    except BaseException:  # noqa: BLE001 - the last that it can do
        traceback.print_exc()
    finally:
        os._exit(code)
