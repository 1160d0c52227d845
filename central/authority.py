"""The office's own certificate authority, for mutual TLS between stations, office and broker.

It signs no other names than stations' (`^[a-z0-9-]{3,32}$`) and the office's own, which have an underscore: the name in
a certificate is the MQTT user that the broker's access list goes by. Certificates count from 2020, because a station
without a clock battery may start years back and would otherwise never get through to learn the time.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central.keys import KeyFault, read_secret, write_secret
from sync.contract import STATION

OFFICE_NAMES = ("office_ingest", "office_desk", "office_tool", "home_assistant")
BEGINS = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ENDS = dt.datetime(2060, 1, 1, tzinfo=dt.UTC)
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")


class NameRefused(ValueError):
    """The authority does not sign this name."""


def make_authority(key_file: Path, certificate_file: Path) -> None:
    """A new authority: its key (private) and its certificate."""
    key = generate_private_key(SECP256R1())
    name = _name("micro-station office CA")
    certificate = (
        _builder(name, name, key, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, SHA256())
    )
    _write_key(key_file, key)
    certificate_file.parent.mkdir(parents=True, exist_ok=True)
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))


class Authority:
    """The authority of an office, with its private key."""

    def __init__(self, key_file: Path, certificate_file: Path) -> None:
        key = load_pem_private_key(read_secret(key_file), password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise KeyFault(f"{key_file} is not the key of this authority")
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())

    def sign_client(self, name: str, key_file: Path, certificate_file: Path) -> None:
        """A key and certificate for a station or a part of the office. Raises `NameRefused`."""
        if not STATION.fullmatch(name) and name not in OFFICE_NAMES:
            raise NameRefused(f"{name!r} is no station's name: 3 to 32 of a-z, 0-9 and -")
        self._sign(name, ExtendedKeyUsageOID.CLIENT_AUTH, None, key_file, certificate_file)

    def sign_server(self, hosts: Iterable[str], key_file: Path, certificate_file: Path) -> None:
        """A key and certificate for a broker that is reached under these names and addresses."""
        hosts = list(hosts)
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        self._sign(hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, names, key_file, certificate_file)

    def revoke(self, certificates: Iterable[bytes], list_file: Path) -> None:
        """Write the list of these certificates (PEM), which the broker refuses from its next start on."""
        builder = x509.CertificateRevocationListBuilder()
        builder = builder.issuer_name(self._certificate.subject).last_update(BEGINS).next_update(ENDS)
        for pem in certificates:
            serial = x509.load_pem_x509_certificate(pem).serial_number
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(BEGINS)
            builder = builder.add_revoked_certificate(revoked.build())
        list_file.write_bytes(builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM))

    def _sign(
        self,
        name: str,
        usage: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None,
        key_file: Path,
        certificate_file: Path,
    ) -> None:
        key = generate_private_key(SECP256R1())
        builder = (
            _builder(_name(name), self._certificate.subject, key, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        _write_key(key_file, key)
        certificate_file.write_bytes(builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM))


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, signed_by: EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(ENDS)
        # Python 3.13 verifies strictly (RFC 5280) and refuses certificates without these two.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if not _HOST.fullmatch(host):
            raise NameRefused(f"{host!r} is no host name") from None
        return x509.DNSName(host)


def _write_key(file: Path, key: EllipticCurvePrivateKey) -> None:
    write_secret(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
