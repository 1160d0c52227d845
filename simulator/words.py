"""What the demo's page says by itself, Chinese first. What station, office and phone say is taken from them."""

from __future__ import annotations

from drivers.contract import Words

# ---------------------------------------------------------------- who tells

YOU = Words("您", "You")
PHONE = Words("手机", "Phone")
SCANNER = Words("扫描器", "Scanner")
LOCK = Words("锁", "Lock")
DOOR = Words("门磁", "Contact")
LAMP = Words("台灯", "Lamp")
SIREN = Words("警笛", "Siren")
SCREEN = Words("屏幕", "Screen")
CABLE = Words("网线", "Cable")
MAINS = Words("市电", "Mains")
OFFICE = Words("办公室", "Office")

# ---------------------------------------------------------------- what devices did

CHANGES: dict[tuple[str, bool], tuple[Words, Words]] = {
    ("free", True): (LOCK, Words("线圈通电，锁松开了", "Coil on: unlocked")),
    ("free", False): (LOCK, Words("线圈断电，锁上了", "Coil off: locked")),
    ("open", True): (DOOR, Words("门开了", "The door is open")),
    ("open", False): (DOOR, Words("门关上了", "The door is shut")),
    ("lamp", True): (LAMP, Words("亮了", "On")),
    ("lamp", False): (LAMP, Words("灭了", "Off")),
    ("siren", True): (SIREN, Words("响了", "Sounds")),
    ("siren", False): (SIREN, Words("停了", "Silent")),
    ("cable", True): (CABLE, Words("插上了", "Plugged in")),
    ("cable", False): (CABLE, Words("拔掉了", "Pulled")),
    ("power", True): (MAINS, Words("来电了，控制器重新启动", "Back: the controller starts again")),
    ("power", False): (MAINS, Words("停电了，控制器断电", "Cut: the controller has died")),
}
"""By what changed and to what: who tells it, and how."""

# ---------------------------------------------------------------- the person

BEGIN = Words("站在门口。按大按钮试试", "You stand at the door: press the big button")
DOES_NOT_MOVE = Words("推不动，门锁着", "It does not give way: locked")
FORCING = Words("用撬棍撬门", "You pull with a crowbar")
CALLING = Words("打电话请办公室解除报警", "You call the office to end the alarm")
CLEARED = Words("报警已解除", "The alarm has been cleared")
SCANNER_DARK = Words("没有读到码", "Has read nothing")

# ---------------------------------------------------------------- the phone

PHONE_IDLE = Words("手机", "Your phone")
PHONE_IDLE_NEXT = Words("扫屏幕上的码，或出示通行证", "Scan the screen, or show your pass")
TAP_TO_OPEN = Words("点“开门”", "Tap “Open the door”")
TAP_ONE = Words("点您要的", "Tap what you want")
PAGE_REFUSED = Words("网页打不开", "The page does not open")
MY_PASS = Words("我的通行证", "My pass")
HOLD_IT = Words("对准门口的扫描器", "Hold it to the scanner")
OLD_PHOTO = Words("别人的旧照片", "An old photograph")
OLD_PHOTO_NEXT = Words("两分钟前拍下的通行证", "Of a pass, two minutes ago")
NO_CODE = Words("屏幕上没有码可扫", "There is no code on the screen")

# ---------------------------------------------------------------- how well it is

LIGHTS = {
    "ok": Words("一切正常", "All is well"),
    "look": Words("请看一下", "Please take a look"),
    "act": Words("请马上处理", "Please act now"),
    "unknown": Words("控制器没有回答", "The controller does not answer"),
}


def decoded(code: bytes) -> Words:
    """What a scanner has read, without anything that opens a door."""
    scheme = code[:4].decode("ascii", "replace")
    return Words(f"读到 {scheme}…（{len(code)} 字）", f"Read {scheme}… ({len(code)} characters)")
