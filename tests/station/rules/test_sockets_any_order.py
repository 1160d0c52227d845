"""Whatever happens in whatever order, no socket is on without a session or for longer than it was given."""

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from drivers.contract import ClockTrust, Quantity, TimePassed
from station.events import ThingGivenBack, ThingTaken
from station.rules import supply
from station.rules.site import Site
from station.state import thing_key
from tests.station.rules.wall import ANNE, BEN, CARL, Wall, room

GRACE_MS = 5_000
LIMIT_MS = 900_000
SAFE_MS = 300_000
PEOPLE = st.sampled_from([ANNE, BEN, CARL])
THINGS = st.sampled_from(["", "1", "2"])
METERS = st.sampled_from(["meter1", "meter2"])
SOCKETS = {"1": "relays/1", "2": "relays/2"}


def sockets_only() -> Site:
    """Short sessions, and no screen whose pages would cost most of the time."""
    site = room()
    charge = replace(site.sockets["charge"], due_ms=LIMIT_MS, safe_ms=SAFE_MS, warn_ms=60_000)
    return replace(site, sockets={"charge": charge}, appliances={}, climates={}, screens={})


class AnyOrder(RuleBasedStateMachine):
    """People, meters, boards, the card, the clock and the mains, in any order.

    Attributes:
        age_ms: true time since the beginning, through every power cut.
        until: how long each socket may be on, by true time.
        alone: since when a socket is on and nobody's, by true time.
    """

    @initialize()
    def begins(self) -> None:
        self.wall = Wall(site=sockets_only(), settles=False)
        self.wall.begin()
        self.lived_ms = -self.wall.steady_ms
        self.until: dict[str, int] = {}
        self.alone: dict[str, int] = {}
        self.seen = 0
        self.dated: dict[str, bool] = {}
        self.true_wall_ms = self.wall.now.wall_ms - self.wall.steady_ms - self.lived_ms

    @property
    def age_ms(self) -> int:
        return self.lived_ms + self.wall.steady_ms

    def follow(self) -> None:
        """Keep book of who has what until when."""
        for event in self.wall.events[self.seen :]:
            if isinstance(event, ThingTaken):
                assert event.thing not in self.until, "given to a second person"
                self.until[event.thing] = self.age_ms + LIMIT_MS
                self.dated[event.thing] = self.wall.trust is not ClockTrust.FLOOR
            elif isinstance(event, ThingGivenBack):
                del self.until[event.thing]
        self.seen = len(self.wall.events)

    # ------------------------------------------------------------ what happens

    @rule(holder=PEOPLE, thing=THINGS)
    def somebody_starts(self, holder: str, thing: str) -> None:
        self.wall.ask("charge", "start", holder, thing=thing)
        self.follow()

    @rule(holder=PEOPLE, thing=THINGS)
    def somebody_stops(self, holder: str, thing: str) -> None:
        self.wall.ask("charge", "stop", holder, thing=thing)
        self.follow()

    @rule(milliseconds=st.sampled_from([1, 300, 1_000, 2_000, 3_000, 10_000, 60_000, 300_000]))
    def time_passes(self, milliseconds: int) -> None:
        until_ms = self.wall.steady_ms + milliseconds
        while self.wall.steady_ms < until_ms:  # in steps, so that everything is seen at its time
            ends_ms = [at_ms + GRACE_MS + 1 - self.age_ms for at_ms in self.until.values()]
            steps_ms = [one for one in ends_ms if one > 0] + [GRACE_MS // 5 if self.alone else 60_000]
            self.wall.wait(min(until_ms - self.wall.steady_ms, *steps_ms))
            self.follow()
            self.holds()

    @rule(milliseconds=st.sampled_from([0, 20, 700, 3_000, 6_000]))
    def the_card_takes(self, milliseconds: int) -> None:
        self.wall.card_ms = milliseconds

    @rule(count=st.integers(0, 2))
    def commands_are_lost(self, count: int) -> None:
        self.wall.lost = count

    @rule(meter=METERS, power=st.sampled_from([0.0, 0.9, 5.0, 60.0, 66.5, 300.0]))
    def power_is_drawn(self, meter: str, power: float) -> None:
        self.wall.measure(meter, power_w=power)
        self.follow()

    @rule(meter=METERS, counter=st.sampled_from([0, 1_000, 1_010, 1_070, 1_200, 9_999_989]))
    def the_counter_shows(self, meter: str, counter: int) -> None:
        self.wall.measure(meter, energy_wh=counter)
        self.follow()

    @rule(degrees=st.sampled_from([20.0, 54.0, 70.0]))
    def it_is_hot(self, degrees: float) -> None:
        self.wall.says("hot", Quantity.TEMPERATURE_C, degrees)
        self.follow()

    @rule(closed=st.booleans())
    def it_burns(self, closed: bool) -> None:
        self.wall.says("fire", Quantity.CLOSED, closed)
        self.follow()

    @rule(relay=st.sampled_from(sorted(SOCKETS.values())))
    def a_relay_opens_by_itself(self, relay: str) -> None:
        if self.wall.on.pop(relay, None) is not None:
            self.wall.says(relay, Quantity.ON, value=False)
        self.follow()

    @rule(relay=st.sampled_from(sorted(SOCKETS.values())))
    @precondition(lambda self: self.wall.is_up("relays"))
    def a_relay_closes_by_itself(self, relay: str) -> None:
        self.wall.on.setdefault(relay, 10**15)
        self.wall.says(relay, Quantity.ON, value=True)
        self.follow()

    @rule(device=st.sampled_from(["relays", "meter1", "meter2"]))
    def a_device_is_lost(self, device: str) -> None:
        if self.wall.is_up(device):
            self.wall.lose(device)
        self.follow()

    @rule(device=st.sampled_from(["relays", "meter1", "meter2"]))
    def a_device_is_found(self, device: str) -> None:
        if not self.wall.is_up(device):
            self.wall.find(device)
        self.follow()

    @rule(away_ms=st.sampled_from([1_000, 200_000, 2 * LIMIT_MS]), trusted=st.booleans())
    def the_power_is_cut(self, away_ms: int, trusted: bool) -> None:
        self.follow()
        age_ms, commands = self.age_ms + away_ms, self.wall.card_ms
        self.wall.card_ms = 20
        self.wall = self.wall.after_power_cut(away_ms, ClockTrust.SYNCED if trusted else ClockTrust.FLOOR)
        self.wall.settles, self.wall.card_ms = False, commands
        self.lived_ms, self.seen = age_ms - 5_000, len(self.wall.events)
        held = self.wall.state.recorded.holdings
        self.until = {thing: at for thing, at in self.until.items() if thing_key("charge", thing) in held}
        for thing in self.until:
            if not self.dated[thing]:
                self.until[thing] = age_ms + LIMIT_MS  # nobody will ever know how long the power was away
            elif not trusted:
                self.until[thing] = max(self.until[thing], age_ms + SAFE_MS)
        self.alone = {}

    @rule()
    @precondition(lambda self: self.wall.trust is ClockTrust.FLOOR)
    def the_time_is_known(self) -> None:
        self.wall.set_clock(self.true_wall_ms + self.age_ms)
        self.wall.trust = ClockTrust.SYNCED
        self.wall.feed(TimePassed())
        self.follow()
        self.dated = dict.fromkeys(self.dated, True)

    # ------------------------------------------------------------ what holds

    @invariant()
    def holds(self) -> None:
        wall, held = self.wall, self.wall.state.recorded.holdings
        assert {thing_key("charge", thing) for thing in self.until} == set(held)
        for thing, relay in SOCKETS.items():
            if relay not in wall.on or not wall.is_up(relay):
                self.alone.pop(thing, None)  # a board that is lost ends it by its own clock
            elif thing in self.until:
                self.alone.pop(thing, None)
                assert self.age_ms <= self.until[thing] + GRACE_MS, f"socket {thing} is on for too long"
            else:
                since_ms = self.alone.setdefault(thing, self.age_ms)
                lost_ms = 2 * supply.OFF_AGAIN_MS  # two commands in a row may be lost
                assert self.age_ms - since_ms <= GRACE_MS + lost_ms, f"socket {thing} is on for nobody"
        for thing, until_ms in self.until.items():
            assert self.age_ms <= until_ms + GRACE_MS, f"socket {thing} is kept from the next person"

    def teardown(self) -> None:
        """In the end, left alone, everything is off and free."""
        if hasattr(self, "wall"):
            self.wall.lost = 0
            self.time_passes(2 * LIMIT_MS)
            assert not self.until
            assert not any(relay in self.wall.on for relay in SOCKETS.values() if self.wall.is_up(relay))


TestAnyOrder: Any = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
