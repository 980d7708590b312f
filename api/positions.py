"""Positions as text: reading them, and waiting until this process has read the log so far."""

import asyncio
import re
import time
from typing import Final

from api.refusals import MalformedParameter
from ledger.ledger import Ledger
from ledger.store.refusals import NotThereYet

WAIT_S: Final = 2.0
"""How long a reader waits for what another process wrote, before it is told to come back."""
_PAUSE_S: Final = 0.01
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
