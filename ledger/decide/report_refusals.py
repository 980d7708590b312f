"""Why a request about a report is not taken. When several hold, the first of this order is told:

1. `ToldDifferently`: the report or the step was told before with other content.
2. What the request names does not exist: `UnknownReport`.
3. The policy or the state forbids it: `NoReportRules`, `ReportWrongState`, `ReportTooLate`.
4. Who asks: `WrongParty`, `ReviewerNotIndependent`.
5. What it says: `OutcomeNotAccepted`, `ReportPartOutOfPlace`, `RuleMissing`; and for a violation
   whatever recording one by hand is refused for, in that order.

A filing, which has no state yet, is refused for what it says first: `ReportOnNobody`,
`ReportPartOutOfPlace`, `ReportOnOneself`, `ReporterNotAccepted`, then for an unknown rule.
"""

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal


class UnknownReport(Refusal):
    """Nobody filed such a report."""

    def __init__(self, report_id: str) -> None:
        super().__init__(f"there is no report {report_id}", field="report_id")


class NoReportRules(Refusal):
    """The pack in force says nothing of documents."""

    def __init__(self, policy: str) -> None:
        super().__init__(
            f"{policy} has no table [reports], so it gives no time for documents",
            accepted="a policy pack with the table [reports], or a review without documents",
        )


class ReportWrongState(Refusal):
    """The report is not at the step that this request belongs to."""

    def __init__(self, report_id: str, why: str, accepted: str) -> None:
        super().__init__(f"report {report_id} {why}", field="report_id", accepted=accepted)


class ReportTooLate(Refusal):
    """The time for this step is over."""

    def __init__(self, what: str, until: Instant, at: Instant) -> None:
        super().__init__(
            f"{what} could come until {format_instant(until)}; it is {format_instant(at)}",
            field="report_id",
            accepted=f"an instant up to {format_instant(until)}",
        )


class ReporterNotAccepted(Refusal):
    """Buyers are reported by the sellers they dealt with."""

    def __init__(self, field: str, given: str, accepted: str) -> None:
        super().__init__(
            f"a report about a buyer is the seller's own, but {field} is {given}",
            field=field,
            accepted=accepted,
        )


class ReportOnOneself(Refusal):
    """Nobody complains of himself."""

    def __init__(self, who: str, field: str) -> None:
        super().__init__(
            f"{who} cannot report itself", field=field, accepted="somebody who is not reported"
        )


class ReportOnNobody(Refusal):
    """A report says of whom or of what it complains."""

    def __init__(self, about: str, field: str) -> None:
        super().__init__(
            f"a report about a {about} names none", field=field, accepted=f"the id of the {about}"
        )


class ReportPartOutOfPlace(Refusal):
    """A report, or its review, says something that belongs to another kind of it."""

    def __init__(self, field: str, why: str, accepted: str) -> None:
        super().__init__(why, field=field, accepted=accepted)


class OutcomeNotAccepted(Refusal):
    """Sellers break rules, and buyers are not judged by them."""

    def __init__(self, about: str, outcome: str, accepted: str) -> None:
        super().__init__(
            f"a report about a {about} cannot end as {outcome}", field="outcome", accepted=accepted
        )


class RuleMissing(Refusal):
    """A violation is one of a rule."""

    def __init__(self, report_id: str) -> None:
        super().__init__(
            f"report {report_id} suspects no rule, and the review names none",
            field="rule",
            accepted="the id of the rule that was broken",
        )
