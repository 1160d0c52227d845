"""Is the station well? ok, look or act, in words a volunteer understands, each with the next step."""

from __future__ import annotations

import json
from collections.abc import Iterator

from drivers.contract import Answer, Asked, ClockTrust, Now, Quantity, SendHealth, Signal, Words
from station.rules import (
    health_alarms,
    health_mains,
    health_power,
    health_presence,
    health_rooms,
    health_stock,
    offers,
    office,
)
from station.rules.finding import CHECK_CABLE, FINE, NOTHING, Finding, Light
from station.rules.site import Site
from station.rules.turn import Turn
from station.state import State

SEND_EVERY_MS = 300_000
LOOK_EVERY_MS = 1_000
"""A look at everything costs a millisecond or more: in a busy second one is enough."""
SEND_OFFERS_MS = 10_000
"""What people may ask for is sent again when it has changed, at most so often."""
HOT_C, TOO_HOT_C = 70.0, 80.0
LOW_DISK_BYTES, NO_DISK_BYTES = 500_000_000, 100_000_000
LATE_OFFICE_MS = 900_000
BACKLOG_ROWS = 10_000
STARTING_MS = 30_000

ORDER = (Light.OK, Light.LOOK, Light.ACT)

CALL = Words("请联系维护人员", "Call the technician")
WAIT = Words("稍等片刻再看", "Look again in a moment")


def findings(state: State, site: Site, now: Now) -> tuple[Finding, ...]:
    """Everything that was looked at, in a fixed order."""
    return (
        *_devices(state, site, now),
        *_doors(state, site),
        *_alarms(state, site),
        *health_alarms.findings(state, site),
        *health_presence.findings(state, site),
        *health_rooms.findings(state, site),
        *health_power.findings(state, site, now),
        *health_mains.findings(state, site),
        *health_stock.findings(state, site, now),
        _journal(state, now),
        *_link(state, site, now),
        _clock(now),
        *_board(state, site),
    )


def light(found: tuple[Finding, ...]) -> Light:
    """The worst of all."""
    return max((finding.light for finding in found), key=ORDER.index, default=Light.OK)


def _devices(state: State, site: Site, now: Now) -> Iterator[Finding]:
    young = now.steady_ms - state.volatile.recovered_ms < STARTING_MS
    for name in sorted({*state.observed.devices, *site.essential}):
        device = state.observed.devices.get(name)
        if device is not None and device.up:
            yield Finding(name, Light.OK, FINE, NOTHING)
        elif device is None and young:
            yield Finding(name, Light.OK, Words("正在启动", "Starting"), WAIT)
        else:
            worst = Light.ACT if name in site.essential else Light.LOOK
            detail = f" ({device.detail})" if device and device.detail else ""
            yield Finding(name, worst, Words(f"没有响应{detail}", f"Does not answer{detail}"), CHECK_CABLE)


def _doors(state: State, site: Site) -> Iterator[Finding]:
    for service in site.doors.values():
        door = state.recorded.doors.get(service.name)
        if door is None:
            yield Finding(service.name, Light.OK, FINE, NOTHING)
        elif door.forced:
            words = Words("门被强行打开", "The door was forced")
            yield Finding(service.name, Light.ACT, words, Words("到现场查看，关好门", "Go and see, close the door"))
        elif door.held:
            words = Words("门一直开着", "The door stays open")
            yield Finding(service.name, Light.ACT, words, Words("请关好门", "Close the door"))
        elif door.relock_failed:
            words = Words("门没有锁上", "The door is not locked")
            yield Finding(service.name, Light.ACT, words, Words("拉一下门，看锁舌", "Pull the door, look at the bolt"))
        elif door.open:
            yield Finding(service.name, Light.OK, Words("门开着", "The door is open"), NOTHING)
        else:
            yield Finding(service.name, Light.OK, Words("门关着", "The door is shut"), NOTHING)


def _alarms(state: State, site: Site) -> Iterator[Finding]:
    for service in site.alarms.values():
        alarm = state.recorded.alarms.get(service.name)
        if alarm is None:
            yield Finding(service.name, Light.OK, FINE, NOTHING)
        else:
            words = Words(f"{service.words.zh}：报警中", f"{service.words.en}: alarm")
            step = Words("有人已在处理", "Somebody is on it") if alarm.heard_by else Words("立即查看", "Go and see now")
            yield Finding(service.name, Light.ACT, words, step)


def _journal(state: State, now: Now) -> Finding:
    if state.observed.unrecorded:
        words = Words("无法写入记录", f"The journal cannot be written: {state.observed.unrecorded}")
        return Finding("journal", Light.ACT, words, Words("检查存储卡", "Check the memory card"))
    if not state.volatile.secret:
        starting = now.steady_ms < STARTING_MS
        return Finding("journal", Light.OK if starting else Light.ACT, Words("正在启动", "Starting"), WAIT)
    waiting = sum(extent.tail_seq - extent.cursor_seq for extent in state.observed.extents)
    if waiting > BACKLOG_ROWS:
        words = Words(f"有 {waiting} 条记录等待上传", f"{waiting} records wait for the office")
        return Finding("journal", Light.LOOK, words, Words("检查网络", "Check the network"))
    return Finding("journal", Light.OK, FINE, NOTHING)


def _link(state: State, site: Site, now: Now) -> Iterator[Finding]:
    """None for a station that runs alone."""
    observed = state.observed
    if not site.office_url:
        return
    if office.is_silent(state, now.steady_ms):
        words = Words("网络正常，但办公室没有响应", "The network is there, but the office does not answer")
        step = Words("通行码仍可进门；告诉办公室", "Passes still open the door; tell the office")
        yield Finding("link", Light.LOOK, words, step)
    elif observed.link_up:
        yield Finding("link", Light.OK, Words("已连接办公室", "Connected to the office"), NOTHING)
    else:
        away_ms = now.steady_ms - observed.link_since_ms
        words = Words("与办公室的网络中断", f"No connection to the office {observed.link_detail}".rstrip())
        step = Words("扫码进门不受影响；检查路由器", "The door still opens; check the router")
        yield Finding("link", Light.LOOK if away_ms > LATE_OFFICE_MS else Light.OK, words, step)


def _clock(now: Now) -> Finding:
    if now.trust is ClockTrust.FLOOR:
        words = Words("不知道准确时间", "The time is not known")
        step = Words(
            "连上网络后会自动校准；扫屏幕二维码仍可进门",
            "It sets itself with the network; the screen's code still works",
        )
        return Finding("clock", Light.LOOK, words, step)
    return Finding("clock", Light.OK, FINE, NOTHING)


def _board(state: State, site: Site) -> Iterator[Finding]:
    elsewhere = {one.temperature for one in site.sockets.values()} | {one.temperature for one in site.climates.values()}
    for (device, quantity), reading in sorted(state.observed.levels.items()):
        if quantity is Quantity.TEMPERATURE_C and isinstance(reading.value, int | float):
            if device in elsewhere:
                continue
            hot = Light.ACT if reading.value >= TOO_HOT_C else Light.LOOK if reading.value >= HOT_C else Light.OK
            words = Words(f"主板 {reading.value:.0f} 度", f"Board at {reading.value:.0f} °C")
            yield Finding(f"{device} temperature", hot, words, NOTHING if hot is Light.OK else CALL)
        elif quantity is Quantity.UNDER_VOLTAGE:
            words = Words("供电不足", "Supply voltage too low") if reading.value else FINE
            step = Words("更换电源", "Replace the power supply") if reading.value else NOTHING
            yield Finding(f"{device} supply", Light.ACT if reading.value else Light.OK, words, step)
        elif quantity is Quantity.DISK_FREE_BYTES and isinstance(reading.value, int):
            free = reading.value
            full = Light.ACT if free < NO_DISK_BYTES else Light.LOOK if free < LOW_DISK_BYTES else Light.OK
            words = Words(f"存储卡剩余 {free // 1_000_000} MB", f"{free // 1_000_000} MB free on the card")
            yield Finding(f"{device} disk", full, words, NOTHING if full is Light.OK else CALL)


# ---------------------------------------------------------------- the document


def document(state: State, site: Site, now: Now) -> dict[str, object]:
    """The health document, the same on the terminal, on MQTT and on pages. Durations in seconds."""
    found = findings(state, site, now)
    return {
        "station": site.station,
        "light": light(found).value,
        "version": site.version,
        "boot": now.boot,
        "up_s": now.steady_ms // 1000,
        "clock": now.trust.value,
        "link": "up" if state.observed.link_up else "down",
        "waiting_rows": sum(extent.tail_seq - extent.cursor_seq for extent in state.observed.extents),
        "services": offers.document(Turn(state, now, site)),
        "screens": sorted(site.screens),
        "colour": site.colour,
        "help_phone": site.help_phone,
        "name": {"zh": site.words.zh, "en": site.words.en},
        "findings": [_told(finding) for finding in found],
    }


def _told(finding: Finding) -> dict[str, str]:
    told = {"about": finding.about, "light": finding.light.value, "zh": finding.words.zh, "en": finding.words.en}
    if finding.light is Light.OK:
        return told
    return {**told, "next_zh": finding.next_step.zh, "next_en": finding.next_step.en}


def react(turn: Turn, signal: Signal) -> None:
    """Answer whoever asks on this machine; tell the office of every light that changes, of offers, and now and then."""
    if isinstance(signal, Asked) and signal.question == "health":
        text = json.dumps(document(turn.state, turn.site, turn.now), ensure_ascii=False)
        turn.ask_at_once(Answer(signal.device, signal.question_id, text))
    newest = next((extent for extent in turn.state.observed.extents if not extent.closed), None)
    if not turn.state.observed.link_up or newest is None:
        return
    volatile, now_ms = turn.state.volatile, turn.now.steady_ms
    if now_ms < volatile.health_look_ms:
        if not volatile.health_look_due:
            turn.remember(health_look_due=True)
        return
    turn.remember(health_look_ms=now_ms + LOOK_EVERY_MS, health_look_due=False)
    lights = ",".join(f"{one.about}={one.light}" for one in findings(turn.state, turn.site, turn.now))
    offered = offers.summary(turn)
    at_ms = volatile.health_at_ms
    if offered != volatile.offers_sent:
        at_ms = min(at_ms, volatile.health_sent_ms + SEND_OFFERS_MS)
    if lights == volatile.health_sent and now_ms < at_ms:
        if at_ms != volatile.health_at_ms:
            turn.remember(health_at_ms=at_ms)
    else:
        turn.remember(
            health_sent=lights, offers_sent=offered, health_sent_ms=now_ms, health_at_ms=now_ms + SEND_EVERY_MS
        )
        text = json.dumps(document(turn.state, turn.site, turn.now), ensure_ascii=False)
        turn.ask_at_once(SendHealth(turn.site.link, text, newest.journal, newest.tail_seq))


def deadline(state: State) -> int | None:
    """When the office is told again, or something that has happened meanwhile is looked at (steady)."""
    volatile = state.volatile
    if not state.observed.link_up or not state.observed.extents:
        return None
    return volatile.health_look_ms if volatile.health_look_due else max(volatile.health_look_ms, volatile.health_at_ms)
