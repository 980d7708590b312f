"""The console's pages: one file for each subject."""

from typing import Final

from fastapi import APIRouter

from api.console import assets
from api.console.pages import downloads, front, seller, sellers

CONSOLE: Final[tuple[APIRouter, ...]] = (
    sellers.router,
    *seller.ROUTERS,
    downloads.router,
    front.router,
    assets.router,
    front.nowhere,
)
"""In order; the last answers every address of the console that is no page."""
