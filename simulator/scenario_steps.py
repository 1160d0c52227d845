"""What can be done in a scenario: every verb by its name."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.scenario_step import Step
from simulator.scenario_steps_devices import DEVICES
from simulator.scenario_steps_people import PEOPLE
from simulator.scenario_steps_station import STATION

VERBS: Mapping[str, type[Step]] = {
    one.model_fields["do"].annotation.__args__[0]: one  # type: ignore[union-attr]
    for one in (*PEOPLE, *DEVICES, *STATION)
}
