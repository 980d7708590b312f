"""Campaigns as they were announced, and every product's part in them: the tables `campaigns` and
`enrolments`. Time alone changes no row: what is locked its instants tell.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final, cast

import msgspec
from psycopg import Cursor

from ledger.facts.campaigns import CampaignAnnounced
from ledger.facts.ids import subject_of
from ledger.facts.kinds import EnrolmentsOwnFact
from ledger.facts.money import decimals_of
from ledger.promotions.enrolment import Enrolment
from ledger.promotions.evolve import evolve_enrolment
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "promotions.sql")


class Promotions(Projection):
    """Campaigns and enrolments as they stand where the projection is in the log."""

    name = "promotions"
    version = "1"
    tables = ("enrolments", "campaigns")
    by_stream = True

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its tables."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write the campaigns that are new, and the enrolments that the batch changed."""
        told = _told(batch)
        if told:
            begun = {stored.stream: stored.version for stored in reversed(told)}
            later = {stream: version for stream, version in begun.items() if version > 1}
            if later:
                wanted = (list(later), list(later.values()))
                rows = cursor.execute(SQL["facts_before"], wanted, binary=True).fetchall()
                told = [*(StoredFact.of(row) for row in rows), *told]
                cursor.execute(SQL["remove"], ([s.position for s in told if s.version == 1],))
            _add_enrolments(cursor, told)
        _add_campaigns(cursor, batch)

    def fill(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write whole streams of which there is no row yet."""
        _add_enrolments(cursor, _told(batch))
        _add_campaigns(cursor, batch)


def _told(batch: Batch) -> list[StoredFact]:
    return [stored for stored in batch.facts if subject_of(stored.stream) == "enrolment"]


def _add_campaigns(cursor: Cursor[Any], batch: Batch) -> None:
    new = [stored for stored in batch.facts if isinstance(stored.fact, CampaignAnnounced)]
    if new:
        copy_rows(cursor, SQL["add_campaigns"], map(_campaign, new))


def _add_enrolments(cursor: Cursor[Any], told: Iterable[StoredFact]) -> None:
    """Fold whole streams, and write a row for each."""
    found: list[tuple[int, Enrolment]] = []
    by_stream = sorted(told, key=lambda stored: (stored.stream, stored.version))
    for _, own in groupby(by_stream, key=lambda stored: stored.stream):
        enrolment: Enrolment | None = None
        begun = 0
        for stored in own:
            begun = begun or stored.position
            fact = cast(EnrolmentsOwnFact, stored.fact)
            enrolment = evolve_enrolment(enrolment, fact, stored.position)
        assert enrolment is not None
        found.append((begun, enrolment))
    if found:
        copy_rows(cursor, SQL["add"], (_row(begun, enrolment) for begun, enrolment in found))


def _campaign(stored: StoredFact) -> tuple[Any, ...]:
    fact = cast(CampaignAnnounced, stored.fact)
    return (
        stored.position,
        fact.recorded_at,
        fact.registration_opens,
        fact.registration_closes,
        fact.changes_until,
        fact.starts_at,
        fact.ends_at,
        fact.campaign_id,
        fact.name,
        fact.actor,
        fact.policy,
        msgspec.json.encode(fact.requirements).decode(),
    )


def _row(begun: int, enrolment: Enrolment) -> tuple[Any, ...]:
    withdrawn = enrolment.withdrawn
    return (
        begun,
        enrolment.registered_at,
        enrolment.position,
        enrolment.recorded_at,
        enrolment.starts_at,
        enrolment.ends_at,
        enrolment.changes_until,
        enrolment.price_minor,
        enrolment.discounted_minor,
        enrolment.stock,
        decimals_of(enrolment.currency),
        enrolment.currency,
        enrolment.campaign_id,
        enrolment.product_id,
        enrolment.seller_id,
        enrolment.status,
        enrolment.reviewer,
        enrolment.attributes.category,
        None if withdrawn is None else withdrawn.why,
        None if withdrawn is None else withdrawn.caused_by,
        None if withdrawn is None else withdrawn.recorded_at,
        None if withdrawn is None else withdrawn.points,
    )
