"""How a refusal looks over HTTP: the one table, and RFC 9457 bodies made from it.

The first row whose class fits is taken. A problem's `type` is a promise to clients:
rows may be added, but a name never changes its meaning.
"""

from collections import Counter
from typing import Final, NamedTuple

import msgspec
from starlette.responses import Response

from api import refusals as door
from api.inbox import refusals as inbox
from api.what_if import refusals as what_if
from ledger.decide import dispute_refusals as disputed
from ledger.decide import erasure_refusals as erasing
from ledger.decide import performance_refusals as performance
from ledger.decide import promotion_refusals as promoted
from ledger.decide import refusals as decided
from ledger.decide import report_refusals as reported
from ledger.facts.dates import MalformedDate
from ledger.facts.instants import MalformedInstant
from ledger.facts.money import MalformedMoney, OtherCurrency
from ledger.facts.refusal import Refusal
from ledger.history import RecordedInFuture
from ledger.impact import ImpactReportMissing
from ledger.log import KnownAtInFuture
from ledger.policy import refusals as policy
from ledger.policy.book import BeforeFirstPack, EditionToldDifferently, UnknownPack
from ledger.policy.mistakes import MalformedPack
from ledger.policy.patch import NotAValue, UnknownPath
from ledger.policy.shipped import PackNotFound
from ledger.proof import refusals as proved
from ledger.publishing import PublishedTooLate
from ledger.store import refusals as store
from ledger.store.lease import OtherImport
from projections.archive import refusals as archive
from projections.tree import reading as tree
from projections.webhooks import addresses, endpoints
from projections.what_if.reading import MalformedScenario


class Row(NamedTuple):
    refusal: type[Refusal]
    status: int
    name: str
    title: str


# Statuses follow one sentence of the contract: shape errors 422, a rule's refusal 409, unknown 404.
TABLE: Final = (
    Row(door.NotAuthenticated, 401, "not-authenticated", "No valid key was shown"),
    Row(door.WrongScope, 403, "wrong-scope", "The key is not for this"),
    Row(door.OtherSeller, 403, "other-seller", "The key belongs to another seller"),
    Row(door.ActorMismatch, 403, "actor-mismatch", "The body names somebody else as its actor"),
    Row(door.NotThisMachine, 421, "not-this-machine", "Only this machine may ask"),
    Row(door.BodyCutOff, 400, "body-cut-off", "The body ended too early"),
    Row(door.BodyTooSlow, 408, "body-too-slow", "The body did not come"),
    Row(door.UnknownPage, 404, "not-found", "Nothing is here"),
    Row(door.UnknownFact, 404, "unknown-fact", "No such fact"),
    Row(door.UnknownNotice, 404, "unknown-notice", "No such notice"),
    Row(door.NoTestClock, 409, "no-test-clock", "There is no clock to move"),
    Row(door.NotAcceptable, 406, "not-acceptable", "No answer in what the client accepts"),
    Row(door.BodyTooLarge, 413, "body-too-large", "Too many bytes"),
    Row(door.WrongMediaType, 415, "wrong-media-type", "The body is of another kind"),
    Row(door.UnknownParameter, 422, "unknown-parameter", "No such query parameter"),
    Row(door.MalformedParameter, 422, "malformed-parameter", "The address cannot be read"),
    Row(door.PositionInFuture, 422, "position-in-future", "The log does not go so far"),
    Row(door.MalformedBody, 422, "malformed-body", "The body cannot be read"),
    Row(inbox.NoCommand, 422, "no-command", "The message asks for nothing"),
    Row(inbox.KeyMissing, 422, "message-key-missing", "The message has no key"),
    Row(inbox.KeyMismatch, 409, "message-key-mismatch", "The key is somebody else's"),
    Row(inbox.HeaderRefused, 422, "message-header-refused", "A header cannot be read"),
    Row(inbox.OtherVersion, 422, "other-version", "The message is of another version"),
    Row(inbox.FieldToldTwice, 422, "field-told-twice", "A field has two values"),
    Row(door.ReadNotRecorded, 503, "read-not-recorded", "The read cannot be recorded"),
    Row(tree.NotProvedYet, 503, "not-proved-yet", "No checkpoint holds it yet"),
    Row(tree.NoCheckpointYet, 503, "not-proved-yet", "No checkpoint holds it yet"),
    Row(door.NotVerifiedYet, 404, "not-verified-yet", "The record was not verified yet"),
    Row(tree.UnknownCheckpoint, 404, "unknown-checkpoint", "No such checkpoint"),
    Row(proved.BeyondTree, 404, "beyond-tree", "The log is not so long"),
    Row(proved.ProofRefused, 422, "proof-refused", "It proves nothing"),
    Row(MalformedDate, 422, "malformed-date", "Not a date of the calendar"),
    Row(MalformedInstant, 422, "malformed-instant", "Not an instant with a time zone"),
    Row(KnownAtInFuture, 422, "known-at-in-future", "Nobody knows yet what will be known"),
    Row(decided.ToldDifferently, 409, "told-differently", "The id was used with other content"),
    Row(decided.UnknownViolation, 404, "unknown-violation", "No such violation"),
    Row(decided.UnknownSanction, 404, "unknown-sanction", "No such sanction"),
    # What a pack lacks is unknown; what a pack forbids is a rule's refusal.
    Row(policy.UnknownRule, 404, "unknown-rule", "The policy has no such rule"),
    Row(policy.UnknownBucket, 404, "unknown-bucket", "The policy has no such bucket"),
    Row(UnknownPack, 404, "unknown-pack", "No such policy pack"),
    Row(PackNotFound, 404, "unknown-pack", "No such policy pack"),
    Row(UnknownPath, 404, "unknown-path", "The policy has no such place"),
    Row(NotAValue, 422, "not-a-value", "The policy keeps no single value there"),
    Row(MalformedPack, 422, "malformed-pack", "The policy pack cannot be used"),
    Row(EditionToldDifferently, 409, "told-differently", "The id was used with other content"),
    Row(PublishedTooLate, 409, "published-too-late", "An edition cannot begin in the past"),
    Row(ImpactReportMissing, 409, "impact-report-missing", "Nobody knows yet what it changes"),
    Row(BeforeFirstPack, 409, "before-first-pack", "There were no rules then"),
    Row(policy.NoAppealWindow, 409, "no-appeal-window", "The policy names no appeal window"),
    Row(policy.SeverityRequired, 409, "severity-required", "The rule asks for a severity"),
    Row(policy.UnknownSeverity, 409, "unknown-severity", "The rule has no such severity"),
    Row(policy.SeverityNotAccepted, 409, "severity-not-accepted", "The rule takes no severity"),
    Row(policy.PointsOutOfRange, 409, "points-out-of-range", "Points outside the rule's range"),
    Row(policy.StrikesTakeNoPoints, 409, "points-out-of-range", "Points outside the rule's range"),
    Row(decided.UnknownSource, 409, "unknown-source", "This source cannot raise it"),
    Row(decided.EffectiveInFuture, 409, "effective-in-future", "It has not happened yet"),
    Row(decided.AlreadyAnnulled, 409, "already-annulled", "The violation was cancelled before"),
    Row(decided.ReservedSanctionId, 422, "reserved-sanction-id", "Only the ledger gives such ids"),
    Row(decided.SanctionNotInForce, 409, "sanction-not-in-force", "The sanction is not in force"),
    Row(decided.SecondPersonNeeded, 409, "second-person-needed", "A second person has to agree"),
    Row(decided.ReasonMissing, 422, "reason-missing", "A reason has to be given"),
    Row(decided.UnknownAppeal, 404, "unknown-appeal", "No such round of an appeal"),
    Row(decided.AppealTooLate, 409, "appeal-too-late", "The time to appeal is over"),
    Row(decided.AppealOutOfRounds, 409, "appeal-out-of-rounds", "No round of an appeal is left"),
    Row(decided.AppealClosed, 409, "appeal-closed", "The round is not in that state"),
    Row(
        decided.AppealEvidenceWithFiling,
        409,
        "appeal-evidence-with-filing",
        "Evidence comes with the filing",
    ),
    Row(
        decided.BrandVerificationMissing,
        409,
        "appeal-brand-verification-missing",
        "The brand verification has to be attached",
    ),
    Row(
        decided.ReviewerNotIndependent,
        409,
        "reviewer-not-independent",
        "The reviewer had a part in it",
    ),
    Row(disputed.UnknownDispute, 404, "unknown-dispute", "No such dispute"),
    Row(disputed.NoDisputeRules, 409, "no-dispute-rules", "The policy knows no disputes"),
    Row(disputed.DisputeWrongState, 409, "dispute-wrong-state", "The dispute is at another step"),
    Row(
        disputed.DisputeProtectionOver,
        409,
        "dispute-protection-over",
        "The buyer's protection is over",
    ),
    Row(disputed.NotShippedYet, 409, "not-shipped-yet", "It has not happened yet"),
    Row(
        disputed.ReceivedBeforeShipped,
        409,
        "received-before-shipped",
        "Goods arrive after they are sent",
    ),
    Row(disputed.DisputeTooLate, 409, "dispute-too-late", "The time for this step is over"),
    Row(disputed.WrongParty, 409, "wrong-party", "The step belongs to the other side"),
    Row(disputed.RefundOverOrder, 409, "refund-over-order", "More than was paid"),
    Row(disputed.RefundMissing, 409, "refund-missing", "A dispute asks for money back"),
    Row(disputed.ReturnNotAccepted, 409, "return-not-accepted", "Nothing can go back"),
    Row(disputed.ReturnNeeded, 409, "return-needed", "The goods have to go back"),
    Row(
        disputed.WithdrawalNotRefused,
        409,
        "withdrawal-not-refused",
        "A withdrawal has to be accepted",
    ),
    Row(disputed.FaultNotAccepted, 409, "fault-not-accepted", "A withdrawal is nobody's fault"),
    Row(disputed.OfferOutOfPlace, 422, "offer-out-of-place", "An offer belongs to a counter"),
    Row(disputed.RefundOutOfPlace, 422, "refund-out-of-place", "A rejection changes nothing"),
    Row(reported.UnknownReport, 404, "unknown-report", "No such report"),
    Row(reported.NoReportRules, 409, "no-report-rules", "The policy gives no time for documents"),
    Row(reported.ReportWrongState, 409, "report-wrong-state", "The report is at another step"),
    Row(reported.ReportTooLate, 409, "report-too-late", "The time for this step is over"),
    Row(
        reported.ReporterNotAccepted,
        409,
        "reporter-not-accepted",
        "Buyers are reported by their sellers",
    ),
    Row(reported.ReportOnOneself, 409, "report-on-oneself", "Nobody reports himself"),
    Row(reported.ReportOnNobody, 422, "report-on-nobody", "The report names nobody"),
    Row(
        reported.ReportPartOutOfPlace,
        422,
        "report-part-out-of-place",
        "That belongs to another kind of report",
    ),
    Row(reported.OutcomeNotAccepted, 409, "outcome-not-accepted", "The report cannot end so"),
    Row(reported.RuleMissing, 409, "rule-missing", "A violation is one of a rule"),
    Row(MalformedMoney, 422, "malformed-money", "No amount of this currency"),
    Row(performance.DayInFuture, 409, "day-in-future", "The day has not begun"),
    Row(performance.RevisionTooLow, 409, "revision-too-low", "A newer revision is known"),
    Row(
        performance.ProductOfAnotherSeller,
        409,
        "product-of-another-seller",
        "The product belongs to another seller",
    ),
    Row(performance.CountsDoNotAddUp, 409, "counts-do-not-add-up", "The counts do not fit"),
    Row(performance.ListedLater, 409, "listed-later", "The product was not listed by then"),
    Row(OtherCurrency, 409, "other-currency", "The price is in another currency"),
    Row(promoted.UnknownCampaign, 404, "unknown-campaign", "No such campaign"),
    Row(promoted.UnknownEnrolment, 404, "unknown-enrolment", "No such enrolment"),
    Row(promoted.NoPromotionRules, 409, "no-promotion-rules", "The policy knows no promotions"),
    Row(promoted.WindowsOutOfOrder, 409, "windows-out-of-order", "Instants are not in order"),
    Row(
        promoted.RequirementOutOfRange,
        422,
        "requirement-out-of-range",
        "No value for this requirement",
    ),
    Row(promoted.RegistrationNotOpen, 409, "registration-not-open", "Registration is not open"),
    Row(promoted.EnrolmentWrongState, 409, "enrolment-wrong-state", "The enrolment is elsewhere"),
    Row(promoted.FieldLocked, 409, "field-locked", "The campaign relies on this field"),
    Row(promoted.ChangesOver, 409, "changes-over", "The time to change this is over"),
    Row(promoted.PromotionBarred, 409, "promotion-barred", "The seller may not promote"),
    Row(promoted.CategoryNotAdmitted, 409, "category-not-admitted", "No campaign of this category"),
    Row(promoted.PriceNotReduced, 409, "price-not-reduced", "A promotion is a lower price"),
    Row(promoted.StockTakenBack, 409, "stock-taken-back", "Stock set aside stays there"),
    Row(promoted.DiscountTakenBack, 409, "discount-taken-back", "A discount only grows"),
    Row(promoted.NothingToChange, 409, "nothing-to-change", "Nothing would change"),
    Row(erasing.UnknownSeller, 404, "unknown-seller", "Nothing was told of this seller"),
    Row(erasing.UnknownLegalHold, 404, "unknown-legal-hold", "No such legal hold"),
    Row(erasing.ErasureHeld, 409, "erasure-held", "The texts have to be kept for now"),
    Row(endpoints.UnknownWebhook, 404, "unknown-webhook", "No such webhook"),
    Row(endpoints.UnknownDelivery, 404, "unknown-delivery", "No delivery waits there"),
    Row(addresses.WebhookUrlRefused, 422, "webhook-url-refused", "No webhook has such a URL"),
    Row(
        addresses.WebhookAddressRefused,
        422,
        "webhook-address-refused",
        "Webhooks go to public addresses",
    ),
    Row(addresses.WebhookHostUnknown, 422, "webhook-host-unknown", "The host has no address"),
    Row(MalformedScenario, 422, "malformed-scenario", "The scenario cannot be run"),
    Row(what_if.UnknownRun, 404, "unknown-run", "No such run of a what-if"),
    Row(what_if.RunNotDone, 409, "run-not-done", "The run has no result"),
    Row(what_if.UnknownSeller, 404, "unknown-seller", "No such seller in either world"),
    Row(archive.NotArchived, 409, "not-archived", "The archive lacks what is asked about"),
    Row(archive.NoArchive, 409, "no-archive", "There is no archive to read"),
    Row(archive.OtherLog, 409, "other-log", "The archive is of another log"),
    Row(archive.ArchiveBusy, 503, "archive-busy", "The archive is being written"),
    Row(store.ClockBackwards, 409, "clock-backwards", "Time only moves forwards"),
    Row(store.ClockChanged, 409, "clock-changed", "The log belongs to the sandbox clock"),
    Row(store.OtherPack, 409, "other-pack", "The log is kept under another policy"),
    Row(RecordedInFuture, 409, "recorded-in-future", "History is what has happened"),
    Row(OtherImport, 409, "other-import", "Another import was begun"),
    Row(store.NotReadable, 503, "unreadable-fact", "A stored fact cannot be read here"),
    Row(store.Importing, 503, "importing", "A history is being imported"),
    Row(store.NotSettled, 503, "not-settled", "The instant is not settled yet"),
    Row(store.NotThereYet, 503, "not-there-yet", "The position was not reached in time"),
    Row(store.Busy, 503, "busy", "Too many requests wait"),
    Row(store.LogAhead, 503, "log-ahead", "The clock stands before the log"),
    Row(store.Unavailable, 503, "unavailable", "The ledger cannot be reached"),
)


TOLD: Final = Counter[str]()
"""How often this process told each type, for operators."""


class MistakeSeen(msgspec.Struct, frozen=True):
    """One thing to mend."""

    where: str
    found: str
    accepted: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was refused, which field is at fault, and what would be accepted (RFC 9457)."""

    type: str
    """A stable path, `/problems/…`: the same mistake always has the same one."""
    title: str
    status: int
    detail: str
    field: str | None = None
    accepted: str | None = None
    instance: str | None = None
    """The id of the request, as in the header `Request-Id`: support finds it in the logs."""
    mistakes: tuple[MistakeSeen, ...] = ()
    """Every mistake of a scenario or a pack, where there may be several."""


def row_of(refusal: type[Refusal]) -> Row:
    """The row that speaks for this class; `LookupError` where the table has a gap."""
    for row in TABLE:
        if issubclass(refusal, row.refusal):
            return row
    raise LookupError(f"{refusal.__name__} has no row in api/problems.py")


def problem_of(refusal: Refusal, instance: str | None = None) -> Problem:
    """The refusal in the words of HTTP; a line of an NDJSON answer holds the same."""
    row = row_of(type(refusal))
    TOLD[row.name] += 1
    return Problem(
        type=f"/problems/{row.name}",
        title=row.title,
        status=row.status,
        detail=str(refusal) or row.title,
        field=refusal.field,
        accepted=refusal.accepted,
        instance=instance,
        mistakes=_mistakes(refusal),
    )


def _mistakes(refusal: Refusal) -> tuple[MistakeSeen, ...]:
    match refusal:
        case MalformedPack() | MalformedScenario():
            return tuple(MistakeSeen(*mistake) for mistake in refusal.mistakes)
        case _:
            return ()


def refused(refusal: Refusal, instance: str | None = None) -> Response:
    """The answer to a request that was refused."""
    problem = problem_of(refusal, instance)
    headers: dict[str, str] = {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="seller-ledger"'
    if isinstance(refusal, store.NotNow):
        headers["Retry-After"] = str(refusal.retry_after_s)
    return as_response(problem, headers)


def as_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as the whole answer."""
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        headers=headers,
        media_type="application/problem+json",
    )


BROKEN: Final = Problem(
    type="/problems/internal-error",
    title="The ledger failed",
    status=500,
    detail="Something broke inside the ledger; nothing was half-written. The logs say what.",
)
