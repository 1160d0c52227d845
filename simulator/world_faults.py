"""What goes wrong in a world, and when: decided by the seed, and all over when the quiet time begins."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from drivers.contract import Append, Committed, Signal
from simulator.faults import Fault
from simulator.wires.world_broker import Chances, Way, WorldBroker
from simulator.world_house import House
from simulator.world_ledger import Ledger
from simulator.world_office import WorldOffice
from simulator.world_station import Pi
from simulator.world_time import Agenda
from station.state import Recovered

SERIAL_CHANCES = {
    Fault.SILENT: 0.02,
    Fault.LATE: 0.02,
    Fault.SPLIT: 0.05,
    Fault.JOINED: 0.03,
    Fault.STRAY_BEFORE: 0.02,
    Fault.STRAY_AFTER: 0.02,
    Fault.WRONG_CHECKSUM: 0.02,
    Fault.FLIPPED_BIT: 0.02,
    Fault.TRUNCATED: 0.02,
}
HOSTILE = Chances(
    slow=0.02,
    double_up=0.15,
    double_down=0.15,
    replay_up=0.15,
    replay_down=0.2,
    lose_connection=0.01,
    keep_as_retained=0.05,
    refuse=0.005,
    forge_down=0.1,
    strip=0.05,
)
CUT_PLACES = ("before", "torn", "after", "act", "pulse", "opened", "anywhere")
OFF_MS = (800, 120_000)
MINUTE_MS = 60_000


class Misfortunes:
    """Breaks things. Every misfortune ends by itself; `end` ends them all."""

    def __init__(
        self,
        agenda: Agenda,
        random: Random,
        ledger: Ledger,
        pi: Pi,
        house: House,
        broker: WorldBroker,
        office: WorldOffice,
        serial_chances: dict[Fault, float],
        emergency: Callable[[], None],
    ) -> None:
        self._agenda = agenda
        self._random = random
        self._ledger = ledger
        self._pi = pi
        self._house = house
        self._broker = broker
        self._office = office
        self._serial = serial_chances
        self._emergency = emergency
        self._over = False
        self._armed = ""
        self._boards = house.boards()
        pi.before_commit = self._before_commit
        pi.after_commit = self._after_commit
        pi.after_turn = self._after_turn
        self._kinds: tuple[tuple[int, Callable[[], None]], ...] = (
            (7, self._cut_power),
            (2, self._cut_network),
            (1, self._kill_network),
            (1, self._restart_broker),
            (3, self._make_hostile),
            (1, self._office_away),
            (2, self._office_back_up),
            (2, self._office_restore),
            (3, self._fill_card),
            (2, self._slow_card),
            (1, self._copy_card),
            (1, self._old_card),
            (1, self._damage_card),
            (1, self._lose_journal),
            (1, self._lose_vault),
            (1, self._jump_clock),
            (2, self._unplug),
            (1, self._noise),
            (1, self._freeze_screen),
            *(self._board_kinds() if self._boards else ()),
        )

    def _board_kinds(self) -> tuple[tuple[int, Callable[[], None]], ...]:
        """What befalls the boards of a station with services."""
        return (
            (3, self._silence_board),
            (3, self._jam_cell),
            (3, self._unplug_bus),
            (2, self._silence_meter),
            (2, self._cycle_board),
        )

    def plan(self, until_ms: int, every_ms: int) -> None:
        """Something happens about every `every_ms` until then."""
        at_ms = self._agenda.now_ms
        while (at_ms := at_ms + self._random.randint(every_ms // 4, 2 * every_ms)) < until_ms:
            self._agenda.at(at_ms, self._strike)

    def end(self) -> None:
        """Mend everything: from now on nothing goes wrong any more."""
        self._over = True
        self._armed = ""
        self._broker.chances = Chances()
        self._broker.set_way(Way.OPEN)
        self._broker.office_came()
        self._serial.clear()
        self._pi.card.full = self._pi.card.slow = False
        for name in self._house.serial_devices():
            self._house.plug(name, plugged=True)
        for name in self._boards:
            self._house.mend(name)
        for glass in self._pi.glasses.values():
            glass.frozen = False
        self._back_on()

    def _strike(self) -> None:
        if not self._over:
            kind = self._random.choices([one for _, one in self._kinds], [weight for weight, _ in self._kinds])[0]
            self._note(kind.__name__.removeprefix("_"))
            kind()

    def _note(self, what: str) -> None:
        self._ledger.note(f"misfortune {what}")
        self._ledger.troubles.append((self._agenda.now_ms, what))

    def _for_a_while(self, shortest_ms: int, longest_ms: int, mend: Callable[[], None]) -> None:
        def later() -> None:
            if not self._over:
                self._ledger.troubles.append((self._agenda.now_ms, "mended"))
                mend()

        self._agenda.after(self._random.randint(shortest_ms, longest_ms), later)

    # ------------------------------------------------------------ power

    def _cut_power(self) -> None:
        self._armed = self._random.choice(CUT_PLACES)
        if self._armed == "anywhere":
            self._off("anywhere")

    def _off(self, place: str) -> None:
        if self._over or not self._pi.on:
            return  # off already: what was meant for the card is done to it now
        self._ledger.note(f"power cut {place}")
        self._armed = ""
        self._ledger.troubles.append((self._agenda.now_ms, "off"))
        self._pi.power_cut(torn=place == "torn")
        self._agenda.after(self._random.randint(*OFF_MS), self._back_on)

    def _back_on(self) -> None:
        if not self._pi.on:
            self._ledger.troubles.append((self._agenda.now_ms, "on"))
            self._pi.power_on()

    def _dear(self, append: Append) -> bool:
        """Most cuts wait for a grant: there it hurts."""
        return any(row.kind == "AccessGranted" for row in append.rows) or self._random.random() < 0.02  # noqa: PLR2004

    def _before_commit(self, append: Append) -> bool:
        if self._armed == "before" and self._dear(append):
            self._off("before")
        return self._pi.on

    def _after_commit(self, append: Append) -> None:
        if self._armed in ("torn", "after") and self._dear(append):
            self._off(self._armed)

    def _after_turn(self, signal: Signal) -> None:
        if self._armed == "act" and isinstance(signal, Committed):
            self._off("act")
        elif self._armed == "pulse" and self._house.lock.released:
            self._armed = ""
            self._agenda.after(self._random.randint(0, 4_000), lambda: self._off("pulse"))
        elif self._armed == "opened" and self._house.is_open:
            self._armed = ""
            self._agenda.after(self._random.randint(0, 120), lambda: self._off("opened"))
        elif isinstance(signal, Recovered) and self._random.random() < 0.05:  # noqa: PLR2004 - again while it starts
            self._agenda.after(self._random.randint(0, 3_000), lambda: self._off("again"))

    # ------------------------------------------------------------ network and office

    def _cut_network(self) -> None:
        self._broker.set_way(Way.CUT)
        self._for_a_while(5_000, 90 * MINUTE_MS, lambda: self._broker.set_way(Way.OPEN))

    def _kill_network(self) -> None:
        self._broker.set_way(Way.DEAD)
        self._for_a_while(5_000, 30 * MINUTE_MS, lambda: self._broker.set_way(Way.OPEN))

    def _restart_broker(self) -> None:
        self._broker.restart()

    def _make_hostile(self) -> None:
        self._broker.chances = HOSTILE
        self._for_a_while(MINUTE_MS, 60 * MINUTE_MS, lambda: setattr(self._broker, "chances", Chances()))

    def _office_away(self) -> None:
        self._broker.office_went()
        self._for_a_while(5_000, 60 * MINUTE_MS, self._broker.office_came)

    def _office_back_up(self) -> None:
        self._office.back_up()

    def _office_restore(self) -> None:
        self._office.restore()

    # ------------------------------------------------------------ the card

    def _fill_card(self) -> None:
        self._pi.card.full = True
        self._perhaps_an_emergency()
        self._for_a_while(1_000, 20 * MINUTE_MS, lambda: setattr(self._pi.card, "full", False))

    def _slow_card(self) -> None:
        self._pi.card.slow = True
        self._perhaps_an_emergency()
        self._for_a_while(5_000, 5 * MINUTE_MS, lambda: setattr(self._pi.card, "slow", False))

    def _perhaps_an_emergency(self) -> None:
        """SOS must sound whatever the card does."""
        if self._random.random() < 0.5:  # noqa: PLR2004 - a coin
            self._agenda.after(self._random.randint(2_000, 30_000), self._emergency)

    def _copy_card(self) -> None:
        self._pi.keep_card_copy()

    def _old_card(self) -> None:
        """Somebody puts an older copy of the card into the reader, only once a world."""
        if not self._ledger.rolled_back:
            self._off("old card")
            self._pi.put_old_card()

    def _damage_card(self) -> None:
        self._off("damaged card")
        self._hurt()
        self._pi.card.damage()

    def _lose_journal(self) -> None:
        self._off("lost journal")
        self._hurt()
        self._pi.card.lose_journal()

    def _hurt(self) -> None:
        """What is in the open journal may be lost from now on."""
        self._ledger.hurt |= set(list(self._ledger.journals)[-1:])

    def _lose_vault(self) -> None:
        self._off("lost vault")
        self._ledger.vaults_lost.append(self._agenda.now_ms)
        self._pi.card.lose_vault()
        if self._random.random() < 0.5:  # noqa: PLR2004 - a coin: no hello can confirm what is left
            self._cut_network()

    # ------------------------------------------------------------ clock, cables, screen

    def _jump_clock(self) -> None:
        self._ledger.clock_was_set = True
        self._pi.jump_wall(self._random.choice((-400 * 86_400_000, -3_600_000, -45_000, 45_000, 3_600_000, 86_400_000)))

    def _unplug(self) -> None:
        name = self._random.choice(self._house.serial_devices())
        self._house.plug(name, plugged=False)
        self._for_a_while(500, 10 * MINUTE_MS, lambda: self._house.plug(name, plugged=True))

    # ------------------------------------------------------------ boards

    def _silence_board(self) -> None:
        name = self._random.choice([name for name in self._boards if not self._house.is_meter(name)])
        self._go_silent(name)

    def _silence_meter(self) -> None:
        self._go_silent(self._random.choice([name for name in self._boards if self._house.is_meter(name)]))

    def _go_silent(self, name: str) -> None:
        self._house.silence(name, silent=True)
        self._for_a_while(1_000, 10 * MINUTE_MS, lambda: self._house.silence(name, silent=False))

    def _unplug_bus(self) -> None:
        name = self._random.choice(self._boards)
        self._house.plug(name, plugged=False)
        self._for_a_while(500, 5 * MINUTE_MS, lambda: self._house.plug(name, plugged=True))

    def _jam_cell(self) -> None:
        """Something blocks the bolts of a few cells of a board."""
        name = self._random.choice(self._house.lock_boards())
        board = self._house.device(name)
        board.stuck |= set(self._random.sample(range(1, board.channels + 1), 3))
        self._for_a_while(MINUTE_MS, 20 * MINUTE_MS, board.stuck.clear)

    def _cycle_board(self) -> None:
        """The supply of a board flickers."""
        name = self._random.choice([name for name in self._boards if not self._house.is_meter(name)])
        now_ms = self._agenda.now_ms
        self._house.move(name, lambda board: board.power_cycle(now_ms))

    # ------------------------------------------------------------ noise, screen

    def _noise(self) -> None:
        self._serial.update(SERIAL_CHANCES)
        self._for_a_while(MINUTE_MS, 30 * MINUTE_MS, self._serial.clear)

    def _freeze_screen(self) -> None:
        for glass in self._pi.glasses.values():
            glass.frozen = True
        self._for_a_while(5_000, 10 * MINUTE_MS, self._thaw)

    def _thaw(self) -> None:
        for glass in self._pi.glasses.values():
            glass.frozen = False
