"""Real pins on gpiozero's mock factory, and lgpio's outputs on a recorded lgpio."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from drivers import wire_pins
from drivers.contract import Clock, Driver, LevelChanged, Quantity, Unlock, WireLost, Wires
from drivers.wire import RealWires
from drivers.wire_pins import MAX_EDGES_WAITING, RealInput
from tests.drivers.rig import maker, threaded


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


def levels(factory: MockFactory, pin: int) -> list[bool]:
    return [state.state for state in factory.pin(pin).states]


@pytest.mark.parametrize("active_high", [True, False])
def test_an_output_goes_from_its_first_state_to_the_inactive_one(factory: MockFactory, active_high: bool) -> None:
    pin = RealWires(factory).output(17, active_high=active_high, active=False)
    line = factory.pin(17)
    assert (line.function, line.state) == ("output", not active_high)
    pin.set(active=True)
    assert line.state == active_high
    pin.close()
    pin.close()
    assert line.function == "input"
    # The mock begins low: an active-low line rises once at the start and once at the end, and never in between.
    expected = [False, True, False] if active_high else [False, True, False, True]
    assert levels(factory, 17) == expected
    with pytest.raises(WireLost, match="GPIO 17 was closed"):
        pin.set(active=True)


def test_a_pin_has_one_owner_and_is_free_again_after_closing(factory: MockFactory) -> None:
    wires = RealWires(factory)
    first = wires.output(17, active_high=True, active=False)
    with pytest.raises(WireLost, match=r"GPIO 17 cannot be an input: .* already in use"):
        wires.input(17, pull_up=True)
    first.close()
    wires.input(17, pull_up=True).close()


def test_a_pin_that_does_not_exist_is_refused(factory: MockFactory) -> None:
    with pytest.raises(WireLost, match="GPIO 99 cannot be an output"):
        RealWires(factory).output(99, active_high=True, active=False)


def test_edges_come_in_order_and_a_wait_without_one_ends(factory: MockFactory) -> None:
    pin = RealWires(factory).input(27, pull_up=True)
    line = factory.pin(27)
    assert pin.level() is True
    line.drive_low()
    line.drive_high()
    line.drive_low()
    assert [pin.wait(10) for _ in range(4)] == [False, True, False, None]
    assert pin.level() is False
    pin.close()
    pin.close()
    line.drive_high()
    with pytest.raises(WireLost, match="GPIO 27 was closed"):
        pin.level()


def test_edges_of_several_pins_come_in_the_order_in_which_they_happened(factory: MockFactory) -> None:
    pins = RealWires(factory).inputs((5, 6), pull_up=False)
    outer, inner = factory.pin(5), factory.pin(6)
    for line in (outer, inner):
        line.drive_high()
    outer.drive_low()
    inner.drive_low()
    edges = [edge for _ in range(5) if (edge := pins.wait(10)) is not None]
    assert [(edge.pin, edge.level) for edge in edges] == [(5, True), (6, True), (5, False), (6, False)]
    assert all(0 <= edge.age_ms < 1_000 for edge in edges)
    assert (pins.level(5), pins.level(6)) == (False, False)
    pins.close()
    pins.close()
    outer.drive_high()
    assert pins.wait(0) is None
    with pytest.raises(WireLost, match="GPIO 5 was closed"):
        pins.level(5)


def test_an_edge_knows_its_age(factory: MockFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("gpiozero.pins.mock.monotonic", lambda: now[0])
    pins = RealWires(factory).inputs((5, 6), pull_up=False)
    factory.pin(5).drive_high()
    now[0] += 0.25
    factory.pin(6).drive_high()
    now[0] += 0.5
    assert [edge.age_ms for _ in range(2) if (edge := pins.wait(0)) is not None] == [750, 500]
    pins.close()


def test_one_of_several_pins_that_is_taken_leaves_the_others_free(factory: MockFactory) -> None:
    wires = RealWires(factory)
    taken = wires.input(6, pull_up=True)
    with pytest.raises(WireLost, match="GPIO 6 cannot be an input"):
        wires.inputs((5, 6), pull_up=True)
    wires.input(5, pull_up=True).close()
    taken.close()


def test_a_flood_on_several_pins_ends_with_the_true_level_of_each(factory: MockFactory) -> None:
    pins = RealWires(factory).inputs((5, 6), pull_up=False)
    for _ in range(MAX_EDGES_WAITING):
        for pin in (5, 6):
            factory.pin(pin).drive_high()
            factory.pin(pin).drive_low()
    factory.pin(6).drive_high()
    last: dict[int, bool] = {}
    count = 0
    while (edge := pins.wait(0)) is not None:
        last[edge.pin] = edge.level
        count += 1
    assert last == {5: False, 6: True}
    assert count == MAX_EDGES_WAITING + 2
    pins.close()


@pytest.mark.parametrize(("pull_up", "pull"), [(True, "up"), (False, "down"), (None, "floating")])
def test_the_pull_is_the_one_asked_for(factory: MockFactory, pull_up: bool | None, pull: str) -> None:
    pin = RealWires(factory).input(27, pull_up=pull_up)
    assert factory.pin(27).pull == pull
    pin.close()


def test_a_flood_of_edges_is_bounded_and_the_last_level_is_right(factory: MockFactory) -> None:
    pin = RealInput(factory, 27, pull_up=True)
    line = factory.pin(27)
    for _ in range(10 * MAX_EDGES_WAITING):
        line.drive_low()
        line.drive_high()
    line.drive_low()
    assert pin._edges.qsize() == MAX_EDGES_WAITING
    seen = []
    while (edge := pin.wait(0)) is not None:
        seen.append(edge)
    assert len(seen) == MAX_EDGES_WAITING + 1
    assert seen[-1] is False
    pin.close()


def test_a_callback_never_raises_into_the_event_thread(
    factory: MockFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pin = RealInput(factory, 27, pull_up=True)

    class Full:
        def qsize(self) -> int:
            raise MemoryError

    monkeypatch.setattr(pin, "_edges", Full())
    factory.pin(27).drive_low()
    assert "an edge of GPIO 27 was lost" in caplog.text
    pin.close()


def test_a_machine_without_pins_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setitem(sys.modules, "lgpio", None)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    with pytest.raises(WireLost, match=r"GPIO pins cannot be used .*pip install 'micro-station\[pi\]'"):
        RealWires().output(17, active_high=True, active=False)
    assert Device.pin_factory is None


def test_the_environment_chooses_the_factory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    wires = RealWires()
    pin = wires.output(17, active_high=True, active=True)
    assert isinstance(Device.pin_factory, MockFactory)
    assert Device.pin_factory.pin(17).state
    pin.close()


@pytest.fixture
def lgpio_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, ...]]]:
    """Give gpiozero's own LGPIOFactory over a recorded lgpio; only the Pi's revision is made up."""
    calls: list[tuple[Any, ...]] = []
    modes: dict[int, int] = {}

    def record(name: str, mode: int | None = None) -> Callable[..., int]:
        def call(*arguments: int) -> int:
            calls.append((name, *arguments))
            if mode is not None:
                modes[arguments[1]] = mode
            return 0

        return call

    fake = ModuleType("lgpio")
    names: dict[str, Any] = {
        "error": type("error", (Exception,), {}),
        "SET_PULL_NONE": 128,
        "SET_PULL_UP": 32,
        "SET_PULL_DOWN": 64,
        "RISING_EDGE": 1,
        "FALLING_EDGE": 2,
        "BOTH_EDGES": 3,
        "gpiochip_open": record("open"),
        "gpiochip_close": record("close"),
        "gpio_free": record("free"),
        "gpio_claim_input": record("claim_input", mode=0),
        "gpio_claim_output": record("claim_output", mode=2),
        "gpio_write": record("write"),
        "gpio_get_mode": lambda _handle, pin: modes.get(pin, 0),
    }
    for name, value in names.items():
        setattr(fake, name, value)
    monkeypatch.setitem(sys.modules, "lgpio", fake)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xA02082)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(Device, "pin_factory", None)
    yield calls
    if Device.pin_factory is not None:
        Device.pin_factory.close()
    sys.modules.pop("gpiozero.pins.lgpio", None)


@pytest.mark.parametrize(("active", "level"), [(False, 1), (True, 0)])
def test_on_lgpio_an_active_low_output_is_claimed_with_its_level_in_one_step(
    lgpio_calls: list[tuple[Any, ...]], active: bool, level: int
) -> None:
    pin = RealWires().output(17, active_high=False, active=active)
    opening = [call for call in lgpio_calls if call[0] != "open"]
    assert {call for call in opening if call[0] == "claim_output"} == {("claim_output", 0, 17, level)}
    assert not [call for call in opening if call[0] == "write"]
    lgpio_calls.clear()
    pin.set(active=not active)
    pin.close()
    writes = [call for call in lgpio_calls if call[0] == "write"]
    assert writes == [("write", 0, 17, 1 - level), ("write", 0, 17, 1)]
    assert lgpio_calls[-1] == ("claim_input", 0, 17, 128), "given back as an input"


def test_on_lgpio_the_factory_is_opened_once_for_all_pins(lgpio_calls: list[tuple[Any, ...]]) -> None:
    wires = RealWires()
    pins = [wires.output(pin, active_high=True, active=False) for pin in (17, 22, 23)]
    assert [call for call in lgpio_calls if call[0] == "open"] == [("open", 0)]
    for pin in pins:
        pin.close()


def test_a_failing_lgpio_is_a_lost_wire(
    lgpio_calls: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert lgpio_calls == []
    pin = RealWires().output(17, active_high=True, active=False)
    lgpio: Any = sys.modules["lgpio"]

    def fail(*_: int) -> int:
        raise lgpio.error("GPIO busy")

    monkeypatch.setattr(lgpio, "gpio_write", fail)
    with pytest.raises(WireLost, match="GPIO 17 cannot be set: GPIO busy"):
        pin.set(active=True)
    pin.close()
    assert "GPIO 17 could not be made inactive" in caplog.text


def test_our_pin_class_is_used_for_lgpio_only() -> None:
    factory = MockFactory()
    before = factory.pin_class
    wire_pins._open_outputs_in_one_step(factory)
    assert factory.pin_class is before


def test_lock_and_contact_drivers_in_real_threads_on_mock_pins(factory: MockFactory) -> None:
    wires = RealWires(factory)
    lock = maker("strike", "gpio-lock", pin=17, active_high=False)
    reed = maker("reed", "gpio-contact", pin=27)
    with threaded("strike", lock, wires) as strike, threaded("reed", reed, wires) as contact:
        strike.wait_for(LevelChanged, lambda signal: signal.value is False)
        contact.wait_for(LevelChanged, lambda signal: signal.value is False)
        strike.runner.post(Unlock("strike", 120))
        strike.wait_for(LevelChanged, lambda signal: signal.value is True)
        assert not factory.pin(17).state
        factory.pin(27).drive_low()
        assert contact.wait_for(LevelChanged).value is True
        strike.wait_for(LevelChanged, lambda signal: signal.value is False)
        assert factory.pin(17).state
    assert factory.pin(17).function == "input"


def test_a_dead_event_thread_is_noticed_in_real_time(factory: MockFactory) -> None:
    with threaded("reed", maker("reed", "gpio-contact", pin=27), RealWires(factory)) as contact:
        contact.wait_for(LevelChanged, lambda signal: signal.quantity is Quantity.CLOSED)
        factory.pin(27)._when_changed = None
        factory.pin(27).drive_low()
        assert contact.wait_for(LevelChanged).value is True


def test_makers_of_drivers_have_the_shape_of_the_contract(factory: MockFactory) -> None:
    make: Callable[[Wires, Clock], Driver] = maker("lamp", "gpio-switch", pin=22)
    with threaded("lamp", make, RealWires(factory)) as lamp:
        assert lamp.wait_for(LevelChanged).quantity is Quantity.ON
    assert not Path(".lgd-nfy0").exists()
