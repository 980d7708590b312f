"""`decide`: a command about a seller, what is known of the seller, and the rules, give facts or a
refusal.
"""

from typing import assert_never

from ledger.decide.annulments import annul_violation
from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.appeals import (
    add_appeal_evidence,
    decide_appeal,
    file_appeal,
    withdraw_appeal,
)
from ledger.decide.commands import (
    AnnulViolation,
    ImposeSanction,
    RecordViolation,
    SellerCommand,
    WaiveSanction,
)
from ledger.decide.context import Context
from ledger.decide.erasure import erase_seller, lift_legal_hold, place_legal_hold
from ledger.decide.erasure_commands import EraseSeller, LiftLegalHold, PlaceLegalHold
from ledger.decide.sanctions_by_hand import impose_sanction
from ledger.decide.violations import record_violation
from ledger.decide.waivers import waive_sanction
from ledger.facts.kinds import SellerFact
from ledger.standing.seller import Seller


def decide(command: SellerCommand, seller: Seller, context: Context) -> list[SellerFact]:
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
        case ImposeSanction():
            return impose_sanction(command, seller, context)
        case FileAppeal():
            return file_appeal(command, seller, context)
        case AddAppealEvidence():
            return add_appeal_evidence(command, seller, context)
        case DecideAppeal():
            return decide_appeal(command, seller, context)
        case WithdrawAppeal():
            return withdraw_appeal(command, seller, context)
        case PlaceLegalHold():
            return [*place_legal_hold(command, seller, context)]
        case LiftLegalHold():
            return [*lift_legal_hold(command, seller, context)]
        case EraseSeller():
            return [*erase_seller(command, seller, context)]
        case _:
            assert_never(command)
