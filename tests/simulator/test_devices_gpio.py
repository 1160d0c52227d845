"""The simulated lock, switch, contact and PIR sensor by themselves."""

from simulator.devices.gpio_contact import GpioContact
from simulator.devices.gpio_lock import GpioLock
from simulator.devices.gpio_switch import GpioSwitch
from simulator.devices.pir import HOLD_MS, Pir


def released(lock: GpioLock, *levels: bool | None) -> list[bool]:
    seen = []
    for at_ms, level in enumerate(levels):
        lock.drive(level, at_ms)
        seen.append(lock.released)
    return seen


def test_a_fail_secure_lock_is_released_by_current() -> None:
    assert released(GpioLock(), False, True, False, None) == [False, True, False, False]
    assert released(GpioLock(active_high=False), True, False, True, None) == [False, True, False, False]


def test_a_fail_safe_lock_is_released_without_current() -> None:
    assert released(GpioLock(fail="safe"), False, True, None) == [True, False, True]


def test_the_longest_time_under_current_is_remembered_also_while_it_lasts() -> None:
    lock = GpioLock()
    lock.drive(True, 100)
    lock.drive(True, 200)
    assert lock.coil_on_ms(500) == 400
    lock.drive(False, 600)
    lock.drive(True, 700)
    lock.drive(None, 800)
    assert lock.coil_on_ms(10_000) == 500


def test_a_switch_follows_its_level() -> None:
    lamp = GpioSwitch(active_high=False)
    seen = []
    for level in (False, True, False, None):
        lamp.drive(level, 0)
        seen.append(lamp.on)
    assert seen == [True, False, True, False]


def test_a_contact_bounces_for_5_to_20_ms_and_ends_where_it_belongs() -> None:
    for seed in range(50):
        contact = GpioContact(closed=True, seed=seed)
        contact.move(closed=False, now_ms=1_000)
        edges = contact.tick(2_000)
        assert [level for _, level in edges] == [True, False, True]
        assert 5 <= edges[-1][0] - 1_000 <= 20
        assert contact.level is True
        assert contact.due_ms() is None


def test_a_stuck_contact_does_not_follow_and_a_cut_one_is_open_for_good() -> None:
    contact = GpioContact(closed=True)
    contact.stuck = True
    contact.move(closed=False, now_ms=0)
    assert contact.tick(1_000) == []
    contact = GpioContact(closed=True, bounces=False)
    contact.cut(0)
    contact.move(closed=True, now_ms=500)
    assert contact.tick(1_000) == [(0, True)]


def test_a_loose_wire_makes_its_edges_and_then_rests_where_it_was() -> None:
    contact = GpioContact(closed=True)
    contact.flap(0, hertz=50, for_ms=1_000)
    assert 48 <= len(contact.tick(2_000)) <= 51
    assert contact.level is False


def test_a_movement_keeps_the_pir_high_for_its_time_after_the_last_one() -> None:
    pir = Pir()
    pir.movement(1_000)
    assert pir.tick(2_000) == [(1_000, True)]
    pir.movement(2_500)
    assert pir.tick(10_000) == [(2_500 + HOLD_MS, False)]


def test_a_pir_may_see_a_ghost_while_it_warms_up() -> None:
    assert [level for _, level in Pir(ghost=True).tick(60_000)] == [True, False]
