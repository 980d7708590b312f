"""The same external id told twice (RULES §8): a repeat, or refused naming what differs."""

from typing import Any

import msgspec
import pytest

from ledger.comparing import compare
from ledger.decide.commands import AnnulViolation, RecordViolation, WaiveSanction
from ledger.decide.prose import prose_of
from ledger.decide.refusals import ToldDifferently
from ledger.repeats import told_before
from tests.spec.described import (
    instant_of,
)
from tests.spec.given import (
    POLICY,
    Story,
    annul,
    given,
    pack,
    report,
    waive,
)

REPORTED = RecordViolation(
    seller_id="s-1",
    violation_id="v1",
    rule="copyright",
    severity="general",
    source="platform",
    effective_at="2026-01-04T12:00:00Z",
    listing_id="listing-9",
    points=12,
    statement="a copied photograph",
    evidence=("photo-1", "photo-2"),
    reported_by="monitor",
)
AS_FEW_WORDS = RecordViolation(
    seller_id="s-1",
    violation_id="v1",
    rule="weapons",
    source="platform",
    statement="a knife",
    reported_by="monitor",
)


def told(command: RecordViolation) -> tuple[Story, Any, dict[str, Any] | None]:
    """The command taken: the story, the fact that it left, and the text kept beside the fact."""
    from tests.spec.given import Asked

    story = given(POLICY, Asked(command, instant_of("2026-01-05")))
    kept = msgspec.json.decode(msgspec.json.encode(prose_of(command)))
    return story, story.facts[0], kept


@pytest.mark.parametrize("command", [REPORTED, AS_FEW_WORDS])
def test_the_same_id_told_twice_with_the_same_content_is_a_repeat(command) -> None:
    story, fact, kept = told(command)
    assert told_before(command, story.seller) == 1
    compare(command, fact, kept)


def test_an_id_not_told_before_is_no_repeat() -> None:
    story, _, _ = told(REPORTED)
    new = msgspec.structs.replace(REPORTED, violation_id="v2")
    assert told_before(new, story.seller) is None


def test_the_same_instant_in_other_words_is_the_same_content() -> None:
    _, fact, kept = told(REPORTED)
    compare(msgspec.structs.replace(REPORTED, effective_at="2026-01-04T13:00:00+01:00"), fact, kept)


# fmt: off
OTHER_CONTENT = [
    ("rule", "trademark"), ("severity", "serious"), ("source", "rights-holder"),
    ("effective_at", "2026-01-04T12:00:00.000001Z"), ("effective_at", None), ("listing_id", None),
    ("listing_id", "listing-10"), ("points", 13), ("points", None), ("statement", "another"),
    ("evidence", ("photo-2", "photo-1")), ("evidence", None), ("evidence", ()),
    ("reported_by", "somebody-else"),
]
# fmt: on


@pytest.mark.parametrize(("field", "value"), OTHER_CONTENT)
def test_the_same_id_with_other_content_is_refused_naming_the_field(field: str, value) -> None:
    _, fact, kept = told(REPORTED)
    with pytest.raises(ToldDifferently, match=rf"violation v1 .* another {field}") as refused:
        compare(msgspec.structs.replace(REPORTED, **{field: value}), fact, kept)
    assert refused.value.field == field


def test_of_several_fields_that_differ_the_first_is_named() -> None:
    _, fact, kept = told(REPORTED)
    other = msgspec.structs.replace(REPORTED, reported_by="x", points=1, rule="patent")
    with pytest.raises(ToldDifferently) as refused:
        compare(other, fact, kept)
    assert refused.value.field == "rule"


def test_what_was_left_to_defaults_is_not_the_same_as_the_default_given() -> None:
    """Content is the request as sent, before defaults."""
    _, fact, kept = told(AS_FEW_WORDS)
    for field, value in (("points", 24), ("effective_at", "2026-01-05T00:00:00Z")):
        with pytest.raises(ToldDifferently) as refused:
            compare(msgspec.structs.replace(AS_FEW_WORDS, **{field: value}), fact, kept)
        assert refused.value.field == field


def test_text_that_was_erased_is_not_compared_and_the_rest_is() -> None:
    _, fact, _ = told(REPORTED)
    compare(msgspec.structs.replace(REPORTED, statement="anything"), fact, None)
    with pytest.raises(ToldDifferently):
        compare(msgspec.structs.replace(REPORTED, rule="patent"), fact, None)


def test_an_annulment_told_twice() -> None:
    story = given(POLICY, report("v1", "weapons", "2026-01-05"))
    command = AnnulViolation(
        seller_id="s-1", violation_id="v1", reason="a mistake", annulled_by="reviewer"
    )
    assert told_before(command, story.seller) is None
    after = story.also(annul("v1", "2026-02-01"))
    assert told_before(command, after.seller) == 2
    compare(command, after.facts[1], {"reason": "a mistake"})
    for field, value in (("reason", "another"), ("annulled_by", "anna")):
        with pytest.raises(ToldDifferently) as refused:
            compare(
                msgspec.structs.replace(command, **{field: value}),
                after.facts[1],
                {"reason": "a mistake"},
            )
        assert refused.value.field == field


def test_a_waiver_told_twice_by_each_of_two_people() -> None:
    def by(who: str, reason: str | None = "leniency") -> WaiveSanction:
        return WaiveSanction(
            seller_id="s-1", sanction_id="sanction-2", reason=reason, waived_by=who
        )

    story = given(POLICY, report("v1", "illegal-drugs", "2026-01-05"))
    proposed = story.also(waive("sanction-2", "2026-01-10", by="anna"))
    waived = proposed.also(waive("sanction-2", "2026-01-12", by="ben"))
    kept = {"reason": "leniency"}
    assert told_before(by("anna"), story.seller) is None
    assert told_before(by("anna"), proposed.seller) == 4
    assert told_before(by("ben"), proposed.seller) is None
    assert (told_before(by("anna"), waived.seller), told_before(by("ben"), waived.seller)) == (4, 5)
    compare(by("anna"), waived.facts[3], kept)
    compare(by("ben"), waived.facts[4], kept)
    with pytest.raises(ToldDifferently, match=r"waiver of sanction-2 .* another reason"):
        compare(by("ben", reason=None), waived.facts[4], kept)


def test_a_waiver_by_one_person_alone_told_twice() -> None:
    alone = pack("aliexpress", {"options.second_person_for": ["suspension-by-hand"]})
    story = given(
        alone,
        report("v1", "illegal-drugs", "2026-01-05"),
        waive("sanction-2", "2026-01-10", by="anna"),
    )
    command = WaiveSanction(
        seller_id="s-1", sanction_id="sanction-2", reason="leniency", waived_by="anna"
    )
    assert told_before(command, story.seller) == 4
    compare(command, story.facts[3], {"reason": "leniency"})
    with pytest.raises(ToldDifferently) as refused:
        compare(msgspec.structs.replace(command, waived_by="ben"), story.facts[3], None)
    assert refused.value.field == "waived_by"


def test_what_is_sealed_is_what_a_person_wrote() -> None:
    """The reason of an annulment or a waiver; nothing at all where none was given."""
    assert prose_of(annul("v1", "2026-02-01").command) == {"reason": "a mistake"}
    assert prose_of(waive("sanction-2", "2026-02-01", by="anna").command) == {"reason": "leniency"}
    assert prose_of(waive("sanction-2", "2026-02-01", by="ben", reason=None).command) is None
