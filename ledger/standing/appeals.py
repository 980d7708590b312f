"""What is known of the appeals against one seller's violations."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealLapsed,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.instants import DAY_US, Instant
from ledger.facts.violations import ViolationRecorded
from ledger.standing.violations import Violation

RoundStatus = Literal["filed", "upheld", "rejected", "lapsed", "withdrawn"]
RoundFact = AppealEvidenceAdded | AppealUpheld | AppealRejected | AppealLapsed | AppealWithdrawn


class Evidence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Evidence that came after the filing: a keyed digest of it, and the fact that told it."""

    content: str
    version: int


class Round(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One round of an appeal."""

    round: int
    version: int
    """The version of the fact that filed it."""
    filed_at: Instant
    filed_by: str
    evidence_until: Instant | None
    """The last instant for evidence; None where it comes with the filing alone."""
    evidence_given: bool = False
    """Whether any came with the filing."""
    evidence: tuple[Evidence, ...] = ()
    status: RoundStatus = "filed"
    closed_at: Instant | None = None
    closed_version: int = 0
    reviewer: str | None = None
    next_round_until: Instant | None = None

    @property
    def lapses_at(self) -> Instant | None:
        """When it falls for want of evidence: just after the last instant. None if it cannot."""
        if self.status != "filed" or self.evidence_given or self.evidence:
            return None
        return None if self.evidence_until is None else self.evidence_until + 1

    def at(self, instant: Instant) -> "Round":
        """The round as it is at an instant, recorded or not."""
        lapses_at = self.lapses_at
        if lapses_at is None or instant < lapses_at:
            return self
        return replace(self, status="lapsed", closed_at=lapses_at)


class Appeal(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A seller's challenge of one violation, round after round."""

    violation_id: str
    rounds: tuple[Round, ...]

    @property
    def newest(self) -> Round:
        """The round that counts."""
        return self.rounds[-1]

    def round(self, number: int) -> Round | None:
        """A round by its number, from 1."""
        return self.rounds[number - 1] if 0 < number <= len(self.rounds) else None


Appeals = tuple[Appeal, ...]


def appeal_of(appeals: Appeals, violation_id: str) -> Appeal | None:
    """The appeal against a violation."""
    for appeal in reversed(appeals):
        if appeal.violation_id == violation_id:
            return appeal
    return None


def first_until(fact: ViolationRecorded) -> Instant | None:
    """The last instant for a first round against what was recorded; None where there is none."""
    return fact.recorded_at + fact.appeal_days * DAY_US if fact.appeal_days else None


def appealable_until(
    violation: Violation, appeal: Appeal | None, fact: ViolationRecorded
) -> Instant | None:
    """The last instant for the next filing, which may be over; None where there is none to come,
    or a round is open.
    """
    if violation.cancelled_at is not None:
        return None
    return first_until(fact) if appeal is None else appeal.newest.next_round_until


def lapsing(appeals: Appeals) -> Iterator[tuple[Instant, Appeal]]:
    """Appeals that fall unless evidence comes, and when."""
    for appeal in appeals:
        lapses_at = appeal.newest.lapses_at
        if lapses_at is not None:
            yield lapses_at, appeal


def after(appeals: Appeals, fact: AppealFiled | RoundFact, version: int) -> Appeals:
    """These, and a round that was filed, or what happened to the newest round of one."""
    appeal = appeal_of(appeals, fact.violation_id)
    if isinstance(fact, AppealFiled):
        opened = _opened(fact, version)
        if appeal is None:
            return (*appeals, Appeal(fact.violation_id, (opened,)))
        return _changed(appeals, replace(appeal, rounds=(*appeal.rounds, opened)))
    if appeal is None:
        return appeals
    newest = _after(appeal.newest, fact, version)
    return _changed(appeals, replace(appeal, rounds=(*appeal.rounds[:-1], newest)))


def _opened(fact: AppealFiled, version: int) -> Round:
    return Round(
        fact.round,
        version,
        fact.recorded_at,
        fact.actor,
        fact.evidence_until,
        fact.evidence_given,
    )


def _after(newest: Round, fact: RoundFact, version: int) -> Round:
    match fact:
        case AppealEvidenceAdded():
            return replace(newest, evidence=(*newest.evidence, Evidence(fact.content, version)))
        case AppealLapsed():
            return replace(
                newest, status="lapsed", closed_at=fact.effective_at, closed_version=version
            )
        case AppealUpheld() | AppealRejected() | AppealWithdrawn():
            closed = replace(
                newest, status=_STATUS[type(fact)], closed_at=fact.recorded_at,
                closed_version=version,
            )  # fmt: skip
            if isinstance(fact, AppealWithdrawn):
                return closed
            until = fact.next_round_until if isinstance(fact, AppealRejected) else None
            return replace(closed, reviewer=fact.actor, next_round_until=until)


_STATUS: dict[type, RoundStatus] = {
    AppealUpheld: "upheld",
    AppealRejected: "rejected",
    AppealWithdrawn: "withdrawn",
}


def _changed(appeals: Iterable[Appeal], changed: Appeal) -> Appeals:
    return tuple(changed if a.violation_id == changed.violation_id else a for a in appeals)
