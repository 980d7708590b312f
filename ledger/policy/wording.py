"""What one pack says otherwise than another, as sentences."""

from typing import Final, cast

from ledger.policy.diff import Difference
from ledger.policy.document import is_table
from ledger.policy.mistakes import shown

_SAID: Final = {
    "limit": "the limit of suspension",
    "life_days": "the time in days for which a violation counts",
    "days": "the number of days",
    "daily_cap": "the most points of one day",
    "merge_days": "the time in days within which violations merge",
    "pre_warning": "how far below a milestone a seller is warned",
    "points_min": "the fewest points that may be given",
    "points_max": "the most points that may be given",
    "first_days": "the time in days for a first appeal",
    "next_round_days": "the time in days for a further round",
    "evidence_hours": "the time in hours for evidence",
    "source": "the source",
    "notes": "what the notes say",
}
_SECTIONS: Final = {
    "buckets": "of the bucket",
    "rules": "of the rule",
    "families": "of the family",
    "appeals": "of the appeals",
    "service_metrics": "of the service metric",
    "milestones": "of the milestone",
    "severities": "of severity",
}
"""Tables that hold others by name."""


def in_words(found: Difference) -> str:
    """A difference as one sentence."""
    what = _subject(found.path.split("."))
    what = what[0].upper() + what[1:]
    match found.change:
        case "added":
            return f"{what} is new: {_value(found.after)}."
        case "removed":
            return f"{what} is gone; it was {_value(found.before)}."
        case "changed":
            return f"{what} {_changed(found.before, found.after)}."


def _subject(way: list[str]) -> str:
    *above, last = way
    words = _SAID.get(last, f"the {last.replace('_', ' ').replace('-', ' ')}")
    whose: list[str] = []
    while above:
        key = above.pop(0)
        if key in _SECTIONS and above:
            whose.insert(0, f"{_SECTIONS[key]} {above.pop(0)}")
        else:
            said = _SAID.get(key, f"the {key.replace('_', ' ')}").removeprefix("the ")
            whose.insert(0, f"of the {said}")
    return " ".join([words, *whose])


def _changed(before: object, after: object) -> str:
    if isinstance(before, bool) and isinstance(after, bool):
        return "is switched " + ("on" if after else "off")
    if isinstance(before, int) and isinstance(after, int):
        return f"{'rises' if after > before else 'falls'} from {before} to {after}"
    return f"changes from {_value(before)} to {_value(after)}"


def _value(value: object) -> str:
    match value:
        case list() if any(is_table(item) for item in cast("list[object]", value)):
            return f"{len(cast('list[object]', value))} entries"
        case list():
            names = ", ".join(str(item) for item in cast("list[object]", value)[:6])
            return names or "an empty list"
        case str():
            return f"“{value}”" if " " in value else value
        case _:
            return shown(value)
