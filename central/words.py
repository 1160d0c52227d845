"""What the office's pages say, in Chinese and English; every refusal with its reason and the next step."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import Words
from station.trust.refusal import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is turned away, and what they can do next. The page adds the help phone."""

    reason: Words
    next: Words


SCAN_AGAIN = Words("请重新扫描门口屏幕上的二维码。", "Scan the code on the screen at the door again.")
NEW_PASS = Words("请在手机上重新领取通行证，再试一次。", "Get a new pass on your phone, then try again.")
HOLD_AGAIN = Words(
    "请调亮手机屏幕，把二维码平稳地对准扫描器。", "Turn up the brightness and hold the code still before the scanner."
)
CALL = Words("请拨打求助电话，我们帮您开门。", "Call the help line: we will help you in.")
WAIT = Words(
    "请等一分钟再试；着急请拨打求助电话。", "Wait a minute and try again; if it is urgent, call the help line."
)
LATER = Words("请稍后再来。", "Please come back later.")
RIGHT_DOOR = Words("请核对站点和门，再扫一次。", "Check the station and the door, then scan again.")
USE_PHONE_PAGE = Words(
    "请用手机扫描门口屏幕上的二维码开门。", "Scan the code on the screen at the door with your phone instead."
)

_UNREADABLE = Words("这个二维码读不出来。", "This code cannot be read.")
_NOT_OURS = Words("这个二维码不是本站点认可的。", "This code is not one that the station accepts.")
_OLD_KEY = Words("这个二维码太旧了。", "This code is too old.")
_ELSEWHERE = Words("这个二维码是给别的站点的。", "This code is for another station.")
_NOT_THIS_DOOR = Words("这个二维码不能开这扇门。", "This code does not open this door.")
_PICTURE_OLD = Words("门口的二维码已经换新了。", "The code on the screen has changed.")
_USED = Words("这个二维码已经用过了。", "This code has been used.")
_STATION_UNSURE = Words("站点暂时无法核对这张通行证。", "The station cannot check this pass at the moment.")
_OFFICE_FAULT = Words("办公室发来的消息有问题。", "A message from the office was not in order.")

REASONS: dict[Reason, Refusal] = {
    Reason.TOO_LONG: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.NOT_TEXT: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.UNKNOWN_SCHEME: Refusal(
        Words("这扇门不认这种二维码。", "This door does not take this kind of code."), USE_PHONE_PAGE
    ),
    Reason.BAD_BASE45: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.BAD_CBOR: Refusal(_UNREADABLE, HOLD_AGAIN),
    Reason.BAD_JSON: Refusal(_OFFICE_FAULT, CALL),
    Reason.NOT_CANONICAL: Refusal(_UNREADABLE, NEW_PASS),
    Reason.UNKNOWN_FIELD: Refusal(_NOT_OURS, NEW_PASS),
    Reason.MISSING_FIELD: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_TYPE: Refusal(_NOT_OURS, NEW_PASS),
    Reason.UNSIGNED: Refusal(_OFFICE_FAULT, CALL),
    Reason.FORGED: Refusal(_OFFICE_FAULT, CALL),
    Reason.UNKNOWN_KEY: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_ALGORITHM: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_PURPOSE: Refusal(_NOT_OURS, NEW_PASS),
    Reason.KEY_NOT_YET_VALID: Refusal(_STATION_UNSURE, USE_PHONE_PAGE),
    Reason.KEY_EXPIRED: Refusal(_OLD_KEY, NEW_PASS),
    Reason.ISSUED_BEFORE_MINIMUM: Refusal(_OLD_KEY, NEW_PASS),
    Reason.BAD_SIGNATURE: Refusal(_NOT_OURS, NEW_PASS),
    Reason.WRONG_AUDIENCE: Refusal(_ELSEWHERE, RIGHT_DOOR),
    Reason.WRONG_STATION: Refusal(_ELSEWHERE, RIGHT_DOOR),
    Reason.WRONG_SCREEN: Refusal(_NOT_THIS_DOOR, RIGHT_DOOR),
    Reason.WRONG_SERVICE: Refusal(_NOT_THIS_DOOR, RIGHT_DOOR),
    Reason.WRONG_ACTION: Refusal(_NOT_THIS_DOOR, CALL),
    Reason.WRONG_ROLE: Refusal(Words("您的身份不能开这扇门。", "Your role does not open this door."), CALL),
    Reason.WRONG_NAME: Refusal(_OFFICE_FAULT, CALL),
    Reason.ONE_TIME_FOR_GROUP: Refusal(_NOT_OURS, NEW_PASS),
    Reason.NOT_YET_VALID: Refusal(
        Words("这张通行证还没有生效。", "This pass is not valid yet."),
        Words("请看通行证上的开始时间，到时再来。", "See when the pass begins, and come back then."),
    ),
    Reason.EXPIRED: Refusal(Words("这张通行证已经过期。", "This pass has expired."), NEW_PASS),
    Reason.REVOKED: Refusal(Words("这张通行证已经作废。", "This pass has been withdrawn."), CALL),
    Reason.CLOCK_UNKNOWN: Refusal(
        Words("站点刚刚来电，还不知道时间。", "The station has just had power again and does not know the time."),
        USE_PHONE_PAGE,
    ),
    Reason.OUTSIDE_HOURS: Refusal(
        Words("现在不在开放时间内。", "It is outside opening hours."),
        Words(
            "请看门上的开放时间；有急事请拨打求助电话。",
            "See the hours on the door; if it is urgent, call the help line.",
        ),
    ),
    Reason.HOLD_TOO_LONG: Refusal(Words("常开的时间太长。", "The door would be held open too long."), CALL),
    Reason.RETAINED: Refusal(_OFFICE_FAULT, CALL),
    Reason.STALE_STEP: Refusal(
        Words("手机的时间不对，或者这是截图。", "The phone's clock is wrong, or this is a screenshot."),
        Words(
            "请在手机上打开通行证页面，不要用截图。", "Open the pass page on your phone; a screenshot does not work."
        ),
    ),
    Reason.REPEATED_STEP: Refusal(
        Words("这个二维码刚刚用过。", "This code was used a moment ago."),
        Words("请等十秒钟，二维码会自动换新。", "Wait ten seconds: the code renews itself."),
    ),
    Reason.UNKNOWN_NONCE: Refusal(_PICTURE_OLD, SCAN_AGAIN),
    Reason.NONCE_EXPIRED: Refusal(_PICTURE_OLD, SCAN_AGAIN),
    Reason.NONCE_EXHAUSTED: Refusal(
        Words("同时扫码的人太多了。", "Too many people scanned at once."),
        Words("请等二十秒，再扫一次新的二维码。", "Wait twenty seconds, then scan the new code."),
    ),
    Reason.ORDER_USED: Refusal(_USED, SCAN_AGAIN),
    Reason.ALREADY_USED: Refusal(Words("这张一次性通行证已经用过了。", "This one-time pass has been used."), NEW_PASS),
    Reason.ISSUED_BEFORE_AMNESIA: Refusal(
        Words(
            "站点丢失过记录，旧的一次性通行证不能再用。",
            "The station lost its records: older one-time passes no longer work.",
        ),
        NEW_PASS,
    ),
    Reason.NO_RING: Refusal(_STATION_UNSURE, CALL),
    Reason.VERSION_TOO_OLD: Refusal(_OFFICE_FAULT, CALL),
    Reason.REVOCATIONS_TOO_OLD: Refusal(
        Words("站点离线太久，暂时不收通行证。", "The station has been offline too long to take passes."), USE_PHONE_PAGE
    ),
    Reason.FLOORS_UNCONFIRMED: Refusal(_STATION_UNSURE, USE_PHONE_PAGE),
    Reason.UNRECORDED: Refusal(
        Words("站点的存储出了故障，不能开门。", "The station cannot write its records and may not open."), CALL
    ),
    Reason.OUT_OF_ORDER: Refusal(Words("设备出了故障。", "It is out of order."), CALL),
    Reason.HOLDINGS_UNKNOWN: Refusal(
        Words("站点丢失过记录，正在核对谁在使用。", "The station lost its records and is checking who holds what."),
        CALL,
    ),
    Reason.NOTHING_FREE: Refusal(Words("现在没有空的。", "Nothing is free now."), LATER),
    Reason.NOTHING_HELD: Refusal(Words("这里没有您的物品。", "Nothing there is in your name."), CALL),
    Reason.IN_USE: Refusal(Words("正在使用中。", "It is in use."), LATER),
    Reason.TOO_MANY: Refusal(
        Words("您已经用到上限。", "You have as many as one person may have."),
        Words("请先归还一个，再试一次。", "Give one back, then try again."),
    ),
    Reason.WRONG_CODE: Refusal(Words("密码不对。", "That is not the code."), CALL),
    Reason.CODE_BLOCKED: Refusal(Words("输错次数太多。", "Too many wrong codes."), LATER),
    Reason.SOLD_OUT: Refusal(Words("已经取完。", "None is left."), LATER),
    Reason.NO_POINTS: Refusal(
        Words("积分不够。", "Not enough points."),
        Words("参加志愿服务可以获得积分。", "Volunteer hours earn points."),
    ),
    Reason.NO_POWER: Refusal(Words("另一台大功率设备正在使用。", "Another big load is running."), LATER),
    Reason.NO_WATER: Refusal(Words("水已用完。", "There is no water."), LATER),
    Reason.ON_BATTERY: Refusal(
        Words("站点停电了，暂停充电和电器。", "The station's mains are off: no charging and no appliances."), LATER
    ),
}
"""Every reason of the station, for people."""


def reason_words(reason: str) -> Refusal:
    """The words of a reason as it came from a station; a newer station may know reasons that are not in the table."""
    try:
        return REASONS[Reason(reason)]
    except ValueError:
        return Refusal(Words("站点没有同意。", "The station did not agree."), CALL)


# ---------------------------------------------------------------- the office's own refusals

NOT_JOINED = Refusal(
    Words("这部手机还没有登记。", "This phone has not joined yet."),
    Words(
        "请打开社区发给您的邀请链接；没有邀请，请拨打求助电话。",
        "Open the invitation link from your community; if you have none, call the help line.",
    ),
)
NOT_STAFF = Refusal(
    Words("这一页只给志愿者和工作人员看。", "This page is for volunteers and staff."),
    Words("请打开办公室发给您的工作链接。", "Open the staff link that the office sent you."),
)
BAD_INVITATION = Refusal(
    Words("这个邀请链接不对，或者已经过期。", "This invitation link is not right, or has expired."),
    Words("请向社区要一个新的邀请链接。", "Ask your community for a new invitation link."),
)
STALE_FORM = Refusal(
    Words("这一页放得太久了，或者不是从本页提交的。", "This page is too old, or it was sent from somewhere else."),
    SCAN_AGAIN,
)
UNKNOWN_STATION = Refusal(Words("没有找到这个站点。", "There is no such station."), SCAN_AGAIN)
NO_NONCE = Refusal(
    Words("要站在门口才能开门。", "To open a door you have to stand before it."),
    Words("请用手机扫描门口屏幕上的二维码。", "Scan the code on the screen at the door with your phone."),
)
NO_SUCH_SERVICE = Refusal(Words("这个站点没有这项服务。", "This station has no such service."), SCAN_AGAIN)
TOO_OFTEN = Refusal(Words("您点得太快了。", "That was too often in a short time."), WAIT)
OFFICE_BUSY = Refusal(Words("现在使用的人太多。", "The office is very busy now."), WAIT)
ORDER_GONE = Refusal(Words("这次开门已经结束。", "This request is over."), SCAN_AGAIN)
NOT_FOUND = Refusal(Words("没有这一页。", "There is no such page."), SCAN_AGAIN)
BAD_REQUEST = Refusal(Words("提交的内容不完整。", "What was sent is incomplete."), SCAN_AGAIN)
STATION_AWAY = Refusal(
    Words("站点没有回答。", "The station did not answer."),
    Words("请打电话给值班的人，或到现场处理。", "Call whoever is on duty, or go there."),
)
BAD_PICK_UP = Refusal(
    Words("这个取件链接不对。", "This pick-up link is not right."),
    Words("请向给您留东西的人再要一次链接。", "Ask whoever left it for you to send the link again."),
)
PICK_UP_OVER = Refusal(
    Words("这个取件码已经过期。", "This pick-up code has expired."),
    Words("请联系给您留东西的人，或拨打求助电话。", "Ask whoever left it for you, or call the help line."),
)
NOT_PUT_AWAY = Refusal(
    Words("柜门还没有打开，没有取件码。", "The cell has not opened yet: there is no pick-up code."),
    Words("请看柜门，再试一次。", "Look at the cell, then try again."),
)
NO_SUCH_ASK = Refusal(Words("现在没有这一项了。", "That is not offered any more."), SCAN_AGAIN)
REASON_NEEDED = Refusal(
    Words("请写明原因。", "Please say why."),
    Words("返回上一页，用几个字写下原因，再试一次。", "Go back, write the reason in a few words, and try again."),
)
OFFICE_FAULT = Refusal(Words("办公室的系统出了故障。", "Something went wrong at the office."), WAIT)

# ---------------------------------------------------------------- what becomes of an order

OPENING = Words("正在开门", "Opening")
OPENING_NEXT = Words("请稍等，听到开锁声再推门。", "One moment: push when you hear the lock.")
UNLOCKED = Words("锁已打开，请推门", "Unlocked: push the door")
UNLOCKED_NEXT = Words("请进，门会自动上锁。", "Come in: the door locks itself behind you.")
OPENED = Words("门已开", "The door is open")
OPENED_NEXT = Words("请进，请随手关门。", "Come in, and please close it behind you.")
NOT_OPENED = Words("门没有被推开，已重新上锁", "Nobody pushed: the door is locked again")
NOT_OPENED_NEXT = Words(
    "请重新扫描门口的二维码，听到开锁声就推门。", "Scan the code again and push as soon as you hear the lock."
)
UNSURE = Words("不确定锁有没有打开", "It is not certain that the lock moved")
UNSURE_NEXT = Words(
    "请推一下门；推不开，请重新扫码或拨打求助电话。", "Try the door; if it is shut, scan again or call the help line."
)
REFUSED = Words("没有开门", "The door stays shut")
ASKING = Words("正在办理", "One moment")
ASKING_NEXT = Words("请稍等，站点正在回答。", "The station is about to answer.")
AGREED = Words("站点已同意", "The station agrees")
AGREED_NEXT = Words("请看它打开或启动，这里会告诉您结果。", "Watch it open or start; the result is shown here.")
DONE_NEXT = Words("需要帮助请拨打求助电话。", "If anything is wrong, call the help line.")
NOT_DONE_NEXT = Words("请重新扫码再试；需要帮助请拨打求助电话。", "Scan again and try, or call the help line.")
HOLD_CODE = Words("请把此码对准门口的扫描器", "Hold this code to the scanner at the door")
HOLD_CODE_NEXT = Words(
    "站点暂时连不上网，扫描器能直接读这个码。",
    "The station is offline just now; its scanner reads this code by itself.",
)

HOLD_CODE_HERE = Words("请把此码对准本站的扫描器", "Hold this code to the station's scanner")
NO_ANSWER_YET = Words("站点还没有回答", "No answer from the station yet")
NO_ANSWER_NEXT = Words("请再等一会儿，或拨打求助电话。", "Wait a little longer, or call the help line.")

# ---------------------------------------------------------------- names

KINDS = {
    "reading-pod": Words("阅读微空间", "Reading pod"),
    "library": Words("图书馆", "Library"),
    "low-carbon": Words("低碳小站", "Low-carbon stop"),
    "courier-rest": Words("骑手驿站", "Courier rest stop"),
    "micro-station": Words("微型驿站", "Micro-station"),
}
ALARMS = {
    "sos": Words("有人求助", "Somebody calls for help"),
    "fire": Words("火警", "Fire"),
    "tamper": Words("设备被人动过", "Tampering"),
    "forced": Words("被强行打开", "Forced open"),
    "held": Words("门一直没关", "Door held open"),
    "lost": Words("设备失联", "Device lost"),
    "hot": Words("温度过高", "Too hot"),
    "flood": Words("有人连续试码", "Somebody keeps trying codes"),
}
ROLES = {
    "resident": Words("居民", "resident"),
    "courier": Words("骑手", "courier"),
    "volunteer": Words("志愿者", "volunteer"),
    "keeper": Words("管理员", "keeper"),
    "office": Words("办公室", "office"),
}

EVENTS: dict[str, Words] = {
    "StationStarted": Words("控制器启动", "Controller started"),
    "JournalBegun": Words("开始新的日志", "A new journal began"),
    "Snapshot": Words("状态存档", "State saved"),
    "DocumentTaken": Words("收到新文件", "A new document was taken over"),
    "MessageForged": Words("收到伪造的消息", "A forged message came"),
    "AccessGranted": Words("允许进入", "Access granted"),
    "PassUsed": Words("使用通行证", "Pass used"),
    "ThingTaken": Words("开始使用", "Taken"),
    "ThingDueMoved": Words("到期时间随时钟更正", "When it is due follows the corrected clock"),
    "ThingDueSoon": Words("即将到期", "Due soon"),
    "ThingOverdue": Words("已超时", "Overdue"),
    "ThingOffered": Words("允许他人取用", "May be taken over"),
    "ThingGivenBack": Words("已归还", "Given back"),
    "ThingArrived": Words("收到归还的物品", "Something came back"),
    "ThingLost": Words("已丢失", "Lost"),
    "BookLeft": Words("有人留下一本书", "A book was left"),
    "BookTaken": Words("有人拿走一本书", "A book was taken"),
    "BoxAsked": Words("有人开箱", "Somebody opens the box"),
    "StockTaken": Words("领取物品", "Taken from stock"),
    "StockKept": Words("没有领到，已退回", "Not had, still in stock"),
    "StockRefilled": Words("已补货", "Refilled"),
    "StockCounted": Words("已盘点", "Counted"),
    "StockLow": Words("库存不足", "Stock is low"),
    "PointsSpent": Words("使用积分", "Points spent"),
    "PointsReturned": Words("退还积分", "Points given back"),
    "CodeChosen": Words("设置了密码", "Code chosen"),
    "CodeFailed": Words("密码输错", "Wrong code"),
    "HoldingsTold": Words("办公室告知占用情况", "Holdings told by the office"),
    "CellOpened": Words("柜门打开", "Cell opened"),
    "CellShut": Words("柜门关好", "Cell shut"),
    "CellForced": Words("柜门被强行打开", "Cell forced"),
    "CellFailed": Words("柜门打不开", "Cell did not open"),
    "CellRetired": Words("柜子停用", "Cell taken out of service"),
    "CellRestored": Words("柜子恢复使用", "Cell in service again"),
    "CellOpenedByKeeper": Words("管理员开柜", "Cell opened by a keeper"),
    "PowerCut": Words("为安全断电", "Power cut to protect"),
    "RunBegan": Words("电器启动", "Appliance started"),
    "RunEnded": Words("电器停止", "Appliance stopped"),
    "VolunteerSignedOn": Words("志愿者签到", "Volunteer signed on"),
    "VolunteerShiftDated": Words("签到时间随时钟更正", "When a volunteer signed on follows the corrected clock"),
    "VolunteerSignedOff": Words("志愿者签退", "Volunteer signed off"),
    "TaskDone": Words("任务完成", "Task done"),
    "RatingGiven": Words("有人评价", "Rated"),
    "AccessRefused": Words("拒绝进入", "Access refused"),
    "RefusalsCounted": Words("又有多次拒绝", "More refusals"),
    "CodesFlooded": Words("有人连续试码", "Somebody keeps trying codes"),
    "DoorOpened": Words("门开了", "Door opened"),
    "DoorClosed": Words("门关了", "Door closed"),
    "DoorRelocked": Words("门已重新上锁", "Door locked again"),
    "DoorNotOpened": Words("解锁后没人推门", "Unlocked, nobody came in"),
    "DoorForced": Words("门被强行打开", "Door forced open"),
    "DoorHeldWarned": Words("门开得有点久", "Door open for a while"),
    "DoorHeld": Words("门一直没关", "Door held open"),
    "BoltLocked": Words("门锁已锁好", "The bolt is locked again"),
    "RelockFailed": Words("门没有锁上", "Door did not lock"),
    "EgressUsed": Words("按了出门按钮", "Exit button used"),
    "HoldOpenBegan": Words("办公室让门常开", "Door held open by the office"),
    "HoldOpenEnded": Words("常开结束", "Hold-open ended"),
    "OrderRefused": Words("拒绝了一个指令", "An order was refused"),
    "AlarmRaised": Words("报警", "Alarm raised"),
    "AlarmHeard": Words("报警有人处理了", "Alarm taken on"),
    "AlarmEscalated": Words("报警升级", "Alarm escalated"),
    "AlarmCleared": Words("报警解除", "Alarm cleared"),
    "RoomOccupied": Words("有人进来", "Somebody is in"),
    "RoomEmptied": Words("人都走了", "Nobody is in"),
    "RoomReleased": Words("管理员从外面开门", "Opened from outside by a keeper"),
    "CurfewWarned": Words("提醒快要关门", "Told that it closes soon"),
    "PersonCounted": Words("有人进出", "Somebody went in or out"),
    "LongStayNoted": Words("有人停留已久", "Somebody has been here for long"),
    "DeviceLost": Words("设备失联", "A device stopped answering"),
    "DeviceFound": Words("设备恢复", "A device answers again"),
    "TamperSeen": Words("设备设置被人改过", "A device had been tampered with"),
    "LinkChanged": Words("网络变化", "The link changed"),
    "ClockTrustChanged": Words("时钟可信度变化", "Trust in the clock changed"),
    "RecordingResumed": Words("日志又能写了", "The journal can be written again"),
    "EventsLost": Words("丢失了一些记录", "Some records were lost"),
    "AmnesiaDated": Words("查清了丢失记录的时间", "The date of the lost records is known"),
    "DocumentsConfirmed": Words("办公室确认了文件", "The office confirmed the documents"),
    "LevelNoted": Words("测量值", "A level"),
}


def event_words(kind: str) -> Words:
    """What a row of this kind is called; a newer station may send kinds that are not in the table."""
    return EVENTS.get(kind, Words(kind, kind))


def kind_words(kind: str) -> Words:
    """What a kind of station is called."""
    return KINDS.get(kind, Words(kind, kind))


COUNTED = {
    "lockers": (Words("{} 个空", "{} free"), Words("没有空的", "None free")),
    "loans": (Words("有 {}", "{} here"), Words("没有了", "None here")),
    "loans/give_back": (Words("空位 {}", "{} free places"), Words("没有空位", "No free place")),
    "stock": (Words("剩 {}", "{} left"), Words("已取完", "None left")),
    "stock/open": (Words("", ""), Words("现在不能用", "Not now")),
    "sockets": (Words("空闲", "Free"), Words("使用中或停用", "In use or off")),
    "appliance": (Words("可以用", "Ready"), Words("现在不能用", "Not now")),
}
"""By type of service, and by action where that differs: how many there are, and that there is none."""
UNCOUNTED = (Words("", ""), Words("现在不能用", "Not now"))


def free_words(service_type: str, action: str, free: int | None) -> Words:
    """How much of an offer there is; empty where that says nothing."""
    some, none = COUNTED.get(f"{service_type}/{action}") or COUNTED.get(service_type, UNCOUNTED)
    if free is None:
        return UNCOUNTED[0]
    return Words(some.zh.replace("{}", str(free)), some.en.replace("{}", str(free))) if free else none
