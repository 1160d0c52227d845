"""The databases that the office's tests run on: SQLite always, PostgreSQL where a server can be started."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
START_SECONDS = 60


def postgres_programs() -> Path | None:
    """The folder with initdb and postgres, None where there is no server."""
    found = shutil.which("initdb")
    return Path(found).parent if found else next((place for place in _PLACES if (place / "initdb").exists()), None)


def why_not_postgres() -> str:
    """Why the tests cannot run on PostgreSQL here; empty when they can."""
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed (pip install psycopg[binary])"
    return "" if postgres_programs() else "there is no PostgreSQL server on this machine (apt install postgresql)"


def _as_its_user() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """A server of our own in a folder of its own, on a Unix socket only; gives that folder."""
    programs = postgres_programs()
    assert programs is not None
    # In /tmp because socket paths must be short.
    folder = Path(tempfile.mkdtemp(prefix="station-pg-", dir="/tmp"))
    user = _as_its_user()
    if user:
        owner = "postgres" if "--reuid=postgres" in user else 65534
        shutil.chown(folder, owner, owner)
    data = folder / "data"
    try:
        initdb = [
            *user,
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "office",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run(initdb, check=True, capture_output=True, timeout=START_SECONDS, cwd=folder)
        server = [*user, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
        subprocess.run([*server, "-o", options, "start"], check=True, capture_output=True, timeout=START_SECONDS)
        try:
            yield str(folder)
        finally:
            subprocess.run([*server, "-m", "immediate", "stop"], check=True, capture_output=True, timeout=START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str) -> str:
    """The URL of an empty database on `server`."""
    psycopg = importlib.import_module("psycopg")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(host=server, user="office", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"postgresql+psycopg://office@/{name}?host={server}"
