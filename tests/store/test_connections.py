"""Connections of readers: nobody waits for ever, and nobody queues for a database that hangs."""

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from ledger.store.connections import BELIEVED_S, SILENT_S, Bounded, Pulse, Readers
from ledger.store.opening import connect_alone


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_that_does_not_come_closes_the_connection(dsn: str) -> None:
    with Bounded.connect(dsn, autocommit=True) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.answer_s = 0.2
        with pytest.raises(psycopg.OperationalError, match="did not answer in time"):
            connection.execute("SELECT pg_sleep(5)")
        assert connection.closed


def test_a_refusal_of_the_database_is_no_silence(dsn: str) -> None:
    with Bounded.connect(dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT FROM nothing_of_this_name")
        assert not connection.closed


def test_a_short_absence_is_no_silence() -> None:
    watch = Watch()
    pulse = Pulse(watch)
    assert not pulse.silent()
    pulse.failed(since=watch.now)
    watch.now += SILENT_S
    assert not pulse.silent()
    watch.now += 0.1
    assert pulse.silent()
    pulse.answered()
    assert not pulse.silent()


def test_silence_is_believed_for_a_while_and_tried_again() -> None:
    watch = Watch()
    pulse = Pulse(watch)
    pulse.failed(since=watch.now - SILENT_S - 1)
    assert pulse.silent()
    watch.now += BELIEVED_S
    assert not pulse.silent(), "whoever asks now finds out"
    pulse.failed(since=watch.now)
    assert pulse.silent(), "and the others need not"


def test_nobody_queues_for_a_silent_database_and_a_knock_finds_it_back(dsn: str) -> None:
    pulse = Pulse()
    with Readers(dsn, 2, pulse) as readers:
        with readers.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        pulse.failed(since=-1e9)
        with pytest.raises(PoolTimeout), readers.connection():
            pass
        readers.knock()
        with readers.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_address_where_nobody_listens_fails(dsn: str) -> None:
    pulse = Pulse()
    with pytest.raises(psycopg.OperationalError):
        Bounded.connect(dsn, port="1", pulse=pulse)
    assert not pulse.silent()
    pulse.failed(since=0)
    with Bounded.connect(dsn, pulse=pulse):
        assert not pulse.silent()


def test_who_keeps_a_lease_is_missed_when_its_machine_is_gone(dsn: str) -> None:
    with connect_alone(dsn, "outbox") as connection:
        given = connection.info.get_parameters()
    assert "tcp_keepalives_idle=10" in given["options"]
    assert given["tcp_user_timeout"] == "30000"
