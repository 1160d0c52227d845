"""What hangs on the wall of a room with sockets and appliances: relays that obey, meters, a card that is slow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from drivers.contract import (
    ClockTrust,
    Command,
    CommandDone,
    DeviceDown,
    DeviceUp,
    Level,
    LevelChanged,
    Outcome,
    Quantity,
    Signal,
    SwitchOff,
    SwitchOn,
    TimePassed,
    Words,
    device_of,
)
from station.rules import access
from station.rules.decide import next_deadline
from station.rules.site import ApplianceService, ClimateService, Load, ScreenService, Site, SocketService
from station.rules.turn import Decision, Turn
from station.state import Recorded, Request
from station.trust.refusal import Reason, Refused
from tests.station.rules.desk import JOURNAL, Desk, pod

ANNE, BEN, CARL = "aa" * 16, "bb" * 16, "cc" * 16
MINUTE_MS = 60_000
LIMIT_MS = 120 * MINUTE_MS


def room() -> Site:
    """A pod with two sockets, a microwave, a kettle, and a fan and air-con of its room."""
    charge = SocketService(
        name="charge",
        words=Words("充电", "Charging"),
        reader="scanner",
        sockets={"1": Load("relays/1", "meter1", 60), "2": Load("relays/2", "meter2", 60)},
        due_ms=LIMIT_MS,
        warn_ms=5 * MINUTE_MS,
        per_person=1,
        temperature="hot",
    )
    microwave = ApplianceService(
        name="microwave",
        words=Words("微波炉", "Microwave"),
        load=Load("relays/3", "meter3", 1_000),
        run_ms=180_000,
        rest_ms=60_000,
        big_load=True,
    )
    kettle = ApplianceService(
        name="kettle",
        words=Words("热水壶", "Kettle"),
        load=Load("relays/4"),
        run_ms=300_000,
        big_load=True,
        water="float",
    )
    climate = ClimateService(
        name="climate", room="door", temperature="thermometer", fan="fan", air_con="relays/5", off=("desk",)
    )
    site = pod(fire="fire", lamp="")
    return replace(
        site,
        sockets={"charge": charge},
        appliances={"microwave": microwave, "kettle": kettle},
        climates={"climate": climate},
        screens={"front": ScreenService("front", "screen", ("door", "charge", "microwave", "kettle"), voice="voice")},
    )


DEVICES = ("relays", "meter1", "meter2", "meter3", "hot", "float", "fire", "thermometer", "fan", "desk")


@dataclass
class Wall(Desk):
    """A desk whose relays carry out what is asked of them, once that is on the card.

    Attributes:
        on: relays that have power, each with the steady time at which it goes off by itself.
        card_ms: how long a commit takes.
        settles: whether whoever asks waits until it is on the card.
        lost: this many of the next commands get no answer and do nothing.
        asked: everything that relays were asked, in order.
        said: every other command.
        counters: what the meters' counters show.
        devices: those that answer at the start.
    """

    site: Site = field(default_factory=room)
    on: dict[str, int] = field(default_factory=dict)
    card_ms: int = 20
    settles: bool = True
    lost: int = 0
    asked: list[Command] = field(default_factory=list)
    said: list[Command] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    devices: tuple[str, ...] = DEVICES
    _waiting: list[tuple[int, int | None, Command]] = field(default_factory=list)

    def begin(self, recorded: Recorded | None = None) -> None:  # type: ignore[override]
        super().begin(recorded or Recorded(journal=JOURNAL, holdings_known=True))
        for device in self.devices:
            self.feed(DeviceUp(device))
        for number in (1, 2, 3):
            self.measure(f"meter{number}", power_w=0.0, energy_wh=self.counters.get(f"meter{number}", 1_000))
        self.feed(LevelChanged("float", Quantity.CLOSED, True))
        self.feed(LevelChanged("fire", Quantity.CLOSED, True))
        self.events.clear()
        self.settle()

    def feed(self, signal: Signal) -> Decision:
        decision = super().feed(signal)
        self.take(decision)
        return decision

    def take(self, decision: Decision) -> None:
        """Carry out what does not wait, and keep the rest until it is on the card."""
        before_ms = self._waiting[-1][0] if self._waiting else 0  # commits keep their order
        ready_ms = max(before_ms, self.steady_ms + self.card_ms)
        self._waiting += [(ready_ms, one.until_ms, one.command) for one in decision.waiting]
        for command in decision.at_once:
            self.obey(command)

    def obey(self, command: Command) -> None:
        if not isinstance(command, SwitchOn | SwitchOff):
            self.said.append(command)
            return
        self.asked.append(command)
        if not self.is_up(command.device):
            self.feed(CommandDone(command.device, type(command).__name__, Outcome.NOT_SENT))
            return
        if self.lost:
            self.lost -= 1
            self.feed(CommandDone(command.device, type(command).__name__, Outcome.UNKNOWN))
            return
        if isinstance(command, SwitchOn):
            self.on[command.device] = self.steady_ms + (command.limit_ms if command.limit_ms is not None else 10**12)
        else:
            self.on.pop(command.device, None)
        self.feed(LevelChanged(command.device, Quantity.ON, command.device in self.on))
        self.feed(CommandDone(command.device, type(command).__name__, Outcome.ACKED))

    def is_up(self, point: str) -> bool:
        known = self.state.observed.devices.get(device_of(point))
        return known is not None and known.up

    def wait(self, milliseconds: int) -> list[object]:  # type: ignore[override]
        """Let time pass: deadlines, the card, and relays that go off by themselves, each at its moment."""
        until_ms, seen = self.steady_ms + milliseconds, len(self.events)
        for _ in range(20_000):
            due_ms = next_deadline(self.state, self.site)
            moments = [
                *([due_ms] if due_ms is not None else []),
                *self.on.values(),
                *(at for at, _, _ in self._waiting),
            ]
            at_ms = min(moments, default=until_ms + 1)
            if at_ms > until_ms:
                break
            self.steady_ms = max(self.steady_ms, at_ms)
            self._relays_end()
            self._commit()
            self.feed(TimePassed())
        else:
            raise AssertionError("a deadline never goes away: the loop would spin")
        self.steady_ms = until_ms
        return list(self.events[seen:])

    def settle(self) -> None:
        """Until what was decided is on the card, and what follows from it too."""
        self.wait(2 * self.card_ms + 1)

    def _relays_end(self) -> None:
        for point in [point for point, at_ms in self.on.items() if at_ms <= self.steady_ms]:
            del self.on[point]
            if self.is_up(point):
                self.feed(LevelChanged(point, Quantity.ON, False))

    def _commit(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.steady_ms:
            _, until_ms, command = self._waiting.pop(0)
            if until_ms is None or self.steady_ms <= until_ms:
                self.obey(command)

    # ------------------------------------------------------------ people and things

    def ask(self, service: str, action: str, holder: str = ANNE, **more: str | int) -> Reason | None:
        """Somebody asks; gives why it is refused."""
        role = str(more.pop("role", "resident"))
        request = Request(service, action, holder, role, "order_by_link", order="0f" * 16, **more)  # type: ignore[arg-type]
        turn = Turn(self.state, self.now, self.site)
        try:
            access.grant(turn, request)
        except Refused as refused:
            return refused.reason
        decision = turn.decision()
        self.state = decision.state
        self.events.extend(decision.events)
        self.take(decision)
        if self.settles:
            self.settle()
        return None

    def measure(self, meter: str, *, power_w: float | None = None, energy_wh: int | None = None) -> None:
        if power_w is not None:
            self.feed(LevelChanged(meter, Quantity.POWER_W, power_w))
        if energy_wh is not None:
            self.counters[meter] = energy_wh
            self.feed(LevelChanged(meter, Quantity.ENERGY_WH, energy_wh))

    def says(self, device: str, quantity: Quantity, value: Level) -> None:
        self.feed(LevelChanged(device, quantity, value))

    def unrecord(self) -> None:
        observed = replace(self.state.observed, unrecorded="the card is full")
        self.state = replace(self.state, observed=observed)

    def lose(self, device: str) -> None:
        self.feed(DeviceDown(device, "unplugged"))

    def find(self, device: str) -> None:
        """Its driver starts again, with everything off."""
        gone = [point for point in self.on if device_of(point) == device]
        for point in gone:
            del self.on[point]
        self.feed(DeviceUp(device))
        for point in gone:
            self.feed(LevelChanged(point, Quantity.ON, False))
        self.settle()

    def after_power_cut(self, away_ms: int, trust: ClockTrust = ClockTrust.SYNCED, *, without: str = "") -> Wall:
        """The same wall after the power was away: another boot, everything read anew; `without` one device."""
        boot = f"{int(self.boot, 16) + 1:016x}"
        after = Wall(site=self.site, boot=boot, steady_ms=5_000, card_ms=self.card_ms, counters=dict(self.counters))
        after.devices = tuple(name for name in self.devices if name != without)
        after.trust = trust
        after.set_clock(self.now.wall_ms + (0 if trust is ClockTrust.FLOOR else away_ms))
        after.begin(self.state.recorded)
        return after

    def set_clock(self, wall_ms: int) -> None:
        self.wall_offset_ms += wall_ms - self.now.wall_ms
