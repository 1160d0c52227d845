"""The local socket: whoever may write to it asks the running controller for health, rows and extents.

One request and one answer a connection, each a line of JSON. The socket is a Unix socket in the state folder, for the
station's own user and group.
"""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from drivers.contract import (
    Answer,
    Asked,
    Clock,
    Command,
    Hole,
    JournalExtent,
    Priority,
    Quantity,
    Row,
    Signal,
    WireLost,
)

SOCKET_NAME = "control.sock"
MAX_REQUEST_BYTES = 4_096
OF_THE_LOOP = ("health", "levels")
"""Questions that the loop answers, from its state."""
MAX_ROWS = 500
MAX_WAITING = 8
POLL_MS, ANSWER_MS = 1_000, 3_000
CLIENT_SECONDS = 10.0

ReadOn = Callable[[str, int, int], Sequence[Row | Hole]]


class ControlFault(Exception):
    """The controller cannot be asked; the message says why and what to do."""


class Control:
    """The driver `control`. `read_on` and `extents` ask the journal's own thread."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Answer})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(
        self, name: str, path: Path, clock: Clock, read_on: ReadOn, extents: Callable[[], Iterable[JournalExtent]]
    ) -> None:
        self._name = name
        self._clock = clock
        self._read_on = read_on
        self._extents = extents
        self._waiting: dict[int, tuple[int, socket.socket]] = {}
        self._questions = 0
        self._path = path
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._server.bind(str(path))
            path.chmod(0o660)
            self._server.listen(MAX_WAITING)
        except OSError as fault:
            self._server.close()
            raise WireLost(f"{path}: {fault.strerror}; is the folder writable and the path short?") from fault

    def poll(self) -> Iterable[Signal]:
        """Take at most one request."""
        self._give_up_on_old()
        ready, _, _ = select.select([self._server], [], [], 0 if self._waiting else POLL_MS / 1000)
        if not ready:
            return ()
        connection, _ = self._server.accept()
        connection.settimeout(1.0)
        try:
            return self._take(connection)
        except (OSError, ValueError, KeyError, TypeError, WireLost, TimeoutError, RecursionError) as fault:
            self._answer(connection, {"fault": f"{type(fault).__name__}: {fault}"})
            return ()

    def _take(self, connection: socket.socket) -> Iterable[Signal]:
        request = json.loads(_line(connection, MAX_REQUEST_BYTES))
        question = request["question"]
        if question == "extents":
            self._answer(connection, {"extents": [_extent_document(extent) for extent in self._extents()]})
        elif question == "rows":
            rows = self._read_on(str(request["journal"]), int(request["after"]), min(MAX_ROWS, int(request["limit"])))
            self._answer(connection, {"rows": [_row_document(row) for row in rows]})
        elif question in OF_THE_LOOP and len(self._waiting) < MAX_WAITING:
            self._questions += 1
            self._waiting[self._questions] = (self._clock.steady_ms() + ANSWER_MS, connection)
            return (Asked(self._name, self._questions, question),)
        else:
            self._answer(connection, {"fault": "nobody here knows that question, or too many wait"})
        return ()

    def execute(self, command: Command) -> Iterable[Signal]:
        """Hand an answer of the loop to whoever asked."""
        if isinstance(command, Answer) and command.question_id in self._waiting:
            _, connection = self._waiting.pop(command.question_id)
            self._answer(connection, json.loads(command.document))
        return ()

    def rest_ms(self) -> int | None:
        """While somebody waits the loop's answer comes first; otherwise `poll` blocks by itself."""
        return ANSWER_MS if self._waiting else 0

    def _answer(self, connection: socket.socket, document: Mapping[str, Any]) -> None:
        with connection:
            try:
                connection.sendall(json.dumps(document, ensure_ascii=False).encode() + b"\n")
            except OSError:
                return  # whoever asked is gone, and nobody else waits for this answer

    def _give_up_on_old(self) -> None:
        now_ms = self._clock.steady_ms()
        for question_id, (until_ms, connection) in list(self._waiting.items()):
            if now_ms > until_ms:
                del self._waiting[question_id]
                self._answer(connection, {"fault": "the controller did not answer in time"})

    def close(self) -> None:
        """Give the socket back."""
        for _, connection in self._waiting.values():
            connection.close()
        self._waiting.clear()
        self._server.close()
        self._path.unlink(missing_ok=True)


def _line(connection: socket.socket, limit: int) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        chunk = connection.recv(65_536)
        if not chunk:
            break
        data += chunk
        if len(data) > limit:
            raise ValueError(f"more than {limit} bytes")
    return data


def _extent_document(extent: JournalExtent) -> dict[str, Any]:
    return {
        "journal": extent.journal,
        "first_seq": extent.first_seq,
        "tail_seq": extent.tail_seq,
        "head": extent.head.hex(),
        "cursor_seq": extent.cursor_seq,
        "closed": extent.closed,
    }


def _row_document(row: Row | Hole) -> dict[str, Any]:
    if isinstance(row, Hole):
        counts = dict(row.counts)
        return {"first_seq": row.first_seq, "last_seq": row.last_seq, "counts": counts, "chain": row.chain.hex()}
    return {
        "seq": row.seq,
        "at_ms": row.at_ms,
        "boot": row.boot,
        "steady_ms": row.steady_ms,
        "priority": int(row.priority),
        "kind": row.kind,
        "body": row.body,
        "chain": row.chain.hex(),
    }


# ---------------------------------------------------------------- the asking side

MAX_ANSWER_BYTES = 64 * 1024 * 1024


def ask(state_folder: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the controller that runs on this state folder. Raises `ControlFault`."""
    path = state_folder / SOCKET_NAME
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CLIENT_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(_line(connection, MAX_ANSWER_BYTES) or b"{}")
        except FileNotFoundError as fault:
            raise ControlFault(f"no controller runs on {state_folder}: start it with `station run`") from fault
        except (OSError, ValueError) as fault:
            raise ControlFault(f"the controller on {state_folder} does not answer: {fault}") from fault
    if not isinstance(answer, dict) or "fault" in answer or not answer:
        detail = answer.get("fault") if isinstance(answer, dict) else None
        raise ControlFault(f"the controller on {state_folder} cannot answer: {detail or 'empty answer'}")
    return answer


def ask_extents(state_folder: Path) -> tuple[JournalExtent, ...]:
    """The journals of a running controller. Raises `ControlFault`."""
    told = ask(state_folder, {"question": "extents"})["extents"]
    return tuple(JournalExtent(**{**one, "head": bytes.fromhex(one["head"])}) for one in told)


def ask_rows(state_folder: Path, journal: str, after_seq: int, limit: int) -> list[Row | Hole]:
    """Committed rows of a running controller, in order. Raises `ControlFault`."""
    told = ask(state_folder, {"question": "rows", "journal": journal, "after": after_seq, "limit": limit})["rows"]
    return [_read_row(one) for one in told]


def _read_row(one: dict[str, Any]) -> Row | Hole:
    chain = bytes.fromhex(one["chain"])
    if "counts" in one:
        return Hole(one["first_seq"], one["last_seq"], one["counts"], chain)
    return Row(**{**one, "priority": Priority(one["priority"]), "chain": chain})
