"""The relay board's driver against its twin on virtual time: start and end, relays, inputs, settings."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from drivers import modbus_frames as frames
from drivers.contract import DeviceUp, JunkReceived, LevelChanged, Outcome, Quantity, Show, SwitchOn, Unlock
from drivers.waveshare_relay import Driver, Settings
from tests.drivers.rig import only
from tests.drivers.waveshare_stand import LAMP, LOCK, PORT, Stand, done, levels, make_stand, settled


@pytest.fixture
def stand() -> Iterator[Stand]:
    yield from settled()


def test_everything_is_off_at_the_start_and_told(stand: Stand) -> None:
    assert stand.board.written[0] == frames.write_coil(1, 0xFF, on=False).frame
    told = [signal for _, signal in stand.room.stamped]
    assert told == [DeviceUp("relays"), *(level for relay in range(1, 9) for level in levels(f"relays/{relay}", False))]
    assert stand.room.run(60_000) == []


def test_relays_that_are_on_from_before_are_switched_off(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP))
    stand.timeline.driver = None  # killed: nobody switched anything off
    stand.room.bench.release(PORT)
    stand.room.run(5_000)
    assert not stand.on(LAMP)


def test_a_clone_that_does_not_know_all_relays_is_switched_off_one_by_one() -> None:
    stand = make_stand()
    stand.board.knows_all = False
    stand.board._on[2] = stand.board._on[4] = True
    signals = stand.room.run(500)
    assert not stand.on(LOCK)
    assert not stand.on(LAMP)
    assert not only(JunkReceived, signals)


def test_a_relay_that_stays_on_is_told() -> None:
    stand = make_stand()
    stand.board._on[2] = True
    stand.board.stuck = {3}
    signals = stand.room.run(500)
    assert levels(LOCK, True)[0] in signals
    assert only(JunkReceived, signals) == [JunkReceived("relays", "on after all were switched off: relay 3")]


def test_everything_is_off_at_the_end(stand: Stand) -> None:
    stand.command(SwitchOn(LAMP))
    driver = stand.timeline.driver
    assert driver is not None
    stand.room.close()
    driver.close()
    assert not stand.on(LAMP)
    assert stand.board.written[-1] == frames.write_coil(1, 0xFF, on=False).frame


@pytest.mark.parametrize("point", ["relays", "relays/0", "relays/9", "relays/101"])
def test_a_relay_that_the_board_does_not_have_is_not_moved(point: str) -> None:
    stand = make_stand(inputs=4)
    stand.room.run(500)
    assert stand.command(Unlock(point, 500)) == (
        [],
        done("Unlock", Outcome.NOT_SENT, "relays has the relays 1 to 8", point),
    )
    assert stand.writes() == []


def test_inputs_are_told_at_the_start_and_at_every_change() -> None:
    stand = make_stand(inputs=2)
    stand.board.closed[1] = True
    signals = stand.room.run(500)
    closed = [signal for signal in only(LevelChanged, signals) if signal.quantity is Quantity.CLOSED]
    assert closed == [
        LevelChanged("relays/101", Quantity.CLOSED, False),
        LevelChanged("relays/102", Quantity.CLOSED, True),
    ]
    stand.board.move_input(1, closed=True, now_ms=stand.room.now_ms)
    moved_ms = stand.room.now_ms
    assert stand.room.run(5_000) == [LevelChanged("relays/101", Quantity.CLOSED, True)]
    assert stand.room.at(LevelChanged)[-1][0] - moved_ms <= 450


def test_a_relay_that_the_board_moves_by_itself_is_told() -> None:
    stand = make_stand(inputs=8)
    stand.room.run(500)
    stand.board._modes[2] = 1
    stand.board.move_input(3, closed=True, now_ms=stand.room.now_ms)
    assert set(levels(LOCK, True)) <= set(stand.room.run(1_200))


def test_thirty_two_relays() -> None:
    stand = make_stand(channels=32)
    stand.room.run(500)
    assert stand.command(SwitchOn("relays/32"))[0] == levels("relays/32", True)
    assert stand.on("relays/32")


def test_what_a_relay_cannot_do_is_refused(stand: Stand) -> None:
    driver = stand.timeline.driver
    assert isinstance(driver, Driver)
    with pytest.raises(TypeError, match="a relay cannot do Show"):
        driver.execute(Show(LOCK, page=None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"address": 0}, {"channels": 33}, {"inputs": 9}, {"pulse_max_ms": 10_100}, {"pulse_max_ms": 150}, {"baud": 9600}],
)
def test_wrong_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"driver": "waveshare-relay", "port": PORT, **wrong})


def test_the_channels_that_a_service_may_name() -> None:
    settings = Settings.model_validate({"driver": "waveshare-relay", "port": PORT, "channels": 4, "inputs": 2})
    assert list(settings.channel_numbers()) == [1, 2, 3, 4, 101, 102]
