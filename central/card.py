"""A pass on paper: one page with a large QR code, Chinese first, that a browser prints or turns into a PDF."""

from __future__ import annotations

import datetime as dt
import html

from central.pass_office import CARD_DIGITS
from central.views import IssuedPass, StationView
from central.web_qr import qr_svg

ROLES = {
    "resident": ("居民", "Resident"),
    "courier": ("骑手", "Courier"),
    "volunteer": ("志愿者", "Volunteer"),
    "keeper": ("管理员", "Keeper"),
}
CHINA = dt.timezone(dt.timedelta(hours=8))

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title_zh} · {title_en}</title>
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
<dt>可用 · For</dt><dd>{services}</dd>
<dt>身份 · Role</dt><dd>{role_zh} · {role_en}</dd>
<dt>有效 · Valid</dt><dd>{begins}<br>至 · until {ends}</dd>
<dt>次数 · Uses</dt><dd>{uses}</dd>
</dl>
<p><b>请将二维码对准门口的扫描器，距离约 15 厘米。</b><br>
Hold the code about 15 cm in front of the scanner at the door.</p>
<p><small>可以被拍照复制，请妥善保管；遗失请致电 {phone}。<br>
It can be copied by a photograph: keep it safe. Lost? Call {phone}.<br>
编号 · No. {number}</small></p>
</body>
</html>
"""


def card_page(issued: IssuedPass, station: StationView | None, help_phone: str) -> str:
    """The page of a static pass, as HTML. `station` is None for a pass for a group."""
    title = (station.name.zh, station.name.en) if station else (issued.audience, issued.audience)
    words = (
        {service.name: f"{service.words.zh} · {service.words.en}" for service in station.services} if station else {}
    )
    role_zh, role_en = ROLES.get(issued.role, (issued.role, issued.role))
    phone = (station.help_phone if station else "") or help_phone
    fields = {
        "title_zh": title[0],
        "title_en": title[1],
        "services": "、".join(words.get(name, name) for name in issued.services),
        "role_zh": role_zh,
        "role_en": role_en,
        "begins": _when(issued.not_before_s),
        "ends": _when(issued.expires_s),
        "uses": "一次 · once" if issued.one_time else "不限 · unlimited",
        "phone": phone or "—",
        "number": issued.pass_id[:CARD_DIGITS],
    }
    return _PAGE.format(**{name: html.escape(text) for name, text in fields.items()}, code=qr_svg(issued.text))


def _when(unix_s: int) -> str:
    return dt.datetime.fromtimestamp(unix_s, CHINA).strftime("%Y-%m-%d %H:%M")
