"""What one pack says otherwise than another, as sentences."""

from typing import Final, cast

from ledger.policy.diff import Difference
from ledger.policy.document import is_table
from ledger.policy.mistakes import shown

_SAID: Final = {
    "name": "the name",
    "edition": "the name of the edition",
    "title": "the title",
    "effective_from": "the instant from which it is in force",
    "published_at": "the instant of publication",
    "zone": "the time zone",
    "reference": "the reference",
    "retroactive": "the judging anew of what was before",
    "notes": "what the notes say",
    "source": "the source",
    "refire_after_waiver": "the firing again after a waiver",
    "crossing_several": "the choice among milestones crossed at once",
    "fires_again_after_falling": "the firing again after a fall below",
    "hold_for_counter_notice": "the holding back for a counter-notice",
    "second_person_for": "the list of what takes a second person",
    "annulment_alone_up_to": "the most points that one person may annul alone",
    "weekend": "the list of days of the weekend",
    "holidays": "the list of holidays",
    "days": "the number of days",
    "on": "the list of sanctions that withhold money",
    "unit": "the unit",
    "window": "the kind of window",
    "anchor": "the anchor",
    "limit": "the limit of suspension",
    "life_days": "the time in days for which a violation counts",
    "daily_cap": "the most points of one day",
    "merge_days": "the time in days within which violations merge",
    "pre_warning": "how far below a milestone a seller is warned",
    "threshold": "the threshold",
    "every": "the repetition at every multiple of the threshold",
    "sanction": "the sanction",
    "bars": "the list of what is barred",
    "bucket": "the bucket",
    "family": "the family",
    "points": "the number of points",
    "points_min": "the fewest points that may be given",
    "points_max": "the most points that may be given",
    "strikes": "the number of strikes",
    "raised_by": "the source of the violations that it is for",
    "rounds": "the number of rounds",
    "first_days": "the time in days for a first appeal",
    "next_round_days": "the time in days for a further round",
    "evidence_hours": "the time in hours for evidence",
    "days_are": "the kind of days",
    "brand_verification_required": "the demand for a brand verification",
    "protection_days": "the time in days for opening one after receipt",
    "withdrawal_days": "the time in days for a withdrawal",
    "seller_response_days": "the time in days for the seller's answer",
    "seller_silence": "the meaning of a seller's silence",
    "agreement_days": "the time in days for an agreement",
    "evidence_days": "the time in days for evidence",
    "return_tracking_days": "the time in days for a return's tracking number",
    "return_receipt_days": "the time in days for the receipt of a return",
    "reviews_min": "the fewest reviews",
    "rating_min": "the lowest rating",
    "documents_days": "the time in days for documents",
    "impact_report": "the demand for an impact report",
    "history_days": "the length in days of the history that counts",
    "window_days": "the list of windows in days",
    "minimum_sample": "the smallest sample",
    "weak": "the level that is weak",
    "suspicious": "the level that is suspicious",
    "violation": "the violation that it brings",
}
"""Keys of a pack. One that is not here is told as it is written, without an article."""
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
    what = subject(found.path)
    # A key told as it is written stays so.
    if what.startswith(("the ", "how ", "what ")):
        what = what[0].upper() + what[1:]
    match found.change:
        case "added" if isinstance(found.after, bool):
            return f"{what} is new, and switched {'on' if found.after else 'off'}."
        case "added":
            return f"{what} is new: {_value(found.after)}."
        case "removed":
            return f"{what} is gone; it was {_value(found.before)}."
        case "changed":
            return f"{what} {_changed(found.before, found.after)}."


def subject(path: str) -> str:
    """What stands at a path of a pack: the limit of suspension of the bucket points."""
    *above, last = path.split(".")
    words = _SAID.get(last, last)
    whose: list[str] = []
    while above:
        key = above.pop(0)
        if key in _SECTIONS and above:
            whose.insert(0, f"{_SECTIONS[key]} {above.pop(0)}")
        else:
            said = _SAID.get(key, key if "_" in key else f"the {key}")
            whose.insert(0, f"of {said}")
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
            many = len(cast("list[object]", value))
            return f"{many} {'entry' if many == 1 else 'entries'}"
        case list():
            names = ", ".join(str(item) for item in cast("list[object]", value)[:6])
            return names or "an empty list"
        case str():
            return f"“{value}”" if " " in value else value
        case _:
            return shown(value)
