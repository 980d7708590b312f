"""What was answered before: the facts of earlier requests, read for many repeats at once. Where a
repeat has to be known before a transaction ends, its turn is asked.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, cast

from ledger.comparing import compare
from ledger.decide.commands import Command, stream_of
from ledger.decide.promotion_commands import AboutEnrolment
from ledger.decide.refusals import ToldDifferently
from ledger.facts.ids import group_of, seller_of, subject_of
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import SanctionEnded
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from ledger.store.cases import Case, evolve_case, is_case
from ledger.store.keeping import Told
from ledger.store.loading import StoredFact, load_told
from ledger.store.reader import Reader
from ledger.store.turn import Appended, Turn

FOLLOWING_AT_ONCE: Final = 2
"""Facts read behind the first of a request: most bring one or two."""


class Earlier(NamedTuple):
    """The streams in which some repeats were answered, and the texts kept beside their facts."""

    streams: dict[str, list[StoredFact]]
    """By name."""
    prose: dict[int, dict[str, Any]]
    behind: dict[int, list[StoredFact]]
    """The facts that followed in one append from the first of a request about a case, by the
    position of that: in its stream and in its seller's."""

    @classmethod
    def read(cls, reader: Reader, repeats: Iterable[Told]) -> "Earlier":
        """Read all streams and all texts together."""
        told = list(repeats)
        if not told:
            return cls({}, {}, {})
        streams = reader.streams(sorted({t.stream for t in told}))
        first = [streams[t.stream][t.version - 1] for t in told]
        return cls(
            streams,
            reader.prose([f.position for f in first]),
            _behind(reader, [f for f in first if is_case(f.stream)]),
        )

    def facts(self, command: Command, told: Told) -> tuple[Appended, ...]:
        """The facts that answered this command before; raises `ToldDifferently`."""
        _refuse_other_stream(command, told)
        stream = self.streams[told.stream]
        first = stream[told.version - 1]
        compare(command, first.fact, self.prose.get(first.position))
        following = self.behind.get(first.position)
        if following is None:
            following = _that_follow(first, stream[first.version :])
        return tuple(Appended(f.stream, f.version, f.position, f.fact) for f in (first, *following))

    def seller(self, told: Told, facts: tuple[Appended, ...]) -> Seller:
        """What was known of the seller right after these facts of its stream."""
        seller = Seller(cast(str, seller_of(told.stream)))
        for stored in self.streams[told.stream][: facts[-1].version]:
            seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
        return seller

    def case(self, told: Told, facts: tuple[Appended, ...]) -> Case | None:
        """What was known of the case right after these facts; None if they are about none."""
        if not is_case(told.stream):
            return None
        last = max(fact.version for fact in facts if fact.stream == told.stream)
        case: Case | None = None
        for stored in self.streams[told.stream][:last]:
            case = evolve_case(told.stream, case, stored.fact, stored.position)
        return case


def told_otherwise(
    turn: Turn, repeats: Sequence[tuple[Command, Told]]
) -> list[ToldDifferently | None]:
    """For each repeat that was found in this turn, how it differs from what was told first: in this
    turn or before. None for one that is the same.
    """
    first = load_told(turn.sent(), {told for _, told in repeats}) if repeats else {}
    found: list[ToldDifferently | None] = []
    for command, told in repeats:
        try:
            _refuse_other_stream(command, told)
            compare(command, *first[told])
            found.append(None)
        except ToldDifferently as other:
            found.append(other)
    return found


def _refuse_other_stream(command: Command, told: Told) -> None:
    """Under one idempotency key nothing else is told."""
    if told.stream != stream_of(command):
        raise ToldDifferently("this idempotency key", _named_by(command, told))


def _named_by(command: Command, told: Told) -> str:
    """The field by which a command is about something else than what was told before."""
    subject = subject_of(told.stream)
    if subject != subject_of(stream_of(command)):
        return "command"
    if group_of(told.stream) and group_of(told.stream) == group_of(stream_of(command)):
        return "product_id" if isinstance(command, AboutEnrolment) else "date"
    asked = (f"{subject}_id", "campaign_id", "seller_id")
    return next((field for field in asked if hasattr(command, field)), "command")


def _behind(reader: Reader, first: list[StoredFact]) -> dict[int, list[StoredFact]]:
    """What followed each of these in its append: facts of one append stand side by side."""
    found: dict[int, list[StoredFact]] = {}
    most = FOLLOWING_AT_ONCE
    while first:
        rows = reader.facts_behind([f.position for f in first], most)
        longer: list[StoredFact] = []
        for begun in first:
            behind = rows.get(begun.position, [])
            found[begun.position] = _that_follow(begun, behind)
            if len(found[begun.position]) == most:
                longer.append(begun)
        first, most = longer, most * 8
    return found


def _that_follow(first: StoredFact, behind: list[StoredFact]) -> list[StoredFact]:
    """The facts of the same append: those that a fact from `first` on caused, recorded with it."""
    following: list[StoredFact] = []
    address = {f"{first.stream}.{first.version}"}
    for stored in behind:
        same = stored.fact.recorded_at == first.fact.recorded_at
        # A warning ends at the instant it begins, but that is recorded by an append of its own.
        ended = isinstance(stored.fact, SanctionEnded)
        # What became of other cases is told there.
        other = stored.stream != first.stream and seller_of(stored.stream) is None
        if not same or ended or other or stored.fact.caused_by not in address:
            break
        address.add(f"{stored.stream}.{stored.version}")
        following.append(stored)
    return following
