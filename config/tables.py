"""What the tables of a station file are made of: names, points, words, and who may use a service."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from config.opening import RANGE, HoursText, Spans, spans, week

Colour: TypeAlias = Literal["red", "orange", "yellow", "green", "cyan", "blue", "purple"]
Role: TypeAlias = Literal["resident", "courier", "volunteer", "keeper"]
Way: TypeAlias = Literal["order", "pass_bound", "pass_static"]

Line: TypeAlias = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,60}$", examples=["富民公园阅读微空间"])]
StationId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9-]{3,32}$")]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
Point: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}(/[1-9][0-9]{0,2})?$")]
"""A device, or one channel of it: `strike`, `relays/3`."""
Points: TypeAlias = Annotated[tuple[Point, ...], Field(strict=False, max_length=16)]
Names: TypeAlias = Annotated[tuple[Name, ...], Field(strict=False, max_length=16)]


class Table(BaseModel):
    """A table in which every key is known and every value is of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Words(Table):
    """One line for people, in both languages."""

    zh: Line = Field(description="in Chinese, at most 60 characters on one line")
    en: Line = Field(description="in English, at most 60 characters on one line", examples=["Fumin Park reading pod"])


class Admitting(Table):
    """Who may use a service, when, and how they show it: the part that every service for people has."""

    name: Words | None = Field(None, description="what people call it; without it the usual words for its type")
    colour: Colour | None = Field(None, description="its own colour; without it the station's")
    reader: Name = Field("", description="the device that reads people's codes")
    hours: HoursText = Field(
        "always",
        description='"always", or from and to in local time such as "06:00-23:00", or a list by weekday such as '
        '["mon-fri 06:00-23:00", "sat,sun 08:00-22:00"]; keepers may always come in',
    )
    holiday_hours: str = Field(
        "",
        pattern=f"^(closed|{RANGE[1:-1]})?$",
        description='"closed", or from and to on the holidays of [station]; without it they are days like others',
    )
    roles: Annotated[tuple[Role, ...], Field(strict=False, min_length=1)] = Field(
        ("resident", "courier", "volunteer", "keeper"), description="who may use it"
    )
    accepts: Annotated[tuple[Way, ...], Field(strict=False, min_length=1)] = Field(
        ("order", "pass_bound"),
        description="order: the office, asked with a phone at this screen; pass_bound: a pass tied to one phone; "
        "pass_static: a pass that can be printed, and copied",
    )
    revocations_max_age_hours: int = Field(
        168, ge=1, le=8760, description="passes open for so long after the office last confirmed who is shut out"
    )

    @property
    def week(self) -> tuple[Spans, ...]:
        """`hours` as the spans of each day, Monday first."""
        return week(self.hours)

    @property
    def on_holidays(self) -> Spans | None:
        """`holiday_hours` as spans; None: holidays are days like others."""
        return spans(self.holiday_hours) if self.holiday_hours else None
