"""What the fields of commands may hold; limits are checked as a command is read."""

from typing import Annotated, Final

import msgspec

from ledger.facts.ids import ExternalId

Prose = Annotated[str, msgspec.Meta(min_length=1, max_length=5_000)]
"""What a person wrote: up to 5,000 characters. May be personal, so it is kept apart."""
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
"""An opaque reference to evidence kept elsewhere."""
InstantText = Annotated[
    str,
    msgspec.Meta(min_length=10, max_length=40, extra_json_schema={"format": "date-time"}),
]
PointsGiven = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Evidence = Annotated[tuple[Reference, ...], msgspec.Meta(max_length=100)]
EvidenceGiven = Annotated[tuple[Reference, ...], msgspec.Meta(min_length=1, max_length=100)]
"""Where evidence is all that a request brings, there has to be some."""
ListingIds = Annotated[tuple[ExternalId, ...], msgspec.Meta(min_length=1, max_length=100)]
ViolationIds = Annotated[tuple[ExternalId, ...], msgspec.Meta(min_length=1, max_length=100)]
SanctionDays = Annotated[int, msgspec.Meta(ge=1, le=36_500)]
NAME_PATTERN: Final = r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$(?!\n)"
"""As people call something, `DHL Express`: no spaces around it and no control characters."""
CategoryName = Annotated[str, msgspec.Meta(pattern=NAME_PATTERN, min_length=1, max_length=128)]
RoundNumber = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class Sent(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """A request as it was sent, before defaults: that is what tells a repeat from another."""


class Asked(Sent, frozen=True, kw_only=True):
    """What every command about a seller has."""

    seller_id: ExternalId


class AboutCase(Sent, frozen=True, kw_only=True):
    """What every command about a subject with a stream of its own is: a dispute, a report …"""
