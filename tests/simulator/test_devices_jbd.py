"""The simulated battery by itself: literal bytes in and out, and what flows."""

from simulator.devices.jbd import Jbd

BASIC, CELLS = bytes.fromhex("DD A5 03 00 FF FD 77"), bytes.fromhex("DD A5 04 00 FF FC 77")


def said(pack: Jbd, request: bytes, at_ms: int = 0) -> str:
    return b"".join(data for _, data in pack.receive(request, at_ms)).hex(" ").upper()


def test_it_answers_as_in_the_notes() -> None:
    assert said(Jbd(), BASIC) == (
        "DD 03 00 1B 05 50 00 00 07 D0 07 D0 00 11 2D 6C 00 00 00 00 00 00 21 64 03 04 02 0B 7D 0B 96 FB 81 77"
    )
    assert said(Jbd(), CELLS) == "DD 04 00 08 0D 48 0D 48 0D 48 0D 48 FE A4 77"


def test_what_is_drawn_is_negative_and_an_empty_pack_is_switched_off() -> None:
    pack = Jbd(capacity_ah=1.0)
    pack.mains_fail(0)
    assert said(pack, BASIC).startswith("DD 03 00 1B 05 50 FF C4")
    assert pack.charge_percent(3_600_000) == 40
    assert pack.charge_percent(9_000_000) == 0
    answer = bytes.fromhex(said(pack, BASIC, 9_000_000))
    assert answer[4:8] == bytes.fromhex("04 4C 00 00")
    assert answer[4 + 16 : 4 + 18] == b"\x00\x02"  # under-voltage
    assert answer[4 + 20] == 0b01  # nothing may be drawn
    pack.mains_return(9_000_000)
    assert pack.charge_percent(9_000_000 + 360_000) == 44


def test_requests_in_pieces_are_put_together_and_wrong_ones_forgotten() -> None:
    pack = Jbd()
    assert [said(pack, bytes((byte,)), place) != "" for place, byte in enumerate(BASIC)] == [False] * 6 + [True]
    assert said(pack, BASIC[:3], 1_000) + said(pack, BASIC[3:], 1_100) == ""
    assert said(pack, BASIC[:-2] + b"\xfe\x77", 2_000) == ""
    assert said(pack, b"\xdd\xa5" + BASIC, 3_000) != ""
    assert len(pack.requests) == 2


def test_faults_of_its_own() -> None:
    pack = Jbd()
    pack.asleep = True
    assert said(pack, BASIC) == ""
    assert said(pack, BASIC, 100) != ""
    pack.refuses = True
    assert said(pack, BASIC, 200) == "DD 03 80 00 FF 80 77"
    pack.silent = True
    assert said(pack, BASIC, 300) == ""
    assert said(Jbd(), bytes.fromhex("DD A5 05 00 FF FB 77")) == "DD 05 80 00 FF 80 77"
