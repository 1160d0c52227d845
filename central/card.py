"""A pass on paper: one page with a large QR code, Chinese first, that a browser prints or turns into a PDF."""

from __future__ import annotations

import datetime as dt
import html

from central.pass_office import CARD_DIGITS
from central.views import IssuedPass, StationView
from central.web_qr import qr_svg
from drivers.contract import Words, both

ROLES = {
    "resident": both("Resident"),
    "courier": both("Courier"),
    "volunteer": both("Volunteer"),
    "keeper": both("Keeper"),
}
CHINA = dt.timezone(dt.timedelta(hours=8))

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: A6; margin: 8mm }}
body {{ font-family: "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #000; background: #fff;
  margin: 0 auto; max-width: 90mm; text-align: center }}
h1 {{ font-size: 20pt; margin: 4mm 0 0 }}
h1 + p {{ margin-top: 0 }}
svg {{ width: 70mm; height: 70mm }}
dl {{ display: grid; grid-template-columns: auto 1fr; gap: 1mm 4mm; text-align: left; font-size: 13pt }}
dt {{ color: #333 }}
dd {{ margin: 0 }}
small {{ font-size: 9pt; color: #333 }}
</style>
</head>
<body>
<h1>{title_zh}</h1>
<p>{title_en}</p>
{code}
<dl>
<dt>{for_what}</dt><dd>{services}</dd>
<dt>{as_whom}</dt><dd>{role}</dd>
<dt>{valid}</dt><dd>{begins}<br>{until} {ends}</dd>
<dt>{how_often}</dt><dd>{uses}</dd>
</dl>
<p><b>{hold_zh}</b><br>
{hold_en}</p>
<p><small>{keep_zh}<br>
{keep_en}<br>
{called} {number}</small></p>
</body>
</html>
"""


def card_page(issued: IssuedPass, station: StationView | None, help_phone: str) -> str:
    """The page of a static pass, as HTML. `station` is None for a pass for a group."""
    title = station.name if station else Words(issued.audience, issued.audience)
    services = {service.name: str(service.words) for service in station.services} if station else {}
    phone = (station.help_phone if station else "") or help_phone or "—"
    hold = both("Hold the code about 15 cm in front of the scanner at the door.")
    keep = both("It can be copied by a photograph: keep it safe. Lost? Call {phone}.", phone=phone)
    fields = {
        "title": str(title),
        "title_zh": title.zh,
        "title_en": title.en,
        "for_what": str(both("For")),
        "services": "、".join(services.get(name, name) for name in issued.services),
        "as_whom": str(both("Role")),
        "role": str(ROLES.get(issued.role, Words(issued.role, issued.role))),
        "valid": str(both("Valid")),
        "begins": _when(issued.not_before_s),
        "until": str(both("until")),
        "ends": _when(issued.expires_s),
        "how_often": str(both("Uses")),
        "uses": str(both("once") if issued.one_time else both("unlimited")),
        "hold_zh": hold.zh,
        "hold_en": hold.en,
        "keep_zh": keep.zh,
        "keep_en": keep.en,
        "called": str(both("No.")),
        "number": issued.pass_id[:CARD_DIGITS],
    }
    return _PAGE.format(**{name: html.escape(text) for name, text in fields.items()}, code=qr_svg(issued.text))


def _when(unix_s: int) -> str:
    return dt.datetime.fromtimestamp(unix_s, CHINA).strftime("%Y-%m-%d %H:%M")
