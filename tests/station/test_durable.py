from pathlib import Path

import pytest

from station.durable import PART, move_file, write_file


def test_a_file_is_replaced_whole(card: Path) -> None:
    path = card / "floors.json"
    write_file(path, b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [found.name for found in card.iterdir()] == ["floors.json"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = card / "floors.json"
    write_file(path, b"old")

    def full(found: Path, data: bytes) -> int:
        found.open("wb").close()
        raise OSError(28, f"No space for {len(data)} bytes")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [found.name for found in card.iterdir()] == ["floors.json"]


def test_what_a_power_cut_left_half_written_is_written_over(card: Path) -> None:
    path = card / "floors.json"
    (card / f"floors.json{PART}").write_bytes(b"half of something long")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    move_file(path, card / "other")
    assert [found.name for found in card.iterdir()] == ["other"]
