"""The console's pages: one file for each subject."""

from typing import Final

from fastapi import APIRouter

from api.console import assets
from api.console.pages import downloads, front, policies, sellers, what_if, what_if_runs

CONSOLE: Final[tuple[APIRouter, ...]] = (
    sellers.router,
    what_if.router,
    what_if.asking,
    what_if_runs.router,
    what_if_runs.stopping,
    policies.router,
    downloads.router,
    front.router,
    assets.router,
    front.nowhere,
)
"""In order; the last answers every address of the console that is no page."""
