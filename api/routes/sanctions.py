"""Sanctions: their list, imposing one by hand, and letting one go; each of the two takes two people
where the policy says so.
"""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api import representations
from api.access import Actor, CurrentActor, require
from api.bodies import reads
from api.dependencies import (
    CorrelationId,
    IdempotencyKey,
    SanctionId,
    SellerId,
    TheLedger,
    an_id,
)
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.paging import ThePage
from api.lists.sanctions import SANCTIONS
from api.lists.sanctions import sanctions as sanctions_as
from api.openapi import answers
from api.refusals import MalformedBody
from api.sensitive import recorded
from api.writing import SCOPES, handled, respond, signed, standing_after
from ledger.decide import refusals as decided
from ledger.decide.commands import ImposeSanction, WaiveSanction
from ledger.decide.fields import Prose
from ledger.facts.ids import ID_ACCEPTED, ExternalId
from ledger.facts.instants import MalformedInstant
from ledger.ledger import Answer, Ledger
from ledger.policy.book import BeforeFirstPack
from ledger.policy.policy import SanctionKind
from ledger.store.refusals import Busy, Importing, Unavailable
from projections.sanctions_reading import SanctionSort, SanctionsWanted

router = APIRouter(tags=["sanctions"])


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to let a sanction go. The first person gives a reason, the second agrees."""

    seller_id: ExternalId
    sanction_id: ExternalId
    reason: Prose | None = None
    waived_by: ExternalId | None = None
    """Who asks; with a key, its subject."""
    confirmed_by: ExternalId | None = None
    """Another name for `waived_by`, for the second person."""

    def command(self, actor: Actor) -> WaiveSanction:
        """As the ledger takes it; raises `MalformedBody` where nobody, or two, are named."""
        if self.waived_by is not None and self.confirmed_by is not None:
            raise MalformedBody(
                "waived_by and confirmed_by name one person", field="confirmed_by",
                accepted="one of them",
            )  # fmt: skip
        who = self.waived_by or self.confirmed_by or actor.subject
        if who is None:
            raise MalformedBody("waived_by is missing", field="waived_by", accepted=ID_ACCEPTED)
        return WaiveSanction(
            seller_id=self.seller_id,
            sanction_id=self.sanction_id,
            reason=self.reason,
            waived_by=who,
        )


class WaiverAnswer(msgspec.Struct, frozen=True):
    """Whether the sanction was let go, or waits for a second person."""

    sanction: representations.Sanction
    waiver: Literal["proposed", "waived"]
    standing: representations.Standing
    facts: tuple[representations.FactNamed, ...]
    position: str


class ImpositionAnswer(msgspec.Struct, frozen=True):
    """Whether the sanction was imposed, or waits for a second person."""

    sanction: representations.Sanction | None
    """Null as long as it is only proposed."""
    imposition: Literal["proposed", "imposed"]
    standing: representations.Standing
    facts: tuple[representations.FactNamed, ...]
    position: str


@router.post(
    "/v1/sellers/{seller_id}/sanctions",
    dependencies=[require(*SCOPES[ImposeSanction])],
    **answers(
        ImpositionAnswer,
        decided.ToldDifferently,
        decided.UnknownViolation,
        decided.ReservedSanctionId,
        decided.AlreadyAnnulled,
        decided.SecondPersonNeeded,
        decided.ReviewerNotIndependent,
        BeforeFirstPack,
        Importing,
        Busy,
        Unavailable,
    ),
)
async def impose_sanction(
    seller_id: SellerId,
    wish: Annotated[ImposeSanction, reads(ImposeSanction)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Impose a sanction by hand, or propose it where the policy demands two people: the same
    sanction asked for by a second person is then imposed. It ends by its date or by a waiver.
    """
    brought = await handled(ledger, signed(wish, actor, key, correlation_id))
    return respond(_imposition(ledger, wish.sanction_id, brought), brought)


@router.post(
    "/v1/sellers/{seller_id}/sanctions/{sanction_id}/waiver",
    dependencies=[require(*SCOPES[WaiveSanction])],
    **answers(
        WaiverAnswer,
        decided.UnknownSanction,
        decided.SanctionNotInForce,
        decided.SecondPersonNeeded,
        decided.ReviewerNotIndependent,
        decided.ReasonMissing,
        decided.ToldDifferently,
        Importing,
        Busy,
        Unavailable,
    ),
)
async def waive_sanction(
    seller_id: SellerId,
    sanction_id: SanctionId,
    wish: Annotated[Waiver, reads(Waiver)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Propose that a sanction end, though its violations stand; from a second person, end it."""
    brought = await handled(ledger, signed(wish.command(actor), actor, key, correlation_id))
    return respond(_answer(ledger, sanction_id, brought), brought)


@router.get(
    "/v1/sanctions",
    dependencies=[require("audit:read", "cases:decide"), recorded("sanctions")],
    **listed(SANCTIONS, MalformedInstant),
)
async def sanctions(
    request: Request,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    seller_id: OfSeller = None,
    kind: SanctionKind | None = None,
    milestone: Annotated[str | None, Query(), an_id("milestone")] = None,
    bucket: Annotated[str | None, Query(), an_id("bucket")] = None,
    because_of: Annotated[
        str | None, Query(description="A violation's file number"), an_id("because_of")
    ] = None,
    waiver_proposed: Annotated[
        bool | None, Query(description="Somebody asked for a waiver, and it still runs")
    ] = None,
    in_force: bool | None = None,
    at: At = None,
    begin: Annotated[str | None, Query(alias="from", description="Begun then or later")] = None,
    end: Annotated[str | None, Query(alias="to", description="Begun before then")] = None,
    sort: SanctionSort = "recorded",
) -> Response:
    """Sanctions, those ended, lifted and waived included; in force now, or at an instant."""
    wanted = SanctionsWanted(
        seller_id=seller_id,
        kind=kind,
        milestone=milestone,
        bucket=bucket,
        because_of=because_of,
        waiver_proposed=waiver_proposed,
        in_force=in_force,
        begun_from=instant(begin, "from"),
        begun_to=instant(end, "to"),
    )
    asked = sanctions_as(wanted, ledger.now, instant(at, "at"), sort)
    return await lists.answer(request, asked, page)


def _imposition(ledger: Ledger, sanction_id: str, brought: Answer) -> ImpositionAnswer:
    sanction = brought.seller.sanction(sanction_id)
    return ImpositionAnswer(
        sanction=None if sanction is None else representations.sanction_of(sanction),
        imposition="proposed" if sanction is None else "imposed",
        standing=standing_after(ledger, brought),
        facts=representations.facts_named(brought.facts),
        position=representations.position_text(brought.position),
    )


def _answer(ledger: Ledger, sanction_id: str, brought: Answer) -> WaiverAnswer:
    sanction = brought.seller.sanction(sanction_id)
    assert sanction is not None
    return WaiverAnswer(
        sanction=representations.sanction_of(sanction),
        waiver="waived" if sanction.cut == "waived" else "proposed",
        standing=standing_after(ledger, brought),
        facts=representations.facts_named(brought.facts),
        position=representations.position_text(brought.position),
    )
