"""The golden vectors of docs/formats.md: made from public seeds, written to tests/vectors/trust.json.

`python -m tests.station.trust.vectors` writes the file and the tables of docs/formats.md again.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import qrcode
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from station.trust import base45, cbor, claims, cose, messages, nonces
from station.trust.documents import Document, write_document
from station.trust.holders import holder_id
from station.trust.keys import Algorithm, Key, Purpose, Ring, SigningKey, key_id, signing_key
from station.trust.orders import Order, write_order
from station.trust.passes import Pass, Role, Uses, bytes_to_sign, present_pass, write_bound_pass, write_pass
from station.trust.ring import Revocations, write_revocations, write_ring

ROOT = Path(__file__).parents[3]
FILE = ROOT / "tests/vectors/trust.json"
DOCS = ROOT / "docs/formats.md"

STATION = "fumin-pod-1"
GROUP = "bao-an"
NOW_S = 1_800_000_000
DAY_S = 86_400
KEY_LIFE_S = 400 * DAY_S


def seed(name: str) -> bytes:
    """The 32 bytes behind a test key: everybody may know them."""
    return hashlib.sha256(b"micro-station test vector: " + name.encode()).digest()


def name_id(name: str) -> bytes:
    """A 16-byte id for a test."""
    return seed(name)[:16]


def p256_key(name: str) -> EllipticCurvePrivateKey:
    """A P-256 key from a seed."""
    return derive_private_key(int.from_bytes(seed(name), "big"), SECP256R1())


def p256_public(key: EllipticCurvePrivateKey) -> bytes:
    """The compressed public half, 33 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def p256_sign(key: EllipticCurvePrivateKey, message: bytes) -> bytes:
    """The signature of RFC 6979, so that the vectors stay the same, with the lower s."""
    return cose.es256_signature(key.sign(message, ECDSA(SHA256(), deterministic_signing=True)))


ROOT_A, ROOT_B = signing_key(seed("root a")), signing_key(seed("root b"))
ROOTS = (ROOT_A.public(), ROOT_B.public())
OFFICE = {purpose: signing_key(seed(purpose.value)) for purpose in Purpose}
NEXT_PASS = signing_key(seed("next pass"))
ES256_OFFICE = p256_key("pass es256")
ES256_KID = key_id(p256_public(ES256_OFFICE))
STATION_KEY = signing_key(seed("station"))
PHONE = p256_key("phone")
BOOT_SECRET = seed("boot secret")
OFFICE_HOLDER_KEY = seed("holder key")


def _ring_key(key: SigningKey, purpose: Purpose, not_before_s: int = NOW_S - DAY_S) -> Key:
    return Key(key.kid, Algorithm.EDDSA, purpose, key.public(), not_before_s, not_before_s + KEY_LIFE_S, NOW_S - DAY_S)


def _ring() -> Ring:
    keys = [_ring_key(key, purpose) for purpose, key in OFFICE.items()]
    keys.append(_ring_key(NEXT_PASS, Purpose.PASS, NOW_S + 300 * DAY_S))
    keys.append(
        replace(
            _ring_key(OFFICE[Purpose.PASS], Purpose.PASS),
            kid=ES256_KID,
            algorithm=Algorithm.ES256,
            public=p256_public(ES256_OFFICE),
        )
    )
    return Ring(7, tuple(sorted(keys, key=lambda key: key.kid)))


RING = _ring()
REVOCATIONS = Revocations(12, frozenset({name_id("revoked 1"), name_id("revoked 2")}), NOW_S - 600)
DOCUMENTS = (
    Document("settings", 3, "@" + GROUP, NOW_S - 3600, b'{"opening_hours":"00:00-24:00"}'),
    Document("holdings", 41, STATION, NOW_S - 60, b'{"holdings":[]}'),
)


@dataclass(frozen=True, slots=True)
class Message:
    """A signed MQTT message of the vectors."""

    purpose: str
    name: str
    payload: bytes
    key: SigningKey


MESSAGES = (
    Message(
        Purpose.HELLO,
        "down/hello",
        b'{"nonce":"5f0c1d","wall_ms":1800000000000,"journals":[],"documents":[]}',
        OFFICE[Purpose.HELLO],
    ),
    Message(messages.STATION_PURPOSE, "up/hello", b'{"nonce":"5f0c1d","boot":"00112233445566aa"}', STATION_KEY),
)

STATIC = Pass(
    id=name_id("pass 1"),
    holder=holder_id(OFFICE_HOLDER_KEY, "resident 1", STATION),
    audience=STATION,
    services=("door",),
    role=Role.RESIDENT,
    uses=Uses.UNLIMITED,
    iat_s=NOW_S - 60,
    nbf_s=NOW_S - 60,
    exp_s=NOW_S + 3600,
)
ONE_TIME = replace(
    STATIC,
    id=name_id("pass 2"),
    holder=holder_id(OFFICE_HOLDER_KEY, "courier 1", STATION),
    services=("door", "locker-bank"),
    role=Role.COURIER,
    uses=Uses.ONE,
    nbf_s=NOW_S - 30,
)
FOR_GROUP = replace(
    STATIC,
    id=name_id("pass 3"),
    holder=holder_id(OFFICE_HOLDER_KEY, "volunteer 1", "@" + GROUP),
    audience="@" + GROUP,
    role=Role.VOLUNTEER,
    exp_s=NOW_S + 30 * DAY_S,
)
BOUND = replace(STATIC, id=name_id("pass 4"), exp_s=NOW_S + 30 * DAY_S, holder_key=p256_public(PHONE))
BY_ES256 = replace(STATIC, id=name_id("pass 5"), role=Role.KEEPER)

AT_SCREEN = Order(
    id=name_id("order 1"),
    station=STATION,
    screen="screen",
    service="door",
    action="open",
    nonce=nonces.nonce(BOOT_SECRET, "screen", 4711),
    holder=STATIC.holder,
    issued_at_s=NOW_S,
    duration_s=None,
    role=Role.RESIDENT,
)
BY_OPERATOR = replace(
    AT_SCREEN,
    id=name_id("order 2"),
    screen=None,
    action="hold_open",
    nonce=nonces.asked_nonce(BOOT_SECRET, 1),
    holder=holder_id(OFFICE_HOLDER_KEY, "operator 1", STATION),
    duration_s=1800,
    role=Role.KEEPER,
    purpose=Purpose.OPERATE,
)
DROP_OFF = replace(
    AT_SCREEN,
    id=name_id("order 3"),
    service="lockers",
    action="take",
    thing="small",
    holder=holder_id(OFFICE_HOLDER_KEY, "courier 1", STATION),
    recipient=STATIC.holder,
    role=Role.COURIER,
)
BY_KEEPER = replace(
    BY_OPERATOR,
    id=name_id("order 4"),
    service="lockers",
    action="open_as_keeper",
    thing="17",
    duration_s=None,
    count=1,
    reason="柜内有异味",
)
ORDERS = {
    "at the screen": AT_SCREEN,
    "an operator holds the door open": BY_OPERATOR,
    "a courier leaves something for somebody": DROP_OFF,
    "a keeper opens a cell": BY_KEEPER,
}


def sign1_es256(payload: bytes, external_aad: bytes) -> bytes:
    """A COSE_Sign1 by the office's P-256 key: stations take them, `write_sign1` does not write them."""
    protected = cbor.encode({1: Algorithm.ES256.value, 4: ES256_KID})
    signature = p256_sign(ES256_OFFICE, cose.signed_bytes(protected, external_aad, payload))
    return cbor.encode([protected, {}, payload, signature])


def pass_texts() -> dict[str, tuple[Pass, str]]:
    """Every valid pass of the vectors with its text."""
    key = OFFICE[Purpose.PASS]
    bound = write_bound_pass(BOUND, key)
    shown = present_pass(bound.static, NOW_S, p256_sign(PHONE, bytes_to_sign(bound.static, NOW_S)))
    by_es256 = "SG1:" + base45.encode(sign1_es256(claims.claims_bytes(BY_ES256), b"station/SG1"))
    return {
        "a resident, for an hour": (STATIC, write_pass(STATIC, key)),
        "a courier, one visit": (ONE_TIME, write_pass(ONE_TIME, key)),
        "a volunteer, in a group of stations": (FOR_GROUP, write_pass(FOR_GROUP, key)),
        "a keeper, signed with ES256": (BY_ES256, by_es256),
        "a resident, bound to a phone": (BOUND, shown),
    }


def order_texts() -> dict[str, tuple[Order, str]]:
    """Every valid order of the vectors with its text."""
    return {name: (order, write_order(order, OFFICE[order.purpose])) for name, order in ORDERS.items()}


def qr_version(text: str) -> int:
    """The version of the smallest QR code, level M, alphanumeric mode, that holds `text`."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(qrcode.util.QRData(text.encode(), mode=qrcode.util.MODE_ALPHA_NUM))
    code.make()
    version: int = code.version
    return version


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def fields_of(thing: Pass | Order | Key | Document) -> dict[str, object]:
    """A record's fields as JSON knows them: bytes in hex."""
    return {name: _plain(getattr(thing, name)) for name in type(thing).__slots__}


def code_row(name: str, text: str, thing: Pass | Order) -> dict[str, object]:
    """One token of the vectors."""
    data = base45.decode(text[4:].encode())
    return {
        "name": name,
        "text": text,
        "hex": data.hex(),
        "bytes": len(data),
        "characters": len(text),
        "qr_version": qr_version(text),
        "fields": fields_of(thing),
    }


def make() -> dict[str, Any]:
    """Everything in tests/vectors/trust.json."""
    bound = write_bound_pass(BOUND, OFFICE[Purpose.PASS])
    return {
        "notice": "Keys from public seeds. Whoever trusts them lets everybody in.",
        "station": STATION,
        "groups": [GROUP],
        "wall_s": NOW_S,
        "keys": {
            "root a": {"seed": ROOT_A.seed.hex(), "public": ROOT_A.public().hex(), "kid": ROOT_A.kid.hex()},
            "root b": {"seed": ROOT_B.seed.hex(), "public": ROOT_B.public().hex(), "kid": ROOT_B.kid.hex()},
            **{
                purpose.value: {"seed": key.seed.hex(), "public": key.public().hex(), "kid": key.kid.hex()}
                for purpose, key in OFFICE.items()
            },
            "station": {
                "seed": STATION_KEY.seed.hex(),
                "public": STATION_KEY.public().hex(),
                "kid": STATION_KEY.kid.hex(),
            },
            "pass es256": {
                "scalar": seed("pass es256").hex(),
                "public": p256_public(ES256_OFFICE).hex(),
                "kid": ES256_KID.hex(),
            },
            "phone": {"scalar": seed("phone").hex(), "public": p256_public(PHONE).hex()},
        },
        "base45": [
            {"hex": data.hex(), "text": base45.encode(data)}
            for data in (b"", b"AB", b"Hello!!", b"base-45", b"ietf!", b"\x00", b"\xff\xff")
        ],
        "ring": {
            "hex": write_ring(RING, ROOT_A).hex(),
            "version": RING.version,
            "keys": [fields_of(key) for key in RING.keys],
        },
        "revocations": {
            "hex": write_revocations(REVOCATIONS, OFFICE[Purpose.DOCUMENT]).hex(),
            "version": REVOCATIONS.version,
            "issued_at_s": REVOCATIONS.issued_at_s,
            "ids": sorted(one.hex() for one in REVOCATIONS.ids),
        },
        "documents": [
            {"hex": write_document(document, OFFICE[Purpose.DOCUMENT]).hex(), "fields": fields_of(document)}
            for document in DOCUMENTS
        ],
        "passes": [code_row(name, text, pass_) for name, (pass_, text) in pass_texts().items()],
        "bound_pass": {
            "static": bound.static.hex(),
            "prefix": bound.prefix.hex(),
            "step_s": NOW_S,
            "to_sign": bytes_to_sign(bound.static, NOW_S).hex(),
        },
        "orders": [code_row(name, text, order) for name, (order, text) in order_texts().items()],
        "messages": [
            {
                "purpose": message.purpose,
                "station": STATION,
                "name": message.name,
                "payload": message.payload.decode(),
                "kid": message.key.kid.hex(),
                "signature": messages.sign_message(
                    message.key, purpose=message.purpose, station=STATION, name=message.name, payload=message.payload
                ).hex(),
            }
            for message in MESSAGES
        ],
        "holders": [
            {"office_key": OFFICE_HOLDER_KEY.hex(), "person": person, "station": station, "holder": holder.hex()}
            for person, station, holder in (
                ("resident 1", STATION, STATIC.holder),
                ("volunteer 1", "@" + GROUP, FOR_GROUP.holder),
            )
        ],
        "nonces": [
            {"secret": BOOT_SECRET.hex(), "screen": "screen", "step": 4711, "text": nonces.nonce_text(AT_SCREEN.nonce)},
            {"secret": BOOT_SECRET.hex(), "counter": 1, "text": nonces.nonce_text(BY_OPERATOR.nonce)},
        ],
    }


def as_json(vectors: dict[str, Any]) -> str:
    """The text of tests/vectors/trust.json."""
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


def tables(vectors: dict[str, Any]) -> dict[str, str]:
    """The generated parts of docs/formats.md by their name."""
    keys = ["| key | public | kid |", "|---|---|---|"]
    for name, key in vectors["keys"].items():
        keys.append(f"| {name} | `{key['public']}` | `{key.get('kid', '')}` |")
    sizes = ["| token | bytes | characters | QR version, level M |", "|---|---|---|---|"]
    codes = []
    for row in (*vectors["passes"], *vectors["orders"]):
        sizes.append(
            f"| {row['text'][:3]}: {row['name']} | {row['bytes']} | {row['characters']} | {row['qr_version']} |"
        )
        codes.append(
            f"**{row['text'][:3]}: {row['name']}**\n\n```text\n{row['text']}\n```\n\n```text\n{row['hex']}\n```"
        )
    bound = vectors["bound_pass"]
    codes.append(f"**What the phone signs for second {bound['step_s']}**\n\n```text\n{bound['to_sign']}\n```")
    return {"keys": "\n".join(keys), "sizes": "\n".join(sizes), "codes": "\n\n".join(codes)}


def with_tables(document: str, vectors: dict[str, Any]) -> str:
    """The text of docs/formats.md with its generated parts put in again."""
    for name, table in tables(vectors).items():
        begin, end = f"<!-- vectors: {name} -->", "<!-- end -->"
        pattern = re.compile(re.escape(begin) + r"\n.*?" + re.escape(end), re.DOTALL)
        document, count = pattern.subn(lambda _, text=f"{begin}\n\n{table}\n\n{end}": text, document)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"docs/formats.md has {count} places for the vectors {name}, not one")
    return document


if __name__ == "__main__":
    made = make()
    FILE.write_text(as_json(made), encoding="utf-8")
    DOCS.write_text(with_tables(DOCS.read_text(encoding="utf-8"), made), encoding="utf-8")
