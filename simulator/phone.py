"""A resident's phone without a browser: it joins, reads codes from pictures, taps, and shows codes as pictures."""

from __future__ import annotations

import base64
import html
import http.client
import io
import json
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from drivers.contract import Words
from simulator.kiosk import paint
from simulator.office_page import Offer, OfficePage, read_page
from station.trust.passes import present_pass

TIMEOUT_SECONDS = 20.0
"""Longer than the office's live pages are silent."""
PATIENCE_SECONDS = 3.0
"""So long after the tap, without a word of the station, the page shows the order as a code."""
QUIET_ZONE, PIXELS_A_MODULE = 4, 6
P256_ORDER = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
_TOKEN = re.compile(r'name="token" value="([^"]*)"')
_LIVE = re.compile(r'data-live="([^"]+)"')
_CODE_WORDS = re.compile(r'data-code-(title|next)="([^"]+)"')
_SVG = re.compile(r'<div id="code"[^>]*>(<svg.*?</svg>)', re.DOTALL)
_PASS_TOKEN = re.compile(r'data-token="([^"]*)"')
_HEADING = re.compile(r'<p class="title"[^>]*>(.*?)</p>', re.DOTALL)


class PhoneFault(RuntimeError):
    """The office's page did not do what a person expects; the message says what came instead."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The page behind a screen's code, before its button is tapped."""

    nonce: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of an order. `over`: nothing more will come."""

    state: str
    title: Words
    next: Words
    over: bool


@dataclass(frozen=True, slots=True)
class Tapped:
    """The page after a tap: where the result will come, and the order as a picture (PNG) for the station's scanner."""

    live: str = field(repr=False)
    picture: bytes = field(repr=False)
    hold_code: Told
    """What it says when it shows that picture."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The page after any button: what it says and offers, and its live part when it is that of an order."""

    page: OfficePage
    tapped: Tapped | None


@dataclass(slots=True)
class Phone:
    """One phone with one cookie. `office` is the address of the office's pages."""

    office: str
    cookie: str = field(default="", repr=False)
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _live: set[socket.socket] = field(default_factory=set)

    # ------------------------------------------------------------ flow A

    def join(self, link: str) -> None:
        """Open an invitation and press its button. Raises `PhoneFault`."""
        status, headers, body = self._ask("POST", urlsplit(link).path, {})
        cookie = headers.get("Set-Cookie", "")
        if status != http.HTTPStatus.SEE_OTHER or not cookie:
            raise PhoneFault(f"joining answered {status}: {_words(body)}")
        self.cookie = cookie.partition(";")[0]

    def arrive(self, address: str) -> Arrived:
        """Open the address of a screen's code. Raises `PhoneFault`."""
        path = urlsplit(address).path
        status, _, page = self._ask("GET", path)
        token = _TOKEN.search(page)
        if status != http.HTTPStatus.OK or token is None:
            raise PhoneFault(f"the page of the code answered {status}: {_words(page)}")
        return Arrived(path.rpartition("/")[2], html.unescape(token.group(1)))

    def tap(self, arrived: Arrived, station: str, service: str) -> Tapped:
        """Tap the button of that page. Raises `PhoneFault`."""
        form = {"station": station, "service": service, "nonce": arrived.nonce, "token": arrived.token}
        status, _, page = self._ask("POST", "/open", form)
        tapped = _tapped(page)
        if status != http.HTTPStatus.OK or tapped is None:
            raise PhoneFault(f"the tap answered {status}: {_words(page)}")
        return tapped

    def look(self, address: str) -> OfficePage:
        """A page of the office, with what can be tapped on it. Raises `PhoneFault`."""
        status, _, page = self._ask("GET", urlsplit(address).path)
        if status != http.HTTPStatus.OK:
            raise PhoneFault(_words(page))
        return read_page(page)

    def press(self, offer: Offer, ticks: Mapping[str, str]) -> Pressed:
        """Tap any button of a page; `ticks` are boxes that were ticked before. Raises `PhoneFault`."""
        status, _, page = self._ask("POST", offer.action, {**offer.fields, **ticks})
        if status != http.HTTPStatus.OK:
            raise PhoneFault(_words(page))
        return Pressed(read_page(page), _tapped(page))

    def results(self, tapped: Tapped) -> Iterator[Told]:
        """What the page tells about the order, one change at a time, until it is over. Raises OSError."""
        connection = self._connect()
        connection.connect()
        line_to_office: socket.socket = connection.sock
        self._live.add(line_to_office)
        try:
            connection.request("GET", tapped.live, headers={"Cookie": self.cookie})
            stream = connection.getresponse()
            while line := stream.readline():
                if line.startswith(b"data: "):
                    told = _told(json.loads(line.removeprefix(b"data: ")))
                    yield told
                    if told.over:
                        return
        except http.client.HTTPException as fault:
            raise OSError(f"the office broke off: {fault}") from fault
        finally:
            self._live.discard(line_to_office)
            connection.close()

    def put_away(self) -> None:
        """Close the live page: whoever waits for a result in another thread gets no more."""
        for line_to_office in list(self._live):
            with suppress(OSError):  # it has ended by itself
                line_to_office.shutdown(socket.SHUT_RDWR)

    # ------------------------------------------------------------ flow B

    def fetch_pass(self, station: str) -> tuple[bytes, bytes]:
        """Ask the office for a pass bound to this phone's key: what to show, and the prefix to sign behind."""
        status, _, page = self._ask("GET", "/pass")
        token = _PASS_TOKEN.search(page)
        if status != http.HTTPStatus.OK or token is None:
            raise PhoneFault(f"the pass page answered {status}: {_words(page)}")
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        form = {"station": station, "key": key, "token": html.unescape(token.group(1))}
        status, _, answer = self._ask("POST", "/pass/new", form)
        if status != http.HTTPStatus.OK:
            raise PhoneFault(f"the office gave no pass ({status}): {answer}")
        issued = json.loads(answer)
        return _bytes(issued["static"]), _bytes(issued["prefix"])

    def show_pass(self, issued: tuple[bytes, bytes], *, seconds_ago: int = 0) -> bytes:
        """The picture (PNG) of the pass, signed for this second, or as it was some seconds ago."""
        static, prefix = issued
        step_s = int(time.time()) - seconds_ago
        r, s = decode_dss_signature(self._key.sign(prefix + step_s.to_bytes(8, "big"), ec.ECDSA(hashes.SHA256())))
        s = min(s, P256_ORDER - s)
        return picture_of(present_pass(static, step_s, r.to_bytes(32, "big") + s.to_bytes(32, "big")))

    # ------------------------------------------------------------ the network

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.office).netloc, timeout=TIMEOUT_SECONDS)

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, Any, str]:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = self.office.rstrip("/")
            body = urlencode(form)
        connection = self._connect()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        except (OSError, http.client.HTTPException) as fault:
            raise PhoneFault(f"the office cannot be reached ({fault})") from fault
        finally:
            connection.close()


def picture_of(text: str) -> bytes:
    """A text as the picture (PNG) of a QR code, level M."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    png = io.BytesIO()
    code.make_image().get_image().resize((len(code.get_matrix()) * PIXELS_A_MODULE,) * 2).save(png, "PNG")
    return png.getvalue()


def _tapped(page: str) -> Tapped | None:
    """The live part of the page after a tap; None when it has none, or no order as a picture."""
    live, svg = _LIVE.search(page), _SVG.search(page)
    words = {name: json.loads(html.unescape(text)) for name, text in _CODE_WORDS.findall(page)}
    if live is None or svg is None or words.keys() != {"title", "next"}:
        return None
    hold_code = Told("code", Words(**words["title"]), Words(**words["next"]), over=False)
    return Tapped(live.group(1), paint(svg.group(1)), hold_code)


def _told(document: dict[str, Any]) -> Told:
    return Told(document["state"], Words(**document["title"]), Words(**document["next"]), document["over"])


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _words(page: str) -> str:
    """What a page says, for a message."""
    heading = _HEADING.search(page)
    return " ".join(re.sub(r"<[^>]+>", " ", heading.group(1) if heading else page).split())[:200]
