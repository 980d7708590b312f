"""The log is an application of the eventsourcing library: its own tests, its plain
recorder, its followers.
"""

from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import (
    ApplicationRecorder,
    DataError,
    IntegrityError,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.projection import ApplicationSubscription
from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from msgspec.structs import replace

from ledger.facts.disputes import DisputeOpened
from ledger.facts.ids import seller_of
from ledger.facts.instants import DAY_US
from ledger.facts.kinds import from_bytes, name_of, to_bytes
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from ledger.store.application import LedgerApplication, environment
from ledger.store.loading import SQL
from ledger.store.recorder import LedgerRecorder
from tests.spec.described import instant_of
from tests.spec.disputed import claim
from tests.store.opened import annulment, opened, violation
from tests.store.test_clocks import Hands


def datastore(dsn: str) -> PostgresDatastore:
    given = environment(dsn)
    return PostgresDatastore(
        given["POSTGRES_DBNAME"],
        given["POSTGRES_HOST"],
        given["POSTGRES_PORT"],
        given["POSTGRES_USER"],
        given["POSTGRES_PASSWORD"],
        originator_id_type="text",
        pool_size=2,
        max_overflow=12,
    )


class _OnOurTables:
    """Text ids, as our streams have; an empty log that was begun. Nothing else is adapted."""

    @pytest.fixture(autouse=True)
    def begun(self, dsn: str) -> Iterator[None]:
        with psycopg.connect(dsn) as connection:
            connection.execute(SQL["begin_log"], {"clock": "system", "pack": "aliexpress"})
        self.datastore = datastore(dsn)
        yield
        self.datastore.close()

    def new_originator_id(self) -> str:
        return str(super().new_originator_id())  # type: ignore[misc]

    def create_recorder(self) -> ApplicationRecorder:
        recorder = LedgerRecorder(self.datastore)
        recorder.create_table()
        return recorder


class TestOfTheLibrary(_OnOurTables, ApplicationRecorderTestCase):  # type: ignore[type-arg]
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNothingInterleaves(_OnOurTables, NonInterleavingNotificationIDsBaseCase):
    pass


def event(stream: str, version: int, state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(stream, version, "something.v1", state)


@pytest.fixture
def app(dsn: str) -> Iterator[LedgerApplication]:
    """The library's view of a ledger in which something has happened."""
    with opened(dsn) as ledger:
        for number in range(3):
            ledger.handle(violation("s-1", f"v-{number}"), "svc")
        ledger.handle(annulment("s-1", "v-1"), "svc")
        ledger.handle(violation("s-2", "v-1", "fake-reviews"), "svc")
    with LedgerApplication(environment(dsn)) as application:
        yield application


def test_the_application_follows_the_notification_log(app: LedgerApplication) -> None:
    newest = app.recorder.max_notification_id()
    assert newest is not None
    found = app.notification_log.select(start=1, limit=newest)
    assert [n.id for n in found] == list(range(1, newest + 1))
    assert found[2].topic == "violation-recorded.v1"
    section = app.notification_log["1,10"]
    assert section.id == f"1,{min(10, newest)}"


def test_the_repository_rebuilds_a_seller(app: LedgerApplication, dsn: str) -> None:
    with opened(dsn) as ledger:
        ours = ledger.reader.seller("s-1")
        theirs = app.seller("s-1")
        assert theirs == replace(ours, position=0)
        earlier = app.seller("s-1", version=1)
        assert earlier.version == 1
    with pytest.raises(AggregateNotFoundError):
        app.seller("nobody")


def test_a_subscription_sees_what_the_clerk_writes(app: LedgerApplication, dsn: str) -> None:
    newest = app.recorder.max_notification_id()
    with (
        opened(dsn) as ledger,
        ApplicationSubscription(app, gt=newest) as subscription,  # type: ignore[type-var]
    ):
        answer = ledger.handle(violation("s-3", "v-1"), "svc")
        followed, tracking = next(subscription)
        assert followed == ("seller-s-3", 1, answer.facts[0].fact)
        assert tracking.notification_id == answer.position


def test_the_library_alone_reads_the_log_and_rebuilds_a_seller(
    app: LedgerApplication, dsn: str
) -> None:
    with datastore(dsn) as opened_by_library:
        recorder = PostgresApplicationRecorder(opened_by_library)
        sellers: dict[str, Seller] = {}
        last = 0
        while page := recorder.select_notifications(last, 2, inclusive_of_start=False):
            for notification in page:
                assert notification.id == last + 1
                last = notification.id
                seller_id = seller_of(str(notification.originator_id))
                if seller_id is not None:
                    seller = sellers.get(seller_id, Seller(seller_id))
                    fact = from_bytes(notification.topic, notification.state)
                    sellers[seller_id] = evolve(seller, fact, notification.id)  # type: ignore[arg-type]
    with opened(dsn) as ledger:
        assert sellers == {s: ledger.reader.seller(s) for s in ("s-1", "s-2")}


def test_the_librarys_own_insert_cannot_write_around_the_lock(
    app: LedgerApplication, dsn: str
) -> None:
    with datastore(dsn) as opened_by_library:
        recorder = PostgresApplicationRecorder(opened_by_library)
        recorder.create_table()  # its composite type; our table is there already
        newest = recorder.max_notification_id()
        with pytest.raises(IntegrityError):
            recorder.insert_events([event("seller-s-1", 99)])
        assert recorder.max_notification_id() == newest


def test_large_batches_do_not_hang(app: LedgerApplication) -> None:
    newest = app.recorder.max_notification_id()
    assert newest is not None
    batch = [event("large", version, b"x" * 1_000) for version in range(2_000)]
    assert app.recorder.insert_events(batch) == list(range(newest + 1, newest + 2_001))


def test_a_failed_insert_gives_its_positions_back(app: LedgerApplication) -> None:
    newest = app.recorder.max_notification_id()
    assert newest is not None
    with pytest.raises(IntegrityError):
        app.recorder.insert_events([event("other", 1), event("seller-s-1", 1)])
    assert app.recorder.insert_events([event("other", 1)]) == [newest + 1]


def test_what_is_inserted_through_the_library_is_known_to_the_ledger(
    app: LedgerApplication, dsn: str
) -> None:
    with opened(dsn) as ledger:
        told = ledger.handle(violation("s-4", "v-1", "weapons"), "svc")
        fact = told.facts[0].fact
        again = replace(fact, violation_id="v-2", recorded_at=ledger.now())
        inserted = StoredEvent("seller-s-4", 2, name_of(again), to_bytes(again))
        assert app.recorder.insert_events([inserted]) == [told.position + 1]
        answer = ledger.handle(violation("s-4", "v-3", "fake-reviews"), "svc")
        assert answer.position == told.position + 2
        assert [v.violation_id for v in answer.seller.violations] == ["v-1", "v-2", "v-3"]


def test_what_is_inserted_of_a_dispute_falls_due_like_everything_else(
    app: LedgerApplication, dsn: str
) -> None:
    clock = Hands(instant_of("2030-01-10"))
    with opened(dsn, now=clock) as ledger:
        fact = ledger.handle(claim("2030-01-10"), "svc").facts[0].fact
        assert isinstance(fact, DisputeOpened)
        later = ledger.now()
        other = replace(fact, dispute_id="d-2", recorded_at=later, answer_until=later + DAY_US)
        inserted = StoredEvent("dispute-d-2", 1, name_of(other), to_bytes(other))
        app.recorder.insert_events([inserted])
        clock.at += 2 * DAY_US
        assert ledger.record_due() > 0
        kinds = ("dispute-deadline-passed",)
        (passed,) = ledger.reader.facts(0, 1_000, to=1 << 60, kinds=kinds)
        assert passed.stream == "dispute-d-2"
        assert ledger.record_due() == 0


def test_a_fact_dated_before_the_end_of_the_log_is_refused(
    app: LedgerApplication, dsn: str
) -> None:
    with opened(dsn) as ledger:
        first = ledger.handle(violation("s-5", "v-1"), "svc").facts[0].fact
        ledger.handle(violation("s-5", "v-2"), "svc")
    late = replace(first, violation_id="v-3")
    with pytest.raises(DataError, match="before the end of the log"):
        app.recorder.insert_events([StoredEvent("seller-s-5", 3, name_of(late), to_bytes(late))])


def test_a_log_that_was_not_begun_is_refused(dsn: str) -> None:
    with LedgerApplication(environment(dsn)) as app, pytest.raises(ProgrammingError, match="begun"):
        app.recorder.insert_events([event("s", 1)])
