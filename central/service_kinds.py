"""What the office's pages say about each type of service: one row a type in `KINDS`.

What may be asked for now is told by the station itself (`station/rules/offers.py`); a type that has no row is shown by
its own words and offers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.contract import Words

NOT_FOR_PEOPLE = frozenset({"screen", "climate", "watch"})
"""Types of services in a station file that nobody asks for anything."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do with a service or one of its things.

    `counts`: it takes a number; `held`: it is about what somebody has, by the name of that; `holds_minutes`: how long.
    """

    action: str
    words: Words
    counts: bool = False
    held: bool = False
    holds_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of service.

    Attributes:
        icon: a drawing of `pages/parts.html`.
        words: what it is called where nothing else says so.
        thing: one of its things, with `{}` for its name; None: its things have no names for people.
        asked: what is offered as long as the station has not told.
        own: what somebody may do with what they have and, but for `HAND_OVER`, with what was left for them.
        keeper: what keepers do, always with a reason.
        steward: what volunteers do too, without one.
        done: the next step after the station has done what was asked.
    """

    icon: str
    words: Words
    thing: Words | None = None
    asked: tuple[Deed, ...] = ()
    own: tuple[Deed, ...] = ()
    keeper: tuple[Deed, ...] = ()
    steward: tuple[Deed, ...] = ()
    done: Words | None = None

    def name(self, thing: str) -> Words | None:
        """One of its things."""
        if self.thing is None:
            return None
        return Words(self.thing.zh.replace("{}", thing), self.thing.en.replace("{}", thing))


DOOR = "door"
HAND_OVER = "hand_over"
TAKE = "take"
_OPEN = Deed("open", Words("打开", "Open"))
_OUT_OF_SERVICE = (
    Deed("retire", Words("停用", "Out of service")),
    Deed("restore", Words("恢复使用", "Back in service")),
)
_LOOK_INTO = Deed("open_as_keeper", Words("打开查看", "Open and look"))

KINDS: Mapping[str, Kind] = {
    DOOR: Kind(
        "door",
        Words("门", "Door"),
        asked=(Deed("open", Words("开门", "Open the door")),),
        keeper=(
            Deed("open", Words("远程开门", "Open from here")),
            Deed("hold_open", Words("常开 20 分钟", "Hold open for 20 min"), holds_minutes=20),
        ),
    ),
    "lockers": Kind(
        "cell",
        Words("储物柜", "Lockers"),
        Words("{} 号柜", "Cell {}"),
        asked=(Deed(TAKE, Words("存物品", "Take a cell")),),
        own=(
            _OPEN,
            Deed("give_back", Words("取走并归还", "Take all, give it back")),
            Deed(HAND_OVER, Words("让别人来取", "Somebody else collects")),
        ),
        keeper=(_LOOK_INTO, Deed("clear", Words("登记为空", "Note as empty")), *_OUT_OF_SERVICE),
        done=Words("用完请关好柜门。", "Shut the cell when you are done."),
    ),
    "loans": Kind(
        "umbrella",
        Words("借用", "Things to borrow"),
        asked=(Deed(TAKE, Words("借一件", "Borrow one")), Deed("give_back", Words("归还", "Give one back"))),
        own=(Deed("give_back", Words("归还", "Give it back")),),
        keeper=(
            _LOOK_INTO,
            *_OUT_OF_SERVICE,
            Deed("clear", Words("登记已归还", "Note as back"), held=True),
            Deed("lost", Words("登记丢失", "Note as lost"), held=True),
        ),
    ),
    "books": Kind(
        "book",
        Words("图书", "Books"),
        Words("图书 {}", "Book {}"),
        asked=(Deed("begin", Words("借书", "Borrow")), Deed("give_back", Words("归还", "Give one back"))),
        own=(Deed("give_back", Words("归还", "Give it back")),),
        keeper=(
            Deed("clear", Words("登记已归还", "Note as back"), held=True),
            Deed("lost", Words("登记丢失", "Note as lost"), held=True),
        ),
    ),
    "stock": Kind(
        "box",
        Words("物资柜", "Supplies"),
        steward=(
            Deed("refill", Words("补货", "Refill"), counts=True),
            Deed("count", Words("盘点", "Count"), counts=True),
            Deed("empty", Words("已空", "None is left")),
        ),
        done=Words("请关好柜门。", "Please shut the door of the box."),
    ),
    "sockets": Kind(
        "plug",
        Words("充电插座", "Charging sockets"),
        Words("{} 号插座", "Socket {}"),
        asked=(Deed("start", Words("开始充电", "Start charging")),),
        own=(Deed("stop", Words("停止充电", "Stop charging")),),
        done=Words("离开时请带走您的物品。", "Take your things with you when you leave."),
    ),
    "appliance": Kind(
        "appliance",
        Words("电器", "Appliance"),
        asked=(Deed("start", Words("启动", "Start")),),
        own=(Deed("stop", Words("停止", "Stop")),),
        done=Words("请在旁边等候。", "Please stay beside it."),
    ),
    "room": Kind(
        "room",
        Words("房间", "Room"),
        asked=(Deed("begin", Words("开始使用", "Begin")),),
        own=(Deed("open", Words("开门", "Open the door")), Deed("end", Words("结束使用", "End"))),
        keeper=(
            Deed("release", Words("从外面开门", "Open from outside")),
            Deed("end", Words("结束使用", "End the use")),
        ),
    ),
    "people": Kind("people", Words("志愿服务", "Volunteers"), own=(Deed("sign_off", Words("签退", "Sign off")),)),
    "alarm": Kind("act", Words("报警", "Alarm")),
}
"""Every type of service that people know of."""

OTHER = Kind("unknown", Words("服务", "Service"))


def kind_of(service_type: str) -> Kind:
    """The row of a type; a newer station may have types that are not in the table."""
    return KINDS.get(service_type, OTHER)
