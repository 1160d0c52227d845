"""What the desk signs is what a station takes: every text here is read by the station's own verifier."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from central import tables as t
from central.changes import MAX_SUBSCRIBERS, Changes, OfficeBusy, OfficeFault, StationAway, UnknownStation
from central.documents import set_document
from central.serve import RunningOffice
from central.views import Change, Detail, PlacedOrder
from drivers.contract import Words
from station.trust import base45
from station.trust.documents import read_document
from station.trust.holders import Role
from station.trust.keys import Purpose, signing_key
from station.trust.nonces import nonce_text, read_nonce_text
from station.trust.orders import read_order
from station.trust.passes import Uses, bytes_to_sign, read_pass
from station.trust.refusal import Reason, Refused
from station.trust.ring import read_revocations, read_ring
from sync import contract
from sync.contract import NonceGiven, Publication, Reply, WordsSent
from tests.central.house import NOW_MS, OTHER, POD, House

NONCE = nonce_text(bytes(range(10)))
PERSON = "ab" * 16
OTHER_PERSON = "cd" * 16


def place(house: House) -> PlacedOrder:
    return house.office.order(POD, "door", "open", NONCE, PERSON)


def reply(house: House, order_id: str, result: str, station: str = POD, reason: str = "") -> None:
    told = Reply.model_validate(
        {"order_id": order_id, "result": result, "reason": reason, "words": WordsSent(zh="好", en=result)}
    )
    house.desk.receive_all([house.signed(contract.REPLY, told, station)])


def answer_asks(house: House) -> None:
    """A station that answers every question with a nonce."""
    publish = house.publish

    def answering(publication: Publication) -> bool:
        sent = publish(publication)
        if publication.topic == contract.address(POD, "down/ask"):
            ask = contract.Ask.model_validate_json(publication.payload)
            house.verify(publication, POD, "down/ask", Purpose.OPERATE)
            given = NonceGiven(ask_id=ask.ask_id, nonce=NONCE)
            house.desk.receive_all([house.signed(contract.NONCE, given)])
        return sent

    house.office._publish = answering


# ---------------------------------------------------------------- orders


def test_an_order_says_which_thing_for_whom_why_and_how_many(small_house: House) -> None:
    detail = Detail(thing="small", recipient=OTHER_PERSON, reason="柜内有异味", count=2)
    placed = small_house.office.order(POD, "door", "take", NONCE, PERSON, detail=detail)
    order = read_order(placed.text.encode(), small_house.ring, station=POD)
    assert (order.thing, order.reason, order.count) == ("small", "柜内有异味", 2)
    theirs = small_house.office.order(POD, "door", "open", NONCE, OTHER_PERSON)
    assert order.recipient == read_order(theirs.text.encode(), small_house.ring, station=POD).holder


def test_a_thing_that_no_station_could_name_is_refused(small_house: House) -> None:
    with pytest.raises(OfficeFault, match="no order can be made"):
        small_house.office.order(POD, "door", "take", NONCE, PERSON, detail=Detail(thing="Cell 7"))


def test_an_order_is_what_the_station_takes(small_house: House) -> None:
    placed = place(small_house)
    order = read_order(placed.text.encode(), small_house.ring, station=POD, wall_s=NOW_MS // 1000)
    assert (order.id.hex(), order.service, order.action, order.role) == (placed.order_id, "door", "open", Role.RESIDENT)
    assert (order.nonce, order.purpose, order.duration_s) == (read_nonce_text(NONCE), Purpose.ORDER, None)
    (sent,) = small_house.published
    assert (sent.topic, sent.payload) == ("stations/pod-1/down/order", placed.text.encode())
    assert (sent.qos, sent.retain, sent.expiry_seconds) == (1, False, 30)
    with pytest.raises(Refused) as refused:
        read_order(placed.text.encode(), small_house.ring, station=OTHER)
    assert refused.value.reason is Reason.WRONG_STATION


def test_holders_differ_from_station_to_station_and_are_the_same_again(small_house: House) -> None:
    texts = [small_house.office.order(station, "door", "open", NONCE, PERSON).text for station in (POD, OTHER, POD)]
    first, other, again = (
        read_order(text.encode(), small_house.ring, station=station).holder
        for text, station in zip(texts, (POD, OTHER, POD), strict=True)
    )
    assert first == again != other
    assert PERSON.encode() not in texts[0].encode()


def test_an_order_without_a_broker_is_signed_and_says_so(small_house: House) -> None:
    small_house.connected = False
    placed = place(small_house)
    assert not placed.sent
    assert read_order(placed.text.encode(), small_house.ring, station=POD)


@pytest.mark.parametrize("nonce", ["", "short", NONCE.lower(), NONCE[:-1] + "1", NONCE + "A"])
def test_no_order_names_a_nonce_that_cannot_be_one(small_house: House, nonce: str) -> None:
    with pytest.raises(OfficeFault, match="no order can be made"):
        small_house.office.order(POD, "door", "open", nonce, PERSON)
    assert small_house.published == []


def test_no_order_for_what_is_not_there(small_house: House) -> None:
    with pytest.raises(UnknownStation):
        small_house.office.order("pod-9", "door", "open", NONCE, PERSON)
    with pytest.raises(OfficeFault, match="there are: door, sos"):
        small_house.office.order(POD, "window", "open", NONCE, PERSON)


def test_replies_are_of_the_station_that_was_asked_and_the_last_word_stays(house: House) -> None:
    placed = place(house)
    assert house.office.reply(placed.order_id) is None
    reply(house, placed.order_id, "done", station=OTHER)
    assert house.office.reply(placed.order_id) is None
    for result, seen in (("accepted", "accepted"), ("done", "done"), ("accepted", "done"), ("refused", "done")):
        reply(house, placed.order_id, result)
        found = house.office.reply(placed.order_id)
        assert found is not None
        assert (found.result, found.words) == (seen, Words("好", seen))
    assert house.changes.count(Change(POD, "reply", placed.order_id)) == 2
    assert house.office.reply("0" * 32) is None


def test_a_forged_reply_is_counted_and_changes_nothing(small_house: House) -> None:
    placed = place(small_house)
    told = Reply(order_id=placed.order_id, result="done", reason="", words=WordsSent(zh="", en=""))
    forged = small_house.signed(contract.REPLY, told, key=signing_key(bytes(32)))
    small_house.desk.receive_all([forged])
    assert small_house.office.reply(placed.order_id) is None
    assert small_house.faults() == {(POD, "up/reply", "unknown_key"): 1}


def test_waiting_for_a_reply_ends_with_it_or_with_the_time(small_house: House) -> None:
    placed = place(small_house)
    assert small_house.office.wait_reply(placed.order_id, 0.01) is None
    reply(small_house, placed.order_id, "accepted")
    first = small_house.office.wait_reply(placed.order_id, 5)
    assert first is not None
    assert first.result == "accepted"
    so_far = small_house.office.wait_reply(placed.order_id, 0.01, final=True)
    assert so_far == first


# ---------------------------------------------------------------- an operator's orders


def test_an_operator_asks_first_and_the_order_names_the_answer(small_house: House) -> None:
    answer_asks(small_house)
    placed = small_house.office.operate(POD, "door", "hold_open", PERSON, hold_seconds=600)
    order = read_order(placed.text.encode(), small_house.ring, station=POD)
    assert (order.purpose, order.duration_s, order.action) == (Purpose.OPERATE, 600, "hold_open")
    assert order.nonce == read_nonce_text(NONCE)
    assert [sent.topic.rpartition("/")[2] for sent in small_house.published] == ["ask", "order"]


def test_without_an_answer_no_order_is_made(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.office.NONCE_SECONDS", 0.05)
    with pytest.raises(StationAway, match="has not answered"):
        small_house.office.operate(POD, "door", "open", PERSON)
    small_house.connected = False
    with pytest.raises(StationAway, match="no connection"):
        small_house.office.operate(POD, "door", "open", PERSON)
    with small_house.store.read() as connection:
        assert connection.execute(sa.select(t.orders)).all() == []


def test_only_the_station_that_was_asked_may_answer(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("central.office.NONCE_SECONDS", 0.05)
    publish = small_house.publish

    def wrong_station_answers(publication: Publication) -> bool:
        ask = contract.Ask.model_validate_json(publication.payload)
        given = NonceGiven(ask_id=ask.ask_id, nonce=NONCE)
        small_house.desk.receive_all([small_house.signed(contract.NONCE, given, OTHER)])
        return publish(publication)

    small_house.office._publish = wrong_station_answers
    with pytest.raises(StationAway):
        small_house.office.operate(POD, "door", "open", PERSON)


def test_nothing_is_held_for_longer_than_half_an_hour(small_house: House) -> None:
    for seconds in (0, 1801):
        with pytest.raises(OfficeFault, match="at most 30 minutes"):
            small_house.office.operate(POD, "door", "hold_open", PERSON, hold_seconds=seconds)
    assert small_house.published == []


# ---------------------------------------------------------------- passes


def test_a_pass_is_what_the_station_takes(small_house: House) -> None:
    issued = small_house.office.issue_pass(POD, ("door",), PERSON, valid_seconds=3600, one_time=True)
    shown = read_pass(
        issued.text.encode(), small_house.ring, station=POD, groups=(), wall_s=NOW_MS // 1000, revoked=None
    )
    assert shown.pass_.id.hex() == issued.pass_id
    assert (shown.pass_.uses, shown.pass_.services, shown.step_s) == (Uses.ONE, ("door",), None)
    assert (shown.pass_.nbf_s, shown.pass_.exp_s) == (NOW_MS // 1000, NOW_MS // 1000 + 3600)


def test_a_bound_pass_is_shown_by_the_phone_that_has_its_key(small_house: House) -> None:
    phone = generate_private_key(SECP256R1())
    public = phone.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    issued = small_house.office.issue_pass("@fumin", ("door",), PERSON, phone_key=public)
    static = base45.decode(issued.text.removeprefix("SG2:").encode())
    step_s = NOW_MS // 1000
    assert bytes_to_sign(static, step_s) == issued.prefix + step_s.to_bytes(8, "big")
    with pytest.raises(Refused):
        read_pass(issued.text.encode(), small_house.ring, station=POD, groups=("fumin",), wall_s=step_s, revoked=None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"audience": "@fumin", "one_time": True},
        {"audience": "No", "services": ()},
        {"services": ("window",)},
        {"services": ("door",) * 2},
        {"valid_seconds": 0},
        {"valid_seconds": 401 * 86_400},
        {"phone_key": b"\x02" + b"\xff" * 32},
    ],
    ids=str,
)
def test_a_pass_that_no_station_would_take_is_not_made(small_house: House, wrong: dict[str, object]) -> None:
    arguments: dict[str, object] = {"audience": POD, "services": ("door",), "person": PERSON, **wrong}
    with pytest.raises(OfficeFault):
        small_house.office.issue_pass(**arguments)  # type: ignore[arg-type]
    with small_house.store.read() as connection:
        assert connection.execute(sa.select(t.passes)).all() == []


def test_a_withdrawn_pass_is_on_the_list_that_goes_to_every_station(house: House) -> None:
    kept = house.office.issue_pass(POD, ("door",), PERSON)
    gone = house.office.issue_pass(POD, ("door",), PERSON)
    assert house.office.find_pass(gone.pass_id[:8]) == gone.pass_id
    assert house.office.revoke_pass(gone.pass_id) == 2
    topics = [sent.topic for sent in house.published]
    assert topics == ["stations/pod-1/down/document/revoked", "stations/pod-2/down/document/revoked"]
    sent = house.published[0]
    assert sent.retain
    revoked = read_revocations(sent.payload, house.ring, now_s=NOW_MS // 1000)
    assert (revoked.version, revoked.ids) == (2, frozenset({bytes.fromhex(gone.pass_id)}))
    wall_s = NOW_MS // 1000
    assert read_pass(kept.text.encode(), house.ring, station=POD, groups=(), wall_s=wall_s, revoked=revoked)
    with pytest.raises(Refused) as refused:
        read_pass(gone.text.encode(), house.ring, station=POD, groups=(), wall_s=wall_s, revoked=revoked)
    assert refused.value.reason is Reason.REVOKED
    with pytest.raises(OfficeFault, match="withdrawn already"):
        house.office.revoke_pass(gone.pass_id)


def test_a_pass_is_found_by_the_digits_on_its_card_only_if_they_name_one(small_house: House) -> None:
    issued = small_house.office.issue_pass(POD, ("door",), PERSON)
    for digits in (issued.pass_id[:7], "0" * 8, "%" * 8, ""):
        with pytest.raises(OfficeFault):
            small_house.office.find_pass(digits)


# ---------------------------------------------------------------- documents


def test_a_station_with_older_documents_gets_them_after_its_hello(house: House) -> None:
    def asked(**documents: int) -> list[Publication]:
        return house.desk.receive_all([house.hello(documents=documents)])

    sent = asked()
    assert [one.topic.rpartition("/")[2] for one in sent] == ["revoked", "ring"]
    assert all(one.retain and one.content_type == "application/cose" for one in sent)
    assert read_ring(sent[1].payload, house.folder.roots()).version == 1
    assert [one.topic.rpartition("/")[2] for one in asked(ring=1)] == ["revoked"]
    assert asked(ring=1, revoked=1) == []
    assert asked(ring=1, revoked=7) == []


def test_a_document_for_one_station_goes_before_that_for_all(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    body = tmp_path_factory.mktemp("x") / "body.json"
    body.write_text('{"quiet": [22, 7]}')
    running = RunningOffice(house.office, house.store, house.documents, (), Changes())
    assert set_document(running, "settings", body, "", NOW_MS) == 1
    body.write_text('{"quiet": []}')
    assert set_document(running, "settings", body, POD, NOW_MS) == 1
    assert set_document(running, "settings", body, POD, NOW_MS) == 2
    known = house.hello_answer(house.take(house.hello())).documents
    assert known["settings"].version == 2
    (sent,) = (one for one in house.desk.receive_all([house.hello(documents={"ring": 1, "revoked": 1})]))
    document = read_document(sent.payload, house.ring, name="settings", station=POD, groups=(), now_s=None)
    assert (document.version, document.audience, document.body) == (2, POD, b'{"quiet":[]}')
    for name in ("ring", "revoked"):
        with pytest.raises(OfficeFault, match="is made by"):
            set_document(running, name, body, "", NOW_MS)


# ---------------------------------------------------------------- live changes


def test_changes_are_told_until_one_has_enough(small_house: House) -> None:
    told: list[Change] = []
    end = small_house.office.subscribe(told.append)
    reply(small_house, place(small_house).order_id, "done")
    assert [change.what for change in told] == ["reply"]
    end()
    end()
    reply(small_house, place(small_house).order_id, "done")
    assert len(told) == 1


def test_a_page_that_fails_is_dropped_and_the_others_go_on(small_house: House) -> None:
    told: list[Change] = []

    def fail(_: Change) -> None:
        told.append(Change("", "failed"))
        raise RuntimeError("a page")

    small_house.office.subscribe(fail)
    small_house.office.subscribe(told.append)
    for _ in range(2):
        reply(small_house, place(small_house).order_id, "done")
    assert [change.what for change in told] == ["failed", "reply", "reply"]


def test_live_pages_are_bounded(small_house: House) -> None:
    ends = [small_house.office.subscribe(lambda _: None) for _ in range(MAX_SUBSCRIBERS - 1)]
    with pytest.raises(OfficeBusy):
        small_house.office.subscribe(lambda _: None)
    ends[0]()
    small_house.office.subscribe(lambda _: None)
