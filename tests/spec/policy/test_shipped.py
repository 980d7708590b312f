"""The packs that ship say exactly what their sources say; neither may change once published."""

import pytest

from ledger.facts.instants import DAY_US, HOUR_US, parse_instant
from ledger.policy.check import check, policy_from_canonical
from ledger.policy.document import canonical, digest, read
from ledger.policy.policy import AppealWindow, Milestone, Policy, ReportRules, Weight
from ledger.policy.refusals import NoAppealWindow, UnknownBucket, UnknownRule
from ledger.policy.shipped import PackNotFound, load_pack, shipped_packs

ALIEXPRESS_2020 = "sha256:58b55a16d711d84c53c9f10ee4450bdc92134b276493519556234d8de8398789"
LADDER_2020 = "sha256:26e87aeda3178d69d91e041ec622a67b1533b02f317d4731280b5b8d17f64518"
DIGESTS = {
    "aliexpress@2020-01-01": ALIEXPRESS_2020,
    "aliexpress-ladder@2020-01-01": LADDER_2020,
}

# What the house decided that each rule weighs by default, family by family.
POINTS = {
    "prohibited": {
        48: ["illegal-drugs", "explosives", "firearms-ammunition", "human-remains"],
        24: ["weapons", "drug-paraphernalia", "illegal-services", "protected-species"],
        12: ["recalled-goods", "obscene-media"],
        6: ["medicines", "e-cigarettes", "flammable-chemicals", "eavesdropping-devices"],
        2: [
            "toxic-medicinal-materials",
            "toy-crossbows",
            "cannabis-wording",
            "seeds",
            "perfumes",
            "food-and-tea",
            "magnetic-balls",
            "fidget-spinners",
            "unsafe-electronics",
            "unproven-health-claims",
        ],
    },
    "listing-quality": {
        6: ["fake-reviews"],
        2: [
            "wrong-category",
            "wrong-attributes",
            "keyword-stuffing",
            "duplicate-listing",
            "misdescription",
            "unit-deception",
            "price-deception",
            "shipping-cost-mismatch",
            "product-replacement",
            "sku-deception",
            "title-category-mismatch",
            "self-purchase",
            "misleading-discount",
        ],
    },
    "transaction": {
        12: [
            "false-delivery",
            "collusive-purchase",
            "serious-misdescription",
            "malicious-liquidation",
            "illegal-profit",
        ],
        6: ["repeated-disputes"],
        2: [
            "early-confirmation",
            "harassment",
            "order-disruption",
            "unfair-competition",
            "breach-of-commitment",
            "offline-diversion",
            "unsent-orders",
            "missing-tracking",
            "no-reply-72h",
        ],
    },
    "intellectual-property": {6: ["copyright", "trademark", "patent"]},
}
RULES = {
    rule: (family, points)
    for family, weights in POINTS.items()
    for points, rules in weights.items()
    for rule in rules
}
SELLING = frozenset({"selling", "promotion"})


def pack(ref: str) -> Policy:
    return check(shipped_packs()[ref])


ALIEXPRESS = pack("aliexpress@2020-01-01")
LADDER = pack("aliexpress-ladder@2020-01-01")
BOTH = pytest.mark.parametrize("policy", [ALIEXPRESS, LADDER], ids=lambda p: p.name)


def test_what_was_published_stays_as_it_was() -> None:
    assert {ref: pack(ref).digest for ref in shipped_packs()} == DIGESTS


def test_a_shipped_pack_is_filed_under_its_own_name() -> None:
    assert [pack(ref).ref for ref in shipped_packs()] == [*shipped_packs()]


@BOTH
def test_every_rule_weighs_what_was_decided(policy: Policy) -> None:
    assert {rule.rule_id: (rule.family, rule.points) for rule in policy.rules.values()} == RULES


@BOTH
def test_a_request_may_give_0_to_48_points(policy: Policy) -> None:
    assert {(rule.points_min, rule.points_max) for rule in policy.rules.values()} == {(0, 48)}


@BOTH
@pytest.mark.parametrize("rule", ["copyright", "trademark", "patent"])
def test_a_serious_infringement_is_a_strike(policy: Policy, rule: str) -> None:
    assert policy.rule(rule).weigh("serious", None) == Weight("strikes", 0, 1)
    assert policy.rule(rule).weigh("general", None) == Weight("points", 6, 0)


@BOTH
def test_the_first_edition_is_in_force_from_2020(policy: Policy) -> None:
    first = parse_instant("2020-01-01T00:00:00Z")
    assert (policy.effective_from, policy.published_at, policy.zone) == (first, first, "UTC")
    assert (policy.freeze_days, policy.freezes_on) == (180, {"suspension"})
    assert policy.second_person_for == {"waiver", "suspension-by-hand"}
    assert (policy.refire_after_waiver, policy.fires_again_after_falling) == (True, True)
    assert (policy.crossing_several, policy.hold_for_counter_notice) == ("highest", False)
    assert policy.reports == ReportRules(documents_days=3)


@BOTH
def test_a_violation_lives_365_days(policy: Policy) -> None:
    for bucket in policy.buckets:
        assert policy.lapse(policy.rule("seeds"), bucket.name, 0) == 365 * DAY_US
        assert (bucket.daily_cap, bucket.pre_warning) == (None, None)


def test_the_default_pack_only_suspends() -> None:
    suspensions = {
        bucket.name: [(m.label(bucket.name), m.sanction, m.duration_us, m.bars)]
        for bucket in ALIEXPRESS.buckets
        for m in bucket.milestones
    }
    assert suspensions == {
        "points": [("points-48", "suspension", None, SELLING)],
        "strikes": [("strikes-3", "suspension", None, SELLING)],
    }
    assert (ALIEXPRESS.limit("points"), ALIEXPRESS.limit("strikes")) == (48, 3)
    assert {bucket.merge_days for bucket in ALIEXPRESS.buckets} == {None}


def test_the_ladder_pack_climbs() -> None:
    def rungs(bucket: str) -> list[tuple[int, bool, str, int | None]]:
        return [
            (m.threshold, m.every, m.sanction, days(m)) for m in LADDER.bucket(bucket).milestones
        ]

    def days(milestone: Milestone) -> int | None:
        return None if milestone.duration_us is None else milestone.duration_us // DAY_US

    assert rungs("points") == [
        (2, False, "warning", 0),
        (6, False, "restriction-of-operations", 3),
        (12, False, "freeze-of-selling", 7),
        (24, False, "freeze-of-selling", 14),
        (36, False, "freeze-of-selling", 30),
        (48, False, "suspension", None),
    ]
    assert rungs("strikes") == [
        (1, False, "freeze-of-selling", 1),
        (2, False, "freeze-of-selling", 7),
        (3, False, "suspension", None),
    ]
    assert rungs("listing-quality") == [(12, True, "freeze-of-selling", 7)]
    assert LADDER.limit("listing-quality") is None
    assert LADDER.bucket("listing-quality").milestones[0].label("listing-quality", 3) == (
        "listing-quality-36"
    )
    assert LADDER.bucket("strikes").merge_days == 3
    assert LADDER.rule("seeds").bucket == "points"
    assert LADDER.rule("self-purchase").bucket == "listing-quality"


# fmt: off
APPEALS = [
    # family, raised by, first days, evidence hours, rounds, next round days, brand verification
    ("prohibited", "platform", 4, 48, 1, None, False),
    ("listing-quality", "platform", 4, 48, 1, None, False),
    ("transaction", "platform", 4, 48, 1, None, False),
    ("intellectual-property", "rights-holder", 3, None, 3, 30, False),
    ("intellectual-property", "platform", 3, None, 3, 30, True),
    ("dispute-ruling", None, 15, None, 1, None, False),
]
# fmt: on


@BOTH
@pytest.mark.parametrize(
    ("family", "source", "first", "evidence", "rounds", "following", "brand"), APPEALS
)
def test_an_appeal_is_in_time(
    policy: Policy, family, source, first, evidence, rounds, following, brand
) -> None:
    window = policy.appeal_window(family, source)
    assert (window.first_days, window.evidence_hours) == (first, evidence)
    assert (window.rounds, window.next_round_days) == (rounds, following)
    assert window.brand_verification_required is brand


def test_deadlines_are_counted_from_notice_filing_and_rejection() -> None:
    prohibited = ALIEXPRESS.appeal_window("prohibited", "platform")
    assert prohibited.first_until(10) == 10 + 4 * DAY_US
    assert prohibited.evidence_until(10) == 10 + 48 * HOUR_US
    assert prohibited.next_until(10, round_rejected=1) is None
    rights = ALIEXPRESS.appeal_window("intellectual-property", "rights-holder")
    assert rights.evidence_until(10) is None
    assert [rights.next_until(0, round_rejected=n) for n in (1, 2, 3)] == [
        30 * DAY_US,
        30 * DAY_US,
        None,
    ]
    never = AppealWindow("transaction", None, 0, None, None, 0, brand_verification_required=False)
    assert never.first_until(10) is None


def test_unknown_names_are_refused_with_the_close_ones() -> None:
    with pytest.raises(UnknownRule) as refused:
        ALIEXPRESS.rule("weapon")
    assert str(refused.value) == (
        "aliexpress@2020-01-01 has no rule 'weapon': did you mean weapons?"
    )
    assert refused.value.accepted == "weapons"
    with pytest.raises(UnknownBucket, match="no bucket 'point': did you mean points"):
        ALIEXPRESS.limit("point")
    with pytest.raises(NoAppealWindow, match="no appeal window for 'weather'"):
        ALIEXPRESS.appeal_window("weather", None)


@BOTH
def test_the_log_alone_gives_the_policy_back(policy: Policy) -> None:
    stored = canonical(read(shipped_packs()[policy.ref]))
    assert digest(stored) == policy.digest
    again = policy_from_canonical(stored)
    assert again == policy
    assert [*again.rules] == [*policy.rules]


def test_a_pack_is_found_by_name_by_ref_and_by_path(tmp_path) -> None:
    text = shipped_packs()["aliexpress@2020-01-01"]
    file = tmp_path / "mine.toml"
    file.write_text(text)
    assert load_pack("aliexpress") == load_pack("aliexpress@2020-01-01") == text
    assert load_pack(str(file)) == text
    with pytest.raises(PackNotFound, match=r"'aliexpres', .* did you mean aliexpress@2020-01-01"):
        load_pack("aliexpres")
