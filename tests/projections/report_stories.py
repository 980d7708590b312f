"""Random stories of reports, told to a real ledger on a sandbox clock."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from hypothesis import strategies as st

from ledger.decide.appeal_commands import DecideAppeal, FileAppeal
from ledger.decide.commands import Command
from ledger.decide.report_commands import (
    AddReportDocuments,
    AnswerReport,
    FileReport,
    RequestReportDocuments,
    ReviewReport,
)
from ledger.facts.instants import DAY_US
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.policy.document import canonical, read
from ledger.policy.shipped import load_pack
from ledger.reports.report import Report
from tests.laws.stories import SELLERS, START
from tests.projections.case_stories import TABLES
from tests.projections.following import execute
from tests.store.opened import annulment, sandbox

ReportStep: TypeAlias = tuple[str, int, int]
"""What happens, and two numbers that say to what and how."""

number = st.integers(0, 11)
goes_on = st.tuples(st.just("report"), number, number)
report_stories: st.SearchStrategy[list[ReportStep]] = st.lists(
    st.tuples(st.just("file"), number, number)
    | goes_on
    | goes_on
    | goes_on
    | st.tuples(st.just("take back"), st.integers(0, 1), number)
    | st.tuples(st.just("wait"), st.sampled_from((0, 1, 2, 3, 4)), st.integers(0, 1)),
    min_size=6,
    max_size=40,
)
HOLDING = canonical(
    read(
        load_pack("aliexpress")
        .replace('edition = "2020-01-01"', 'edition = "2020-02-01"')
        .replace("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")
        .replace("hold_for_counter_notice = false", "hold_for_counter_notice = true")
    )
)


class ReportTelling:
    """A story being told to a ledger; what the ledger refuses is part of the story."""

    def __init__(self, ledger: Ledger, told: int = 0) -> None:
        self.ledger = ledger
        self.reports: list[str] = []
        self._told = told
        """Steps told before: what is new in a step is called after its number."""

    def tell(self, step: ReportStep) -> None:
        what, which, how = step
        self._told += 1
        with suppress(Refusal):
            match what:
                case "file":
                    self._file(which, how)
                case "report":
                    self._report(which, how)
                case "take back":
                    self._take_back(SELLERS[which], how)
                case _:
                    self.ledger.move_clock(self.ledger.now() + which * DAY_US + how)

    def known(self, report_id: str) -> Report:
        found = self.ledger.report(report_id)
        assert found is not None
        return found

    def _do(self, command: Command) -> None:
        self.ledger.handle(command, "")

    def _file(self, which: int, how: int) -> None:
        report_id, seller = f"r-{self._told}", SELLERS[which % 2]
        told: dict[str, Any] = {
            "report_id": report_id, "seller_id": seller, "statement": "so",
            "about": "listing", "listing_id": f"l-{how % 3}",
            "reported_by": f"p-{which % 7}", "reporter": ("buyer", "rights-holder")[how % 2],
            "suspected": ("trademark", "seeds", None)[how % 3],
        }  # fmt: skip
        if how % 5 == 0:
            told |= {
                "about": "buyer", "buyer_id": "b-1", "listing_id": None, "suspected": None,
                "reported_by": seller, "reporter": "seller",
            }  # fmt: skip
        self._do(FileReport(**told))
        self.reports.append(report_id)

    def _report(self, which: int, how: int) -> None:
        if not self.reports:
            return
        report = self.known(self.reports[-1 - which % len(self.reports)])
        self._do(_next(report, how, self._told))

    def _take_back(self, seller: str, how: int) -> None:
        violations = list(self.ledger.reader.seller(seller).violations)
        if not violations:
            return
        name = violations[how % len(violations)].violation_id
        if how % 2:
            self._do(annulment(seller, name))
            return
        about: dict[str, Any] = {"seller_id": seller, "violation_id": name}
        self._do(FileAppeal(**about, reason="no", filed_by=seller, evidence=("letter",)))
        decision = DecideAppeal(
            **about, round=1, outcome="upheld", reviewer="cy", reasons="so"
        )  # fmt: skip
        self._do(decision)


def _next(report: Report, how: int, told: int) -> Command:
    """Something that may be done where the report stands."""
    about: dict[str, Any] = {"report_id": report.report_id}
    if report.waits == "awaiting-documents":
        return AddReportDocuments(**about, evidence=(f"invoice-{told}",))
    if report.waits == "awaiting-counter-notice":
        return AnswerReport(**about, statement="no")
    if how % 4 == 0:
        return RequestReportDocuments(**about)
    outcome: Any = "dismissed" if how % 4 == 1 else "violation"
    if report.about == "buyer" and outcome == "violation":
        outcome = "upheld"
    told_more: dict[str, Any] = {}
    if outcome == "violation":
        rule = report.suspected or "weapons"
        told_more = {"rule": rule, "severity": "general" if rule == "trademark" else None}
    reviewer = f"reviewer-{len(report.reviews)}"
    return ReviewReport(**about, outcome=outcome, reviewer=reviewer, reasons="so", **told_more)


@contextmanager
def reports_told(dsn: str) -> Generator[ReportTelling]:
    """A ledger on an emptied database, at the beginning of a story."""
    execute(dsn, f"TRUNCATE {TABLES}")
    with sandbox(dsn, chosen=HOLDING) as ledger:
        ledger.move_clock(START)
        yield ReportTelling(ledger)
