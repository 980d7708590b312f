"""Clients that write to a server at once, and remember what they were told.

A request is *acknowledged* when an answer of 2xx came whole, *unknown* when none came or a 503
did: then the ledger may or may not have kept it, and `settle` asks again until somebody says.
"""

import http.client
import itertools
import json
import random
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

RULES: Final = ("false-delivery", "weapons", "unsent-orders", "fake-reviews")
LINES: Final = 20
ASKING_AGAIN: Final = 8
TIMEOUT_S: Final = 30.0
PATIENCE_S: Final = 90.0
"""How long a server may take to come back and answer what was asked before."""


@dataclass
class Asked:
    """One write, and what was told of it."""

    kind: str
    seller: str
    violation: str
    body: dict[str, Any]
    key: str | None = None
    by: int = 0
    """The number of the client that asked."""
    status: int = 0
    answer: bytes | None = None
    """The first answer, whole; None for a line of a batch, whose answer is a line."""
    position: str = ""

    @property
    def path(self) -> str:
        path = f"/v1/sellers/{self.seller}/violations"
        return path if self.kind == "violation-recorded" else f"{path}/{self.violation}/annulment"

    @property
    def headers(self) -> dict[str, str]:
        head = {"Content-Type": "application/json"}
        return head if self.key is None else {**head, "Idempotency-Key": self.key}


@dataclass
class Told:
    """Everything that was asked, by how it ended."""

    acknowledged: list[Asked] = field(default_factory=list)
    unknown: list[Asked] = field(default_factory=list)
    broken: list[tuple[int, bytes]] = field(default_factory=list)
    """Answers that nobody should get: 500, or a refusal of something that is in order."""
    reads: int = 0
    unread: int = 0
    """Reads that were refused with 503, or that nobody answered."""


class Clients:
    """So many clients that ask `bases` in turn, from `with` to its end."""

    def __init__(self, name: str, bases: list[str], many: int = 8, pause_s: float = 0.002) -> None:
        self.told = Told()
        self._name = name
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(n, bases[n % len(bases)]), daemon=True)
            for n in range(many)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask for nothing more; what is under way is waited for."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(TIMEOUT_S + 10)
            assert not thread.is_alive(), "a request was neither answered nor refused"

    def _run(self, number: int, base: str) -> None:
        line = Connection(base)
        chance = random.Random(f"{self._name}-{number}")
        mine: list[Asked] = []
        for count in itertools.count():
            if self._stopping.wait(self._pause_s):
                break
            new = self._violation(number, count)
            draw = chance.random()
            if draw < 0.1 and mine:
                self._write(line, annulment(mine.pop(0)))
            elif draw < 0.2:
                self._batch(line, [self._violation(number, f"{count}-{n}") for n in range(LINES)])
            elif draw < 0.4:
                self._read(line, new.seller)
            elif self._write(line, new):
                mine.append(new)
        line.close()

    def _violation(self, number: int, count: int | str) -> Asked:
        # Some sellers are one client's own, one is everybody's: conflicts and neighbours both.
        violation = f"v-{number}-{count}"
        lot = zlib.crc32(violation.encode())
        seller = f"{self._name}-{number if lot % 4 else 'all'}"
        body = {
            "violation_id": violation,
            "rule": RULES[lot % len(RULES)],
            "source": "platform",
            "statement": f"seen by client {number}",
            "reported_by": f"client-{number}",
        }
        key = f"{self._name}-{violation}" if lot % 3 == 0 and isinstance(count, int) else None
        return Asked("violation-recorded", seller, violation, body, key, by=number)

    def _write(self, line: "Connection", asked: Asked) -> bool:
        asked.status, answer = line.post(asked.path, json.dumps(asked.body), asked.headers)
        if asked.status in (200, 201):
            asked.answer, asked.position = answer, json.loads(answer)["position"]
            self.told.acknowledged.append(asked)
        elif asked.status in (0, 503):
            self.told.unknown.append(asked)
        else:
            self.told.broken.append((asked.status, answer))
        return asked.status in (200, 201)

    def _batch(self, line: "Connection", batch: list[Asked]) -> None:
        told = [{"command": "record-violation", "seller_id": a.seller, **a.body} for a in batch]
        body = "\n".join(map(json.dumps, told))
        head = {"Content-Type": "application/x-ndjson"}
        _, answer = line.post("/v1/facts:batch", body, head)
        for asked in batch:
            asked.key = None
        *whole, _ = answer.split(b"\n")
        answers = {said["line"]: said for said in map(json.loads, whole)} if whole else {}
        for number, asked in enumerate(batch, start=1):
            said = answers.get(number)
            if said is None:
                self.told.unknown.append(asked)
            elif said["status"] == "accepted":
                asked.status, asked.position = 200, said["position"]
                self.told.acknowledged.append(asked)
            elif said["problem"]["status"] == 503:
                self.told.unknown.append(asked)
            else:
                self.told.broken.append((said["problem"]["status"], json.dumps(said).encode()))

    def _read(self, line: "Connection", seller: str) -> None:
        status, answer = line.get(f"/v1/sellers/{seller}/standing")
        self.told.reads += 1
        if status in (0, 503):
            self.told.unread += 1
        elif status != 200:
            self.told.broken.append((status, answer))


def annulment(of: Asked) -> Asked:
    """Take back what the ledger acknowledged."""
    body = {"reason": "found wrong", "annulled_by": of.body["reported_by"]}
    return Asked("violation-annulled", of.seller, of.violation, body)


def settle(base: str, told: Told, most_repeats: int = 40) -> int:
    """Ask again for everything unknown, until it is acknowledged; returns how many there were.

    What was acknowledged before answers a repeat with the very same bytes.
    """
    settled = len(told.unknown)
    _ask_each(base, told.unknown, _learn)
    told.acknowledged += told.unknown
    told.unknown.clear()
    _ask_each(base, told.acknowledged[:: max(1, len(told.acknowledged) // most_repeats)], _compare)
    return settled


def _learn(asked: Asked, status: int, answer: bytes) -> None:
    asked.status, asked.answer, asked.position = status, answer, json.loads(answer)["position"]


def _compare(asked: Asked, status: int, answer: bytes) -> None:
    assert json.loads(answer)["position"] == asked.position, (answer, asked)
    if asked.answer is not None:
        assert (status, answer) == (asked.status, asked.answer), (answer, asked)


def _ask_each(base: str, wanted: list[Asked], then: Callable[[Asked, int, bytes], None]) -> None:
    """Ask for each, as a few clients at once, until every one is acknowledged."""

    def ask(some: list[Asked]) -> None:
        line = Connection(base)
        for asked in some:
            until = time.monotonic() + PATIENCE_S
            while (found := line.post(asked.path, json.dumps(asked.body), asked.headers))[0] in (
                0,
                503,
            ):
                assert time.monotonic() < until, "the service did not resume"
            assert found[0] in (200, 201), (found, asked)
            then(asked, *found)
        line.close()

    with ThreadPoolExecutor(ASKING_AGAIN) as threads:
        list(threads.map(ask, [wanted[n::ASKING_AGAIN] for n in range(ASKING_AGAIN)]))


class Connection:
    """A kept connection that is opened anew when it broke. Status 0 is no answer, or half of one;
    then the answer is what had come of it.
    """

    def __init__(self, base: str) -> None:
        self._address = urlsplit(base)
        self._line: http.client.HTTPConnection | None = None

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, body: str | bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        sent = body if isinstance(body, bytes) else body.encode()
        return self._ask("POST", path, sent, headers)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._line is None:
            host, port = self._address.hostname or "", self._address.port
            self._line = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        try:
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
            return answer.status, answer.read()
        except http.client.IncompleteRead as cut:
            self.close()
            return 0, cut.partial
        except (OSError, http.client.HTTPException):
            self.close()
            time.sleep(0.25)  # where nobody listens, asking faster brings nothing
            return 0, b""
