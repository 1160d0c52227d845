"""The voice: the words reach the speech program and its sound the player; without them the line becomes text."""

import logging
import os
import time
from pathlib import Path

import pytest

from drivers import contract, voice
from drivers.contract import Clock, CommandDone, Outcome, Say, Signal, Unlock, Wires, Words
from drivers.voice import Driver, Settings
from drivers.wire import RealWires
from station.clock import SteadyClock

WORDS = Words("门开了，请进", "The door is open, come in")


def make(**settings: object) -> Driver:
    wires: Wires = RealWires()
    clock: Clock = SteadyClock()
    return Driver("speaker", Settings.model_validate({"driver": "voice", **settings}), wires, clock)


def say(driver: Driver, words: Words = WORDS) -> Signal:
    (signal,) = driver.execute(Say("speaker", words))
    return signal


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path on which the two programs write down what they were given; the real ones need a sound device."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    install(tmp_path, "espeak-ng", 'echo "$@" >> "$0.asked"; cat >> "$0.asked"; echo >> "$0.asked"; printf SOUND')
    install(tmp_path, "aplay", 'echo "$@" >> "$0.asked"; cat >> "$0.asked"; echo >> "$0.asked"')
    return tmp_path


def install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_both_languages_are_spoken_and_played(programs: Path) -> None:
    driver = make(sound_device="plughw:1,0")
    assert say(driver) == CommandDone("speaker", "Say", Outcome.ACKED, "spoken")
    assert (programs / "espeak-ng.asked").read_text().splitlines() == [
        "-v cmn-latn-pinyin -s 150 --stdin --stdout",
        WORDS.zh,
        "-v en -s 150 --stdin --stdout",
        WORDS.en,
    ]
    assert (programs / "aplay.asked").read_text().splitlines() == ["-q -D plughw:1,0", "SOUND"] * 2


def test_words_are_never_options_and_never_endless(programs: Path) -> None:
    say(make(), Words("--version", "x" * 5_000))
    asked = (programs / "espeak-ng.asked").read_text().splitlines()
    assert asked[1] == "--version"
    assert asked[3] == "x" * voice.MAX_TEXT


def test_without_the_programs_the_line_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with caplog.at_level(logging.INFO):
        done = say(make())
    assert done == CommandDone(
        "speaker", "Say", Outcome.ACKED, "as text: espeak-ng and aplay (alsa-utils) are not both installed"
    )
    assert "门开了，请进 / The door is open, come in" in caplog.text


def test_without_a_sound_device_the_line_is_written(programs: Path, caplog: pytest.LogCaptureFixture) -> None:
    install(programs, "aplay", "exit 1")
    with caplog.at_level(logging.INFO):
        done = say(make())
    assert isinstance(done, CommandDone)
    assert done.detail.startswith("as text: CalledProcessError")
    assert "The door is open" in caplog.text


def test_a_program_that_hangs_is_ended(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "SYNTHESIS_SECONDS", 0.2)
    install(programs, "espeak-ng", "exec sleep 30")
    begin = time.monotonic()
    done = say(make())
    assert isinstance(done, CommandDone)
    assert done.detail.startswith("as text: TimeoutExpired")
    assert time.monotonic() - begin < 5


def test_it_waits_for_commands_only_and_refuses_others() -> None:
    driver: contract.Driver = make()
    assert driver.rest_ms() is None
    assert driver.poll() == []
    with pytest.raises(TypeError, match="a voice cannot do Unlock"):
        driver.execute(Unlock("speaker", 1))
    driver.close()
