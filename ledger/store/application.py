"""The ledger as an application of the eventsourcing library, for who knows the library.

app = LedgerApplication(environment(dsn))
app.notification_log.select(start=1, limit=10)
app.seller("s-1")
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from eventsourcing.application import Application
from eventsourcing.persistence import (
    JSONTranscoder,
    Mapper,
    MapperDeserialisationError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresFactory
from psycopg.conninfo import conninfo_to_dict

from ledger.facts.ids import seller_of, seller_stream
from ledger.facts.kinds import AnyFact, SellerFact, UnreadableFact, from_bytes, name_of, to_bytes
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from ledger.store.recorder import LedgerRecorder


class FactEvent(NamedTuple):
    """A fact with its address, as the library's domain events have it."""

    originator_id: str
    originator_version: int
    fact: AnyFact


class FactMapper(Mapper[str]):
    """Facts under their stable names and in our JSON, never under an import path."""

    def __init__(self) -> None:
        # Never asked: a fact's kind, not a transcoder, says how it is written.
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: object) -> StoredEvent:
        """The fact as it is stored."""
        assert isinstance(domain_event, FactEvent)
        stream, version, fact = domain_event
        return StoredEvent(stream, version, name_of(fact), to_bytes(fact))

    def to_domain_event(self, stored_event: StoredEvent) -> FactEvent:
        """The fact with its address; older versions are upcast."""
        try:
            fact = from_bytes(stored_event.topic, stored_event.state)
        except UnreadableFact as cause:
            raise MapperDeserialisationError(str(cause)) from cause
        return FactEvent(str(stored_event.originator_id), stored_event.originator_version, fact)


class LedgerFactory(PostgresFactory):
    """Makes the recorder of the one table that the ledger has, whatever the application
    is called.
    """

    application_recorder_class = LedgerRecorder

    def application_recorder(self) -> LedgerRecorder:
        """The recorder of the log."""
        return LedgerRecorder(self.datastore)


class LedgerApplication(Application[str]):
    """The log of a ledger, open for the library's followers, subscriptions and repository."""

    name = "ledger"

    def construct_mapper(self) -> FactMapper:
        """Facts are written and read by their kinds."""
        return FactMapper()

    def seller(self, seller_id: str, version: int | None = None) -> Seller:
        """What is known of a seller, now or after `version` facts.

        Raises the library's `AggregateNotFoundError` for one without facts.
        """
        # A seller is no aggregate of the library's; its repository only hands it on.
        projector: Any = project_seller
        stream = seller_stream(seller_id)
        return self.repository.get(stream, version=version, projector_func=projector)


def environment(dsn: str) -> dict[str, str]:
    """The library's environment for the ledger at a DSN."""
    address = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    return {
        "PERSISTENCE_MODULE": f"{LedgerFactory.__module__}:{LedgerFactory.__qualname__}",
        "ORIGINATOR_ID_TYPE": "text",
        "POSTGRES_DBNAME": address.get("dbname", ""),
        "POSTGRES_HOST": address.get("host", "localhost"),
        "POSTGRES_PORT": address.get("port", "5432"),
        "POSTGRES_USER": address.get("user", ""),
        "POSTGRES_PASSWORD": address.get("password", ""),
    }


def project_seller(seller: Seller | None, events: Iterable[FactEvent]) -> Seller | None:
    """What is known of a seller after further facts; None where there are none.

    A stream does not say where its facts stand in the log, so `position` stays as it was.
    """
    for event in events:
        if seller is None:
            seller = Seller(cast(str, seller_of(event.originator_id)))
        seller = evolve(seller, cast(SellerFact, event.fact), seller.position)
    return seller
