"""What was recorded just now, as the page after a decision tells it.

The address says which facts, and whoever makes a link chooses an address: so a page tells only of
facts that it finds in its own case or its own seller's history, by their kinds and instants, which
stay true however often the page is loaded again.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request

from api.console.asking import Asking, Refused
from api.console.visitors import Visitor

_FACT: Final = re.compile(r"[A-Za-z0-9._:@~,-]{1,400}\.[1-9][0-9]{0,17}")
_MOST_TOLD: Final = 20


async def of_story(
    request: Request, visitor: Visitor, ask: Asking, story: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The facts of a case that its address names: those of its story, and those on other streams
    that came with them, such as the outcome of a dispute in its seller's history.
    """
    told = _told(request)
    held = {fact["fact_id"]: fact for fact in story}
    others = await _asked(visitor, ask, [each for each in told if each not in held])
    behind = held.keys() | {fact["caused_by"] for fact in story if fact.get("caused_by")}
    found: list[Mapping[str, Any]] = []
    for each in told:
        fact = held.get(each) or others.get(each)
        if fact is None or (each not in held and fact["caused_by"] not in behind):
            continue
        behind |= {each}
        found.append(fact)
    return found


async def of_seller(
    request: Request, visitor: Visitor, ask: Asking, seller_id: str
) -> list[Mapping[str, Any]]:
    """The facts about a seller that its address names."""
    return await of_stream(
        request, visitor, ask, f"seller-{seller_id}", lambda fact: fact["seller_id"] == seller_id
    )


async def of_stream(
    request: Request,
    visitor: Visitor,
    ask: Asking,
    stream: str,
    belongs: Callable[[Mapping[str, Any]], bool],
) -> list[Mapping[str, Any]]:
    """The facts that belong here. Who may not read facts is told the addresses in this stream."""
    told = _told(request)
    if not visitor.may("audit:read"):
        return [
            {"fact_id": each, "kind": None} for each in told if each.rpartition(".")[0] == stream
        ]
    found = await _asked(visitor, ask, told)
    return [found[each] for each in told if each in found and belongs(found[each])]


def _told(request: Request) -> list[str]:
    told = dict.fromkeys(request.query_params.getlist("recorded"))
    return [each for each in told if _FACT.fullmatch(each)][:_MOST_TOLD]


async def _asked(visitor: Visitor, ask: Asking, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Facts by their ids, as far as the visitor may read them and there are such."""
    if not visitor.may("audit:read"):
        return {}
    found = await asyncio.gather(*(_fact(ask, each) for each in ids))
    return {fact["fact_id"]: fact for fact in found if fact is not None}


async def _fact(ask: Asking, fact_id: str) -> Mapping[str, Any] | None:
    try:
        return await ask.get(f"/v1/facts/{fact_id}")
    except Refused as refused:
        if refused.status != 404:
            raise
        return None
