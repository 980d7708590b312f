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
    eligibility,
    enrolments,
    explanation,
    facts,
    freezes,
    notices,
    performance,
    policies,
    promotion_lists,
    proof,
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

OPEN: Final[tuple[APIRouter, ...]] = (proof.public,)
"""What needs no key: it tells nobody anything but that the log is one and the same."""

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
    eligibility.router,
    sellers.router,
    freezes.router,
    reputation.router,
    cases.router,
    reporters.router,
    deadlines.router,
    facts.router,
    proof.router,
    proof.witnesses,
    notices.router,
    policies.router,
    webhooks.router,
    clock.router,
)
