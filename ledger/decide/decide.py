"""`decide`: a command about a seller, what is known of the seller, and the rules, give facts or a
refusal.
"""

from typing import assert_never

from ledger.decide.commands import AnnulViolation, Command, RecordViolation, WaiveSanction
from ledger.decide.context import Context
from ledger.decide.violations import annul_violation, record_violation
from ledger.decide.waivers import waive_sanction
from ledger.facts.kinds import SellerFact
from ledger.standing.seller import Seller


def decide(command: Command, seller: Seller, context: Context) -> list[SellerFact]:
    """The facts that follow, all recorded at `context.at`; raises a `Refusal` (refusals.py has the
    order).
    """
    match command:
        case RecordViolation():
            return record_violation(command, seller, context)
        case AnnulViolation():
            return annul_violation(command, seller, context)
        case WaiveSanction():
            return waive_sanction(command, seller, context)
        case _:
            assert_never(command)


def prose_of(command: Command) -> dict[str, object] | None:
    """What is kept apart from the facts, sealed, because it may be personal; and what was left to
    defaults.
    """
    match command:
        case RecordViolation():
            kept: dict[str, object] = {"statement": command.statement}
            if command.evidence is not None:
                kept["evidence"] = command.evidence
            if command.points is not None:
                kept["points_given"] = True
            if command.effective_at is not None:
                kept["effective_at_given"] = True
            return kept
        case AnnulViolation():
            return {"reason": command.reason}
        case WaiveSanction():
            return None if command.reason is None else {"reason": command.reason}
