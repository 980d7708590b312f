"""Telling a repeat from another request under the same id: same content, same answer; other
content, refused.
"""

from typing import Any, Final

import msgspec

from ledger.decide.appeal_commands import (
    AboutAppeal,
    AddAppealEvidence,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.campaigns import same_campaign
from ledger.decide.commands import (
    AnnulViolation,
    Command,
    ImposeSanction,
    RecordViolation,
    WaiveSanction,
)
from ledger.decide.day_facts import first_difference
from ledger.decide.dispute_commands import (
    AboutDispute,
    AddDisputeEvidence,
    AnswerDispute,
    AnswerOffer,
    AppealRuling,
    DecideRulingAppeal,
    EscalateDispute,
    OpenDispute,
    ReceiveReturn,
    RequestDisputeEvidence,
    RuleDispute,
    TrackReturn,
)
from ledger.decide.fields import AboutCase
from ledger.decide.performance_commands import (
    PerformanceCommand,
    ReportPerformance,
    ReportProductPerformance,
)
from ledger.decide.promotion_commands import (
    AboutEnrolment,
    AnnounceCampaign,
    ChangeEnrolment,
    DecideEnrolment,
    EnrolProduct,
    WithdrawProduct,
)
from ledger.decide.prose import as_sent
from ledger.decide.refusals import ToldDifferently
from ledger.decide.report_commands import (
    AboutReport,
    AddReportDocuments,
    AnswerReport,
    FileReport,
    RequestReportDocuments,
    ReviewReport,
)
from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.campaigns import (
    CampaignAnnounced,
    EnrolmentApproved,
    EnrolmentChanged,
    EnrolmentRejected,
    ProductEnrolled,
    ProductWithdrawn,
)
from ledger.facts.disputes import (
    DisputeAnswered,
    DisputeAppealDecided,
    DisputeEscalated,
    DisputeEvidenceAdded,
    DisputeEvidenceRequested,
    DisputeOpened,
    DisputeReturnReceived,
    DisputeReturnTracked,
    DisputeRuled,
    DisputeRulingAppealed,
)
from ledger.facts.fact import Fact
from ledger.facts.instants import parse_instant
from ledger.facts.kinds import AnyFact
from ledger.facts.performance import PerformanceReported, ProductPerformanceReported
from ledger.facts.reports import (
    ReportCounterNoticed,
    ReportDismissed,
    ReportDocumentsGiven,
    ReportDocumentsRequested,
    ReportFiled,
    ReportReviewed,
)
from ledger.facts.sanctions import (
    SanctionImposed,
    SanctionProposed,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import (
    ViolationAnnulled,
    ViolationAnnulmentProposed,
    ViolationRecorded,
)

_NAMES: Final = {"command", "violation_id", "sanction_id"}
_KIND: Final[dict[type[Command], tuple[type[Fact], ...]]] = {
    ImposeSanction: (SanctionProposed, SecondPersonConfirmed, SanctionImposed),
    FileAppeal: (AppealFiled,),
    AddAppealEvidence: (AppealEvidenceAdded,),
    DecideAppeal: (AppealUpheld, AppealRejected),
    WithdrawAppeal: (AppealWithdrawn,),
    OpenDispute: (DisputeOpened,),
    AnswerDispute: (DisputeAnswered,),
    AnswerOffer: (DisputeAnswered,),
    EscalateDispute: (DisputeEscalated,),
    RequestDisputeEvidence: (DisputeEvidenceRequested,),
    AddDisputeEvidence: (DisputeEvidenceAdded,),
    TrackReturn: (DisputeReturnTracked,),
    ReceiveReturn: (DisputeReturnReceived,),
    RuleDispute: (DisputeRuled,),
    AppealRuling: (DisputeRulingAppealed,),
    DecideRulingAppeal: (DisputeAppealDecided,),
    EnrolProduct: (ProductEnrolled,),
    DecideEnrolment: (EnrolmentApproved, EnrolmentRejected),
    WithdrawProduct: (ProductWithdrawn,),
    ChangeEnrolment: (EnrolmentChanged,),
    FileReport: (ReportFiled,),
    RequestReportDocuments: (ReportDocumentsRequested,),
    AddReportDocuments: (ReportDocumentsGiven,),
    ReviewReport: (ReportReviewed, ReportDismissed),
    AnswerReport: (ReportCounterNoticed,),
}
"""The fact that each request begins with that is kept whole."""
_ANSWERS: Final = {"seller": AnswerDispute, "buyer": AnswerOffer}
"""Both parties' answers are facts of one kind."""


def compare(command: Command, fact: AnyFact, prose: dict[str, Any] | None) -> None:
    """Raise `ToldDifferently` with the first field in which `command` is not what was told before.

    `prose` is the text kept beside the fact; None when it was erased, and then it is not compared.
    """
    if isinstance(command, ReportPerformance | ReportProductPerformance):
        _compare_day(command, fact)
        return
    if isinstance(command, AnnounceCampaign):
        if not isinstance(fact, CampaignAnnounced):
            raise ToldDifferently("this idempotency key", "command")
        same_campaign(command, fact)
        return
    if isinstance(command, AboutAppeal | AboutCase | ImposeSanction):
        _compare_case(command, fact, prose)
        return
    told = _told_fields(fact, prose)
    asked = _asked_fields(command, prose is None)
    for field, value in asked.items():
        if told.get(field) != value:
            raise ToldDifferently(_subject(command, field), field)


def _compare_day(command: PerformanceCommand, fact: AnyFact) -> None:
    """A fact of a day says all that its report said."""
    if not isinstance(fact, PerformanceReported | ProductPerformanceReported):
        raise ToldDifferently("this idempotency key", "command")
    field = first_difference(command, fact)
    if field in ("command", "revision"):
        # Without a key a report is held only against the same revision of the same day.
        raise ToldDifferently("this idempotency key", field)
    if field is not None:
        what = f"revision {fact.revision} of {command.date}"
        raise ToldDifferently(what, field, "a higher revision")


def _compare_case(
    command: AboutAppeal | AboutCase | ImposeSanction,
    fact: AnyFact,
    prose: dict[str, Any] | None,
) -> None:
    """A request about a case or for a sanction is kept whole beside its fact."""
    if not isinstance(fact, _KIND[type(command)]):  # pyright: ignore[reportArgumentType]
        raise ToldDifferently("this idempotency key", "command")
    if isinstance(fact, DisputeAnswered) and _ANSWERS[fact.party] is not type(command):
        raise ToldDifferently("this idempotency key", "command")
    if isinstance(command, AboutAppeal):
        _compare_appeal(command, fact)
    if isinstance(command, ImposeSanction):
        _compare_sanction(command, fact)
    if prose is None:
        return
    asked = as_sent(command)  # pyright: ignore[reportArgumentType]
    for field in (*asked, *prose):
        if asked.get(field) != prose.get(field):
            raise ToldDifferently(_what(command), field)


def _compare_appeal(command: AboutAppeal, fact: AnyFact) -> None:
    """Which round; and of a withdrawal, of which no words are kept, whose."""
    for name in ("violation_id", "round"):
        told = getattr(fact, name)
        # A filing does not say its round.
        if getattr(command, name, told) != told:
            raise ToldDifferently("this idempotency key", name)
    if isinstance(command, WithdrawAppeal) and command.actor not in (None, fact.actor):
        raise ToldDifferently(_what(command), "actor")


def _compare_sanction(command: ImposeSanction, fact: AnyFact) -> None:
    """Which sanction, and whose word: what the fact itself says."""
    if isinstance(fact, SecondPersonConfirmed):
        if fact.what != "sanction":
            raise ToldDifferently("this idempotency key", "command")
        told_of = fact.subject
    else:
        told_of = getattr(fact, "sanction_id", None)
    if told_of != command.sanction_id:
        raise ToldDifferently("this idempotency key", "sanction_id")
    if fact.actor != command.imposed_by:
        raise ToldDifferently(_what(command), "imposed_by")


def _what(command: AboutAppeal | AboutCase | ImposeSanction) -> str:
    if isinstance(command, ImposeSanction):
        return f"sanction {command.sanction_id}"
    if isinstance(command, AboutDispute):
        return f"this step of dispute {command.dispute_id}"
    if isinstance(command, AboutEnrolment):
        return f"this step of the enrolment of product {command.product_id}"
    if isinstance(command, AboutReport):
        return f"this step of report {command.report_id}"
    if isinstance(command, AboutAppeal):
        return f"this step of the appeal against violation {command.violation_id}"
    return "this request"


def _subject(command: Command, field: str) -> str:
    if field in _NAMES:
        # Only a key can bring together what is about different things.
        return "this idempotency key"
    match command:
        case RecordViolation() | AnnulViolation():
            return f"violation {command.violation_id}"
        case WaiveSanction():
            return f"the waiver of {command.sanction_id}"
        case _:
            return "this request"


def _asked_fields(command: Command, erased: bool) -> dict[str, Any]:
    fields = {"command": type(command).__name__, **msgspec.structs.asdict(command)}
    del fields["seller_id"]
    if isinstance(command, RecordViolation) and command.effective_at is not None:
        fields["effective_at"] = parse_instant(command.effective_at, "effective_at")
    if erased:
        for field in ("statement", "evidence", "reason", "points", "effective_at"):
            fields.pop(field, None)
    return fields


def _told_fields(fact: AnyFact, prose: dict[str, Any] | None) -> dict[str, Any]:
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
        case ViolationAnnulled() | ViolationAnnulmentProposed():
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
        case SecondPersonConfirmed(what="annulment"):
            return {
                "command": AnnulViolation.__name__,
                "violation_id": fact.subject,
                "reason": kept.get("reason"),
                "annulled_by": fact.actor,
            }
        case SecondPersonConfirmed(what="waiver"):
            return {
                "command": WaiveSanction.__name__,
                "sanction_id": fact.subject,
                "reason": kept.get("reason"),
                "waived_by": fact.actor,
            }
        case _:
            return {}
