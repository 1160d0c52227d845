import json
from pathlib import Path

import pytest

from drivers.contract import KeepDocument, KeepFloors, Relock, WireLost
from station.vault import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, Vault, VaultDriver, read_vault


def keep(driver: VaultDriver, name: str, version: int, payload: bytes) -> None:
    """Keep a document."""
    assert list(driver.execute(KeepDocument("vault", name, version, payload))) == []


def test_a_new_station_has_nothing_and_knows_no_floors(card: Path) -> None:
    assert read_vault(card) == Vault({}, None, None)


def test_documents_and_floors_are_there_again_after_a_restart(card: Path) -> None:
    driver = VaultDriver(card)
    list(driver.execute(KeepFloors("vault", {"ring": 3}, 1_760_000_000_000)))
    keep(driver, "ring", 4, b"ring 4")
    keep(driver, "revoked", 17, bytes(1000))
    driver.close()
    assert read_vault(card) == Vault(
        {"ring": b"ring 4", "revoked": bytes(1000)}, {"ring": 4, "revoked": 17}, 1_760_000_000_000
    )
    keep(VaultDriver(card), "ring", 5, b"ring 5")
    assert read_vault(card).floors == {"ring": 5, "revoked": 17}
    assert read_vault(card).documents["ring"] == b"ring 5"
    assert not list(card.rglob("*.part"))


def test_after_the_floors_were_lost_no_document_brings_them_back_by_itself(card: Path) -> None:
    """Only a hello that confirmed the documents may: until then an old document could pass for the newest."""
    driver = VaultDriver(card)
    keep(driver, "ring", 4, b"ring 4")
    assert read_vault(card) == Vault({"ring": b"ring 4"}, None, None)
    list(driver.execute(KeepFloors("vault", {"ring": 4}, None)))
    assert read_vault(card).floors == {"ring": 4}


@pytest.mark.parametrize(
    "contents",
    [b"", b"{", b"[]", b"null", b'{"floors": 3, "amnesia_at_ms": null}', b'{"floors": {}}', b"\xff", b"1" * 20_000],
)
def test_floors_that_cannot_be_read_are_lost_and_nothing_else(card: Path, contents: bytes) -> None:
    driver = VaultDriver(card)
    list(driver.execute(KeepFloors("vault", {"ring": 3}, 5)))
    keep(driver, "ring", 4, b"ring 4")
    (card / "floors.json").write_bytes(contents)
    assert read_vault(card) == Vault({"ring": b"ring 4"}, None, None)


@pytest.mark.parametrize("name", ["", "../ring", "a/b", "RING", "ring.cose", "x" * 33, "环", "ring\n"])
def test_a_document_keeps_to_its_folder(card: Path, name: str) -> None:
    driver = VaultDriver(card / "state")
    with pytest.raises(ValueError, match="no document is called"):
        keep(driver, name, 1, b"x")
    assert list(card.rglob("*")) == []


def test_what_is_kept_and_read_is_bounded(card: Path) -> None:
    driver = VaultDriver(card)
    with pytest.raises(ValueError, match="longer than"):
        keep(driver, "ring", 1, bytes(MAX_DOCUMENT_BYTES + 1))
    keep(driver, "ring", 1, bytes(MAX_DOCUMENT_BYTES))
    folder = card / "documents"
    (folder / "huge.cose").write_bytes(bytes(MAX_DOCUMENT_BYTES + 1))
    (folder / "Strange.cose").write_bytes(b"x")
    (folder / "folder.cose").mkdir()
    (folder / "note.txt").write_bytes(b"x")
    assert read_vault(card).documents == {"ring": bytes(MAX_DOCUMENT_BYTES)}
    for number in range(100):
        (folder / f"a{number}.cose").write_bytes(b"x")
    assert len(read_vault(card).documents) <= MAX_DOCUMENTS


def test_a_document_cut_short_by_a_power_cut_leaves_the_old_one(card: Path) -> None:
    driver = VaultDriver(card)
    keep(driver, "ring", 1, b"ring 1")
    (card / "documents" / "ring.cose.part").write_bytes(b"rin")
    assert read_vault(card).documents == {"ring": b"ring 1"}
    keep(driver, "ring", 2, b"ring 2")
    assert read_vault(card).documents == {"ring": b"ring 2"}


def test_a_card_that_refuses_ends_the_driver_with_the_place(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = VaultDriver(card)
    keep(driver, "ring", 1, b"ring 1")

    def full(path: Path, data: bytes) -> None:  # noqa: ARG001 - stands in for a full card
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("station.vault.write_file", full)
    with pytest.raises(WireLost, match=r"ring\.cose cannot be written: No space left"):
        keep(driver, "ring", 2, b"ring 2")
    assert read_vault(card).documents == {"ring": b"ring 1"}


def test_floors_are_plain_text_for_a_technician(card: Path) -> None:
    driver = VaultDriver(card)
    list(driver.execute(KeepFloors("vault", {"ring": 3}, None)))
    assert json.loads((card / "floors.json").read_text()) == {"floors": {"ring": 3}, "amnesia_at_ms": None}
    assert list(driver.poll()) == []
    assert driver.rest_ms() is None


def test_a_command_that_is_not_the_vaults_is_a_fault_of_the_program(card: Path) -> None:
    with pytest.raises(TypeError, match="Relock"):
        list(VaultDriver(card).execute(Relock("strike")))
