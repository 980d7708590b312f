"""Messages that could not be taken are sent on once, as they came, with why."""

import json
from base64 import b64encode
from collections.abc import Generator

import psycopg
import pytest

from ledger.ledger import Ledger
from projections.broker.client import BrokerAway
from projections.broker.topics import REJECTED
from projections.outbox.rejected import MOST_BYTES, RejectedMessages
from tests.outbox.publishers import publish
from tests.outbox.topics import Topics
from tests.store.opened import sandbox

PROBLEM = {"type": "/problems/malformed-body", "title": "not JSON", "status": 422, "detail": "…"}
TABLE = """
CREATE TABLE IF NOT EXISTS rejected_message (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL,
    partition integer NOT NULL, "offset" bigint NOT NULL, key bytea, value bytea,
    headers json NOT NULL, problem json NOT NULL, at bigint NOT NULL)
"""


@pytest.fixture
def connection(dsn: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as made:
        made.execute(TABLE)
        yield made


def reject(connection: psycopg.Connection, offset: int, value: bytes | None) -> None:
    headers = [["a", b64encode(b"\xff").decode()], ["problem", None], ["empty", None]]
    connection.execute(
        'INSERT INTO rejected_message (topic, partition, "offset", key, value, headers, problem, '
        "at) VALUES ('commands', 0, %s, %s, %s, %s, %s, 0)",
        (offset, b"\x00key", value, json.dumps(headers), json.dumps(PROBLEM)),
    )


def left(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM rejected_message").fetchone()
    assert row is not None
    return row[0]


def publish_all(ledger: Ledger, topics: Topics, connection: psycopg.Connection) -> None:
    publish(ledger, topics.broker, RejectedMessages(connection))


def test_they_come_byte_for_byte_with_their_problem(
    dsn: str, connection: psycopg.Connection
) -> None:
    topics = Topics()
    with sandbox(dsn) as ledger:
        reject(connection, 1, b"\xff not JSON")
        reject(connection, 2, None)
        publish_all(ledger, topics, connection)
    first, second = topics.said(REJECTED)
    assert (first.key, first.value, second.value) == (b"\x00key", b"\xff not JSON", None)
    assert first.headers[:2] == (("a", b"\xff"), ("empty", b""))
    assert json.loads(dict(first.headers)["problem"]) == PROBLEM
    assert left(connection) == 0


@pytest.mark.parametrize("trouble", ["away", "lost_answers"])
def test_they_come_once_whatever_breaks(
    dsn: str, connection: psycopg.Connection, trouble: str
) -> None:
    topics = Topics()
    with sandbox(dsn) as ledger:
        publish_all(ledger, topics, connection)
        for n in range(3):
            reject(connection, n, b"%d" % n)
        setattr(topics, trouble, 1)
        with pytest.raises(BrokerAway):
            publish_all(ledger, topics, connection)
        reject(connection, 3, b"3")
        publish_all(ledger, topics, connection)
        publish_all(ledger, topics, connection)
    assert [each.value for each in topics.said(REJECTED)] == [b"0", b"1", b"2", b"3"]
    assert left(connection) == 0


def test_large_ones_go_a_few_at_a_time_and_all_of_them(
    dsn: str, connection: psycopg.Connection
) -> None:
    topics, large = Topics(), 900_000
    with sandbox(dsn) as ledger:
        publish_all(ledger, topics, connection)
        before = len(topics.transactions)
        for n in range(12):
            reject(connection, n, b"%d" % (n % 10) * large)
        reject(connection, 12, b"x" * 2 * MOST_BYTES)
        publish_all(ledger, topics, connection)
    sent = [
        [len(each.value or b"") for each in batch if each.topic == REJECTED]
        for batch in topics.transactions[before:]
    ]
    assert sent == [[large] * 4, [large] * 4, [large] * 4, [2 * MOST_BYTES]]
    assert left(connection) == 0
