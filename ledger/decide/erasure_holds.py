"""What stands against erasing a seller's texts: whatever somebody may still have to decide by them.

A dispute holds until it is closed, and its ruling as long as a party may appeal it; an appeal
while a round is open; a report until its review is over; a proposal until a second person confirms
it or it has lost its object; a legal hold until it is lifted.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from ledger.disputes.dispute import Dispute
from ledger.disputes.dispute import where as where_dispute
from ledger.facts.instants import Instant, format_instant
from ledger.reports.report import Report
from ledger.reports.report import where as where_report
from ledger.standing.seller import Seller

HoldKind = Literal["legal-hold", "appeal", "proposal", "dispute", "ruling", "report"]


class Held(msgspec.Struct, frozen=True, gc=False):
    """One thing for which the texts are kept."""

    what: HoldKind
    subject: str
    """Its id: of an appeal the violation's, of a proposal the violation's or the sanction's."""
    sentence: str
    """The same in words."""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """The texts that are kept of a seller, and what stands against erasing them."""

    texts: int = 0
    of_cases: int = 0
    """How many of the texts belong to its cases."""
    holds: tuple[Held, ...] = ()


def holds_on(seller: Seller, cases: Iterable[object], at: Instant) -> tuple[Held, ...]:
    """All that stands against erasing the texts of a seller with these cases."""
    return (
        *_legal_holds(seller),
        *_appeals(seller, at),
        *_proposals(seller, at),
        *(held for case in cases if (held := _of_case(case, at)) is not None),
    )


def _legal_holds(seller: Seller) -> Iterator[Held]:
    for hold in seller.keeping.legal_holds:
        if hold.lifted_at is None:
            placed = format_instant(hold.placed_at)
            sentence = f"legal hold {hold.hold_id} stands since {placed}"
            yield Held("legal-hold", hold.hold_id, sentence)


def _appeals(seller: Seller, at: Instant) -> Iterator[Held]:
    for appeal in seller.appeals:
        newest = appeal.newest.at(at)
        if newest.status == "filed":
            which = f"round {newest.round} of the appeal against violation {appeal.violation_id}"
            yield Held("appeal", appeal.violation_id, f"{which} is open")


def _proposals(seller: Seller, at: Instant) -> Iterator[Held]:
    for proposal in seller.proposals:
        if proposal.what == "sanction":
            if seller.sanction(proposal.subject) is None:
                yield _proposed("imposing", f"sanction {proposal.subject}", proposal.subject)
            continue
        violation = seller.violation(proposal.subject)
        if violation is not None and violation.cancelled_at is None:
            yield _proposed("annulling", f"violation {proposal.subject}", proposal.subject)
    for sanction in seller.sanctions:
        if sanction.proposed_by is not None and sanction.in_force_at(at):
            named = f"sanction {sanction.sanction_id}"
            yield _proposed("waiving", named, sanction.sanction_id)


def _proposed(doing: str, what: str, subject: str) -> Held:
    return Held("proposal", subject, f"{doing} {what} waits for a second person")


def _of_case(case: object, at: Instant) -> Held | None:
    match case:
        case Dispute() if case.phase != "closed":
            return Held(
                "dispute", case.dispute_id, f"dispute {case.dispute_id} {where_dispute(case)}"
            )
        case Dispute():
            until = case.appealable_until()
            if until is None or until < at:
                return None
            sentence = f"the ruling of dispute {case.dispute_id} can be appealed until "
            return Held("ruling", case.dispute_id, sentence + format_instant(until))
        case Report() if case.waits is not None:
            return Held("report", case.report_id, f"report {case.report_id} {where_report(case)}")
        case _:
            return None
