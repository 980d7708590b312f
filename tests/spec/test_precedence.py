"""Where several refusals hold, the first of the documented order is told (decide/refusals.py).

Each row is a request with two things wrong with it at once: the refusal told, and the
one that is told when the first is put right.
"""

import pytest

from ledger.decide.refusals import (
    AlreadyAnnulled,
    EffectiveInFuture,
    ReasonMissing,
    SanctionNotInForce,
    SecondPersonNeeded,
    ToldDifferently,
    UnknownSanction,
    UnknownSource,
    UnknownViolation,
)
from ledger.facts.instants import MalformedInstant
from ledger.facts.refusal import Refusal
from ledger.policy.book import BeforeFirstPack
from ledger.policy.refusals import (
    PointsOutOfRange,
    SeverityNotAccepted,
    SeverityRequired,
    StrikesTakeNoPoints,
    UnknownRule,
)
from tests.spec.given import (
    LADDER,
    POLICY,
    Asked,
    annul,
    edition_of,
    given,
    published,
    report,
    waive,
)

RULES_CHANGED = edition_of(POLICY, "2026-02-01", "2026-02-01", {"rules.weapons.points_max": 30})
STORY = given(
    POLICY, report("v1", "illegal-drugs", "2026-01-05"), published(RULES_CHANGED, "2026-01-20")
)
NOW = "2026-03-01"
LATER = "2026-03-02"
SOON_AFTER = "2026-03-01T00:00:00.000001"
BEFORE_ALL = "2019-12-31T23:59:59.999999"


def asked(violation_id="v2", rule="weapons", **more) -> Asked:
    return report(violation_id, rule, NOW, **more)


def without_zone(request: Asked) -> Asked:
    """The request with an instant that names no time zone."""
    import msgspec

    return request._replace(
        command=msgspec.structs.replace(request.command, effective_at="2026-01-01T00:00:00")
    )


# fmt: off
RECORDING = [
    # what is asked, the refusal told
    # 1. the id was used before
    (asked("v1", "no-such-rule"), ToldDifferently),
    (asked("v1", effective=LATER), ToldDifferently),
    (asked("v1", points=99), ToldDifferently),
    # 2. what it names does not exist
    (asked(rule="no-such-rule"), UnknownRule),
    (asked(rule="no-such-rule", effective=LATER), UnknownRule),
    (without_zone(asked(rule="no-such-rule")), UnknownRule),
    (asked(rule="no-such-rule", effective=BEFORE_ALL), UnknownRule),
    (asked(rule="no-such-rule", severity="serious", points=99), UnknownRule),
    # 3. when it says so
    (without_zone(asked(points=99)), MalformedInstant),
    (without_zone(asked(rule="copyright")), MalformedInstant),
    (asked(effective=LATER, points=99), EffectiveInFuture),
    (asked(effective=SOON_AFTER, severity="serious"), EffectiveInFuture),
    (asked(rule="copyright", effective=LATER, source="hearsay"), EffectiveInFuture),
    (asked(effective=BEFORE_ALL, points=99), BeforeFirstPack),
    # 4. what it says is out of the rule's terms: severity, points, source
    (asked(severity="general", points=99), SeverityNotAccepted),
    (asked(rule="copyright", points=99, source="hearsay"), SeverityRequired),
    (asked(rule="copyright", severity="general", points=99, source="hearsay"), PointsOutOfRange),
    (asked(rule="copyright", severity="serious", points=6, source="hearsay"), StrikesTakeNoPoints),
    (asked(rule="copyright", severity="general", source="hearsay"), UnknownSource),
    (asked(rule="copyright", severity="serious", points=0, source="hearsay"), UnknownSource),
    (asked(points=49), PointsOutOfRange),
    (asked(points=31), PointsOutOfRange),
]
# fmt: on


@pytest.mark.parametrize(("request_", "told"), RECORDING)
def test_of_what_is_wrong_with_a_report_the_first_is_told(
    request_: Asked, told: type[Refusal]
) -> None:
    STORY.when(request_).then_refused(told)


def test_terms_are_those_of_the_edition_in_force_when_it_happened() -> None:
    assert STORY.when(asked(points=31, effective="2026-01-31")).refusal is None
    assert STORY.when(asked(points=30)).refusal is None


PROPOSED = given(
    LADDER,
    report("v1", "false-delivery", "2026-02-25"),
    waive("sanction-2", "2026-02-26", by="anna"),
)
WAIVED = PROPOSED.also(waive("sanction-2", "2026-02-27", by="ben"))
ANNULLED = STORY.also(annul("v1", "2026-02-01"))

# fmt: off
OTHERS = [
    # story, what is asked, the refusal told
    (STORY, annul("v9", NOW), UnknownViolation),
    (ANNULLED, annul("v9", NOW), UnknownViolation),
    (ANNULLED, annul("v1", NOW), AlreadyAnnulled),
    (WAIVED, waive("sanction-9", NOW, by="anna", reason=None), UnknownSanction),
    (WAIVED, waive("sanction-2", NOW, by="anna", reason=None), SanctionNotInForce),
    (ANNULLED, waive("sanction-2", NOW, by="anna", reason=None), SanctionNotInForce),
    (PROPOSED, waive("sanction-2", "2026-03-04", by="anna"), SanctionNotInForce),
    (PROPOSED, waive("sanction-2", NOW, by="anna", reason=None), SecondPersonNeeded),
    (PROPOSED, waive("sanction-2", NOW, by="anna"), SecondPersonNeeded),
    (STORY, waive("sanction-2", NOW, by="anna", reason=None), ReasonMissing),
]
# fmt: on


@pytest.mark.parametrize(("story", "request_", "told"), OTHERS)
def test_of_what_is_wrong_with_other_requests_the_first_is_told(
    story, request_: Asked, told: type[Refusal]
) -> None:
    story.when(request_).then_refused(told)


def test_a_refusal_names_the_field_and_what_would_be_accepted() -> None:
    STORY.when(asked(points=49)).then_refused(
        PointsOutOfRange, says="takes 0 to 30 points, but 49", accepts="0 to 30", field="points"
    )
    STORY.when(asked(effective=LATER)).then_refused(
        EffectiveInFuture,
        says="2026-03-02T00:00:00.000000Z lies in the future",
        accepts="up to 2026-03-01T00:00:00.000000Z",
        field="effective_at",
    )
    STORY.when(without_zone(asked())).then_refused(
        MalformedInstant, says="names no time zone", accepts="RFC 3339", field="effective_at"
    )
    STORY.when(asked(rule="copyright", severity="general", source="hearsay")).then_refused(
        UnknownSource, says="'hearsay'", accepts="rights-holder or platform", field="source"
    )
    STORY.when(asked("v1")).then_refused(ToldDifferently, says="violation v1", field="content")
    STORY.when(asked(effective=BEFORE_ALL)).then_refused(
        BeforeFirstPack, says="aliexpress", accepts="2020-01-01", field="effective_at"
    )


@pytest.mark.parametrize("source", ["rights-holder", "platform"])
def test_intellectual_property_is_raised_by_a_rights_holder_or_the_platform(source: str) -> None:
    told = STORY.when(asked(rule="copyright", severity="general", source=source))
    assert told.refusal is None


def test_other_families_take_any_source() -> None:
    assert STORY.when(asked(source="hearsay")).refusal is None


def test_a_refusal_leaves_everything_as_it_was() -> None:
    before = STORY.seller
    STORY.when(asked(points=99)).then_refused(PointsOutOfRange)
    assert STORY.seller == before
