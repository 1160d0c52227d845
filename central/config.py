"""The office's folder and its `office.toml`.

- office.toml: addresses and ports; roots.hex: the two root keys, public
- office.db: SQLite, unless `database` names another
- keys/: private keys (`central/keys.py`)
- tls/: the certificate authority's public half and the office's own certificates
- broker/: Mosquitto's files, ready to use
- stations/ID/: what a station gets; delete it once it is on the station
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

CONFIG_FILE = "office.toml"
ROOTS_FILE = "roots.hex"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MAX_POINTS_PER_HOUR = 1_000
Port = Annotated[int, Field(ge=1, le=65535)]


class ConfigFault(RuntimeError):
    """The office's folder cannot be used; the message says what to do."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerConfig(_Table):
    """Where the broker is. Without TLS only on this machine, for trying things out."""

    host: str = "127.0.0.1"
    port: Port = 8883
    tls: bool = True


class PagesConfig(_Table):
    """Where the pages listen; a reverse proxy or `certificate` and `key` give them HTTPS."""

    host: str = "127.0.0.1"
    port: Port = 8080
    certificate: str = ""
    key: str = ""


class OfficeConfig(_Table):
    """`office.toml`. `database` is an SQLAlchemy URL; empty: SQLite in the office's folder.

    `points_per_hour`: volunteer points that an hour on duty is worth; 0: no points are earned.
    """

    public_url: str = "http://127.0.0.1:8080"
    help_phone: str = ""
    points_per_hour: int = Field(0, ge=0, le=MAX_POINTS_PER_HOUR, strict=True)
    database: str = ""
    broker: BrokerConfig = BrokerConfig()
    pages: PagesConfig = PagesConfig()


@dataclass(frozen=True, slots=True)
class Folder:
    """An office's folder and what stands in its `office.toml`."""

    path: Path
    config: OfficeConfig

    @property
    def keys(self) -> Path:
        """The private keys."""
        return self.path / "keys"

    @property
    def tls(self) -> Path:
        """Certificates."""
        return self.path / "tls"

    @property
    def database_url(self) -> str:
        """An SQLAlchemy URL."""
        return self.config.database or f"sqlite:///{(self.path / 'office.db').resolve()}"

    def roots(self) -> tuple[bytes, bytes]:
        """The two root keys, public. Raises `ConfigFault`."""
        return read_roots_file(self.path / ROOTS_FILE)


def open_folder(path: Path) -> Folder:
    """Read an office's folder. Raises `ConfigFault`."""
    file = path / CONFIG_FILE
    try:
        config = OfficeConfig.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as fault:
        raise ConfigFault(f"{file} cannot be read ({fault.strerror}); `central init {path}` makes an office") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigFault(f"{file} is no TOML: {fault}") from fault
    except ValidationError as fault:
        places = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors())
        raise ConfigFault(f"{file}: {places}") from fault
    if not config.broker.tls and config.broker.host not in LOOPBACK:
        raise ConfigFault(
            f"{file}: broker.tls may only be off for a broker on this machine, not for {config.broker.host}"
        )
    return Folder(path, config)


def read_roots_file(file: Path) -> tuple[bytes, bytes]:
    """Two public keys in hex, one a line. Raises `ConfigFault`."""
    try:
        first, second = (bytes.fromhex(line) for line in file.read_text(encoding="ascii").split())
    except (OSError, ValueError) as fault:
        raise ConfigFault(f"{file} does not hold the two root keys in hex: {fault}") from fault
    return first, second
