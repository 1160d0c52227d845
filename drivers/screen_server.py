"""The HTTP side of a screen: loopback only, a handful of browsers, nothing that another web page could reach.

A page from elsewhere that is open in the same browser may send requests here (DNS rebinding, cross-site posts): the
Host must be loopback with this port, and what the browser says about the request's origin must agree. A touch must
also name the token of what is on show, which only this page can read. Nothing that is sent here is ever logged.
"""

from __future__ import annotations

import json
import re
import socket
import socketserver
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from string import Template
from typing import Any

from drivers.contract import both
from drivers.screen_board import Answer, Board, Touch, wait

LOOPBACK = "127.0.0.1"
MAX_CLIENTS = 16
MAX_REPORT_BYTES = 64
MAX_TOUCH_BYTES = 192
MAX_STEP = 2**53  # what JavaScript counts exactly
CLIENT_SECONDS = 5  # a browser on this machine that takes longer has gone
HEARTBEAT_SECONDS = 10  # how soon a browser that has gone is noticed while nothing changes
RECONNECT_MS = 1000

TOKEN = re.compile(r"[0-9a-f]{32}")
KEY = re.compile(r"[a-z0-9_\-:.]{1,64}")
DIGITS = re.compile(r"[0-9]{1,64}")
TOUCHED = {
    Answer.STALE: (HTTPStatus.CONFLICT, "this is not on show"),
    Answer.TOO_SOON: (HTTPStatus.TOO_MANY_REQUESTS, "too soon after the last touch"),
}

WORDS = {
    "title": both("Station screen"),
    "qr": both("QR code"),
    "scan": both("Scan with your phone"),
    "touch": both("Touch"),
    "keypad": both("Keypad"),
    "typed": both("{typed} of {wanted} digits"),
    "cancel": both("Cancel"),
    "erase": both("Erase"),
    "help": both("Help"),
    "wait": both("One moment, please"),
}
"""What the page says by itself; all else comes from the controller."""
FILES = {
    "/screen_page.css": ("screen_page.css", "text/css; charset=utf-8"),
    "/screen_page.js": ("screen_page.js", "text/javascript; charset=utf-8"),
}

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class ScreenServer(ThreadingHTTPServer):
    """Serves `board` on 127.0.0.1 until `close`. Raises OSError when the port cannot be had."""

    daemon_threads = False  # every connection is ended and waited for in `close`
    request_queue_size = MAX_CLIENTS

    def __init__(self, port: int, board: Board) -> None:
        self.board = board
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), _Request)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="screen-accept")
        self._accepting: Future[None] = self._pool.submit(self.serve_forever)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask the name service who we are
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def serving(self) -> bool:
        return not self._accepting.done()

    def process_request(self, request: Any, client_address: Any) -> None:
        if len(self._open) >= MAX_CLIENTS:
            self.shutdown_request(request)
            return
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):  # a browser that went away is no fault
            super().handle_error(request, client_address)

    def close(self) -> None:
        """End every connection and free the port; may be called twice."""
        self.board.close()
        self.shutdown()
        self._pool.shutdown()
        for request in list(self._open):
            with suppress(OSError):  # it has ended by itself
                request.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Request(BaseHTTPRequestHandler):
    server: ScreenServer
    timeout = CLIENT_SECONDS
    server_version = "screen"
    sys_version = ""

    def do_GET(self) -> None:
        if not self._allowed():
            return
        if self.path == "/live":
            self._live()
        elif self.path == "/state.json":
            self._answer(json.dumps(self.server.board.state()).encode(), "application/json")
        elif self.path == "/":
            self._answer(_page(), "text/html; charset=utf-8")
        elif self.path in FILES:
            name, kind = FILES[self.path]
            self._answer(resources.files("drivers").joinpath(name).read_bytes(), kind)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        if not self._allowed():
            return
        answer = {"/shown": self._take_report, "/touch": self._take_touch}.get(self.path)
        if answer is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif self.headers.get("Origin") != f"http://{self.headers['Host']}":
            self.send_error(HTTPStatus.FORBIDDEN, "only the screen's own page may report")
        else:
            answer()

    def _take_report(self) -> None:
        body = self._body(MAX_REPORT_BYTES)
        step = body.get("step")
        if type(step) is not int or not 0 <= step <= MAX_STEP:
            self.send_error(HTTPStatus.BAD_REQUEST, 'expected {"step": a whole number}')
        elif self.server.board.report(step):
            self._head(HTTPStatus.NO_CONTENT)
        else:
            self.send_error(HTTPStatus.CONFLICT, "this step is not on show")

    def _take_touch(self) -> None:
        touch = _touch(self._body(MAX_TOUCH_BYTES))
        if touch is None:
            self.send_error(HTTPStatus.BAD_REQUEST, 'expected {"token": text, "key": text} or {.., "digits": text}')
            return
        answer = self.server.board.touch(touch)
        if answer is Answer.TAKEN:
            self._head(HTTPStatus.NO_CONTENT)
        else:
            self.send_error(*TOUCHED[answer])

    def _allowed(self) -> bool:
        hosts = {f"{name}:{self.server.server_port}" for name in (LOOPBACK, "localhost")}
        if self.headers.get("Host") not in hosts:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "this page is for the screen of this machine only")
            return False
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self.send_error(HTTPStatus.FORBIDDEN, "other pages may not look in here")
            return False
        return True

    def _body(self, limit: int) -> dict[str, Any]:
        """The JSON object that was sent; empty when it is none, or longer than `limit` bytes."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= limit):
            return {}
        try:
            body = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def _live(self) -> None:
        board = self.server.board
        listener = board.listen()
        try:
            self._head(HTTPStatus.OK, {"Content-Type": "text/event-stream"})
            self.wfile.write(f"retry: {RECONNECT_MS}\n\n".encode())
            while True:
                changed = wait(listener, HEARTBEAT_SECONDS)
                if board.closed:
                    return
                self.wfile.write(f"data: {json.dumps(board.state())}\n\n".encode() if changed else b":\n\n")
        finally:
            board.leave(listener)

    def _answer(self, body: bytes, kind: str) -> None:
        self._head(HTTPStatus.OK, {"Content-Type": kind, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: HTTPStatus, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server passes
        """Say nothing: a kiosk's requests are of no interest to anybody."""


def _touch(body: dict[str, Any]) -> Touch | None:
    """A key, or else digits, with the token of what is on show; None for anything else."""
    token, key, digits = (body.pop(name, "") for name in ("token", "key", "digits"))
    if body or not all(isinstance(part, str) for part in (token, key, digits)) or bool(key) == bool(digits):
        return None
    well_made = TOKEN.fullmatch(token) and (KEY.fullmatch(key) or DIGITS.fullmatch(digits))
    return Touch(token, key, digits) if well_made else None


def _page() -> bytes:
    page = Template(resources.files("drivers").joinpath("screen_page.html").read_text(encoding="utf-8"))
    told = {f"{name}_zh": escape(words.zh) for name, words in WORDS.items()}
    told |= {f"{name}_en": escape(words.en) for name, words in WORDS.items()}
    return page.substitute(told).encode()
