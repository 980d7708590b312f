"""How long there is until an instant, as people say it."""

from typing import Final

from ledger.facts.instants import DAY_US, HOUR_US, Instant, MalformedInstant, parse_instant

_MINUTE_US: Final = 60_000_000


def left(text: str | None, now: Instant) -> str:
    """From now until then: `3 days`, `5 hours`; `over` for what has passed, nothing for none."""
    if text is None:
        return ""
    try:
        rest = parse_instant(text, "due_at") - now
    except MalformedInstant:
        return ""
    if rest < 0:
        return "over"
    for length, word in ((DAY_US, "day"), (HOUR_US, "hour"), (_MINUTE_US, "minute")):
        many = rest // length
        if many:
            return f"{many:,} {word}" + ("s" if many > 1 else "")
    return "less than a minute"
