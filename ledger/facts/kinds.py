"""The closed union of facts, each under the stable name that the store knows.

A name carries its version. A changed shape gets a new version, and an upcaster
turns stored facts of the older one into the newer when they are read: what is
stored is never rewritten.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast, get_args

import msgspec

from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealLapsed,
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
    ProductRestored,
    ProductWithdrawn,
)
from ledger.facts.disputes import (
    DisputeAnswered,
    DisputeAppealDecided,
    DisputeClosed,
    DisputeDeadlinePassed,
    DisputeEscalated,
    DisputeEvidenceAdded,
    DisputeEvidenceRequested,
    DisputeOpened,
    DisputeOutcomeRecorded,
    DisputeReturnReceived,
    DisputeReturnTracked,
    DisputeRuled,
    DisputeRulingAppealed,
)
from ledger.facts.erasure import LegalHoldLifted, LegalHoldPlaced, PayloadErased
from ledger.facts.fact import Fact
from ledger.facts.performance import (
    PerformanceReported,
    ProductPerformanceReported,
    ServiceMetricBreached,
)
from ledger.facts.policies import PolicyImpactAssessed, PolicyPublished
from ledger.facts.reads import SensitiveRecordRead
from ledger.facts.reports import (
    ReportAnswerAwaited,
    ReportCounterNoticed,
    ReportDeadlinePassed,
    ReportDismissed,
    ReportDocumentsGiven,
    ReportDocumentsRequested,
    ReportFiled,
    ReportReviewed,
)
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionEnded,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionProposed,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import (
    ViolationAnnulled,
    ViolationAnnulmentProposed,
    ViolationCancelled,
    ViolationExpired,
    ViolationRecorded,
)

SellerFact: TypeAlias = (
    ViolationRecorded
    | ViolationAnnulmentProposed
    | ViolationAnnulled
    | ViolationCancelled
    | ViolationExpired
    | AppealFiled
    | AppealEvidenceAdded
    | AppealUpheld
    | AppealRejected
    | AppealLapsed
    | AppealWithdrawn
    | SanctionProposed
    | SanctionImposed
    | SanctionEnded
    | SanctionLifted
    | SanctionFoundInError
    | SanctionWaiverProposed
    | SecondPersonConfirmed
    | SanctionWaived
    | FundsFrozen
    | FundsReleased
    | DisputeOutcomeRecorded
    | ReportAnswerAwaited
    | ServiceMetricBreached
    | LegalHoldPlaced
    | LegalHoldLifted
    | PayloadErased
)
DisputesOwnFact: TypeAlias = (
    DisputeOpened
    | DisputeAnswered
    | DisputeEscalated
    | DisputeEvidenceRequested
    | DisputeEvidenceAdded
    | DisputeDeadlinePassed
    | DisputeReturnTracked
    | DisputeReturnReceived
    | DisputeRuled
    | DisputeRulingAppealed
    | DisputeAppealDecided
    | DisputeClosed
)
DaysOwnFact: TypeAlias = PerformanceReported | ProductPerformanceReported
EnrolmentsOwnFact: TypeAlias = (
    ProductEnrolled
    | EnrolmentApproved
    | EnrolmentRejected
    | EnrolmentChanged
    | ProductWithdrawn
    | ProductRestored
)
PromotionsOwnFact: TypeAlias = CampaignAnnounced | EnrolmentsOwnFact
ReportsOwnFact: TypeAlias = (
    ReportFiled
    | ReportDocumentsRequested
    | ReportDocumentsGiven
    | ReportReviewed
    | ReportCounterNoticed
    | ReportDeadlinePassed
    | ReportDismissed
)
CasesOwnFact: TypeAlias = DisputesOwnFact | DaysOwnFact | ReportsOwnFact | PromotionsOwnFact
"""In the stream of a case: of everything that has one of its own beside its seller's."""
PolicyFact: TypeAlias = PolicyPublished | PolicyImpactAssessed
AnyFact: TypeAlias = SellerFact | CasesOwnFact | PolicyFact | SensitiveRecordRead

OF_SELLERS: Final[tuple[type[Fact], ...]] = get_args(SellerFact)

KINDS: Final[dict[str, type[Fact]]] = {
    "violation-recorded.v1": ViolationRecorded,
    "violation-annulment-proposed.v1": ViolationAnnulmentProposed,
    "violation-annulled.v1": ViolationAnnulled,
    "violation-cancelled.v1": ViolationCancelled,
    "violation-expired.v1": ViolationExpired,
    "appeal-filed.v1": AppealFiled,
    "appeal-evidence-added.v1": AppealEvidenceAdded,
    "appeal-upheld.v1": AppealUpheld,
    "appeal-rejected.v1": AppealRejected,
    "appeal-lapsed.v1": AppealLapsed,
    "appeal-withdrawn.v1": AppealWithdrawn,
    "sanction-proposed.v1": SanctionProposed,
    "sanction-imposed.v1": SanctionImposed,
    "sanction-ended.v1": SanctionEnded,
    "sanction-lifted.v1": SanctionLifted,
    "sanction-found-in-error.v1": SanctionFoundInError,
    "sanction-waiver-proposed.v1": SanctionWaiverProposed,
    "second-person-confirmed.v1": SecondPersonConfirmed,
    "sanction-waived.v1": SanctionWaived,
    "funds-frozen.v1": FundsFrozen,
    "funds-released.v1": FundsReleased,
    "dispute-opened.v1": DisputeOpened,
    "dispute-answered.v1": DisputeAnswered,
    "dispute-escalated.v1": DisputeEscalated,
    "dispute-evidence-requested.v1": DisputeEvidenceRequested,
    "dispute-evidence-added.v1": DisputeEvidenceAdded,
    "dispute-deadline-passed.v1": DisputeDeadlinePassed,
    "dispute-return-tracked.v1": DisputeReturnTracked,
    "dispute-return-received.v1": DisputeReturnReceived,
    "dispute-ruled.v1": DisputeRuled,
    "dispute-ruling-appealed.v1": DisputeRulingAppealed,
    "dispute-appeal-decided.v1": DisputeAppealDecided,
    "dispute-closed.v1": DisputeClosed,
    "dispute-outcome-recorded.v1": DisputeOutcomeRecorded,
    "performance-reported.v1": PerformanceReported,
    "product-performance-reported.v1": ProductPerformanceReported,
    "campaign-announced.v1": CampaignAnnounced,
    "product-enrolled.v1": ProductEnrolled,
    "enrolment-approved.v1": EnrolmentApproved,
    "enrolment-rejected.v1": EnrolmentRejected,
    "enrolment-changed.v1": EnrolmentChanged,
    "product-withdrawn.v1": ProductWithdrawn,
    "product-restored.v1": ProductRestored,
    "report-filed.v1": ReportFiled,
    "report-answer-awaited.v1": ReportAnswerAwaited,
    "report-documents-requested.v1": ReportDocumentsRequested,
    "report-documents-given.v1": ReportDocumentsGiven,
    "report-reviewed.v1": ReportReviewed,
    "report-counter-noticed.v1": ReportCounterNoticed,
    "report-deadline-passed.v1": ReportDeadlinePassed,
    "report-dismissed.v1": ReportDismissed,
    "service-metric-breached.v1": ServiceMetricBreached,
    "legal-hold-placed.v1": LegalHoldPlaced,
    "legal-hold-lifted.v1": LegalHoldLifted,
    "payload-erased.v1": PayloadErased,
    "policy-published.v1": PolicyPublished,
    "policy-impact-assessed.v1": PolicyImpactAssessed,
    "sensitive-record-read.v1": SensitiveRecordRead,
}

Upcaster: TypeAlias = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""Turns the stored object of an older version into (newer name, newer object)."""

UPCASTERS: Final[dict[str, Upcaster]] = {}

_NAMES: Final = {shape: name for name, shape in KINDS.items()}
_DECODERS: Final = {name: msgspec.json.Decoder(shape) for name, shape in KINDS.items()}
_ENCODER: Final = msgspec.json.Encoder()


class UnreadableFact(Exception):
    """Stored bytes that no known kind of fact explains."""


def name_of(fact: Fact) -> str:
    """The stable name under which this fact is stored."""
    return _NAMES[type(fact)]


def to_bytes(fact: Fact) -> bytes:
    """The fact as it is stored: compact JSON, fields in declared order."""
    return _ENCODER.encode(fact)


def from_bytes(name: str, state: bytes) -> AnyFact:
    """The fact that was stored under `name`; raises `UnreadableFact`."""
    try:
        decoder = _DECODERS.get(name)
        if decoder is not None:
            return cast(AnyFact, decoder.decode(state))
        return _upcast(name, state)
    except (msgspec.MsgspecError, UnicodeDecodeError) as cause:
        raise UnreadableFact(f"a stored {name} cannot be read: {cause}") from cause


def _upcast(name: str, state: bytes) -> AnyFact:
    stored: dict[str, Any] = msgspec.json.decode(state)
    while name not in KINDS:
        upcaster = UPCASTERS.get(name)
        if upcaster is None:
            raise UnreadableFact(f"no kind of fact is called {name!r}")
        try:
            name, stored = upcaster(stored)
        except (AttributeError, LookupError, TypeError, ValueError) as cause:
            raise UnreadableFact(f"a stored {name} cannot be upcast: {cause!r}") from cause
    return cast(AnyFact, msgspec.convert(stored, KINDS[name]))
