from __future__ import annotations

import ssl
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509

from central.authority import OFFICE_NAMES, Authority, NameRefused, make_authority
from central.config import ConfigFault, open_folder
from central.enrol import EnrolFault, add_station, init_office, read_office_ring, remove_station, renew_ring
from central.keys import (
    DESK,
    DOCUMENTS,
    FOLDERS,
    INGEST,
    KEY_LIFE_SECONDS,
    NEXT_KEY_AFTER_SECONDS,
    KeyFault,
    read_key,
    read_signer,
    write_key,
)
from central.store import open_store
from station.keys import read_keys
from station.trust.keys import Purpose
from station.trust.ring import read_ring
from tests.central.house import ABOUT, NOW_MS, POD

NOW_S = NOW_MS // 1000
YEAR = 366 * 86_400


def test_every_purpose_has_its_current_and_its_next_key(tmp_path: Path) -> None:
    folder = init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S, tls=False)
    ring = read_office_ring(folder)
    for purpose in Purpose:
        keys = sorted((key for key in ring.keys if key.purpose is purpose), key=lambda key: key.not_before_s)
        assert len(keys) == 2
        assert all(key.not_after_s - key.not_before_s >= 400 * 86_400 for key in keys)
        assert keys[0].not_before_s < NOW_S < keys[1].not_before_s < keys[0].not_after_s


def test_the_current_key_signs_until_the_next_one_is_in_force(tmp_path: Path) -> None:
    folder = init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S, tls=False)
    signer = read_signer(folder.keys, [DESK], read_office_ring(folder))
    first = signer.key(Purpose.ORDER, NOW_S)
    assert signer.key(Purpose.ORDER, NOW_S + NEXT_KEY_AFTER_SECONDS - 1) == first
    assert signer.key(Purpose.ORDER, NOW_S + NEXT_KEY_AFTER_SECONDS) != first
    with pytest.raises(KeyFault, match="central document ring"):
        signer.key(Purpose.ORDER, NOW_S + NEXT_KEY_AFTER_SECONDS + KEY_LIFE_SECONDS)
    with pytest.raises(KeyFault):
        signer.key(Purpose.STORED, NOW_S)


def test_each_folder_holds_its_own_purposes_only(tmp_path: Path) -> None:
    folder = init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S, tls=False)
    ring = read_office_ring(folder)
    for place, purposes in FOLDERS.items():
        signer = read_signer(folder.keys, [place], ring)
        assert {ring.find(key.kid).purpose for key in signer.keys} == set(purposes)
    order = next((folder.keys / DESK).glob("order-*.pem"))
    order.rename(folder.keys / INGEST / order.name)
    with pytest.raises(KeyFault, match="does not belong"):
        read_signer(folder.keys, [INGEST], ring)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    write_key(file, bytes(32))
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_key(file).seed == bytes(32)
    file.chmod(0o640)
    with pytest.raises(KeyFault, match="chmod 600"):
        read_key(file)
    with pytest.raises(FileExistsError):
        write_key(file, bytes(32))
    with pytest.raises(KeyFault, match="cannot be read"):
        read_key(tmp_path / "b.pem")


def test_all_private_files_are_private(tmp_path: Path) -> None:
    folder = init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S)
    with closing(open_store(folder.database_url)) as store:
        add_station(folder, store, POD, ABOUT, NOW_MS)
    private = [file for file in folder.path.rglob("*") if file.is_file() and b"PRIVATE" in file.read_bytes()]
    assert len(private) == 2 + 14 + 1 + 1 + len(OFFICE_NAMES) + 2
    private += folder.path.rglob("*.secret")
    assert [file for file in private if file.stat().st_mode & 0o077] == []


def test_an_office_is_only_made_in_an_empty_folder(tmp_path: Path) -> None:
    init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S, tls=False)
    with pytest.raises(EnrolFault, match="not empty"):
        init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S, tls=False)
    with pytest.raises(EnrolFault, match="on this machine"):
        init_office(tmp_path / "other", ["broker.example"], now_s=NOW_S, tls=False)


def test_a_station_takes_its_folder_as_it_is(tmp_path: Path) -> None:
    folder = init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S)
    with closing(open_store(folder.database_url)) as store:
        place = add_station(folder, store, POD, ABOUT, NOW_MS)
        with pytest.raises(EnrolFault, match="is there already"):
            add_station(folder, store, POD, ABOUT, NOW_MS)
        for name in ("Pod", "po", "office_desk", "a/b", "../x", "", "x" * 33, "pod-1\n"):
            with pytest.raises(EnrolFault, match="no station's name"):
                add_station(folder, store, name, ABOUT, NOW_MS)
    keys = read_keys(place)
    assert keys is not None
    assert keys.roots == folder.roots()
    assert keys.ca_file is not None
    assert keys.certificate_file is not None
    assert read_ring((place / "documents" / "ring.cose").read_bytes(), keys.roots).version == 1
    context = ssl.create_default_context(cafile=str(keys.ca_file))
    context.load_cert_chain(str(keys.certificate_file), str(keys.private_file))
    certificate = x509.load_pem_x509_certificate(keys.certificate_file.read_bytes())
    assert certificate.subject.rfc4514_string() == f"CN={POD}"


def test_the_authority_signs_no_other_names(tmp_path: Path) -> None:
    make_authority(tmp_path / "ca.key", tmp_path / "ca.pem")
    authority = Authority(tmp_path / "ca.key", tmp_path / "ca.pem")
    for name in ("pod-1/up", "+", "#", "Pod", "po", "pod_1", "office", "", "pod-1 ", "пост"):
        if name == "office":
            continue  # a station may be called so; the office's own names have an underscore
        with pytest.raises(NameRefused):
            authority.sign_client(name, tmp_path / "x.key", tmp_path / "x.pem")
    assert not (tmp_path / "x.key").exists()
    with pytest.raises(NameRefused):
        authority.sign_server(["bad name"], tmp_path / "x.key", tmp_path / "x.pem")


def test_a_removed_station_s_certificate_is_on_the_list(tmp_path: Path) -> None:
    folder = init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S)
    listed = folder.path / "broker" / "revoked.pem"
    assert len(x509.load_pem_x509_crl(listed.read_bytes())) == 0
    with closing(open_store(folder.database_url)) as store:
        add_station(folder, store, POD, ABOUT, NOW_MS)
        remove_station(folder, store, POD, NOW_MS)
        with pytest.raises(EnrolFault, match="no station of this office"):
            remove_station(folder, store, POD, NOW_MS)
        assert len(x509.load_pem_x509_crl(listed.read_bytes())) == 1
        add_station(folder, store, POD, ABOUT, NOW_MS)
        remove_station(folder, store, POD, NOW_MS + 1)
    assert len(x509.load_pem_x509_crl(listed.read_bytes())) == 2


def test_a_new_ring_has_fresh_keys_and_leaves_out_stolen_ones(tmp_path: Path) -> None:
    folder = init_office(tmp_path / "office", ["127.0.0.1"], now_s=NOW_S, tls=False)
    stolen = read_signer(folder.keys, [DOCUMENTS], read_office_ring(folder)).key(Purpose.DOCUMENT, NOW_S)
    assert renew_ring(folder, NOW_S + YEAR, without=frozenset({stolen.kid})) == 2
    ring = read_office_ring(folder)
    assert stolen.kid not in {key.kid for key in ring.keys}
    assert len(ring.keys) == 13 + 14
    assert read_signer(folder.keys, [DOCUMENTS], ring).key(Purpose.DOCUMENT, NOW_S + YEAR) != stolen
    with pytest.raises(EnrolFault, match="no key"):
        renew_ring(folder, NOW_S + YEAR, without=frozenset({stolen.kid}))


def test_what_is_wrong_with_the_folder_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match="central init"):
        open_folder(tmp_path)
    for text, words in (
        ("broker = 1", "broker"),
        ("unknown = 1", "unknown"),
        ("[broker]\nport = 0", "broker.port"),
        ("= 1", "no TOML"),
        ('[broker]\ntls = false\nhost = "broker.example"', "on this machine"),
    ):
        (tmp_path / "office.toml").write_text(text)
        with pytest.raises(ConfigFault, match=words):
            open_folder(tmp_path)
