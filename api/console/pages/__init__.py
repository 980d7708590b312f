"""The console's pages: one file for each subject."""

from typing import Final

from fastapi import APIRouter

from api.console import assets
from api.console.pages import (
    case_appeal,
    case_dispute,
    case_enrolment,
    case_report,
    downloads,
    front,
    keys,
    log,
    policies,
    queues,
    seller,
    sellers,
    sign_in,
    sign_in_openid,
    sign_out,
    visitor,
    what_if,
    what_if_runs,
)

CONSOLE: Final[tuple[APIRouter, ...]] = (
    sellers.router,
    log.router,
    *seller.ROUTERS,
    queues.router,
    case_appeal.router,
    case_dispute.router,
    case_report.router,
    case_enrolment.router,
    what_if.router,
    what_if.asking,
    what_if_runs.router,
    what_if_runs.stopping,
    policies.router,
    downloads.router,
    sign_in.router,
    sign_in_openid.router,
    sign_out.router,
    sign_out.everybody,
    visitor.router,
    keys.everybody,
    front.everybody,
    front.router,
    assets.router,
    front.nowhere,
)
"""In order; the last answers every address of the console that is no page."""
