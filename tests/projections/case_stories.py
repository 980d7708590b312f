"""Random stories of appeals and disputes, told to a real ledger on a sandbox clock."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.commands import Command
from ledger.decide.dispute_commands import (
    AddDisputeEvidence,
    AnswerDispute,
    AnswerOffer,
    AppealRuling,
    DecideRulingAppeal,
    EscalateDispute,
    OpenDispute,
    Proposal,
    ReceiveReturn,
    RequestDisputeEvidence,
    RuleDispute,
    TrackReturn,
)
from ledger.disputes.dispute import Dispute
from ledger.facts.instants import DAY_US, format_instant
from ledger.facts.money import Money
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.standing.appeals import Appeal
from tests.laws.stories import RULES, SELLERS, START
from tests.projections.following import execute
from tests.store.opened import annulment, sandbox, violation

CaseStep: TypeAlias = tuple[str, int, int, int]
"""What happens, to which seller, violation or dispute, and two numbers that say how."""

# What makes cases end otherwise than by silence has to be common, and the days of every window.
days = st.sampled_from((0, 0, 1, 2, 3, 4, 5, 10, 15, 31))
number = st.integers(0, 11)
disputes_go_on = st.tuples(st.just("dispute"), number, number, number)
case_stories: st.SearchStrategy[list[CaseStep]] = st.lists(
    st.tuples(st.just("violate"), st.integers(0, 1), number, st.just(0))
    | st.tuples(st.just("annul"), st.integers(0, 1), st.just(0), st.just(0))
    | st.tuples(st.just("appeal"), st.integers(0, 1), number, number)
    | st.tuples(st.just("appeal"), st.integers(0, 1), number, number)
    | st.tuples(st.just("open"), st.integers(0, 1), number, number)
    | disputes_go_on
    | disputes_go_on
    | disputes_go_on
    | st.tuples(st.just("wait"), st.just(0), days, st.integers(0, 1)),
    min_size=6,
    max_size=40,
)
REASONS: Any = ("not-received", "not-as-described", "withdrawal")
CURRENCIES = ("EUR", "JPY", "KWD")


class CaseTelling:
    """A story being told to a ledger; what the ledger refuses is part of the story."""

    def __init__(self, ledger: Ledger, told: int = 0) -> None:
        self.ledger = ledger
        self.disputes: list[str] = []
        self._told = told
        """Steps told before: what is new in a step is called after its number."""

    def tell(self, step: CaseStep) -> None:
        what, one, two, three = step
        self._told += 1
        with suppress(Refusal):
            match what:
                case "violate":
                    self._violate(one, two)
                case "annul":
                    known = self.ledger.reader.seller(SELLERS[one]).violations
                    if known:
                        self._do(annulment(SELLERS[one], known[two % len(known)].violation_id))
                case "appeal":
                    self._appeal(SELLERS[one], two, three)
                case "open":
                    self._open(SELLERS[one], two, three)
                case "dispute":
                    self._dispute(one, two, three)
                case _:
                    self.ledger.move_clock(self.ledger.now() + two * DAY_US + three)

    def _do(self, command: Command, actor: str = "") -> None:
        self.ledger.handle(command, actor)

    def _violate(self, seller: int, rule: int) -> None:
        name = RULES[rule % len(RULES)]
        told: Any = violation(SELLERS[seller], f"v-{self._told}", name)
        if name == "copyright":
            told = replace(told, severity="general", source="rights-holder")
        self._do(told, "svc")

    def _appeal(self, seller: str, which: int, how: int) -> None:
        known = self.ledger.reader.seller(seller)
        if not known.violations:
            return
        under_way = [a.violation_id for a in known.appeals if a.newest.status == "filed"]
        names = under_way if which % 3 and under_way else [v.violation_id for v in known.violations]
        name = names[which % len(names)]
        appeal: Appeal | None = known.appeal(name)
        about: dict[str, Any] = {"seller_id": seller, "violation_id": name}
        if appeal is None or appeal.newest.status != "filed":
            evidence = ("letter",) if how % 3 == 0 else None
            self._do(FileAppeal(**about, reason="no", filed_by=seller, evidence=evidence))
            return
        about["round"] = appeal.newest.round
        reviewer = f"reviewer-{appeal.newest.round}"
        match how % 6:
            case 0 | 1:
                self._do(AddAppealEvidence(**about, evidence=(f"photo-{self._told}",)))
            case 2:
                self._do(WithdrawAppeal(**about))
            case _:
                outcome: Any = "upheld" if how % 6 == 3 else "rejected"
                told = DecideAppeal(**about, outcome=outcome, reviewer=reviewer, reasons="so")
                self._do(told, reviewer)

    def _open(self, seller: str, reason: int, how: int) -> None:
        dispute_id, now = f"d-{self._told}", self.ledger.now()
        currency = CURRENCIES[how % 3]
        goods_back = REASONS[reason % 3] != "not-received" and (
            reason % 3 == 2 or how % 2 == 0
        )  # fmt: skip
        self._do(
            OpenDispute(
                dispute_id=dispute_id,
                order_id=f"o-{how % 4}",
                seller_id=seller,
                buyer_id=f"b-{reason % 2}",
                reason=REASONS[reason % 3],
                order_amount=Money("20", currency),
                shipped_at=format_instant(now - 5 * DAY_US),
                receipt_confirmed_at=format_instant(now - DAY_US) if how % 4 else None,
                requested=Proposal(refund=Money("12", currency), returns=goods_back),
                return_address_on_file=how % 5 != 0,
            )
        )
        self.disputes.append(dispute_id)

    def _dispute(self, which: int, what: int, how: int) -> None:
        if not self.disputes:
            return
        dispute = self.ledger.dispute(self.disputes[-1 - which % len(self.disputes)])
        assert dispute is not None
        command = _next(dispute, what, how, self._told)
        if command is not None:
            self._do(command, "platform")


def _next(dispute: Dispute, what: int, how: int, told: int) -> Command | None:
    """Something that may be done where the dispute stands."""
    about: dict[str, Any] = {"dispute_id": dispute.dispute_id}
    some = Money(str(how % 20), dispute.currency)
    party: Any = ("seller", "buyer")[how % 2]
    both: Any = ("seller", "buyer") if how % 3 else (party,)
    match dispute.phase:
        case "awaiting-seller" if what % 4 == 0:
            return EscalateDispute(**about, by="buyer")
        case "awaiting-seller":
            answer: Any = ("accept", "counter", "reject")[what % 3]
            offer = Proposal(refund=some, returns=how % 4 == 0) if answer == "counter" else None
            return AnswerDispute(**about, answer=answer, offer=offer)
        case "awaiting-buyer":
            return AnswerOffer(**about, answer="accept" if what % 2 else "refuse")
        case "escalated" if what % 3 == 0:
            return RequestDisputeEvidence(**about, parties=both)
        case "escalated" if what % 3 == 1:
            return AddDisputeEvidence(**about, by=party, evidence=(f"photo-{told}",))
        case "escalated":
            fault: Any = ("seller", "buyer", "neither")[what % 3]
            return RuleDispute(
                **about, refund=some, returns=how % 4 == 0, at_fault=fault, reviewer="judge",
                reasons="so",
            )  # fmt: skip
        case "awaiting-tracking":
            return TrackReturn(**about, tracking_number=f"track-{told}")
        case "awaiting-receipt":
            return ReceiveReturn(**about)
        case "under-appeal":
            outcome: Any = "upheld" if what % 2 else "rejected"
            return DecideRulingAppeal(**about, outcome=outcome, reviewer="judge-2", reasons="so")
        case "closed":
            return AppealRuling(**about, by=party, reasons="no")


TABLES = (
    "stored_events, log_head, seller_state, seller_key, sealed_text, policy_edition, case_due, "
    "case_concerned, idempotency_key, history_import, projection, parked_stream"
)


@contextmanager
def cases_told(dsn: str) -> Generator[CaseTelling]:
    """A ledger on an emptied database, at the beginning of a story."""
    execute(dsn, f"TRUNCATE {TABLES}")
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        yield CaseTelling(ledger)
