"""How editions of policy packs enter the ledger: as facts, with their canonical bytes
beside them.
"""

from collections.abc import Sequence

from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.ids import policy_stream
from ledger.facts.instants import Instant, format_instant
from ledger.facts.policies import PolicyPublished
from ledger.facts.refusal import Refusal
from ledger.impact import refuse_unassessed
from ledger.policy.book import Book, EditionToldDifferently
from ledger.policy.check import policy_from_canonical
from ledger.policy.policy import Policy
from ledger.store.loading import SQL
from ledger.store.turn import Turn


class PublishedTooLate(Refusal):
    """An edition takes effect from its publication on; the past is not decided again."""

    def __init__(self, ref: str, effective_from: Instant, at: Instant) -> None:
        super().__init__(
            f"{ref} would be in force from {format_instant(effective_from)}, "
            "before it is published",
            field="effective_from",
            accepted=f"{format_instant(at)} or later",
        )


def publish(turn: Turn, canonical: bytes, actor: str) -> Policy:
    """Publish an edition; one that is published already is left as it is.

    Raises `EditionToldDifferently` for another content under a known name, `PublishedTooLate`, and
    `ImpactReportMissing` where its pack demands to know first what it changes.
    """
    policy = policy_from_canonical(canonical)
    for known in turn.rulebook.book.editions:
        if known.policy.ref == policy.ref:
            if known.policy.digest != policy.digest:
                raise EditionToldDifferently(policy.ref, known.policy.digest, policy.digest)
            return known.policy
    at = turn.at
    if policy.effective_from < at:
        raise PublishedTooLate(policy.ref, policy.effective_from, at)
    refuse_unassessed(turn, policy)
    _enter(turn, policy, canonical, actor, at)
    turn.learn()
    return policy


def is_known(book: Book, canonical: bytes) -> bool:
    """Whether an edition of this name is in the book, whatever its content."""
    ref = policy_from_canonical(canonical).ref
    return any(known.policy.ref == ref for known in book.editions)


def publish_first(turn: Turn, packs: Sequence[bytes]) -> None:
    """On an empty log the shipped packs enter as of their own publication, so that history fits
    behind them.
    """
    policies = [(policy_from_canonical(canonical), canonical) for canonical in packs]
    for policy, canonical in sorted(policies, key=lambda p: (p[0].published_at, p[0].ref)):
        _enter(turn, policy, canonical, LEDGER_ACTOR, policy.published_at)
    turn.learn()


def _enter(turn: Turn, policy: Policy, canonical: bytes, actor: str, at: Instant) -> None:
    stream = policy_stream(policy.name)
    fact = PolicyPublished(
        recorded_at=at,
        actor=actor,
        policy=policy.ref,
        digest=policy.digest,
        effective_at=policy.effective_from,
    )
    version = turn.version_of(stream) + 1
    stored = turn.append_to(stream, version, fact)
    turn.cursor.execute(
        SQL["save_edition"], (policy.digest, policy.ref, stored.position, canonical)
    )
