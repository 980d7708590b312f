"""Every list by its name, for who asks in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.lists import named_views as views
from api.lists.facts import facts, timeline
from api.lists.filters import Filters
from api.lists.listing import Asked
from api.lists.policies import policies
from api.refusals import MalformedParameter
from ledger.log import Log


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
    return facts(
        told.all("kind"), told.an_id("seller_id"), told.instant("from"), told.instant("to")
    )


def _timeline(_: Log, told: Filters) -> Asked[Any]:
    return timeline(told.seller())


def _policies(_: Log, __: Filters) -> Asked[Any]:
    return policies()


LISTS: Final[Mapping[str, Named]] = {
    "facts": Named(("kind", "seller_id", "from", "to"), _facts),
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
    "deadlines": Named(views.DEADLINES_TAKE, views.deadlines_named),
}
