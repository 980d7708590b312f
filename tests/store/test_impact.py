"""Impact reports: a fact of the pack, and what publishing waits for where the pack demands one."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from ledger.facts.policies import PolicyImpactAssessed, PolicyPublished
from ledger.impact import ImpactReportMissing
from ledger.ledger import Ledger
from ledger.policy.book import EditionToldDifferently
from ledger.policy.check import policy_from, policy_from_canonical
from ledger.policy.document import canonical, read
from ledger.policy.shipped import load_pack
from tests.spec.facts.examples import IMPACT
from tests.store.opened import opened, violation

DEMANDED, SAID_OTHERWISE = {"impact_report": "required"}, {"impact_report": "optional"}


def draft(year: int, publishing: dict[str, str] | None = None, title: str = "a draft") -> bytes:
    """An edition of the deciding pack, in force from a year on."""
    day = f"{year}-01-01T00:00:00.000000Z"
    data = read(load_pack("aliexpress")) | {
        "edition": str(year), "effective_from": day, "published_at": day, "title": title,
    }  # fmt: skip
    return canonical(data if publishing is None else data | {"publishing": publishing})


def report(of: bytes, **other: int) -> PolicyImpactAssessed:
    policy = policy_from_canonical(of)
    said = IMPACT | {"policy": policy.ref, "digest": policy.digest} | other
    return PolicyImpactAssessed(recorded_at=0, actor="ana", **said)


@pytest.fixture
def ledger(dsn: str) -> Iterator[Ledger]:
    with opened(dsn) as ledger:
        yield ledger


def kinds(ledger: Ledger) -> list[str]:
    """What was recorded after the shipped packs."""
    facts = ledger.reader.facts(2, 100, to=ledger.reader.head().last_position)
    return [f"{stored.name} {stored.stream}" for stored in facts]


def test_a_pack_says_that_it_demands_a_report() -> None:
    assert not policy_from_canonical(draft(2090)).impact_report_required
    assert not policy_from_canonical(draft(2090, SAID_OTHERWISE)).impact_report_required
    assert policy_from_canonical(draft(2090, DEMANDED)).impact_report_required
    for shipped in ("aliexpress", "aliexpress-ladder"):
        assert not policy_from(read(load_pack(shipped))).impact_report_required


def test_without_the_mark_nothing_is_asked(ledger: Ledger) -> None:
    assert ledger.publish(draft(2090), "ana").ref == "aliexpress@2090"


def test_with_the_mark_exactly_this_draft_has_to_be_assessed(ledger: Ledger) -> None:
    wanted, other = draft(2090, DEMANDED), draft(2090, DEMANDED, title="another draft")
    with pytest.raises(ImpactReportMissing, match=policy_from_canonical(wanted).digest) as refused:
        ledger.publish(wanted, "ana")
    assert str(refused.value).startswith("the pack aliexpress@2090 ")
    assert "policy impact" in str(refused.value.accepted)
    ledger.record_impact(report(other))
    with pytest.raises(ImpactReportMissing):
        ledger.publish(wanted, "ana")
    recorded = ledger.record_impact(report(wanted))
    assert ledger.publish(wanted, "ana").ref == "aliexpress@2090"
    assert kinds(ledger) == [
        "policy-impact-assessed.v1 policy-aliexpress",
        "policy-impact-assessed.v1 policy-aliexpress",
        "policy-published.v1 policy-aliexpress",
    ]
    # Published once more it is a repeat, whatever is on record.
    assert ledger.publish(wanted, "ben").ref == "aliexpress@2090"
    assert recorded.fact.recorded_at <= ledger.now()


def test_the_mark_is_not_dropped_by_a_draft_that_lacks_it(ledger: Ledger) -> None:
    marked, silent = draft(2090, DEMANDED), draft(2091)
    ledger.record_impact(report(marked))
    ledger.publish(marked, "ana")
    for unmarked in (silent, draft(2089, SAID_OTHERWISE)):
        with pytest.raises(ImpactReportMissing):
            ledger.publish(unmarked, "ana")
    ledger.record_impact(report(silent))
    assert ledger.publish(silent, "ana").ref == "aliexpress@2091"


def test_another_packs_mark_binds_nobody_else(ledger: Ledger) -> None:
    ledger.record_impact(report(draft(2090, DEMANDED)))
    ledger.publish(draft(2090, DEMANDED), "ana")
    ladder = read(load_pack("aliexpress-ladder"))
    day = "2090-01-01T00:00:00.000000Z"
    ladder |= {"edition": "2090", "effective_from": day, "published_at": day}
    assert ledger.publish(canonical(ladder), "ana").ref == "aliexpress-ladder@2090"


def test_the_same_report_is_there_once(ledger: Ledger) -> None:
    first = ledger.record_impact(report(draft(2090)))
    again = ledger.record_impact(replace(report(draft(2090)), actor="ben"))
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.fact_id, again.position, again.fact) == (
        first.fact_id,
        first.position,
        first.fact,
    )
    other = ledger.record_impact(report(draft(2090), newly_suspended=17))
    assert (other.replayed, other.position) == (False, first.position + 1)


def test_a_draft_whose_name_is_taken_can_never_be_published(ledger: Ledger) -> None:
    ledger.publish(draft(2090), "ana")
    with pytest.raises(EditionToldDifferently):
        ledger.record_impact(report(draft(2090, title="another")))
    assert not ledger.record_impact(report(draft(2090))).replayed


def test_a_report_changes_no_rule_and_nothing_that_was_known(ledger: Ledger, dsn: str) -> None:
    ledger.handle(violation("s-1", "v-1", "weapons"), "svc")
    before, at = ledger.standing("s-1"), ledger.now()
    ledger.record_impact(report(draft(2090, DEMANDED)))
    assert ledger.standing("s-1", at, at) == ledger.standing("s-1", at, at)
    assert ledger.standing("s-1").buckets == before.buckets
    with opened(dsn) as another:
        assert another.rulebook.book.editions == ledger.rulebook.book.editions
        assert isinstance(_newest(another), PolicyImpactAssessed)
        with pytest.raises(ImpactReportMissing):
            another.publish(draft(2090, DEMANDED, title="other"), "ana")
        another.publish(draft(2090, DEMANDED), "ana")
        assert isinstance(_newest(another), PolicyPublished)
    assert ledger.record_impact(report(draft(2090, DEMANDED))).replayed


def _newest(ledger: Ledger) -> object:
    end = ledger.reader.head().last_position
    return ledger.reader.facts(end - 1, 1, to=end)[0].fact
