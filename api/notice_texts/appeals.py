"""What a seller is told of its appeals: that a round was filed, and how it came to its end."""

from typing import Final, TypeAlias

from api.notice_texts.words import Context, Words, rule_of, spoken
from ledger.facts.appeals import (
    AppealFiled,
    AppealLapsed,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)

ToldOfAppeal: TypeAlias = (
    AppealFiled | AppealUpheld | AppealRejected | AppealLapsed | AppealWithdrawn
)

_NO_MORE: Final = "There is no further round, and the violation stands."


def words_of(fact: ToldOfAppeal, told: Context) -> Words:
    """The notice of one fact."""
    match fact:
        case AppealFiled():
            return _filed(fact, told)
        case AppealUpheld():
            return _upheld(fact, told)
        case AppealRejected():
            return _rejected(fact, told)
        case AppealLapsed():
            return _lapsed(fact, told)
        case AppealWithdrawn():
            return _withdrawn(fact, told)


def _filed(fact: AppealFiled, told: Context) -> Words:
    """Until when evidence is taken, and what happens without it."""
    which, zone = _which(fact, told)
    said = f"{which} was filed on {spoken(fact.recorded_at, zone)}."
    until = fact.evidence_until
    if until is None:
        how = "Evidence had to come with it."
    elif fact.evidence_given:
        how = f"More evidence can follow until {spoken(until, zone)}."
    else:
        how = f"Evidence has to follow until {spoken(until, zone)}, else the appeal lapses."
    return Words("Appeal filed", f"{said} {how} Somebody who had no part in it decides.", until)


def _upheld(fact: AppealUpheld, told: Context) -> Words:
    """The seller was right."""
    which, zone = _which(fact, told)
    on = spoken(fact.recorded_at, zone)
    return Words("Appeal upheld", f"{which} was upheld on {on}. The violation is cancelled.")


def _rejected(fact: AppealRejected, told: Context) -> Words:
    """The violation stands; until when the next round may be filed, if there is one."""
    which, zone = _which(fact, told)
    said = f"{which} was rejected on {spoken(fact.recorded_at, zone)}."
    until = fact.next_round_until
    if until is None:
        return Words("Appeal rejected", f"{said} {_NO_MORE}")
    following = f"You can appeal once more, in round {fact.round + 1}, until {spoken(until, zone)}."
    return Words("Appeal rejected", f"{said} The violation stands. {following}", until)


def _lapsed(fact: AppealLapsed, told: Context) -> Words:
    """No evidence came in time."""
    which, zone = _which(fact, told)
    # It lapses just after the last instant that was in time.
    last = spoken(fact.effective_at - 1, zone)
    return Words("Appeal lapsed", f"{which} lapsed: no evidence came until {last}. {_NO_MORE}")


def _withdrawn(fact: AppealWithdrawn, told: Context) -> Words:
    """Taken back by the seller, or left without an object."""
    which, zone = _which(fact, told)
    on = spoken(fact.recorded_at, zone)
    if fact.caused_by is not None:
        why = "since the violation was taken back and nothing is left to decide."
        return Words("Appeal closed", f"{which} was closed on {on}, {why}")
    return Words("Appeal withdrawn", f"{which} was withdrawn on {on}. {_NO_MORE}")


def _which(
    fact: ToldOfAppeal,
    told: Context,
) -> tuple[str, str]:
    """The round as the beginning of a sentence, and the zone of the rules that it goes by."""
    rule, zone = rule_of(fact.violation_id, told)
    return f"Your appeal against the violation {fact.violation_id}{rule}, round {fact.round},", zone
