"""How each fact changes what is known of an enrolment. Nothing is decided here."""

from typing import assert_never

from msgspec.structs import replace

from ledger.facts.campaigns import (
    EnrolmentApproved,
    EnrolmentChanged,
    EnrolmentRejected,
    ProductEnrolled,
    ProductRestored,
    ProductWithdrawn,
)
from ledger.facts.kinds import EnrolmentsOwnFact
from ledger.promotions.enrolment import Change, Enrolment, with_attributes


def enrolled(fact: ProductEnrolled, position: int = 0) -> Enrolment:
    """The enrolment as its first fact leaves it."""
    return Enrolment(
        campaign_id=fact.campaign_id,
        product_id=fact.product_id,
        seller_id=fact.seller_id,
        version=1,
        position=position,
        recorded_at=fact.recorded_at,
        registered_at=fact.recorded_at,
        registered_by=fact.actor,
        since=fact.seller_version,
        currency=fact.currency,
        price_minor=fact.price_minor,
        discounted_minor=fact.discounted_minor,
        stock=fact.stock,
        attributes=fact.attributes,
        changes_until=fact.changes_until,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        max_points=fact.max_points,
    )


def evolve_enrolment(
    enrolment: Enrolment | None, fact: EnrolmentsOwnFact, position: int = 0
) -> Enrolment:
    """The enrolment once `fact`, at `position` in the log, is known as well."""
    if isinstance(fact, ProductEnrolled):
        return enrolled(fact, position)
    assert enrolment is not None, "an enrolment begins with its registration"
    version = enrolment.version + 1
    after = replace(enrolment, version=version, position=position, recorded_at=fact.recorded_at)
    match fact:
        case EnrolmentApproved():
            return replace(after, status="approved", reviewer=fact.actor, reviewed_version=version)
        case EnrolmentRejected():
            return replace(after, status="rejected", reviewer=fact.actor, reviewed_version=version)
        case EnrolmentChanged():
            return _changed(after, fact)
        case ProductWithdrawn():
            assert after.status in ("under-review", "approved")
            return replace(
                after,
                status="withdrawn",
                before=after.status,
                withdrawn=fact,
                withdrawn_version=version,
            )
        case ProductRestored():
            return replace(
                after, status=fact.status, before=None, withdrawn=None, withdrawn_version=0
            )
        case _:
            assert_never(fact)


def _changed(after: Enrolment, fact: EnrolmentChanged) -> Enrolment:
    return replace(
        after,
        stock=after.stock if fact.stock is None else fact.stock,
        discounted_minor=(
            after.discounted_minor if fact.discounted_minor is None else fact.discounted_minor
        ),
        attributes=with_attributes(after.attributes, fact.attributes),
        changes=(*after.changes, Change(after.version, fact.content)),
    )
