"""One seller: how it stands and why, what led there, and what a person may do about it."""

from typing import Final

from fastapi import APIRouter

from api.console.pages.seller import (
    cases,
    overview,
    promotion,
    records,
    sanctions,
    service,
    timeline,
    violations,
    why,
)
from api.console.pages.seller.acting import annulling, recording, waiving

ROUTERS: Final[tuple[APIRouter, ...]] = (
    overview.router,
    why.router,
    recording.router,
    violations.router,
    annulling.router,
    sanctions.router,
    waiving.router,
    cases.router,
    promotion.router,
    service.router,
    timeline.router,
    records.router,
)
