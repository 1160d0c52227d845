"""What a screen says while something does not work: what still does, or what to do. Chinese first, and calm."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.contract import Words

WITH_YOUR_PASS = Words("请把通行码对准扫描器", "Hold your pass to the scanner")
FULL = Words("存储空间已满，暂时不能存取", "The memory is full: nothing can be given out for now")
PASSES_OPEN = Words("凭通行码仍可进门", "Passes still open the door")
NO_LOCK = Words("门锁没有响应，请拨打下方电话", "The lock does not answer, please call the number below")
NO_WAY = Words("暂时不能扫码，请拨打下方电话", "Scanning does not work for now, please call the number below")
USE_THE_CODE = Words(
    "扫描器故障，请用手机扫屏幕上的二维码", "The scanner is out of order: scan the code on this screen"
)
USE_YOUR_PASS = Words(
    "办公室没有响应，请把通行码对准扫描器", "The office does not answer: hold your pass to the scanner"
)
OFFLINE_THINGS = Words("网络中断，仍可扫码使用", "No network; scanning still works")
NO_CLOCK = Words(
    "时间未校准，通行码可能不能用，请扫屏幕上的二维码",
    "The time is not known and passes may fail: scan the code on this screen",
)
WHO_HOLDS_WHAT = Words("正在核对存取记录，暂停存取和借用", "Checking who holds what: nothing can be taken for now")
ON_BATTERY = Words("停电，由电池供电：暂停充电和电器", "The mains are off, on battery: no charging and no appliances")

MOST_NAMES = 3
"""More would be too small to read."""
SOME = Words("（部分）", " (some)")


def not_usable(names: Sequence[Words], *, things_inside: bool) -> Words:
    """Services that cannot be used now; `things_inside`: somebody's things may be in them."""
    zh, en = "、".join(one.zh for one in names[:MOST_NAMES]), ", ".join(one.en for one in names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        zh, en = f"{zh}等", f"{en} and more"
    if things_inside:
        return Words(f"暂时不能用：{zh}。取物请拨打下方电话", f"Not usable now: {en}. To get your things, please call")
    return Words(f"暂时不能用：{zh}", f"Not usable now: {en}")
