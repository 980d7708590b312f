"""One round of an appeal: what was said, what the decision would do, and the decision."""

from asyncio import gather
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking
from api.console.deciding import (
    NOTHING_TYPED,
    Case,
    Deed,
    Shown,
    barred,
    case_page,
    decide,
    given,
)
from api.console.forms import Form, SentForm
from api.console.kindly import console_router
from api.console.recorded import of_story
from api.console.times import left
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import AppealRound, SellerId, TheLedger, ViolationId
from api.refusals import UnknownPage

router = console_router()
_KINDS: Final = ("appeal-evidence", "appeal-next-round")
_PAGE: Final = "/console/appeals/{seller_id}/{violation_id}/{round:round}"


def _decision(form: Form, who: str | None) -> dict[str, Any]:
    return given(outcome=form.get("outcome"), reasons=form.get("reasons"), reviewer=who)


_DEEDS: Final[Mapping[str, Deed]] = {"decision": Deed("decide-appeal", "/decision", _decision)}


@router.get(_PAGE, dependencies=[signed_in("audit:read", "cases:decide")])
async def appeal(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    ledger: TheLedger,
    seller_id: SellerId,
    violation_id: ViolationId,
    round_: AppealRound,
) -> Response:
    """The round as it stands, with the form for who may decide it."""
    case = _case(request, visitor, ask, ledger, (seller_id, violation_id, round_))
    return await case.show(NOTHING_TYPED)


@router.post(_PAGE, dependencies=[signed_in("cases:decide")])
async def decide_appeal(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    ledger: TheLedger,
    form: SentForm,
    seller_id: SellerId,
    violation_id: ViolationId,
    round_: AppealRound,
) -> Response:
    """The decision, foreseen first and then done."""
    case = _case(request, visitor, ask, ledger, (seller_id, violation_id, round_))
    return await decide(request, visitor, ask, form, case)


def _case(
    request: Request,
    visitor: Visitor,
    ask: Asking,
    ledger: TheLedger,
    which: tuple[str, str, int],
) -> Case:
    seller_id, violation_id, number = which
    about = {"seller_id": seller_id, "violation_id": violation_id, "round": number}
    of_violation = f"/v1/sellers/{seller_id}/violations/{violation_id}"

    async def show(shown: Shown) -> Response:
        violation, rounds, story, standing, due = await gather(
            ask.get(of_violation),
            ask.get(f"{of_violation}/appeals"),
            ask.get(f"{of_violation}/story"),
            ask.get(f"/v1/sellers/{seller_id}/standing"),
            _deadlines(ask, seller_id, violation_id),
        )
        found = [each for each in rounds["appeals"] if each["round"] == number]
        if not found:
            raise UnknownPage(f"violation {violation_id} has no round {number} of an appeal")
        waits = {"command": "decide-appeal", **about, "outcome": "rejected"}
        return case_page(
            request,
            "case_appeal.html",
            visitor,
            shown,
            violation=violation,
            rounds=rounds["appeals"],
            this=found[0],
            story=story["facts"],
            standing=standing,
            deadlines=due,
            barred=await barred(visitor, ask, waits if found[0]["status"] == "filed" else None),
            left=partial(left, now=ledger.now()),
            recorded=await of_story(request, visitor, ask, story["facts"]),
        )

    here = f"appeals/{quote(seller_id, '')}/{quote(violation_id, '')}/{number}"
    return Case(here, f"{of_violation}/appeals/{number}", about, _DEEDS, show)


async def _deadlines(ask: Asking, seller_id: str, violation_id: str) -> list[Any]:
    """What runs in this appeal. A dispute may be called as the violation is: its deadlines are of
    other kinds.
    """
    words = {"seller_id": seller_id}
    found = await gather(
        *(ask.every("/v1/deadlines", "deadlines", words | {"kind": kind}) for kind in _KINDS)
    )
    return [each for some in found for each in some if each["subject"] == violation_id]
