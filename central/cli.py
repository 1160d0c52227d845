"""The command `central`: make an office, add stations, issue and withdraw passes, place orders, serve.

Each command imports what it needs: a short one should not wait for the modules of the web server.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from central import cli_people
from central.about import AboutFault
from central.arguments import parser
from central.changes import OfficeFault
from central.config import ConfigFault
from central.enrol import EnrolFault
from central.keys import KeyFault
from central.store import StoreFault
from station.trust.refusal import Refused

REPLY_SECONDS = 15
NOBODY = "0" * 32
"""The person behind an order from the command line."""
FAULTS = (AboutFault, OfficeFault, ConfigFault, EnrolFault, KeyFault, StoreFault, Refused)
GOOD, BAD, FAULT = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 good, 1 the answer is no, 2 it could not be done."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    arguments = parser().parse_args(argv)
    try:
        code = COMMANDS[arguments.command](arguments)
    except FAULTS as fault:
        print(f"central: {fault}", file=sys.stderr)
        return FAULT
    return code


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _init(arguments: argparse.Namespace) -> int:
    from central.enrol import init_office

    hosts = arguments.broker or ["127.0.0.1", "localhost"]
    folder = init_office(
        arguments.folder,
        hosts,
        now_s=_now_ms() // 1000,
        port=arguments.port,
        tls=not arguments.plain,
        public_url=arguments.url,
    )
    print(f"An office was made in {folder.path}. Next:")
    print(f"  1. Move {folder.keys / 'offline'} to a stick in a drawer; it is needed to add stations and renew keys.")
    print(f"  2. Start the broker: mosquitto -c {folder.path / 'broker' / 'mosquitto.conf'}")
    print(f"  3. central station add --folder {folder.path} --file STATION.toml")
    print(f"  4. central serve --folder {folder.path}")
    return GOOD


def _station_add(arguments: argparse.Namespace) -> int:
    from contextlib import closing

    from central.about import About, Bilingual, read_station_file
    from central.config import open_folder
    from central.enrol import add_station
    from central.store import open_store

    folder = open_folder(arguments.folder)
    if arguments.file is not None:
        station, about = read_station_file(arguments.file)
        if arguments.station not in ("", station):
            raise EnrolFault(f"{arguments.file} is the file of {station}, not of {arguments.station}")
    else:
        station = arguments.station
        zh, _, en = (arguments.name or station).partition("/")
        about = About(name=Bilingual(zh=zh, en=en or zh))
    with closing(open_store(folder.database_url)) as store:
        place = add_station(folder, store, station, about, _now_ms())
    print(f"{station} was added. Copy everything in {place} into the station's state folder")
    print("(keys/station.ed25519 and keys/client.key readable by the program only), then delete it here.")
    print(f"Its station file needs the table in {place / 'office.toml'}.")
    return GOOD


def _station_remove(arguments: argparse.Namespace) -> int:
    from contextlib import closing

    from central.config import open_folder
    from central.enrol import remove_station
    from central.store import open_store

    folder = open_folder(arguments.folder)
    with closing(open_store(folder.database_url)) as store:
        remove_station(folder, store, arguments.station, _now_ms())
    print(f"{arguments.station} is believed no longer. Restart the broker: a connection that lives goes on until then.")
    return GOOD


def _issue(arguments: argparse.Namespace) -> int:
    from central.card import card_page
    from central.config import open_folder
    from central.issue import is_group
    from central.serve import open_office
    from station.trust.holders import Role

    folder = open_folder(arguments.folder)
    with open_office(folder, ingest=False, identity=None) as running:
        office, role = running.office, Role(arguments.role)
        issued = office.issue_pass(
            arguments.audience,
            tuple(arguments.services),
            office.new_person(role, arguments.label),
            role=role,
            valid_seconds=round(arguments.days * 86_400),
            not_before_s=_seconds(arguments.begins),
            one_time=arguments.once,
        )
        station = None if is_group(issued.audience) else office.station(issued.audience)
    print(f"number {issued.pass_id}")
    print(issued.text)
    if arguments.card is not None:
        card = Path(f"pass-{issued.pass_id[:8]}.html") if arguments.card == Path() else arguments.card
        card.write_text(card_page(issued, station, folder.config.help_phone), encoding="utf-8")
        print(f"To print: {card}")
    return GOOD


def _seconds(text: str | None) -> int | None:
    """A local time as unix seconds."""
    if text is None:
        return None
    try:
        return round(dt.datetime.fromisoformat(text).astimezone().timestamp())
    except ValueError as fault:
        raise OfficeFault(f"{text!r} is no time such as 2026-05-01T08:00") from fault


def _revoke(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.serve import open_tool

    with open_tool(open_folder(arguments.folder)) as running:
        pass_id = running.office.find_pass(arguments.pass_id)
        told = running.office.revoke_pass(pass_id)
        running.wait_until_sent()
    print(f"{pass_id} is withdrawn; the list went to {told} stations. The others get it with their next hello.")
    return GOOD


def _order(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.serve import open_tool
    from central.views import Detail

    with open_tool(open_folder(arguments.folder)) as running:
        office = running.office
        hold_seconds = None if arguments.minutes is None else round(arguments.minutes * 60)
        order = office.operate(
            arguments.station,
            arguments.service,
            arguments.action,
            NOBODY,
            hold_seconds=hold_seconds,
            detail=Detail(thing=arguments.thing, reason=arguments.reason, count=arguments.count),
        )
        print(f"order {order.order_id} {'sent' if order.sent else 'not sent'}")
        reply = office.wait_reply(order.order_id, REPLY_SECONDS)
        if reply is not None and reply.result == "accepted" and arguments.action == "open":
            print(f"{reply.result}: {reply.words.zh} · {reply.words.en}")
            reply = office.wait_reply(order.order_id, REPLY_SECONDS, final=True)
    if reply is None:
        print(f"{arguments.station} has not replied for {REPLY_SECONDS} s; look at what happened before trying again.")
        return FAULT
    print(f"{reply.result}{f' ({reply.reason})' if reply.reason else ''}: {reply.words.zh} · {reply.words.en}")
    return GOOD if reply.result in ("accepted", "done") else BAD


def _invite(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.serve import open_office, pages_secret
    from central.web_people import INVITATION_SECONDS, write_invitation
    from station.trust.holders import Role

    folder = open_folder(arguments.folder)
    role = Role.KEEPER if arguments.role == "office" else Role(arguments.role)
    with open_office(folder, ingest=False, identity=None) as running:
        person = running.office.new_person(role, arguments.label)
    expires_s = _now_ms() // 1000 + INVITATION_SECONDS
    text = write_invitation(pages_secret(folder), person, arguments.role, expires_s)
    print(f"{folder.config.public_url.rstrip('/')}/join/{text}")
    return GOOD


def _document(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.documents import list_documents, send_all, set_document, set_holdings
    from central.enrol import renew_ring
    from central.serve import open_tool

    folder = open_folder(arguments.folder)
    if arguments.what == "ring":
        version = renew_ring(folder, _now_ms() // 1000, without=_key_ids(arguments.without))
        print(
            f"ring {version} is signed. Put {folder.keys / 'offline'} back into its drawer, and start the office again."
        )
    with open_tool(folder) as running:
        if arguments.what == "set":
            if not arguments.name or arguments.body is None:
                raise EnrolFault("say which document, and the JSON file: central document set NAME FILE")
            version = set_document(running, arguments.name, arguments.body, arguments.station, _now_ms())
            print(f"{arguments.name} {version} is signed.")
        if arguments.what == "holdings":
            version = set_holdings(running, arguments.name or arguments.station, _now_ms())
            print(f"holdings {version} is signed; the station takes it if it does not know by itself who holds what.")
        if arguments.what != "list":
            print(f"Sent {send_all(running)} documents. Stations that are cut off get them with their next hello.")
        for line in list_documents(running):
            print(line)
    return GOOD


def _key_ids(texts: Sequence[str]) -> frozenset[bytes]:
    try:
        return frozenset(bytes.fromhex(text) for text in texts)
    except ValueError as fault:
        raise EnrolFault(f"a key id is 16 hex digits, as in the names of the key files: {fault}") from fault


def _serve(arguments: argparse.Namespace) -> int:
    from central.config import open_folder
    from central.serve import serve

    return GOOD if serve(open_folder(arguments.folder), arguments.part) else BAD


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "init": _init,
    "station add": _station_add,
    "station remove": _station_remove,
    "document": _document,
    "serve": _serve,
    "issue": _issue,
    "revoke": _revoke,
    "order": _order,
    "invite": _invite,
    **cli_people.COMMANDS,
}

if __name__ == "__main__":
    sys.exit(main())
