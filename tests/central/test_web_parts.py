"""The parts of the pages that compute only: people, limits, forms, words, the picture of a code."""

from __future__ import annotations

import asyncio
import re

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.requests import Request
from starlette.types import Message

from central import words
from central.web_bounds import MAX_FORM_BYTES, MAX_NAMES, Allowance, TooMuch, read_form
from central.web_people import (
    COOKIE_SECONDS,
    Visitor,
    form_token,
    holds,
    read_cookie,
    read_invitation,
    write_cookie,
    write_invitation,
)
from central.web_qr import qr_svg
from station.events import KINDS
from station.trust.holders import Role
from station.trust.refusal import Reason

SECRET = bytes(range(32))
PERSON = "0123456789abcdef" * 2
NOW_S = 1_800_000_000

# ---------------------------------------------------------------- people


@pytest.mark.parametrize("role", ["resident", "courier", "volunteer", "keeper", "office"])
def test_an_invitation_becomes_a_cookie_of_the_same_person(role: str) -> None:
    invited = read_invitation(SECRET, write_invitation(SECRET, PERSON, role, NOW_S + 60), NOW_S)
    assert invited is not None
    visitor = read_cookie(SECRET, write_cookie(SECRET, invited, NOW_S), NOW_S + COOKIE_SECONDS - 1)
    assert visitor is not None
    assert (visitor.person, visitor.role) == (PERSON, role)


def test_invitations_and_cookies_end() -> None:
    text = write_invitation(SECRET, PERSON, "resident", NOW_S)
    assert read_invitation(SECRET, text, NOW_S - 1) is not None
    assert read_invitation(SECRET, text, NOW_S) is None
    cookie = write_cookie(SECRET, Visitor(PERSON, "resident"), NOW_S)
    assert read_cookie(SECRET, cookie, NOW_S + COOKIE_SECONDS) is None


def test_an_invitation_is_no_cookie_and_another_office_believes_neither() -> None:
    text = write_invitation(SECRET, PERSON, "keeper", NOW_S + 60)
    assert read_cookie(SECRET, text, NOW_S) is None
    assert read_invitation(bytes(32), text, NOW_S) is None
    assert read_cookie(bytes(32), write_cookie(SECRET, Visitor(PERSON, "keeper"), NOW_S), NOW_S) is None


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_no_changed_character_is_believed(place: int, letter: str) -> None:
    text = write_invitation(SECRET, PERSON, "resident", NOW_S + 60)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        assert read_invitation(SECRET, changed, NOW_S) is None


@given(st.text())
def test_any_text_is_nobody(text: str) -> None:
    assert read_cookie(SECRET, text, NOW_S) is None


def test_a_role_that_does_not_exist_cannot_be_invited() -> None:
    with pytest.raises(ValueError, match="admin is no role"):
        write_invitation(SECRET, PERSON, "admin", NOW_S)


def test_roles_say_who_may_see_what() -> None:
    assert not Visitor(PERSON, "resident").staff
    assert Visitor(PERSON, "volunteer").staff
    assert not Visitor(PERSON, "keeper").office
    assert Visitor(PERSON, "office").office
    assert Visitor(PERSON, "office").door_role is Role.KEEPER
    assert Visitor(PERSON, "courier").door_role is Role.COURIER


def test_a_forms_token_belongs_to_one_cookie() -> None:
    mine, yours = Visitor(PERSON, "resident", "cookie 1"), Visitor(PERSON, "resident", "cookie 2")
    assert holds(SECRET, mine, form_token(SECRET, mine))
    assert not holds(SECRET, mine, form_token(SECRET, yours))
    assert not holds(SECRET, mine, "")
    assert not holds(SECRET, mine, "é")


# ---------------------------------------------------------------- limits


def test_an_allowance_is_per_name_and_comes_back() -> None:
    now = [0.0]
    allowance = Allowance(2, 60, lambda: now[0])
    assert [allowance.take("a") for _ in range(3)] == [True, True, False]
    assert allowance.take("b")
    now[0] = 59.9
    assert not allowance.take("a")
    now[0] = 60.0
    assert [allowance.take("a") for _ in range(3)] == [True, True, False]


def test_an_allowance_remembers_a_bounded_number_of_names() -> None:
    allowance = Allowance(1, 60, lambda: 0.0)
    for number in range(MAX_NAMES + 1):
        assert allowance.take(str(number))
    assert allowance.take("0")  # forgotten: it was quiet longest
    assert not allowance.take(str(MAX_NAMES))


def read(body: bytes) -> dict[str, str]:
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    return asyncio.run(read_form(Request({"type": "http", "method": "POST", "headers": []}, receive)))


def test_a_form_is_read() -> None:
    assert read(b"station=fumin-pod-1&token=a%20b") == {"station": "fumin-pod-1", "token": "a b"}
    assert read(b"") == {}


def test_a_field_that_is_there_twice_counts_as_missing() -> None:
    assert read(b"station=a&service=door&station=b") == {"service": "door"}


@pytest.mark.parametrize("body", [b"x" * (MAX_FORM_BYTES + 1), b"a=1&" * 40 + b"a=1", b"\xff=1", b"nothing"])
def test_what_is_no_form_of_ours_is_refused(body: bytes) -> None:
    with pytest.raises(TooMuch):
        read(body)


# ---------------------------------------------------------------- words


def test_every_reason_has_its_words_in_both_languages() -> None:
    assert set(words.REASONS) == set(Reason)
    for refusal in words.REASONS.values():
        for line in (refusal.reason, refusal.next):
            assert re.search("[\u4e00-\u9fff]", line.zh)
            assert line.en.isascii()


def test_a_reason_of_a_newer_station_still_says_what_to_do() -> None:
    assert words.reason_words("something_new").next is words.CALL


def test_every_kind_of_event_has_a_name() -> None:
    assert set(words.EVENTS) == set(KINDS)
    assert words.event_words("SomethingNew").zh == "SomethingNew"


# ---------------------------------------------------------------- the picture of a code


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", min_size=1, max_size=500))
def test_a_picture_reads_back(text: str) -> None:
    svg = str(qr_svg(text))
    size = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1))  # type: ignore[union-attr]
    image = Image.new("L", (size, size), 255)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-", svg):
        image.paste(0, (int(x), int(y), int(x) + int(run), int(y) + 1))
    (found,) = zxingcpp.read_barcodes(image.resize((size * 3, size * 3), Image.Resampling.NEAREST))
    assert found.text == text
