"""Who had which thing of a station, and from when to when, by the rows alone: nothing has two holders, all is balanced.

Written from the design, and sharing no code with the rules or the fold.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from simulator.world_ledger import Kept, Ledger

Key: TypeAlias = tuple[str, str]
"""Service and thing."""
AT_END_MS = 2**62


@dataclass(slots=True)
class Span:
    """Somebody had a thing from `began_ms` to `ended_ms`, in true time.

    `due_ms` is until when it was given; `slot` where it lay. `dated` False: nobody knew the time.
    """

    service: str
    thing: str
    holder: str
    began_ms: int
    due_ms: int = AT_END_MS
    recipients: set[str] = field(default_factory=set)
    slot: str = ""
    dated: bool = True
    ended_ms: int = AT_END_MS

    def is_on(self, at_ms: int) -> bool:
        return self.began_ms <= at_ms <= self.ended_ms

    def belongs_to(self, holder: str) -> bool:
        return holder == self.holder or holder in self.recipients


class Replay:
    """Follows the rows of journals, one after the other. What cannot be is in `faults`."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.faults: list[str] = []
        self.held: dict[Key, Span] = {}
        self.knows = False
        """The station knows who holds what; after a lost journal only the office does."""
        self._began = False  # the next snapshot tells what the journal begins with

    def follow(self, rows: Iterable[Kept]) -> None:
        """Take in these rows."""
        for one in rows:
            take = getattr(self, f"_on_{one.row.kind}", None)
            if take is not None:
                take(one, json.loads(one.row.body))

    # ------------------------------------------------------------ taken and given back

    def _on_ThingTaken(self, one: Kept, body: dict[str, Any]) -> None:  # noqa: N802 - named as the row
        key = (body["service"], body["thing"])
        if key in self.held:
            about = f"{body['thing']} of {body['service']} is given to {body['holder'][:8]}"
            self.faults.append(f"row {one.row.seq}: {about} while {self.held[key].holder[:8]} has it")
            self._end(key, one.decided_ms)
        if not self.knows:
            self.faults.append(f"row {one.row.seq}: {key} is given while nobody knows who holds what")
        lasts_ms = AT_END_MS if body.get("due_at_ms") is None else body["due_at_ms"] - one.row.at_ms
        self._begin(
            Span(
                *key,
                body["holder"],
                one.decided_ms,
                one.decided_ms + lasts_ms,
                {body["recipient"]} if body.get("recipient") else set(),
                body.get("slot", ""),
                body.get("dated", True),
            )
        )

    def _on_ThingGivenBack(self, one: Kept, body: dict[str, Any]) -> None:  # noqa: N802
        key = (body["service"], body["thing"])
        if key not in self.held:
            self.faults.append(f"row {one.row.seq}: {key} is given back, and nobody had it")
        self._end(key, one.decided_ms)

    def _on_ThingLost(self, one: Kept, body: dict[str, Any]) -> None:  # noqa: N802
        self._on_ThingGivenBack(one, body)

    def _on_ThingOffered(self, _one: Kept, body: dict[str, Any]) -> None:  # noqa: N802
        span = self.held.get((body["service"], body["thing"]))
        if span is not None:
            span.recipients.add(body["recipient"])

    def _on_ThingDueMoved(self, one: Kept, body: dict[str, Any]) -> None:  # noqa: N802
        span = self.held.get((body["service"], body["thing"]))
        if span is not None:
            span.due_ms = max(span.due_ms, one.decided_ms + body["due_at_ms"] - one.row.at_ms)

    # ------------------------------------------------------------ what a journal begins with

    def _on_JournalBegun(self, _one: Kept, _body: dict[str, Any]) -> None:  # noqa: N802
        self._began, self.knows = True, False

    def _on_EventsLost(self, _one: Kept, _body: dict[str, Any]) -> None:  # noqa: N802
        self._began = True

    def _on_Snapshot(self, one: Kept, body: dict[str, Any]) -> None:  # noqa: N802
        told = {(it["service"], it["thing"]): it for it in body["state"]["holdings"].values()}
        mine = {key: span.holder for key, span in self.held.items()}
        theirs = {key: it["holder"] for key, it in told.items()}
        if mine != theirs and not self._began:
            self.faults.append(f"row {one.row.seq}: the snapshot says {theirs}, the rows before it {mine}")
        self._began = False
        self.knows = body["state"]["holdings_known"]
        for key in [key for key, holder in mine.items() if theirs.get(key) != holder]:
            self._end(key, one.decided_ms)
        for key, it in told.items():
            if key not in self.held:
                due_at_ms, others = it["due_at_ms"], {it["recipient"]} if it["recipient"] else set()
                due_ms = AT_END_MS if due_at_ms is None else one.decided_ms + due_at_ms - one.row.at_ms
                self._begin(Span(*key, it["holder"], one.decided_ms, due_ms, others, it["slot"], it["dated"]))

    def _on_HoldingsTold(self, one: Kept, body: dict[str, Any]) -> None:  # noqa: N802
        self.knows = True
        for service, thing, holder, _role, due_at_ms, recipient in body["holdings"]:
            key = (service, thing)
            due_ms = AT_END_MS if due_at_ms is None else one.decided_ms + due_at_ms - one.row.at_ms
            if key not in self.held:
                self._begin(Span(*key, holder, one.decided_ms, due_ms, {recipient} if recipient else set()))
            elif self.held[key].holder != holder:
                self._end(key, one.decided_ms)
                self._begin(Span(*key, "", one.decided_ms, due_ms))  # nobody's, until a keeper has looked

    def _begin(self, span: Span) -> None:
        self.held[span.service, span.thing] = span
        self.spans.append(span)

    def _end(self, key: Key, at_ms: int) -> None:
        span = self.held.pop(key, None)
        if span is not None:
            span.ended_ms = at_ms


def replayed(ledger: Ledger) -> Replay:
    """What the journals say as they stand on the card, one after the other."""
    replay = Replay()
    for kept in ledger.journals.values():
        replay.follow(kept)
    return replay


def spans(ledger: Ledger) -> list[Span]:
    """Everything that anybody ever had, also by rows of a card that was put back."""
    replay = Replay()
    replay.follow(ledger.everything())
    return replay.spans


# ---------------------------------------------------------------- balanced


def stock_faults(ledger: Ledger) -> Iterator[str]:
    """What was not had is counted back once, and so are the points that were paid for it."""
    taken, spent = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
    for one in (one for kept in ledger.journals.values() for one in kept):
        body = json.loads(one.row.body)
        match one.row.kind:
            case "StockTaken":
                taken[_about(body)] += body["count"]
            case "StockKept":
                taken[_about(body)] -= body["count"]
                if taken[_about(body)] < 0:
                    yield f"row {one.row.seq}: more of {body['thing']} is counted back than was taken"
            case "PointsSpent":
                spent[_about(body)] += body["points"]
                if not taken[_about(body)]:
                    yield f"row {one.row.seq}: {body['points']} points are paid for nothing"
            case "PointsReturned":
                spent[_about(body)] -= body["points"]
                if spent[_about(body)] < 0:
                    yield f"row {one.row.seq}: more points come back than were paid"
            case _:
                pass


def _about(body: dict[str, Any]) -> tuple[Any, ...]:
    return body["service"], body["thing"], body["holder"], body["day"]
