"""Volunteer points on the pages: how many there are, and why something is not to be had."""

from __future__ import annotations

import pytest
from httpx import Client

from central.cli import main
from station.trust.holders import Role
from tests.central.browsing import SCANNED, live, says
from tests.central.counter import HEALTH, HELP_PHONE, POD, Counter
from tests.central.points_told import RATE, spent, worked
from tests.central.service_browsing import join, ordered, tap
from tests.central.station_told import SERVICES


@pytest.fixture
def _rate(counter: Counter) -> None:
    counter.office.purse.points_per_hour = RATE


@pytest.mark.usefixtures("_rate", "full_station")
def test_points_are_shown_where_something_costs_some(client: Client, counter: Counter) -> None:
    holder = join(client, counter)
    counter.events(worked(holder, 50), spent(holder, 1))
    page = client.get(SCANNED)
    assert page.text.count("您可用 4 积分") == page.text.count("You can spend 4 points") == 1
    free = {"medicine": {**SERVICES["medicine"], "offers": SERVICES["medicine"]["offers"][:1]}}
    counter.health({**HEALTH, "services": free})
    assert "积分" not in client.get(SCANNED).text


@pytest.mark.usefixtures("_rate", "full_station")
def test_what_costs_more_than_there_is_is_refused_with_both_numbers(client: Client, counter: Counter) -> None:
    counter.events(worked(join(client, counter), 30))
    page = tap(client, "medicine", "take/mask", count="2")
    assert page.status_code == 403
    says(
        page,
        "您可用 3 积分，这里需要 4 积分",
        "You can spend 3 points, and it takes 4",
        "参加志愿服务可以获得积分",
        "Volunteer hours earn points",
        HELP_PHONE,
    )
    assert counter.orders() == []
    assert tap(client, "medicine", "take/mask", count="1").status_code == 200
    assert (ordered(counter).thing, ordered(counter).count) == ("mask", 1)
    says(tap(client, "medicine", "take/mask", count="1"), "您可用 1 积分，这里需要 2 积分")


@pytest.mark.usefixtures("full_station")
def test_where_hours_earn_none_nobody_is_sent_to_earn_some(client: Client, counter: Counter) -> None:
    counter.events(worked(join(client, counter), 600))
    page = tap(client, "medicine", "take/mask")
    says(page, "您可用 0 积分，这里需要 2 积分", "Call the help line")
    assert "Volunteer hours earn points" not in page.text


@pytest.mark.usefixtures("_rate")
def test_volunteers_see_theirs(client: Client, counter: Counter) -> None:
    holder = join(client, counter, "volunteer")
    assert "You can spend 0 points" in client.get(f"/v/{POD}").text
    counter.events(worked(holder, 60), spent(holder, 8))
    for text in (client.get(f"/v/{POD}").text, live(client, f"/v/{POD}/live")["html"]):
        assert "您可用 -2 积分" in text


def test_where_there_are_no_points_the_volunteers_page_has_none(client: Client, counter: Counter) -> None:
    join(client, counter, "volunteer")
    assert "积分" not in client.get(f"/v/{POD}").text


def test_the_command_line_tells_who_has_how_many(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(counter.folder.path)]
    assert main(["points", *folder]) == 0
    nobody = "Nobody earned or spent any.\nNo points are earned: points_per_hour in office.toml is 0.\n"
    assert capsys.readouterr().out == nobody
    config = counter.folder.path / "office.toml"
    config.write_text(config.read_text().replace("points_per_hour = 0", f"points_per_hour = {RATE}"))
    first, second = counter.office.new_person(Role.VOLUNTEER, "Mrs. Li"), counter.office.new_person()
    holders = [counter.office.holder(person, POD) for person in (first, second)]
    counter.events(worked(holders[0], 125), spent(holders[0], 3), spent(holders[1], 1), worked("f" * 32, 60))
    assert main(["points", *folder]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{second[:8]}: -1 points (0 h 00 min earned 0, 1 spent)",
        "Mrs. Li: 9 points (2 h 05 min earned 12, 3 spent)",
    ]


@pytest.mark.parametrize("rate", ["-1", "1001", "1.5", "true", '"many"'])
def test_a_rate_that_cannot_be_is_said(counter: Counter, rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    config = counter.folder.path / "office.toml"
    config.write_text(config.read_text().replace("points_per_hour = 0", f"points_per_hour = {rate}"))
    assert main(["points", "--folder", str(counter.folder.path)]) == 2
    assert "points_per_hour" in capsys.readouterr().err
