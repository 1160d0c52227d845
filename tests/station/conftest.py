"""What tests of the station share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station.journals import memory_folder


@pytest.fixture
def card() -> Iterator[Path]:
    """A folder that lies in memory where there is one: a journal syncs at every commit, and disks are slow."""
    with memory_folder() as folder:
        yield folder
