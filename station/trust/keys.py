"""Keys with their purpose and window, and the ring that holds them. `station.trust.ring` reads rings from bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.trust.refusal import Reason, Refused

KEY_ID_BYTES = 8
ED25519_KEY_BYTES = 32
P256_KEY_BYTES = 33
"""A P-256 point in its compressed form (SEC 1, 2.3.3): 02 or 03 and the x coordinate."""


class Algorithm(IntEnum):
    """Signature algorithms by their COSE number (RFC 9053, 2)."""

    EDDSA = -8  # Ed25519
    ES256 = -7  # ECDSA on P-256 with SHA-256


class Purpose(StrEnum):
    """The one thing that a key of the ring may sign."""

    PASS = "pass"  # noqa: S105 (a name, no password)
    ORDER = "order"
    OPERATE = "operate"
    STORED = "stored"
    HELLO = "hello"
    DOCUMENT = "document"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of the ring.

    `public` is 32 bytes (Ed25519) or 33 (P-256, compressed). The key may be used from `not_before_s` until just before
    `not_after_s`; whatever it signed before `min_iat_s` is withdrawn. All three are unix seconds.
    """

    kid: bytes
    algorithm: Algorithm
    purpose: Purpose
    public: bytes
    not_before_s: int
    not_after_s: int
    min_iat_s: int = 0

    def must_be_in_force(self, now_s: int | None) -> None:
        """Raise `Refused` outside the key's window; with no known time (None) every key is in force."""
        if now_s is not None and now_s < self.not_before_s:
            raise Refused(Reason.KEY_NOT_YET_VALID, f"key {self.kid.hex()} is valid from {self.not_before_s}")
        if now_s is not None and now_s >= self.not_after_s:
            raise Refused(Reason.KEY_EXPIRED, f"key {self.kid.hex()} was valid until {self.not_after_s}")

    def must_cover(self, issued_at_s: int) -> None:
        """Raise `Refused` for what the key signed before its `min_iat_s`."""
        if issued_at_s < self.min_iat_s:
            raise Refused(
                Reason.ISSUED_BEFORE_MINIMUM, f"issued at {issued_at_s}, this key counts from {self.min_iat_s}"
            )


@dataclass(frozen=True, slots=True)
class Ring:
    """Every key that a station believes. Key ids are unique within a ring and never used again."""

    version: int
    keys: tuple[Key, ...]

    def find(self, kid: bytes) -> Key:
        """The key with this id, whatever its purpose. Raises `Refused` (unknown_key)."""
        for key in self.keys:
            if key.kid == kid:
                return key
        raise Refused(Reason.UNKNOWN_KEY, f"no key {kid.hex()} in ring {self.version}")

    def key(self, kid: bytes, purpose: Purpose, now_s: int | None) -> Key:
        """The key with this id, if it has this purpose and is in force at unix second `now_s` (None: unknown).

        Raises `Refused`: unknown_key, wrong_purpose, key_not_yet_valid, key_expired.
        """
        key = self.find(kid)
        if key.purpose is not purpose:
            raise Refused(Reason.WRONG_PURPOSE, f"key {kid.hex()} is for {key.purpose}, not for {purpose}")
        key.must_be_in_force(now_s)
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 private key with the id under which its public half is known. `seed` is its 32 bytes (RFC 8032)."""

    kid: bytes
    seed: bytes = field(repr=False)

    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self._private().public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature of `message`, 64 bytes."""
        return self._private().sign(message)

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def key_id(public: bytes) -> bytes:
    """The id of a key that no ring names (a root's, a station's): the first 8 bytes of SHA-256 of its public half."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES]


def signing_key(seed: bytes) -> SigningKey:
    """The signing key of this 32-byte seed, under the `key_id` of its public half."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return SigningKey(key_id(public), seed)


def must_be_a_key(algorithm: Algorithm, public: bytes) -> None:
    """Raise `Refused` (wrong_type) when these bytes are no public key of that algorithm in its one accepted form."""
    size = ED25519_KEY_BYTES if algorithm is Algorithm.EDDSA else P256_KEY_BYTES
    if len(public) != size:
        raise Refused(Reason.WRONG_TYPE, f"a public key for {algorithm.name} has {size} bytes, not {len(public)}")
    if algorithm is Algorithm.ES256:
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
        except ValueError as fault:
            raise Refused(Reason.WRONG_TYPE, "these bytes are no point of the curve P-256") from fault
