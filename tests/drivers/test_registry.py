"""From the name in the station file to the driver, and what all settings have in common."""

from importlib.metadata import EntryPoint, EntryPoints
from types import ModuleType

import pytest
from pydantic import ValidationError

from drivers import gpio_lock, registry
from drivers.contract import Command, Quantity
from drivers.settings import DeviceSettings, PinSettings, PortSettings

OURS = {
    *("beam-counter", "ds18b20", "gm65", "gpio-contact", "gpio-lock", "gpio-switch", "ld2410", "ld2450", "nut"),
    *("pi-health", "pir", "sht3x", "voice"),
}


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_driver_has_settings_of_its_own_that_name_it(name: str) -> None:
    module = registry.find(name)
    assert module.Settings.model_fields["driver"].annotation is not str
    with pytest.raises(ValidationError):
        module.Settings.model_validate({"driver": "another", "pin": 4, "port": "/dev/ttyAMA0"})
    assert all(issubclass(command, Command) for command in module.Driver.accepts)
    assert all(isinstance(quantity, Quantity) for quantity in module.Driver.gives)
    assert module.Settings.model_json_schema()["additionalProperties"] is False


def test_all_drivers_are_known_and_nothing_else_is() -> None:
    known = set(registry.known())
    assert known >= OURS
    assert not known & {"contract", "registry", "settings", "wire", "gm65-frames", "steady-input"}


@pytest.mark.parametrize(
    "name", ["gpio_lock", "Gpio-Lock", "", "..", "os", "contract", "wire", "gm65-frames", "a" * 99]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(registry.UnknownDriver, match="no driver is called"):
        registry.find(name)


def test_a_misspelt_name_is_answered_with_the_right_one() -> None:
    with pytest.raises(registry.UnknownDriver, match="did you mean 'gpio-lock'"):
        registry.find("gpio-lok")


def test_other_peoples_drivers_come_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("shed-lock", "drivers.gpio_lock", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints([entry] if group == registry.GROUP else []))
    found: object = registry.find("shed-lock")
    assert isinstance(found, ModuleType)
    assert found is gpio_lock
    assert "shed-lock" in registry.known()


def test_settings_name_the_wires_that_only_one_device_may_have() -> None:
    assert DeviceSettings(driver="voice").wires() == ()
    assert PinSettings(driver="pir", pin=4).wires() == ("GPIO 4",)
    assert PortSettings(driver="gm65", port="sim://scanner").wires() == ("sim://scanner",)


@pytest.mark.parametrize("port", ["ttyUSB0", "/dev/tty USB0", "", "COM3", "sim://", "/dev/" + "x" * 300])
def test_a_port_is_an_absolute_path_or_a_simulated_one(port: str) -> None:
    with pytest.raises(ValidationError):
        PortSettings(driver="gm65", port=port)
