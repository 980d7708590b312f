"""What facts may be asked for by what they say: the query parameters, one for each filter."""

from typing import Annotated

from fastapi import Depends, Query

from api.dependencies import an_id
from api.refusals import MalformedParameter
from ledger.facts.ids import address_of
from projections.facts_wanted import FactsWanted

LONGEST_FACT_ID: int = 300
FACT_ID_ACCEPTED: str = "the fact_id of a fact: seller-s-1.3"


def fact_address(given: str | None, field: str = "caused_by") -> str | None:
    """A text that may be the address of a fact; raises `MalformedParameter`."""
    if given is None:
        return None
    good = len(given) <= LONGEST_FACT_ID and given.isascii() and given.isprintable()
    if not good or address_of(given) is None:
        raise MalformedParameter(
            f"{field} is not the address of a fact", field=field, accepted=FACT_ID_ACCEPTED
        )
    return given


async def _facts_wanted(
    seller_id: Annotated[
        str | None,
        Query(description="Of the seller's own record, and of its cases and days"),
        an_id("seller_id"),
    ] = None,
    actor: Annotated[str | None, Query(description="Who was behind it"), an_id("actor")] = None,
    correlation_id: Annotated[
        str | None,
        Query(description="What the asking system calls the matter"),
        an_id("correlation_id"),
    ] = None,
    caused_by: Annotated[
        str | None, Query(description="The fact_id of what it followed from")
    ] = None,
    rule: Annotated[
        str | None, Query(description="Of violations that were recorded"), an_id("rule")
    ] = None,
    listing_id: Annotated[
        str | None, Query(description="Of violations that were recorded"), an_id("listing_id")
    ] = None,
    violation_id: Annotated[
        str | None, Query(description="With seller_id"), an_id("violation_id")
    ] = None,
    dispute_id: Annotated[str | None, Query(), an_id("dispute_id")] = None,
    report_id: Annotated[str | None, Query(), an_id("report_id")] = None,
    campaign_id: Annotated[
        str | None,
        Query(description="The campaign, and products that take part in it"),
        an_id("campaign_id"),
    ] = None,
) -> FactsWanted:
    return FactsWanted(
        seller_id=seller_id,
        actor=actor,
        correlation_id=correlation_id,
        caused_by=fact_address(caused_by),
        rule=rule,
        listing_id=listing_id,
        violation_id=violation_id,
        dispute_id=dispute_id,
        report_id=report_id,
        campaign_id=campaign_id,
    )  # fmt: skip


TheFacts = Annotated[FactsWanted, Depends(_facts_wanted)]
"""A route's parameter: what the facts wanted say."""
