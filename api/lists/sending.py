"""Sending an export: as fast as it is taken, never as a whole, and never cut off in silence."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from api.lists.exports import Export
from api.lists.listing import Moment
from api.representations import position_text

PATIENCE_S: Final = 60
"""How long a reader may take for one piece: its export keeps others from theirs."""


def told_of(moment: Moment) -> dict[str, str]:
    """The headers of every answer about a list."""
    headers = {"Ledger-Position": position_text(moment.position), "Vary": "Accept"}
    if moment.parked:
        headers["Ledger-Parked"] = str(moment.parked)
    return headers


class Counted(Response):
    """An answer that knows how many rows it tells, and whether they hold what people wrote."""

    def __init__(
        self,
        body: bytes,
        rows: int,
        headers: dict[str, str],
        media_type: str,
        *,
        words: bool = False,
    ) -> None:
        super().__init__(body, 200, headers, media_type=media_type)
        self.rows = rows
        self.words = words


class Streamed(StreamingResponse):
    """An export as an answer.

    Whatever ends it early, a reader that went away or a failure here, frees its connection. The
    body is then never ended, so that no reader takes what it has for the whole.
    """

    def __init__(self, export: Export, first: list[bytes], *, words: bool) -> None:
        headers = {
            **told_of(export.moment),
            "Content-Disposition": f'attachment; filename="{export.file_name}"',
        }
        pieces = itertools.chain(first, export.pieces)
        super().__init__(pieces, 200, headers, media_type=export.media_type)
        self.words = words
        self._export = export
        self._when_ended: Callable[[int], None] | None = None

    def when_ended(self, tell: Callable[[int], None]) -> None:
        """Have it told how many rows were handed on, whatever ends the answer."""
        self._when_ended = tell

    def give_up(self) -> None:
        """Send nothing after all: frees the connection."""
        self._export.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(PATIENCE_S):
                await send(message)

        try:
            await super().__call__(scope, receive, send_in_time)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._end)

    def _end(self) -> None:
        self._export.close()
        if self._when_ended is not None:
            self._when_ended(self._export.rows_told)
