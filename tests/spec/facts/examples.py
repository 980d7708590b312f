"""Two facts of every kind: one that says all it can, and one that says no more than it must."""

from typing import Any, Final

from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealLapsed,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.fact import Fact
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.policies import PolicyImpactAssessed, PolicyPublished
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionEnded,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionProposed,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import (
    ViolationAnnulled,
    ViolationAnnulmentProposed,
    ViolationCancelled,
    ViolationExpired,
    ViolationRecorded,
)
from tests.spec.facts import (
    dispute_examples,
    erasure_examples,
    performance_examples,
    promotion_examples,
    reads_examples,
    report_examples,
    service_examples,
)

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
EFFECTIVE: Final = parse_instant("2026-02-27T22:15:00Z")
ALL: Final[dict[str, Any]] = {
    "recorded_at": AT,
    "actor": "compliance-7",
    "caused_by": "seller-s-1.3",
    "correlation_id": "case-2026-0042",
}
LEAST: Final[dict[str, Any]] = {"recorded_at": AT, "actor": "ledger"}
SEAL: Final = "m0Wx3kV5Yy2uQ9dJc8bT1A"

COMPLETE: Final[dict[str, Fact]] = {
    "violation-recorded.v1": ViolationRecorded(
        **ALL,
        violation_id="v-17",
        rule="copyright",
        family="intellectual-property",
        severity="serious",
        bucket="strikes",
        points=6,
        strikes=1,
        backdated_us=AT - EFFECTIVE,
        lapses_at=EFFECTIVE + 365 * DAY_US,
        local_day=20512,
        daily_cap=12,
        merge_days=3,
        appeal_days=3,
        source="rights-holder",
        listing_id="listing-9",
        policy="aliexpress-ladder@2020-01-01",
        digest="0a1b2c3d",
        judged_by="aliexpress-ladder@2026-01-01",
        seal=SEAL,
    ),
    "violation-annulment-proposed.v1": ViolationAnnulmentProposed(
        **ALL, violation_id="v-17", seal=SEAL
    ),
    "violation-annulled.v1": ViolationAnnulled(**ALL, violation_id="v-17", seal=SEAL),
    "violation-expired.v1": ViolationExpired(
        **ALL, violation_id="v-17", effective_at=EFFECTIVE + 365 * DAY_US
    ),
    "sanction-imposed.v1": SanctionImposed(
        **ALL,
        sanction_id="sanction-4",
        sanction="freeze-of-selling",
        milestone="listing-quality-24",
        bucket="listing-quality",
        rung="freeze",
        multiple=2,
        starts_at=AT,
        ends_at=AT + 7 * DAY_US,
        bars=("promotion", "selling"),
        because_of=("v-17",),
        listing_ids=("listing-9",),
        policy="aliexpress-ladder@2020-01-01",
        seal=SEAL,
    ),
    "sanction-proposed.v1": SanctionProposed(
        **ALL,
        sanction_id="by-hand-1",
        sanction="suspension",
        days=30,
        bars=("promotion", "selling"),
        because_of=("v-17",),
        listing_ids=("listing-9",),
        seal=SEAL,
    ),
    "sanction-ended.v1": SanctionEnded(**ALL, sanction_id="sanction-4", effective_at=AT),
    "sanction-lifted.v1": SanctionLifted(**ALL, sanction_id="sanction-4", because_of="v-17"),
    "sanction-found-in-error.v1": SanctionFoundInError(
        **ALL, sanction_id="sanction-4", error_us=2 * DAY_US, because_of="v-17"
    ),
    "sanction-waiver-proposed.v1": SanctionWaiverProposed(
        **ALL, sanction_id="sanction-4", seal=SEAL
    ),
    "second-person-confirmed.v1": SecondPersonConfirmed(
        **ALL, what="waiver", subject="sanction-4", proposed_by="compliance-3", seal=SEAL
    ),
    "sanction-waived.v1": SanctionWaived(
        **ALL, sanction_id="sanction-4", proposed_by="compliance-3", seal=SEAL
    ),
    "funds-frozen.v1": FundsFrozen(
        **ALL,
        freeze_id="freeze-5",
        cause="suspension",
        sanction_id="sanction-4",
        starts_at=AT,
        ends_at=AT + 180 * DAY_US,
    ),
    "funds-released.v1": FundsReleased(**ALL, freeze_id="freeze-5", why="lifted", effective_at=AT),
    "policy-published.v1": PolicyPublished(
        **ALL, policy="aliexpress@2020-01-01", digest="sha256:" + "0a1b2c3d" * 8, effective_at=AT
    ),
    **dispute_examples.COMPLETE,
    **performance_examples.COMPLETE,
    **promotion_examples.COMPLETE,
    **report_examples.COMPLETE,
    **service_examples.COMPLETE,
    **erasure_examples.COMPLETE,
    **reads_examples.COMPLETE,
}

MINIMAL: Final[dict[str, Fact]] = {
    "violation-recorded.v1": ViolationRecorded(
        **LEAST,
        violation_id="v-1",
        rule="perfumes",
        family="prohibited",
        bucket="points",
        lapses_at=AT + 365 * DAY_US,
        appeal_days=4,
        source="platform",
        policy="aliexpress@2020-01-01",
        digest="0a1b2c3d",
        seal=SEAL,
    ),
    "violation-annulment-proposed.v1": ViolationAnnulmentProposed(
        **LEAST, violation_id="v-1", seal=SEAL
    ),
    "violation-annulled.v1": ViolationAnnulled(**LEAST, violation_id="v-1", seal=SEAL),
    "violation-expired.v1": ViolationExpired(**LEAST, violation_id="v-1", effective_at=AT),
    "sanction-imposed.v1": SanctionImposed(
        **LEAST,
        sanction_id="sanction-2",
        sanction="suspension",
        starts_at=AT,
        because_of=("v-1",),
        policy="aliexpress@2020-01-01",
    ),
    "sanction-proposed.v1": SanctionProposed(
        **LEAST, sanction_id="by-hand-1", sanction="suspension", seal=SEAL
    ),
    "sanction-ended.v1": SanctionEnded(**LEAST, sanction_id="sanction-2", effective_at=AT),
    "sanction-lifted.v1": SanctionLifted(**LEAST, sanction_id="sanction-2", because_of="v-1"),
    "sanction-found-in-error.v1": SanctionFoundInError(
        **LEAST, sanction_id="sanction-2", error_us=0, because_of="v-1"
    ),
    "sanction-waiver-proposed.v1": SanctionWaiverProposed(
        **LEAST, sanction_id="sanction-2", seal=SEAL
    ),
    "second-person-confirmed.v1": SecondPersonConfirmed(
        **LEAST, what="waiver", subject="sanction-2", proposed_by="compliance-3"
    ),
    "sanction-waived.v1": SanctionWaived(
        **LEAST, sanction_id="sanction-2", proposed_by="compliance-3"
    ),
    "funds-frozen.v1": FundsFrozen(
        **LEAST, freeze_id="freeze-3", cause="suspension", starts_at=AT, ends_at=AT + DAY_US
    ),
    "funds-released.v1": FundsReleased(**LEAST, freeze_id="freeze-3", why="due", effective_at=AT),
    "policy-published.v1": PolicyPublished(
        **LEAST, policy="aliexpress@2020-01-01", digest="sha256:" + "0a1b2c3d" * 8, effective_at=AT
    ),
    **dispute_examples.MINIMAL,
    **performance_examples.MINIMAL,
    **promotion_examples.MINIMAL,
    **report_examples.MINIMAL,
    **service_examples.MINIMAL,
    **erasure_examples.MINIMAL,
    **reads_examples.MINIMAL,
}

CONTENT: Final = "hX2pQ9sLw0aZ7rT4kN6v1B"

COMPLETE |= {
    "violation-cancelled.v1": ViolationCancelled(**ALL, violation_id="v-17", round=2),
    "appeal-filed.v1": AppealFiled(
        **ALL,
        violation_id="v-17",
        round=2,
        evidence_until=AT + 2 * DAY_US,
        evidence_given=True,
        seal=SEAL,
    ),
    "appeal-evidence-added.v1": AppealEvidenceAdded(
        **ALL, violation_id="v-17", round=2, content=CONTENT, seal=SEAL
    ),
    "appeal-upheld.v1": AppealUpheld(**ALL, violation_id="v-17", round=2, seal=SEAL),
    "appeal-rejected.v1": AppealRejected(
        **ALL, violation_id="v-17", round=2, next_round_until=AT + 30 * DAY_US, seal=SEAL
    ),
    "appeal-lapsed.v1": AppealLapsed(
        **ALL, violation_id="v-17", round=2, effective_at=AT + 2 * DAY_US + 1
    ),
    "appeal-withdrawn.v1": AppealWithdrawn(**ALL, violation_id="v-17", round=2),
}

MINIMAL |= {
    "violation-cancelled.v1": ViolationCancelled(**LEAST, violation_id="v-1", round=1),
    "appeal-filed.v1": AppealFiled(**LEAST, violation_id="v-1", round=1, seal=SEAL),
    "appeal-evidence-added.v1": AppealEvidenceAdded(
        **LEAST, violation_id="v-1", round=1, content=CONTENT, seal=SEAL
    ),
    "appeal-upheld.v1": AppealUpheld(**LEAST, violation_id="v-1", round=1, seal=SEAL),
    "appeal-rejected.v1": AppealRejected(**LEAST, violation_id="v-1", round=1, seal=SEAL),
    "appeal-lapsed.v1": AppealLapsed(
        **LEAST, violation_id="v-1", round=1, effective_at=AT + 2 * DAY_US + 1
    ),
    "appeal-withdrawn.v1": AppealWithdrawn(**LEAST, violation_id="v-1", round=1),
}

IMPACT: Final[dict[str, Any]] = {
    "policy": "aliexpress@2026-07-01",
    "digest": "sha256:" + "0a1b2c3d" * 8,
    "scenario": "sha256:" + "4e5f6a7b" * 8,
    "begins_at": AT - 365 * DAY_US,
    "ends_at": AT,
    "known_at": AT,
    "checkpoint": 2_266,
    "engine": "seller-ledger 12",
    "sellers": 283,
    "differ": 95,
    "suspended_baseline": 105,
    "suspended_scenario": 121,
    "newly_suspended": 16,
    "spared": 0,
    "withheld_baseline": 43,
    "withheld_scenario": 49,
}

COMPLETE |= {"policy-impact-assessed.v1": PolicyImpactAssessed(**ALL, **IMPACT)}
MINIMAL |= {"policy-impact-assessed.v1": PolicyImpactAssessed(**LEAST, **IMPACT)}
