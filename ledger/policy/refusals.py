"""What a policy pack refuses: each names the rule, the value found and what would be accepted."""

from collections.abc import Iterable
from difflib import get_close_matches

from ledger.facts.refusal import Refusal


def close_to(unknown: str, known: Iterable[str], most: int = 3, alike: float = 0.5) -> list[str]:
    """The known names that somebody who wrote `unknown` may have meant, nearest first."""
    return get_close_matches(unknown, sorted(known), n=most, cutoff=alike)


def meant(unknown: str, known: Iterable[str], most: int = 3) -> str:
    """The end of a sentence that refuses a name: the close ones, or all where none is close."""
    names = sorted(known)
    near = close_to(unknown, names, most)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return "known are " + ", ".join(names[:12]) + (" …" if len(names) > 12 else "") + "."


class UnknownRule(Refusal):
    """The pack has no rule of this name."""

    def __init__(self, rule: str, known: Iterable[str], policy: str) -> None:
        names = sorted(known)
        super().__init__(
            f"{policy} has no rule {rule!r}: {meant(rule, names)}",
            field="rule",
            accepted=", ".join(close_to(rule, names) or names),
        )


class UnknownBucket(Refusal):
    """The pack has no bucket of this name."""

    def __init__(self, bucket: str, known: Iterable[str], policy: str) -> None:
        names = sorted(known)
        super().__init__(
            f"{policy} has no bucket {bucket!r}: {meant(bucket, names)}",
            field="bucket",
            accepted=", ".join(names),
        )


class NoAppealWindow(Refusal):
    """The pack says nothing about appeals of this family."""

    def __init__(self, family: str, source: str | None, known: Iterable[str], policy: str) -> None:
        names = sorted(set(known))
        by = f" raised by {source!r}" if source else ""
        super().__init__(
            f"{policy} has no appeal window for {family!r}{by}: known are {', '.join(names)}.",
            field="family",
            accepted=", ".join(names),
        )


class SeverityRequired(Refusal):
    """An infringement is general or serious, and the request must say which."""

    def __init__(self, rule: str, accepted: Iterable[str]) -> None:
        names = sorted(accepted)
        super().__init__(
            f"Rule {rule!r} is about intellectual property: severity must be {' or '.join(names)}.",
            field="severity",
            accepted=", ".join(names),
        )


class UnknownSeverity(Refusal):
    """The rule weighs severities, but not this one."""

    def __init__(self, rule: str, severity: str, accepted: Iterable[str]) -> None:
        names = sorted(accepted)
        super().__init__(
            f"Rule {rule!r} knows no severity {severity!r}: severity must be {' or '.join(names)}.",
            field="severity",
            accepted=", ".join(names),
        )


class SeverityNotAccepted(Refusal):
    """Only intellectual property is weighed by severity."""

    def __init__(self, rule: str, family: str, severity: str) -> None:
        super().__init__(
            f"Rule {rule!r} ({family}) takes no severity, but {severity!r} was given: "
            "only intellectual-property violations are general or serious.",
            field="severity",
            accepted="no severity",
        )


class PointsOutOfRange(Refusal):
    """The points asked for lie outside what the rule allows."""

    def __init__(self, rule: str, points: int, least: int, most: int) -> None:
        super().__init__(
            f"Rule {rule!r} takes {least} to {most} points, but {points} were given.",
            field="points",
            accepted=f"{least} to {most}",
        )


class StrikesTakeNoPoints(Refusal):
    """What counts as a strike has no points that a request could choose."""

    def __init__(self, rule: str, points: int) -> None:
        super().__init__(
            f"Rule {rule!r} counts strikes here: leave points out or give 0, not {points}.",
            field="points",
            accepted="0",
        )
