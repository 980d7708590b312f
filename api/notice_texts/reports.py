"""What a seller is told of a report about it: what is waited for, and what its silence brings.

Never who reported: neither fact nor notice says it.
"""

from typing import TypeAlias

from api.notice_texts.words import Context, Words, spaced, spoken
from ledger.facts.reports import ReportAnswerAwaited

ToldOfReport: TypeAlias = ReportAnswerAwaited


def words_of(fact: ToldOfReport, told: Context) -> Words:
    """The notice of one fact."""
    until = spoken(fact.until, told.policy_of(fact.policy).zone)
    whom = f"Your listing {fact.listing_id}" if fact.listing_id else "Your shop"
    if fact.what == "documents":
        return Words(
            "Documents needed",
            f"{whom} was reported (report {fact.report_id}). Give the documents that you were "
            f"asked for until {until}. A reviewer decides on them, or without them if none come.",
            fact.until,
        )
    rule = f" (“{spaced(fact.rule)}”)" if fact.rule else ""
    return Words(
        "Counter-notice possible",
        f"{whom} was reported by a rights holder (report {fact.report_id}), and the "
        f"complaint{rule} was accepted. You can answer it with a counter-notice until {until}: "
        "then somebody else looks at it again. If you do not answer, a violation is recorded.",
        fact.until,
    )
