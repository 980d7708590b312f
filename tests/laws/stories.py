"""Random stories of two sellers, told to a real ledger on a sandbox clock under several packs."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeAlias

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decide.commands import ImposeSanction
from ledger.facts.instants import DAY_US, format_instant, parse_instant
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.policy.document import PackData, canonical, read
from ledger.policy.patch import PatchValue, patched
from ledger.policy.policy import Barred, SanctionKind
from ledger.policy.shipped import load_pack
from tests.store.opened import annulment, appeal, review, sandbox, violation, waiver

START = parse_instant("2026-03-01T00:00:00Z")
SELLERS = ("s-0", "s-1")
PEOPLE = ("ann", "bob")
BY_HAND: tuple[tuple[SanctionKind, int | None, tuple[Barred, ...] | None], ...] = (
    ("suspension", None, None),
    ("freeze-of-selling", 14, None),
    ("suspension", 30, None),
    ("warning", None, None),
    ("display-restriction", 7, ("promotion",)),
    ("restriction-of-operations", None, ("selling",)),
)
RULES = (
    "weapons",
    "false-delivery",
    "medicines",
    "wrong-category",
    "keyword-stuffing",
    "copyright",
)

CAPPED: dict[str, PatchValue] = {
    "name": "capped",
    "buckets.points.daily_cap": 15,
    "buckets.listing-quality.daily_cap": 3,
    "buckets.strikes.merge_days": 3,
}
MERGED: dict[str, PatchValue] = {
    "name": "merged",
    "buckets.points.daily_cap": 30,
    "buckets.points.merge_days": 2,
    "buckets.points.limit": 40,
    "options.crossing_several": "all",
    "options.refire_after_waiver": False,
    "options.annulment_alone_up_to": 6,
    "zone": "America/New_York",
}
ONCE: dict[str, PatchValue] = {
    "name": "once",
    "options.fires_again_after_falling": False,
    "options.second_person_for": [],
}
PACKS: dict[str, dict[str, PatchValue]] = {
    "aliexpress-ladder": {},
    "capped": CAPPED,
    "merged": MERGED,
    "once": ONCE,
}

Step: TypeAlias = tuple[str, int, int, int]
"""What happens, to which seller, and two numbers that say to what."""

sellers = st.integers(0, len(SELLERS) - 1)
# Zero days and instants of equal recording are common: that is where orders and boundaries bite.
days = st.sampled_from((0, 0, 1, 2, 3, 6, 7, 13, 14, 30, 90, 180, 365))
violations = st.tuples(st.just("violate"), sellers, st.integers(0, len(RULES) - 1), days)
stories: st.SearchStrategy[list[Step]] = st.lists(
    violations
    | violations
    | st.tuples(st.just("wait"), st.just(0), days, st.integers(0, 1))
    | st.tuples(st.just("annul"), sellers, st.integers(0, 9), st.integers(0, 1))
    | st.tuples(st.just("waive"), sellers, st.integers(0, 3), st.integers(0, 1))
    | st.tuples(st.just("appeal"), sellers, st.integers(0, 9), st.integers(0, 1))
    | st.tuples(st.just("review"), sellers, st.integers(0, 3), st.integers(0, 3))
    | st.tuples(st.just("impose"), sellers, st.integers(0, 7), st.integers(0, 1))
    | st.tuples(st.just("publish"), st.just(0), st.sampled_from((20, 36, 60)), st.just(0)),
    min_size=4,
    max_size=24,
)


def pack_data(name: str) -> PackData:
    """One of `PACKS`: the shipped ladder, with caps, merges and other options patched in."""
    return patched(read(load_pack("aliexpress-ladder")), PACKS[name])


class Telling:
    """A story being told to a ledger; what the ledger refuses is part of the story."""

    def __init__(self, ledger: Ledger, pack: str) -> None:
        self.ledger = ledger
        self._data = pack_data(pack)
        self._told = 0
        self._steps: dict[str, Callable[[int, int, int], object]] = {
            "violate": self._violate,
            "wait": self._wait,
            "annul": self._annul,
            "waive": self._waive,
            "appeal": self._appeal,
            "review": self._review,
            "publish": self._publish,
            "impose": self._impose,
        }

    def tell(self, step: Step) -> None:
        what, *how = step
        self._told += 1
        with suppress(Refusal):
            self._steps[what](*how)

    def _violate(self, seller: int, rule: int, days_ago: int) -> None:
        at = format_instant(self.ledger.now() - days_ago * DAY_US)
        told = violation(SELLERS[seller], f"v-{self._told}", RULES[rule], effective_at=at)
        if RULES[rule] == "copyright":
            told = replace(told, severity="serious" if self._told % 3 else "general")
        self.ledger.handle(told, "svc")

    def _wait(self, _: int, days_on: int, microseconds: int) -> None:
        self.ledger.move_clock(self.ledger.now() + days_on * DAY_US + microseconds)

    def _annul(self, seller: int, which: int, who: int) -> None:
        known = self.ledger.reader.seller(SELLERS[seller]).violations
        if known:
            violation_id = known[which % len(known)].violation_id
            told = annulment(SELLERS[seller], violation_id, by=PEOPLE[who])
            self.ledger.handle(told, PEOPLE[who])

    def _waive(self, seller: int, which: int, who: int) -> None:
        known = self.ledger.reader.seller(SELLERS[seller]).sanctions
        if known:
            sanction = known[which % len(known)].sanction_id
            self.ledger.handle(waiver(SELLERS[seller], sanction, PEOPLE[who]), PEOPLE[who])

    def _appeal(self, seller: int, which: int, evidence: int) -> None:
        """Against the newest first: those are in time. Without evidence most lapse."""
        known = self.ledger.reader.seller(SELLERS[seller]).violations
        if known:
            against = known[-1 - which % len(known)].violation_id
            self.ledger.handle(appeal(SELLERS[seller], against, evidence=bool(evidence)), "shop")

    def _review(self, seller: int, which: int, outcome: int) -> None:
        """Mostly upheld, which voids a violation as an annulment would; else rejected."""
        open_ = [
            appeal
            for appeal in self.ledger.reader.seller(SELLERS[seller]).appeals
            if appeal.newest.status == "filed"
        ]
        if open_:
            chosen = open_[which % len(open_)]
            how = "rejected" if outcome == 3 else "upheld"
            told = review(SELLERS[seller], chosen.violation_id, chosen.newest.round, how)
            self.ledger.handle(told, told.reviewer)

    def _impose(self, seller: int, which: int, who: int) -> None:
        """By hand: a suspension takes two people, whoever begins; the others take one."""
        kind, days, bars = BY_HAND[which % len(BY_HAND)]
        told = ImposeSanction(
            seller_id=SELLERS[seller],
            sanction_id=f"by-hand-{which}",
            kind=kind,
            days=days,
            bars=bars,
            reason="seen by hand",
            listing_ids=("l-1",) if which % 2 else None,
            imposed_by=PEOPLE[who],
        )
        self.ledger.handle(told, PEOPLE[who])

    def _publish(self, _: int, limit: int, __: int) -> None:
        now = format_instant(self.ledger.now())
        patch: dict[str, PatchValue] = {
            "edition": f"edition-{self._told}",
            "published_at": now,
            "effective_from": now,
            "buckets.points.limit": limit,
            "buckets.points.milestones.warning.threshold": limit // 20,
        }
        self.ledger.publish(canonical(patched(self._data, patch)), "ops")


TABLES = (
    "stored_events, log_head, seller_state, seller_key, sealed_text, policy_edition, "
    "idempotency_key, history_import"
)


@contextmanager
def told(dsn: str, pack: str) -> Generator[Telling]:
    """A ledger on an emptied database, under one of `PACKS`, at the beginning of a story."""
    with psycopg.connect(dsn) as connection:
        connection.execute(f"TRUNCATE {TABLES}")  # type: ignore[arg-type]
    chosen = canonical(pack_data(pack)) if PACKS[pack] else None
    with sandbox(dsn, pack, chosen=chosen) as ledger:
        ledger.move_clock(START)
        yield Telling(ledger, pack)


def stories_told(examples: int) -> settings:
    """How a law is tried on stories: each empties the database of its test."""
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
