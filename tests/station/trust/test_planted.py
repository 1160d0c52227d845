"""A few planted bugs in every test run; `./run long mutation` plants all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.long._planted import PLANTED, Planted
from tests.long.mutation import ROOT, copy_of_the_program, try_bug, with_bug

TRIED = (
    ("station/trust/cose.py", "nobody needs a key", "tests/station/trust/test_orders_and_nonces.py"),
    ("station/trust/passes.py", "the same picture opens twice", "tests/station/trust/test_passes.py"),
)


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: f"{bug.file}: {bug.why}")
def test_every_bug_can_be_planted(bug: Planted) -> None:
    with_bug((ROOT / bug.file).read_text(encoding="utf-8"), bug)
    assert all((ROOT / test).is_file() for test in bug.tests)


def test_a_bug_that_fits_twice_or_not_at_all_is_told() -> None:
    bug = Planted("station/x.py", "old", "new", "an example", ())
    assert with_bug("x = old", bug) == "x = new"
    for text in ("x = 1", "x = old + old"):
        with pytest.raises(ValueError, match="not once"):
            with_bug(text, bug)
    with pytest.raises(SyntaxError):
        with_bug("x = old", replace(bug, new="("))


def test_bugs_are_caught_and_sound_code_is_not(tmp_path: Path) -> None:
    copy = copy_of_the_program(tmp_path)
    for file, why, test in TRIED:
        (bug,) = [bug for bug in PLANTED if (bug.file, bug.why) == (file, why)]
        verdict = try_bug(copy, replace(bug, tests=(test,)))
        assert verdict.caught, verdict.output
        assert verdict.by.startswith(test)
    harmless = Planted("station/trust/cose.py", "_ITEMS = 4", "_ITEMS = 2 + 2", "no bug", TRIED[0][2:])
    verdict = try_bug(copy, harmless)
    assert not verdict.caught, verdict.output
    assert "passed" in verdict.output
