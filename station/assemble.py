"""A checked station file becomes a running station. The only module that knows every part."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from config.checked import Checked
from config.models import StationFile
from drivers.contract import (
    Clock,
    Command,
    Driver,
    Hole,
    JournalExtent,
    Row,
    TimePassed,
    WireLost,
    Wires,
)
from station.clock import StationClock, SteadyClock
from station.control import SOCKET_NAME, Control
from station.devices import device_runners
from station.keys import StationKeys, read_keys
from station.loop import Loop, Post
from station.notify import Notifier
from station.recovery import Recording, open_recording
from station.rules.site import Site
from station.site_of import site_of
from station.threads import Inbox, Runner
from station.trust.keys import SigningKey
from station.trust.messages import sign_message
from station.vault import VaultDriver

if TYPE_CHECKING:
    from sync.driver import Settings
    from sync.transport import Transport

READ_ON_SECONDS = 0.5
READ_AT_ONCE = 25
"""Rows: some milliseconds of the journal's thread."""
JOURNAL_BACKLOG = 256
LINK_BACKLOG = 256
LONGEST_WAIT_MS = 5_000
STOP_SECONDS = 5.0


class Station:
    """Everything that runs: the loop on the caller's thread, a runner for each edge."""

    def __init__(self, checked: Checked, state_folder: Path, wires: Wires) -> None:
        if checked.file is None:
            raise ValueError("a station file with errors cannot be started: run `station check FILE`")
        state_folder.mkdir(parents=True, exist_ok=True)
        self._file: StationFile = checked.file
        self._folder = state_folder
        self._keys = read_keys(state_folder)
        roots = self._keys.roots if self._keys else None
        self.site: Site = site_of(checked.file, roots, version("micro-station"), checked.digest)
        self._steady = SteadyClock()
        self.clock = StationClock(secrets.token_hex(8), self._steady, battery=checked.file.station.has_clock)
        self.inbox = Inbox()
        self._notify = Notifier()
        self._journal: Runner[Recording] = Runner(
            self.site.journal, self._open_journal, self.inbox, self._steady, backlog=JOURNAL_BACKLOG
        )
        self._opened_before = False
        devices = device_runners(checked.file, wires, self.inbox, self._steady)
        edges = [self._journal, *self._edges()]
        self._runners: list[Runner[Any]] = [*edges, *dict.fromkeys(devices.values())]
        posts: dict[str, Post] = {runner.name: runner.post for runner in edges}
        posts |= {name: runner.post for name, runner in devices.items()}
        posts[self.site.clock] = self._set_clock
        self.loop = Loop(self.site, posts)
        self._stopping = False

    # ------------------------------------------------------------ parts

    def _edges(self) -> Iterable[Runner[Any]]:
        yield Runner(self.site.vault, lambda: VaultDriver(self._folder), self.inbox, self._steady)
        path = self._folder / SOCKET_NAME
        yield Runner(
            "control",
            lambda: Control("control", path, self._steady, self._read_on, self._extents),
            self.inbox,
            self._steady,
        )
        if self._file.office is not None and self._keys is not None:
            keys = self._keys
            yield Runner(
                self.site.link, lambda: self._open_link(keys), self.inbox, self._steady, far=True, backlog=LINK_BACKLOG
            )

    def _open_journal(self) -> Recording:
        recording = open_recording(
            self._folder,
            self.clock.now(),
            new_id=lambda: secrets.token_hex(16),
            secret=secrets.token_bytes,
            in_process=self._opened_before,
        )
        self._opened_before = True
        return recording

    def _open_link(self, keys: StationKeys) -> Driver:
        from sync.link import PahoTransport, Settings  # noqa: PLC0415 - a station without an office has no paho

        office = self._file.office
        if office is None:
            raise WireLost("the station file names no office")
        host, port = office.broker
        tls = office.broker_tls
        if tls and keys.ca_file is None:
            raise WireLost(f"{self._folder}/keys has no certificates: copy the folder of `central station add` again")
        settings = Settings(
            host=host,
            port=port,
            ca_file=keys.ca_file if tls else None,
            certificate_file=keys.certificate_file if tls else None,
            key_file=keys.private_file if tls else None,
        )
        random = Random(secrets.randbits(64))  # noqa: S311 - jitter between reconnections
        transport = PahoTransport(self.site.station, settings)
        return make_link(self.site, keys.key, transport, self._steady, self._read_on, random, settings)

    def _read_on(self, journal: str, after_seq: int, limit: int) -> Sequence[Row | Hole]:
        """Rows in short pieces: a commit that somebody at the door waits for goes in between."""
        items: list[Row | Hole] = []
        while len(items) < limit:
            piece = self._read_piece(journal, after_seq, min(READ_AT_ONCE, limit - len(items)))
            if not piece:
                break
            items += piece
            last = piece[-1]
            after_seq = last.seq if isinstance(last, Row) else last.last_seq
        return items

    def _read_piece(self, journal: str, after_seq: int, limit: int) -> Sequence[Row | Hole]:
        try:
            return self._journal.call(lambda it: it.journal.read_on(journal, after_seq, limit), READ_ON_SECONDS)
        except (WireLost, TimeoutError):
            return ()  # asked again at the next poll; the card may be slow, alarms must not wait for it

    def _extents(self) -> Iterable[JournalExtent]:
        return self._journal.call(lambda it: it.journal.extents(), READ_ON_SECONDS)

    def _set_clock(self, command: Command) -> None:
        self.clock.execute(command)

    # ------------------------------------------------------------ running

    def run(self) -> None:
        """Run until `stop`; every driver is closed and safe afterwards."""
        for runner in self._runners:
            runner.start()
        try:
            while not self._stopping:
                self.turn()
        finally:
            self._notify.stopping()
            self._end()

    def turn(self) -> None:
        """Wait for one signal or deadline and take it."""
        signal = self.inbox.take(self._wait_ms())
        if self._stopping:
            return
        self.loop.turn(signal or TimePassed(), self.clock.now())
        recorded = self.loop.state.recorded
        self.clock.raise_floor(recorded.confirmed_at_ms)
        if self.loop.state.volatile.secret or self.loop.state.observed.unrecorded:
            self._notify.ready()
        self._notify.alive()

    def _wait_ms(self) -> int:
        due_ms = self.loop.deadline_ms()
        if due_ms is None:
            return LONGEST_WAIT_MS
        return max(0, min(LONGEST_WAIT_MS, due_ms - self._steady.steady_ms()))

    def stop(self) -> None:
        """End `run`; safe to call from a signal handler or another thread."""
        self._stopping = True
        self.inbox.close()

    def _end(self) -> None:
        for runner in self._runners:
            runner.stop()
        for runner in self._runners:
            runner.join(STOP_SECONDS)


def make_link(
    site: Site,
    key: SigningKey,
    transport: Transport,
    clock: Clock,
    read_on: Callable[[str, int, int], Sequence[Row | Hole]],
    random: Random,
    settings: Settings | None = None,
) -> Driver:
    """The driver `link` on a connection; `key` is the station's own and signs whatever goes up.

    `settings` None: the broker is on this machine.
    """
    from sync import driver  # noqa: PLC0415 - a station without an office has no link

    def sign(purpose: str, name: str, payload: bytes) -> tuple[bytes, bytes]:
        return key.kid, sign_message(key, purpose=purpose, station=site.station, name=name, payload=payload)

    return driver.Link(
        site.link,
        settings or driver.Settings(host="localhost"),
        transport,
        clock,
        station=site.station,
        title=site.words.zh,
        sign=sign,
        read_on=read_on,
        random=random,
    )
