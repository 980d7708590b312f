"""Whether a bucket's window and ladder make sense together."""

from collections.abc import Iterator
from itertools import pairwise

from ledger.policy.mistakes import Mistake, shown
from ledger.policy.pack import BucketTable, MilestoneTable
from ledger.policy.policy import SUSPENSION


def bucket_mistakes(where: str, bucket: BucketTable) -> Iterator[Mistake]:
    """What is wrong with one bucket, taken by itself."""
    yield from _window(where, bucket)
    yield from _ladder(where, bucket)


def _window(where: str, bucket: BucketTable) -> Iterator[Mistake]:
    rolling = bucket.window == "rolling-days"
    if rolling and bucket.life_days is None:
        yield Mistake(f"{where}.life_days", "nothing", "the days of its rolling-days window")
    if not rolling and bucket.life_days is not None:
        accepted = f"nothing: a {bucket.window} window ends with the calendar"
        yield Mistake(f"{where}.life_days", str(bucket.life_days), accepted)
    quarterly = bucket.window == "calendar-quarter"
    if quarterly and bucket.anchor is None:
        accepted = "the day that starts a quarter: first-day, first-monday or last-monday"
        yield Mistake(f"{where}.anchor", "nothing", accepted)
    if not quarterly and bucket.anchor is not None:
        accepted = "nothing: only a calendar-quarter window has an anchor"
        yield Mistake(f"{where}.anchor", shown(bucket.anchor), accepted)
    if bucket.merge_days and bucket.life_days and bucket.merge_days > bucket.life_days:
        accepted = f"at most its life of {bucket.life_days} days"
        yield Mistake(f"{where}.merge_days", str(bucket.merge_days), accepted)


def _ladder(where: str, bucket: BucketTable) -> Iterator[Mistake]:
    for name, milestone in bucket.milestones.items():
        yield from _milestone(f"{where}.milestones.{name}", name, milestone)
    rungs = [(m.threshold, f"milestones.{name}.threshold") for name, m in bucket.milestones.items()]
    if bucket.limit is not None:
        rungs.append((bucket.limit, "limit"))
    if not rungs:
        yield Mistake(where, "no limit and no milestones", "at least one of them")
        return
    for (low, one), (high, other) in pairwise(sorted(rungs)):
        if low == high:
            accepted = f"another threshold: {one} stands there already"
            yield Mistake(f"{where}.{other}", str(high), accepted)
    yield from _multiples(where, bucket, rungs)
    lowest = min(rungs)[0]
    if bucket.pre_warning is not None and bucket.pre_warning >= lowest:
        accepted = f"less than its lowest threshold, {lowest}"
        yield Mistake(f"{where}.pre_warning", str(bucket.pre_warning), accepted)


def _milestone(where: str, name: str, milestone: MilestoneTable) -> Iterator[Mistake]:
    if milestone.sanction == SUSPENSION:
        days = f" of {milestone.days} days" if milestone.days else ""
        accepted = "freeze-of-selling for a closure with days; a suspension, without, is the limit"
        yield Mistake(f"{where}.sanction", f"a suspension{days}", accepted)
    elif name == SUSPENSION:
        yield Mistake(where, "the name suspension", "another name: it is the limit's")
    if milestone.sanction == "warning" and milestone.days is not None:
        accepted = "nothing: a warning is given once and has no length"
        yield Mistake(f"{where}.days", str(milestone.days), accepted)


def _multiples(where: str, bucket: BucketTable, rungs: list[tuple[int, str]]) -> Iterator[Mistake]:
    """A value where two milestones meet would not say which of them fires."""
    every = [(name, m.threshold) for name, m in bucket.milestones.items() if m.every]
    for name, _ in every[1:]:
        accepted = f"one such milestone a bucket, and {every[0][0]} is it"
        yield Mistake(f"{where}.milestones.{name}.every", "true", accepted)
    for name, step in every[:1]:
        for threshold, rung in rungs:
            if threshold > step and threshold % step == 0:
                accepted = f"a threshold that is no multiple of {step}, where {name} stands"
                yield Mistake(f"{where}.{rung}", str(threshold), accepted)
