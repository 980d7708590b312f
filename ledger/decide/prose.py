"""What of a request is kept apart from its facts, sealed, because it may be personal; and the words
by which a repeat is told from another request.
"""

from typing import Any, assert_never

import msgspec

from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.commands import (
    AnnulViolation,
    Command,
    ImposeSanction,
    RecordViolation,
    WaiveSanction,
)
from ledger.decide.dispute_commands import (
    AboutDispute,
    AddDisputeEvidence,
    OpenDispute,
    TrackReturn,
)
from ledger.decide.performance_commands import ReportPerformance, ReportProductPerformance
from ledger.decide.promotion_commands import (
    AboutEnrolment,
    AnnounceCampaign,
    ChangeEnrolment,
    EnrolProduct,
)
from ledger.decide.report_commands import AboutReport, AddReportDocuments, FileReport, ReviewReport

_ADDRESSES = (
    "command",
    "violation_id",
    "dispute_id",
    "report_id",
    "campaign_id",
    "product_id",
    "sanction_id",
    "round",
)
"""What says where a request goes: its content is the rest."""


def prose_of(command: Command) -> dict[str, object] | None:
    """What is kept beside the first fact of a request; None where it says nothing in words."""
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
        case ImposeSanction() | FileAppeal() | AddAppealEvidence() | DecideAppeal():
            return as_sent(command)
        case AboutDispute() | AboutReport() | AboutEnrolment():
            # Not all is personal, but a repeat under the same key is told from another by it.
            return as_sent(command)
        case WithdrawAppeal() | AnnounceCampaign():
            return None
        case ReportPerformance() | ReportProductPerformance():
            return None
        case _:
            assert_never(command)


def as_sent(command: Command) -> dict[str, Any]:
    """The content of a request that is kept whole, as it was sent, before defaults."""
    # As JSON has it: compared with what was kept, a tuple would differ from its list.
    sent: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(command))
    # Of what begins a case, the seller is something that is said.
    begins = isinstance(command, OpenDispute | FileReport | EnrolProduct)
    addresses = _ADDRESSES if begins else (*_ADDRESSES, "seller_id")
    return {field: value for field, value in sent.items() if field not in addresses}


def content_of(command: Command) -> bytes | None:
    """What tells the same evidence, tracking number, review or change from another; None for other
    requests.
    """
    match command:
        case AddAppealEvidence() | AddDisputeEvidence():
            return msgspec.json.encode(command.evidence)
        case AddReportDocuments() | ReviewReport() | ChangeEnrolment():
            return msgspec.json.encode(as_sent(command))
        case TrackReturn():
            return command.tracking_number.encode()
        case _:
            return None
