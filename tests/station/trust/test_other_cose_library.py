"""Tokens are COSE_Sign1 for other people too: pycose verifies ours, and we verify pycose's.

pycose 1.1 cannot take a message apart with cbor2 6 (`decode` expects a list and gets a tuple), so the array of four is
taken apart by cbor2 here; header, Sig_structure and signature are all pycose's own (python-ecdsa for P-256).
"""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from pycose.algorithms import EdDSA, Es256
from pycose.headers import KID, Algorithm
from pycose.keys.curves import P256, Ed25519
from pycose.keys.ec2 import EC2Key
from pycose.keys.okp import OKPKey
from pycose.messages.sign1message import Sign1Message

from station.trust import claims, cose
from station.trust.keys import Purpose
from tests.station.trust import vectors
from tests.station.trust.layout import base45_encode
from tests.station.trust.specimens import NAMES, SPECIMENS, Specimen, take_pass


def okp_key(seed: bytes, public: bytes) -> OKPKey:
    return OKPKey(crv=Ed25519, x=public, d=seed)


def ec2_key(key: EllipticCurvePrivateKey) -> EC2Key:
    numbers = key.private_numbers()
    x, y = numbers.public_numbers.x, numbers.public_numbers.y
    return EC2Key(
        crv=P256, x=x.to_bytes(32, "big"), y=y.to_bytes(32, "big"), d=numbers.private_value.to_bytes(32, "big")
    )


def key_of(message: Sign1Message) -> OKPKey | EC2Key:
    kid = message.phdr[KID]
    if kid == vectors.ES256_KID:
        return ec2_key(vectors.ES256_OFFICE)
    key = next(key for key in (*vectors.OFFICE.values(), vectors.ROOT_A) if key.kid == kid)
    return okp_key(key.seed, key.public())


@pytest.mark.parametrize("specimen", SPECIMENS, ids=NAMES)
def test_the_other_library_verifies_ours(specimen: Specimen) -> None:
    message: Any = Sign1Message.from_cose_obj(list(cbor2.loads(specimen.sign1)), allow_unknown_attributes=False)
    message.key = key_of(message)
    message.external_aad = specimen.external_aad
    assert message.verify_signature()
    message.external_aad = specimen.external_aad + b"x"
    assert not message.verify_signature()


@pytest.mark.parametrize("specimen", SPECIMENS, ids=NAMES)
def test_we_take_the_other_librarys(specimen: Specimen) -> None:
    message: Any = Sign1Message(phdr={Algorithm: EdDSA, KID: specimen.key.kid}, payload=specimen.payload)
    message.key = okp_key(specimen.key.seed, specimen.key.public())
    message.external_aad = specimen.external_aad
    assert specimen.read(specimen.with_phone(message.encode(tag=False)))


def test_we_take_the_other_librarys_es256() -> None:
    payload = claims.claims_bytes(vectors.BY_ES256)
    message: Any = Sign1Message(phdr={Algorithm: Es256, KID: vectors.ES256_KID}, payload=payload)
    message.key = ec2_key(vectors.ES256_OFFICE)
    message.external_aad = b"station/SG1"
    protected, _, _, signature = cbor2.loads(message.encode(tag=False))
    low = min(s := int.from_bytes(signature[32:], "big"), cose.P256_ORDER - s).to_bytes(32, "big")
    data = cbor2.dumps([protected, {}, payload, signature[:32] + low])
    assert take_pass(("SG1:" + base45_encode(data)).encode())


def test_the_other_library_verifies_the_phones_signature() -> None:
    (bound,) = [specimen for specimen in SPECIMENS if specimen.bound]
    step, signature = bound.data[-72:-64], bound.data[-64:]
    protected = cbor2.dumps({1: -7})
    message: Any = Sign1Message.from_cose_obj([protected, {}, step, signature], allow_unknown_attributes=False)
    message.key = ec2_key(vectors.PHONE)
    message.external_aad = b"station/SG2/step" + bound.sign1
    assert message.verify_signature()


def test_both_libraries_sign_the_same_bytes() -> None:
    key = vectors.OFFICE[Purpose.PASS]
    message: Any = Sign1Message(phdr={Algorithm: EdDSA, KID: key.kid}, payload=b"the same")
    message.key = okp_key(key.seed, key.public())
    message.external_aad = b"station/SG1"
    assert message.encode(tag=False) == cose.write_sign1(b"the same", key, b"station/SG1")
