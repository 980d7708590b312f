"""What an edition says of all violations that are alike, looked up once for all of them."""

from typing import Final

from msgspec import Struct

from ledger.facts.instants import DAY_US, Instant
from ledger.policy.business_days import BusinessDays
from ledger.policy.policy import Bucket, Policy, Rule
from ledger.policy.window import local_day

_RAISED_BY: Final = ("rights-holder", "platform")
"""Who raised a violation may decide how long it can be appealed; others are all one."""


class Terms(Struct, frozen=True, gc=False):
    """What an edition says of violations of one rule that fall into one bucket."""

    bucket: Bucket
    first_days: int
    """Within which a first appeal may be filed; 0 where there is none."""
    business_days: BusinessDays | None
    """By which those are counted; None where they are elapsed days."""
    life_us: int | None
    """How long they count; None where the calendar says until when."""
    zone: str
    policy: str
    digest: str
    """The first eight hexadecimal digits of the edition's SHA-256."""

    def lapse(self, effective: Instant) -> Instant:
        """The first instant at which a violation effective then no longer counts."""
        if self.life_us is not None:
            return effective + self.life_us
        return self.bucket.window.lapse(effective, self.zone)

    def local_day(self, effective: Instant) -> int | None:
        """The pack's calendar day of that instant, for daily caps; None where it is UTC's."""
        return local_day(effective, self.zone)

    def appeal_days(self, notice: Instant) -> int:
        """Elapsed days from notice within which a first appeal may be filed."""
        if self.business_days is None:
            return self.first_days
        return self.business_days.calendar_days(notice, self.first_days)


class AllTerms:
    """The terms of a pack's editions, kept once they were asked for."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, str | None], Terms] = {}

    def of(self, edition: Policy, rule: Rule, bucket: str, source: str) -> Terms:
        """The terms for a rule of an edition; refuses what `Policy` refuses."""
        raised_by = source if source in _RAISED_BY else None
        key = edition.digest, rule.rule_id, bucket, raised_by
        terms = self._known.get(key)
        if terms is None:
            terms = self._known[key] = _looked_up(edition, rule, bucket, raised_by)
        return terms


def _looked_up(edition: Policy, rule: Rule, name: str, raised_by: str | None) -> Terms:
    bucket = edition.bucket(name)
    days = bucket.window.days if rule.life_days is None else rule.life_days
    appeal = edition.appeal_window(rule.family, raised_by)
    return Terms(
        bucket,
        appeal.first_days if appeal.rounds else 0,
        appeal.business_days,
        None if days is None else days * DAY_US,
        edition.zone,
        edition.ref,
        edition.short_digest,
    )
