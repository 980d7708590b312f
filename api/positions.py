"""Positions as text: reading them, and waiting until this process has read the log so far."""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Final

from starlette.concurrency import run_in_threadpool

from api.refusals import MalformedParameter
from ledger.ledger import Ledger
from ledger.store.refusals import NotThereYet, Unavailable
from projections.views import Views

WAIT_S: Final = 2.0
"""How long a reader waits for what another process wrote, before it is told to come back."""
_PAUSE_S: Final = 0.01
_PATIENCE_S: Final = 30.0
"""How long views may stand still while somebody waits for them without end."""
_POSITION: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
ACCEPTED: Final = "a position or token as this server gave it"


def position_in(text: str, field: str) -> int:
    """The place in the log that a position or token names; raises `MalformedParameter`."""
    if not _POSITION.fullmatch(text):
        raise MalformedParameter(f"{field} is not a position", field=field, accepted=ACCEPTED)
    return int(text)


async def seen(ledger: Ledger, min_position: str | None) -> None:
    """Return once this process has read the log up to a position, or raise `NotThereYet`."""
    if min_position is None:
        return
    wanted = position_in(min_position, "min_position")
    until = time.monotonic() + WAIT_S
    while ledger.memory.head.last_position < wanted:
        if time.monotonic() > until:
            raise NotThereYet(min_position, ledger.memory.head.last_position)
        await asyncio.sleep(_PAUSE_S)


async def views_seen(
    ledger: Ledger, views: Views, names: Sequence[str], min_position: str | None = None
) -> None:
    """Return once these views hold all that this process has read of the log, and what time made
    of it; or raise `NotThereYet`, or `Unavailable` for views that do not come after.
    """
    await seen(ledger, min_position)
    await _until(ledger, views, names, WAIT_S)


async def views_settled(ledger: Ledger, views: Views, names: Sequence[str]) -> None:
    """The same, however long it takes, as long as they come nearer."""
    await _until(ledger, views, names, None)


async def _until(ledger: Ledger, views: Views, names: Sequence[str], wait_s: float | None) -> None:
    wanted, now = ledger.memory.head.last_position, ledger.now()
    pause_s, until = _PAUSE_S / 2, time.monotonic() + (wait_s or _PATIENCE_S)
    told = ""
    while (behind := await run_in_threadpool(views.behind, names, wanted, now)) is not None:
        if wait_s is None and behind != told:
            told, until = behind, time.monotonic() + _PATIENCE_S
        if time.monotonic() > until:
            raise Unavailable(behind)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 5 * _PAUSE_S)
