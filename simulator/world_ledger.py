"""What really happened in a world, noted where it happened and never asked of the controller.

The invariants hold the controller's word against this.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from drivers.contract import ClockTrust, JournalExtent, Now, Row
from simulator.stretches import Stretch, stretches
from simulator.world_time import Agenda
from station.events import first_chain, next_chain
from station.state import Recovered
from station.trust.claims import Pass
from station.trust.orders import Order

LONG_WORD = re.compile(r"[A-Z2-7]{16,}|[0-9a-f]{20,}")
"""Nonces as text and in hex, secrets in hex, whole or inside something longer."""
DAY_MS = 86_400_000
CLOCK_OFF_MS = 3_000
"""A hello sets the clock to half of five seconds, at the worst."""
SCHEMES = ("SO1:", "SG1:", "SG2:")


@dataclass(frozen=True, slots=True)
class StrikeEdge:
    """The lock was released or locked again. `powered`: a driver held its line when it happened."""

    at_ms: int
    released: bool
    powered: bool


@dataclass(frozen=True, slots=True)
class DoorMove:
    """The door was moved. `cause` is released, forced, inside or closed; `who` a person of the world."""

    at_ms: int
    opened: bool
    cause: str
    who: str


@dataclass(slots=True)
class Kept:
    """A row on the card: when it was decided, when it was written, and when the loop was told so, in true time.

    `trust` is the controller's trust in its clock when it decided.
    """

    row: Row
    journal: str
    decided_ms: int
    written_ms: int
    trust: str
    told_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Boot:
    """One start of the controller; steady times of `boot` begin at `began_ms`."""

    boot: str
    began_ms: int


@dataclass(slots=True)
class Sighting:
    """When a code could be seen on a screen: first and last millisecond of the world."""

    first_ms: int
    last_ms: int


@dataclass(slots=True)
class Ledger:
    """The truth about one world."""

    agenda: Agenda
    station: str
    on_recovered: Callable[[Recovered], None] = lambda _: None
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    orders: dict[str, Order] = field(default_factory=dict)  # id -> what the office really signed
    passes: dict[str, Pass] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)  # pass -> version of the list that names it
    shown: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # id -> at the scanner
    delivered: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # order -> by the link
    seen: dict[bytes, Sighting] = field(default_factory=dict)  # nonce -> on a screen
    asked: dict[bytes, int] = field(default_factory=dict)  # nonce -> when the station gave it to the office
    secrets: set[bytes] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)  # whole text of a pass or an order -> its id

    strike: list[StrikeEdge] = field(default_factory=list)
    moves: list[DoorMove] = field(default_factory=list)
    entries: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # pass -> walked in with it
    alarms: list[tuple[int, str, bool]] = field(default_factory=list)  # when, which alarm, pressed or turned back
    unrecorded: list[tuple[int, bool]] = field(default_factory=list)  # the controller goes on without its journal
    tokens: set[str] = field(default_factory=set)  # long words in what went up, in rows and in the log
    vaults_lost: list[int] = field(default_factory=list)
    hellos: list[int] = field(default_factory=list)  # the office's, as they reached the station
    clock_was_set: bool = False  # the machine's own clock was set wrongly
    siren: list[tuple[int, bool]] = field(default_factory=list)
    inside: dict[str, int] = field(default_factory=dict)  # who -> wants to be out at
    passages: list[tuple[int, int]] = field(default_factory=list)  # when, one more or one fewer in the room
    boots: list[Boot] = field(default_factory=list)
    recoveries: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    troubles: list[tuple[int, str]] = field(default_factory=list)  # what was broken on purpose, and when
    touched: list[int] = field(default_factory=list)  # when somebody touched a screen
    cut_off: list[tuple[int, str, bool]] = field(default_factory=list)  # when, which device was out of reach or is back

    journals: dict[str, list[Kept]] = field(default_factory=dict)  # in the order in which they were begun
    rolled_back: list[Kept] = field(default_factory=list)
    hurt: set[str] = field(default_factory=set)  # journals whose file was damaged or lost on purpose
    trusts: list[tuple[int, str]] = field(default_factory=list)  # since when -> trust in the clock

    def note(self, what: str) -> None:
        """Count something."""
        self.counts[what] += 1

    def fail(self, words: str) -> None:
        """An invariant is broken; `words` say which and how."""
        seconds = self.agenda.now_ms / 1000
        if len(self.broken) < 50:  # noqa: PLR2004 - the first few tell it all
            self.broken.append(f"at {seconds:.3f} s: {words}")

    def read(self, text: str) -> None:
        """This left the controller, in a message or in the log: the long words in it are remembered."""
        self.tokens.update(LONG_WORD.findall(text))
        for scheme in SCHEMES:
            if scheme in text:
                self.fail(f"a whole code ({scheme}) left the controller: {text[:200]}")

    def code_shown(self, text: str) -> None:
        """Somebody held this before the scanner."""
        if text in self.codes:
            self.shown[self.codes[text]].append(self.agenda.now_ms)

    # ------------------------------------------------------------ the controller's word

    def true_ms(self, boot: str, steady_ms: int) -> int | None:
        """World time of a steady time of a boot."""
        return next((one.began_ms + steady_ms for one in reversed(self.boots) if one.boot == boot), None)

    def turned(self, now: Now, *, unrecorded: bool) -> None:
        """The loop takes a signal."""
        if not self.trusts or self.trusts[-1][1] != now.trust:
            self.trusts.append((self.agenda.now_ms, now.trust))
        if unrecorded != bool(self.unrecorded and self.unrecorded[-1][1]):
            self.unrecorded.append((self.agenda.now_ms, unrecorded))
        off_ms = now.wall_ms - self.agenda.wall_ms
        if now.trust is ClockTrust.SYNCED and abs(off_ms) > CLOCK_OFF_MS and not self.clock_was_set:
            self.fail(f"the station takes its clock for right, and it is {off_ms} ms off")

    def trust_at(self, at_ms: int) -> str:
        """How far the controller trusted its clock then."""
        place = bisect_right(self.trusts, at_ms, key=lambda one: one[0])
        return self.trusts[place - 1][1] if place else ""

    # ------------------------------------------------------------ the card

    def committed(self, journal: str, rows: Iterable[Row]) -> None:
        """These rows are on the card now."""
        kept = self.journals.setdefault(journal, [])
        chain = kept[-1].row.chain if kept else first_chain(journal)
        for row in rows:
            chain = next_chain(chain, row)
            decided_ms = self.true_ms(row.boot, row.steady_ms)
            if decided_ms is None:
                self.fail(f"row {row.seq} ({row.kind}) names a boot that never was")
                decided_ms = self.agenda.now_ms
            if row.seq != len(kept) + 1:
                self.fail(f"row {row.seq} ({row.kind}) was committed after row {len(kept)}")
            trust = self.trust_at(decided_ms)
            kept.append(Kept(replace(row, chain=chain), journal, decided_ms, self.agenda.now_ms, trust))
            self.counts[f"row {row.kind}"] += 1
            self.read(row.body)

    def told(self, extents: Iterable[JournalExtent]) -> None:
        """The loop hears how far the card has everything: this may never be lost again."""
        for extent in extents:
            for one in reversed(self.journals.get(extent.journal, [])):
                if one.told_ms is not None:
                    break
                if one.row.seq <= extent.tail_seq:
                    one.told_ms = self.agenda.now_ms

    def reopened(self, extents: Iterable[JournalExtent]) -> None:
        """The journals as they were found when they were opened: what the loop was told of must be there."""
        found = {extent.journal: extent for extent in extents}
        for journal, kept in self.journals.items():
            tail_seq = found[journal].tail_seq if journal in found else 0
            if tail_seq > len(kept):
                self.fail(f"journal {journal} has {tail_seq} rows, of which only {len(kept)} were ever written")
            if journal not in found:
                continue
            lost = [one for one in kept[tail_seq:] if one.told_ms is not None]
            if journal in self.hurt:
                self.rolled_back += lost
            elif lost:
                self.fail(f"journal {journal} lost {len(lost)} committed rows from {lost[0].row.seq} on")
            del kept[tail_seq:]
            if kept and kept[-1].row.chain != found[journal].head:
                self.fail(f"journal {journal} has another chain at row {tail_seq} than was written")
        for journal in found:
            self.journals.setdefault(journal, [])

    def put_old_card(self, copied: Mapping[str, int]) -> None:
        """The card was replaced by an older copy of itself; `copied` says how far each journal went then."""
        self.vaults_lost.clear()
        for journal in list(self.journals):
            kept = self.journals[journal]
            self.rolled_back += kept[copied.get(journal, 0) :]
            del kept[copied.get(journal, 0) :]
            if journal not in copied:
                del self.journals[journal]

    def unrecorded_near(self, at_ms: int, within_ms: int) -> bool:
        """Whether the controller went on without its journal then, or began to a moment later."""
        state = False
        for since_ms, unrecorded in self.unrecorded:
            if since_ms > at_ms + within_ms:
                break
            state = unrecorded or (state and since_ms >= at_ms)
        return state

    def cut_off_stretches(self, device: str, now_ms: int) -> list[Stretch]:
        """From when to when a device could not be reached by its wire."""
        return list(stretches(((at_ms, away) for at_ms, name, away in self.cut_off if name == device), now_ms))

    def went_in(self, who: str) -> None:
        """Somebody is in the room, and has not yet thought of leaving."""
        self.inside[who] = self.agenda.now_ms + DAY_MS
        self.passages.append((self.agenda.now_ms, 1))

    def went_out(self, who: str) -> None:
        """They are out again."""
        if self.inside.pop(who, None) is not None:
            self.passages.append((self.agenda.now_ms, -1))

    def inside_at(self, at_ms: int) -> bool:
        """Whether somebody was in the room then."""
        return sum(people for passed_ms, people in self.passages if passed_ms < at_ms) > 0

    def everything(self) -> list[Kept]:
        """Every row that was ever on the card, those of a card that was rolled back too, in order of time."""
        kept = [one for rows in (*self.journals.values(), self.rolled_back) for one in rows]
        return sorted(kept, key=lambda one: (one.written_ms, one.row.seq))

    def recovered(self, signal: Recovered) -> None:
        """The controller begins anew with what it found on the card."""
        self.recoveries.append(self.agenda.now_ms)
        self.secrets.add(signal.secret)
        self.reopened(signal.extents)
        self.on_recovered(signal)

    def journal_hash(self) -> str:
        """One hash over every row of every journal: two runs of a seed must agree in it."""
        digest = hashlib.sha256()
        for journal, kept in self.journals.items():
            digest.update(journal.encode() + b":" + str(len(kept)).encode())
            digest.update(kept[-1].row.chain if kept else b"")
        return digest.hexdigest()
