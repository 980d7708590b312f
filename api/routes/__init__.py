"""What can be asked over HTTP: one file for each subject."""

from typing import Final

from fastapi import APIRouter

from api.routes import (
    appeals,
    batch,
    campaigns,
    cases,
    clock,
    deadlines,
    disputes,
    enrolments,
    explanation,
    facts,
    freezes,
    notices,
    performance,
    policies,
    promotion_lists,
    reporters,
    reports,
    reputation,
    rulings,
    sanctions,
    sellers,
    standing,
    stream,
    violations,
    webhooks,
)

# The routes asked most often come first: the router looks from the top.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    standing.router,
    violations.recording,
    standing.several,
    stream.router,
    explanation.router,
    violations.router,
    appeals.router,
    sanctions.router,
    batch.router,
    performance.router,
    disputes.router,
    rulings.router,
    campaigns.router,
    enrolments.router,
    promotion_lists.router,
    reports.router,
    sellers.router,
    freezes.router,
    reputation.router,
    cases.router,
    reporters.router,
    deadlines.router,
    facts.router,
    notices.router,
    policies.router,
    webhooks.router,
    clock.router,
)
