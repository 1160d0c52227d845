"""One station's rules on a table: plain calls, a clock that is set by hand, and an office that signs for real."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from drivers.contract import (
    ClockTrust,
    CodeScanned,
    Command,
    DeviceUp,
    JournalExtent,
    LevelChanged,
    LinkUp,
    MessageReceived,
    Now,
    PageShown,
    Quantity,
    Signal,
    TimePassed,
    Words,
)
from station.events import Event
from station.rules.decide import decide, next_deadline
from station.rules.nonces import step_now
from station.rules.site import AlarmService, DoorService, ScreenService, Site, WatchService
from station.rules.turn import Decision
from station.state import Recorded, Recovered, State
from station.trust.holders import Role
from station.trust.messages import sign_message
from station.trust.nonces import nonce
from station.trust.orders import Order, write_order
from station.trust.passes import Pass, Uses, bytes_to_sign, present_pass, write_bound_pass, write_pass
from station.trust.ring import (
    Algorithm,
    Key,
    Purpose,
    Revocations,
    Ring,
    SigningKey,
    key_id,
    write_revocations,
    write_ring,
)

Told = TypeVar("Told", bound=Event)
STATION = "fumin-pod-1"
JOURNAL = "11" * 16
BOOT = "a" * 16
WALL_MS = 1_790_000_000_000
WALL_S = WALL_MS // 1000
SECRET = bytes(range(32))
GROUP_ORDER = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)


def private(number: int) -> SigningKey:
    seed = bytes([number]) * 32
    return SigningKey(key_id(SigningKey(b"", seed).public()), seed)


ROOTS = (private(1), private(2))
KEYS = {purpose: private(10 + index) for index, purpose in enumerate(Purpose)}
RING = Ring(
    1,
    tuple(
        sorted(
            (
                Key(key.kid, Algorithm.EDDSA, purpose, key.public(), WALL_S - 86_400, WALL_S + 500 * 86_400)
                for purpose, key in KEYS.items()
            ),
            key=lambda key: key.kid,
        )
    ),
)
RING_DOCUMENT = write_ring(RING, ROOTS[0])
PHONE = ec.derive_private_key(7, ec.SECP256R1())


def revoked(version: int, *ids: bytes) -> bytes:
    return write_revocations(Revocations(version, frozenset(ids), WALL_S), KEYS[Purpose.DOCUMENT])


def pod(**changes: Any) -> Site:
    """A reading pod: a door with everything, an SOS button, one screen."""
    door = DoorService(
        name="door",
        words=Words("门", "Door"),
        lock="strike",
        reader="scanner",
        contact="reed",
        egress_button="",
        lamp="lamp",
        presence=("radar", "pir"),
        ways=frozenset({"order", "pass_bound", "pass_static"}),
    )
    door = replace(door, **changes)
    sos = AlarmService(
        "sos", Words("求助", "SOS"), "sos", "button", pressed_closed=False, siren="siren", releases=("door",)
    )
    screen = ScreenService("front", "screen", ("door",), voice="voice")
    return Site(
        station=STATION,
        words=Words("阅读舱", "Reading pod"),
        colour="orange",
        help_phone="0755-12345678",
        office_url="https://office.example",
        groups=("pods",),
        roots=(ROOTS[0].public(), ROOTS[1].public()),
        doors={"door": door},
        alarms={"sos": sos},
        watches={"nothing": WatchService("nothing", frozenset())},
        screens={"front": screen},
        essential=frozenset({"strike", "scanner", "reed"}),
    )


@dataclass
class Desk:
    """Feeds signals one by one, and keeps what was decided last."""

    site: Site = field(default_factory=pod)
    state: State = field(default_factory=State)
    steady_ms: int = 60_000
    boot: str = BOOT
    trust: ClockTrust = ClockTrust.SYNCED
    wall_offset_ms: int = 0
    orders: int = 0
    events: list[Event] = field(default_factory=list)
    last: Decision | None = None

    @property
    def now(self) -> Now:
        return Now(self.boot, self.steady_ms, WALL_MS + self.steady_ms + self.wall_offset_ms, self.trust)

    @property
    def wall_s(self) -> int:
        return self.now.wall_ms // 1000

    def feed(self, signal: Signal) -> Decision:
        self.last = decide(self.state, signal, self.now, self.site)
        self.state = self.last.state
        self.events.extend(self.last.events)
        return self.last

    def wait(self, milliseconds: int) -> list[Event]:
        """Let time pass the way the loop does: one `TimePassed` at each deadline."""
        until_ms, seen = self.steady_ms + milliseconds, len(self.events)
        for _ in range(10_000):
            due_ms = next_deadline(self.state, self.site)
            if due_ms is None or due_ms > until_ms:
                break
            self.steady_ms = max(self.steady_ms, due_ms)
            self.feed(TimePassed())
        else:
            raise AssertionError("a deadline never goes away: the loop would spin")
        self.steady_ms = until_ms
        return self.events[seen:]

    def begin(
        self, recorded: Recorded | None = None, *, floors: dict[str, int] | None = None, secret: bytes = SECRET
    ) -> None:
        """Recover with the ring and an empty revocation list in the vault, link up, every device there."""
        extent = JournalExtent(JOURNAL, 1, 0, bytes(16), 0)
        documents = {"ring": RING_DOCUMENT, "revoked": revoked(1)}
        held = {"ring": 1, "revoked": 1} if floors is None else floors
        begun = replace(recorded or Recorded(journal=JOURNAL), confirmed_at_ms=self.now.wall_ms)
        self.feed(Recovered(begun, (extent,), secret, documents, held or None))
        for device in ("scanner", "strike", "reed", "radar", "pir", "lamp", "siren", "button", "screen", "voice"):
            self.feed(DeviceUp(device))
        self.feed(LevelChanged("reed", Quantity.CLOSED, True))
        self.feed(LevelChanged("button", Quantity.CLOSED, True))
        self.feed(LinkUp("link"))
        self.show()
        self.events.clear()

    def show(self) -> None:
        """The screen reports that people can see the code of this moment."""
        self.feed(PageShown("screen", step_now(self.steady_ms)))

    def level(self, device: str, quantity: Quantity, value: bool) -> Decision:
        return self.feed(LevelChanged(device, quantity, value))

    def scan(self, text: str | bytes) -> Decision:
        return self.feed(CodeScanned("scanner", text.encode() if isinstance(text, str) else text))

    def send(self, name: str, payload: bytes, *, key: SigningKey | None = None, retained: bool = False) -> Decision:
        """A message from below, signed with `key` where it carries properties."""
        signature = (
            sign_message(key, purpose=_PURPOSES[name], station=STATION, name=f"down/{name}", payload=payload)
            if key
            else b""
        )
        return self.feed(MessageReceived("link", name, payload, key.kid if key else b"", signature, retained))

    def hello(self, **changes: Any) -> Decision:
        """The office's answer to the hello that is waiting."""
        greeting = self.state.volatile.greeting
        documents = {
            name: {"version": one.version, "sha256": one.sha256} for name, one in self.state.recorded.documents.items()
        }
        answer = {
            "nonce": greeting.nonce if greeting else "",
            "office_ms": self.now.wall_ms,
            "journals": [{"journal": JOURNAL, "stored_seq": 0, "head": "00" * 16}],
            "documents": documents,
            **changes,
        }
        return self.send("hello", json.dumps(answer).encode(), key=KEYS[Purpose.HELLO])

    def order(self, *, key: Purpose = Purpose.ORDER, at_ms: int | None = None, **changes: Any) -> str:
        """An order for whoever stands at the screen now (or at steady `at_ms`)."""
        self.orders += 1
        step = step_now(self.steady_ms if at_ms is None else at_ms)
        order = Order(
            id=self.orders.to_bytes(16, "big"),
            station=STATION,
            screen="front",
            service="door",
            action="open",
            nonce=nonce(self.state.volatile.secret, "front", step),
            holder=b"h" * 16,
            issued_at_s=self.wall_s,
            duration_s=None,
            role=Role.RESIDENT,
            purpose=key,
        )
        return write_order(replace(order, **changes), KEYS[key])

    def pass_(self, **changes: Any) -> Pass:
        base = Pass(
            id=b"p" * 16,
            holder=b"h" * 16,
            audience=STATION,
            services=("door",),
            role=Role.RESIDENT,
            uses=Uses.UNLIMITED,
            iat_s=self.wall_s - 60,
            nbf_s=self.wall_s - 60,
            exp_s=self.wall_s + 3_600,
        )
        return replace(base, **changes)

    def static(self, **changes: Any) -> str:
        return write_pass(self.pass_(**changes), KEYS[Purpose.PASS])

    def bound(self, *, step_s: int | None = None, **changes: Any) -> str:
        """What the phone shows now (or signed at `step_s`)."""
        public = PHONE.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        static = write_bound_pass(self.pass_(holder_key=public, **changes), KEYS[Purpose.PASS]).static
        step = self.wall_s if step_s is None else step_s
        r, s = decode_dss_signature(PHONE.sign(bytes_to_sign(static, step), ec.ECDSA(hashes.SHA256())))
        s = min(s, GROUP_ORDER - s)
        return present_pass(static, step, r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def told(self, kind: type[Told]) -> list[Told]:
        """The events of one kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


_PURPOSES = {"hello": "hello", "stored": "stored", "ask": "operate"}


def waiting(decision: Decision, kind: type[Command]) -> list[Command]:
    return [one.command for one in decision.waiting if isinstance(one.command, kind)]


def at_once(decision: Decision, kind: type[Command]) -> list[Command]:
    return [command for command in decision.at_once if isinstance(command, kind)]
