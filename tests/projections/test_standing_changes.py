"""The law: the changes that are told are those that the log, read slowly, says there were."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.representations import standing_of
from ledger.facts.ids import seller_of
from ledger.facts.policies import PolicyPublished
from ledger.ledger import Ledger
from ledger.policy.book import Book
from ledger.standing.rulebook import Rulebook
from ledger.standing.standing import standing
from ledger.store.loading import StoredFact, replay
from projections.standing_changes import Change, PolicyChange, StandingChanges
from tests.laws.stories import PACKS, Step, stories, stories_told, told
from tests.store.opened import annulment, sandbox, violation

SEEN = ("status", "can_sell", "can_promote", "can_withdraw", "buckets", "sanctions", "freezes")
TIME = ("violation-expired.v1", "sanction-ended.v1")


def every_fact(ledger: Ledger) -> list[StoredFact]:
    return ledger.reader.facts(0, 100_000, to=ledger.reader.head().last_position)


def told_of(change: Change) -> tuple[Any, ...]:
    if isinstance(change, PolicyChange):
        return change
    return change.position, change.was, msgspec.to_builtins(change.standing)


def expected(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Every change since the beginning, seller by seller and append by append."""
    log = every_fact(ledger)
    found: list[tuple[Any, ...]] = []
    for seller_id in {s for f in log if (s := seller_of(f.stream)) is not None}:
        found += _of_seller(seller_id, log, ledger.rulebook)
    for stored in log:
        if isinstance(stored.fact, PolicyPublished):
            pack, _, _ = stored.fact.policy.partition("@")
            if pack == ledger.rulebook.pack:
                found.append((stored.position, stored.fact.policy, stored.fact.effective_at))
    return sorted(found, key=lambda each: each[0])


def _of_seller(seller_id: str, log: list[StoredFact], rules: Rulebook) -> Iterator[tuple[Any, ...]]:
    stream = [f for f in log if seller_of(f.stream) == seller_id]
    was: dict[str, Any] | None = None
    for n in range(1, len(stream) + 1):
        if n < len(stream) and _goes_on(stream, n):
            continue
        last = stream[n - 1]
        at, known = last.fact.recorded_at, _rules_known_at(last.position, rules)
        if was is None:
            was = _shown(replay(seller_id, []), known, at)
        seller = replay(seller_id, stream[:n])
        now = _shown(seller, known, at)
        if {k: now[k] for k in SEEN} != {k: was[k] for k in SEEN}:
            yield last.position, was["status"], msgspec.to_builtins(standing(seller, known, at, at))
        was = now


def _goes_on(stream: list[StoredFact], n: int) -> bool:
    """Whether the n-th fact (from 0) was decided together with the one before it."""
    stored = stream[n]
    due = stored.name in TIME or getattr(stored.fact, "why", "") == "due"
    if due or stored.fact.caused_by is None:
        return False
    causes = [f"{f.stream}.{f.version}" for f in stream[:n]]
    root = causes.index(stored.fact.caused_by)
    # Everything between a cause and its last consequence belongs to it.
    return stream[root].fact.recorded_at == stored.fact.recorded_at


def _rules_known_at(position: int, rules: Rulebook) -> Rulebook:
    book = Book()
    for edition in rules.book.editions:
        if edition.position <= position:
            book = book.with_edition(edition)
    return Rulebook(book, rules.pack)


def _shown(seller: Any, rules: Rulebook, at: int) -> dict[str, Any]:
    return msgspec.to_builtins(standing_of(standing(seller, rules, at, at), rules.book))


def read(ledger: Ledger, after: int = 0, at_once: int = 500) -> list[tuple[Any, ...]]:
    """All changes after a position, as somebody who connects anew reads them."""
    changes, found = StandingChanges(ledger.reader), []
    to = ledger.memory.head.last_position
    while after < to:
        chunk = changes.after(after, to, at_once)
        assert chunk.end > after
        found += [told_of(change) for change in chunk.changes]
        after = chunk.end
    return found


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=12)
@given(story=stories, at_once=st.sampled_from((1, 2, 3, 7)), cut=st.floats(0, 1))
def test_changes_are_what_the_log_says(
    dsn: str, pack: str, story: list[Step], at_once: int, cut: float
) -> None:
    with told(dsn, pack) as telling:
        ledger = telling.ledger
        follower, followed = StandingChanges(ledger.reader, remembered=1), []
        place = 0
        for step in story:
            telling.tell(step)
            chunk = follower.after(place, ledger.memory.head.last_position)
            place = chunk.end
            followed += [told_of(change) for change in chunk.changes]
        whole = expected(ledger)
        assert followed == whole
        assert read(ledger, at_once=at_once) == whole
        somewhere = int(cut * place)
        assert read(ledger, somewhere) == [each for each in whole if each[0] > somewhere]


def test_a_lapse_is_a_change_and_a_violation_without_weight_is_none(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(ledger.now() + 1)
        ledger.handle(violation("s-1", "v-1", points=0), "svc")
        ledger.handle(violation("s-1", "v-2", points=12), "svc")
        ledger.move_clock(ledger.now() + 400 * 86_400_000_000)
        *_, second, expired = [each for each in read(ledger) if len(each) == 3]
        values = [each[2]["buckets"][0]["value"] for each in (second, expired)]
        assert values == [12, 0]
        assert expired[2]["as_of"] == second[2]["next_change_at"]


def test_requests_of_one_instant_are_told_one_by_one(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(ledger.now() + 1)
        start = ledger.memory.head.last_position
        for number in range(4):
            ledger.handle(violation("s-1", f"v-{number}", points=12), "svc")
        ledger.handle(annulment("s-1", "v-0"), "ann")
        found = read(ledger, start)
        assert [each[0] - start for each in found] == [1, 2, 3, 6, 9]
        assert [(each[1], each[2]["status"]) for each in found[3:]] == [
            ("active", "suspended"), ("suspended", "active"),
        ]  # fmt: skip
        for inside in (start + 4, start + 5):
            assert read(ledger, inside) == found[3:]
