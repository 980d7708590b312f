"""What can be asked of a log: standings with their reasons and their future, as of any instant and
as known at any. Nothing here writes.
"""

from ledger.decide.dispute_due import as_of
from ledger.decide.erasure_holds import Kept, holds_on
from ledger.decide.erasure_refusals import UnknownSeller
from ledger.decide.report_due import as_of as as_of_report
from ledger.disputes.dispute import Dispute
from ledger.facts.ids import (
    campaign_stream,
    dispute_stream,
    enrolment_stream,
    report_stream,
    seller_stream,
)
from ledger.facts.instants import SECOND_US, Instant, format_instant
from ledger.facts.refusal import Refusal
from ledger.facts.violations import ViolationRecorded
from ledger.promotions.campaign import Campaign
from ledger.promotions.enrolment import Enrolment
from ledger.reports.report import Report
from ledger.standing.course import Course, course
from ledger.standing.explanation import Explanation, explain
from ledger.standing.forecast import forecast
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, current, standing
from ledger.store.cases import Case, load_cases
from ledger.store.clocks import Clock
from ledger.store.loading import load_sellers, replay
from ledger.store.memory import Memory
from ledger.store.reader import Reader
from ledger.store.refusals import NotSettled
from ledger.store.texts import texts_kept


class KnownAtInFuture(Refusal):
    """Nobody knows yet what will be known."""


class Log:
    """One log, open for reading. May be used from any thread."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self.reader = reader
        self.clock = clock

    @property
    def memory(self) -> Memory:
        """What this process remembers of the log."""
        return self.reader.memory

    @property
    def rulebook(self) -> Rulebook:
        """The rules as known now."""
        return self.memory.rulebook

    def now(self) -> Instant:
        """The present instant by this log's clock."""
        return self.clock.now(self.memory.head)

    def standing(
        self, seller_id: str, as_of: Instant | None = None, known_at: Instant | None = None
    ) -> Standing:
        """The standing as of any instant, as known at any; both absent, as it is now."""
        # The rules are taken after the facts: to read these may bring news of those.
        if known_at is None:
            seller = self.reader.seller(seller_id)
            rulebook = self.rulebook
            if as_of is None:
                return current(seller, rulebook, self.now())
            return standing(seller, rulebook, as_of, max(seller.recorded_at, rulebook.known_since))
        self.check_known_at(known_at)
        seller = self.reader.seller_as_known(seller_id, known_at)
        return standing(seller, self.rulebook, known_at if as_of is None else as_of, known_at)

    def explanation(
        self,
        seller_id: str,
        as_of: Instant | None = None,
        known_at: Instant | None = None,
        only: str | None = None,
    ) -> Explanation:
        """The same standing with its reasons; of the violations one `only`, by its id."""
        found = self.standing(seller_id, as_of, known_at)
        stream = self.reader.stream(seller_stream(seller_id))
        recorded = {
            stored.fact.violation_id: stored.fact
            for stored in stream
            if isinstance(stored.fact, ViolationRecorded)
        }
        seller = replay(seller_id, stream, found.known_at)
        return explain(seller, recorded, self.rulebook, found.as_of, found.known_at, only)

    def forecast(
        self, seller_id: str, as_of: Instant | None, known_at: Instant | None, most: int
    ) -> Course:
        """The same standing, and what time alone will change: `most` changes at most."""
        found = self.standing(seller_id, as_of, known_at)
        seller = self.reader.seller_as_known(seller_id, found.known_at)
        return forecast(seller, self.rulebook, found.as_of, found.known_at, most)

    def course(
        self,
        seller_id: str,
        from_: Instant | None,
        to: Instant | None,
        known_at: Instant | None,
        most: int,
    ) -> tuple[Course, Instant]:
        """How the standing went from one instant to another, by what was known at a third, and that
        other: `from_` absent, from the first rules on; `to` absent, up to `known_at`, and that
        absent too, up to now.
        """
        if known_at is None:
            seller, until = self.reader.seller(seller_id), self.now()
            known_at = max(seller.recorded_at, self.rulebook.known_since)
        else:
            self.check_known_at(known_at)
            seller, until = self.reader.seller_as_known(seller_id, known_at), known_at
        rulebook = self.rulebook
        if from_ is None:
            # Where no edition was known yet, the question itself is refused, by its name.
            from_ = min(rulebook.effective_instants(known_at), default=known_at)
        to = until if to is None else to
        return course(seller, rulebook, from_, to, known_at, most), to

    def dispute(self, dispute_id: str) -> Dispute | None:
        """The dispute as it is now: what has fallen due holds, recorded or not."""
        found = self.reader.case(dispute_stream(dispute_id))
        if not isinstance(found, Dispute):
            return None
        if found.policy not in self.rulebook.edition_number:
            # Another process opened it under an edition that was published a moment before.
            self.reader.catch_up()
        return as_of(found, self.now(), self.rulebook)

    def campaign(self, campaign_id: str) -> Campaign | None:
        """The campaign as it was announced."""
        found = self.reader.case(campaign_stream(campaign_id))
        return found if isinstance(found, Campaign) else None

    def enrolment(self, campaign_id: str, product_id: str) -> Enrolment | None:
        """A product's part in a campaign as it is now."""
        found = self.reader.case(enrolment_stream(campaign_id, product_id))
        return found if isinstance(found, Enrolment) else None

    def report(self, report_id: str) -> Report | None:
        """The report as it is now: what has fallen due holds, recorded or not."""
        found = self.reader.case(report_stream(report_id))
        return as_of_report(found, self.now()) if isinstance(found, Report) else None

    def kept(self, seller_id: str) -> tuple[Seller, Kept]:
        """The seller, the texts kept of it, and what stands against erasing them now; raises
        `UnknownSeller`.
        """
        with self.reader.snapshot() as cursor:
            seller = load_sellers(cursor, [seller_id])[seller_id].seller
            texts, of_cases, streams = texts_kept(cursor, seller_id)
            cases = load_cases(cursor, streams)
        if seller.version == 0 and texts == 0:
            raise UnknownSeller(seller_id)
        now = self.now()
        holds = holds_on(seller, [self._as_it_is(case, now) for case in cases.values()], now)
        return seller, Kept(texts, of_cases, holds)

    def _as_it_is(self, case: Case, now: Instant) -> Case:
        """A case with what has fallen due, recorded or not."""
        match case:
            case Dispute():
                return as_of(case, now, self.rulebook)
            case Report():
                return as_of_report(case, now)
            case _:
                return case

    def check_known_before(self, known_at: Instant) -> None:
        """The same for those who show no key: however often they ask, the log's lock is taken
        once a second at most, and what was known within the current second is not final.
        """
        second = self.now() // SECOND_US * SECOND_US
        if self.clock.kind != "system" or known_at > self.now():
            self.check_known_at(known_at)
        elif not self.reader.is_settled(known_at):
            if known_at >= second:
                raise NotSettled
            self.check_known_at(second - 1)

    def check_known_at(self, known_at: Instant) -> None:
        """Make sure that what was known at an instant is final; raises `KnownAtInFuture`,
        `NotSettled`.
        """
        if known_at > self.now():
            raise KnownAtInFuture(
                f"known_at {format_instant(known_at)} lies in the future",
                field="known_at",
                accepted=f"an instant up to {format_instant(self.now())}",
            )
        if self.clock.kind == "system":
            self.reader.settle(known_at)
