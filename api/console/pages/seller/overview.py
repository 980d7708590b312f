"""A seller at a glance, as of any instant and as known at any."""

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.kindly import console_router
from api.console.pages.seller.about import DETAILS, seller_page
from api.console.pages.seller.beliefs import beliefs
from api.console.pages.seller.ladders import ladders_of
from api.console.pages.seller.line import chart_of, highest, named_in, rows_of
from api.console.pages.seller.moment import Moment, misread, moment_of, moved, presets, steps
from api.console.pages.seller.records import kept_of
from api.console.rendering import go, root_of
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in(*DETAILS)])

_BACK_DAYS: Final = (730, 180, 45, 10)
"""So far back as the changes fit: of a busy seller the newest are wanted."""
_AHEAD_DAYS: Final = 400
"""A violation of today is still seen to lapse."""
_CHANGES: Final = 1_000
_NAMED: Final = 200
_PAGE: Final = 1_000


@router.get("/console/sellers/{seller_id}")
async def overview(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """May it sell, promote and withdraw; its totals; what is in force, why, and what comes."""
    if not visitor.may("audit:read"):
        return go(request, f"sellers/{seller_id}/violations")
    moment = moment_of(request.query_params)
    try:
        return await _overview(request, visitor, ask, seller_id, moment)
    except Refused as refused:
        if not misread(refused):
            raise
        return await _asked_again(request, visitor, ask, seller_id, refused)


async def _overview(
    request: Request, visitor: Visitor, ask: Asking, seller_id: str, moment: Moment
) -> Response:
    place = f"/v1/sellers/{seller_id}/standing"
    standing, begun = await asyncio.gather(
        ask.get(place, moment.words), ask.get(f"{place}/history", {"limit": 1})
    )
    now, first = begun["to"], begun["standing"]["as_of"]
    about = standing["as_of"] if moment.about else now
    (history, back_days), newest, policy, compared, kept = await asyncio.gather(
        _history(ask, f"{place}/history", first, about, now, moment.known_at),
        ask.get("/v1/violations", _violations(seller_id, _NAMED)),
        ask.get(f"/v1/policies/{standing['policy']}"),
        beliefs(ask, seller_id, moment, about, now),
        _waiting(ask, seller_id, moment),
    )
    rules = await rules_of(ask, seller_id, newest, named_in(history))
    ladders = ladders_of(policy["document"], highest(history))
    at = root_of(request) + f"sellers/{seller_id}"
    before, after = steps([change["at"] for change in history["changes"]], about)
    return await seller_page(
        request,
        "overview.html",
        visitor,
        ask,
        seller_id,
        moment=moment,
        standing=standing,
        now=now,
        about=about,
        presets=presets(now),
        first=first,
        before=before,
        after=after,
        ladders=ladders,
        rules=rules,
        compared=compared,
        words_kept=kept,
        rows=rows_of(history, now),
        cut=history["next"],
        back_days=back_days,
        line=chart_of(history, ladders, rules, at, now, about),
        unheard=not rules and not history["changes"] and await _unheard(ask, seller_id),
    )


async def _history(
    ask: Asking, place: str, first: str, about: str, now: str, known_at: str | None
) -> tuple[dict[str, Any], int]:
    """The time up to the instant asked about and the time ahead, with how many days lie back."""
    asked = {"to": moved(max(about, now), _AHEAD_DAYS), "known_at": known_at, "limit": _CHANGES}
    history: dict[str, Any] = {}
    days = 0
    for days in _BACK_DAYS:
        begin = max(first, moved(min(about, now), -days))
        history = await ask.get(place, asked | {"from": begin})
        if history["next"] is None:
            break
    return history, days


async def _waiting(ask: Asking, seller_id: str, moment: Moment) -> dict[str, Any] | None:
    """What is open and kept now; at another instant it would be told beside a standing of then."""
    return await kept_of(ask, seller_id) if moment.is_now else None


async def rules_of(
    ask: Asking, seller_id: str, newest: Any, wanted: set[str]
) -> dict[str, dict[str, Any]]:
    """Violations by their ids: the newest, and as many before them as the page names."""
    rules = {v["violation_id"]: v for v in newest["violations"]}
    found = newest
    while found["next"] and not wanted <= rules.keys():
        further = _violations(seller_id, _PAGE) | {"page_token": found["next"]}
        found = await ask.get("/v1/violations", further)
        rules |= {v["violation_id"]: v for v in found["violations"]}
    return rules


def _violations(seller_id: str, rows: int) -> dict[str, Any]:
    return {"seller_id": seller_id, "sort": "-recorded", "limit": rows}


async def _unheard(ask: Asking, seller_id: str) -> bool:
    """Whether nobody has ever told anything of the seller."""
    return not (await ask.get("/v1/facts", {"seller_id": seller_id, "limit": 1}))["facts"]


async def _asked_again(
    request: Request, visitor: Visitor, ask: Asking, seller_id: str, refused: Refused
) -> Response:
    """The page with the problem and what was typed, so that it can be put right."""
    query = request.query_params
    begun = await ask.get(f"/v1/sellers/{seller_id}/standing/history", {"limit": 1})
    return await seller_page(
        request,
        "no_moment.html",
        visitor,
        ask,
        seller_id,
        status=refused.status,
        problem=refused.problem,
        moment=Moment(query.get("as_of"), query.get("known_at")),
        presets=presets(begun["to"]),
        first=begun["standing"]["as_of"],
        about=None,
        now=begun["to"],
        before=None,
        after=None,
    )
