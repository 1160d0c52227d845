"""The wire below the link: a connection to a broker, as the link sees it. No MQTT library here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sync.contract import Publication


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted the connection and the subscriptions."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone, or never came; `detail` says why, in words for the person who has to mend it."""

    detail: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The broker has taken over the publication with this token; `refused` says why it did not."""

    token: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from the broker, its retain flag as it was published."""

    topic: str
    payload: bytes
    retained: bool
    properties: tuple[tuple[str, str], ...] = ()


TransportEvent = Connected | Lost | Taken | Arrived


class Transport(Protocol):
    """One station's connection to a broker. Every call is made from the link's own thread."""

    def connect(self) -> None:
        """Begin a new connection: clean start, session expiry 0, last will; forget everything of the one before.

        `Connected` or `Lost` follows in `poll`.
        """
        ...

    def ready(self) -> bool:
        """True while what was published has left for the wire: otherwise wait before publishing more."""
        ...

    def publish(self, publication: Publication) -> int | None:
        """Hand a message over; the token that `Taken` will name, None with QoS 0 or when the connection is gone."""
        ...

    def poll(self, room: int, wait_ms: int) -> list[TransportEvent]:
        """What happened; waits up to `wait_ms` for something. Takes about `room` messages, and none while it is 0."""
        ...

    def rest_ms(self) -> int:
        """How long one may wait between two polls of a connection; 0: poll waits by itself."""
        ...

    def close(self) -> None:
        """End the connection without a last will; may be called twice."""
        ...
