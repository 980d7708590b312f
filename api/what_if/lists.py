"""The lists of what-if: the runs, and the sellers of whom a run found a difference."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from api.lists.listing import Asked, ListOf, Moment
from api.lists.tokens import Key
from api.representations import When
from api.what_if.runs import Headline, Run, State
from api.what_if.standings import SellerInBoth, SellerSideBySide, row_of, seen_of
from ledger.facts.instants import Instant, format_instant, parse_instant
from projections.archive.manifest import reading
from projections.what_if.result import Differing


class RunSeen(msgspec.Struct, frozen=True):
    """How a run stands."""

    id: str
    name: str
    about: str | None
    state: State
    progress: float
    """From 0 to 1."""
    asked_by: str | None
    asked_at: When
    started_at: When | None
    ended_at: When | None
    known_at: When | None
    """What had been recorded by then is known; null until the run is taken up."""
    digest: str | None
    """The scenario's, with its `known_at`; null until the run is taken up."""
    why: str | None
    """Why it failed."""
    headline: Headline | None
    """What came of it, in a few counts of sellers; null until it is done."""


class _Of(msgspec.Struct, frozen=True):
    position: int


class _Span(msgspec.Struct, frozen=True):
    to: str
    known_at: str
    checkpoint: _Of


RUNS: Final = ListOf("what-if", "runs", RunSeen)
SELLERS: Final = ListOf("what-if-sellers", "sellers", SellerInBoth)


def run_seen(run: Run) -> RunSeen:
    """A run as it is told."""
    return RunSeen(
        id=run.run_id,
        name=run.name,
        about=run.about,
        state=run.state,
        progress=run.progress,
        asked_by=run.asked_by,
        asked_at=format_instant(run.asked_at),
        started_at=_when(run.started_at),
        ended_at=_when(run.ended_at),
        known_at=_when(run.known_at),
        digest=run.digest,
        why=run.why,
        headline=run.headline,
    )


def runs_kept(runs: Any, state: State | None, position: int) -> Asked[RunSeen]:
    """The runs, the newest first; all, or those in one state."""

    def rows(_cursor: Any, after: Key | None, _at_once: int) -> Iterator[tuple[Key, RunSeen]]:
        for run in runs.all():
            behind = after is None or run.run_id < str(after[0])
            if behind and state in (None, run.state):
                yield (run.run_id,), run_seen(run)

    return Asked(RUNS, rows, {"state": state}, Moment(position))


class SellersWanted(NamedTuple):
    """Which of the sellers that differ; None asks for all."""

    differs: Differing | None = None
    suspended: Literal["newly", "spared"] | None = None
    q: str | None = None
    """How the seller's id begins."""


def sellers_of(
    run_id: str, folder: Path, archive: Path, wanted: SellersWanted
) -> Asked[SellerInBoth]:
    """The sellers that differ, in the order in which the ledger came to know them."""
    span = span_of(folder)

    def rows(_cursor: Any, after: Key | None, at_once: int) -> Iterator[tuple[Key, SellerInBoth]]:
        place = 0 if after is None else int(after[0] or 0)
        with _kept(folder, archive) as kept:
            places = kept.places(wanted.differs, wanted.suspended, wanted.q or "")
            places = places[places >= place]
            for first in range(0, len(places), at_once):
                some = places[first : first + at_once]
                for found_at, found in zip(some.tolist(), kept.at(some), strict=True):
                    yield (found_at + 1,), row_of(found, parse_instant(span.to))

    return Asked(
        SELLERS, rows, {"run": run_id, **wanted._asdict()}, Moment(span.checkpoint.position)
    )


def seller_in(folder: Path, archive: Path, seller_id: str) -> SellerSideBySide | None:
    """One seller in both worlds; None where they say the same of it."""
    with _kept(folder, archive) as kept:
        found = kept.seller(seller_id)
        return None if found is None else seen_of(found, parse_instant(span_of(folder).to))


def instants_of(folder: Path) -> tuple[Instant, Instant]:
    """As of when the standings of a run are, and as known when."""
    span = span_of(folder)
    return parse_instant(span.to), parse_instant(span.known_at)


def span_of(folder: Path) -> _Span:
    """What a result rests on."""
    return msgspec.json.decode((folder / "result.json").read_bytes(), type=_Span)


@contextmanager
def _kept(folder: Path, archive: Path) -> Generator[Any]:
    """A result to be read, while the archive that names its violations stays; raises
    `NoArchive`.
    """
    # Columns are heavy to load, and only whoever looks into a result needs them.
    from projections.archive.looking import Violations  # noqa: PLC0415
    from projections.what_if.kept import Kept  # noqa: PLC0415

    with reading(archive) as manifest:
        yield Kept(folder, Violations(archive, manifest))


def _when(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
