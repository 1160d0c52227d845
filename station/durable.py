"""Small files that survive a power cut: they are there in full, old or new, never in part."""

from __future__ import annotations

import os
from pathlib import Path

PART = ".part"
"""What the name of a file ends with while it is being written; one found at start was cut short and means nothing."""


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the card: a rename is only sure after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Put the contents of `path` on the card."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_file(source: Path, target: Path) -> None:
    """Give a file that is already on the card its name, in place of what had that name."""
    source.replace(target)
    sync_folder(target.parent)


def write_file(path: Path, data: bytes) -> None:
    """Put `data` on the card as `path`. Raises OSError; then the old contents are still there."""
    part = path.with_name(path.name + PART)
    try:
        part.write_bytes(data)
        sync_file(part)
        move_file(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
