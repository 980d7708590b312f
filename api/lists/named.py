"""Every list by its name, for who asks in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.lists import named_views as views
from api.lists.asking_facts import fact_address
from api.lists.decisions import DecidedWhat, decisions
from api.lists.facts import FactSort, causes, facts, timeline
from api.lists.filters import Filters
from api.lists.listing import Asked
from api.lists.policies import policies
from api.lists.reads import ReadsWanted, reads
from api.refusals import MalformedParameter
from ledger.log import Log
from projections.facts_wanted import FactsWanted


class Named(NamedTuple):
    """A list's filters, and what makes of them what is asked."""

    filters: tuple[str, ...]
    asked: Callable[[Log, Filters], Asked[Any]]


def asked_for(log: Log, name: str, filters: Sequence[str]) -> Asked[Any]:
    """A list, by `NAME=VALUE` texts; raises `MalformedParameter` for what it does not know."""
    if name not in LISTS:
        raise MalformedParameter(
            f"there is no list {name[:80]!r}", field="LIST", accepted=", ".join(LISTS)
        )
    known = LISTS[name]
    return known.asked(log, Filters(name, known.filters, filters))


def _facts(_: Log, told: Filters) -> Asked[Any]:
    wanted = FactsWanted(
        seller_id=told.an_id("seller_id"),
        actor=told.an_id("actor"),
        correlation_id=told.an_id("correlation_id"),
        caused_by=fact_address(told.one("caused_by")),
        rule=told.an_id("rule"),
        listing_id=told.an_id("listing_id"),
        violation_id=told.an_id("violation_id"),
        dispute_id=told.an_id("dispute_id"),
        report_id=told.an_id("report_id"),
        campaign_id=told.an_id("campaign_id"),
    )
    sort = told.choice("sort", FactSort) or "recorded"
    return facts(told.all("kind"), wanted, told.instant("from"), told.instant("to"), sort)


def _timeline(_: Log, told: Filters) -> Asked[Any]:
    return timeline(told.seller())


def _policies(_: Log, __: Filters) -> Asked[Any]:
    return policies()


def _causes(_: Log, told: Filters) -> Asked[Any]:
    found = fact_address(told.one("fact_id"), "fact_id")
    if found is None:
        raise MalformedParameter(
            "whose causes are meant is not said", field="fact_id", accepted="fact_id=…"
        )
    return causes(found)


def _decisions(_: Log, told: Filters) -> Asked[Any]:
    reviewer = told.an_id("reviewer")
    if reviewer is None:
        raise MalformedParameter(
            "whose decisions are meant is not said", field="reviewer", accepted="reviewer=…"
        )
    what = told.choice("what", DecidedWhat)
    return decisions(reviewer, what, told.instant("decided_from"), told.instant("decided_to"))


def _reads(_: Log, told: Filters) -> Asked[Any]:
    wanted = ReadsWanted(
        told.an_id("who"),
        told.an_id("what"),
        told.an_id("seller_id"),
        told.instant("from"),
        told.instant("to"),
    )
    return reads(wanted)


_FACTS_TAKE: Final = (
    "kind", "from", "to", "seller_id", "actor", "correlation_id", "caused_by", "rule", "listing_id",
    "violation_id", "dispute_id", "report_id", "campaign_id", "sort",
)  # fmt: skip

LISTS: Final[Mapping[str, Named]] = {
    "facts": Named(_FACTS_TAKE, _facts),
    "causes": Named(("fact_id",), _causes),
    "decisions": Named(("reviewer", "what", "decided_from", "decided_to"), _decisions),
    "timeline": Named(("seller_id",), _timeline),
    "violations": Named(views.VIOLATIONS_TAKE, views.violations_named),
    "policies": Named((), _policies),
    "sellers": Named(views.SELLERS_TAKE, views.sellers_named),
    "sanctions": Named(views.SANCTIONS_TAKE, views.sanctions_named),
    "freezes": Named(views.FREEZES_TAKE, views.freezes_named),
    "appeals": Named(views.APPEALS_TAKE, views.appeals_named),
    "disputes": Named(views.DISPUTES_TAKE, views.disputes_named),
    "campaigns": Named(("ends_after",), views.campaigns_named),
    "enrolments": Named(views.ENROLMENTS_TAKE, views.enrolments_named),
    "reports": Named(views.REPORTS_TAKE, views.reports_named),
    "reporters": Named(views.REPORTERS_TAKE, views.reporters_named),
    "reads": Named(("who", "what", "seller_id", "from", "to"), _reads),
    "deadlines": Named(views.DEADLINES_TAKE, views.deadlines_named),
}
