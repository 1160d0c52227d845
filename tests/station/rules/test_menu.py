"""Without a phone: buttons, keypad, codes, and that no digit gets anywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import (
    ButtonTouched,
    DeviceDown,
    DigitsEntered,
    LevelChanged,
    LinkDown,
    Mood,
    Outcome,
    Page,
    Quantity,
    Show,
)
from station.events import CellOpened, CodeChosen, CodeFailed, CodesFlooded, RefusalsCounted, body_of
from station.rules.cells import CODE_OFFER_MS
from station.rules.codes import FIRST_PAUSE_MS, FREE_TRIES, LONGEST_PAUSE_MS, blocked_until_ms
from station.rules.menu_steps import STEP_MS
from station.rules.openings import BOUNCE_MS, OPEN_WITHIN_MS
from station.rules.refusals import FLOOD_A_MINUTE
from station.state import recorded_document
from station.trust.refusal import Reason
from tests.station.rules.locker_desk import ANNA, BERT, LARGE, LockerDesk, lockers_site

CODE, OTHER = "493817", "493818"


@pytest.fixture
def desk() -> LockerDesk:
    return LockerDesk()


def page(desk: LockerDesk) -> Page:
    """What the screen shows."""
    return desk.state.volatile.drawn["front"][1]


def keys(desk: LockerDesk) -> list[str]:
    return [button.key for button in page(desk).buttons]


def touch(desk: LockerDesk, key: str) -> None:
    assert key in keys(desk), keys(desk)
    desk.feed(ButtonTouched("screen", key))


def type_in(desk: LockerDesk, digits: str) -> None:
    assert page(desk).keypad_digits == len(digits)
    desk.feed(DigitsEntered("screen", digits))


def choose(desk: LockerDesk, number: str, code: str = CODE) -> None:
    touch(desk, f"lockers:choose-{number}")
    type_in(desk, code)
    type_in(desk, code)


def with_code(desk: LockerDesk, code: str = CODE) -> str:
    """Anna's cell, which has a code and is shut."""
    number = desk.take()
    desk.shuts(number)
    choose(desk, number, code)
    desk.wait(15_000)
    desk.forget()
    return number


def try_code(desk: LockerDesk, number: str, code: str) -> None:
    touch(desk, "lockers:open")
    type_in(desk, number)
    type_in(desk, code)


def says(desk: LockerDesk) -> list[str]:
    return [page(desk).headline.en, *(line.en for line in page(desk).lines)]


# ---------------------------------------------------------------- home


def test_the_home_page_has_the_rotating_code_and_nothing_to_touch_that_leads_nowhere(desk: LockerDesk) -> None:
    assert page(desk).code is not None
    assert keys(desk) == []
    with_code(desk)
    assert page(desk).code is not None
    assert keys(desk) == ["lockers:open"]


def test_a_display_without_touch_has_nothing_to_touch(desk: LockerDesk) -> None:
    number = with_code(desk)
    desk.site = replace(desk.site, screens={"front": replace(desk.site.screens["front"], touch=False)})
    desk.wait(11_000)
    assert keys(desk) == []
    desk.feed(ButtonTouched("screen", "lockers:open"))
    desk.feed(DigitsEntered("screen", number))
    assert desk.state.volatile.menus == {}


def test_while_nothing_can_be_recorded_there_is_nothing_to_touch(desk: LockerDesk) -> None:
    with_code(desk)
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="the card is gone"))
    desk.wait(11_000)
    assert keys(desk) == []


def test_a_screen_has_buttons_for_its_own_services_only(desk: LockerDesk) -> None:
    with_code(desk)
    desk.site = replace(desk.site, screens={"front": replace(desk.site.screens["front"], opens=("door",))})
    desk.wait(11_000)
    assert keys(desk) == []


# ---------------------------------------------------------------- choose


def test_a_code_is_offered_for_two_minutes_after_a_taken_cell_was_shut(desk: LockerDesk) -> None:
    number = desk.take()
    desk.wait(60_000)
    desk.shuts(number)
    assert keys(desk) == [f"lockers:choose-{number}"]
    desk.wait(CODE_OFFER_MS - 1)
    assert keys(desk) == [f"lockers:choose-{number}"]
    desk.wait(1)
    assert keys(desk) == []


def test_no_code_is_offered_for_what_was_opened_again_or_given_back(desk: LockerDesk) -> None:
    number = desk.take()
    desk.shuts(number)
    desk.ask("hand_over", recipient=BERT)
    desk.ask("open", BERT)
    desk.opens(number)
    desk.shuts(number)
    assert keys(desk) == []
    other = desk.take()
    desk.ask("give_back", thing=other)
    desk.shuts(other)
    assert keys(desk) == []


def test_a_code_is_typed_twice_and_kept_as_a_hash(desk: LockerDesk) -> None:
    number = desk.take()
    desk.shuts(number)
    touch(desk, f"lockers:choose-{number}")
    assert says(desk) == [f"Choose a code for cell {number}", "Choose six digits"]
    assert (page(desk).keypad_digits, page(desk).code, keys(desk)) == (6, None, ["back"])
    type_in(desk, CODE)
    assert page(desk).headline.en == "Type them once more"
    type_in(desk, CODE)
    [chosen] = desk.told(CodeChosen)
    assert (len(bytes.fromhex(chosen.salt)), len(bytes.fromhex(chosen.sha256))) == (16, 32)
    assert says(desk)[0] == f"Cell {number} has its code"
    assert keys(desk) == ["lockers:open"]


def test_two_different_codes_are_none(desk: LockerDesk) -> None:
    number = desk.take()
    desk.shuts(number)
    touch(desk, f"lockers:choose-{number}")
    type_in(desk, CODE)
    type_in(desk, OTHER)
    assert "They were not the same, please choose again" in says(desk)
    assert desk.told(CodeChosen) == []
    type_in(desk, OTHER)
    type_in(desk, OTHER)
    assert len(desk.told(CodeChosen)) == 1


@pytest.mark.parametrize("code", ["000000", "777777", "123456", "654321", "345678"])
def test_what_everybody_tries_first_is_no_code(desk: LockerDesk, code: str) -> None:
    number = desk.take()
    desk.shuts(number)
    touch(desk, f"lockers:choose-{number}")
    type_in(desk, code)
    assert "That is too easy to guess" in says(desk)


def test_a_code_is_chosen_for_the_one_who_took_it_only(desk: LockerDesk) -> None:
    number = desk.take()
    desk.shuts(number)
    touch(desk, f"lockers:choose-{number}")
    type_in(desk, CODE)
    desk.keeper("clear", number)
    desk.wait(BOUNCE_MS)
    assert desk.take(BERT) == number
    type_in(desk, CODE)
    assert desk.told(CodeChosen) == []
    assert says(desk)[0] == "Nothing here is in your name"


def test_a_code_that_cannot_be_recorded_is_not_chosen(desk: LockerDesk) -> None:
    number = desk.take()
    desk.shuts(number)
    touch(desk, f"lockers:choose-{number}")
    type_in(desk, CODE)
    desk.state = replace(desk.state, observed=replace(desk.state.observed, unrecorded="the card is gone"))
    type_in(desk, CODE)
    assert desk.told(CodeChosen) == []
    assert says(desk)[0] == "The station is recovering, please wait"


# ---------------------------------------------------------------- open


def test_the_right_code_opens_and_keeps(desk: LockerDesk) -> None:
    number = with_code(desk)
    try_code(desk, number, CODE)
    assert keys(desk) == ["lockers:keep", "lockers:give_back", "back"]
    assert page(desk).keypad_digits == 0
    touch(desk, "lockers:keep")
    assert desk.asked() == number
    desk.opens(number)
    assert desk.told(CellOpened) == [CellOpened("lockers", number, "code")]
    desk.shuts(number)
    assert desk.holder(number) == ANNA


def test_the_right_code_opens_and_gives_back(desk: LockerDesk) -> None:
    number = with_code(desk)
    try_code(desk, number, CODE)
    touch(desk, "lockers:give_back")
    desk.opens(number)
    desk.shuts(number)
    assert desk.holder(number) is None
    assert keys(desk) == []


def test_it_opens_without_the_network_and_after_a_power_cut(desk: LockerDesk) -> None:
    number = with_code(desk)
    after = LockerDesk(desk.state.recorded, boot="b" * 16, steady_ms=5_000)
    after.feed(LinkDown("link", "cut"))
    try_code(after, number, CODE)
    touch(after, "lockers:keep")
    assert after.asked() == number


def test_a_number_that_is_on_no_cell_is_said(desk: LockerDesk) -> None:
    with_code(desk)
    touch(desk, "lockers:open")
    type_in(desk, "9")
    assert says(desk)[:2] == ["Which cell?", "There is no such cell"]


def test_cell_numbers_are_typed_with_as_many_digits_as_the_longest_has() -> None:
    site = lockers_site()
    cells = {**site.lockers["lockers"].cells, "104": site.lockers["lockers"].cells[LARGE]}
    desk = LockerDesk(site=lockers_site(cells={number: cell for number, cell in cells.items() if number != LARGE}))
    number = with_code(desk)
    touch(desk, "lockers:open")
    assert "3 digits, such as 007" in says(desk)
    type_in(desk, number.zfill(3))
    type_in(desk, CODE)
    assert "lockers:keep" in keys(desk)


def test_a_cell_that_does_not_open_is_said_on_the_screen(desk: LockerDesk) -> None:
    number = with_code(desk)
    try_code(desk, number, CODE)
    touch(desk, "lockers:keep")
    desk.done(number, Outcome.ACKED)
    desk.wait(OPEN_WITHIN_MS)
    assert says(desk)[0] == f"Cell {number} did not open"
    desk.wait(15_000)
    desk.feed(DeviceDown("cells", "unplugged"))
    try_code(desk, number, CODE)
    touch(desk, "lockers:keep")
    assert (says(desk)[0], page(desk).mood) == ("It is out of order", Mood.REFUSED)


def test_what_was_cleared_meanwhile_is_not_opened(desk: LockerDesk) -> None:
    number = with_code(desk)
    try_code(desk, number, CODE)
    desk.keeper("clear", number)
    desk.forget()
    touch(desk, "lockers:keep")
    assert desk.unlocks == []
    assert says(desk)[0] == "Nothing here is in your name"


# ---------------------------------------------------------------- wrong codes


def test_a_wrong_code_is_recorded_and_may_be_typed_again(desk: LockerDesk) -> None:
    number = with_code(desk)
    try_code(desk, number, OTHER)
    assert desk.told(CodeFailed) == [CodeFailed("lockers", number, "screen")]
    assert "That is not the code" in says(desk)
    type_in(desk, CODE)
    touch(desk, "lockers:keep")
    desk.opens(number)
    holding = desk.holding(number)
    assert holding is not None
    assert holding.code_failures == 0


def test_nothing_tells_a_free_cell_from_a_wrong_code(desk: LockerDesk) -> None:
    number = with_code(desk)
    try_code(desk, LARGE, CODE)
    free = says(desk)
    touch(desk, "back")
    try_code(desk, number, OTHER)
    assert [line.replace(number, LARGE) for line in says(desk)] == free


def fail(desk: LockerDesk, number: str, times: int) -> None:
    for _ in range(times):
        try_code(desk, number, OTHER)
        if "back" in keys(desk):
            touch(desk, "back")


def test_after_five_tries_the_pauses_double_up_to_a_day(desk: LockerDesk) -> None:
    number = with_code(desk)
    fail(desk, number, FREE_TRIES)
    pause_ms = FIRST_PAUSE_MS
    for _ in range(13):
        fail(desk, number, 1)
        assert says(desk)[0] == "Too many wrong codes"
        count = len(desk.told(CodeFailed))
        desk.later(pause_ms - 1)
        fail(desk, number, 1)
        assert len(desk.told(CodeFailed)) == count
        desk.later(1)
        fail(desk, number, 1)
        assert len(desk.told(CodeFailed)) == count + 1
        pause_ms = min(2 * pause_ms, LONGEST_PAUSE_MS)
    assert pause_ms == LONGEST_PAUSE_MS


def test_even_the_right_code_waits_for_the_pause(desk: LockerDesk) -> None:
    number = with_code(desk)
    fail(desk, number, FREE_TRIES)
    try_code(desk, number, CODE)
    assert says(desk)[0] == "Too many wrong codes"
    desk.wait(FIRST_PAUSE_MS)
    try_code(desk, number, CODE)
    touch(desk, "lockers:keep")
    assert desk.asked() == number


def test_a_restart_gives_no_fresh_tries(desk: LockerDesk) -> None:
    number = with_code(desk)
    fail(desk, number, FREE_TRIES)
    after = LockerDesk(desk.state.recorded, boot="b" * 16, steady_ms=500_000)
    holding = after.holding(number)
    assert holding is not None
    assert blocked_until_ms(after.state, holding) == after.state.volatile.recovered_ms + FIRST_PAUSE_MS
    try_code(after, number, CODE)
    assert says(after)[0] == "Too many wrong codes"


def test_whoever_keeps_typing_is_told_to_the_keepers(desk: LockerDesk) -> None:
    with_code(desk)
    touch(desk, "lockers:open")
    type_in(desk, LARGE)
    for _ in range(FLOOD_A_MINUTE):
        type_in(desk, OTHER)
        desk.wait(1_000)
    assert desk.told(CodesFlooded) == [CodesFlooded("screen", FLOOD_A_MINUTE)]
    desk.wait(60_000)
    assert Reason.WRONG_CODE in [event.reason for event in desk.told(RefusalsCounted)]
    assert desk.told(CodeFailed) == []


# ---------------------------------------------------------------- the page


def test_back_and_silence_lead_home(desk: LockerDesk) -> None:
    with_code(desk)
    touch(desk, "lockers:open")
    touch(desk, "back")
    assert keys(desk) == ["lockers:open"]
    touch(desk, "lockers:open")
    desk.wait(STEP_MS - 1)
    assert keys(desk) == ["back"]
    desk.wait(1)
    assert keys(desk) == ["lockers:open"]
    assert page(desk).code is not None


def test_every_answer_gives_time_for_the_next(desk: LockerDesk) -> None:
    number = with_code(desk)
    touch(desk, "lockers:open")
    desk.wait(STEP_MS - 1)
    type_in(desk, number)
    desk.wait(STEP_MS - 1)
    type_in(desk, CODE)
    desk.wait(STEP_MS - 1)
    touch(desk, "lockers:keep")
    assert desk.asked() == number


def test_an_alarm_takes_the_screen(desk: LockerDesk) -> None:
    with_code(desk)
    touch(desk, "lockers:open")
    desk.feed(LevelChanged("button", Quantity.CLOSED, False))
    assert (page(desk).mood, keys(desk), page(desk).keypad_digits) == (Mood.ALARM, [], 0)
    desk.feed(ButtonTouched("screen", "lockers:open"))
    assert desk.state.volatile.menus == {}


def test_somebody_else_s_notice_does_not_take_the_keypad_away(desk: LockerDesk) -> None:
    with_code(desk)
    touch(desk, "lockers:open")
    desk.ask("take", BERT)
    assert page(desk).keypad_digits == 1


def test_what_is_not_on_show_cannot_be_touched_or_typed(desk: LockerDesk) -> None:
    number = with_code(desk)
    for key in ("lockers:keep", "lockers:choose-1", "door:open", "back", "nothing", ""):
        desk.feed(ButtonTouched("screen", key))
    desk.feed(DigitsEntered("screen", CODE))
    desk.feed(ButtonTouched("elsewhere", "lockers:open"))
    desk.feed(DigitsEntered("elsewhere", CODE))
    assert desk.state.volatile.menus == {}
    touch(desk, "lockers:open")
    for digits in ("", "12", "x", "٣"):
        desk.feed(DigitsEntered("screen", digits))
    assert page(desk).headline.en == "Which cell?"
    type_in(desk, number)
    desk.feed(ButtonTouched("screen", "lockers:keep"))
    assert desk.unlocks == []


def test_after_a_restart_the_screen_is_at_home(desk: LockerDesk) -> None:
    with_code(desk)
    touch(desk, "lockers:open")
    after = LockerDesk(desk.state.recorded, boot="b" * 16)
    assert after.state.volatile.menus == {}
    assert keys(after) == ["lockers:open"]


def test_digits_are_nowhere(desk: LockerDesk) -> None:
    """Not in an event, a command, a page or the state: neither right, nor wrong, nor too easy ones."""
    marker = "871362"
    seen: list[str] = []

    def look() -> None:
        assert desk.last is not None
        seen.extend(body_of(event) for event in desk.events)
        seen.append(repr(desk.last))
        seen.append(repr(desk.state))
        seen.append(repr(recorded_document(desk.state.recorded)))
        shown = [command for command in desk.last.at_once if isinstance(command, Show)]
        seen.extend(repr(command.page) for command in shown)

    number = desk.take()
    desk.shuts(number)
    for key, typed in (
        (f"lockers:choose-{number}", ("333333", marker, OTHER, marker, marker)),
        ("lockers:open", (number, OTHER, marker)),
    ):
        touch(desk, key)
        for digits in typed:
            type_in(desk, digits)
            look()
    touch(desk, "lockers:keep")
    desk.opens(number)
    desk.wait(120_000)
    look()
    text = "".join(seen)
    assert len(text) > 10_000
    assert not any(digits in text for digits in (marker, OTHER, "333333"))
    assert marker not in repr(DigitsEntered("screen", marker))
