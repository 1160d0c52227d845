"""What the office signs for people and stations: orders, passes, questions, documents. Keys in, text out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from central.keys import Signer
from central.views import Detail, IssuedPass
from station.trust import base45
from station.trust.claims import GROUP_MARK, Pass, Uses
from station.trust.documents import EVERYONE, Document, write_document
from station.trust.holders import Role, holder_id
from station.trust.keys import Purpose
from station.trust.nonces import read_nonce_text
from station.trust.orders import Order, write_order
from station.trust.passes import BOUND_SCHEME, write_bound_pass, write_pass
from station.trust.ring import Revocations, write_revocations
from sync import contract
from sync.contract import Ask, Publication, publication

MAX_PASS_SECONDS = 400 * 86_400
PLAIN = Detail()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs with the desk's keys. `holders_key` is the secret behind holder ids."""

    signer: Signer
    holders_key: bytes

    def holder(self, person: str, station: str) -> bytes:
        """What a person is called at a station."""
        return holder_id(self.holders_key, person, station)

    def order(
        self,
        order_id: bytes,
        station: str,
        service: str,
        action: str,
        nonce: str,
        person: str,
        role: Role,
        now_s: int,
        *,
        purpose: Purpose = Purpose.ORDER,
        duration_s: int | None = None,
        detail: Detail = PLAIN,
    ) -> str:
        """The text of an order. Raises `Refused` for one that no station would take, `KeyFault`."""
        order = Order(
            id=order_id,
            station=station,
            screen=None,  # the nonce says which screen
            service=service,
            action=action,
            nonce=read_nonce_text(nonce),
            holder=self.holder(person, station),
            issued_at_s=now_s,
            duration_s=duration_s,
            role=role,
            purpose=purpose,
            thing=detail.thing,
            recipient=self.holder(detail.recipient, station) if detail.recipient else b"",
            reason=detail.reason,
            count=detail.count,
        )
        return write_order(order, self.signer.key(purpose, now_s))

    def ask(self, ask_id: str, station: str, service: str, action: str, now_s: int) -> Publication:
        """The question for a nonce, when nobody stands at the station's screen."""
        payload = Ask(ask_id=ask_id, service=service, action=action).model_dump_json().encode()
        signed = self.signer.message(Purpose.OPERATE, station, contract.ASK.name, payload, now_s)
        return publication(station, contract.ASK, payload, signed=signed)

    def pass_(
        self,
        pass_id: bytes,
        audience: str,
        services: tuple[str, ...],
        person: str,
        *,
        role: Role,
        not_before_s: int,
        expires_s: int,
        one_time: bool,
        phone_key: bytes | None,
        now_s: int,
    ) -> IssuedPass:
        """A signed pass. Raises `Refused` for one that no station would take, `KeyFault`."""
        key = self.signer.key(Purpose.PASS, now_s)
        pass_ = Pass(
            id=pass_id,
            holder=self.holder(person, audience),
            audience=audience,
            services=services,
            role=role,
            uses=Uses.ONE if one_time else Uses.UNLIMITED,
            iat_s=now_s,
            nbf_s=not_before_s,
            exp_s=expires_s,
            holder_key=phone_key,
        )
        prefix = b""
        if phone_key is None:
            text = write_pass(pass_, key)
        else:
            bound = write_bound_pass(pass_, key)
            text, prefix = BOUND_SCHEME + base45.encode(bound.static), bound.prefix
        return IssuedPass(
            pass_id.hex(), audience, services, role.value, one_time, not_before_s, expires_s, text, prefix
        )


def is_group(audience: str) -> bool:
    """Whether a pass is for a group of stations."""
    return audience.startswith(GROUP_MARK)


def settings_document(signer: Signer, name: str, version: int, audience: str, body: object, now_s: int) -> bytes:
    """A signed document whose body is JSON. Raises `Refused`, `KeyFault`."""
    data = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return write_document(Document(name, version, audience, now_s, data), signer.key(Purpose.DOCUMENT, now_s))


def revocations_document(signer: Signer, version: int, pass_ids: frozenset[bytes], now_s: int) -> bytes:
    """The signed list of withdrawn passes. Raises `Refused` when there are too many, `KeyFault`."""
    return write_revocations(Revocations(version, pass_ids, now_s), signer.key(Purpose.DOCUMENT, now_s))


__all__ = ["EVERYONE", "Issuer", "is_group", "revocations_document", "settings_document"]
