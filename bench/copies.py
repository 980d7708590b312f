"""A storefront's copy of the topic: how soon it hears of a commit; and, by
`python -m bench.copies 100000`, what a copy of so many sellers takes to fill and to keep.
"""

import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec

from api.client import Standings, Topic
from api.client.answering import reader_of
from api.client.copies import Copies
from api.client.following_topic import TopicFollower
from api.client.sources import TOLD_AGE_S
from api.client.standing import Copy
from api.opening import system_now
from api.representations import Bucket, Standing
from bench.brokers import broker, own_topics
from bench.storefront import answers_of
from ledger.facts.instants import format_instant
from projections.broker.address import Address
from projections.broker.messages import Message
from projections.broker.opening import open_sender
from projections.broker.topics import STANDING
from projections.outbox.progress import Progress

AT_ONCE = 10_000
_NOBODY = "http://127.0.0.1:1"


class Noting(Copies):
    """Copies that note when each position came to be answered from them."""

    def __init__(self) -> None:
        super().__init__(TOLD_AGE_S, time.time)
        self.arrived: dict[int, float] = {}

    def take(self, seller_id: str, copy: Copy) -> None:
        """As it is, and when."""
        super().take(seller_id, copy)
        self.arrived.setdefault(copy.position, time.perf_counter())


@contextmanager
def noting(address: Address) -> Generator[Noting]:
    """A copy that follows."""
    copies, topic = Noting(), Topic(address)
    follower = TopicFollower(partial(reader_of, topic), topic.progress, copies)
    try:
        yield copies
    finally:
        follower.stop()


def main(count: int) -> None:
    """Fill a topic with standings of so many sellers, read it, and print what that took."""
    sellers = [f"s-{number:07d}" for number in range(count)]
    with broker() as bootstrap:
        address = own_topics(bootstrap)
        size = len(msgspec.json.encode(_standing(sellers[0], 0)))
        with closing(open_sender(address, "bench")) as sender:
            for first in range(0, count, AT_ONCE):
                some = range(first, min(first + AT_ONCE, count))
                sender.send([_message(sellers[number], number) for number in some])
            for _ in range(2):
                now = Progress(count, looked_at=system_now(), as_of=system_now())
                sender.send([now.record(None, None).message("bench")])
            # In a process of its own, so that what filling took is not counted with it.
            reading = get_context("spawn").Process(target=_read, args=(address, sellers, size))
            reading.start()
            reading.join()


def _read(address: Address, sellers: list[str], size: int) -> None:
    count = len(sellers)
    before, cpu, began = _resident(), time.process_time(), time.perf_counter()
    with Standings(_NOBODY, source=Topic(address), max_age_s=3_600) as standings:
        assert standings.wait_until_complete(600)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        kept = (_resident() - before) / count
        told = answers_of(standings, sellers)
        assert len(standings) == count
    print(
        f"{count:,} sellers of {size} bytes: complete after {took:.1f} s ({cpu:.1f} s of processor "
        f"time), {kept:,.0f} bytes of memory each; {told.a_second:,.0f} answers/s, "
        f"p50 {told.p50_us:.2f} µs, p99 {told.p99_us:.2f} µs",
        flush=True,
    )


def _message(seller_id: str, number: int) -> Message:
    return Message(STANDING, seller_id.encode(), msgspec.json.encode(_standing(seller_id, number)))


def _standing(seller_id: str, number: int) -> Standing:
    """One of a seller with some points and nothing in force, each with instants of its own."""
    at = 1_790_000_000_000_000 + 1_000_003 * number
    until = format_instant(at + 365 * 86_400_000_000)
    return Standing(
        seller_id=seller_id,
        as_of=format_instant(at),
        known_at=format_instant(at),
        position=str(number + 1),
        policy="aliexpress@2020-01-01",
        status="active",
        can_sell=True,
        can_promote=True,
        can_withdraw=True,
        buckets=(
            Bucket("points", number % 40, 48, 48 - number % 40, "suspension"),
            Bucket("strikes", 0, 3, 3, "suspension"),
        ),
        sanctions=(),
        freezes=(),
        next_change_at=until,
        valid_until=until,
    )


def _resident() -> int:
    """Bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


if __name__ == "__main__":
    main(int(sys.argv[1]))
