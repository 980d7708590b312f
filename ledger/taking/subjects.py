"""The kinds of cases that requests are about, and what differs between them when one is taken."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from ledger.decide.campaigns import announce_campaign
from ledger.decide.commands import CaseCommand
from ledger.decide.context import Context
from ledger.decide.day_facts import told_before as day_told_before
from ledger.decide.dispute_commands import DisputeCommand, OpenDispute
from ledger.decide.dispute_due import record_dispute_due
from ledger.decide.dispute_refusals import UnknownDispute
from ledger.decide.disputes import decide_dispute
from ledger.decide.enrolments import beside_enrolment, decide_enrolment
from ledger.decide.performance import beside_day, decide_day
from ledger.decide.performance_commands import PerformanceCommand
from ledger.decide.promotion_commands import AnnounceCampaign, EnrolmentCommand, EnrolProduct
from ledger.decide.promotion_refusals import UnknownEnrolment
from ledger.decide.report_commands import FileReport, ReportCommand
from ledger.decide.report_due import record_report_due
from ledger.decide.report_refusals import UnknownReport
from ledger.decide.reports import decide_report
from ledger.facts.ids import subject_of
from ledger.facts.instants import Instant
from ledger.facts.kinds import CasesOwnFact, SellerFact
from ledger.facts.refusal import Refusal
from ledger.performance.day import Day
from ledger.promotions.campaign import Campaign
from ledger.repeats import dispute_told_before, enrolment_told_before, report_told_before
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.store.cases import Case


class Subject(NamedTuple):
    """How requests about one kind of case are taken.

    Commands, cases and facts are those of the kind.
    """

    begins: Callable[[Any], bool]
    """Whether a request may begin a case; others are about one that has to be there."""
    missing: Callable[[Any], Refusal]
    """What these are told where nobody began it."""
    told_before: Callable[[Any, Any, str], int | None]
    """The version of the fact that the same request left before, from the case and a digest of
    what the request gives; None for a new one."""
    decide: Callable[[Any, Any, Any, Context], list[Any]]
    """The facts that follow from a request, the case (None at first), its seller (None where it is
    about none) and the context; raises a `Refusal`. The case's own facts come first."""
    record_due: Callable[[Any, Seller, Instant, Instant, Rulebook], list[Any]] | None = None
    """What the first deadline passed by an instant brings, recorded at another; None where
    nothing falls due."""
    beside: Callable[[Any], Iterable[str]] = lambda _: ()
    """The streams of other cases that the decision looks at, as `Context.beside`."""


def _opens(command: DisputeCommand) -> bool:
    return isinstance(command, OpenDispute)


def _no_dispute(command: DisputeCommand) -> Refusal:
    return UnknownDispute(command.dispute_id)


def _always(_: PerformanceCommand | AnnounceCampaign) -> bool:
    return True


def _never_missing(command: PerformanceCommand | AnnounceCampaign) -> Refusal:
    raise AssertionError(f"{type(command).__name__} begins what is not there")


def _day_told(command: PerformanceCommand, day: Day, _: str) -> int | None:
    return day_told_before(command, day)


_DAY: Final = Subject(
    begins=_always,
    missing=_never_missing,
    told_before=_day_told,
    decide=decide_day,
    beside=beside_day,
)


def _announced_before(_: AnnounceCampaign, campaign: Campaign, __: str) -> int:
    return campaign.version


def _enrols(command: EnrolmentCommand) -> bool:
    return isinstance(command, EnrolProduct)


def _no_enrolment(command: EnrolmentCommand) -> Refusal:
    return UnknownEnrolment(command.campaign_id, command.product_id)


def _files(command: ReportCommand) -> bool:
    return isinstance(command, FileReport)


def _no_report(command: ReportCommand) -> Refusal:
    return UnknownReport(command.report_id)


SUBJECTS: Final[Mapping[str, Subject]] = {
    "dispute": Subject(
        begins=_opens,
        missing=_no_dispute,
        told_before=dispute_told_before,
        decide=decide_dispute,
        record_due=record_dispute_due,
    ),
    "performance": _DAY,
    "product": _DAY,
    "campaign": Subject(
        begins=_always,
        missing=_never_missing,
        told_before=_announced_before,
        decide=announce_campaign,
    ),
    "enrolment": Subject(
        begins=_enrols,
        missing=_no_enrolment,
        told_before=enrolment_told_before,
        decide=decide_enrolment,
        beside=beside_enrolment,
    ),
    "report": Subject(
        begins=_files,
        missing=_no_report,
        told_before=report_told_before,
        decide=decide_report,
        record_due=record_report_due,
    ),
}
"""By the first word of their streams."""


def begun_for(subject: Subject, command: CaseCommand) -> str | None:
    """The seller for whom a request that may begin a case does so; None where it begins none, or
    one that is about no seller.
    """
    return getattr(command, "seller_id", None) if subject.begins(command) else None


def due_facts(
    stream: str, case: Case, seller: Seller, up_to: Instant, at: Instant, rulebook: Rulebook
) -> list[CasesOwnFact | SellerFact]:
    """What the first deadline of a case passed by `up_to` brings; nothing if none did."""
    record_due = SUBJECTS[subject_of(stream)].record_due
    return [] if record_due is None else record_due(case, seller, up_to, at, rulebook)
