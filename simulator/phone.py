"""A resident's phone without a browser: it joins, reads codes from pictures, taps, and shows codes as pictures."""

from __future__ import annotations

import base64
import html
import http.client
import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simulator.kiosk import paint, read_code
from station.trust.passes import present_pass

TIMEOUT_SECONDS = 15.0
QUIET_ZONE, PIXELS_A_MODULE = 4, 6
P256_ORDER = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
_TOKEN = re.compile(r'name="token" value="([^"]*)"')
_LIVE = re.compile(r'data-live="([^"]+)"')
_SVG = re.compile(r'<div id="code"[^>]*>(<svg.*?</svg>)', re.DOTALL)


class PhoneFault(RuntimeError):
    """The office's page did not do what a person expects; the message says what came instead."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """The page after a tap: where the result will come, and the order as a picture (PNG) for the station's scanner."""

    live: str
    picture: bytes


@dataclass(slots=True)
class Phone:
    """One phone with one cookie. `office` is the address of the office's pages."""

    office: str
    cookie: str = ""
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    # ------------------------------------------------------------ flow A

    def join(self, link: str) -> None:
        """Open an invitation and press its button. Raises `PhoneFault`."""
        status, headers, body = self._ask("POST", urlsplit(link).path, {})
        cookie = headers.get("Set-Cookie", "")
        if status != http.HTTPStatus.SEE_OTHER or not cookie:
            raise PhoneFault(f"joining answered {status}: {_words(body)}")
        self.cookie = cookie.partition(";")[0]

    def scan(self, picture: bytes) -> str:
        """What the camera reads in a picture; "" for none."""
        return read_code(picture)

    def tap(self, address: str, station: str, service: str) -> Tapped:
        """Open the address of a screen's code and tap its button. Raises `PhoneFault`."""
        path = urlsplit(address).path
        status, _, page = self._ask("GET", path)
        token = _TOKEN.search(page)
        if status != http.HTTPStatus.OK or token is None:
            raise PhoneFault(f"the page of the code answered {status}: {_words(page)}")
        nonce = path.rpartition("/")[2]
        form = {"station": station, "service": service, "nonce": nonce, "token": html.unescape(token.group(1))}
        status, _, page = self._ask("POST", "/open", form)
        live, svg = _LIVE.search(page), _SVG.search(page)
        if status != http.HTTPStatus.OK or live is None or svg is None:
            raise PhoneFault(f"the tap answered {status}: {_words(page)}")
        return Tapped(live.group(1), paint(svg.group(1)))

    def results(self, tapped: Tapped) -> Iterator[dict[str, Any]]:
        """What the page tells about the order, one change at a time, until it is over."""
        connection = self._connect()
        try:
            connection.request("GET", tapped.live, headers={"Cookie": self.cookie})
            stream = connection.getresponse()
            while line := stream.readline():
                if line.startswith(b"data: "):
                    told: dict[str, Any] = json.loads(line[6:])
                    yield told
                    if told["over"]:
                        return
        finally:
            connection.close()

    # ------------------------------------------------------------ flow B

    def fetch_pass(self, station: str) -> tuple[bytes, bytes]:
        """Ask the office for a pass bound to this phone's key: what to show, and the prefix to sign behind."""
        status, _, page = self._ask("GET", "/pass")
        token = re.search(r'data-token="([^"]*)"', page) or _TOKEN.search(page)
        if token is None:
            raise PhoneFault(f"the pass page answered {status} without a token")
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        key = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        form = {"station": station, "key": key, "token": html.unescape(token.group(1))}
        status, _, answer = self._ask("POST", "/pass/new", form)
        if status != http.HTTPStatus.OK:
            raise PhoneFault(f"the office gave no pass ({status}): {answer}")
        issued = json.loads(answer)
        return _bytes(issued["static"]), _bytes(issued["prefix"])

    def show_pass(self, issued: tuple[bytes, bytes]) -> bytes:
        """The picture (PNG) of the pass, signed for this second."""
        static, prefix = issued
        step_s = int(time.time())
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


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _words(page: str) -> str:
    """What stands on a page, for a message."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())[:200]
