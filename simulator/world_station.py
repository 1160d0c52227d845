"""The Raspberry Pi of a world: the shipped loop, rules, journal, link and drivers, all in one thread on virtual time.

`power_on` assembles them as `station.assemble` does; `power_cut` leaves what a cut leaves: nothing but the card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from config.checked import Checked
from drivers.contract import (
    Append,
    ButtonTouched,
    Command,
    Committed,
    DigitsEntered,
    Driver,
    Hole,
    Now,
    Row,
    Signal,
    TimePassed,
)
from simulator.wires.virtual import DriverClock
from simulator.wires.world_broker import WorldBroker, WorldTransport
from simulator.world_card import Card, CardRecording
from simulator.world_display import Glass, WorldScreen, WorldVoice
from simulator.world_house import OWN_TIME, House
from simulator.world_ledger import Boot, Ledger
from simulator.world_seat import Seat
from simulator.world_time import Agenda
from station.assemble import make_link
from station.clock import StationClock
from station.devices import Owner, owners
from station.loop import Loop
from station.recovery import Recording, open_recording
from station.site_of import site_of
from station.state import Recovered
from station.threads import MAX_COMMANDS
from station.trust.keys import SigningKey
from station.vault import VaultDriver

JOURNAL_BACKLOG = 256
READ_ON_MS = 500
LONGEST_WAIT_MS = 60_000
HOUR_MS = 3_600_000


class PiClock:
    """Steady time of one boot."""

    def __init__(self, agenda: Agenda) -> None:
        self.began_ms = agenda.now_ms
        self._agenda = agenda

    def steady_ms(self) -> int:
        return self._agenda.now_ms - self.began_ms

    def rest(self, milliseconds: int) -> None:
        raise RuntimeError(f"the loop never waits, not even {milliseconds} ms")


class Pi:
    """One Raspberry Pi with everything on its wires."""

    def __init__(
        self,
        checked: Checked,
        card: Card,
        house: House,
        broker: WorldBroker,
        agenda: Agenda,
        random: Random,
        ledger: Ledger,
        station_key: SigningKey,
        roots: tuple[bytes, bytes],
        *,
        has_time_service: bool,
    ) -> None:
        if checked.file is None:
            raise ValueError("a station file with errors cannot be started")
        self.card = card
        self.glasses = {
            name: Glass(agenda, ledger) for name, one in checked.file.devices.items() if one.driver == "screen"
        }
        self.site = site_of(checked.file, roots, "world", checked.digest)
        self.on = False
        self.loop = Loop(self.site, {})
        self.seats: dict[str, Seat] = {}
        self.before_commit: Callable[[Append], bool] = lambda _: True
        self.after_commit: Callable[[Append], None] = lambda _: None
        self.after_turn: Callable[[Signal], None] = lambda _: None
        self._file = checked.file
        self._house = house
        self._broker = broker
        self._agenda = agenda
        self._random = random
        self._ledger = ledger
        self._key = station_key
        self._has_time_service = has_time_service
        self._synchronised = False
        self._wall_offset_ms = 0
        self._journal_clock = DriverClock()
        self._opened_before = False
        self._due_ms = self._wake_ms = -1
        self._boots = 0
        self._copied: dict[str, int] = {}
        house.wake = self._wake

    # ------------------------------------------------------------ power

    def power_on(self) -> None:
        """Start the controller."""
        self.on = True
        self._boots += 1
        boot = self._random.randbytes(8).hex()
        steady = PiClock(self._agenda)
        self._ledger.boots.append(Boot(boot, steady.began_ms))
        self._house.power_on()
        self._set_wall()
        self._clock = StationClock(
            boot,
            steady,
            battery=self._file.station.has_clock,
            wall_ms=lambda: self._agenda.wall_ms + self._wall_offset_ms,
            synchronised=lambda: self._synchronised,
        )
        self._steady = steady
        self._opened_before = False
        self._due_ms = self._wake_ms = -1
        self.seats = {seat.name: seat for seat in self._make_seats()}
        posts = {name: seat.post for name, seat in self.seats.items()}
        posts |= {
            name: posts[owner.name] for owner in owners(self._file) for name in owner.devices if owner.name in posts
        }
        posts[self.site.clock] = self._set_clock
        self.loop = Loop(self.site, posts)
        for seat in self.seats.values():
            seat.start(self._random.randint(0, 400))

    def power_cut(self, *, torn: bool = False) -> None:
        """The mains are gone in this very moment."""
        if not self.on:
            return
        self._ledger.cuts.append(self._agenda.now_ms)
        self._ledger.note("power cut")
        self.on = False
        image = self.card.image(torn=torn)
        self._end_journal(kill=True)
        self.card.use(image)
        for seat in self.seats.values():
            seat.kill()
        for glass in self.glasses.values():
            glass.dark()
        self._house.power_off()
        if self._broker.transport is not None:
            self._broker.transport.close()
            self._broker.transport = None

    def keep_card_copy(self) -> None:
        """Somebody copies the card while the station runs."""
        recording = self.recording()
        if recording is not None:
            self._copied = {extent.journal: extent.tail_seq for extent in recording.journal.extents()}
            self.card.keep_copy()

    def put_old_card(self) -> None:
        """The copy goes into the reader, while the power is off."""
        if not self.on and self.card.put_copy_back():
            self._ledger.put_old_card(self._copied)

    def touch(self, touched: ButtonTouched | DigitsEntered) -> None:
        """Somebody touches a screen."""
        self._ledger.touched.append(self._agenda.now_ms)
        self._emit([touched])

    def put_new_card(self) -> None:
        """An empty card goes into the reader, while the power is off."""
        if not self.on:
            self._ledger.vaults_lost.append(self._agenda.now_ms)
            self._ledger.hurt |= set(self._ledger.journals)
            self.card.put_new()

    def stop(self) -> None:
        """End the program in good order."""
        self.on = False
        for seat in self.seats.values():
            seat.stop()

    def _end_journal(self, *, kill: bool) -> None:
        """Give the files of a journal back whose image has been taken."""
        seat = self.seats.get(self.site.journal)
        if seat is not None and seat.driver is not None and kill:
            seat.driver.close()

    def _set_wall(self) -> None:
        """A board without a battery starts with the hour that was saved last; a time service comes with the network."""
        self._synchronised = False
        if self._file.station.has_clock:
            self._wall_offset_ms = self._random.randint(-1_500, 1_500)
        else:
            saved_ms = (self._agenda.wall_ms - self._random.randint(0, 12 * HOUR_MS)) // HOUR_MS * HOUR_MS
            self._wall_offset_ms = max(saved_ms, self._agenda.began_wall_ms - HOUR_MS) - self._agenda.wall_ms
        if self._has_time_service:
            boots = self._boots
            self._agenda.after(self._random.randint(20_000, 180_000), lambda: self._synchronise(boots))

    def _synchronise(self, boots: int) -> None:
        if self.on and boots == self._boots:
            self._synchronised = True
            self._wall_offset_ms = 0

    def jump_wall(self, milliseconds: int) -> None:
        """The machine's own clock is set, forwards or backwards."""
        self._wall_offset_ms += milliseconds

    # ------------------------------------------------------------ parts

    def _make_seats(self) -> Iterable[Seat]:
        self._journal_clock = DriverClock(self._agenda.now_ms)
        site, vault_clock = self.site, DriverClock(self._agenda.now_ms)
        yield self._seat(site.journal, self._journal_clock, self._open_journal, backlog=JOURNAL_BACKLOG)
        yield self._seat(site.vault, vault_clock, lambda: VaultDriver(self.card.folder))
        for owner in owners(self._file):
            yield from self._device_seat(owner)
        yield self._link_seat()

    def _device_seat(self, owner: Owner) -> Iterable[Seat]:
        clock = DriverClock(self._agenda.now_ms)
        if owner.driver not in OWN_TIME:
            wires = self._house.bench.wires(owner.name, clock)
            seat = self._seat(owner.name, clock, lambda: owner.open(wires, clock), wires.next_ms)
            seat.is_device = owner.is_device
            yield seat
        elif owner.driver != "pi-health":
            yield self._seat(owner.name, clock, self._own(owner.name, owner.driver, clock))

    def _seat(
        self,
        name: str,
        clock: DriverClock,
        make: Callable[[], Driver],
        next_ms: Callable[[], int | None] = lambda: None,
        *,
        backlog: int = MAX_COMMANDS,
        is_roused: bool = False,
    ) -> Seat:
        return Seat(name, self._agenda, clock, make, self._emit, next_ms, backlog=backlog, is_roused=is_roused)

    def _own(self, name: str, driver: str, clock: DriverClock) -> Callable[[], Driver]:
        if driver == "voice":
            return lambda: WorldVoice(name, clock)
        return lambda: WorldScreen(name, self.glasses[name], clock, self._random)

    def _link_seat(self) -> Seat:
        clock = DriverClock(self._agenda.now_ms)
        random = Random(self._random.getrandbits(64))  # noqa: S311 - play, not secrets
        transport = WorldTransport(self._broker, self._agenda, lambda: self._wake(self.site.link))

        def make() -> Driver:
            return make_link(self.site, self._key, transport, clock, self._read_on, random)

        return self._seat(self.site.link, clock, make, transport.next_ms, is_roused=True)

    def _open_journal(self) -> CardRecording:
        with self.card.written_to():
            recording = open_recording(
                self.card.folder,
                self._clock.now(),
                new_id=lambda: self._random.randbytes(16).hex(),
                secret=self._random.randbytes,
                in_process=self._opened_before,
            )
        self._opened_before = True
        return CardRecording(recording, self.card, self._journal_clock, self._may_commit, self._committed)

    def _read_on(self, journal: str, after_seq: int, limit: int) -> Sequence[Row | Hole]:
        recording = self.recording()
        if recording is None or self._journal_clock.steady_ms() > self._agenda.now_ms + READ_ON_MS:
            return ()
        return recording.journal.read_on(journal, after_seq, limit)

    def recording(self) -> Recording | None:
        """The journal that is open now."""
        driver = self.seats[self.site.journal].driver if self.on else None
        return driver.recording if isinstance(driver, CardRecording) else None

    def _set_clock(self, command: Command) -> None:
        self._clock.execute(command)

    # ------------------------------------------------------------ running

    def now(self) -> Now:
        """The controller's idea of now."""
        return self._clock.now()

    def _wake(self, driver: str) -> None:
        seat = self.seats.get(driver)
        if seat is not None:
            seat.look()

    def _emit(self, signals: Iterable[Signal]) -> None:
        for signal in signals:
            if self.on:
                self._turn(signal)

    def _turn(self, signal: Signal) -> None:
        now = self._clock.now()
        if isinstance(signal, Recovered):
            self._ledger.recovered(signal)
        elif isinstance(signal, Committed):
            self._ledger.told(signal.extents)
        self.loop.turn(signal, now)
        self._ledger.turned(now, unrecorded=bool(self.loop.state.observed.unrecorded))
        self._clock.raise_floor(self.loop.state.recorded.confirmed_at_ms)
        self.after_turn(signal)
        self._plan()

    def _plan(self) -> None:
        if not self.on:
            return
        deadline_ms = self.loop.deadline_ms()
        longest_ms = self._agenda.now_ms + LONGEST_WAIT_MS
        due_ms = longest_ms if deadline_ms is None else min(longest_ms, self._steady.began_ms + deadline_ms)
        self._due_ms = max(due_ms, self._agenda.now_ms)
        self._wake_at(self._due_ms)

    def _wake_at(self, due_ms: int) -> None:
        """One entry on the agenda, at the earliest time that was ever due: later ones are put there in its turn."""
        if self._agenda.now_ms <= self._wake_ms <= due_ms:
            return
        self._wake_ms = due_ms
        boots = self._boots
        self._agenda.at(due_ms, lambda: self._time_passed(due_ms, boots))

    def _time_passed(self, wake_ms: int, boots: int) -> None:
        if not self.on or boots != self._boots or wake_ms != self._wake_ms:
            return
        self._wake_ms = -1
        if self._due_ms > self._agenda.now_ms:
            self._wake_at(self._due_ms)
        else:
            self._turn(TimePassed())

    def _may_commit(self, append: Append) -> bool:
        return self.before_commit(append)

    def _committed(self, append: Append, journal: str) -> None:
        self._ledger.committed(journal, append.rows)
        self.after_commit(append)
