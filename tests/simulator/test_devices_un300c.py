"""The simulated blood pressure module by itself: literal bytes in and out, and what its cuff does."""

import pytest

from simulator.devices.un300c import CUFF_EVERY_MS, Un300c

START, STATE = b"\x0201;;D7\x03", b"\x0218;;DF\x03"


def run(module: Un300c, from_ms: int, to_ms: int) -> list[bytes]:
    """What it says in this time."""
    return [data for at_ms in range(from_ms, to_ms, CUFF_EVERY_MS) for _, data in module.tick(at_ms)]


def state(module: Un300c, at_ms: int) -> bytes:
    return b"".join(data for _, data in module.receive(STATE, at_ms) + module.tick(at_ms + 100))


def test_a_measurement_from_start_to_end() -> None:
    module = Un300c()
    module.arm = (128, 82, 71)
    module.receive(START, 0)
    said = run(module, 0, 60_000)
    assert said[0] == b"\x02006C0S3\x03\r"
    assert max(said[:-1]) == b"\x02180C0S3\x03\r"
    assert said[-1] == b"\x02999\x03\r"
    assert len(said) == 147
    assert state(module, 60_000) == b"\x02S1;A0;C00;M00;P128082097;R071;T    ;;00\x03\r"


def test_figures_of_the_measurement_before_stand_beside_an_error() -> None:
    module = Un300c()
    assert state(module, 0) == b"\x02S1;A0;C00;M00;P---------;R---;T    ;;AF\x03\r"
    module.arm = (128, 82, 71)
    module.receive(START, 1_000)
    run(module, 1_000, 60_000)
    module.arm = None
    module.receive(START, 60_000)
    assert run(module, 60_000, 80_000)[-1] == b"\x02999\x03\r"
    assert b"S2;A0;C00;M06;P128082097;R071" in state(module, 80_000)
    module.power_cycle(90_000)
    assert b"P---------" in run(module, 90_000, 91_000)[0]


def test_x_opens_the_cuff_and_an_order_while_it_is_tight_is_not_heard() -> None:
    module = Un300c()
    module.arm = (128, 82, 71)
    module.receive(START, 0)
    module.receive(START, 2_000)
    module.receive(b"X", 3_000)
    assert b"S1;" in state(module, 3_100)
    assert module.tightened == [0]


@pytest.mark.parametrize("request_bytes", [b"\x0201;;D8\x03", b"\x0201;D7\x03", b"01;;D7\x03", START[:-1]])
def test_what_is_no_order_moves_nothing(request_bytes: bytes) -> None:
    module = Un300c()
    module.receive(request_bytes, 0)
    assert module.tightened == []
