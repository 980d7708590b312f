"""What `verify` holds against the log beside its tree: what is kept of sellers, and what is made
from the log for its readers.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, TypeAlias

from api.archives import FOLDER, verify_archive
from api.settings import Settings
from api.upkeep import clock_of_log
from projections.archive.manifest import FILE
from projections.catching_up import catch_up
from projections.holding import memos, texts
from projections.pieces import Pieces
from projections.rebuild import check
from projections.tree.leaves import log_end
from projections.tree.sources import close, one_moment
from projections.tree.stretches import Finding

Watch: TypeAlias = Callable[[int, int | None], None]
Bars: TypeAlias = Callable[[str], AbstractContextManager[Watch]]
"""A progress bar under a heading."""

FEW_FACTS: Final = 250_000
"""So many facts are held against views and archive without being asked: a matter of seconds."""


class Held(NamedTuple):
    """What was held against the log, in words, and what is not as it says."""

    against: list[str]
    findings: list[Finding]
    took: float
    """In seconds."""


def hold_kept(dsn: str, watch: Watch, work: Pieces) -> Held:
    """Hold memos, texts and rule books against the facts that they belong to."""
    began = time.monotonic()
    try:
        with one_moment(dsn) as cursor:
            findings, end, kept = texts.editions(cursor), log_end(cursor), texts.count(cursor)
            spans = [(dsn, *span) for span in memos.spans(cursor)]
        stretches = [(dsn, *stretch) for stretch in texts.stretches(end)]
        done = 0
        for compare, pieces in ((memos.compare, spans), (texts.compare, stretches)):
            for compared in work.done(compare, pieces):
                findings += compared.findings
                done += compared.facts
                watch(done, max(done, end + kept))
    finally:
        close(dsn)
    return Held(["memos", "texts", "policies"], findings, time.monotonic() - began)


def hold_made(dsn: str, settings: Settings, bars: Bars) -> Held:
    """Hold views against the log, and the archive where there is one. Views are brought up to
    the log's end before.
    """
    began = time.monotonic()
    against, findings = ["views"], list[Finding]()
    if (settings.data_dir / FOLDER / FILE).is_file():
        against.append("archive")
        with bars("Comparing the archive") as watch:
            found = verify_archive(dsn, settings, watch).findings
        findings += [Finding("archive", None, f"in the archive: {says}") for says in found]
    clock = clock_of_log(dsn)
    catch_up(dsn, clock)
    with bars("Comparing views") as watch:
        differing = check(dsn, clock, (), watch)
    findings += [
        Finding("view", None, f"{row.table} {row.key} is not what the log gives")
        for row in differing
    ]
    return Held(against, findings, time.monotonic() - began)
