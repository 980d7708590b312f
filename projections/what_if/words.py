"""A scenario in sentences, for readers who did not write it."""

from collections.abc import Iterator
from typing import Any, Final, cast

from ledger.facts.instants import DAY_US, format_instant
from ledger.policy.wording import subject
from projections.what_if.filters import STRETCHES, Filter
from projections.what_if.scenario import AS_RECORDED, Added, Scenario, Setting

_MOST_NAMED: Final = 6
_NAMED: Final = {
    "rule": "of rule",
    "family": "of family",
    "severity": "of severity",
    "source": "raised by",
    "reporter": "reported by",
    "tag": "tagged",
    "violation": "numbered",
    "listing": "about listing",
    "seller": "of seller",
}
_APPEALS: Final = {
    "none": "never appealed",
    "filed": "with an open appeal",
    "upheld": "with an appeal upheld",
    "rejected": "with an appeal rejected",
    "lapsed": "with an appeal lapsed",
    "withdrawn": "with an appeal withdrawn",
}


def in_words(scenario: Scenario) -> tuple[str, ...]:
    """What the scenario asks, one sentence for each thing that is different in its world."""
    return tuple(_sentences(scenario))


def _sentences(scenario: Scenario) -> Iterator[str]:
    policy = scenario.policy
    if policy is not None and policy.patch is not None:
        said = "; ".join(_patched(path, value) for path, value in policy.patch.items())
        yield f"The policy says otherwise: {said}."
    elif policy is not None:
        pack = policy.pack
        ref = pack if isinstance(pack, str) else f"the draft {_ref(pack or {})}"
        when = "throughout" if policy.applies == "throughout" else "from its date on"
        yield f"The policy is {ref}, {when}."
    for found in scenario.facts.leave_out:
        yield f"Left out are violations {matched_words(found)}."
    for change in scenario.facts.change:
        yield f"Violations {matched_words(change.where)} {_setting(change.set)}."
    for added in scenario.facts.add:
        yield _added(added)
    if scenario.population is not None:
        yield f"Only sellers with violations {matched_words(scenario.population)} are looked at."
    yield from _times(scenario)
    if policy is None and scenario.facts == type(scenario.facts)():
        yield "Nothing is different: the two worlds should agree."


def _times(scenario: Scenario) -> Iterator[str]:
    """What of history is compared, and by what was known of it."""
    if scenario.begin is not None:
        yield f"Sanctions and days are counted from {day_words(scenario.begin)} on."
    if scenario.to is not None:
        yield f"The worlds are compared as they are on {day_words(scenario.to)}."
    if scenario.known_at is not None:
        yield f"Known is only what was recorded by {day_words(scenario.known_at)}."


def _patched(path: str, value: object) -> str:
    return f"{subject(path)} is {_value(value)} ({path} = {_value(value)})"


def matched_words(found: Filter) -> str:
    """What a filter matches, as the end of "violations …"."""
    said = found.said()
    parts = [f"{words} {_names(said[key])}" for key, words in _NAMED.items() if key in said]
    if "appeal" in said:
        parts.append(" or ".join(_APPEALS[outcome] for outcome in said["appeal"]))
    for stretch in STRETCHES:
        words = [
            f"{word} {day_words(said[f'{stretch}_{key}'])}"
            for key, word in (("from", "from"), ("to", "before"))
            if f"{stretch}_{key}" in said
        ]
        if words:
            parts.append(f"{stretch} {' and '.join(words)}")
    return ", ".join(parts)


def day_words(instant: int) -> str:
    """An instant without what it does not need: 2026-03-01, or 2026-03-01 09:30:00 UTC."""
    written = format_instant(instant)
    if instant % DAY_US == 0:
        return written[:10]
    return f"{written[:10]} {written[11:19]} UTC"


def _setting(setting: Setting) -> str:
    said = setting.said()
    words: list[str] = []
    if "rule" in said:
        words.append(f"count as {said['rule']}")
    if "severity" in said:
        words.append(f"count as {said['severity']}")
    if "points" in said:
        words.append(f"have {said['points']} points")
    if "effective_at" in said:
        at = said["effective_at"]
        when = "from when they were recorded" if at == AS_RECORDED else f"from {day_words(at)}"
        words.append(f"are effective {when}")
    if "appeal" in said:
        words.append(f"have had their appeal {said['appeal']}")
    return " and ".join(words)


def _added(added: Added) -> str:
    points = "" if added.points is None else f" with {added.points} points"
    severity = "" if added.severity is None else f"{added.severity} "
    effective = "" if added.effective_at is None else f", effective {day_words(added.effective_at)}"
    return (
        f"Added is a {severity}violation of {added.rule}{points} by seller {added.seller_id}, "
        f"recorded {day_words(added.recorded_at)}{effective}."
    )


def _names(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    if more > 0:
        return f"{', '.join(names[:_MOST_NAMED])} or {more} more"
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return "[" + ", ".join(str(item) for item in cast("list[object]", value)) + "]"
        case _:
            return str(value)


def _ref(pack: dict[str, Any]) -> str:
    return f"{pack.get('name', '')}@{pack.get('edition', '')}"
