"""A small application with routes of every sort, so that the house's edges can be tried."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
import pytest
from fastapi import APIRouter, FastAPI, Query
from starlette.responses import Response
from starlette.testclient import TestClient

from api.access import Actor, CurrentActor, require
from api.app import create_app
from api.bodies import answer, reads
from api.dependencies import CorrelationId, IdempotencyKey, SellerId, ViolationId
from api.openapi import answers
from api.quick import QuickRoute
from api.refusals import NotAuthenticated
from ledger.decide.commands import AnnulViolation, RecordViolation
from ledger.decide.refusals import ToldDifferently, UnknownViolation
from ledger.policy.refusals import UnknownRule

KEYS = {
    "sl_platform": Actor("platform", frozenset({"facts:write"}), None, "1"),
    "sl_shop": Actor("shop", frozenset({"standing:read"}), None, "2"),
    "sl_seller": Actor("s-1", frozenset({"standing:read"}), "s-1", "3"),
    "sl_admin": Actor("root", frozenset({"admin"}), None, "4"),
}


class FixedKeys:
    def remembered(self, key: str) -> Actor | None:
        return None if key == "sl_shop" else self.actor(key)

    def actor(self, key: str) -> Actor:
        if key not in KEYS:
            raise NotAuthenticated("the key is unknown, expired or revoked")
        return KEYS[key]

    def believed(self, key: str) -> Actor | None:
        return KEYS.get(key)


class Told(msgspec.Struct, frozen=True):
    """What the small application answers."""

    seller_id: str
    by: str | None = None
    limit: int = 0


class SmallParts:
    def __init__(self, keys: FixedKeys | None, why_not_ready: str | None = None) -> None:
        self.keys = keys
        self.console_address = None
        self.why_not_ready = why_not_ready
        self.ran = 0

    def ready(self) -> str | None:
        return self.why_not_ready

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        self.ran += 1
        yield
        self.ran -= 1


def quick_router() -> APIRouter:
    router = APIRouter(route_class=QuickRoute)

    @router.get(
        "/v1/quick/{seller_id}",
        dependencies=[require("standing:read", sellers_own=True)],
        **answers(Told),
    )
    async def quick(seller_id: SellerId, as_of: str | None = None) -> Response:
        """The same, in a hurry."""
        return answer(Told(seller_id, by=as_of))

    @router.post(
        "/v1/quick/{seller_id}/violations",
        dependencies=[require("facts:write")],
        **answers(Told, status=201),
    )
    async def record_quickly(
        seller_id: SellerId,
        report: Annotated[RecordViolation, reads(RecordViolation)],
        actor: CurrentActor,
        key: IdempotencyKey = None,
        correlation: CorrelationId = None,
    ) -> Response:
        """One violation, in a hurry."""
        actor.answers_for("reported_by", report.reported_by)
        return answer(Told(report.seller_id, by=key or correlation), 201)

    return router


def small_router() -> APIRouter:
    router = APIRouter()

    @router.get(
        "/v1/sellers/{seller_id}/standing",
        dependencies=[require("standing:read", sellers_own=True)],
        **answers(Told),
    )
    async def standing(
        seller_id: SellerId, limit: Annotated[int, Query(ge=1, le=1000)] = 10
    ) -> Response:
        """What the seller may do."""
        return answer(Told(seller_id, limit=limit))

    @router.post(
        "/v1/sellers/{seller_id}/violations",
        dependencies=[require("facts:write")],
        **answers(Told, UnknownRule, ToldDifferently, status=201),
    )
    async def record(
        seller_id: SellerId,
        report: Annotated[RecordViolation, reads(RecordViolation)],
        actor: CurrentActor,
        key: IdempotencyKey = None,
        correlation: CorrelationId = None,
    ) -> Response:
        """Record that a seller broke a rule."""
        actor.answers_for("reported_by", report.reported_by)
        if report.rule == "broken":
            raise RuntimeError(f"secret {report.statement}")
        if report.rule == "unknown":
            raise UnknownRule(report.rule, ["trademark"], "aliexpress@2020-01-01")
        return answer(Told(report.seller_id, by=report.reported_by), 201)

    @router.post(
        "/v1/sellers/{seller_id}/violations/{violation_id}/annulment",
        dependencies=[require("cases:decide")],
        **answers(Told, UnknownViolation),
    )
    async def annul(
        seller_id: SellerId,
        violation_id: ViolationId,
        wish: Annotated[AnnulViolation, reads(AnnulViolation)],
    ) -> Response:
        """Take a violation back."""
        raise UnknownViolation(wish.seller_id, wish.violation_id)

    return router


@pytest.fixture
def parts() -> SmallParts:
    """Parts without keys, ready at once."""
    return SmallParts(None)


@pytest.fixture
def app() -> FastAPI:
    return create_app(SmallParts(FixedKeys()), [quick_router(), small_router()])


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, headers={"Authorization": "Bearer sl_admin"}) as client:
        yield client


@pytest.fixture
def open_client(parts: SmallParts) -> Iterator[TestClient]:
    app = create_app(parts, [quick_router(), small_router()])
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client
