"""What an edition would change: on record as a fact of its pack, and demanded before publishing."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from ledger.facts.ids import fact_id, policy_stream
from ledger.facts.kinds import from_bytes
from ledger.facts.policies import PolicyImpactAssessed
from ledger.facts.refusal import Refusal
from ledger.policy.book import Book, EditionToldDifferently
from ledger.policy.policy import Policy
from ledger.store.loading import SQL
from ledger.store.turn import Turn

HOW: Final = "the same once it is recorded: seller-ledger policy impact FILE --record --by WHO"


class ImpactReportMissing(Refusal):
    """The pack demands to know what an edition changes, and of this one nobody recorded it."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(
            f"the pack {policy.ref} is published only with an impact report, and none is recorded "
            f"for the digest {policy.digest}",
            field="publishing.impact_report",
            accepted=HOW,
        )


class Assessed(NamedTuple):
    """An impact report on record."""

    fact: PolicyImpactAssessed
    fact_id: str
    position: int
    replayed: bool
    """Whether the same was on record before."""


def record_impact(turn: Turn, found: PolicyImpactAssessed) -> Assessed:
    """Record what an edition would change, as of now; the same told again is there once.

    Raises `EditionToldDifferently` for a draft that can never be published: its name is taken.
    """
    for edition in turn.rulebook.book.editions:
        if edition.policy.ref == found.policy and edition.policy.digest != found.digest:
            raise EditionToldDifferently(found.policy, edition.policy.digest, found.digest)
    pack = found.policy.partition("@")[0]
    for known in reports_of(turn, pack):
        if replace(known.fact, recorded_at=found.recorded_at, actor=found.actor) == found:
            return known
    stream = policy_stream(pack)
    stored = turn.append_to(
        stream, turn.version_of(stream) + 1, replace(found, recorded_at=turn.at)
    )
    assert isinstance(stored.fact, PolicyImpactAssessed)
    place = fact_id(stream, stored.version)
    return Assessed(stored.fact, place, stored.position, replayed=False)


def reports_of(turn: Turn, pack: str) -> Iterator[Assessed]:
    """Every impact report of a pack's editions, in order."""
    stream = policy_stream(pack)
    turn.version_of(stream)  # sends what this turn has gathered
    turn.cursor.execute(SQL["impact_reports"], (stream,))
    for version, position, name, state in turn.cursor.fetchall():
        fact = from_bytes(name, state)
        assert isinstance(fact, PolicyImpactAssessed)
        yield Assessed(fact, fact_id(stream, version), position, replayed=True)


def refuse_unassessed(turn: Turn, policy: Policy) -> None:
    """Raise `ImpactReportMissing` where publishing an edition demands a report that is not there.

    A draft that says it needs none does not free itself: what is in force, and what is to come
    before it, is asked too.
    """
    if not (policy.impact_report_required or _demanded(turn.rulebook.book, policy, turn.at)):
        return
    if not any(known.fact.digest == policy.digest for known in reports_of(turn, policy.name)):
        raise ImpactReportMissing(policy)


def _demanded(book: Book, draft: Policy, at: int) -> bool:
    if draft.name not in book.shelves:
        return False
    editions = [edition.policy for edition in book.editions_of(draft.name)]
    begun = sum(policy.effective_from <= at for policy in editions)
    return any(policy.impact_report_required for policy in editions[max(begun - 1, 0) :])
