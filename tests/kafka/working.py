"""`seller-ledger worker …` as a process, for tests that kill it, freeze it, and begin it again."""

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from deploy.broker.running import leashed
from projections.broker.address import Client
from tests.kafka.running import ROOT

CLIENTS: Final[tuple[Client, ...]] = ("kafka-python", "confluent")
STOP_S: Final = 10.0
SURPRISES: Final = (
    "publishing failed",
    "a command could not be decided",
    "a stream cannot be published further",
    "a standing cannot be published",
    "a worker broke off",
)
"""What no broker, network or database may bring about."""


class Worker:
    """`seller-ledger worker …` as a process that may be killed, frozen and begun again."""

    def __init__(self, name: str, folder: Path, chance: random.Random, **settings: str) -> None:
        self.log = folder / f"{name}.log"
        self.kills = 0
        self._name = name
        self._chance = chance
        self._kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
        self._kept |= {"LEDGER_DATA_DIR": str(folder), **settings}
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    def begin(self) -> None:
        """Begin it with either client, and wait for nothing."""
        client = self._chance.choice(CLIENTS)
        with self.log.open("ab") as log:
            self._said_before = log.tell()
            self._process = subprocess.Popen(
                leashed([sys.executable, "-m", "api.cli", "worker", self._name]),
                cwd=ROOT,
                env={**self._kept, "LEDGER_KAFKA_CLIENT": client},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def kill(self) -> None:
        """End it without notice."""
        self._signal(signal.SIGKILL)
        self._ended().wait()
        self.kills += 1

    def freeze(self) -> None:
        """Let it do nothing, with all that it holds open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if no time had passed."""
        self._signal(signal.SIGCONT)

    def lives(self) -> bool:
        """Whether it was begun, and not killed since: by itself it never ends."""
        if self._process is None or self._process.returncode is not None:
            return False
        assert self._process.poll() is None, self.log.read_text()[-2000:]
        return True

    def end(self) -> None:
        """Ask it to end, which it does in time."""
        self._signal(signal.SIGTERM)
        status = self._ended().wait(STOP_S)
        # One that has not come to itself yet ends as any process does.
        said_nothing = self.log.stat().st_size == self._said_before
        ends = (0, -signal.SIGTERM) if said_nothing else (0,)
        assert status in ends, (status, self.log.read_text()[-2000:])

    def give_up(self) -> None:
        """Whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def said(self, event: str) -> int:
        """How often it logged this."""
        return sum(line.get("event") == event for line in self.lines())

    def surprises(self) -> list[dict[str, Any]]:
        """What it logged as its own failure, and not as somebody else's."""
        return [line for line in self.lines() if line.get("event") in SURPRISES]

    def lines(self) -> list[dict[str, Any]]:
        """What it logged; the last line of one that was killed may be cut off."""
        found: list[dict[str, Any]] = []
        for line in self.log.read_text(errors="replace").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
        return found

    def _ended(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    def _signal(self, what: signal.Signals) -> None:
        process = self._ended()
        assert process.poll() is None, f"ended by itself: {self.log.read_text()[-2000:]}"
        process.send_signal(what)
