"""Hands on everything of a demo's station but its doors and screens, by the names of `simulator.fittings`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import zxingcpp
from PIL import Image

from drivers.contract import Words, both
from simulator import words_things as words
from simulator.devices.xy_md02 import XyMd02
from simulator.fittings import Group, Thing
from simulator.pod import Pod
from simulator.touch import Cell, Deed, Slot, Touchable, box
from simulator.touch_power import Battery, Machine, Socket, Switched

ROOM_C, COLDEST_C, HOTTEST_C = 24.0, -10.0, 70.0
HUMIDITY_PERCENT = 55.0
BOOK = "9787020002207"
PIXELS_WIDE, PIXELS_HIGH = 380, 160
NUMBERED = frozenset({"cell", "slot", "socket"})

Tell = Callable[[Words, Words], None]


@dataclass(frozen=True, slots=True)
class Look:
    """How a thing stands, what a meter on it reads, and what hands can do with it."""

    state: str
    reading: str
    deeds: tuple[str, ...]


class Loop(Touchable):
    """A button or a loop of wires that raises an alarm. It stays as it was put."""

    @property
    def state(self) -> str:
        return "raised" if self.pod.pressed(self.thing.point) else "calm"

    def deeds(self) -> Mapping[str, Deed]:
        return {"raise": self.set_off} if self.state == "calm" else {"calm": self.set_back}

    def set_off(self) -> None:
        self.pod.press(self.thing.point, pressed=True)

    def set_back(self) -> None:
        self.pod.press(self.thing.point, pressed=False)


class Warmth(Touchable):
    """The air around a thermometer."""

    def __init__(self, pod: Pod, thing: Thing) -> None:
        super().__init__(pod, thing)
        self.become(ROOM_C)

    @property
    def state(self) -> str:
        return ""

    @property
    def reading(self) -> str:
        return f"{self._celsius:.0f} °C"

    def become(self, celsius: float) -> None:
        """So warm is it now."""
        self._celsius = min(max(celsius, COLDEST_C), HOTTEST_C)
        if isinstance(self.twin, XyMd02):
            self.twin.weather(self._celsius, HUMIDITY_PERCENT)
        else:
            self.twin.measure(self._celsius)


class Shelf(Touchable):
    """Books before a shelf's reader."""

    @property
    def state(self) -> str:
        return "here"

    def deeds(self) -> Mapping[str, Deed]:
        return {"book": self.scan_book}

    def scan_book(self) -> Words:
        picture = barcode(BOOK)
        read = self.pod.powered and self.act(lambda scanner, now_ms: scanner.show_picture(picture, now_ms))
        return words.BOOK_READ if read else words.NOT_READ


KINDS: Mapping[str, Callable[[Pod, Thing], Touchable]] = {
    "cell": Cell,
    "slot": Slot,
    "box": box,
    "socket": Socket,
    "appliance": Machine,
    "switch": Switched,
    "ups": Battery,
    "alarm": Loop,
    "heat": Warmth,
    "shelf": Shelf,
}


class Hands:
    """Whoever stands before the things of a pod."""

    def __init__(self, pod: Pod, groups: Iterable[Group], tell: Tell) -> None:
        self._tell = tell
        self._names: dict[str, Words] = {}
        self._things: dict[str, Touchable] = {}
        for group in groups:
            for thing in group.things:
                self._names[thing.id] = _name(group, thing)
                if thing.kind in KINDS:
                    self._things[thing.id] = KINDS[thing.kind](pod, thing)

    def looks(self) -> dict[str, Look]:
        """Every thing as it stands now."""
        for one in self._things.values():
            one.follow()
        return {name: Look(one.state, one.reading, tuple(one.deeds())) for name, one in self._things.items()}

    def name(self, thing: str) -> Words:
        """What people call it."""
        return self._names[thing]

    def do(self, thing: str, deed: str, value: str) -> bool:
        """Do something with a thing; False when that cannot be done with it now. Air becomes as warm as `value`."""
        one = self._things.get(thing)
        if isinstance(one, Warmth) and deed == "warm":
            try:
                one.become(float(value))
            except ValueError:
                return False
            return True
        doing = one.deeds().get(deed) if one else None
        if doing is None:
            return False
        felt = doing()
        if felt is not None:
            self._tell(self._names[thing], felt)
        return True


def _name(group: Group, thing: Thing) -> Words:
    if thing.kind in NUMBERED:
        return both("{title} {label}", title=group.title, label=thing.label)
    return thing.label if len(group.things) > 1 else group.title


def barcode(digits: str) -> bytes:
    """The picture (PNG) of an EAN-13 code on the back of a book."""
    bars = zxingcpp.write_barcode(zxingcpp.BarcodeFormat.EAN13, digits, PIXELS_WIDE, PIXELS_HIGH)
    png = io.BytesIO()
    Image.fromarray(bars).convert("L").save(png, "PNG")
    return png.getvalue()
