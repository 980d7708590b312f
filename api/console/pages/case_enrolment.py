"""One product in a campaign: what the campaign asks, how the product meets it, and the decision."""

from asyncio import gather
from collections.abc import Mapping
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
from api.console.recorded import of_stream
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import CampaignId, ProductId

router = console_router()
_PAGE: Final = "/console/enrolments/{campaign_id}/{product_id}"


def _decision(form: Form, who: str | None) -> dict[str, Any]:
    return given(outcome=form.get("outcome"), reasons=form.get("reasons"), reviewer=who)


_DEEDS: Final[Mapping[str, Deed]] = {"decision": Deed("decide-enrolment", "/decision", _decision)}


@router.get(_PAGE, dependencies=[signed_in("audit:read", "cases:decide")])
async def enrolment(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    campaign_id: CampaignId,
    product_id: ProductId,
) -> Response:
    """The enrolment as it stands, with the form for its review."""
    return await _case(request, visitor, ask, campaign_id, product_id).show(NOTHING_TYPED)


@router.post(_PAGE, dependencies=[signed_in("cases:decide")])
async def decide_enrolment(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    form: SentForm,
    campaign_id: CampaignId,
    product_id: ProductId,
) -> Response:
    """Approved or rejected: foreseen first and then done."""
    case = _case(request, visitor, ask, campaign_id, product_id)
    return await decide(request, visitor, ask, form, case)


def _case(
    request: Request, visitor: Visitor, ask: Asking, campaign_id: str, product_id: str
) -> Case:
    route = f"/v1/campaigns/{campaign_id}/enrolments/{product_id}"
    about = {"campaign_id": campaign_id, "product_id": product_id}

    async def show(shown: Shown) -> Response:
        told = (await ask.get(route))["enrolment"]
        review = {"command": "decide-enrolment", **about, "outcome": "rejected"}
        wanted = {"campaign": campaign_id, "product": product_id}
        of_seller = f"/v1/sellers/{told['seller_id']}"
        standing, eligible, why_not = await gather(
            ask.get(f"{of_seller}/standing"),
            ask.get(f"{of_seller}/promotion-eligibility", wanted),
            barred(visitor, ask, review if told["status"] == "under-review" else None),
        )
        return case_page(
            request,
            "case_enrolment.html",
            visitor,
            shown,
            enrolment=told,
            about=about,
            eligible=eligible,
            standing=standing,
            barred=why_not,
            recorded=await of_stream(
                request,
                visitor,
                ask,
                f"enrolment-{campaign_id},{product_id}",
                lambda fact: about.items() <= fact["data"].items(),
            ),
        )

    here = f"enrolments/{quote(campaign_id, '')}/{quote(product_id, '')}"
    return Case(here, route, about, _DEEDS, show)
