"""The notice of every fact that a seller must be told, by its subject."""

from typing import TypeAlias

from api.notice_texts import appeals, reports, sanctions, violations
from api.notice_texts.appeals import ToldOfAppeal
from api.notice_texts.reports import ToldOfReport
from api.notice_texts.sanctions import ToldOfSanction
from api.notice_texts.violations import ToldOfViolation
from api.notice_texts.words import Context, Words

ToldFact: TypeAlias = ToldOfViolation | ToldOfAppeal | ToldOfSanction | ToldOfReport


def words_of(fact: ToldFact, told: Context) -> Words:
    """The notice of one fact."""
    if isinstance(fact, ToldOfViolation):
        return violations.words_of(fact, told)
    if isinstance(fact, ToldOfAppeal):
        return appeals.words_of(fact, told)
    if isinstance(fact, ToldOfReport):
        return reports.words_of(fact, told)
    return sanctions.words_of(fact, told)
