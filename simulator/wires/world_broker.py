"""A broker in virtual time between one station and its office, with everything that goes wrong on the way.

`WorldTransport` is what the station's link sees (`sync.transport.Transport`). Messages take their time; the way may be
cut, half open (one side believes that the other is there), or slow; a hostile broker repeats, keeps, forges and mixes
in what was meant for others. What is delivered is decided by the seed alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from random import Random

from simulator.world_time import Agenda
from sync import contract
from sync.contract import Publication
from sync.transport import Arrived, Connected, Lost, Taken, TransportEvent

REST_MS = 1_000
CALM_REST_MS, CALM_AFTER_MS = 5_000, 30_000
"""How often the link is asked when it has long had nothing to say."""
BUSY_REST_MS = 50
HISTORY = 60
"""Messages of each direction that a hostile broker remembers."""
MAX_WAITING = 1_000
"""Messages kept for an office that is away (Mosquitto's `max_queued_messages`)."""
NO_ANSWER_MS = 3_000


class Way(Enum):
    """The state of the way between station and broker."""

    OPEN = "open"
    CUT = "cut"  # connections break at once, new ones fail
    DEAD = "dead"  # nothing comes through and nobody is told


@dataclass(slots=True)
class Chances:
    """How likely each thing is for one message."""

    slow: float = 0.0
    double_up: float = 0.0
    double_down: float = 0.0
    replay_up: float = 0.0
    replay_down: float = 0.0
    lose_connection: float = 0.0
    keep_as_retained: float = 0.0
    refuse: float = 0.0
    forge_down: float = 0.0
    strip: float = 0.0


class WorldBroker:
    """Carries publications. `office` takes what goes up; `deliver_down` is what the office publishes."""

    def __init__(self, agenda: Agenda, random: Random, station: str) -> None:
        self.way = Way.OPEN
        self.chances = Chances()
        self.office: Callable[[Publication], None] = lambda _: None
        self.office_is_there = True
        self.transport: WorldTransport | None = None
        self.watch_down: Callable[[Arrived], None] = lambda _: None
        self.watch_up: Callable[[Publication], None] = lambda _: None
        self._agenda = agenda
        self._random = random
        self._station = station
        self._retained: dict[str, Publication] = {}
        self._waiting: deque[Publication] = deque(maxlen=MAX_WAITING)
        self._up_free_ms = 0
        self._down_free_ms = 0
        self._past_up: deque[Publication] = deque(maxlen=HISTORY)
        self._past_down: deque[Publication] = deque(maxlen=HISTORY)

    def likely(self, chance: float) -> bool:
        """True with this probability."""
        return chance > 0 and self._random.random() < chance

    def delay_ms(self) -> int:
        """How long a message takes."""
        if self.likely(self.chances.slow):
            return self._random.randint(2_000, 60_000)
        return self._random.randint(5, 80)

    # ------------------------------------------------------------ the way

    def set_way(self, way: Way) -> None:
        """The cable is pulled, put back, or dies without a word."""
        before, self.way = self.way, way
        transport = self.transport
        if transport is None:
            return
        if way is Way.CUT and before is not Way.CUT:
            transport.lose("the network went away")
        if way is Way.OPEN and before is Way.DEAD:
            transport.lose("the broker does not know this connection")

    def restart(self) -> None:
        """The broker is killed and started again: whoever is connected loses the connection."""
        if self.transport is not None:
            self.transport.lose("the broker closed the connection")

    def office_went(self) -> None:
        """The office is down; what goes up waits for it."""
        self.office_is_there = False

    def office_came(self) -> None:
        """The office is back and gets what waited."""
        self.office_is_there = True
        waiting, self._waiting = list(self._waiting), deque(maxlen=MAX_WAITING)
        for publication in waiting:
            self._agenda.after(self._random.randint(5, 200), lambda one=publication: self._to_office(one))  # type: ignore[misc]

    # ------------------------------------------------------------ up

    def publish_up(self, session: WorldTransport, publication: Publication, token: int | None) -> None:
        """The station published."""
        if self.way is Way.DEAD:
            return
        self.watch_up(publication)
        if self.likely(self.chances.lose_connection):
            self._agenda.after(self.delay_ms(), lambda: session.lose("the connection was reset"))
        self._up_free_ms = max(self._up_free_ms, self._agenda.now_ms + self.delay_ms())
        self._agenda.at(self._up_free_ms, lambda: self._came_up(session, publication, token))

    def _came_up(self, session: WorldTransport, publication: Publication, token: int | None) -> None:
        if session is not self.transport or not session.alive or self.way is not Way.OPEN:
            return
        if token is not None:
            refused = "not authorized" if self.likely(self.chances.refuse) else ""
            session.put(Taken(token, refused), self._agenda.now_ms + self.delay_ms())
            if refused:
                return
        self._past_up.append(publication)
        self._to_office(publication)
        if self.likely(self.chances.double_up):
            self._agenda.after(self.delay_ms(), lambda: self._to_office(publication))
        if self.likely(self.chances.replay_up):
            old = self._random.choice(self._past_up)
            self._agenda.after(self.delay_ms(), lambda: self._to_office(old))

    def _to_office(self, publication: Publication) -> None:
        if self.office_is_there:
            self.office(publication)
        else:
            self._waiting.append(publication)

    # ------------------------------------------------------------ down

    def publish_down(self, publication: Publication) -> None:
        """The office published."""
        if publication.retain:
            self._retained[publication.topic] = publication
        self._past_down.append(publication)
        until_ms = self._agenda.now_ms + (publication.expiry_seconds or 86_400) * 1000
        self._down_free_ms = max(self._down_free_ms, self._agenda.now_ms + self.delay_ms())
        self._agenda.at(self._down_free_ms, lambda: self._go_down(publication, until_ms))
        if self.likely(self.chances.double_down):
            self._agenda.after(self.delay_ms(), lambda: self._go_down(publication, until_ms))
        if self.likely(self.chances.replay_down):
            old = self._random.choice(self._past_down)
            after_ms = self._random.randint(10, 120_000)
            self._agenda.after(after_ms, lambda: self._go_down(old, None))
        if self.likely(self.chances.keep_as_retained):
            self._retained[publication.topic] = publication
        if self.likely(self.chances.forge_down):
            self._agenda.after(self.delay_ms(), lambda: self._go_down(self._forged(publication), None))
        if self.likely(self.chances.strip):
            self._agenda.after(self.delay_ms(), lambda: self._go_down(replace(publication, properties=()), None))

    def inject(self, publication: Publication, *, retained: bool = False) -> None:
        """A hostile broker sends this."""
        self._go_down(publication, None, retained=retained)

    def past_down(self) -> Publication | None:
        """Some message that went down before."""
        return self._random.choice(self._past_down) if self._past_down else None

    def _go_down(self, publication: Publication, until_ms: int | None, *, retained: bool | None = None) -> None:
        session = self.transport
        if session is None or not session.connected or self.way is not Way.OPEN:
            return
        if until_ms is not None and self._agenda.now_ms > until_ms:
            return
        flag = publication.retain if retained is None else retained
        session.put(Arrived(publication.topic, publication.payload, flag, publication.properties), self._agenda.now_ms)

    def _forged(self, publication: Publication) -> Publication:
        """The same with one bit of its payload or of its signature turned."""
        payload, properties = publication.payload, publication.properties
        if properties and self._random.random() < 0.5:  # noqa: PLR2004 - a coin
            properties = tuple((key, _flipped_hex(value, self._random)) for key, value in properties)
        elif payload:
            place = self._random.randrange(len(payload))
            payload = payload[:place] + bytes((payload[place] ^ 1 << self._random.randrange(8),)) + payload[place + 1 :]
        return replace(publication, payload=payload, properties=properties)

    def connected(self, session: WorldTransport) -> None:
        """A station has subscribed: it gets what is retained."""
        for publication in list(self._retained.values()):
            name = contract.find(publication.topic)
            if name is not None and not name[2].up:
                arrived = Arrived(publication.topic, publication.payload, True, publication.properties)
                session.put(arrived, self._agenda.now_ms + self.delay_ms())


def _flipped_hex(text: str, random: Random) -> str:
    data = bytearray(bytes.fromhex(text))
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return data.hex()


class WorldTransport:
    """One station's connection. `wake` is called when something may have come for the link."""

    def __init__(self, broker: WorldBroker, agenda: Agenda, wake: Callable[[], None]) -> None:
        self.alive = False  # the station believes in it
        self.connected = False  # and so does the broker
        self._broker = broker
        self._agenda = agenda
        self._wake = wake
        self._tokens = 0
        self._round = 0
        self._no_room_until_ms = 0
        self._published_ms = 0
        self._events: deque[tuple[int, TransportEvent]] = deque()
        broker.transport = self

    def connect(self) -> None:
        self._events.clear()
        self._round += 1
        number = self._round
        self.alive, self.connected = True, False
        if self._broker.way is Way.DEAD:
            return
        after_ms = NO_ANSWER_MS if self._broker.way is Way.CUT else self._broker.delay_ms() + self._broker.delay_ms()
        self._agenda.after(after_ms, lambda: self._answered(number))

    def _answered(self, number: int) -> None:
        if number != self._round or not self.alive or self._broker.way is Way.DEAD:
            return
        if self._broker.way is Way.CUT:
            self.lose("nobody answers; look at the network and the port")
            return
        self.connected = True
        self.put(Connected(), self._agenda.now_ms)
        self._broker.connected(self)

    def lose(self, detail: str) -> None:
        """The connection breaks, and the station is told."""
        if not self.alive:
            return
        self.alive = self.connected = False
        self._round += 1
        self._events.clear()  # what was on its way is gone
        self._events.append((self._agenda.now_ms, Lost(detail)))
        self._wake()

    def put(self, event: TransportEvent, at_ms: int) -> None:
        """`event` reaches the station then; nothing overtakes."""
        if not self.alive:
            return
        if self._events:
            at_ms = max(at_ms, self._events[-1][0])
        self._events.append((at_ms, event))
        self._wake()

    def next_ms(self) -> int | None:
        """When the next event comes, as far as is known, and not while the link has no room for it."""
        return max(self._events[0][0], self._no_room_until_ms) if self._events else None

    # ------------------------------------------------------------ what the link calls

    def ready(self) -> bool:
        return True

    def publish(self, publication: Publication) -> int | None:
        if not self.alive or not self.connected:
            return None
        self._published_ms = self._agenda.now_ms
        token = None
        if publication.qos:
            self._tokens += 1
            token = self._tokens
        self._broker.publish_up(self, publication, token)
        return token

    def poll(self, room: int, wait_ms: int) -> list[TransportEvent]:  # noqa: ARG002 - a world never waits
        found: list[TransportEvent] = []
        while self._events and self._events[0][0] <= self._agenda.now_ms:
            event = self._events[0][1]
            if isinstance(event, Arrived):
                if room <= 0:
                    self._no_room_until_ms = self._agenda.now_ms + BUSY_REST_MS
                    break
                room -= 1
                self._broker.watch_down(event)
            found.append(event)
            self._events.popleft()
        return found

    def rest_ms(self) -> int:
        if self._events:
            return BUSY_REST_MS
        return REST_MS if self._agenda.now_ms - self._published_ms < CALM_AFTER_MS else CALM_REST_MS

    def close(self) -> None:
        self.alive = self.connected = False
        self._round += 1
        self._events.clear()
