"""The office's tables. Times are unix milliseconds of the office unless a name says otherwise."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 1
metadata = MetaData()

# SQLite counts up by itself only in a column of exactly this type.
_counter = BigInteger().with_variant(Integer(), "sqlite")

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

stations = Table(
    "stations",
    metadata,
    Column("station", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("about", Text, nullable=False),  # what people read, as JSON: `central.about.About`
    Column("added_ms", BigInteger, nullable=False),
    Column("removed_ms", BigInteger),
)

# What is overwritten and proves nothing.
hints = Table(
    "hints",
    metadata,
    Column("station", Text, ForeignKey("stations.station"), primary_key=True),
    Column("online", Boolean),
    Column("seen_ms", BigInteger),
    Column("open_journal", BigInteger),  # journals.id of the one that is being written
    Column("health", Text),
    Column("health_ms", BigInteger),
    Column("health_journal", Text),
    Column("health_tail", BigInteger),
    Column("health_counter", BigInteger),
)

journals = Table(
    "journals",
    metadata,
    Column("id", _counter, primary_key=True, autoincrement=True),
    Column("station", Text, ForeignKey("stations.station"), nullable=False),
    Column("journal", Text, nullable=False),
    Column("stored_seq", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),  # the chain at stored_seq
    Column("tail_seq", BigInteger, nullable=False),  # as the station told last
    Column("closed", Boolean, nullable=False),
    UniqueConstraint("station", "journal"),
)

events = Table(
    "events",
    metadata,
    Column("id", _counter, primary_key=True, autoincrement=True),
    Column("journal_id", BigInteger, ForeignKey("journals.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),  # the station's clock
    Column("boot", Text, nullable=False),
    Column("steady_ms", BigInteger, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),  # byte for byte
    Column("chain", LargeBinary, nullable=False),
    Column("stored_ms", BigInteger, nullable=False),
    UniqueConstraint("journal_id", "seq"),
)
_safety = events.c.priority == 0
Index("events_safety", events.c.id, sqlite_where=_safety, postgresql_where=_safety)

holes = Table(
    "holes",
    metadata,
    Column("journal_id", BigInteger, ForeignKey("journals.id"), primary_key=True),
    Column("first_seq", BigInteger, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("stored_ms", BigInteger, nullable=False),
)

# Copies that overtook the backlog: shown, never counted.
alarms = Table(
    "alarms",
    metadata,
    Column("journal_id", BigInteger, ForeignKey("journals.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Index("alarms_by_time", "seen_ms"),
)

# The same id with other bytes, or a chain that does not go on: somebody has to look.
conflicts = Table(
    "conflicts",
    metadata,
    Column("journal_id", BigInteger, ForeignKey("journals.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("sha256", Text, primary_key=True),  # of what came
    Column("what", Text, nullable=False),
    Column("came", Text, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
)

# Messages that were not taken, counted by reason.
faults = Table(
    "faults",
    metadata,
    Column("station", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
)

states = Table(
    "states",
    metadata,
    Column("station", Text, ForeignKey("stations.station"), primary_key=True),
    Column("journal_id", BigInteger, ForeignKey("journals.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # `station.state.Recorded` as JSON
    Column("shape", Text, nullable=False),  # which fields that has: another version's state is folded anew
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("station", Text, ForeignKey("stations.station"), nullable=False),
    Column("service", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("placed_ms", BigInteger, nullable=False),
    Column("result", Text),
    Column("reason", Text),
    Column("words_zh", Text),
    Column("words_en", Text),
    Column("replied_ms", BigInteger),
)

passes = Table(
    "passes",
    metadata,
    Column("pass_id", Text, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("services", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("one_time", Boolean, nullable=False),
    Column("bound", Boolean, nullable=False),
    Column("not_before_s", BigInteger, nullable=False),
    Column("expires_s", BigInteger, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)
passes_by_person = Index("passes_by_person", passes.c.person)

documents = Table(
    "documents",
    metadata,
    Column("audience", Text, primary_key=True),  # a station's id, or @everyone
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
)

# For which journal a station was told who holds what (its document `holdings`).
told_holdings = Table(
    "told_holdings",
    metadata,
    Column("station", Text, ForeignKey("stations.station"), primary_key=True),
    Column("journal_id", BigInteger, ForeignKey("journals.id"), nullable=False),
    Column("told_ms", BigInteger, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("person", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),  # what tells cards apart; no name is needed
    Column("added_ms", BigInteger, nullable=False),
)

wishes = Table(
    "wishes",
    metadata,
    Column("year", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),  # counts up within its year
    Column("suffix", Text, nullable=False),  # random: a number cannot be guessed
    Column("station", Text, ForeignKey("stations.station"), nullable=False),
    Column("service", Text, nullable=False),  # empty: about the whole station
    Column("kind", Text, nullable=False),  # wish complaint
    Column("text", Text, nullable=False),
    Column("person", Text, nullable=False),  # to show somebody their own; never shown to others
    Column("made_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # new seen done
    Column("answer", Text, nullable=False),
    Column("closed_ms", BigInteger),
    Index("wishes_by_station", "station", "state"),
    Index("wishes_by_person", "person"),
)

# What the stored events say of each holder, summed as they are stored: `central.points`.
points = Table(
    "points",
    metadata,
    Column("station", Text, ForeignKey("stations.station"), primary_key=True),
    Column("holder", Text, primary_key=True),  # hex, as in the rows of that station
    Column("minutes", BigInteger, nullable=False),  # worked; not points, so that the rate may change
    Column("spent", BigInteger, nullable=False),  # less what was given back
)

# Points set aside for orders that were signed, until their station has told what became of them: `central.purse`.
reserved_points = Table(
    "reserved_points",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("station", Text, ForeignKey("stations.station"), nullable=False),
    Column("person", Text, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("placed_ms", BigInteger, nullable=False),
    Index("reserved_points_by_person", "person"),
)
