"""Things of a demo's station for whoever stands before them: how they stand, and what hands can do with them.

How a thing stands is read from its twin; what a controller believes of it is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drivers.contract import Words, channel_of, device_of
from simulator import words_things as words
from simulator.devices.lock_board import LockBoard
from simulator.devices.waveshare_relay import WaveshareRelay
from simulator.fittings import Thing
from simulator.pod import Pod

T = TypeVar("T")

Deed = Callable[[], Words | None]
"""Something that hands do; the words are what the person feels."""


class Touchable:
    """One thing. `deeds` are what can be done with it now, by name."""

    def __init__(self, pod: Pod, thing: Thing) -> None:
        self.thing = thing
        self.pod = pod
        self.device = device_of(thing.point)
        self.channel = channel_of(thing.point)
        self.twin: Any = pod.devices[self.device]

    @property
    def state(self) -> str:
        """How it stands, as in `words_things.STATES`."""
        raise NotImplementedError

    @property
    def reading(self) -> str:
        """What a meter on it shows."""
        return ""

    def deeds(self) -> Mapping[str, Deed]:
        return {}

    def follow(self) -> None:
        """What moves by itself at this thing when a lock lets go."""

    def act(self, deed: Callable[[Any, int], T]) -> T:
        """Do something with its twin."""
        return self.pod.act(self.device, deed)


class Cell(Touchable):
    """A little door of a lock board."""

    @property
    def state(self) -> str:
        stuck = self.channel in self.twin.stuck
        if self.twin.is_open(self.channel):
            return "stuck-open" if stuck else "open"
        return "stuck" if stuck else "shut"

    def deeds(self) -> Mapping[str, Deed]:
        move: dict[str, Deed] = {"shut": self.shut} if self.twin.is_open(self.channel) else {"pull": self.pull}
        if self.channel in self.twin.stuck:
            return move | {"free": self.free}
        return move | {"jam": self.jam} | ({} if "shut" in move else {"break": self.break_open})

    def shut(self) -> Words | None:
        caught = self.act(lambda board, now_ms: board.push_shut(self.channel, now_ms))
        return None if caught else words.NO_CATCH

    def pull(self) -> Words | None:
        if not self.pod.released(self.thing.point):
            return words.LOCKED
        self.break_open()
        return None

    def break_open(self) -> None:
        self.act(lambda board, now_ms: board.pull(self.channel, now_ms))

    def jam(self) -> None:
        self.twin.stuck.add(self.channel)

    def free(self) -> None:
        self.twin.stuck.discard(self.channel)


class Slot(Cell):
    """A slot of a stand: open means that nothing is in it."""

    @property
    def state(self) -> str:
        if self.twin.is_open(self.channel):
            return "empty"
        return "stuck-full" if self.channel in self.twin.stuck else "full"

    def deeds(self) -> Mapping[str, Deed]:
        return {("put" if name == "shut" else name): deed for name, deed in super().deeds().items()}


class Lid(Touchable):
    """A lid on a spring, with a lock and a contact of its own: it jumps open as soon as it may."""

    def __init__(self, pod: Pod, thing: Thing) -> None:
        super().__init__(pod, thing)
        self._released_ms = self._last_released_ms()

    @property
    def state(self) -> str:
        return "shut" if self.pod.closed(self.thing.also) else "open"

    def deeds(self) -> Mapping[str, Deed]:
        return {"pull": self.pull, "break": self.break_open} if self.state == "shut" else {"shut": self.shut}

    def follow(self) -> None:
        released_ms = self._last_released_ms()
        if released_ms != self._released_ms:
            self._released_ms = released_ms
            self.break_open()

    def _last_released_ms(self) -> int:
        """When its lock last let go: that may be over before anybody looks."""
        if isinstance(self.twin, WaveshareRelay):
            return self.act(lambda board, now_ms: int(board.last_on_ms(self.channel, now_ms)))
        return int(self.twin.last_released_ms)

    def shut(self) -> None:
        self.pod.move(self.thing.also, closed=True)

    def pull(self) -> Words | None:
        if not self.pod.released(self.thing.point):
            return words.LOCKED
        self.break_open()
        return None

    def break_open(self) -> None:
        self.pod.move(self.thing.also, closed=False)


def box(pod: Pod, thing: Thing) -> Touchable:
    """A box's lid, or a compartment behind a lock board."""
    on_board = isinstance(pod.devices[device_of(thing.point)], LockBoard)
    return Cell(pod, thing) if on_board else Lid(pod, thing)
