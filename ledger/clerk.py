"""The clerk takes requests, loads what they are about, decides and appends: many requests, one
transaction.

Durable writing costs a disk's flush however much is written, so whatever waits is taken
together. Each request still gets its own answer or refusal, and a refusal changes nothing
for its neighbours.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread
from time import perf_counter
from typing import Final, NamedTuple

from ledger.store.journal import Journal
from ledger.store.refusals import Busy, NotNow, Unavailable
from ledger.store.tally import SECONDS, SIZES, Tally
from ledger.store.turn import Turn
from ledger.taking.requests import Outcome, Request
from ledger.taking.take import look_up, take_each

MOST_WAITING: Final = 20_000
MOST_AT_ONCE: Final = 2_000
"""Requests in one transaction: more saves no time, and the first would wait for the last."""


class Clerk:
    """Writes what requests bring, in a thread of its own. `submit` may be called from any
    thread.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: Queue[Submitted | None] = Queue(MOST_WAITING)
        self._stopped = False
        self._thread = Thread(target=self._run, name="clerk", daemon=True)
        self.requests = Tally(SIZES)
        """Requests in a transaction."""
        self.durable_seconds = Tally(SECONDS)
        """From a submission to its answer, refusals and failures included."""

    def start(self) -> None:
        """Begin to take requests."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, and take no more."""
        self._stopped = True
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()
        self._turn_away()
        self._journal.close()

    def _turn_away(self) -> None:
        """Answer who came while the thread was ending."""
        with suppress(Empty):
            while True:
                left = self._waiting.get_nowait()
                if left is not None and left.done.set_running_or_notify_cancel():
                    left.done.set_exception(Unavailable("the ledger is stopping"))

    def submit(self, requests: Sequence[Request]) -> "Future[list[Outcome]]":
        """Have requests written in order; the future gives an outcome for each, once it
        is durable.
        """
        return self._submit(None, len(requests), requests)

    def submit_work(
        self, work: "Callable[[Turn], list[Outcome]]", size: int
    ) -> "Future[list[Outcome]]":
        """Have other work done in its place among the requests, as long as `size` of them.

        Raises `Busy` when too many wait, `Unavailable` once the clerk was stopped.
        """
        return self._submit(work, size, ())

    def _submit(
        self,
        work: "Callable[[Turn], list[Outcome]] | None",
        size: int,
        requests: Sequence[Request],
    ) -> "Future[list[Outcome]]":
        if self._stopped:
            raise Unavailable("the ledger is stopping")
        done: Future[list[Outcome]] = Future()
        try:
            spans = self._journal.spans
            self._waiting.put_nowait(
                Submitted(work, size, requests, done, perf_counter(), spans.here())
            )
        except Full:
            raise Busy(f"{MOST_WAITING} submissions wait already") from None
        if self._stopped and not self._thread.is_alive():
            # It ended between the first look and the last: nobody else would answer.
            self._turn_away()
        return done

    def waiting(self) -> int:
        """How many submissions wait."""
        return self._waiting.qsize()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            size, stopping = first.size, False
            while size < MOST_AT_ONCE and not stopping:
                try:
                    following = self._waiting.get_nowait()
                except Empty:
                    break
                if following is None:
                    stopping = True
                else:
                    batch.append(following)
                    size += following.size
            # Who stopped waiting before we began asks for nothing; from here on nobody can.
            self._write([s for s in batch if s.done.set_running_or_notify_cancel()])
            if stopping:
                return

    def _write(self, batch: "list[Submitted]") -> None:
        if not batch:
            return
        try:
            answers = self._post(batch)
        except BaseException as failure:  # noqa: BLE001 - every requester has to hear of it
            if len(batch) == 1 or isinstance(failure, NotNow):
                self._note(batch)
                for each in batch:
                    each.done.set_exception(failure)
                return
            # One of them failed and nothing is written: alone, each answers for itself.
            for each in batch:
                self._write([each])
            return
        self._note(batch)
        for each, outcomes in zip(batch, answers, strict=True):
            each.done.set_result(outcomes)

    def _post(self, batch: "list[Submitted]") -> list[list[Outcome]]:
        requests = sum(len(each.requests) for each in batch)
        with self._journal.spans.transaction([each.origin for each in batch], requests):
            answers = self._journal.post(lambda turn: _do_all(turn, batch))
        if requests:
            self.requests.note(requests)
        return answers

    def _note(self, batch: "list[Submitted]") -> None:
        now = perf_counter()
        for each in batch:
            self.durable_seconds.note(now - each.since)


class Submitted(NamedTuple):
    """A piece of a transaction, and who waits for it."""

    work: Callable[[Turn], list[Outcome]] | None
    """None where it is requests."""
    size: int
    """As long as so many requests: by this transactions are filled."""
    requests: Sequence[Request]
    done: "Future[list[Outcome]]"
    since: float
    """When it was submitted, by a clock that only measures."""
    origin: object
    """What asked for it, as a tracer knows it."""


def _do_all(turn: Turn, batch: Sequence[Submitted]) -> list[list[Outcome]]:
    # What the database has to be asked is asked once for all of them, and not for each.
    keys = look_up(turn, [request for each in batch for request in each.requests])
    return [
        take_each(turn, each.requests, keys) if each.work is None else each.work(turn)
        for each in batch
    ]
