"""COSE_Sign1 (RFC 9052, 4.2), untagged, with Ed25519 and ES256 (RFC 9053, 2).

Only one form is taken: a protected header of exactly algorithm and key id, an empty unprotected header, an embedded
payload. What the signature is for stands in `external_aad`, so that nothing signed for one use counts for another.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from station.trust import cbor
from station.trust.fields import Fields
from station.trust.keys import KEY_ID_BYTES, Algorithm, Key, SigningKey
from station.trust.refusal import Reason, Refused

SIGNATURE_BYTES = 64
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order n of the P-256 group (FIPS 186-5; SEC 2, 2.4.2)."""

_HEADER_ALGORITHM, _HEADER_KEY_ID = 1, 4
_ITEMS = 4


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 that can be read; nothing is known yet of its signature."""

    kid: bytes
    algorithm: int
    protected: bytes
    payload: bytes
    signature: bytes


def read_sign1(data: bytes, max_bytes: int = cbor.MAX_CODE_BYTES) -> Sign1:
    """Take a COSE_Sign1 apart. Raises `Refused`; verifies nothing."""
    items = cbor.decode(data, max_bytes)
    if not isinstance(items, list) or len(items) != _ITEMS:
        raise Refused(Reason.WRONG_TYPE, "a COSE_Sign1 is an array of four")
    protected, unprotected, payload, signature = items
    if not isinstance(protected, bytes) or not isinstance(payload, bytes) or not isinstance(signature, bytes):
        raise Refused(Reason.WRONG_TYPE, "protected header, payload and signature are byte strings")
    Fields(unprotected, "the unprotected header", needed=frozenset())
    header = Fields(
        cbor.decode(protected), "the protected header", needed=frozenset({_HEADER_ALGORITHM, _HEADER_KEY_ID})
    )
    return Sign1(
        kid=header.octets(_HEADER_KEY_ID, KEY_ID_BYTES),
        algorithm=header.number(_HEADER_ALGORITHM, -(2**31), 2**31),
        protected=protected,
        payload=payload,
        signature=signature,
    )


def verify_sign1(message: Sign1, key: Key, external_aad: bytes) -> None:
    """Raise `Refused` (wrong_algorithm, bad_signature) unless `key` signed this message for this use."""
    if message.algorithm != key.algorithm:
        raise Refused(Reason.WRONG_ALGORITHM, f"key {key.kid.hex()} signs with {key.algorithm.name} only")
    signed = signed_bytes(message.protected, external_aad, message.payload)
    verify_signature(key.algorithm, key.public, message.signature, signed)


def write_sign1(payload: bytes, key: SigningKey, external_aad: bytes) -> bytes:
    """A COSE_Sign1 over `payload` by an Ed25519 key."""
    protected = cbor.encode({_HEADER_ALGORITHM: Algorithm.EDDSA.value, _HEADER_KEY_ID: key.kid})
    signature = key.sign(signed_bytes(protected, external_aad, payload))
    return cbor.encode([protected, {}, payload, signature])


def signed_bytes(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """What the signature is made over: the Sig_structure of RFC 9052, 4.4."""
    return cbor.encode(["Signature1", protected, external_aad, payload])


def verify_signature(algorithm: Algorithm, public: bytes, signature: bytes, message: bytes) -> None:
    """Raise `Refused` (bad_signature) unless the private half of `public` signed `message`.

    An Ed25519 signature has one form (RFC 8032, 5.1.7; the library refuses S at or above the group order). An ES256
    signature (r, s) holds for (r, n - s) too: only the lower s is taken, so that no second form of a token counts.
    """
    try:
        if algorithm is Algorithm.EDDSA:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        else:
            der = _der_of_low_s(signature)
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public).verify(der, message, ECDSA(SHA256()))
    except InvalidSignature as fault:
        raise Refused(Reason.BAD_SIGNATURE, "the signature does not hold") from fault


def es256_signature(der: bytes) -> bytes:
    """The 64 bytes that are taken, r and then the lower s, of an ECDSA signature in the DER form of `cryptography`."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


def _der_of_low_s(signature: bytes) -> bytes:
    half = SIGNATURE_BYTES // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    if len(signature) != SIGNATURE_BYTES or s > P256_ORDER // 2:
        raise Refused(Reason.BAD_SIGNATURE, "an ES256 signature is 64 bytes with the lower of the two values for s")
    return encode_dss_signature(r, s)
