"""`python -m tests.long NAME ...` runs the module of that name in this folder."""

from __future__ import annotations

import runpy
import sys

if len(sys.argv) < 2:
    sys.exit("Which one? python -m tests.long NAME, for example: python -m tests.long mutation")
del sys.argv[0]
runpy.run_module(f"tests.long.{sys.argv[0]}", run_name="__main__", alter_sys=True)
