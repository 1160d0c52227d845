import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from station.journal_schema import SETTINGS
from tests.station.journals import assert_whole, current, everything, ids, opened, rows_of
from tests.station.power_cut_disk import SECTOR_BYTES, Disk, File, Write, applied, sectors
from tests.station.power_cuts import PowerCutError, PowerCuts


@pytest.mark.parametrize("seed", range(3))
def test_a_power_cut_at_any_write_loses_nothing_that_was_committed(seed: int) -> None:
    assert PowerCuts(seed, commands=14, torn=1, share=0.6).run() > 80


def test_a_power_cut_while_rows_have_to_go_loses_nothing_else() -> None:
    assert PowerCuts(7, commands=70, cap_bytes=24 * 1024, torn=1, share=0.06).run() > 80


def test_a_second_power_cut_while_starting_again_loses_nothing_either() -> None:
    assert PowerCuts(11, commands=12, torn=1, share=0.25, again=0.6).run() > 60


@pytest.mark.parametrize("weaker", ["NORMAL", "OFF"])
def test_these_power_cuts_would_find_a_journal_that_promises_too_early(weaker: str) -> None:
    settings = [setting.replace("synchronous = FULL", f"synchronous = {weaker}") for setting in SETTINGS]
    with pytest.raises(PowerCutError, match="promised"):
        PowerCuts(1, settings=settings).run()


def test_the_disk_keeps_what_was_synced_and_may_lose_the_rest() -> None:
    file = File()
    file.write(Write(0, b"a" * 1000))
    file.sync()
    file.write(Write(500, b"b" * 1000))
    pictures = set(file.pictures(Random(1), torn=40))
    before = b"a" * 1000
    assert {before, before[:500] + b"b" * 1000, before + bytes(500)} < pictures
    for picture in pictures:
        assert picture[:500] == before[:500]
        assert all(picture[at : at + 12] in {b"a" * 12, b"b" * 12} for at in (500,))
    assert len(pictures) == 2**3 + 1


def test_writes_reach_the_disk_in_whole_sectors() -> None:
    pieces = list(sectors(Write(500, bytes(1100))))
    assert [(piece.offset, len(piece.data or b"")) for piece in pieces] == [
        (500, 12),
        (512, 512),
        (1024, 512),
        (1536, 64),
    ]
    assert applied(b"abc", [Write(1, None), Write(3, b"z")]) == b"a\x00\x00z"
    assert SECTOR_BYTES == 512
    assert list(Disk({}, lambda: None).pictures(Random(1))) == []


APPENDING = """
import sys
from itertools import count
from pathlib import Path
from drivers.contract import Append, Committed
from tests.station.journals import acknowledge, current, ids, opened, rows
journal = opened(Path(sys.argv[1]), new_id=ids(), cap_bytes=10**6)
for number in count(1):
    (committed, *_) = journal.execute(Append("journal", rows(current(journal).tail_seq + 1, number % 7 + 1)))
    assert isinstance(committed, Committed), committed
    print(current(journal).tail_seq, flush=True)
    if number % 20 == 0:
        acknowledge(journal, current(journal).tail_seq - 10)
    journal.poll()
"""


def test_whatever_was_committed_survives_kill_9_at_random_moments(card: Path) -> None:
    random = Random(5)
    promised = 0
    for _ in range(4):
        promised = append_and_kill(card, after_lines=random.randint(1, 250))
        journal = opened(card, new_id=ids(2))
        assert journal.begun is None
        items = everything(journal)
        assert_whole(current(journal), items)
        assert current(journal).tail_seq >= promised
        seqs = [item.seq for item in rows_of(items)]
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
        journal.close()
    assert promised > 300


def append_and_kill(folder: Path, after_lines: int) -> int:
    """Let another process append, and kill it without a warning. Returns the last row that it called committed."""
    promised = 0
    with subprocess.Popen([sys.executable, "-c", APPENDING, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout, 1):
            promised = int(line)
            if number == after_lines:
                process.kill()
                break
        for line in process.stdout:  # what it had already said when it was killed
            promised = int(line) if line.endswith("\n") else promised
    assert process.returncode == -9
    return promised
