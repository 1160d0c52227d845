"""The office's tests run on every database that is here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.databases import new_database, postgres_server
from tests.central.house import House


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """An office on each database."""
    house = House(tmp_path / "office", database_url)
    yield house
    house.close()


@pytest.fixture
def small_house(tmp_path: Path) -> Iterator[House]:
    """An office on SQLite, where the database does not matter."""
    house = House(tmp_path / "office")
    yield house
    house.close()
