"""What one person proposed about a seller, and another may confirm."""

from typing import Literal

import msgspec

ProposedWhat = Literal["annulment", "sanction"]


class Terms(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a sanction by hand is to be, in the words of the request: both persons say the same."""

    kind: str
    days: int | None
    bars: tuple[str, ...]
    listing_ids: tuple[str, ...]
    because_of: tuple[str, ...]

    def differs_from(self, other: "Terms") -> str | None:
        """The first field in which these are not the others."""
        fields = type(self).__struct_fields__
        return next((f for f in fields if getattr(self, f) != getattr(other, f)), None)


class Proposal(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A wish that stands until a second person confirms it; it never lapses.

    A wish to waive stands with its sanction (`Sanction.proposed_by`).
    """

    what: ProposedWhat
    subject: str
    """The id of the violation or the sanction."""
    proposed_by: str
    version: int
    """The version of the fact that told it."""
    terms: Terms | None = None


Proposals = tuple[Proposal, ...]


def proposal_of(proposals: Proposals, what: ProposedWhat, subject: str) -> Proposal | None:
    """What was proposed about a violation or a sanction."""
    for proposal in proposals:
        if proposal.what == what and proposal.subject == subject:
            return proposal
    return None
