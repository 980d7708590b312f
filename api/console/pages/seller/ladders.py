"""The ladders of a policy pack, as meters and charts show them."""

from typing import Any, NamedTuple


class Rung(NamedTuple):
    """A milestone, at one threshold of it."""

    threshold: int
    name: str
    sanction: str


class Ladder(NamedTuple):
    """A bucket's unit, its limit and the milestones up to what a picture of it shows."""

    bucket: str
    unit: str
    limit: int | None
    top: int
    """The highest value that a picture of it has to hold."""
    rungs: tuple[Rung, ...]


def ladders_of(document: dict[str, Any], values: dict[str, int]) -> dict[str, Ladder]:
    """The ladder of every bucket of a pack; `values` are the highest to be shown."""
    buckets = document.get("buckets", {})
    return {name: _ladder(name, told, values.get(name, 0)) for name, told in buckets.items()}


def near_limit(document: dict[str, Any], bucket: str) -> tuple[int, int] | None:
    """The least and the most that a bucket holds shortly before its limit.

    Near is what the pack warns of; where it warns of nothing, the last quarter.
    """
    told = document.get("buckets", {}).get(bucket, {})
    limit, warned = _number(told.get("limit")), _number(told.get("pre_warning"))
    if limit is None or limit < 2:
        return None
    return limit - (warned or max(limit // 4, 1)), limit - 1


def _ladder(name: str, told: dict[str, Any], value: int) -> Ladder:
    limit = _number(told.get("limit"))
    milestones = told.get("milestones", {})
    thresholds = [_number(m["threshold"]) or 1 for m in milestones.values()]
    # Where every multiple of a threshold fires, the next one belongs to the picture.
    top = max([limit or 0, value, *((value // t + 1) * t for t in thresholds if not limit), 1])
    rungs = [
        Rung(threshold, rung, milestone["sanction"])
        for rung, milestone in milestones.items()
        for threshold in _fired_at(milestone, top)
    ]
    if limit is not None:
        rungs.append(Rung(limit, "limit", "suspension"))
    return Ladder(name, told.get("unit", name), limit, top, tuple(sorted(rungs)))


def _fired_at(milestone: dict[str, Any], top: int) -> range:
    first = _number(milestone["threshold"]) or 1
    return range(first, top + 1, first) if milestone.get("every") else range(first, first + 1)


def _number(told: Any) -> int | None:
    """A value of a pack, which may stand beside its source."""
    return None if told is None else told if isinstance(told, int) else told["value"]
