"""Wishes and complaints over HTTP: who may write, who may answer, who may look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from httpx import Client, Response

from central.cli import main
from central.web_bounds import NUMBERS_A_MINUTE, WISHES_A_DAY
from tests.central.browsing import fields, join, says
from tests.central.counter import POD, Counter

OTHER = "futian-rest"


@pytest.fixture
def serving(counter: Counter) -> Iterator[str]:
    with counter.serving() as address:
        yield address


@pytest.fixture
def client(serving: str) -> Iterator[Client]:
    with Client(base_url=serving) as made:
        yield made


@pytest.fixture
def staff(serving: str, counter: Counter) -> Iterator[Client]:
    with Client(base_url=serving) as made:
        join(made, counter, "volunteer")
        yield made


def send(client: Client, text: str = "希望多一些书", **changes: str) -> Response:
    form = {**fields(client.get(f"/wish/{POD}")), "kind": "wish", "text": text, **changes}
    return client.post("/wishes", data={name: value for name, value in form.items() if value})


def number_of(answer: Response) -> str:
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix("/wishes/")


def test_a_wish_has_its_number_at_once_and_can_be_followed_by_whoever_has_it(
    client: Client, counter: Counter, serving: str
) -> None:
    join(client, counter)
    number = number_of(send(client, "灯坏了\n请修理", kind="complaint", service="door"))
    with Client(base_url=serving) as stranger:
        page = stranger.get(f"/wishes/{number}")
        assert page.status_code == 200
        for line in (number, "已收到", "Received", "灯坏了\n请修理", "富民公园阅读微空间"):
            assert line in page.text
        assert stranger.get("/wishes", params={"number": f" {number.lower()} "}).status_code == 200
    (person,) = [one.number for one in counter.office.wishes.waiting(POD)]
    assert person == number


def test_a_phone_that_has_not_joined_writes_nothing(client: Client, counter: Counter) -> None:
    page = client.get(f"/wish/{POD}")
    assert page.status_code == 403
    says(page, "这部手机还没有登记")
    assert client.post("/wishes", data={"station": POD, "kind": "wish", "text": "x"}).status_code == 403
    assert counter.office.wishes.waiting() == []


def test_a_form_from_elsewhere_is_refused(client: Client, counter: Counter) -> None:
    join(client, counter)
    assert send(client, token="x").status_code == 403
    form = {**fields(client.get(f"/wish/{POD}")), "kind": "wish", "text": "x"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert client.post("/wishes", data=form, headers=headers).status_code == 403
    assert counter.office.wishes.waiting() == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"text": " \n"}, 400),
        ({"text": "x" * 501}, 400),
        ({"kind": "praise"}, 400),
        ({"station": "nowhere"}, 404),
        ({"service": "cellar"}, 404),
        ({"text": "x" * 9000}, 413),
    ],
)
def test_what_cannot_be_entered_is_said(client: Client, counter: Counter, changes: dict[str, str], status: int) -> None:
    join(client, counter)
    page = send(client, **changes)
    assert page.status_code == status
    says(page)
    assert counter.office.wishes.waiting() == []


def test_five_hundred_characters_fit(client: Client, counter: Counter) -> None:
    join(client, counter)
    assert number_of(send(client, "灯" * 500))


def test_what_somebody_wrote_is_text(client: Client, counter: Counter, staff: Client) -> None:
    join(client, counter)
    number = number_of(send(client, "<script>alert(1)</script>"))
    for page in (client.get(f"/wishes/{number}"), staff.get(f"/v/{POD}/wishes")):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text


def test_nobody_sends_more_than_some_a_day(client: Client, counter: Counter) -> None:
    join(client, counter)
    for _ in range(WISHES_A_DAY):
        number_of(send(client))
    page = send(client)
    assert page.status_code == 429
    says(page, "您今天提得很多")


def test_numbers_are_not_tried_one_after_the_other(client: Client, counter: Counter) -> None:
    join(client, counter)
    number = number_of(send(client))
    says(client.get("/wishes/2026-0001-AAAAAA"), "没有这个编号")
    for _ in range(NUMBERS_A_MINUTE - 1):
        assert client.get("/wishes/2026-0001-AAAAAA").status_code == 404
    for tried in ("2026-0001-AAAAAA", number):
        assert client.get(f"/wishes/{tried}").status_code == 429


def test_somebody_sees_their_own_on_the_form_and_not_those_of_others(
    client: Client, counter: Counter, staff: Client
) -> None:
    join(client, counter)
    mine, other = number_of(send(client)), number_of(send(staff))
    page = client.get(f"/wish/{POD}")
    assert mine in page.text
    assert other not in page.text


def test_a_volunteer_takes_one_on_and_closes_it_with_an_answer(client: Client, counter: Counter, staff: Client) -> None:
    join(client, counter)
    number = number_of(send(client))
    assert "1 条待答" in staff.get(f"/v/{POD}").text
    page = staff.get(f"/v/{POD}/wishes")
    assert number in page.text
    assert "希望多一些书" in page.text
    answer = staff.post("/office/wishes/answer", data={**fields(page), "step": "seen"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/v/{POD}/wishes")
    assert "有人在处理" in client.get(f"/wishes/{number}").text
    assert "我来处理" not in staff.get(f"/v/{POD}/wishes").text
    answer = staff.post("/office/wishes/answer", data={**fields(page), "step": "done", "answer": "下周就到"})
    assert answer.status_code == 303
    page = client.get(f"/wishes/{number}")
    for line in ("已办结", "Closed", "下周就到"):
        assert line in page.text
    assert "没有待办" in staff.get(f"/v/{POD}/wishes").text


def test_the_office_sees_those_of_all_stations(client: Client, counter: Counter, serving: str) -> None:
    join(client, counter)
    numbers = [number_of(send(client)), number_of(send(client, station=OTHER))]
    with Client(base_url=serving) as office:
        join(office, counter, "office")
        assert "2 条待答" in office.get("/office").text
        page = office.get("/office/wishes")
        assert all(number in page.text for number in numbers)
        assert "福田骑手驿站" in page.text
        answer = office.post("/office/wishes/answer", data={**fields(page), "step": "done", "answer": "好"})
        assert answer.headers["location"] == "/office/wishes"
    assert len(counter.office.wishes.waiting()) == 1


def test_residents_neither_list_nor_answer(client: Client, counter: Counter, staff: Client) -> None:
    join(client, counter)
    number = number_of(send(client))
    form = {**fields(client.get(f"/wish/{POD}")), "number": number, "back": f"/v/{POD}/wishes", "step": "done"}
    assert client.get(f"/v/{POD}/wishes").status_code == 403
    assert client.get("/office/wishes").status_code == 403
    assert client.post("/office/wishes/answer", data={**form, "answer": "no"}).status_code == 403
    assert staff.get("/office/wishes").status_code == 403  # volunteers see their stations one by one
    assert counter.office.wishes.find(number).state == "new"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"answer": ""}, 400),
        ({"step": "gone"}, 400),
        ({"back": "https://elsewhere.example"}, 400),
        ({"number": "2026-0001-AAAAAA"}, 404),
        ({"token": "x"}, 403),
    ],
)
def test_an_answer_that_is_none_closes_nothing(
    client: Client, counter: Counter, staff: Client, changes: dict[str, str], status: int
) -> None:
    join(client, counter)
    number = number_of(send(client))
    form = {**fields(staff.get(f"/v/{POD}/wishes")), "step": "done", "answer": "好", **changes}
    answer = staff.post("/office/wishes/answer", data={name: text for name, text in form.items() if text})
    assert answer.status_code == status
    assert counter.office.wishes.find(number).state == "new"


@pytest.mark.parametrize(
    ("role", "address"),
    [("volunteer", f"/v/{POD}/wishes"), ("office", f"/v/{POD}/wishes"), ("office", "/office/wishes")],
)
def test_whoever_answers_is_led_back_to_the_list_that_they_came_from(
    client: Client, counter: Counter, serving: str, role: str, address: str
) -> None:
    join(client, counter)
    number_of(send(client))
    with Client(base_url=serving) as answering:
        join(answering, counter, role)
        form = {**fields(answering.get(address)), "step": "seen"}
        answer = answering.post("/office/wishes/answer", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, address)


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/office", f"/v/{OTHER}/wishes"],
)
def test_an_answer_leads_back_to_no_other_address(client: Client, counter: Counter, staff: Client, back: str) -> None:
    join(client, counter)
    number = number_of(send(client))
    form = {**fields(staff.get(f"/v/{POD}/wishes")), "step": "seen", "back": back}
    answer = staff.post("/office/wishes/answer", data=form)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert counter.office.wishes.find(number).state == "new"


def test_what_is_closed_is_not_closed_again(client: Client, counter: Counter, staff: Client) -> None:
    join(client, counter)
    number_of(send(client))
    form = {**fields(staff.get(f"/v/{POD}/wishes")), "step": "done", "answer": "好"}
    assert staff.post("/office/wishes/answer", data=form).status_code == 303
    assert staff.post("/office/wishes/answer", data=form).status_code == 409


def test_the_command_line_lists_and_closes(
    client: Client, counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    join(client, counter)
    number = number_of(send(client, "灯坏了\n请修理", kind="complaint", service="door"))
    folder = ["--folder", str(counter.folder.path)]
    assert main(["wish", "list", *folder]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{number}  complaint, new  {POD} door  ")
    assert "  灯坏了\n  请修理\n" in told
    assert main(["wish", "list", "--station", OTHER, *folder]) == 0
    assert capsys.readouterr().out == "None.\n"
    assert main(["wish", "close", number[:9], "已修好", *folder]) == 0
    assert main(["wish", "close", number[:9], "已修好", *folder]) == 2
    assert "closed already" in capsys.readouterr().err
    assert main(["wish", "list", "--closed", *folder]) == 0
    assert "  > 已修好" in capsys.readouterr().out
