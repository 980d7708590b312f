"""Violations: recording one, taking one back, and reading them."""

from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads
from api.dependencies import (
    CorrelationId,
    IdempotencyKey,
    MinPosition,
    SellerId,
    TheLedger,
    ViolationId,
    an_id,
)
from api.lists.all_violations import ALL_VIOLATIONS
from api.lists.all_violations import all_violations as every_violation
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.paging import ThePage
from api.lists.violations import VIOLATIONS, Status
from api.lists.violations import violations as violations_of
from api.openapi import answers
from api.positions import seen
from api.quick import QuickRoute
from api.representations import Violation, violation_of
from api.sensitive import recorded
from api.writing import SCOPES, Written, handled, respond, signed, written
from ledger.decide import refusals as decided
from ledger.decide.commands import AnnulViolation, RecordViolation
from ledger.facts.ids import seller_stream
from ledger.facts.instants import MalformedInstant
from ledger.facts.violations import ViolationAnnulmentProposed, ViolationRecorded
from ledger.ledger import Answer, Ledger
from ledger.policy import refusals as policy
from ledger.policy.book import BeforeFirstPack
from ledger.policy.policy import Family, Severity
from ledger.store.refusals import Busy, Importing, NotThereYet, Unavailable
from projections.violations_reading import ViolationSort, ViolationsWanted

_OTHERS: Final = ("audit:read", "facts:write", "cases:decide")
_READ: Final = require("standing:read", *_OTHERS, sellers_own=True)

router = APIRouter(tags=["violations"])
recording = APIRouter(route_class=QuickRoute, tags=["violations"])


@recording.post(
    "/v1/sellers/{seller_id}/violations",
    dependencies=[require(*SCOPES[RecordViolation])],
    **answers(
        Written,
        decided.ToldDifferently,
        policy.UnknownRule,
        policy.SeverityRequired,
        policy.SeverityNotAccepted,
        policy.PointsOutOfRange,
        decided.UnknownSource,
        MalformedInstant,
        decided.EffectiveInFuture,
        BeforeFirstPack,
        Importing,
        Busy,
        Unavailable,
        status=201,
        says="The violation, and everything that followed from it; a repeat gets the same answer",
    ),
)
async def record_violation(
    seller_id: SellerId,
    report: Annotated[RecordViolation, reads(RecordViolation)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Record that a seller broke a rule, and answer with what the ledger decided."""
    brought = await handled(ledger, signed(report, actor, key, correlation_id))
    return respond(written(ledger, report.violation_id, brought), brought, 201)


class AnnulmentAnswer(Written, frozen=True, kw_only=True):
    """Whether the violation was taken back, or that waits for a second person."""

    annulment: Literal["proposed", "annulled"]


@router.post(
    "/v1/sellers/{seller_id}/violations/{violation_id}/annulment",
    dependencies=[require(*SCOPES[AnnulViolation])],
    **answers(
        AnnulmentAnswer,
        decided.UnknownViolation,
        decided.AlreadyAnnulled,
        decided.SecondPersonNeeded,
        decided.ReviewerNotIndependent,
        decided.ToldDifferently,
        Importing,
        Busy,
        Unavailable,
    ),
)
async def annul_violation(
    seller_id: SellerId,
    violation_id: ViolationId,
    wish: Annotated[AnnulViolation, reads(AnnulViolation)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Take a violation back from its beginning; what only it had brought is lifted. Where the
    policy demands two people, the first request proposes and one by a second person does it.
    """
    brought = await handled(ledger, signed(wish, actor, key, correlation_id))
    return respond(await run_in_threadpool(_annulled, ledger, violation_id, brought), brought)


@router.get(
    "/v1/sellers/{seller_id}/violations",
    dependencies=[_READ],
    **listed(VIOLATIONS),
)
async def violations(
    request: Request,
    seller_id: SellerId,
    actor: CurrentActor,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    status: Status | None = None,
    family: Family | None = None,
    appealable: Annotated[
        bool | None, Query(description="A round of an appeal can be filed now")
    ] = None,
) -> Response:
    """The seller's violations, in the order in which they were recorded."""
    actor.keep_storefronts_out(*_OTHERS)
    asked = violations_of(seller_id, ledger.now, status, family, appealable)
    return await lists.answer(request, asked, page)


@router.get(
    "/v1/violations",
    dependencies=[require("audit:read", "cases:decide"), recorded("violations")],
    **listed(ALL_VIOLATIONS, MalformedInstant),
)
async def all_violations(
    request: Request,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    seller_id: OfSeller = None,
    status: Status | None = None,
    family: Family | None = None,
    rule: Annotated[str | None, Query(), an_id("rule")] = None,
    severity: Severity | None = None,
    bucket: Annotated[str | None, Query(), an_id("bucket")] = None,
    source: Annotated[str | None, Query(), an_id("source")] = None,
    policy_: Annotated[str | None, Query(alias="policy"), an_id("policy")] = None,
    reported_by: Annotated[str | None, Query(), an_id("reported_by")] = None,
    listing_id: Annotated[str | None, Query(), an_id("listing_id")] = None,
    recorded_from: At = None,
    recorded_to: At = None,
    effective_from: At = None,
    effective_to: At = None,
    lapses_before: At = None,
    appealable: bool | None = None,
    sort: ViolationSort = "recorded",
) -> Response:
    """Violations of all sellers. A `_from` includes its instant, a `_to` does not."""
    wanted = ViolationsWanted(
        seller_id=seller_id,
        status=status,
        family=family,
        rule=rule,
        severity=severity,
        bucket=bucket,
        source=source,
        policy=policy_,
        reported_by=reported_by,
        listing_id=listing_id,
        recorded_from=instant(recorded_from, "recorded_from"),
        recorded_to=instant(recorded_to, "recorded_to"),
        effective_from=instant(effective_from, "effective_from"),
        effective_to=instant(effective_to, "effective_to"),
        lapses_before=instant(lapses_before, "lapses_before"),
        appealable=appealable,
    )
    return await lists.answer(request, every_violation(wanted, ledger.now, sort), page)


@router.get(
    "/v1/sellers/{seller_id}/violations/{violation_id}",
    dependencies=[_READ],
    **answers(Violation, decided.UnknownViolation, NotThereYet),
)
async def violation(
    seller_id: SellerId,
    violation_id: ViolationId,
    actor: CurrentActor,
    ledger: TheLedger,
    min_position: MinPosition = None,
) -> Response:
    """One violation, with what became of it."""
    actor.keep_storefronts_out(*_OTHERS)
    await seen(ledger, min_position)
    return answer(await run_in_threadpool(_one, ledger, seller_id, violation_id))


def _annulled(ledger: Ledger, violation_id: str, brought: Answer) -> AnnulmentAnswer:
    told = written(ledger, violation_id, brought)
    proposed = isinstance(brought.facts[0].fact, ViolationAnnulmentProposed)
    return AnnulmentAnswer(
        **msgspec.structs.asdict(told), annulment="proposed" if proposed else "annulled"
    )


def _one(ledger: Ledger, seller_id: str, violation_id: str) -> Violation:
    seller = ledger.reader.seller(seller_id)
    known = seller.violation(violation_id)
    if known is None:
        raise decided.UnknownViolation(seller_id, violation_id)
    stored = ledger.reader.fact(seller_stream(seller_id), known.version)
    assert stored is not None
    assert isinstance(stored.fact, ViolationRecorded)
    return violation_of(seller, stored.fact, ledger.now())
