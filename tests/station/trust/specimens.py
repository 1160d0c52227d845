"""Every valid signed thing of the vectors, with how to read it, sign it again, and what a change to it must lead to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cbor2

from station.trust.documents import read_document
from station.trust.keys import Purpose, SigningKey
from station.trust.orders import read_order
from station.trust.passes import bytes_to_sign, read_pass
from station.trust.refusal import Reason
from station.trust.ring import read_revocations, read_ring
from tests.station.trust import vectors
from tests.station.trust.layout import Path, base45_encode, leaves, strict_loads

PHONE_TAIL_BYTES = 72

UNREADABLE = frozenset({Reason.BAD_CBOR, Reason.NOT_CANONICAL, Reason.WRONG_TYPE})
OTHER_SHAPE = frozenset({Reason.WRONG_TYPE, Reason.UNKNOWN_FIELD, Reason.MISSING_FIELD})

LeafReason = Callable[[Path, dict[Path, object]], Reason]
"""Why a changed leaf is refused, from its path and every leaf of the changed thing."""


ORDER_OPTIONAL = frozenset({("payload", key) for key in range(9, 15)})
"""Fields that an order may lack: one that is taken for another is caught by the signature, not by the fields."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """One valid thing. `scheme` is empty for documents, which are not scanned."""

    name: str
    scheme: str
    data: bytes
    external_aad: bytes
    key: SigningKey
    takes: Callable[[bytes], object]
    leaf_reason: LeafReason

    @property
    def bound(self) -> bool:
        """True when a phone's step and signature stand behind the COSE_Sign1."""
        return self.scheme == "SG2:"

    @property
    def format(self) -> str:
        """SG1, SG2, SO1, document or ring."""
        return self.scheme[:3] or ("ring" if self.name == "ring" else "document")

    @property
    def sign1(self) -> bytes:
        """The office's COSE_Sign1."""
        return self.data[:-PHONE_TAIL_BYTES] if self.bound else self.data

    @property
    def payload(self) -> bytes:
        """What the office signed."""
        payload: bytes = cbor2.loads(self.sign1)[2]
        return payload

    def read(self, data: bytes) -> object:
        """Read these bytes as the station would."""
        return self.takes((self.scheme + base45_encode(data)).encode() if self.scheme else data)

    def signed(self, payload: bytes, key: SigningKey | None = None, external_aad: bytes | None = None) -> bytes:
        """`payload` signed as this thing was, phone included, or with another key or for another use."""
        key = key or self.key
        protected = cbor2.dumps({1: -8, 4: key.kid})
        aad = self.external_aad if external_aad is None else external_aad
        signature = key.sign(cbor2.dumps(["Signature1", protected, aad, payload]))
        return self.with_phone(cbor2.dumps([protected, {}, payload, signature]))

    def with_phone(self, sign1: bytes) -> bytes:
        """`sign1` with what the phone puts behind it, where there is a phone."""
        if not self.bound:
            return sign1
        step = vectors.NOW_S.to_bytes(8, "big")
        return sign1 + step + vectors.p256_sign(vectors.PHONE, bytes_to_sign(sign1, vectors.NOW_S))

    def expected(self, changed: bytes) -> frozenset[Reason]:
        """The reasons for which these changed bytes may be refused, worked out from what was changed."""
        own, tail = (self.data, b"") if not self.bound else (self.sign1, self.data[-PHONE_TAIL_BYTES:])
        other, other_tail = (changed, b"") if not self.bound else _split(changed)
        try:
            now, before = _leaves_of(other), _leaves_of_specimen(own)
        except ValueError:
            return UNREADABLE
        if len(now.get(("signature",), b"")) != len(before["signature",]):  # type: ignore[arg-type]
            return OTHER_SHAPE | {Reason.BAD_SIGNATURE}
        if _shape(now) != _shape(before):
            moved = now.keys() ^ before.keys()
            renamed = self.scheme == "SO1:" and moved and moved <= ORDER_OPTIONAL
            return OTHER_SHAPE | ({Reason.BAD_SIGNATURE} if renamed else set())
        reasons = {self.leaf_reason(path, now) for path in now if now[path] != before[path]}
        if tail != other_tail:
            reasons.add(Reason.BAD_SIGNATURE)
        assert reasons, "nothing was changed"
        return frozenset(reasons)


def _split(data: bytes) -> tuple[bytes, bytes]:
    return data[:-PHONE_TAIL_BYTES], data[-PHONE_TAIL_BYTES:]


@cache
def _leaves_of_specimen(sign1: bytes) -> dict[Path, object]:
    return _leaves_of(sign1)


def _leaves_of(sign1: bytes) -> dict[Path, object]:
    outer = strict_loads(sign1)
    found = leaves(outer)
    if not (
        isinstance(outer, list) and len(outer) == 4 and isinstance(outer[0], bytes) and isinstance(outer[2], bytes)
    ):
        return found
    inner = {("unprotected", *path): leaf for path, leaf in leaves(outer[1]).items()}
    inner |= {("protected", *path): leaf for path, leaf in leaves(strict_loads(outer[0])).items()}
    inner |= {("payload", *path): leaf for path, leaf in leaves(strict_loads(outer[2])).items()}
    return inner | {("signature",): outer[3]}


def _shape(found: dict[Path, object]) -> dict[Path, object]:
    """Paths with types, with the sizes of containers and the lengths of byte strings of fixed length."""
    return {
        path: (type(leaf).__name__, leaf if path and path[-1] in ("array", "map") else _fixed_length(path, leaf))
        for path, leaf in found.items()
    }


def _fixed_length(path: Path, leaf: object) -> int:
    return len(leaf) if isinstance(leaf, bytes) and path != ("payload", 5) else 0


# ---------------------------------------------------------------- what a change of one leaf must lead to

STATION = r"[a-z0-9-]{3,32}"
NAME = r"[a-z0-9_-]{1,32}"
FIRST_TAKEN_S = vectors.NOW_S - vectors.DAY_S
"""`min_iat` of every key in the vectors' ring."""

Rule = Callable[[object], Reason]


def _text(pattern: str, otherwise: Reason = Reason.BAD_SIGNATURE) -> Rule:
    return lambda value: otherwise if re.fullmatch(pattern, str(value)) else Reason.WRONG_TYPE


def _number(low: int, high: int) -> Rule:
    return lambda value: Reason.BAD_SIGNATURE if isinstance(value, int) and low <= value <= high else Reason.WRONG_TYPE


def _issued(value: object) -> Reason:
    if not isinstance(value, int) or value < 0:
        return Reason.WRONG_TYPE
    return Reason.ISSUED_BEFORE_MINIMUM if value < FIRST_TAKEN_S else Reason.BAD_SIGNATURE


def _scope(value: object) -> Reason:
    services = str(value).split(" ")
    return Reason.WRONG_TYPE if len(set(services)) < len(services) else _text(f"{NAME}( {NAME})*")(value)


def _hold(value: object) -> Reason:
    return Reason.HOLD_TOO_LONG if isinstance(value, int) and value > 1800 else _number(1, 1800)(value)


def _any(_: object) -> Reason:
    return Reason.BAD_SIGNATURE


def _none(_: object) -> Reason:
    return Reason.WRONG_TYPE


_time = _number(0, 2**33)
_version = _number(1, 2**53)

HEADER_RULES: dict[Path, Rule] = {
    ("protected", 1): lambda _: Reason.WRONG_ALGORITHM,
    ("protected", 4): lambda _: Reason.UNKNOWN_KEY,
    ("signature",): _any,
}
PASS_RULES: dict[Path, Rule] = HEADER_RULES | {
    ("payload", 3): _text("@?" + STATION, Reason.WRONG_AUDIENCE),
    ("payload", 4): _time,
    ("payload", 5): _time,
    ("payload", 6): _issued,
    ("payload", 7): _any,
    ("payload", 8, 1, 1): _none,  # the kind of key
    ("payload", 8, 1, -1): _none,  # the curve
    ("payload", 8, 1, -2): _any,
    ("payload", 8, 1, -3): _any,
    ("payload", 9): _scope,
    ("payload", -65537, 0): _any,
    ("payload", -65537, 1): _number(0, 3),
    ("payload", -65537, 2): _number(0, 1),
}
ORDER_RULES: dict[Path, Rule] = HEADER_RULES | {
    ("payload", 1): _any,
    ("payload", 2): _text(STATION, Reason.WRONG_STATION),
    ("payload", 3): _text(NAME),
    ("payload", 4): _text(NAME),
    ("payload", 5): _any,
    ("payload", 6): _any,
    ("payload", 7): _issued,
    ("payload", 8): _number(0, 3),
    ("payload", 9): _text(NAME),
    ("payload", 10): _hold,
    ("payload", 11): _text(NAME),
    ("payload", 12): _any,
    ("payload", 13): _text(r"[^\x00-\x1f\x7f]{1,40}"),
    ("payload", 14): _number(1, 999),
}
DOCUMENT_RULES: dict[Path, Rule] = HEADER_RULES | {
    ("payload", 1): _text(NAME, Reason.WRONG_NAME),
    ("payload", 2): _version,
    ("payload", 3): _text("@?" + STATION, Reason.WRONG_AUDIENCE),
    ("payload", 4): _issued,
    ("payload", 5): _any,
}
RING_KEY_RULES: dict[str | int, Rule] = {
    1: _none,  # the other algorithm has keys of another length
    2: lambda value: Reason.BAD_SIGNATURE if value in list(Purpose) else Reason.WRONG_TYPE,
    3: lambda value: Reason.BAD_SIGNATURE if isinstance(value, bytes) and is_a_key(value) else Reason.WRONG_TYPE,
    4: _time,
    5: _time,
    6: _time,
}


def pass_leaf(path: Path, now: dict[Path, object]) -> Reason:
    """What becomes of a pass when one claim differs."""
    one_time_for_group = str(now["payload", 3]).startswith("@") and now["payload", -65537, 2] == 1
    if path in (("payload", 3), ("payload", -65537, 2)) and one_time_for_group:
        return Reason.ONE_TIME_FOR_GROUP
    if path in (("payload", 5), ("payload", 6)) and now.get(("payload", 5)) == now["payload", 6]:
        return Reason.NOT_CANONICAL
    return PASS_RULES[path](now[path])


def order_leaf(path: Path, now: dict[Path, object]) -> Reason:
    """What becomes of an order when one field differs."""
    return ORDER_RULES[path](now[path])


def document_leaf(path: Path, now: dict[Path, object]) -> Reason:
    """What becomes of a document when one field differs."""
    return DOCUMENT_RULES[path](now[path])


def ring_leaf(path: Path, now: dict[Path, object]) -> Reason:
    """What becomes of a ring when one field of one key differs."""
    if path in HEADER_RULES:
        return HEADER_RULES[path](now[path])
    if path == ("payload", 1):
        return _version(now[path])
    if path[-1] == 0:
        kids = [now["payload", 2, place, 0] for place in range(len(vectors.RING.keys))]
        ascending = all(isinstance(one, bytes) and isinstance(two, bytes) and one < two for one, two in pairwise(kids))
        return Reason.BAD_SIGNATURE if ascending else Reason.NOT_CANONICAL
    return RING_KEY_RULES[path[-1]](now[path])


P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def is_a_key(public: bytes) -> bool:
    """True for any 32 bytes (Ed25519) and for 33 that are a compressed point of P-256, by Euler's criterion."""
    x = int.from_bytes(public[1:], "big")
    square = (x**3 - 3 * x + P256_B) % P256_PRIME
    on_curve = public[0] in (2, 3) and x < P256_PRIME and pow(square, (P256_PRIME - 1) // 2, P256_PRIME) == 1
    return len(public) == 32 or on_curve


# ---------------------------------------------------------------- the specimens


def take_pass(text: bytes) -> object:
    """Read a pass at the vectors' station and time."""
    return read_pass(
        text, vectors.RING, station=vectors.STATION, groups=(vectors.GROUP,), wall_s=vectors.NOW_S, revoked=None
    )


def take_order(text: bytes) -> object:
    """Read an order at the vectors' station."""
    return read_order(text, vectors.RING, station=vectors.STATION, wall_s=vectors.NOW_S)


def take_document(name: str) -> Callable[[bytes], object]:
    """Read a document of this name at the vectors' station and time."""
    return lambda data: read_document(
        data, vectors.RING, name=name, station=vectors.STATION, groups=(vectors.GROUP,), now_s=vectors.NOW_S
    )


def specimens() -> list[Specimen]:
    """Every valid token and document of the vectors."""
    made = vectors.make()
    found = []
    for name, (_, text) in vectors.pass_texts().items():
        data = bytes.fromhex(next(row["hex"] for row in made["passes"] if row["name"] == name))
        aad, key = b"station/" + text[:3].encode(), vectors.OFFICE[Purpose.PASS]
        found.append(Specimen(f"{text[:3]} {name}", text[:4], data, aad, key, take_pass, pass_leaf))
    for row, order in zip(made["orders"], vectors.ORDERS.values(), strict=True):
        aad, key = b"station/SO1/" + order.purpose.encode(), vectors.OFFICE[order.purpose]
        found.append(
            Specimen("SO1 " + row["name"], "SO1:", bytes.fromhex(row["hex"]), aad, key, take_order, order_leaf)
        )
    key = vectors.OFFICE[Purpose.DOCUMENT]
    for row in made["documents"]:
        data, take = bytes.fromhex(row["hex"]), take_document(row["fields"]["name"])
        found.append(
            Specimen("document " + row["fields"]["name"], "", data, b"station/document", key, take, document_leaf)
        )
    data = bytes.fromhex(made["revocations"]["hex"])
    found.append(
        Specimen(
            "revocations",
            "",
            data,
            b"station/document",
            key,
            lambda data: read_revocations(data, vectors.RING, now_s=vectors.NOW_S),
            document_leaf,
        )
    )
    data = bytes.fromhex(made["ring"]["hex"])
    found.append(
        Specimen(
            "ring",
            "",
            data,
            b"station/ring",
            vectors.ROOT_A,
            lambda data: read_ring(data, vectors.ROOTS),
            ring_leaf,
        )
    )
    return found


SPECIMENS = specimens()
NAMES = [specimen.name for specimen in SPECIMENS]
