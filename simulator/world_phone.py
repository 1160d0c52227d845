"""A resident's phone: its key, its clock, and the codes that it shows."""

from __future__ import annotations

from random import Random

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from central.views import IssuedPass
from simulator.world_ledger import Ledger
from simulator.world_time import Agenda
from station.trust import base45
from station.trust.cose import P256_ORDER
from station.trust.passes import BOUND_SCHEME, bytes_to_sign, present_pass

SIGN_EVERY_S = 10


class Phone:
    """One phone; its clock is a few seconds off."""

    def __init__(self, agenda: Agenda, random: Random, ledger: Ledger) -> None:
        self._agenda = agenda
        self._ledger = ledger
        self._key = derive_private_key(random.randrange(1, P256_ORDER), SECP256R1())
        self._off_s = random.randint(-4, 4)

    @property
    def public(self) -> bytes:
        """Its public key, 33 bytes."""
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def code(self, issued: IssuedPass) -> str:
        """What the pass page shows now: the pass, and a signature over the second of its last refresh."""
        if not issued.prefix:
            return issued.text
        step_s = self._agenda.wall_ms // 1000 // SIGN_EVERY_S * SIGN_EVERY_S + self._off_s
        static = base45.decode(issued.text.removeprefix(BOUND_SCHEME).encode())
        # The same signature every time: a world depends on its seed alone.
        signed = self._key.sign(bytes_to_sign(static, step_s), ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(signed)
        text = present_pass(static, step_s, r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big"))
        self._ledger.codes[text] = issued.pass_id
        return text
