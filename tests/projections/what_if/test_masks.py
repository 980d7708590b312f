"""What a filter matches in the archive's columns is what a slow reader matches row by row."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.facts.instants import DAY_US, parse_instant
from projections.what_if.filters import Filter, filter_mistakes
from projections.what_if.masks import chosen, matching, needs_log, sellers_with
from projections.what_if.told import appealed, positions_of
from tests.projections.what_if.archived import Log

BEGIN = parse_instant("2026-01-01T00:00:00Z")
DAYS = 12
RULES = ["weapons", "seeds", "copyright", "keyword-stuffing"]
STEPS = ["filed", "upheld", "rejected", "lapsed", "withdrawn"]
SELLERS = ["s-1", "s-2", "s-3"]
REPORTERS = ["monitor", "detector-7"]
TAGS = ["batch-1", None]
LISTINGS = ["l-1", "l-2", None]

days = st.integers(0, DAYS)


@st.composite
def logs(draw: Any) -> Log:
    """A log of violations, voids and appeals."""
    log, at, violations = Log(), BEGIN, []
    for number in range(draw(st.integers(0, 12))):
        at += draw(st.integers(0, 2)) * DAY_US
        if violations and draw(st.integers(0, 2)) == 0:
            step = draw(st.sampled_from([*STEPS, "void"]))
            target = draw(st.sampled_from(violations))
            if step == "void":
                log.void(target, at)
            else:
                log.appeal(target, step, at)
            continue
        rule = draw(st.sampled_from(RULES))
        violations.append(
            log.violation(
                draw(st.sampled_from(SELLERS)),
                f"v-{number % 5}-{number}",
                at,
                rule,
                severity=draw(st.sampled_from(["general", "serious"]))
                if rule == RULES[2]
                else None,
                source=draw(st.sampled_from(["platform", "rights-holder"])),
                reporter=draw(st.sampled_from(REPORTERS)),
                listing=draw(st.sampled_from(LISTINGS)),
                tag=draw(st.sampled_from(TAGS)),
                effective=at - draw(st.integers(0, 2)) * DAY_US,
            )
        )
    return log


def some(values: Any) -> Any:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2)


@st.composite
def filters(draw: Any) -> Filter:
    """A filter of one to three fields."""
    instants = days.map(lambda day: f"{2026}-01-{1 + day:02d}T00:00:00Z")
    fields = {
        "rule": some(RULES),
        "family": some(["prohibited", "intellectual-property", "listing-quality"]),
        "severity": some(["general", "serious"]),
        "source": some(["platform", "rights-holder"]),
        "reporter": some(REPORTERS),
        "tag": some(["batch-1", "batch-2"]),
        "violation": some(["v-0-0", "v-1-1", "v-2-2", "v-9"]),
        "listing": some(["l-1", "l-3"]),
        "seller": some([*SELLERS, "s-9"]),
        "appeal": some(["none", *STEPS]),
        **{f"{s}_{e}": instants for s in ("recorded", "effective") for e in ("from", "to")},
        "decided_from": instants,
        "decided_to": instants,
    }
    names = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3, unique=True))
    return Filter.model_validate({name: draw(fields[name]) for name in names})


def slow(found: Filter, log: Log, known_at: int) -> set[int]:
    """The positions that it matches, fact by fact, in the plainest words."""
    newest: dict[int, tuple[str, int]] = {}
    for fact in log.told:
        step = fact.kind.removeprefix("appeal-").removesuffix(".v1")
        if fact.kind.startswith("appeal-") and fact.recorded <= known_at:
            newest[fact.about] = step, fact.recorded
    matched = set()
    for number, fact in enumerate(log.told):
        if fact.kind != "violation-recorded.v1":
            continue
        outcome, at = newest.get(number, ("none", 0))
        own = {
            "rule": fact.terms.rule, "family": fact.terms.family, "severity": fact.terms.severity,
            "source": fact.terms.source, "reporter": fact.reporter, "tag": fact.tag,
            "violation": fact.violation, "listing": fact.listing, "seller": fact.seller,
            "appeal": outcome,
        }  # fmt: skip
        when: dict[str, int | None] = {"recorded": fact.recorded, "effective": fact.effective}
        when["decided"] = at if outcome not in ("none", "filed") else None
        if all(_holds(name, value, own, when) for name, value in found.said().items()):
            matched.add(number + 1)
    return matched


def _holds(name: str, value: Any, own: dict[str, Any], when: dict[str, int | None]) -> bool:
    if name in own:
        return own[name] in value
    stretch, _, end = name.rpartition("_")
    at = when[stretch]
    return at is not None and (value <= at if end == "from" else at < value)


@settings(max_examples=150, deadline=None)
@given(logs(), filters(), days, st.integers(1, 3))
def test_a_mask_is_what_reading_row_by_row_finds(
    log: Log, found: Filter, known_day: int, pieces: int
) -> None:
    known_at = BEGIN + known_day * DAY_US
    facts, position = log.rows()
    positions = None
    if needs_log(found):
        appeals = appealed(lambda: log.log(pieces), known_at)
        positions = positions_of(found, lambda: log.log(pieces), appeals)
    wanted = chosen(found, log.numbers(), positions)
    mask = matching(wanted, facts, position)
    assert set(position[mask].tolist()) == slow(found, log, known_at)
    with_any = {log.sellers()[k] for k in np.flatnonzero(sellers_with(mask, facts))}
    assert with_any == {log.told[p - 1].seller for p in position[mask]}


def test_stretches_that_end_before_they_begin_are_mistakes() -> None:
    found = Filter(recorded_from="2026-02-01T00:00:00Z", recorded_to="2026-01-01T00:00:00Z")  # type: ignore[arg-type]
    assert [where for where, _, _ in filter_mistakes(found)] == ["recorded_to"]
