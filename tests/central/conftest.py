"""The office's tests run on every database that is here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from tests.central.counter import HEALTH, Counter, open_counter
from tests.central.databases import new_database, postgres_server
from tests.central.house import House
from tests.central.station_told import SERVICES


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


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """An office for its pages."""
    with open_counter(tmp_path / "office") as made:
        yield made


@pytest.fixture
def client(counter: Counter) -> Iterator[Client]:
    """A browser before the counter's pages."""
    with counter.serving() as address, Client(base_url=address) as made:
        yield made


@pytest.fixture
def full_station(counter: Counter) -> None:
    """The counter's reading pod is here, and has told of every service."""
    counter.online(True)
    counter.health({**HEALTH, "services": SERVICES})
