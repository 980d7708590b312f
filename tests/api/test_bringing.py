"""Outcomes on their way from the clerk's thread to the loop that waits."""

import asyncio
from concurrent.futures import Future
from threading import Thread
from typing import Any

import pytest

from api import bringing
from api.bringing import brought, waited_for
from ledger.store.refusals import Busy, Unavailable


def answered_elsewhere(*told: tuple["Future[Any]", Any]) -> None:
    def run() -> None:
        for done, outcome in told:
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)

    thread = Thread(target=run)
    thread.start()
    thread.join()


def test_many_answers_each_reach_who_asked() -> None:
    async def run() -> None:
        asked: list[Future[Any]] = [Future() for _ in range(200)]
        waiting = [asyncio.ensure_future(brought(done)) for done in asked]
        await asyncio.sleep(0)
        answered_elsewhere(*((done, [n]) for n, done in enumerate(asked)))
        assert await asyncio.gather(*waiting) == [[n] for n in range(200)]

    asyncio.run(run())


def test_one_that_failed_leaves_its_neighbours_alone() -> None:
    async def run() -> list[Any]:
        asked: list[Future[Any]] = [Future() for _ in range(3)]
        waiting = [asyncio.ensure_future(brought(done)) for done in asked]
        await asyncio.sleep(0)
        answered_elsewhere((asked[0], ["a"]), (asked[1], Busy("full")), (asked[2], ["c"]))
        return await asyncio.gather(*waiting, return_exceptions=True)

    first, failed, last = asyncio.run(run())
    assert (first, last) == (["a"], ["c"])
    assert isinstance(failed, Busy)


def test_an_answer_that_was_there_already() -> None:
    done: Future[Any] = Future()
    done.set_result(["there"])
    assert asyncio.run(brought(done)) == ["there"]


def test_who_stops_waiting_asks_for_nothing_that_was_not_begun() -> None:
    async def run() -> "Future[Any]":
        done: Future[Any] = Future()
        waiting = asyncio.ensure_future(brought(done))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return done

    assert asyncio.run(run()).cancelled()


@pytest.mark.parametrize(
    ("begun", "says"), [(False, "nothing was written"), (True, "ask again with the same id")]
)
def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch, begun: bool, says: str) -> None:
    monkeypatch.setattr(bringing, "PATIENCE_S", 0.05)
    done: Future[Any] = Future()
    if begun:
        done.set_running_or_notify_cancel()
    with pytest.raises(Unavailable, match=says):
        asyncio.run(brought(done))
    assert done.cancelled() is not begun


def test_a_thread_waits_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "PATIENCE_S", 0.05)
    done: Future[Any] = Future()
    with pytest.raises(Unavailable, match="in time"):
        waited_for(done)
    assert done.cancelled()
    answered: Future[Any] = Future()
    answered_elsewhere((answered, ["told"]))
    assert waited_for(answered) == ["told"]
