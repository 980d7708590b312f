"""The lists over the views, for who asks in words: their filters are those of the routes."""

from typing import Any, Final

from api.lists.all_appeals import all_appeals
from api.lists.all_violations import all_violations
from api.lists.deadlines import Whom, deadlines
from api.lists.disputes import disputes
from api.lists.filters import Filters
from api.lists.freezes import freezes
from api.lists.listing import Asked
from api.lists.promotions import campaigns, enrolments
from api.lists.reports import reporters, reports
from api.lists.sanctions import sanctions
from api.lists.sellers import sellers
from ledger.disputes.dispute import DisputeStatus
from ledger.facts.disputes import AtFault, DisputeReason
from ledger.facts.reports import ReportAbout, Reporter
from ledger.log import Log
from ledger.policy.policy import Family, SanctionKind, Severity
from ledger.promotions.enrolment import EnrolmentStatus
from ledger.reports.report import ReportStatus
from ledger.standing.appeals import RoundStatus
from projections.appeals_reading import AppealSort, AppealsWanted
from projections.deadlines_reading import DeadlineKind
from projections.disputes_reading import DisputeSort, DisputesWanted
from projections.freezes_reading import FreezeSort, FreezesWanted
from projections.promotions_reading import EnrolmentsWanted
from projections.reports_reading import ReporterSort, ReportSort, ReportsWanted
from projections.sanctions_reading import SanctionSort, SanctionsWanted
from projections.sellers_reading import SellerSort, SellerStatus, SellersWanted
from projections.violations_reading import ViolationSort, ViolationStatus, ViolationsWanted


def sellers_named(_: Log, told: Filters) -> Asked[Any]:
    """Sellers as they stand."""
    wanted = SellersWanted(
        status=told.choice("status", SellerStatus),
        family=told.choice("family", Family),
        min_points=told.count("min_points"),
        max_points=told.count("max_points"),
        min_strikes=told.count("min_strikes"),
        sanction=told.choice("sanction", SanctionKind),
        freeze=told.an_id("freeze"),
        can_sell=told.truth("can_sell"),
        can_promote=told.truth("can_promote"),
        can_withdraw=told.truth("can_withdraw"),
        appeals_open=told.truth("appeals_open"),
        q=told.an_id("q"),
    )
    return sellers(wanted, told.choice("sort", SellerSort) or "seller_id")


def violations_named(log: Log, told: Filters) -> Asked[Any]:
    """Violations of all sellers."""
    wanted = ViolationsWanted(
        seller_id=told.an_id("seller_id"),
        status=told.choice("status", ViolationStatus),
        family=told.choice("family", Family),
        rule=told.an_id("rule"),
        severity=told.choice("severity", Severity),
        bucket=told.an_id("bucket"),
        source=told.an_id("source"),
        policy=told.an_id("policy"),
        reported_by=told.an_id("reported_by"),
        listing_id=told.an_id("listing_id"),
        recorded_from=told.instant("recorded_from"),
        recorded_to=told.instant("recorded_to"),
        effective_from=told.instant("effective_from"),
        effective_to=told.instant("effective_to"),
        lapses_before=told.instant("lapses_before"),
        appealable=told.truth("appealable"),
    )
    return all_violations(wanted, log.now, told.choice("sort", ViolationSort) or "recorded")


def sanctions_named(log: Log, told: Filters) -> Asked[Any]:
    """Sanctions over time."""
    wanted = SanctionsWanted(
        seller_id=told.an_id("seller_id"),
        kind=told.choice("kind", SanctionKind),
        milestone=told.an_id("milestone"),
        bucket=told.an_id("bucket"),
        because_of=told.an_id("because_of"),
        waiver_proposed=told.truth("waiver_proposed"),
        in_force=told.truth("in_force"),
        begun_from=told.instant("from"),
        begun_to=told.instant("to"),
    )
    sort = told.choice("sort", SanctionSort) or "recorded"
    return sanctions(wanted, log.now, told.instant("at"), sort)


def freezes_named(log: Log, told: Filters) -> Asked[Any]:
    """Money withheld over time."""
    wanted = FreezesWanted(
        seller_id=told.an_id("seller_id"),
        cause=told.an_id("cause"),
        in_force=told.truth("in_force"),
        ends_before=told.instant("ends_before"),
    )
    sort = told.choice("sort", FreezeSort) or "recorded"
    return freezes(wanted, log.now, told.instant("at"), sort)


def deadlines_named(log: Log, told: Filters) -> Asked[Any]:
    """What is due."""
    return deadlines(
        log.now,
        told.instant("due_after"),
        told.instant("due_before"),
        told.choice("kind", DeadlineKind),
        told.choice("for", Whom),
        told.an_id("seller_id"),
        told.count("within_hours"),
    )


def appeals_named(log: Log, told: Filters) -> Asked[Any]:
    """Appeals of all sellers, round by round."""
    wanted = AppealsWanted(
        status=told.choice("status", RoundStatus),
        seller_id=told.an_id("seller_id"),
        family=told.choice("family", Family),
        reviewer=told.an_id("reviewer"),
        filed_from=told.instant("filed_from"),
        filed_to=told.instant("filed_to"),
        independent_of=told.an_id("independent_of"),
        within_hours=told.count("within_hours"),
    )
    return all_appeals(wanted, log.now, told.choice("sort", AppealSort) or "filed")


def disputes_named(_: Log, told: Filters) -> Asked[Any]:
    """Disputes as they stand."""
    wanted = DisputesWanted(
        status=told.choice("status", DisputeStatus),
        seller_id=told.an_id("seller_id"),
        buyer_id=told.an_id("buyer_id"),
        order_id=told.an_id("order_id"),
        reason=told.choice("reason", DisputeReason),
        at_fault=told.choice("at_fault", AtFault),
        opened_from=told.instant("opened_from"),
        opened_to=told.instant("opened_to"),
    )
    return disputes(wanted, told.choice("sort", DisputeSort) or "opened")


def campaigns_named(_: Log, told: Filters) -> Asked[Any]:
    """Campaigns."""
    return campaigns(told.instant("ends_after"))


def enrolments_named(log: Log, told: Filters) -> Asked[Any]:
    """Products in campaigns."""
    wanted = EnrolmentsWanted(
        campaign_id=told.an_id("campaign_id"),
        seller_id=told.an_id("seller_id"),
        status=told.choice("status", EnrolmentStatus),
    )
    return enrolments(wanted, log.now)


def reports_named(_: Log, told: Filters) -> Asked[Any]:
    """Reports as they stand."""
    wanted = ReportsWanted(
        status=told.choice("status", ReportStatus),
        about=told.choice("about", ReportAbout),
        seller_id=told.an_id("seller_id"),
        reporter=told.choice("reporter", Reporter),
        suspected=told.an_id("suspected"),
        reported_by=told.an_id("reported_by"),
        filed_from=told.instant("filed_from"),
        filed_to=told.instant("filed_to"),
    )
    return reports(wanted, told.choice("sort", ReportSort) or "filed")


def reporters_named(_: Log, told: Filters) -> Asked[Any]:
    """Those who reported."""
    return reporters(told.choice("sort", ReporterSort) or "-share")


SELLERS_TAKE: Final = (
    "status", "family", "min_points", "max_points", "min_strikes", "sanction", "freeze",
    "can_sell", "can_promote", "can_withdraw", "appeals_open", "q", "sort",
)  # fmt: skip
VIOLATIONS_TAKE: Final = (*ViolationsWanted._fields, "sort")
SANCTIONS_TAKE: Final = (
    "seller_id", "kind", "milestone", "bucket", "because_of", "waiver_proposed", "in_force", "at",
    "from", "to", "sort",
)  # fmt: skip
FREEZES_TAKE: Final = ("seller_id", "cause", "in_force", "at", "ends_before", "sort")
DEADLINES_TAKE: Final = ("due_after", "due_before", "within_hours", "kind", "for", "seller_id")
APPEALS_TAKE: Final = (*AppealsWanted._fields, "sort")
DISPUTES_TAKE: Final = (*DisputesWanted._fields, "sort")
ENROLMENTS_TAKE: Final = EnrolmentsWanted._fields
REPORTS_TAKE: Final = (*ReportsWanted._fields, "sort")
REPORTERS_TAKE: Final = ("sort",)
