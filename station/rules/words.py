"""Every line that a station shows or speaks, Chinese first. A refusal has a reason and a next step."""

from __future__ import annotations

from drivers.contract import Words
from station.trust.refusal import Reason

SCAN_TO_OPEN = Words("扫码开门", "Scan to open the door")
WITH_YOUR_PHONE = Words(
    "用手机扫描屏幕上的二维码，或把通行码对准扫描器", "Scan the code on this screen, or hold your pass to the scanner"
)
OFFLINE = Words("网络中断，仍可扫码进门", "No network; you can still come in")
COME_IN = Words("请进", "Come in")
DOOR_UNLOCKED = Words("门已解锁，请推门", "The door is unlocked, please push")
DOOR_OPEN = Words("门已打开", "The door is open")
NOT_OPENED = Words("门没有打开，已重新上锁", "The door was not opened and is locked again")
SCAN_AGAIN = Words("请重新扫码", "Please scan again")
CLOSE_THE_DOOR = Words("请关好门", "Please close the door")
DOOR_OPEN_LONG = Words("门开得太久了", "The door has been open for long")
FORCED = Words("门被强行打开，已通知值守人员", "The door was forced; the keepers have been told")
NOT_LOCKED = Words("门没有锁好，请拉一下门", "The door is not locked, please pull it shut")
HELP_IS_CALLED = Words("已发出求助，请留在原地", "Help has been called, please stay")
FIRE = Words("火警！请立即离开", "Fire! Leave now")
TAMPER = Words("设备异常，已通知值守人员", "Equipment was tampered with; the keepers have been told")
ALARM = {"sos": HELP_IS_CALLED, "fire": FIRE, "tamper": TAMPER}
CANNOT_RECORD = Words("设备正在恢复，请稍候", "The station is recovering, please wait")
SORRY = Words("暂时不能开门", "The door cannot be opened for now")
CALL = Words("需要帮助请拨打下方电话", "For help call the number below")
GRANTED = Words("已同意，正在开锁", "Granted, unlocking")

TAKE_YOUR_THINGS = Words("请收好随身物品", "Please take your things")
ALWAYS_OUT = Words("门随时可以从里面打开", "The door always opens from inside")


def closes_in(minutes: int) -> Words:
    """How long it is still open."""
    return Words(f"还有 {minutes} 分钟关门", f"Closing in {minutes} minutes")


_FRESH = Words("请打开手机上的通行码页面，重新出示", "Open the pass page on your phone and show it again")
_NEW_CODE = Words("请重新扫描屏幕上的新二维码", "Scan the new code on this screen")
_OTHER_WAY = Words("请扫描屏幕上的二维码进门", "Scan the code on this screen instead")
_NEW_PASS = Words("请向社区申请新的通行码", "Ask the community office for a new pass")
_LATER = Words("请稍后再来", "Please come back later")
_CALL_US = Words("请拨打下方电话", "Please call the number below")

_UNREADABLE = Words("这不是本站的码", "This is not a code for this station")
_NOT_OURS = Words("此码未被认可", "This code is not recognised")
_ELSEWHERE = Words("此码不适用于这里", "This code is not for this place")
_USED = Words("此码已经用过", "This code was already used")
_TOO_OLD = Words("此码已过期", "This code has expired")
_UNSURE = Words("本站暂时无法核对通行码", "The station cannot check passes right now")

REFUSAL: dict[Reason, tuple[Words, Words]] = {
    **dict.fromkeys(
        (
            Reason.TOO_LONG,
            Reason.NOT_TEXT,
            Reason.UNKNOWN_SCHEME,
            Reason.BAD_BASE45,
            Reason.BAD_CBOR,
            Reason.BAD_JSON,
            Reason.NOT_CANONICAL,
            Reason.UNKNOWN_FIELD,
            Reason.MISSING_FIELD,
            Reason.WRONG_TYPE,
        ),
        (_UNREADABLE, _OTHER_WAY),
    ),
    **dict.fromkeys(
        (
            Reason.UNSIGNED,
            Reason.FORGED,
            Reason.UNKNOWN_KEY,
            Reason.WRONG_ALGORITHM,
            Reason.WRONG_PURPOSE,
            Reason.KEY_NOT_YET_VALID,
            Reason.KEY_EXPIRED,
            Reason.ISSUED_BEFORE_MINIMUM,
            Reason.BAD_SIGNATURE,
        ),
        (_NOT_OURS, _NEW_PASS),
    ),
    **dict.fromkeys(
        (
            Reason.WRONG_AUDIENCE,
            Reason.WRONG_STATION,
            Reason.WRONG_SCREEN,
            Reason.WRONG_SERVICE,
            Reason.WRONG_ACTION,
            Reason.WRONG_NAME,
            Reason.ONE_TIME_FOR_GROUP,
        ),
        (_ELSEWHERE, _OTHER_WAY),
    ),
    Reason.WRONG_ROLE: (Words("您的通行码不能开这扇门", "Your pass does not open this door"), _CALL_US),
    Reason.NOT_YET_VALID: (Words("此码尚未生效", "This code is not valid yet"), _FRESH),
    Reason.EXPIRED: (_TOO_OLD, _FRESH),
    Reason.REVOKED: (Words("此码已被停用", "This pass was withdrawn"), _CALL_US),
    Reason.CLOCK_UNKNOWN: (_UNSURE, _OTHER_WAY),
    Reason.OUTSIDE_HOURS: (Words("现在不在开放时间", "Closed at this hour"), _CALL_US),
    Reason.HOLD_TOO_LONG: (_ELSEWHERE, _CALL_US),
    Reason.RETAINED: (_TOO_OLD, _NEW_CODE),
    Reason.STALE_STEP: (_TOO_OLD, _FRESH),
    Reason.REPEATED_STEP: (_USED, _FRESH),
    Reason.UNKNOWN_NONCE: (_TOO_OLD, _NEW_CODE),
    Reason.NONCE_EXPIRED: (_TOO_OLD, _NEW_CODE),
    Reason.NONCE_EXHAUSTED: (Words("扫码的人太多", "Too many people at once"), _NEW_CODE),
    Reason.ORDER_USED: (_USED, _NEW_CODE),
    Reason.ALREADY_USED: (_USED, _NEW_PASS),
    Reason.ISSUED_BEFORE_AMNESIA: (_UNSURE, _NEW_PASS),
    Reason.NO_RING: (_UNSURE, _CALL_US),
    Reason.VERSION_TOO_OLD: (_UNSURE, _CALL_US),
    Reason.REVOCATIONS_TOO_OLD: (_UNSURE, _OTHER_WAY),
    Reason.FLOORS_UNCONFIRMED: (_UNSURE, _OTHER_WAY),
    Reason.UNRECORDED: (CANNOT_RECORD, _CALL_US),
    Reason.OUT_OF_ORDER: (Words("设备暂时不能使用", "It is out of order"), _CALL_US),
    Reason.HOLDINGS_UNKNOWN: (Words("本站正在核对，暂时不能存取", "The station is checking who holds what"), _CALL_US),
    Reason.NOTHING_FREE: (Words("现在没有空的", "Nothing is free now"), _LATER),
    Reason.NOTHING_HELD: (Words("没有找到您的物品", "Nothing here is in your name"), _CALL_US),
    Reason.IN_USE: (Words("正在使用中", "It is in use"), _LATER),
    Reason.TOO_MANY: (
        Words("您已经用到上限", "You have as many as one person may have"),
        Words("请先归还一个", "Give one back first"),
    ),
    Reason.WRONG_CODE: (Words("密码不对", "That is not the code"), Words("请再输入一次", "Please type it again")),
    Reason.CODE_BLOCKED: (Words("输错次数太多", "Too many wrong codes"), _LATER),
    Reason.SOLD_OUT: (Words("已经取完", "None is left"), _LATER),
    Reason.NO_POINTS: (Words("积分不够", "Not enough points"), Words("请联系社区", "Ask the community office")),
    Reason.NO_POWER: (Words("大功率设备正在使用", "Another big load is running"), _LATER),
    Reason.NO_WATER: (Words("水已用完", "There is no water"), Words("已通知志愿者", "The volunteers know")),
    Reason.ON_BATTERY: (
        Words("停电了，暂停充电和电器", "The mains are off: no charging and no appliances"),
        Words("来电后再试", "Try again when they are back"),
    ),
}
"""For every reason: what a person is told, and what to do next."""
