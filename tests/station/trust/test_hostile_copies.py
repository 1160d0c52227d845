"""Every valid token and document, changed in every small way, is refused for the reason that the change calls for."""

from __future__ import annotations

from itertools import combinations

import cbor2
import pytest

from station.trust.cose import P256_ORDER
from station.trust.keys import Purpose, SigningKey, signing_key
from station.trust.passes import bytes_to_sign
from station.trust.refusal import Reason, Refused
from tests.station.trust import vectors
from tests.station.trust.layout import ALPHABET, base45_decode, base45_encode, map_of, odd_forms
from tests.station.trust.specimens import NAMES, PHONE_TAIL_BYTES, SPECIMENS, Specimen

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
SCANNED = [specimen for specimen in SPECIMENS if specimen.scheme]
SCANNED_NAMES = [specimen.name for specimen in SCANNED]

every = pytest.mark.parametrize("specimen", SPECIMENS, ids=NAMES)
every_scanned = pytest.mark.parametrize("specimen", SCANNED, ids=SCANNED_NAMES)
PASSES = [specimen for specimen in SCANNED if specimen.format.startswith("SG")]
every_pass = pytest.mark.parametrize("specimen", PASSES, ids=[specimen.name for specimen in PASSES])


def refusal_of(specimen: Specimen, data: bytes) -> Reason:
    with pytest.raises(Refused) as refused:
        specimen.read(data)
    return refused.value.reason


def refusal_of_text(specimen: Specimen, text: bytes) -> Reason:
    with pytest.raises(Refused) as refused:
        specimen.takes(text)
    return refused.value.reason


@every
def test_the_specimen_itself_is_taken(specimen: Specimen) -> None:
    assert specimen.read(specimen.data)


@every
def test_every_flipped_bit_is_refused(specimen: Specimen) -> None:
    for place in range(len(specimen.data)):
        for bit in range(8):
            flipped = bytearray(specimen.data)
            flipped[place] ^= 1 << bit
            assert refusal_of(specimen, bytes(flipped)) in specimen.expected(bytes(flipped)), (place, bit)


@every_scanned
def test_every_flipped_bit_of_the_text_is_refused(specimen: Specimen) -> None:
    text = (specimen.scheme + base45_encode(specimen.data)).encode()
    for place in range(len(text)):
        for bit in range(8):
            flipped = bytearray(text)
            flipped[place] ^= 1 << bit
            assert refusal_of_text(specimen, bytes(flipped)) in expected_of_text(specimen, bytes(flipped)), (place, bit)


def expected_of_text(specimen: Specimen, text: bytes) -> frozenset[Reason]:
    if not text.isascii():
        return frozenset({Reason.NOT_TEXT})
    if text[:4].decode() != specimen.scheme:
        return frozenset({Reason.UNKNOWN_SCHEME})
    try:
        data = base45_decode(text[4:].decode())
    except ValueError:
        return frozenset({Reason.BAD_BASE45})
    return specimen.expected(data)


@every
def test_every_truncation_is_refused(specimen: Specimen) -> None:
    for length in range(len(specimen.data)):
        assert refusal_of(specimen, specimen.data[:length]) is Reason.BAD_CBOR, length


@every_scanned
def test_every_truncation_of_the_text_is_refused(specimen: Specimen) -> None:
    text = (specimen.scheme + base45_encode(specimen.data)).encode()
    for length in range(len(text)):
        short = text[:length]
        reason = refusal_of_text(specimen, short)
        if length < 4:
            assert reason is Reason.UNKNOWN_SCHEME
        else:
            assert reason in expected_of_text(specimen, short), length


@every
def test_bytes_behind_the_end_are_refused(specimen: Specimen) -> None:
    assert refusal_of(specimen, specimen.data + b"\x00") is Reason.NOT_CANONICAL
    assert refusal_of(specimen, specimen.with_phone(specimen.sign1 + b"\xf6")) is Reason.WRONG_TYPE
    assert refusal_of(specimen, specimen.with_phone(specimen.sign1 + b"\x41")) is Reason.BAD_CBOR


def pairs_of(payload: bytes) -> list[tuple[bytes, bytes]]:
    return [(cbor2.dumps(key), cbor2.dumps(value)) for key, value in cbor2.loads(payload).items()]


@every
def test_a_key_that_stands_twice_is_refused_although_it_is_signed(specimen: Specimen) -> None:
    pairs = pairs_of(specimen.payload)
    for place, pair in enumerate(pairs):
        doubled = map_of([*pairs[:place], pair, *pairs[place:]])
        assert refusal_of(specimen, specimen.signed(doubled)) is Reason.NOT_CANONICAL, place


@every
def test_keys_in_another_order_are_refused_although_they_are_signed(specimen: Specimen) -> None:
    pairs = pairs_of(specimen.payload)
    for one, other in combinations(range(len(pairs)), 2):
        swapped = list(pairs)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert refusal_of(specimen, specimen.signed(map_of(swapped))) is Reason.NOT_CANONICAL, (one, other)


@every
def test_fields_with_each_others_values_are_refused(specimen: Specimen) -> None:
    protected, _, payload, signature = cbor2.loads(specimen.sign1)
    fields = cbor2.loads(payload)
    for one, other in combinations(fields, 2):
        if fields[one] == fields[other]:
            continue
        swapped = fields | {one: fields[other], other: fields[one]}
        data = cbor2.dumps([protected, {}, cbor2.dumps(swapped), signature]) + specimen.data[len(specimen.sign1) :]
        assert refusal_of(specimen, data) in specimen.expected(data), (one, other)


@every
def test_longer_and_indefinite_forms_are_refused_although_they_are_signed(specimen: Specimen) -> None:
    protected, unprotected, payload, signature = cbor2.loads(specimen.sign1)
    forms = [specimen.signed(odd) for odd in odd_forms(cbor2.loads(payload))]
    forms += [specimen.with_phone(odd) for odd in odd_forms([protected, unprotected, payload, signature])]
    for odd in odd_forms(cbor2.loads(protected)):
        resigned = specimen.key.sign(cbor2.dumps(["Signature1", odd, specimen.external_aad, payload]))
        forms.append(specimen.with_phone(cbor2.dumps([odd, {}, payload, resigned])))
    assert len(forms) > 40
    # A ring near its limit may become too long before anybody sees that it is not canonical; none here is.
    assert {refusal_of(specimen, odd) for odd in forms} == {Reason.NOT_CANONICAL}


@every
def test_a_tag_is_refused(specimen: Specimen) -> None:
    tagged = specimen.with_phone(b"\xd2" + specimen.sign1)
    assert refusal_of(specimen, tagged) is Reason.WRONG_TYPE


@every
def test_an_unknown_field_is_refused_although_it_is_signed(specimen: Specimen) -> None:
    for key in (0, 15, 23, -1, -65538):
        payload = cbor2.dumps(cbor2.loads(specimen.payload) | {key: 1}, canonical=True)
        assert refusal_of(specimen, specimen.signed(payload)) is Reason.UNKNOWN_FIELD, key


@every
def test_a_header_with_more_or_less_in_it_is_refused(specimen: Specimen) -> None:
    protected, _, payload, signature = cbor2.loads(specimen.sign1)
    header = cbor2.loads(protected)

    def with_headers(protected: dict[int, object], unprotected: dict[int, object]) -> bytes:
        return specimen.with_phone(cbor2.dumps([cbor2.dumps(protected), unprotected, payload, signature]))

    assert refusal_of(specimen, with_headers(header | {5: b""}, {})) is Reason.UNKNOWN_FIELD
    assert refusal_of(specimen, with_headers(header, {4: header[4]})) is Reason.UNKNOWN_FIELD
    assert refusal_of(specimen, with_headers({1: header[1]}, {4: header[4]})) is Reason.UNKNOWN_FIELD
    assert refusal_of(specimen, with_headers({1: header[1]}, {})) is Reason.MISSING_FIELD
    assert refusal_of(specimen, with_headers({4: header[4]}, {})) is Reason.MISSING_FIELD


@every
def test_a_missing_field_is_refused_although_the_rest_is_signed(specimen: Specimen) -> None:
    fields = cbor2.loads(specimen.payload)
    optional = {5} if specimen.scheme.startswith("SG") else set(range(9, 15)) if specimen.scheme == "SO1:" else set()
    for key in fields.keys() - optional:
        payload = cbor2.dumps({other: value for other, value in fields.items() if other != key})
        assert refusal_of(specimen, specimen.signed(payload)) is Reason.MISSING_FIELD, key


@every
def test_the_key_of_another_purpose_is_refused(specimen: Specimen) -> None:
    for purpose, key in vectors.OFFICE.items():
        reason = refusal_of_other_key(specimen, purpose)
        if specimen.name == "ring":
            assert reason is Reason.UNKNOWN_KEY
        elif key.kid == specimen.key.kid:
            assert reason is None
        elif specimen.scheme == "SO1:" and purpose in (Purpose.ORDER, Purpose.OPERATE):
            assert reason is Reason.BAD_SIGNATURE  # an order key does not speak for an operator, nor the other way
        else:
            assert reason is Reason.WRONG_PURPOSE, purpose


def refusal_of_other_key(specimen: Specimen, purpose: Purpose) -> Reason | None:
    try:
        specimen.read(specimen.signed(specimen.payload, vectors.OFFICE[purpose]))
    except Refused as refusal:
        return refusal.reason
    return None


@every
def test_an_unknown_key_is_refused(specimen: Specimen) -> None:
    stranger = signing_key(vectors.seed("stranger"))
    assert refusal_of(specimen, specimen.signed(specimen.payload, stranger)) is Reason.UNKNOWN_KEY


@every
def test_a_stranger_under_a_known_key_id_is_refused(specimen: Specimen) -> None:
    stranger = SigningKey(specimen.key.kid, vectors.seed("stranger"))
    assert refusal_of(specimen, specimen.signed(specimen.payload, stranger)) is Reason.BAD_SIGNATURE


@every
def test_what_was_signed_for_another_use_is_refused(specimen: Specimen) -> None:
    uses = {other.external_aad for other in SPECIMENS} - {specimen.external_aad} | {b""}
    for external_aad in uses:
        data = specimen.signed(specimen.payload, external_aad=external_aad)
        assert refusal_of(specimen, data) is Reason.BAD_SIGNATURE, external_aad


# What a reader (first) says of another format (second).
FOREIGN = {
    ("SG1", "SG2"): Reason.UNKNOWN_FIELD,  # the phone's key
    ("SG2", "SG1"): Reason.MISSING_FIELD,
    ("SG1", "SO1"): Reason.UNKNOWN_FIELD,
    ("SG2", "SO1"): Reason.UNKNOWN_FIELD,
    ("SG1", "document"): Reason.UNKNOWN_FIELD,
    ("SG2", "document"): Reason.UNKNOWN_FIELD,
    ("SG1", "ring"): Reason.TOO_LONG,  # no scanner reads that much
    ("SG2", "ring"): Reason.TOO_LONG,  # no scanner reads that much
    ("SO1", "SG1"): Reason.WRONG_PURPOSE,
    ("SO1", "SG2"): Reason.WRONG_PURPOSE,
    ("SO1", "document"): Reason.WRONG_PURPOSE,
    ("SO1", "ring"): Reason.TOO_LONG,
    ("document", "SG1"): Reason.UNKNOWN_FIELD,
    ("document", "SG2"): Reason.UNKNOWN_FIELD,
    ("document", "SO1"): Reason.UNKNOWN_FIELD,
    ("document", "document"): Reason.WRONG_NAME,
    ("document", "ring"): Reason.MISSING_FIELD,
    ("ring", "SG1"): Reason.UNKNOWN_FIELD,
    ("ring", "SG2"): Reason.UNKNOWN_FIELD,
    ("ring", "SO1"): Reason.UNKNOWN_FIELD,
    ("ring", "document"): Reason.UNKNOWN_FIELD,
}


@every
def test_no_reader_takes_another_format(specimen: Specimen) -> None:
    others = [one for one in SPECIMENS if one.format != specimen.format]
    if specimen.format == "document":
        others += [one for one in SPECIMENS if one.format == "document" and one.name != specimen.name]
    for other in others:
        reason = refusal_of(specimen, specimen.with_phone(other.sign1))
        assert reason is FOREIGN[specimen.format, other.format], other.name


@every_scanned
def test_longer_base45_is_refused(specimen: Specimen) -> None:
    text = base45_encode(specimen.data)
    scheme = specimen.scheme.encode()
    assert refusal_of_text(specimen, scheme + text.lower().encode()) is Reason.BAD_BASE45
    assert refusal_of_text(specimen, scheme.lower() + text.encode()) is Reason.UNKNOWN_SCHEME
    assert refusal_of_text(specimen, b" " + scheme + text.encode()) is Reason.UNKNOWN_SCHEME
    for group in range(0, len(text) - 1, 3):
        digits = text[group : group + 3]
        value = sum(ALPHABET.index(letter) * 45**place for place, letter in enumerate(digits))
        value += 256 ** (len(digits) - 1)
        if value < 45 ** len(digits):
            longer = "".join(ALPHABET[value // 45**place % 45] for place in range(len(digits)))
            whole = text[:group] + longer + text[group + 3 :]
            assert refusal_of_text(specimen, scheme + whole.encode()) is Reason.BAD_BASE45, group
    for ending in (b"0", b" ", b"00", b"000", b"\n", b"\r\n"):
        reason = refusal_of_text(specimen, scheme + text.encode() + ending)
        assert reason in expected_of_text(specimen, scheme + text.encode() + ending), ending


@every_scanned
def test_a_code_longer_than_any_scanner_reads_is_refused_before_anything_else(specimen: Specimen) -> None:
    text = (specimen.scheme + base45_encode(specimen.data)).encode()
    assert refusal_of_text(specimen, text.ljust(513, b"0")) is Reason.TOO_LONG
    assert refusal_of_text(specimen, b"\xff" * 513) is Reason.TOO_LONG
    assert refusal_of_text(specimen, b"\xff" * 512) is Reason.NOT_TEXT


@every
def test_a_signature_has_one_form(specimen: Specimen) -> None:
    protected, _, payload, signature = cbor2.loads(specimen.sign1)
    if cbor2.loads(protected)[1] == -8:
        s = int.from_bytes(signature[32:], "little") + ED25519_ORDER
        other = signature[:32] + s.to_bytes(32, "little")
    else:
        s = P256_ORDER - int.from_bytes(signature[32:], "big")
        other = signature[:32] + s.to_bytes(32, "big")
    data = specimen.with_phone(cbor2.dumps([protected, {}, payload, other]))
    assert refusal_of(specimen, data) is Reason.BAD_SIGNATURE


@every
def test_a_signature_of_another_length_is_refused(specimen: Specimen) -> None:
    protected, _, payload, signature = cbor2.loads(specimen.sign1)
    # The last one has the same two numbers as the sound one, in more bytes.
    for other in (b"", signature[:-1], signature + b"\x00", signature[:32] + b"\x00" + signature[32:]):
        data = specimen.with_phone(cbor2.dumps([protected, {}, payload, other]))
        assert refusal_of(specimen, data) is Reason.BAD_SIGNATURE, len(other)


@every_pass
def test_a_beginning_that_repeats_the_time_of_issue_is_refused_although_it_is_signed(specimen: Specimen) -> None:
    claims = cbor2.loads(specimen.payload)
    payload = cbor2.dumps(claims | {5: claims[6]}, canonical=True)
    assert refusal_of(specimen, specimen.signed(payload)) is Reason.NOT_CANONICAL


def test_the_phones_signature_has_one_form() -> None:
    (bound,) = [specimen for specimen in SPECIMENS if specimen.bound]
    s = P256_ORDER - int.from_bytes(bound.data[-32:], "big")
    assert refusal_of(bound, bound.data[:-32] + s.to_bytes(32, "big")) is Reason.BAD_SIGNATURE
    for r_s in (bytes(64), bytes(32) + bound.data[-32:], bound.data[-64:-32] + bytes(32), b"\xff" * 64):
        assert refusal_of(bound, bound.data[:-64] + r_s) is Reason.BAD_SIGNATURE


def test_a_bound_pass_without_its_phone_is_no_static_pass() -> None:
    (bound,) = [specimen for specimen in SPECIMENS if specimen.bound]
    static = next(specimen for specimen in SPECIMENS if specimen.scheme == "SG1:")
    assert refusal_of(static, bound.sign1) is Reason.UNKNOWN_FIELD
    without_key = cbor2.loads(bound.payload)
    del without_key[8]
    downgraded = static.signed(cbor2.dumps(without_key), external_aad=b"station/SG2")
    assert refusal_of(static, downgraded) is Reason.BAD_SIGNATURE


def test_another_phone_is_refused() -> None:
    (bound,) = [specimen for specimen in SPECIMENS if specimen.bound]
    other = vectors.p256_key("another phone")
    step = bound.data[-PHONE_TAIL_BYTES:-64]
    signature = vectors.p256_sign(other, bytes_to_sign(bound.sign1, vectors.NOW_S))
    assert refusal_of(bound, bound.sign1 + step + signature) is Reason.BAD_SIGNATURE
