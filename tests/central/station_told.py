"""A micro-station with everything, as its health document and its events tell it to the office."""

from __future__ import annotations

from typing import Any

from station.events import CellRetired, Event, ThingOverdue, ThingTaken

HOUR_MS = 3_600_000


def offer(action: str, zh: str, en: str, free: int, thing: str = "", points: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = {"action": action, "zh": zh, "en": en, "free": free}
    return told | ({"thing": thing} if thing else {}) | ({"points": points} if points else {})


SERVICES: dict[str, Any] = {
    "door": {
        "type": "door",
        "zh": "阅读室",
        "en": "Reading room",
        "scanned": True,
        "offers": [offer("open", "开门", "Open the door", 1)],
    },
    "lockers": {
        "type": "lockers",
        "zh": "储物柜",
        "en": "Lockers",
        "colour": "yellow",
        "scanned": True,
        "pick_up": True,
        "things": [str(number) for number in range(1, 13)],
        "offers": [
            offer("take", "小号柜", "Small cell", 4, "small"),
            offer("take", "中号柜", "Medium cell", 2, "medium"),
            offer("take", "大号柜", "Large cell", 0, "large"),
            offer("take", "低位柜，轮椅可用", "Low cell, for wheelchairs", 1, "accessible"),
        ],
    },
    "charge": {
        "type": "sockets",
        "zh": "手机充电",
        "en": "Phone charging",
        "colour": "green",
        "things": ["1", "2", "3"],
        "offers": [
            offer("start", "1 号插座", "Socket 1", 1, "1"),
            offer("start", "2 号插座", "Socket 2", 0, "2"),
            offer("start", "3 号插座", "Socket 3", 1, "3"),
        ],
    },
    "umbrellas": {
        "type": "loans",
        "zh": "雨伞",
        "en": "Umbrellas",
        "colour": "cyan",
        "things": ["1", "2", "3", "4"],
        "offers": [offer("take", "借一件", "Borrow one", 3), offer("give_back", "归还", "Give one back", 1)],
    },
    "medicine": {
        "type": "stock",
        "zh": "便民药箱",
        "en": "Medicine box",
        "colour": "red",
        "things": ["plaster", "mask"],
        "offers": [
            offer("take", "创可贴", "Plasters", 12, "plaster"),
            offer("take", "口罩", "Face masks", 3, "mask", points=2),
            offer("take", "退热贴", "Cooling patches", 0, "patch"),
        ],
    },
    "microwave": {
        "type": "appliance",
        "zh": "微波炉",
        "en": "Microwave",
        "colour": "orange",
        "offers": [offer("start", "启动", "Start", 1)],
    },
    "people": {
        "type": "people",
        "zh": "志愿服务",
        "en": "Volunteers",
        "colour": "purple",
        "roles": ["keeper", "volunteer"],
        "offers": [
            offer("sign_on", "签到", "Sign on", 1),
            offer("sign_off", "签退", "Sign off", 1),
            offer("task", "打扫完毕", "Cleaned", 1, "clean"),
        ],
    },
    "sos": {"type": "alarm", "zh": "求助按钮", "en": "Help button"},
}


def holdings(holder: str, now_ms: int) -> list[Event]:
    """Cells and a socket of one person: one that is theirs, one overdue, one left for somebody else, one for them."""
    other = "0" * 31 + "f"
    return [
        ThingTaken("lockers", "7", holder, "resident", now_ms + 5 * HOUR_MS),
        ThingTaken("lockers", "3", holder, "resident", now_ms - 3 * HOUR_MS),
        ThingOverdue("lockers", "3"),
        ThingTaken("lockers", "9", other, "courier", now_ms + 30 * HOUR_MS, recipient=holder),
        ThingTaken("charge", "2", holder, "resident", now_ms + HOUR_MS),
        ThingTaken("lockers", "5", other, "resident", now_ms + HOUR_MS),
        CellRetired("lockers", "11", other, "lock jams"),
    ]
