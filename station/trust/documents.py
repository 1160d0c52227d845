"""Signed documents of the office (settings, holdings, revocations): a name, a version, an audience and a body."""

from __future__ import annotations

from dataclasses import dataclass

from station.trust import cbor
from station.trust.claims import GROUP_MARK
from station.trust.cose import read_sign1, verify_sign1, write_sign1
from station.trust.fields import AUDIENCE, NAME, Fields
from station.trust.keys import Purpose, Ring, SigningKey
from station.trust.refusal import Reason, Refused

MAX_DOCUMENT_BYTES = 160 * 1024
"""The longest is a full list of revocations, 128 KiB of ids."""
MAX_VERSION = 2**53
EVERYONE = "@everyone"
"""The group that every station is in."""

_NAME, _VERSION, _AUDIENCE, _ISSUED, _BODY = 1, 2, 3, 4, 5
_AAD = b"station/document"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the office signed it; `audience` is a station's id or `@` and a group's name."""

    name: str
    version: int
    audience: str
    issued_at_s: int
    body: bytes


def read_document(
    data: bytes,
    ring: Ring,
    *,
    name: str,
    station: str,
    groups: tuple[str, ...],
    now_s: int | None,
    version_floor: int = 0,
) -> Document:
    """Verify a document called `name` for this station. Raises `Refused`.

    `groups` are the names of the station's groups, without `@`; `now_s` is the unix second, None while unknown.
    A version below `version_floor` is refused: it was replaced.
    """
    message = read_sign1(data, MAX_DOCUMENT_BYTES)
    document = _read_fields(message.payload)
    key = ring.key(message.kid, Purpose.DOCUMENT, now_s)
    key.must_cover(document.issued_at_s)
    if document.name != name:
        raise Refused(Reason.WRONG_NAME, f"this is the document {document.name}, not {name}")
    if document.audience not in {station, EVERYONE, *(GROUP_MARK + group for group in groups)}:
        raise Refused(Reason.WRONG_AUDIENCE, f"the document {name} is for {document.audience}, this is {station}")
    verify_sign1(message, key, _AAD)
    if document.version < version_floor:
        raise Refused(Reason.VERSION_TOO_OLD, f"{name} {document.version} was replaced, {version_floor} is the least")
    return document


def write_document(document: Document, key: SigningKey) -> bytes:
    """The signed bytes of a document. Raises `Refused` for one that no station would read."""
    payload = cbor.encode(
        {
            _NAME: document.name,
            _VERSION: document.version,
            _AUDIENCE: document.audience,
            _ISSUED: document.issued_at_s,
            _BODY: document.body,
        }
    )
    _read_fields(payload)
    data = write_sign1(payload, key, _AAD)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise Refused(Reason.TOO_LONG, f"a document of {len(data)} bytes, at most {MAX_DOCUMENT_BYTES} are taken")
    return data


def _read_fields(payload: bytes) -> Document:
    fields = Fields(
        cbor.decode(payload, MAX_DOCUMENT_BYTES),
        "the document",
        needed=frozenset({_NAME, _VERSION, _AUDIENCE, _ISSUED, _BODY}),
    )
    return Document(
        name=fields.text(_NAME, NAME),
        version=fields.number(_VERSION, 1, MAX_VERSION),
        audience=fields.text(_AUDIENCE, AUDIENCE),
        issued_at_s=fields.time_s(_ISSUED),
        body=fields.octets(_BODY),
    )
