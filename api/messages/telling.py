"""Facts and standings as messages: what the publisher is handed."""

from functools import partial
from typing import Final

import msgspec

from api.fact_data import data_of_fields, fields_of
from api.messages.envelope import Envelope
from api.representations import position_text, standing_of
from ledger.facts.ids import fact_id, seller_of
from ledger.facts.instants import format_instant
from ledger.facts.kinds import name_of
from ledger.log import Log
from ledger.standing.standing import Standing
from ledger.store.loading import StoredFact
from projections.broker.messages import Message
from projections.broker.topics import FACTS, STANDING
from projections.outbox.telling import Telling
from projections.tree.checkpoints import origin_of
from projections.tree.tiles import read_edge

STANDING_TYPE: Final = "standing.v1"
_ENCODER: Final = msgspec.json.Encoder()


def telling_of(log: Log) -> Telling:
    """How this log's facts and standings are said. Raises `Unavailable`."""
    with log.reader.cursor() as cursor:
        envelope = Envelope(origin_of(read_edge(cursor).log_id))
    return Telling(
        partial(fact_message, envelope=envelope),
        partial(standing_message, log=log, envelope=envelope),
    )


def fact_message(stored: StoredFact, envelope: Envelope) -> Message:
    """A fact: its `data` as the value, what all facts have as headers, its seller as the key."""
    fact = stored.fact
    fields = fields_of(fact)
    recorded_at = format_instant(fact.recorded_at)
    effective = fields.get("effective_at", fields.get("starts_at", fact.recorded_at))
    at_once = effective == fact.recorded_at
    # Facts of one seller stay in order; so do those of a stream that is about no seller.
    subject = seller_of(stored.stream) or fields.get("seller_id") or stored.stream
    headers = envelope.of(
        position_text(stored.position),
        name_of(fact),
        recorded_at,
        subject,
        ("factid", fact_id(stored.stream, stored.version)),
        ("effectiveat", recorded_at if at_once else format_instant(effective)),
        ("actor", fact.actor),
        ("causedby", fact.caused_by),
        ("correlationid", fact.correlation_id),
        ("policy", fields.get("policy")),
    )
    return Message(FACTS, subject.encode(), _ENCODER.encode(data_of_fields(fields)), headers)


def standing_message(found: Standing, log: Log, envelope: Envelope) -> Message:
    """A standing, as it is answered to who asks for it."""
    told = standing_of(found, log.rulebook.book)
    headers = envelope.of(
        f"{told.seller_id},{told.position},{told.policy}",
        STANDING_TYPE,
        told.as_of,
        told.seller_id,
        ("policy", told.policy),
    )
    return Message(STANDING, told.seller_id.encode(), _ENCODER.encode(told), headers)
