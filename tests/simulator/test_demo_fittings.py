"""What the demo's picture makes of a station file, and how its phone reads a page of the office."""

from importlib.resources import as_file, files

import pytest

from central.about import read_station_file
from config.load import load
from drivers.contract import Words
from simulator.fittings import Group, fittings
from simulator.hands import KINDS
from simulator.office_page import read_page
from simulator.words_things import SIZES

PAGE = """
<form method="post" action="/open"><input type="hidden" name="service" value="room">
<input type="hidden" name="token" value="t">
<button class="main-button" name="ask" value="open/">
<svg><path d="M1 1"/></svg>开门 <span class="en" lang="en">Open</span></button></form>
<section class="service" data-colour="yellow"><h2>储物柜 <span lang="en">Lockers</span></h2>
<form method="post" action="/open"><input type="hidden" name="service" value="lockers">
<label class="tick">
<input type="checkbox" name="for_other" value="yes"><span>留给别人 <span lang="en">For others</span></span></label>
<label><input type="radio" name="count" value="1" checked>1</label>
<label><input type="radio" name="count" value="2">2</label>
<button name="ask" value="take/small">
<span>小 <span lang="en">Small</span></span>
<span class="left">9 个空 <span lang="en">9 free</span></span></button>
<p class="offer none"><span>大 <span lang="en">Large</span></span></p></form></section>
<p class="title">标题 <span lang="en">Title</span></p><button>没有表单</button>
"""


def groups_of(name: str) -> dict[str, Group]:
    with as_file(files("config").joinpath(f"stations/{name}.toml")) as path:
        file = load(path).file
        assert file is not None
        return {group.id: group for group in fittings(file, read_station_file(path)[1])}


def test_the_full_station_is_all_there() -> None:
    groups = groups_of("micro-station")
    assert [thing.label.zh for thing in groups["lockers"].things] == [str(number) for number in range(1, 48)]
    assert groups["lockers"].things[24].point == "cells_b/2"
    assert {thing.also for thing in groups["lockers"].things} == set(SIZES)
    assert len(groups["umbrellas"].things) == 10
    assert [thing.kind for thing in groups["charging"].things] == ["socket"] * 12 + ["heat"]
    assert [thing.id for thing in groups["vending"].things] == ["box/vending/towel"]
    assert [thing.service for thing in groups["safety"].things] == ["sos", "fire", "tamper"]
    assert [thing.kind for thing in groups["nursing_door"].things] == ["door", "screen"]
    ids = [thing.id for group in groups.values() for thing in group.things]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["reading-pod", "courier-rest", "micro-station"])
def test_hands_know_every_kind_of_thing(name: str) -> None:
    kinds = {thing.kind for group in groups_of(name).values() for thing in group.things}
    assert kinds - KINDS.keys() <= {"door", "screen"}


def test_the_phone_reads_whatever_can_be_tapped() -> None:
    page = read_page(PAGE)
    assert page.title == Words("标题", "Title")
    door, lockers = page.sections
    assert [offer.key for offer in door.offers] == ["room open/"]
    assert door.offers[0].words == Words("开门", "Open")
    assert door.offers[0].fields == {"service": "room", "token": "t", "ask": "open/"}
    assert (lockers.title, lockers.colour) == (Words("储物柜", "Lockers"), "yellow")
    assert lockers.ticks == {"for_other": ("yes", Words("留给别人", "For others"))}
    small, large = lockers.offers
    assert (small.words, small.left) == (Words("小", "Small"), Words("9 个空", "9 free"))
    assert small.fields == {"service": "lockers", "count": "1", "ask": "take/small"}
    assert page.offer("lockers take/small") == small
    assert large.words == Words("大", "Large")
    assert page.offer(large.key) is None, "nobody can tap what there is none of"
