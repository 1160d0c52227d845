"""What the demo's page calls the things of a station, how they stand, and what hands can do with them."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.contract import Words

TITLES: Mapping[str, Words] = {
    "climate": Words("冷暖", "Climate"),
    "screen": Words("屏幕", "Screen"),
    "alarm": Words("安全", "Safety"),
    "elsewhere": Words("电与温度", "Power and heat"),
}

DOOR = Words("门", "Door")
SCREEN = Words("屏幕", "Screen")
MACHINE = Words("机器", "Machine")
LID = Words("箱盖", "Lid")
BOOK = Words("书", "Book")
ROOM = Words("室温", "Room")
PLACE = Words("温度", "Heat")
UPS = Words("不间断电源", "UPS")
SWITCHES: Mapping[str, Words] = {
    "fan": Words("风扇", "Fan"),
    "air-con": Words("空调", "Air-con"),
    "off": Words("室内电源", "Room power"),
}

STATES: Mapping[str, Words] = {
    "shut": Words("关着", "Shut"),
    "open": Words("开着", "Open"),
    "ajar": Words("松开", "Unlocked"),
    "stuck": Words("卡住", "Jammed"),
    "stuck-open": Words("开着卡住", "Jammed open"),
    "full": Words("有", "Full"),
    "empty": Words("空", "Empty"),
    "stuck-full": Words("卡住", "Jammed"),
    "on": Words("有电", "On"),
    "off": Words("没电", "Off"),
    "runs": Words("在运转", "Runs"),
    "rests": Words("停着", "Stands"),
    "plugged": Words("插着，没电", "Plugged, no power"),
    "charges": Words("在充电", "Charges"),
    "heavy": Words("大电器，没电", "Heavy load, no power"),
    "draws": Words("大电器", "Heavy load"),
    "dry": Words("没水", "No water"),
    "calm": Words("正常", "Calm"),
    "raised": Words("触发", "Raised"),
    "here": Words("在架上", "On the shelf"),
    "mains": Words("市电", "Mains"),
    "battery": Words("电池", "Battery"),
    "": Words("", ""),
}

DEEDS: Mapping[str, Words] = {
    "shut": Words("推上", "Push shut"),
    "pull": Words("拉一下", "Pull at it"),
    "break": Words("撬开", "Break open"),
    "jam": Words("卡住", "Jam it"),
    "free": Words("弄松", "Free it"),
    "put": Words("放进去", "Put one in"),
    "plug": Words("插手机", "Plug a phone in"),
    "heavy": Words("插大电器", "Plug a heater in"),
    "unplug": Words("拔下来", "Unplug"),
    "overload": Words("超载", "Overload it"),
    "relieve": Words("不再超载", "End the overload"),
    "drain": Words("放空水", "Drain the water"),
    "fill": Words("加水", "Fill the water"),
    "raise": Words("触发", "Set it off"),
    "calm": Words("复原", "Set it back"),
    "book": Words("扫一本书", "Scan a book"),
    "enter": Words("推门进去", "Push and walk in"),
    "leave": Words("开门出来", "Open and leave"),
    "scan": Words("扫屏幕的码", "Scan its screen"),
    "pass": Words("出示通行证", "Show my pass"),
    "fail": Words("停市电", "Mains fail"),
    "return": Words("来市电", "Mains return"),
}

LOCKED = Words("拉不动，锁着", "Does not give way: locked")
NO_CATCH = Words("推不上，锁舌不动", "Does not catch: the bolt does not move")
NOT_READ = Words("没有读到", "Has read nothing")
BOOK_READ = Words("读到书号", "Has read the book's number")
SIZES: Mapping[str, Words] = {"small": Words("小", "S"), "medium": Words("中", "M"), "large": Words("大", "L")}
ALARMS: Mapping[str, Mapping[str, Words]] = {
    "sos": {"raise": Words("按下", "Press it"), "calm": Words("转开", "Turn it free")},
    "fire": {"raise": Words("火警动作", "Fire relay opens"), "calm": Words("火警复位", "Fire relay closes")},
    "tamper": {"raise": Words("掀开盖", "Lift the lid"), "calm": Words("盖好", "Shut the lid")},
}
