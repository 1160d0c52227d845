"""What tests with a real browser begin with: the browser, and an office behind its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.central.counter import Counter, open_counter
from tests.real.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_counter(tmp_path / "office") as made:
        yield made


@pytest.fixture
def address(counter: Counter) -> Iterator[str]:
    """Where the counter's pages are."""
    with counter.serving() as started:
        yield started
