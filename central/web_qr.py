"""A code as a picture for a page: SVG, drawn here, so that the phone needs nothing more from the network."""

from __future__ import annotations

import qrcode
from markupsafe import Markup

from drivers.contract import both

QUIET_ZONE = 4  # modules of white around a QR code, ISO/IEC 18004


def qr_svg(text: str) -> Markup:
    """`text` as a QR code, level M, one unit a module, with its quiet zone. Dark runs are one path."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    size = len(matrix)
    path = "".join(
        f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(matrix) for start, length in _runs(row)
    )
    return Markup(
        '<svg viewBox="0 0 {0} {0}" shape-rendering="crispEdges" role="img" aria-label="{2}">'
        '<path fill="#fff" d="M0 0h{0}v{0}H0z"/><path d="{1}"/></svg>'
    ).format(size, path, both("QR code"))


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Where dark runs begin and how long they are."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
