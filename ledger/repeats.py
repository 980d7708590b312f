"""Telling a repeat from another request under the same id: same content, same answer; other
content, refused.
"""

from typing import Any, Final, assert_never

import msgspec

from ledger.decide.commands import AnnulViolation, Command, RecordViolation, WaiveSanction
from ledger.decide.refusals import ToldDifferently
from ledger.facts.instants import parse_instant
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import SanctionWaived, SanctionWaiverProposed, SecondPersonConfirmed
from ledger.facts.violations import ViolationAnnulled, ViolationRecorded
from ledger.standing.seller import Seller


def told_before(command: Command, seller: Seller) -> int | None:
    """The version of the fact that an earlier request under the same id left; None for a
    new one.
    """
    match command:
        case RecordViolation():
            violation = seller.violation(command.violation_id)
            return None if violation is None else violation.version
        case AnnulViolation():
            violation = seller.violation(command.violation_id)
            return None if violation is None else violation.cancelled_version or None
        case WaiveSanction():
            return _waiver_told(command, seller)
        case _:
            assert_never(command)


def _waiver_told(command: WaiveSanction, seller: Seller) -> int | None:
    """A waiver is told twice: by who proposes it and by who confirms."""
    sanction = seller.sanction(command.sanction_id)
    if sanction is None:
        return None
    if sanction.proposed_by == command.waived_by:
        return sanction.proposed_version
    if sanction.cut != "waived":
        return None
    # Where two persons were needed, the confirmation stands before the waiver.
    return sanction.cut_version - (sanction.proposed_by is not None)


_NAMES: Final = {"command", "violation_id", "sanction_id"}


def compare(command: Command, fact: SellerFact, prose: dict[str, Any] | None) -> None:
    """Raise `ToldDifferently` with the first field in which `command` is not what was told before.

    `prose` is the text kept beside the fact; None when it was erased, and then it is not compared.
    """
    told = _told_fields(fact, prose)
    asked = _asked_fields(command, prose is None)
    for field, value in asked.items():
        if told.get(field) != value:
            raise ToldDifferently(_subject(command, field), field)


def _subject(command: Command, field: str) -> str:
    if field in _NAMES:
        # Only a key can bring together what is about different things.
        return "this idempotency key"
    match command:
        case RecordViolation() | AnnulViolation():
            return f"violation {command.violation_id}"
        case WaiveSanction():
            return f"the waiver of {command.sanction_id}"


def _asked_fields(command: Command, erased: bool) -> dict[str, Any]:
    fields = {"command": type(command).__name__, **msgspec.structs.asdict(command)}
    del fields["seller_id"]
    if isinstance(command, RecordViolation) and command.effective_at is not None:
        fields["effective_at"] = parse_instant(command.effective_at, "effective_at")
    if erased:
        for field in ("statement", "evidence", "reason", "points", "effective_at"):
            fields.pop(field, None)
    return fields


def _told_fields(fact: SellerFact, prose: dict[str, Any] | None) -> dict[str, Any]:
    kept = prose or {}
    match fact:
        case ViolationRecorded():
            evidence = kept.get("evidence")
            return {
                "command": RecordViolation.__name__,
                "violation_id": fact.violation_id,
                "rule": fact.rule,
                "severity": fact.severity,
                "source": fact.source,
                "effective_at": fact.effective_at if "effective_at_given" in kept else None,
                "listing_id": fact.listing_id,
                "points": fact.points if "points_given" in kept else None,
                "statement": kept.get("statement"),
                "evidence": None if evidence is None else tuple(evidence),
                "reported_by": fact.actor,
            }
        case ViolationAnnulled():
            return {
                "command": AnnulViolation.__name__,
                "violation_id": fact.violation_id,
                "reason": kept.get("reason"),
                "annulled_by": fact.actor,
            }
        case SanctionWaiverProposed() | SanctionWaived():
            return {
                "command": WaiveSanction.__name__,
                "sanction_id": fact.sanction_id,
                "reason": kept.get("reason"),
                "waived_by": fact.actor,
            }
        case SecondPersonConfirmed():
            return {
                "command": WaiveSanction.__name__,
                "sanction_id": fact.subject,
                "reason": kept.get("reason"),
                "waived_by": fact.actor,
            }
        case _:
            return {}
