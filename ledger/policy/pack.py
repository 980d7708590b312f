"""The tables of a policy pack, as a person writes them.

Every field's description is what a refused pack is told would be accepted there, so the words below
are read by people. docs/policy-packs.md explains each key at length.
"""

from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

from ledger.facts.instants import Instant, format_instant, parse_instant
from ledger.facts.refusal import Refusal
from ledger.policy.business_days import DaysAre, Weekday, day_of
from ledger.policy.document import ACCEPTED_INSTANT
from ledger.policy.policy import (
    Appealed,
    Barred,
    CrossingSeveral,
    Family,
    ImpactReport,
    SanctionKind,
    SecondPersonFor,
    SellerSilence,
    Severity,
    Source,
    Unit,
)
from ledger.policy.window import Anchor, WindowKind

MOST = 1_000_000
LONGEST_DAYS = 36_500
LONGEST_HISTORY = 366
SHARE_PATTERN = r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,6})?$"
NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
ACCEPTED_NAME = "1 to 64 small letters, digits and -, beginning with a letter or digit"


def _one_of(choices: object) -> str:
    return "one of " + ", ".join(get_args(choices))


def _some_of(choices: object) -> str:
    return "a list of " + ", ".join(get_args(choices))


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ValueError("unknown zone") from None
    return name


def moment(found: object) -> Instant:
    """The instant that a field names; raises `ValueError` where it names none."""
    try:
        instant = parse_instant(found if isinstance(found, str) else "")
        format_instant(instant)  # an instant that could not be written down is none
    except (Refusal, OverflowError):
        raise ValueError("no instant") from None
    return instant


def _a_date(found: str) -> str:
    day_of(found)
    return found


Name = Annotated[str, Field(pattern=NAME_PATTERN, description=ACCEPTED_NAME)]
Text = Annotated[str, Field(pattern=r"\S", description="words")]
Moment = Annotated[Instant, BeforeValidator(moment), Field(description=ACCEPTED_INSTANT)]
Threshold = Annotated[int, Field(ge=1, le=MOST, description=f"a whole number from 1 to {MOST}")]
Points = Annotated[int, Field(ge=0, le=MOST, description=f"a whole number from 0 to {MOST}")]
Count = Annotated[int, Field(ge=0, le=MOST, description=f"a whole number from 0 to {MOST}")]
Days = Annotated[
    int, Field(ge=1, le=LONGEST_DAYS, description=f"whole days from 1 to {LONGEST_DAYS}")
]
HistoryDays = Annotated[
    int, Field(ge=1, le=LONGEST_HISTORY, description=f"whole days from 1 to {LONGEST_HISTORY}")
]
Share = Annotated[
    str,
    Field(pattern=SHARE_PATTERN, description='a decimal number as text, such as "0.05" or "4.5"'),
]
"""As text: a threshold is compared exactly, which numbers with a point would not be."""
Kind = Annotated[DaysAre, Field(description=_one_of(DaysAre))]
"""Whether the days of a table's windows are elapsed days or those of `[calendar]`."""
Switch = Annotated[bool, Field(description="true or false")]


class Table(BaseModel):
    """What every table has: no unknown keys, no guessing of types, and optionally a source."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    # Held to its own words by sources.py, which knows when it may be left out.
    source: object = None


class Note(Table):
    """A conflict or a doubt that a reader of the pack should know."""

    about: Text
    says: Text


class Header(BaseModel):
    """What edition this is, from when, and who says so."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: Name
    edition: Name
    title: Text
    effective_from: Moment
    published_at: Moment
    zone: Annotated[
        str,
        AfterValidator(_known_zone),
        Field(description="a time zone of the IANA database, such as UTC or America/New_York"),
    ]
    reference: Text
    retroactive: Switch = False
    notes: list[Note] = []


class OptionsTable(Table):
    """The questions that marketplaces answer differently."""

    refire_after_waiver: Switch
    crossing_several: Annotated[CrossingSeveral, Field(description=_one_of(CrossingSeveral))]
    fires_again_after_falling: Switch
    hold_for_counter_notice: Switch
    second_person_for: Annotated[
        list[SecondPersonFor], Field(description=_some_of(SecondPersonFor))
    ]
    annulment_alone_up_to: Points | None = None


class CalendarTable(Table):
    """Which local dates are no business days."""

    weekend: Annotated[
        list[Weekday],
        Field(max_length=6, description="at most six of " + ", ".join(get_args(Weekday))),
    ]
    holidays: Annotated[
        list[Annotated[str, AfterValidator(_a_date)]],
        Field(description='a list of dates such as "2026-01-01"'),
    ]


class FreezeTable(Table):
    """How long money is withheld, and on which sanctions."""

    days: Days
    on: Annotated[list[SanctionKind], Field(min_length=1, description=_some_of(SanctionKind))]


class MilestoneTable(Table):
    """A rung of a ladder below suspension."""

    threshold: Threshold
    every: Switch = False
    sanction: Annotated[SanctionKind, Field(description=_one_of(SanctionKind))]
    days: Days | None = None
    bars: Annotated[list[Barred] | None, Field(description=_some_of(Barred))] = None


class BucketTable(Table):
    """One running total."""

    unit: Annotated[Unit, Field(description=_one_of(Unit))]
    window: Annotated[WindowKind, Field(description=_one_of(WindowKind))]
    life_days: Days | None = None
    anchor: Annotated[Anchor | None, Field(description=_one_of(Anchor))] = None
    limit: Threshold | None = None
    daily_cap: Threshold | None = None
    merge_days: Days | None = None
    pre_warning: Threshold | None = None
    milestones: dict[str, MilestoneTable] = {}


class FamilyTable(Table):
    """What the rules of a family share unless they say otherwise."""

    bucket: Name
    points_min: Points
    points_max: Points


class SeverityTable(Table):
    """Where a violation of this severity goes, and what it weighs there."""

    bucket: Name
    points: Points | None = None
    strikes: Threshold | None = None


class RuleTable(Table):
    """What a seller may not do."""

    family: Annotated[Family, Field(description=_one_of(Family))]
    bucket: Name | None = None
    points: Points | None = None
    points_min: Points | None = None
    points_max: Points | None = None
    strikes: Threshold | None = None
    life_days: Days | None = None
    severities: dict[Severity, SeverityTable] | None = None


class AppealTable(Table):
    """Until when, and how often, the decisions of a family can be appealed."""

    family: Annotated[Appealed, Field(description=_one_of(Appealed))]
    raised_by: Annotated[Source | None, Field(description=_one_of(Source))] = None
    rounds: Annotated[int, Field(ge=0, le=100, description="a whole number from 0 to 100")]
    first_days: Days | None = None
    evidence_hours: Annotated[
        int | None, Field(ge=1, le=24 * LONGEST_DAYS, description="whole hours, at least 1")
    ] = None
    next_round_days: Days | None = None
    days_are: Kind = "calendar"
    brand_verification_required: Switch = False


class DisputesTable(Table):
    """How long the sides of a dispute have, and what a seller's silence means."""

    protection_days: Days
    withdrawal_days: Days
    seller_response_days: Days
    seller_silence: Annotated[SellerSilence, Field(description=_one_of(SellerSilence))]
    agreement_days: Days
    evidence_days: Days
    return_tracking_days: Days
    return_receipt_days: Days
    days_are: Kind = "calendar"


class PromotionsTable(Table):
    """What campaigns ask for unless they say otherwise, and how enrolments go on."""

    reviews_min: Count
    rating_min: Annotated[
        str, Field(pattern=r"^[1-5](\.[0-9]{1,4})?$", description='a rating from 1 to 5, as "4.5"')
    ]
    listed_hours_min: Count
    history_days: Days
    change_stops_days: Annotated[
        int, Field(ge=0, le=LONGEST_DAYS, description=f"whole days from 0 to {LONGEST_DAYS}")
    ]
    restore_when_overturned: Switch


class ReportsTable(Table):
    """How long a seller has for what a report asks of it."""

    documents_days: Days
    days_are: Kind = "calendar"


class PublishingTable(Table):
    """What has to be there before an edition is published."""

    impact_report: Annotated[ImpactReport, Field(description=_one_of(ImpactReport))]


class ServiceTable(Table):
    """How long what is reported of a seller's days counts."""

    history_days: HistoryDays


class ServiceMetricTable(Table):
    """The windows and levels of one metric, and what a suspicious level brings."""

    window_days: Annotated[
        list[HistoryDays],
        Field(min_length=1, max_length=4, description="a list of whole days, such as [30, 90]"),
    ]
    minimum_sample: Threshold
    weak: Share | None = None
    suspicious: Share | None = None
    violation: Name | None = None
    hold_days: Days | None = None


ONE: dict[str, type[Table]] = {
    "options": OptionsTable,
    "freeze": FreezeTable,
    "disputes": DisputesTable,
    "promotions": PromotionsTable,
    "reports": ReportsTable,
    "calendar": CalendarTable,
    "service": ServiceTable,
    "publishing": PublishingTable,
}
"""Sections that are one table."""

MANY: dict[str, type[Table]] = {
    "buckets": BucketTable,
    "families": FamilyTable,
    "rules": RuleTable,
    "appeals": AppealTable,
    "service_metrics": ServiceMetricTable,
}
"""Sections that hold one table per name."""
MAY_LACK = frozenset({"service_metrics"})
"""Those of them that a pack may leave out."""


def fields_at(path: tuple[str, ...]) -> dict[str, FieldInfo] | None:
    """The fields of the table at this place in a pack, or None where no table of fields stands."""
    if not path:
        return None
    model: Any = Note if path == ("notes",) else ONE.get(path[0])
    rest = path[1:]
    if model is None and path[0] in MANY and rest:
        model, rest = MANY[path[0]], rest[1:]
    while model is not None and len(rest) > 1:
        model, rest = _inner(model, rest[0]), rest[2:]
    return None if model is None or rest else model.model_fields


def _inner(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """The model of the tables that a field such as `milestones` holds by name."""
    field = model.model_fields.get(key)
    return None if field is None else next(_models_in(field.annotation), None)


def _models_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
