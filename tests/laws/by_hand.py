"""Small words for judging a history by hand: instants are whole days, one bucket unless said."""

from tests.laws.reference import BucketRules, Edition, Judgement, Row, Rung, Violation, judge

LADDER = (
    Rung("warning", 2),
    Rung("restriction", 6, duration_us=3),
    Rung("freeze-12", 12, duration_us=7),
    Rung("freeze-24", 24, duration_us=14),
)
SUSPENSION = (Rung("suspension", 48),)


def edition(*ladders: tuple[Rung, ...]) -> Edition:
    return Edition(tuple(BucketRules(rungs) for rungs in ladders))


def violation(at: int, weight: int, *, life: int = 365, effective: int | None = None) -> Violation:
    since = at if effective is None else effective
    return Violation(at, 0, weight, since, since + life, since, None, None, 0)


def judged(pack: Edition, *rows: Row) -> Judgement:
    return judge(((pack,), rows))


def fired(judgement: Judgement) -> list[tuple[int, str]]:
    return [(sanction.row, sanction.rung) for sanction in judgement.sanctions]
