"""Whether a batch goes on where a stored journal ends: pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from central.store import HoleRecord
from drivers.contract import Row
from station.events import next_chain
from sync.contract import Events, HoleSent, RowSent


@dataclass(frozen=True, slots=True)
class Continued:
    """What a batch adds: rows and holes up to `stored_seq`, where the chain is `head`; nothing when it leaves a gap.

    `conflict` is the word for a contradiction (then nothing is added), `came` what came at `conflict_seq`.
    """

    stored_seq: int
    head: bytes
    rows: tuple[Row, ...] = ()
    holes: tuple[HoleRecord, ...] = ()
    conflict: str = ""
    conflict_seq: int = 0
    came: str = ""


def continue_journal(stored_seq: int, head: bytes, batch: Events, stored: Mapping[int, Row]) -> Continued:
    """Compare a batch with what is stored up to `stored_seq`; `stored` are the stored rows that it overlaps with.

    What is stored already and the same is passed over. A gap adds nothing. The same number with other bytes is the
    conflict `other_bytes`; rows that do not lead to the batch's head, or a head that is not ours, are `other_chain`;
    items that do not follow each other are `out_of_order`.
    """
    nothing = Continued(stored_seq, head)
    rows: list[Row] = []
    holes: list[HoleRecord] = []
    seq, chain, expected = stored_seq, head, batch.first_seq
    for item in batch.items:
        first, last = (item.seq, item.seq) if isinstance(item, RowSent) else (item.first_seq, item.last_seq)
        if first != expected or last < first:
            return _conflict(nothing, "out_of_order", first, item)
        expected = last + 1
        if last <= stored_seq:
            if isinstance(item, RowSent) and last in stored and not _same(item, stored[last]):
                return _conflict(nothing, "other_bytes", last, item)
            continue
        if first > seq + 1:
            return nothing
        if isinstance(item, RowSent):
            chain = next_chain(chain, item.row())
            rows.append(item.row(chain))
        else:
            chain = bytes.fromhex(item.chain)
            counts = json.dumps(item.counts, sort_keys=True)
            holes.append(HoleRecord(seq + 1, last, counts, chain))
        seq = last
    told = bytes.fromhex(batch.head)
    ours = chain if seq > stored_seq else (head if expected == stored_seq + 1 else _chain_at(stored, expected - 1))
    if ours is not None and told != ours:
        return _conflict(nothing, "other_chain", expected - 1, batch.items[-1])
    return Continued(seq, chain, tuple(rows), tuple(holes))


def _chain_at(stored: Mapping[int, Row], seq: int) -> bytes | None:
    return stored[seq].chain if seq in stored else None


def _same(sent: RowSent, row: Row) -> bool:
    return sent.row() == replace(row, chain=b"")


def _conflict(nothing: Continued, what: str, seq: int, came: RowSent | HoleSent) -> Continued:
    return replace(nothing, conflict=what, conflict_seq=seq, came=came.model_dump_json())
