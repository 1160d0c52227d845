"""Every line about sockets and appliances, Chinese first."""

from __future__ import annotations

from drivers.contract import Words

PLUG_IN = Words("请插上充电器", "Plug in your charger")
WAIT_BESIDE_IT = Words("请不要离开", "Please stay beside it")
UNPLUG_IT = Words("请不要再使用这个电器", "Please do not use this device again")
TAKE_YOUR_THINGS = Words("请带走您的物品", "Please take your things with you")

ENDED = {
    "stopped": Words("已按您的要求断电", "Switched off as you asked"),
    "time": Words("时间到，已断电", "The time is up"),
    "energy": Words("电量用完，已断电", "Its energy is used up"),
    "unplugged": Words("充电器已拔出", "The charger was unplugged"),
    "over_power": Words("功率过大，已断电", "It drew too much power and was cut off"),
    "too_hot": Words("温度过高，已断电", "It got too hot and was cut off"),
    "meter_lost": Words("电表没有响应，已断电", "Its meter does not answer"),
    "relay_lost": Words("继电器没有响应", "Its relay does not answer"),
    "not_switched": Words("没有通电", "It could not be switched on"),
    "no_water": Words("水已用完，已断电", "There is no water"),
    "on_battery": Words("停电了，电池留给门锁", "The mains are off; the battery is kept for the doors"),
}
"""Why there is no power any more."""


def socket_until(thing: str, clock: str) -> Words:
    """It has power until a time of the day."""
    return Words(f"{thing} 号插座已通电，可用到 {clock}", f"Socket {thing} is on, until {clock}")


def socket_for(thing: str, minutes: int) -> Words:
    """It has power, and nobody knows what time it is."""
    return Words(f"{thing} 号插座已通电，可用 {minutes} 分钟", f"Socket {thing} is on, for {minutes} minutes")


def socket_off(thing: str) -> Words:
    """It has no power any more."""
    return Words(f"{thing} 号插座已断电", f"Socket {thing} is off")


def appliance_on(name: Words, seconds: int) -> Words:
    """It runs."""
    return Words(f"{name.zh}已启动，{seconds} 秒后停止", f"{name.en} is on, for {seconds} seconds")


def appliance_off(name: Words) -> Words:
    """It does not run any more."""
    return Words(f"{name.zh}已停止", f"{name.en} is off")
