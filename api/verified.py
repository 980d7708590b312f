"""What the last `verify` of this ledger found, kept in its folder for those who cannot run it.

It is a notice and no proof: whoever can change the record can write here too. It says when the
record was held against its tree and what came of it; who needs more holds it against it again.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from api.refusals import NotVerifiedYet
from api.verifying import Report
from projections.tree.stretches import Finding

MOST_KEPT: Final = 20
_NAME: Final = "verified.json"


class FindingSeen(msgspec.Struct, frozen=True):
    """Something that is not as it was signed."""

    kind: str
    position: str | None
    says: str


class Verification(msgspec.Struct, frozen=True):
    """One `verify` of the whole log."""

    verified_at: str
    log: str
    facts: int
    """Held against the tree."""
    not_signed_yet: int
    """Recorded since the newest checkpoint of then."""
    held_against: tuple[str, ...]
    whole: bool
    found: int
    findings: tuple[FindingSeen, ...]
    """The first of what was found, 20 at most."""
    seconds: float


def keep_verified(folder: Path, report: Report, at: str) -> Verification:
    """Keep what came of a `verify`, in place of the one before. Raises OSError."""
    made = Verification(
        verified_at=at,
        log=report.log,
        facts=report.facts,
        not_signed_yet=report.not_signed,
        held_against=report.against,
        whole=not report.findings,
        found=len(report.findings),
        findings=tuple(_seen(each) for each in report.findings[:MOST_KEPT]),
        seconds=report.seconds,
    )
    part = folder / f".{_NAME}.{os.getpid()}"
    try:
        part.write_bytes(msgspec.json.encode(made))
        part.replace(folder / _NAME)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return made


def last_verified(folder: Path) -> Verification:
    """The last one that was kept. Raises `NotVerifiedYet`."""
    try:
        return msgspec.json.decode((folder / _NAME).read_bytes(), type=Verification)
    except (OSError, msgspec.MsgspecError):
        raise NotVerifiedYet from None


def _seen(found: Finding) -> FindingSeen:
    position = None if found.position is None else str(found.position)
    return FindingSeen(found.kind, position, found.says)
