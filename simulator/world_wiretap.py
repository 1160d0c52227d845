"""Listens on the wire of a world: what was really delivered, and what the station gave away, goes into the ledger."""

from __future__ import annotations

import json

from simulator.wires.world_broker import WorldBroker
from simulator.world_ledger import Ledger
from station.trust.nonces import read_nonce_text
from sync import contract
from sync.contract import Publication
from sync.transport import Arrived

MAY_NAME_NONCES = (contract.NONCE.name, contract.HELLO.name)
"""Nonces that are made for the office: the answer to a question, and a hello's own."""


def listen(broker: WorldBroker, ledger: Ledger) -> None:
    """Begin to listen."""

    def up(publication: Publication) -> None:
        found = contract.find(publication.topic)
        name = found[1] if found is not None else ""
        ledger.note(f"up {name.removeprefix('up/').partition('/')[0]}")
        if name == contract.NONCE.name:
            nonce = read_nonce_text(json.loads(publication.payload)["nonce"])
            ledger.asked.setdefault(nonce, ledger.agenda.now_ms)
        if name not in MAY_NAME_NONCES:
            ledger.read(publication.payload.decode("utf-8", "replace"))

    def down(message: Arrived) -> None:
        found = contract.find(message.topic)
        name = found[1] if found is not None else ""
        ledger.note(f"down {name.removeprefix('down/').partition('/')[0]}")
        if name == contract.HELLO_ANSWER.name:
            ledger.hellos.append(ledger.agenda.now_ms)
        if name == contract.ORDER.name and not message.retained:
            order = ledger.codes.get(message.payload.decode("ascii", "replace"))
            if order is not None:
                ledger.delivered[order].append(ledger.agenda.now_ms)

    broker.watch_up = up
    broker.watch_down = down
