"""Every page of the console at addresses that people come to, found by asking /v1."""

from typing import Any, Final, NamedTuple

import httpx

from bench.crowd import LONG

NAME: Final = "reviewer-zoe"
"""Who looks: with a name the pages also ask whether this person may decide."""
SCENARIO: Final = {
    "name": "Suspension at 36 points",
    "policy": {"patch": {"buckets.points.limit": 36}},
}
_DEEP: Final = 1_000
_AT: Final = "as_of=2026-03-01T12:00:00Z"
_LONG: Final = f"s-{LONG}"
_PLAIN: Final = "s-6"
_PROMOTED: Final = "s-17"
_TABS: Final = (
    "", "/why", "/violations", "/sanctions", "/cases", "/promotion", "/reputation", "/timeline",
    "/records",
)  # fmt: skip


class Page(NamedTuple):
    """A page, and for a form what is typed into it."""

    group: str
    name: str
    place: str
    """Behind /console/."""
    form: dict[str, str] | None = None


def pages(client: httpx.Client, run: str) -> list[Page]:
    """All of them; `run` is a what-if that has ended."""
    return [
        *_sellers(client), *_seller(_LONG, "600 violations"), *_seller(_PLAIN, "ordinary"),
        *_acting(client), *_queues(client), *_cases(client), *_what_if(client, run),
        *_policies(), *_log(client),
    ]  # fmt: skip


def _sellers(client: httpx.Client) -> list[Page]:
    asked = [
        "", "status=suspended&sort=-changed", "min_points=36&max_points=47&sort=-points",
        "can_withdraw=false&sort=-points", "appeals_open=true&sort=-points", "sort=next_change",
        "status=restricted", "status=active&sort=-points", "family=transaction&sort=-points",
        "max_points=2&sort=-seller_id", "min_strikes=1", "sanction=suspension", "freeze=suspension",
        "can_sell=false", "can_promote=false", "q=s-19", "q=s-19&sort=-points", "q=no-such-seller",
        "sort=-points", "sort=points", "sort=-strikes", "sort=strikes", "sort=-changed",
        "sort=changed", "sort=-next_change", "sort=-seller_id",
        "status=suspended&family=prohibited&appeals_open=true&sort=-changed",
    ]  # fmt: skip
    deep = [
        f"{query}&page_token={token}"
        for query in ("sort=seller_id", "sort=-points", "status=active&sort=-changed")
        if (token := _next(client, f"/v1/sellers?{query}"))
    ]
    return [
        Page("sellers", _shown(query), f"sellers?{query}" if query else "sellers")
        for query in [*asked, *deep]
    ]


def _seller(seller_id: str, what: str) -> list[Page]:
    group = f"a seller, {what}"
    past = [
        Page(group, f"{tab or '/overview'} as of March", f"sellers/{seller_id}{tab}?{_AT}")
        for tab in ("", "/why")
    ]
    known = f"sellers/{seller_id}?{_AT}&known_at=2026-03-01T12:00:00Z"
    tabs = [Page(group, tab or "/overview", f"sellers/{seller_id}{tab}") for tab in _TABS]
    return [
        *tabs,
        *past,
        Page(group, "/overview as believed in March", known),
        Page(group, "/violations current", f"sellers/{seller_id}/violations?status=current"),
        Page(group, "/timeline of appeals", f"sellers/{seller_id}/timeline?of=appeals"),
    ]


def _acting(client: httpx.Client) -> list[Page]:
    group, sellers = "acting on a seller", f"sellers/{_LONG}"
    newest = _first(client, f"/v1/violations?seller_id={_LONG}&sort=-recorded", "violations")
    one = f"{sellers}/violations/{newest['violation_id']}"
    sanction = _first(client, "/v1/sanctions?in_force=true&kind=suspension", "sanctions")
    waived = f"sellers/{sanction['seller_id']}/sanctions/{sanction['sanction_id']}/waive"
    campaign = _first(client, "/v1/campaigns", "campaigns")["campaign_id"]
    service = f"sellers/{_PROMOTED}"
    return [
        Page(group, "one violation", one),
        Page(group, "annul", f"{one}/annul"),
        Page(group, "annul, foreseen", f"{one}/annul", {"step": "preview", "reason": "Seen anew."}),
        Page(group, "record a violation", f"{sellers}/record-violation"),
        Page(group, "waive a sanction", waived),
        Page(group, "may it be promoted", f"{service}/promotion?campaign={campaign}"),
        Page(group, "service", f"{service}/reputation"),
        Page(group, "facts of a metric", f"{service}/reputation/positive-review-rate"),
    ]


def _queues(client: httpx.Client) -> list[Page]:
    asked = [
        "appeals", "appeals?status=", "appeals?mine=yes", "appeals?status=rejected&sort=-filed",
        "appeals?family=intellectual-property", "appeals?within_hours=48",
        "disputes", "disputes?status=", "disputes?status=closed&sort=-opened",
        "disputes?reason=not-as-described&status=escalated",
        "deadlines", "deadlines?for=", "deadlines?for=&kind=sanction-end",
        "deadlines?for=person&within_hours=24", "reports", "reports?status=",
        "reports?status=dismissed&sort=-filed", "enrolments", "enrolments?status=",
    ]  # fmt: skip
    deep = [
        f"{what}?{query}&page_token={token}"
        for what, query in (
            ("appeals", "status=filed"), ("disputes", "status=escalated"),
            ("deadlines", "for=person"), ("reports", "status=awaiting-review"),
        )
        if (token := _next(client, f"/v1/{what}?{query}"))
    ]  # fmt: skip
    return [Page("queues", _shown(place), place) for place in [*asked, *deep]]


def _cases(client: httpx.Client) -> list[Page]:
    appeal = _first(client, "/v1/appeals?status=filed", "appeals")
    dispute = _first(client, "/v1/disputes?status=escalated", "disputes")["dispute_id"]
    report = _first(client, "/v1/reports?status=awaiting-review", "reports")["report_id"]
    enrolled = _first(client, "/v1/campaigns/spring/enrolments?status=under-review", "enrolments")
    of_appeal = f"appeals/{appeal['seller_id']}/{appeal['violation_id']}/{appeal['round']}"
    of_enrolment = f"enrolments/spring/{enrolled['product_id']}"
    said = {"what": "decision", "step": "preview", "reasons": "Looked at."}
    ruled = {"what": "ruling", "step": "preview", "reasons": "Looked at.", "refund": "1.00",
             "currency": "EUR", "at_fault": "seller", "return": "no"}  # fmt: skip
    reviewed = {**said, "what": "review", "outcome": "violation", "rule": "misdescription"}
    return [
        Page("cases", "an appeal", of_appeal),
        Page("cases", "an appeal, foreseen", of_appeal, {**said, "outcome": "upheld"}),
        Page("cases", "a dispute", f"disputes/{dispute}"),
        Page("cases", "a dispute, foreseen", f"disputes/{dispute}", ruled),
        Page("cases", "a report", f"reports/{report}"),
        Page("cases", "a report, foreseen", f"reports/{report}", reviewed),
        Page("cases", "an enrolment", of_enrolment),
        Page("cases", "an enrolment, foreseen", of_enrolment, {**said, "outcome": "approved"}),
    ]


def _what_if(client: httpx.Client, run: str) -> list[Page]:
    seller = _first(client, f"/v1/what-if/{run}/sellers", "sellers")["seller_id"]
    checked = {"do": "check", "name": "A limit of 36", "value:buckets.points.limit": "36"}
    return [
        Page("what-if", "runs", "what-if"),
        Page("what-if", "a new scenario", "what-if/new"),
        Page("what-if", "a scenario like a run's", f"what-if/new?like={run}"),
        Page("what-if", "a scenario, checked", "what-if/new", checked),
        Page("what-if", "a result", f"what-if/{run}"),
        Page("what-if", "a result, newly suspended", f"what-if/{run}?suspended=newly"),
        Page("what-if", "a result, searched", f"what-if/{run}?q=s-19"),
        Page("what-if", "progress", f"what-if/{run}/progress"),
        Page("what-if", "a seller in both worlds", f"what-if/{run}/sellers/{seller}"),
    ]


def _policies() -> list[Page]:
    differ = "policies/aliexpress/differences?from=2020-06-01&to=2026-01-01"
    return [
        Page("policies", "the book", "policies"),
        Page("policies", "a pack", "policies/aliexpress"),
        Page("policies", "a pack at an instant", "policies/aliexpress?at=2025-01-01"),
        Page("policies", "differences", differ),
        Page("policies", "a draft", "policies/aliexpress/draft"),
    ]


def _log(client: httpx.Client) -> list[Page]:
    asked = [
        "log", "log?kind=sanction-imposed", "log?kind=violation-annulled", "log?kind=appeal-upheld",
        f"log?seller_id={_LONG}", f"log?seller_id={_PLAIN}", "log?actor=reviewer-ana",
        "log?rule=keyword-stuffing", "log?from=2026-03-01&to=2026-04-01", "log?sort=recorded",
        "log?kind=policy-published", "log?actor=nobody", "log?rule=seeds&kind=violation-recorded",
    ]  # fmt: skip
    token = _next(client, "/v1/facts?sort=-recorded")
    found = _first(client, "/v1/facts?kind=sanction-imposed&sort=-recorded", "facts")["fact_id"]
    newest = _answer(client, "/v1/facts?sort=-recorded", 50)["facts"][-1]["position"]
    return [
        *(Page("log", _shown(place), place) for place in [*asked, f"log?page_token={token}"]),
        Page("log", "fifty that are new", f"log/newest?after={newest}"),
        Page("log", "a fact with its proof", f"log/facts/{found}"),
        Page("log", "a fact, checked now", f"log/facts/{found}?check=now"),
        Page("visitor", "who I am", "visitor"),
    ]


def _first(client: httpx.Client, path: str, what: str) -> dict[str, Any]:
    return _answer(client, path, 1)[what][0]


def _next(client: httpx.Client, path: str) -> str | None:
    """Where the page behind the first thousand begins; None where there are no more."""
    return _answer(client, path, _DEEP)["next"]


def _answer(client: httpx.Client, path: str, limit: int) -> Any:
    answer = client.get(path + ("&" if "?" in path else "?") + f"limit={limit}")
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


def _shown(query: str) -> str:
    """An address as the table names it; where a page begins is not for people."""
    before, deep, _ = query.partition("page_token=")
    return f"{before.rstrip('&?')}, far down" if deep else before or "all of them"
