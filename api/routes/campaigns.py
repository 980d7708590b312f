"""Campaigns: announcing one, and reading it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads
from api.dependencies import CampaignId, CorrelationId, IdempotencyKey, MinPosition, TheLedger
from api.openapi import answers
from api.positions import seen
from api.promotions import CampaignSeen, CampaignWritten, campaign_seen, campaign_written
from api.writing import SCOPES, handled, respond, signed
from ledger.decide import promotion_refusals as promoted
from ledger.decide import refusals as decided
from ledger.decide.promotion_commands import AnnounceCampaign
from ledger.facts.instants import MalformedInstant
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import Busy, Importing, NotThereYet, Unavailable

router = APIRouter(tags=["promotions"])


@router.post(
    "/v1/campaigns",
    dependencies=[require(*SCOPES[AnnounceCampaign])],
    **answers(
        CampaignWritten,
        decided.ToldDifferently,
        promoted.NoPromotionRules,
        promoted.WindowsOutOfOrder,
        promoted.RequirementOutOfRange,
        MalformedInstant,
        BeforeFirstPack,
        Importing,
        Busy,
        Unavailable,
        status=201,
        says="The campaign as it was announced; a repeat gets the same answer",
    ),
)
async def announce_campaign(
    campaign: Annotated[AnnounceCampaign, reads(AnnounceCampaign)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Announce a campaign: when it takes registrations, when it runs, and what it asks."""
    told = await handled(ledger, signed(campaign, actor, key, correlation_id))
    return respond(campaign_written(told), told, 201)


@router.get(
    "/v1/campaigns/{campaign_id}",
    dependencies=[require("standing:read", "audit:read", "facts:write", "cases:decide")],
    **answers(CampaignSeen, promoted.UnknownCampaign, NotThereYet),
)
async def campaign(
    campaign_id: CampaignId, ledger: TheLedger, min_position: MinPosition = None
) -> Response:
    """One campaign, and what it asks of those who take part."""
    await seen(ledger, min_position)
    found = await run_in_threadpool(ledger.campaign, campaign_id)
    if found is None:
        raise promoted.UnknownCampaign(campaign_id)
    return answer(campaign_seen(found))
