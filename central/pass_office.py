"""The office's passes and the people who hold them: issued, noted, withdrawn."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import sqlalchemy as sa

from central import reading
from central import tables as t
from central.changes import OfficeFault, UnknownStation
from central.enrol import document_version, keep_document
from central.issue import EVERYONE, MAX_PASS_SECONDS, Issuer, is_group, revocations_document
from central.keys import Signer
from central.store import Store, Transaction
from central.views import IssuedPass, StationView
from station.trust.holders import Role
from station.trust.refusal import Refused
from station.trust.ring import MAX_REVOCATIONS, REVOKED
from sync import contract
from sync.contract import Publication, publication

PASS_BYTES = 16
CARD_DIGITS = 8
"""How much of a pass's number stands on a card."""
DAY_SECONDS = 86_400

Publish = Callable[[Publication], bool]
"""Hands a message to the broker; False when there is no connection now."""


class PassOffice:
    """The part of `Office` that looks stations up, issues and withdraws passes, and sends documents."""

    def __init__(
        self, store: Store, issuer: Issuer, documents: Signer | None, publish: Publish, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._issuer = issuer
        self._documents = documents
        self._publish = publish
        self._now_ms = now_ms

    def station(self, station: str) -> StationView:
        """One station. Raises `UnknownStation`."""
        with self._store.read() as connection:
            found = reading.stations(connection, station)
        if not found:
            raise UnknownStation(f"{station} is no station of this office")
        return found[0]

    def holder(self, person: str, station: str) -> str:
        """What a person is called in the rows of a station, hex."""
        return self._issuer.holder(person, station).hex()

    def _must_have(self, station: str, service: str, *, or_alarm: bool = False) -> StationView:
        """The station. `or_alarm`: one that stands there will do too, although no service has its name."""
        view = self.station(station)
        services = [one.name for one in view.services]
        if or_alarm and view.state is not None and service in view.state.alarms:
            return view
        if service not in services:
            there = ", ".join(services) or "none; give them to `central station add`"
            raise OfficeFault(f"{station} has no service {service!r}; there are: {there}")
        return view

    # ---------------------------------------------------------------- people and passes

    def new_person(self, role: Role = Role.RESIDENT, label: str = "") -> str:
        """A new random id (32 hex digits) for somebody; `label` is what a keeper needs to tell cards apart."""
        person = secrets.token_bytes(16).hex()
        values = {"person": person, "role": role.value, "label": label, "added_ms": self._now_ms()}
        with self._store.write() as transaction:
            transaction.put(t.people, values, keys=("person",))
        return person

    def issue_pass(
        self,
        audience: str,
        services: tuple[str, ...],
        person: str,
        *,
        role: Role = Role.RESIDENT,
        valid_seconds: int = DAY_SECONDS,
        not_before_s: int | None = None,
        one_time: bool = False,
        phone_key: bytes | None = None,
    ) -> IssuedPass:
        """Sign a pass for a station (or `@group`), valid from now (or `not_before_s`, unix seconds) on.

        `phone_key` is the phone's P-256 public key (33 bytes, compressed): the pass is then bound to it (SG2).
        Raises `UnknownStation`, `OfficeFault`.
        """
        if not is_group(audience):
            for service in services:
                self._must_have(audience, service)
        if not 0 < valid_seconds <= MAX_PASS_SECONDS:
            raise OfficeFault(f"a pass lives for at most {MAX_PASS_SECONDS // DAY_SECONDS} days")
        now_ms, pass_id = self._now_ms(), secrets.token_bytes(PASS_BYTES)
        begins_s = not_before_s if not_before_s is not None else now_ms // 1000
        try:
            issued = self._issuer.pass_(
                pass_id,
                audience,
                services,
                person,
                role=role,
                not_before_s=begins_s,
                expires_s=begins_s + valid_seconds,
                one_time=one_time,
                phone_key=phone_key,
                now_s=now_ms // 1000,
            )
        except Refused as refused:
            raise OfficeFault(f"no pass can be made of that: {refused.detail}") from refused
        self._note_pass(issued, person, now_ms, bound=phone_key is not None)
        return issued

    def _note_pass(self, issued: IssuedPass, person: str, now_ms: int, *, bound: bool) -> None:
        values = {
            "pass_id": issued.pass_id,
            "audience": issued.audience,
            "services": " ".join(issued.services),
            "person": person,
            "role": issued.role,
            "one_time": issued.one_time,
            "bound": bound,
            "not_before_s": issued.not_before_s,
            "expires_s": issued.expires_s,
            "issued_ms": now_ms,
        }
        with self._store.write() as transaction:
            transaction.put(t.passes, values, keys=("pass_id",))

    def find_pass(self, digits: str) -> str:
        """The number of the one pass that begins with these digits (8 stand on a card). Raises `OfficeFault`."""
        query = sa.select(t.passes.c.pass_id).where(t.passes.c.pass_id.startswith(digits, autoescape=True)).limit(2)
        with self._store.read() as connection:
            found = connection.execute(query).scalars().all()
        if len(digits) < CARD_DIGITS or len(found) != 1:
            raise OfficeFault(
                f"{len(found)} passes begin with {digits!r}: give all 32 digits, or the {CARD_DIGITS} on the card"
            )
        return str(found[0])

    def revoke_pass(self, pass_id: str) -> int:
        """Put a pass on the list of withdrawn passes, and send the list; to how many stations it went at once.

        Raises `OfficeFault` for an unknown id, a full list, or where the key for documents is not at hand.
        """
        if self._documents is None:
            raise OfficeFault("the key for documents is not on this machine: use `central revoke` where it is")
        now_ms = self._now_ms()
        with self._store.write() as transaction:
            place = t.passes.c.pass_id == pass_id
            if not transaction.connection.execute(
                sa.update(t.passes).where(place, t.passes.c.revoked_ms.is_(None)).values(revoked_ms=now_ms)
            ).rowcount:
                raise OfficeFault(f"no pass {pass_id} was issued here, or it is withdrawn already")
            withdrawn = _withdrawn(transaction, now_ms // 1000)
            if len(withdrawn) > MAX_REVOCATIONS:
                raise OfficeFault(f"more than {MAX_REVOCATIONS} withdrawn passes: make a new ring with a minimum date")
            version = document_version(transaction, EVERYONE, REVOKED) + 1
            data = revocations_document(self._documents, version, withdrawn, now_ms // 1000)
            keep_document(transaction, EVERYONE, REVOKED, version, data, now_ms)
        return self.send_document(REVOKED, data)

    # ---------------------------------------------------------------- documents

    def send_document(self, name: str, data: bytes, station: str | None = None) -> int:
        """Publish a document to one station or all; to how many. The others get it with their next hello."""
        with self._store.read() as connection:
            names = [one for one in reading.station_ids(connection) if station in (None, one)]
        return sum(
            self._publish(publication(one, contract.DOCUMENT, data, name=f"down/document/{name}")) for one in names
        )


def _withdrawn(transaction: Transaction, now_s: int) -> frozenset[bytes]:
    """Withdrawn passes that would still be valid."""
    query = sa.select(t.passes.c.pass_id).where(
        t.passes.c.revoked_ms.is_not(None), t.passes.c.expires_s > now_s - 86_400
    )
    return frozenset(bytes.fromhex(pass_id) for pass_id in transaction.connection.execute(query).scalars())
