"""The volunteer on site, and ratings: what stands on the touch screen, and what its buttons do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import ButtonTouched, DeviceDown, DeviceUp, DigitsEntered, Mood, Page, Quantity, Words
from station.events import (
    AccessGranted,
    RatingGiven,
    StockRefilled,
    TaskDone,
    VolunteerSignedOff,
    VolunteerSignedOn,
)
from station.rules.people import RATING_REST_MS
from station.rules.say_people import ON_SITE_MS
from station.rules.site import Item, ScreenService, StockService
from station.trust.holders import Role
from tests.station.rules.test_people import ANNA, BERT, PeopleDesk


@pytest.fixture
def desk() -> PeopleDesk:
    return PeopleDesk()


def page(desk: PeopleDesk) -> Page:
    return desk.state.volatile.drawn["front"][1]


def touch(desk: PeopleDesk, label: str) -> None:
    key = next(button.key for button in page(desk).buttons if button.words.en == label)
    desk.feed(ButtonTouched("screen", key))


def labels(desk: PeopleDesk) -> list[str]:
    return [button.words.en for button in page(desk).buttons]


def lines(desk: PeopleDesk) -> str:
    return " | ".join(line.zh for line in page(desk).lines)


# ---------------------------------------------------------------- on site


def test_a_volunteers_pass_puts_the_traffic_light_and_the_tasks_on_the_screen(desk: PeopleDesk) -> None:
    desk.show_pass()
    assert page(desk).headline.zh == "一切正常"
    assert page(desk).mood is Mood.WELCOME
    assert "已签到" in lines(desk)
    assert labels(desk) == ["Sign off", "Cleaned", "Refilled", "Back"]
    assert page(desk).code is None


def test_it_goes_after_two_minutes(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.wait(ON_SITE_MS - 1)
    assert "Sign off" in labels(desk)
    desk.wait(1)
    assert labels(desk) == ["Rate"]
    assert page(desk).code is not None


def test_what_is_not_well_stands_there_with_its_next_step(desk: PeopleDesk) -> None:
    desk.feed(DeviceDown("radar", "no bytes"))
    desk.level("reed", Quantity.CLOSED, False)
    desk.show_pass()
    assert page(desk).mood is Mood.ALARM
    assert page(desk).headline.en == "Please act now"
    told = lines(desk)
    assert "door：门被强行打开。到现场查看，关好门" in told
    assert "radar：没有响应 (no bytes)。检查插头和线" in told
    assert told.index("door：") < told.index("radar：")


def test_what_changes_meanwhile_changes_on_the_page(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.feed(DeviceDown("pir", "cut"))
    assert page(desk).mood is Mood.WARNING
    assert "pir：没有响应" in lines(desk)


def test_many_findings_are_shown_a_few_at_once(desk: PeopleDesk) -> None:
    devices = ("radar", "pir", "lamp", "siren", "voice")
    for device in devices:
        desk.feed(DeviceDown(device, "cut"))
    desk.show_pass()
    seen = []
    for _ in range(3):
        seen.append([device for device in devices if f"{device}：" in lines(desk)])
        touch(desk, "Next of 5 findings")
    assert [len(one) for one in seen] == [2, 2, 1]
    assert sorted(device for one in seen for device in one) == sorted(devices)
    assert [device for device in devices if f"{device}：" in lines(desk)] == seen[0]


def test_findings_that_are_gone_leave_the_first_ones(desk: PeopleDesk) -> None:
    for device in ("radar", "pir", "lamp"):
        desk.feed(DeviceDown(device, "cut"))
    desk.show_pass()
    touch(desk, "Next of 3 findings")
    desk.feed(DeviceUp("lamp"))
    desk.feed(DeviceUp("radar"))
    assert "pir：" in lines(desk)


def test_buttons_act_in_the_name_of_whose_page_it_is(desk: PeopleDesk) -> None:
    desk.show_pass()
    touch(desk, "Cleaned")
    assert desk.told(TaskDone) == [TaskDone("volunteers", "clean", ANNA.hex())]
    assert "已记录：打扫完毕" in lines(desk)
    touch(desk, "Sign off")
    assert desk.told(VolunteerSignedOff)[0].holder == ANNA.hex()
    touch(desk, "Sign on")
    assert len(desk.told(VolunteerSignedOn)) == 2
    touch(desk, "Back")
    assert labels(desk) == ["Rate"]


def test_a_pass_at_the_door_beside_it_shows_the_page_and_signs_nobody_on(desk: PeopleDesk) -> None:
    desk.show_pass(services=("door",))
    assert desk.told(AccessGranted)
    assert desk.told(VolunteerSignedOn) == []
    assert labels(desk)[0] == "Sign on"
    touch(desk, "Sign on")
    assert desk.told(VolunteerSignedOn)


def test_an_order_shows_the_page_too_and_one_of_the_office_does_not(desk: PeopleDesk) -> None:
    desk.ask("task", thing="clean")
    assert "Sign on" in labels(desk)


def test_a_resident_has_the_screen_for_themselves_again(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.show_pass(BERT, role=Role.RESIDENT, services=("door",))
    assert page(desk).headline.zh == "请进"
    assert "Sign off" not in labels(desk)


def test_another_volunteer_has_their_own_page(desk: PeopleDesk) -> None:
    desk.show_pass(ANNA)
    desk.show_pass(BERT, services=("door",))
    assert labels(desk)[0] == "Sign on"


def test_a_residents_pass_shows_no_page(desk: PeopleDesk) -> None:
    desk.show_pass(role=Role.RESIDENT, services=("door",))
    assert desk.state.volatile.menus == {}


def test_a_screen_that_cannot_be_touched_says_only_what_became_of_it(desk: PeopleDesk) -> None:
    screen = ScreenService("front", "screen", ("door", "volunteers"))
    desk.site = replace(desk.site, screens={"front": screen})
    desk.show_pass()
    assert page(desk).headline.zh == "已签到，谢谢您"
    assert page(desk).buttons == ()


def test_a_screen_that_does_not_open_the_service_shows_nothing_of_it(desk: PeopleDesk) -> None:
    desk.site = replace(desk.site, screens={"front": ScreenService("front", "screen", ("door",), touch=True)})
    desk.show_pass()
    assert page(desk).headline.zh == "扫码开门"


def test_nothing_is_signed_while_nothing_can_be_recorded_and_that_is_said(desk: PeopleDesk) -> None:
    desk.show_pass()
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="the card is full"))
    desk.wait(0)
    touch(desk, "Cleaned")
    assert desk.told(TaskDone) == []
    assert "设备正在恢复" in lines(desk)


# ---------------------------------------------------------------- refills


def with_stock(desk: PeopleDesk) -> None:
    items = {"plaster": Item(Words("创可贴", "Plaster"), low=3), "mask": Item(Words("口罩", "Mask"), low=9)}
    box = StockService(name="box", words=Words("药箱", "Medicine box"), items=items, cells={})
    desk.site = replace(desk.site, stock={"box": box})


def test_a_refill_is_counted(desk: PeopleDesk) -> None:
    with_stock(desk)
    desk.show_pass()
    touch(desk, "Refill")
    assert labels(desk) == ["Mask", "Plaster", "Back"]  # what is nearest to its limit first
    touch(desk, "Plaster")
    assert page(desk).keypad_digits == 2
    desk.feed(DigitsEntered("screen", "12"))
    assert desk.told(StockRefilled) == [StockRefilled("box", "plaster", 12, ANNA.hex(), "")]
    assert desk.state.recorded.stock["box/plaster"].count == 12
    assert "已记录：创可贴 补 12 件" in lines(desk)
    assert "Sign off" in labels(desk)


def test_none_is_no_refill(desk: PeopleDesk) -> None:
    with_stock(desk)
    desk.show_pass()
    touch(desk, "Refill")
    touch(desk, "Plaster")
    desk.feed(DigitsEntered("screen", "00"))
    assert desk.told(StockRefilled) == []
    assert "Sign off" in labels(desk)


def test_a_station_without_stock_has_no_such_button(desk: PeopleDesk) -> None:
    desk.show_pass()
    assert "Refill" not in labels(desk)


# ---------------------------------------------------------------- ratings


def test_anybody_rates_with_two_touches(desk: PeopleDesk) -> None:
    touch(desk, "Rate")
    assert labels(desk) == ["Very good", "Good", "So-so", "Bad", "Very bad", "Back"]
    touch(desk, "Good")
    assert desk.told(RatingGiven) == [RatingGiven("volunteers", 4)]
    assert page(desk).headline.zh == "谢谢您的评价"
    assert page(desk).code is not None


def test_only_one_rating_a_minute_counts_and_everybody_is_thanked(desk: PeopleDesk) -> None:
    for label in ("Good", "Very bad", "Bad"):
        touch(desk, "Rate")
        touch(desk, label)
        assert page(desk).headline.zh == "谢谢您的评价"
    assert desk.told(RatingGiven) == [RatingGiven("volunteers", 4)]
    desk.wait(RATING_REST_MS)
    touch(desk, "Rate")
    touch(desk, "So-so")
    assert [one.stars for one in desk.told(RatingGiven)] == [4, 3]


def test_without_rating_there_is_no_button() -> None:
    assert labels(PeopleDesk(rating=False)) == []


def test_a_touch_of_an_older_page_does_nothing(desk: PeopleDesk) -> None:
    for key in ("volunteers:stars-5", "volunteers:on", "volunteers:task-0", "volunteers:item-0", "nobody:on"):
        desk.feed(ButtonTouched("screen", key))
    assert desk.events == []
