"""What the doctor finds of Kafka: whether it answers, its topics, and how far behind we are."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from api.doctor_finding import Finding
from api.kafka import kafka_address
from api.settings import BadSettings, Settings
from api.workers.reports import MOST_REJECTED, Reports, read_reports
from projections.broker.address import Address
from projections.broker.client import BrokerFailure
from projections.broker.preparing import see_topics
from projections.tree.leaves import log_end

FAR_BEHIND: Final = 100_000
"""Facts or commands; a second or two of them wait while all goes well."""


def kafka(connection: "psycopg.Connection[Any]", settings: Settings) -> Iterator[Finding]:
    """Whether the broker answers, how its topics are, and how far behind publishing is."""
    try:
        address = kafka_address(settings)
    except BadSettings as bad:
        yield Finding("kafka", "fail", str(bad), "correct the setting")
        return
    if address is None:
        yield Finding("kafka", "ok", "LEDGER_KAFKA_BOOTSTRAP is not set: nothing goes there")
        return
    yield from of_broker(address)
    yield from workers(connection)


def of_broker(address: Address) -> Iterator[Finding]:
    """Whether the broker answers, and whether its topics are as they should be."""
    try:
        seen = see_topics(address)
    except BrokerFailure as failure:
        says = f"{address.bootstrap} does not answer as it should: {failure}"
        do = "see that the broker runs, and that LEDGER_KAFKA_… let this machine in"
        yield Finding("kafka", "fail", says, do)
        return
    brokers = "one broker" if seen.brokers == 1 else f"{seen.brokers} brokers"
    yield Finding("kafka", "ok", f"{address.bootstrap} answers, with {brokers}")
    if seen.missing:
        says = f"missing: {', '.join(seen.missing)}"
        do = "start anew what publishes and consumes (or the server): as it begins it makes them"
        yield Finding("kafka topics", "warn", says, do)
    for difference in seen.differences:
        yield Finding("kafka topics", "warn", difference)  # which says what to do
    if not seen.missing and not seen.differences:
        yield Finding("kafka topics", "ok", "all there, with the settings that they should have")


def workers(connection: "psycopg.Connection[Any]") -> Iterator[Finding]:
    """What those say that publish and consume, wherever they run."""
    with connection.cursor() as cursor:
        told, end = read_reports(cursor), log_end(cursor)
    yield _working(told, end)
    parked = max((each.parked for each in told.fresh("publish")), default=0)
    if parked:
        says = f"of {parked:,} streams nothing is published since a fact of each could not be"
        do = "the log of what publishes names them and why; mended, they follow within a minute"
        yield Finding("kafka parked", "warn", says, do)


def _working(told: Reports, end: int) -> Finding:
    behind = max(0, end - told.published_to)
    says = (
        f"published up to {told.published_to:,} of {end:,}; {told.commands_waiting:,} commands and "
        f"{told.rejected_waiting:,} rejected messages wait"
    )
    absent = [name for name in ("publish", "consume") if not told.fresh(name)]
    if told.errors:
        errors = "; ".join(f"{worker}: {error}" for worker, error in told.errors)
        do = "mend what is said here of Kafka; they go on by themselves. Else see the broker's log"
        return Finding("kafka workers", "warn", f"{says}; {errors}", do)
    if absent:
        do = f"start a server, or `seller-ledger worker {absent[0]}`"
        return Finding("kafka workers", "warn", f"{says}; nobody does: {', '.join(absent)}", do)
    if max(behind, told.commands_waiting) > FAR_BEHIND or told.rejected_waiting >= MOST_REJECTED:
        return Finding("kafka workers", "warn", says, "see whether they catch up")
    return Finding("kafka workers", "ok", says)
