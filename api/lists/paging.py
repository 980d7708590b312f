"""What every list is asked with: how much, and behind what."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from api.dependencies import After, MinPosition
from api.refusals import MalformedParameter


class Page(NamedTuple):
    """Which part of a list is wanted."""

    limit: int | None
    after: str | None
    field: str
    """The name under which `after` was given."""
    min_position: str | None


async def _page(
    limit: Annotated[
        int | None, Query(ge=1, le=1000, description="The most that one page holds: 100 if absent")
    ] = None,
    after: After = None,
    page_token: Annotated[str | None, Query(description="Another name for `after`")] = None,
    min_position: MinPosition = None,
) -> Page:
    if after is not None and page_token is not None:
        raise MalformedParameter(
            "after and page_token say the same", field="page_token", accepted="one of them"
        )
    if page_token is not None:
        return Page(limit, page_token, "page_token", min_position)
    return Page(limit, after, "after", min_position)


ThePage = Annotated[Page, Depends(_page)]
"""A list's parameter: the page that is wanted."""
