"""Who is at the other end of a page: an invitation link makes a cookie, and a form's token belongs to that cookie.

There are no accounts and no passwords. The office invites a person (`person` is its own random id, 32 hex digits) with
a role; whoever opens the link and presses the button is that person on that phone. Both texts are
`person.role.seconds.mac`, signed with one secret of the office and readable for nobody else's use: the mac is
HMAC-SHA256 over the purpose and the rest.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from station.trust.holders import Role

INVITATION_SECONDS = 14 * 86_400
COOKIE_SECONDS = 400 * 86_400
"""Browsers keep a cookie no longer than this."""
MAC_BYTES = 16
MAX_TEXT = 120
OFFICE = "office"
"""The role of the office's own people; at a door they are keepers."""

_FORM = re.compile(r"([0-9a-f]{32})\.([a-z]{1,16})\.([0-9]{1,12})\.([A-Za-z0-9_-]{22})")
_ROLES = frozenset({*(role.value for role in Role), OFFICE})
_STAFF = frozenset({Role.VOLUNTEER.value, Role.KEEPER.value, OFFICE})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a cookie. `cookie` is its text, to which the tokens of forms belong."""

    person: str
    role: str
    cookie: str = ""

    @property
    def staff(self) -> bool:
        return self.role in _STAFF

    @property
    def office(self) -> bool:
        return self.role == OFFICE

    @property
    def door_role(self) -> Role:
        """What this person is to a station."""
        return Role.KEEPER if self.office else Role(self.role)


def write_invitation(secret: bytes, person: str, role: str, expires_s: int) -> str:
    """The last part of a link `/join/<text>`, good until unix second `expires_s`."""
    if role not in _ROLES:
        raise ValueError(f"{role} is no role; there are {', '.join(sorted(_ROLES))}")
    return _write(secret, "invitation", person, role, expires_s)


def read_invitation(secret: bytes, text: str, now_s: int) -> Visitor | None:
    """Whom an invitation is for; None when it is not ours or over."""
    return _read(secret, "invitation", text, now_s)


def write_cookie(secret: bytes, visitor: Visitor, now_s: int) -> str:
    """The cookie of a visitor who has pressed the button."""
    return _write(secret, "cookie", visitor.person, visitor.role, now_s + COOKIE_SECONDS)


def read_cookie(secret: bytes, text: str, now_s: int) -> Visitor | None:
    """Who sent a cookie; None when it is not ours or over."""
    return _read(secret, "cookie", text, now_s)


def form_token(secret: bytes, visitor: Visitor) -> str:
    """What a form of this visitor's must carry, so that no other site can submit it."""
    return _mac(secret, "form", visitor.cookie)


def holds(secret: bytes, visitor: Visitor, token: str) -> bool:
    """Whether `token` is this visitor's form token."""
    return hmac.compare_digest(form_token(secret, visitor).encode(), token.encode())


def seal(secret: bytes, purpose: str, text: str) -> str:
    """What shows that a text is the office's own, for one purpose."""
    return _mac(secret, purpose, text)


def _write(secret: bytes, purpose: str, person: str, role: str, expires_s: int) -> str:
    body = f"{person}.{role}.{expires_s}"
    return f"{body}.{_mac(secret, purpose, body)}"


def _read(secret: bytes, purpose: str, text: str, now_s: int) -> Visitor | None:
    found = _FORM.fullmatch(text) if len(text) <= MAX_TEXT else None
    if found is None:
        return None
    person, role, expires, mac = found.groups()
    expected = _mac(secret, purpose, text[: -len(mac) - 1])
    if not hmac.compare_digest(expected, mac) or role not in _ROLES or now_s >= int(expires):
        return None
    return Visitor(person, role, text)


def _mac(secret: bytes, purpose: str, text: str) -> str:
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (b"web", purpose.encode(), text.encode()))
    digest = hmac.digest(secret, message, hashlib.sha256)[:MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
