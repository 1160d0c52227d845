"""The station's voice: a line in Chinese, then in English, spoken by espeak-ng through ALSA's aplay.

Where one of the two programs or the sound device is missing the line is written to the log, so that nothing is lost.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from drivers.contract import Clock, Command, CommandDone, Outcome, Quantity, Say, Signal, Wires
from drivers.settings import DeviceSettings

MAX_TEXT = 100
"""Characters of one language that are spoken; longer ones are cut."""

SYNTHESIS_SECONDS = 3.0
PLAY_SECONDS = 10.0

ENGLISH = "en"
CHINESE = "cmn-latn-pinyin"
"""Not "cmn": espeak-ng 1.51, which Debian 12 has, then reads every tone as an English number (espeak-ng#1028)."""

_log = logging.getLogger(__name__)


class Settings(DeviceSettings):
    """One loudspeaker."""

    driver: Literal["voice"]
    sound_device: str = Field(
        "default", pattern=r"^[A-Za-z0-9:=,._-]{1,64}$", description="ALSA device, as listed by aplay -L"
    )
    words_per_minute: int = Field(150, ge=80, le=300)


class Driver:
    """Does `Say`. Blocks while it speaks; the newest line in the runner's queue waits its turn."""

    accepts: ClassVar[frozenset[type[Command]]] = frozenset({Say})
    gives: ClassVar[frozenset[Quantity]] = frozenset()

    def __init__(self, name: str, settings: Settings, wires: Wires, clock: Clock) -> None:  # noqa: ARG002 - no wire
        self._name = name
        self._settings = settings

    def execute(self, command: Command) -> Iterable[Signal]:
        """Speak, or write; `detail` says which."""
        if not isinstance(command, Say):
            raise TypeError(f"a voice cannot do {type(command).__name__}")
        why_not = ""
        for voice, text in ((CHINESE, command.words.zh), (ENGLISH, command.words.en)):
            why_not = why_not or self._speak(voice, text[:MAX_TEXT])
        if why_not:
            _log.info("%s says: %s / %s (%s)", self._name, command.words.zh, command.words.en, why_not)
        return [CommandDone(self._name, "Say", Outcome.ACKED, f"as text: {why_not}" if why_not else "spoken")]

    def _speak(self, voice: str, text: str) -> str:
        """Why it could not be heard; empty when it was."""
        synthesis, player = shutil.which("espeak-ng"), shutil.which("aplay")
        if synthesis is None or player is None:
            return "espeak-ng and aplay (alsa-utils) are not both installed"
        # The text goes in by standard input: whatever it begins with, it is no option.
        speak = [synthesis, "-v", voice, "-s", str(self._settings.words_per_minute), "--stdin", "--stdout"]
        play = [player, "-q", "-D", self._settings.sound_device]
        try:
            sound = subprocess.run(
                speak, input=text.encode(), capture_output=True, timeout=SYNTHESIS_SECONDS, check=True
            ).stdout
            subprocess.run(play, input=sound, capture_output=True, timeout=PLAY_SECONDS, check=True)
        except (subprocess.SubprocessError, OSError) as fault:
            return f"{type(fault).__name__}: {fault}"
        return ""

    def poll(self) -> Iterable[Signal]:
        return []

    def rest_ms(self) -> None:
        return None

    def close(self) -> None:
        """Nothing is held between two lines."""
