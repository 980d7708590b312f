"""The console's pages: one file for each subject."""

from typing import Final

from fastapi import APIRouter

from api.console import assets
from api.console.pages import downloads, front, sellers, sign_in, visitor

CONSOLE: Final[tuple[APIRouter, ...]] = (
    sellers.router,
    downloads.router,
    sign_in.router,
    sign_in.leaving,
    visitor.router,
    front.everybody,
    front.router,
    assets.router,
    front.nowhere,
)
"""In order; the last answers every address of the console that is no page."""
