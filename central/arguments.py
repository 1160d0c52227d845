"""The arguments of the command `central`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any, TypeAlias

from drivers.contract import both

Commands: TypeAlias = Any
"""What `add_subparsers` gives; argparse has no public name for it."""
FOLDER_VARIABLE = "CENTRAL_FOLDER"


def parser() -> argparse.ArgumentParser:
    """Everything that `central` understands; `command` names what to do."""
    whole = argparse.ArgumentParser(prog="central", description=str(both("The central office of the micro-stations.")))
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _add_setting_up(commands)
    _add_everyday(commands)
    return whole


def _command(commands: Commands, name: str, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    default = Path(os.environ.get(FOLDER_VARIABLE, "."))
    about_folder = f"the office's folder (${FOLDER_VARIABLE}, or this one)"
    command.add_argument("--folder", type=Path, default=default, help=about_folder)
    return command


def _add_setting_up(commands: Commands) -> None:
    init = commands.add_parser("init", help="make a new office in an empty folder")
    init.add_argument("folder", type=Path)
    init.add_argument(
        "--broker", action="append", metavar="HOST", help="under which name or address stations reach the broker"
    )
    init.add_argument("--port", type=int, default=8883, help="the broker's port (%(default)s)")
    init.add_argument("--plain", action="store_true", help="no TLS: for trying things out on this machine only")
    init.add_argument("--url", default="", help="how phones reach the pages, https://...")
    init.set_defaults(command="init")

    station = commands.add_parser("station", help="add or remove a station").add_subparsers(required=True)
    add = _command(station, "add", "make a station's keys and the folder that goes to it")
    add.add_argument("station", nargs="?", default="", help="its id; not needed with --file")
    add.add_argument("--file", type=Path, help="its station file: name, kind, help phone and services are read from it")
    add.add_argument("--name", default="", help="what people call it, 中文/English")
    add.set_defaults(command="station add")
    remove = _command(station, "remove", "believe a station no longer")
    remove.add_argument("station")
    remove.set_defaults(command="station remove")

    document = _command(commands, "document", "list, sign and send documents")
    document.add_argument("what", choices=["list", "send", "set", "ring", "holdings"], nargs="?", default="list")
    document.add_argument("name", nargs="?", default="", help="set: the document's name; holdings: the station")
    document.add_argument("body", nargs="?", type=Path, help="set: a JSON file")
    document.add_argument("--station", default="", help="set: for this station only")
    document.add_argument(
        "--without", action="append", default=[], metavar="KEY-ID", help="ring: leave out a stolen key"
    )
    document.set_defaults(command="document")

    serve = _command(commands, "serve", "take in what stations tell, and serve the pages")
    serve.add_argument("--part", choices=["all", "ingest", "desk"], default="all", help="one process, or two hosts")
    serve.set_defaults(command="serve")


def _add_everyday(commands: Commands) -> None:
    issue = _command(commands, "issue", "sign a pass")
    issue.add_argument("audience", help="a station, or @group")
    issue.add_argument("services", nargs="+", help="what it is for, such as door")
    issue.add_argument("--role", choices=["resident", "courier", "volunteer", "keeper"], default="resident")
    issue.add_argument("--days", type=float, default=1.0, help="how long it is valid (%(default)s)")
    issue.add_argument("--from", dest="begins", metavar="TIME", help="from when on, such as 2026-05-01T08:00 (now)")
    issue.add_argument("--once", action="store_true", help="for one visit")
    issue.add_argument("--label", default="", help="what tells this card apart")
    issue.add_argument(
        "--print", type=Path, nargs="?", const=Path(), dest="card", help="write a card to print, as HTML"
    )
    issue.set_defaults(command="issue")

    revoke = _command(commands, "revoke", "withdraw a pass")
    revoke.add_argument("pass_id", help="its number, or the first 8 digits as on the card")
    revoke.set_defaults(command="revoke")

    order = _command(commands, "order", "have a station do something now, without anybody at its screen")
    order.add_argument("station")
    order.add_argument("service")
    order.add_argument(
        "action", help="open, hold_open, heard, clear; lockers: open_as_keeper, clear, retire, restore ..."
    )
    order.add_argument(
        "--for", type=float, dest="minutes", metavar="MINUTES", help="hold_open: for how long, at most 30"
    )
    order.add_argument("--thing", default="", help="which one: the number of a cell, the name of a socket")
    order.add_argument("--reason", default="", help="why, in a few words: keepers' orders need one")
    order.add_argument("--count", type=int, help="how many")
    order.set_defaults(command="order")

    invite = _command(commands, "invite", "a link with which somebody's phone may use the pages")
    invite.add_argument("role", choices=["resident", "courier", "volunteer", "keeper", "office"])
    invite.add_argument("--label", default="", help="what tells this person apart; no name is needed")
    invite.set_defaults(command="invite")

    wish = commands.add_parser("wish", help="wishes and complaints").add_subparsers(required=True)
    listed = _command(wish, "list", "what waits, oldest first")
    listed.add_argument("--station", help="of this station only")
    listed.add_argument("--closed", action="store_true", help="what was closed, newest first")
    listed.set_defaults(command="wish list")
    close = _command(wish, "close", "close one with an answer, which whoever has the number reads")
    close.add_argument("number", help="such as 2026-0042; the letters behind it may be left out")
    close.add_argument("answer", help="in a few words")
    close.set_defaults(command="wish close")

    hours = _command(commands, "hours", "what volunteers did in a month, and how people rated the stations")
    hours.add_argument("month", nargs="?", default="", help="such as 2026-11 (this one)")
    hours.add_argument("--station", help="of this station only")
    hours.set_defaults(command="hours")

    points = _command(commands, "points", "who has how many volunteer points, from what they worked and spent")
    points.set_defaults(command="points")
