"""A list over HTTP: a page of it as JSON, or all of it as a file, as `Accept` says."""

import itertools
from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import preferred
from api.lists.exports import Exports
from api.lists.formats import JSON, SUFFIXES
from api.lists.listing import Asked, ListOf
from api.lists.moments import Moments
from api.lists.paging import Page
from api.lists.sending import Counted, Streamed, told_of
from api.lists.tokens import Key, Tokens
from api.openapi import answers
from api.positions import position_in, seen, views_seen
from api.refusals import MalformedParameter, NotAcceptable
from api.representations import position_text
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.store.refusals import Busy, NotThereYet, Unavailable
from projections.views import Views

DEFAULT_LIMIT: Final = 100
_OFFERED: Final = (JSON, *SUFFIXES)


class Lists:
    """Answers for every list of one ledger."""

    def __init__(self, ledger: Ledger, views: Views) -> None:
        self._ledger = ledger
        self._views = views
        self._moments = Moments(ledger.reader, views)
        self.tokens = Tokens(ledger.reader)
        self.exports = Exports(self._moments)

    async def answer(self, request: Request, asked: Asked[Any], page: Page) -> Response:
        """The page or the file that was asked for; it shows what this process acknowledged."""
        kind = preferred(request, _OFFERED)
        if kind != JSON and page.limit is not None:
            raise MalformedParameter(
                "limit is for pages, and a file holds the whole list",
                field="limit",
                accepted=f"no limit, or Accept: {JSON}",
            )
        after = None if page.after is None else await run_in_threadpool(self._after, asked, page)
        if asked.of.views:
            await views_seen(self._ledger, self._views, asked.of.views, page.min_position)
        else:
            await seen(self._ledger, page.min_position)
        if kind == JSON:
            return await run_in_threadpool(self._page, asked, after, page.limit or DEFAULT_LIMIT)
        return await run_in_threadpool(self._file, asked, after, kind)

    def _after(self, asked: Asked[Any], page: Page) -> Key | None:
        if page.after is None:
            return None
        if asked.of.by_position:
            return (position_in(page.after, page.field),)
        return self.tokens.key(asked.of.name, asked.filters, page.after, page.field)

    def _file(self, asked: Asked[Any], after: Key | None, kind: str) -> Response:
        export = self.exports.begin(asked, after, kind)
        try:
            # What fails at once is still told as a problem.
            return Streamed(export, list(itertools.islice(export.pieces, 1)), words=asked.of.words)
        except BaseException:
            export.close()
            raise

    def _page(self, asked: Asked[Any], after: Key | None, limit: int) -> Response:
        with self._moments.of(asked) as (cursor, moment):
            found = list(itertools.islice(asked.rows(cursor, after, limit + 1), limit + 1))
        following = self._token(asked, found[limit - 1][0]) if len(found) > limit else None
        told = {asked.of.plural: [row for _, row in found[:limit]], "next": following}
        body, rows = msgspec.json.encode(told), min(len(found), limit)
        return Counted(body, rows, told_of(moment), JSON, words=asked.of.words)

    def _token(self, asked: Asked[Any], key: Key) -> str:
        if asked.of.by_position:
            return position_text(int(key[0] or 0))
        return self.tokens.token(asked.of.name, asked.filters, key)


def listed(of: ListOf[Any], *refusals: type[Refusal]) -> dict[str, Any]:
    """Keywords for the decorator of a list's route: its pages, its files, its refusals."""
    page: Any = msgspec.defstruct(
        of.name.title().replace("-", ""),
        [(of.plural, tuple[of.shape, ...]), ("next", str | None)],
        frozen=True,
    )
    page.__doc__ = "One page, and where the next one begins; null at the end."
    described = answers(page, *refusals, NotAcceptable, NotThereYet, Busy, Unavailable)
    files: Iterable[str] = SUFFIXES
    text = {"schema": {"type": "string", "description": "The whole list"}}
    described["responses"][200]["content"] |= dict.fromkeys(files, text)
    described["responses"][200]["headers"] = {
        "Ledger-Position": {
            "description": "The position of the log that the answer rests on",
            "schema": {"type": "string"},
        }
    }
    return described


async def _lists(request: Request) -> Lists:
    return request.app.state.parts.lists


TheLists = Annotated[Lists, Depends(_lists)]
"""A route's parameter: what answers lists."""
