"""Four eyes: what one person proposed, and another confirms."""

from typing import Literal

from ledger.decide.refusals import ReviewerNotIndependent, SecondPersonNeeded
from ledger.facts.instants import Instant
from ledger.facts.sanctions import SecondPersonConfirmed

What = Literal["waiver", "annulment", "sanction"]
_ASKED_BY = {"waiver": "waived_by", "annulment": "annulled_by", "sanction": "imposed_by"}


def confirmation(
    what: What, subject: str, seller_id: str, proposed_by: str, by: str, at: Instant,
    seal: str | None,
) -> SecondPersonConfirmed:  # fmt: skip
    """The second person's word; raises `SecondPersonNeeded` where it is the first's again, and
    `ReviewerNotIndependent` where it is the seller's own.
    """
    refuse_alone(what, proposed_by, by)
    if by == seller_id:
        raise ReviewerNotIndependent(by, "is the seller", _ASKED_BY[what])
    return SecondPersonConfirmed(
        recorded_at=at,
        actor=by,
        what=what,
        subject=subject,
        proposed_by=proposed_by,
        seal=seal,
    )


def refuse_alone(what: What, proposed_by: str | None, by: str) -> None:
    """Refuse whoever confirms a proposal of their own."""
    if proposed_by == by:
        raise SecondPersonNeeded(by, what, _ASKED_BY[what])
