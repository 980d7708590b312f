"""Finding a repeat: which fact an earlier request under the same id left. Whether its content is
the same, comparing.py says.
"""

from typing import assert_never

from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.commands import (
    AnnulViolation,
    ImposeSanction,
    RecordViolation,
    SellerCommand,
    WaiveSanction,
)
from ledger.decide.dispute_commands import (
    AddDisputeEvidence,
    AnswerDispute,
    AnswerOffer,
    AppealRuling,
    DecideRulingAppeal,
    DisputeCommand,
    EscalateDispute,
    OpenDispute,
    ReceiveReturn,
    RequestDisputeEvidence,
    RuleDispute,
    TrackReturn,
)
from ledger.decide.enrolment_changes import changed_attributes
from ledger.decide.promotion_commands import (
    ChangeEnrolment,
    DecideEnrolment,
    EnrolmentCommand,
    EnrolProduct,
    WithdrawProduct,
)
from ledger.decide.promotion_terms import attributes_of
from ledger.decide.report_commands import (
    AddReportDocuments,
    AnswerReport,
    FileReport,
    ReportCommand,
    RequestReportDocuments,
    ReviewReport,
)
from ledger.disputes.dispute import Dispute
from ledger.facts.campaigns import NOTHING_SAID
from ledger.facts.disputes import Party
from ledger.promotions.enrolment import Enrolment
from ledger.reports.report import Report
from ledger.standing.proposals import proposal_of
from ledger.standing.seller import Seller


def told_before(command: SellerCommand, seller: Seller, content: str = "") -> int | None:
    """The version of the fact that an earlier request under the same id left; None for a
    new one. `content` tells evidence from other evidence.
    """
    match command:
        case RecordViolation():
            violation = seller.violation(command.violation_id)
            return None if violation is None else violation.version
        case AnnulViolation():
            return _annulment_told(command, seller)
        case WaiveSanction():
            return _waiver_told(command, seller)
        case ImposeSanction():
            return _imposition_told(command, seller)
        case FileAppeal():
            appeal = seller.appeal(command.violation_id)
            # Once a round is closed, the same words file the next.
            is_open = appeal is not None and appeal.newest.status == "filed"
            return appeal.newest.version if appeal is not None and is_open else None
        case AddAppealEvidence() | DecideAppeal() | WithdrawAppeal():
            return _round_told(command, seller, content)
        case _:
            assert_never(command)


def _annulment_told(command: AnnulViolation, seller: Seller) -> int | None:
    violation = seller.violation(command.violation_id)
    if violation is None:
        return None
    proposal = proposal_of(seller.proposals, "annulment", command.violation_id)
    if proposal is not None and proposal.proposed_by == command.annulled_by:
        return proposal.version
    appeal = seller.appeal(command.violation_id)
    if appeal is not None and appeal.newest.status == "upheld":
        return None
    if not violation.cancelled_version:
        return None
    # Where two persons were needed, the confirmation stands before the annulment.
    return violation.cancelled_version - (proposal is not None)


def _round_told(
    command: AddAppealEvidence | DecideAppeal | WithdrawAppeal, seller: Seller, content: str
) -> int | None:
    appeal = seller.appeal(command.violation_id)
    found = None if appeal is None else appeal.round(command.round)
    if found is None:
        return None
    match command:
        case AddAppealEvidence():
            return next((e.version for e in found.evidence if e.content == content), None)
        case DecideAppeal():
            return found.closed_version if found.reviewer is not None else None
        case WithdrawAppeal():
            violation = seller.violation(command.violation_id)
            assert violation is not None
            # What an annulment left over was withdrawn by the ledger: nobody asked for that.
            overtaken = 0 < violation.cancelled_version < found.closed_version
            return found.closed_version if found.status == "withdrawn" and not overtaken else None


def dispute_told_before(
    command: DisputeCommand, dispute: Dispute | None, content: str
) -> int | None:
    """The same for a request about a dispute."""
    if dispute is None:
        return None
    ruling = dispute.ruling
    match command:
        case OpenDispute():
            return 1
        case AnswerDispute():
            return dispute.answered_version or None
        case AnswerOffer():
            return dispute.responded_version or None
        case EscalateDispute():
            return dispute.escalated_version or None
        case RequestDisputeEvidence():
            return _request_told(command, dispute)
        case AddDisputeEvidence():
            return _evidence_told(command, dispute, content)
        case TrackReturn():
            return None if dispute.tracking is None else dispute.tracking.version
        case ReceiveReturn():
            return dispute.received_version or None
        case RuleDispute():
            return None if ruling is None else ruling.version
        case AppealRuling():
            return None if ruling is None else ruling.appeal_version or None
        case DecideRulingAppeal():
            return None if ruling is None else ruling.decided_version or None
        case _:
            assert_never(command)


def enrolment_told_before(
    command: EnrolmentCommand, enrolment: Enrolment, content: str
) -> int | None:
    """The same for a request about a product's part in a campaign."""
    match command:
        case EnrolProduct():
            return 1
        case DecideEnrolment():
            return enrolment.reviewed_version or None
        case WithdrawProduct():
            by_rule = enrolment.withdrawn_by_rule
            return None if by_rule else enrolment.withdrawn_version or None
        case ChangeEnrolment():
            return _change_told(command, enrolment, content)
        case _:
            assert_never(command)


def _change_told(command: ChangeEnrolment, enrolment: Enrolment, content: str) -> int | None:
    """Stock and discount only grow, so the same again is a repeat; what else was said may have
    changed since, and then is asked for anew.
    """
    told = next((c.version for c in reversed(enrolment.changes) if c.content == content), None)
    if told is None or changed_attributes(attributes_of(command), enrolment) != NOTHING_SAID:
        return None
    return told


def _request_told(command: RequestDisputeEvidence, dispute: Dispute) -> int | None:
    """The same parties are asked again while one of them still owes its answer, and before the
    ruling: after that nobody is.
    """
    asked: dict[int, set[Party]] = {}
    for request in dispute.requests:
        asked.setdefault(request.version, set()).add(request.party)
    waiting = {r.version for party in command.parties if (r := dispute.unanswered(party))}
    over = dispute.phase != "escalated"
    return next(
        (
            version
            for version, parties in reversed(asked.items())
            if parties == set(command.parties) and (over or version in waiting)
        ),
        None,
    )


def _evidence_told(command: AddDisputeEvidence, dispute: Dispute, content: str) -> int | None:
    """What was given before the platform asked is given once more to answer it."""
    party = dispute.party(command.by)
    asked = None if party is None else dispute.unanswered(party)
    since = 0 if asked is None else asked.version
    given = (e for e in dispute.evidence if (e.party, e.content) == (party, content))
    return next((e.version for e in given if e.version > since), None)


def report_told_before(command: ReportCommand, report: Report, content: str) -> int | None:
    """The same for a request about a report."""
    over = report.waits != "awaiting-review"
    match command:
        case FileReport():
            return 1
        case RequestReportDocuments():
            # Once they were given, or stayed out, the same words ask again.
            return report.request.version if report.request is not None and over else None
        case AddReportDocuments():
            since = 0 if report.request is None else report.request.version
            given = (d.version for d in report.documents if d.content == content)
            return next((version for version in given if version > since), None)
        case ReviewReport():
            same = [r.version for r in report.reviews if r.content == content]
            newest = [r.version for r in report.reviews[-1:]] if over else []
            return next(iter([*same, *newest]), None)
        case AnswerReport():
            return None if report.counter_notice is None else report.counter_notice.version
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


def _imposition_told(command: ImposeSanction, seller: Seller) -> int | None:
    """A sanction by hand is told by who proposes it, and by who imposes it."""
    proposal = proposal_of(seller.proposals, "sanction", command.sanction_id)
    if proposal is not None and proposal.proposed_by == command.imposed_by:
        return proposal.version
    sanction = seller.sanction(command.sanction_id)
    if sanction is None or not sanction.by_hand:
        return None
    return sanction.version - (proposal is not None)
