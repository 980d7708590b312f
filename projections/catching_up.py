"""Bringing views up with the log from a command, where no server does."""

import time
from typing import Final

from ledger.store.clocks import Clock
from projections.catalogue import projections
from projections.runner import Runner
from projections.taking import SQL

PATIENCE_S: Final = 30.0
"""How long a view that another process follows for may stand still."""
_PAUSE_S: Final = 0.05


def catch_up(dsn: str, clock: Clock) -> bool:
    """Take what the views have yet to read; whether they all hold the log as it is now.

    Where another process follows for a view, it is waited for.
    """
    all_of_them = projections()
    names = {projection.name for projection in all_of_them}
    runner = Runner(dsn, all_of_them, clock)
    try:
        wanted = runner.head().last_position
        until, before = time.monotonic() + PATIENCE_S, dict[str, int]()
        while True:
            more = runner.step()
            found: dict[str, int] = {}
            for name in names:
                row = runner.connection.execute(SQL["where_it_stands"], {"name": name}).fetchone()
                found[name] = 0 if row is None else row[0]
            if not more and min(found.values()) >= wanted:
                return True
            if found != before:
                until, before = time.monotonic() + PATIENCE_S, found
            if time.monotonic() > until:
                return False
            if not more:
                time.sleep(_PAUSE_S)
    finally:
        runner.close()
