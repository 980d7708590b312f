"""Disputes: what each step brings in each phase, and how they end."""

from typing import Final

import pytest
from msgspec.structs import replace

from ledger.decide.dispute_commands import DisputeCommand, Proposal
from ledger.decide.dispute_refusals import (
    DisputeProtectionOver,
    DisputeTooLate,
    DisputeWrongState,
    FaultNotAccepted,
    NoDisputeRules,
    NotShippedYet,
    OfferOutOfPlace,
    ReceivedBeforeShipped,
    RefundMissing,
    RefundOutOfPlace,
    RefundOverOrder,
    ReturnNeeded,
    ReturnNotAccepted,
    UnknownDispute,
    WithdrawalNotRefused,
    WrongParty,
)
from ledger.decide.refusals import ReviewerNotIndependent, ToldDifferently
from ledger.disputes.dispute import Phase
from ledger.facts.money import Money, OtherCurrency
from ledger.facts.refusal import Refusal
from tests.spec.disputed import (
    ID,
    Disputed,
    accepted,
    appeal_decided,
    appealed,
    before,
    claim,
    countered,
    escalated,
    eur,
    evidence,
    evidence_requested,
    offer_accepted,
    offer_refused,
    opened,
    received,
    rejected,
    ruled,
    tracked,
    withdrawal,
    withdrawn,
)
from tests.spec.given import POLICY, pack

# -- every request in every phase ---------------------------------------------------------

BACK: Final = Proposal(eur("20.00"), True)
UNDER_APPEAL: Final = opened().also(escalated(), ruled(), appealed())
STORIES: Final[dict[str, tuple[Phase | None, Disputed]]] = {
    "nothing": (None, before()),
    "opened": ("awaiting-seller", opened()),
    "countered": ("awaiting-buyer", opened().also(countered())),
    "escalated": ("escalated", opened().also(escalated())),
    "asked": ("escalated", opened().also(escalated(), evidence_requested())),
    "to send": ("awaiting-tracking", opened(requested=BACK).also(accepted())),
    "to send by ruling": (
        "awaiting-tracking",
        opened().also(escalated(), ruled("15.00", returns=True)),
    ),
    "sent": ("awaiting-receipt", opened(requested=BACK).also(accepted(), tracked())),
    "under appeal": ("under-appeal", UNDER_APPEAL),
    "agreed": ("closed", opened().also(accepted())),
    "ruled": ("closed", opened().also(escalated(), ruled())),
    "appealed": ("closed", UNDER_APPEAL.also(appeal_decided("rejected"))),
}
REQUESTS: Final[dict[str, DisputeCommand]] = {
    "open": claim(),
    "accept": accepted(),
    "counter": countered(),
    "reject": rejected(),
    "take the offer": offer_accepted(),
    "refuse the offer": offer_refused(),
    "escalate": escalated(),
    "request evidence": evidence_requested("seller"),
    "give evidence": evidence("seller"),
    "track": tracked(),
    "receive": received(),
    "rule": ruled(),
    "appeal": appealed("buyer"),
    "uphold": appeal_decided("upheld"),
    "turn down": appeal_decided("rejected"),
}
END: Final = ("dispute-outcome-recorded", "dispute-closed")
ANSWERED: Final = ("dispute-answered",)
GIVEN: Final = ("dispute-evidence-added",)
TAKEN: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "nothing": {"open": ("dispute-opened",)},
    "opened": {
        "accept": (*ANSWERED, *END),
        "counter": ANSWERED,
        "reject": ANSWERED,
        "escalate": ("dispute-escalated",),
        "give evidence": GIVEN,
    },
    "countered": {
        "take the offer": (*ANSWERED, *END),
        "refuse the offer": (*ANSWERED, "dispute-escalated"),
        "escalate": ("dispute-escalated",),
        "give evidence": GIVEN,
    },
    "escalated": {
        "request evidence": ("dispute-evidence-requested",),
        "give evidence": GIVEN,
        "rule": ("dispute-ruled", *END),
    },
    "asked": {"give evidence": GIVEN, "rule": ("dispute-ruled", *END)},
    "to send": {
        "track": ("dispute-return-tracked",),
        "receive": ("dispute-return-received", *END),
    },
    "to send by ruling": {
        "track": ("dispute-return-tracked",),
        "receive": ("dispute-return-received", *END),
        "appeal": ("dispute-ruling-appealed",),
    },
    "sent": {"receive": ("dispute-return-received", *END)},
    "under appeal": {
        "give evidence": GIVEN,
        "uphold": ("dispute-appeal-decided", *END),
        "turn down": ("dispute-appeal-decided", *END),
    },
    "agreed": {},
    "ruled": {"appeal": ("dispute-ruling-appealed",)},
    "appealed": {},
}
"""What is taken; whatever is not here is refused, because the dispute is at another step."""


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("request_", REQUESTS)
def test_each_request_in_each_phase(story: str, request_: str) -> None:
    phase, disputed = STORIES[story]
    assert (disputed.known and disputed.known.phase) == phase
    answered = disputed.when(REQUESTS[request_])
    kinds = TAKEN[story].get(request_)
    if kinds is not None:
        answered.then(*kinds)
    elif story == "nothing":
        answered.then_refused(UnknownDispute, "dispute_id", says=ID)
    elif request_ == "open":
        answered.then_refused(ToldDifferently)
    else:
        answered.then_refused(DisputeWrongState, "dispute_id", says=ID)
        assert answered.refusal is not None
        assert answered.refusal.accepted


# -- how they end -------------------------------------------------------------------------


def ending(story: Disputed) -> tuple[int, str, str, bool, bool]:
    closed, outcome = story.closed, story.outcome
    for field in ("refund_minor", "at_fault", "why", "by_default", "returned", "effective_at"):
        assert getattr(closed, field) == getattr(outcome, field), field
    assert closed.outcome == f"seller-s-1.{story.seller.version}"
    return (
        outcome.refund_minor,
        outcome.at_fault,
        outcome.why,
        outcome.by_default,
        outcome.commission_owed,
    )


SILENT = 40
"""More days than any chain of deadlines takes."""

ENDINGS: Final[list[tuple[str, Disputed, tuple[int, str, str, bool, bool]]]] = [
    ("the seller accepts", opened().also(accepted()), (2000, "seller", "accepted", False, True)),
    ("the seller is silent", opened().after(SILENT),
     (2000, "seller", "seller-silent", True, True)),
    ("an offer is taken", opened().also(countered("5.00"), offer_accepted()),
     (500, "neither", "agreed", False, True)),
    ("a rejection is taken", opened().also(rejected(), offer_accepted()),
     (0, "neither", "agreed", False, True)),
    ("a ruling", opened().also(escalated(), ruled("7.50", at_fault="neither")),
     (750, "neither", "ruled", False, True)),
    ("the seller gives no evidence", opened().also(escalated(), evidence_requested("seller"))
     .after(SILENT), (2000, "seller", "no-evidence-from-seller", True, True)),
    ("the buyer gives no evidence",
     opened().also(escalated(), evidence_requested(), evidence("seller")).after(SILENT),
     (0, "buyer", "no-evidence-from-buyer", True, True)),
    ("neither gives evidence", opened().also(escalated(), evidence_requested()).after(SILENT),
     (2000, "seller", "no-evidence-from-seller", True, True)),
    ("the goods come back", opened(requested=BACK).also(accepted(), tracked(), received()),
     (2000, "seller", "accepted", False, False)),
    ("nobody says that they came back", opened(requested=BACK).also(accepted(), tracked())
     .after(SILENT), (2000, "seller", "accepted", True, False)),
    ("the goods are not sent", opened(requested=BACK).also(accepted()).after(SILENT),
     (0, "buyer", "return-not-sent", True, True)),
    ("the seller does not wait", opened(requested=BACK).also(accepted(), received()),
     (2000, "seller", "accepted", False, True)),
    ("no address for a return",
     opened(requested=BACK, return_address_on_file=False).also(accepted()),
     (2000, "seller", "accepted", False, True)),
    ("a withdrawal", withdrawn().also(accepted(), tracked(), received()),
     (2000, "neither", "accepted", False, False)),
    ("a withdrawal in silence", withdrawn().after(5.5).also(tracked(), received()),
     (2000, "neither", "seller-silent", True, False)),
    ("a withdrawal not sent", withdrawn().also(accepted()).after(SILENT),
     (0, "neither", "return-not-sent", True, True)),
    ("a withdrawal without evidence from the seller",
     withdrawn().also(escalated(), evidence_requested()).after(SILENT),
     (2000, "neither", "no-evidence-from-seller", True, True)),
    ("not received", opened(reason="not-received", receipt_confirmed_at=None).also(accepted()),
     (2000, "seller", "accepted", False, False)),
    ("upheld for the seller", UNDER_APPEAL.also(appeal_decided()),
     (0, "neither", "appeal-upheld", False, True)),
    ("upheld for the seller in part", UNDER_APPEAL.also(appeal_decided("upheld", "3.00")),
     (300, "neither", "appeal-upheld", False, True)),
    ("turned down", UNDER_APPEAL.also(appeal_decided("rejected")),
     (1500, "seller", "appeal-rejected", False, True)),
    ("upheld for the buyer",
     opened().also(escalated(), ruled("0"), appealed("buyer"), appeal_decided()),
     (2000, "seller", "appeal-upheld", False, True)),
]  # fmt: skip


@pytest.mark.parametrize(("story", "expected"), [row[1:] for row in ENDINGS],
                         ids=[row[0] for row in ENDINGS])  # fmt: skip
def test_how_disputes_end(story: Disputed, expected: tuple[int, str, str, bool, bool]) -> None:
    assert ending(story) == expected
    assert story.dispute.deadlines() == []
    assert story.after(400).facts == story.facts


def test_the_cost_of_a_return() -> None:
    returned = (accepted(), tracked(), received())
    assert opened(requested=BACK).also(*returned).closed.return_paid_by == "seller"
    assert withdrawn().also(*returned).closed.return_paid_by == "buyer"
    assert withdrawn(seller_pays_return=True).also(*returned).closed.return_paid_by == "seller"
    assert opened().also(accepted()).closed.return_paid_by is None


def test_a_pack_may_send_silence_to_the_platform() -> None:
    policy = pack(patch={"disputes.seller_silence": "escalate"})
    silent = opened(policy=policy).after(6)
    assert silent.dispute.phase == "escalated"
    assert [type(f).__name__ for f in silent.facts[-2:]] == [
        "DisputeDeadlinePassed",
        "DisputeEscalated",
    ]
    # Whoever sells has to take a withdrawal back, whatever else silence means.
    assert withdrawn(policy=policy).after(6).dispute.phase == "awaiting-tracking"


def test_a_pack_without_disputes_opens_none() -> None:
    without = Disputed(before().at, replace(POLICY, disputes=None))
    without.when(claim()).then_refused(NoDisputeRules, accepts="[disputes]")


# -- returns and appeals ------------------------------------------------------------------


def test_an_appeal_stops_a_return_and_a_rejection_takes_it_up_again() -> None:
    to_send = opened().also(escalated(), ruled("15.00", returns=True))
    waiting = to_send.also(appealed(), days=3)
    assert waiting.dispute.deadlines() == []
    again = waiting.also(appeal_decided("rejected"), days=20)
    assert [d.what for d in again.dispute.deadlines()] == ["return-tracking"]
    assert again.after(10).dispute.phase == "awaiting-tracking"
    done = again.also(tracked(), received())
    assert ending(done) == (1500, "seller", "appeal-rejected", False, False)
    assert done.outcome.revision == 1


def test_goods_under_way_are_still_waited_for_after_an_appeal() -> None:
    sent = opened().also(escalated(), ruled("15.00", returns=True), tracked())
    again = sent.also(appealed("seller"), appeal_decided("rejected"), days=1)
    assert again.dispute.phase == "awaiting-receipt"
    assert [d.what for d in again.dispute.deadlines()] == ["return-receipt"]
    assert again.after(15).dispute.phase == "awaiting-receipt"
    assert ending(again.after(16))[0] == 1500
    assert again.after(16).closed.returned


def test_an_appeal_upheld_for_nothing_ends_a_return() -> None:
    to_send = opened().also(escalated(), ruled("15.00", returns=True))
    done = to_send.also(appealed("seller"), appeal_decided("upheld"))
    assert ending(done) == (0, "neither", "appeal-upheld", False, True)


def test_goods_under_way_to_a_seller_who_wins_are_the_sellers() -> None:
    sent = opened().also(escalated(), ruled("15.00", returns=True), tracked())
    done = sent.also(appealed("seller"), appeal_decided("upheld"))
    assert ending(done) == (0, "neither", "appeal-upheld", False, False)
    assert done.closed.returned


def test_goods_that_were_not_sent_still_have_to_go_back_after_an_appeal() -> None:
    late = opened().also(escalated(), ruled("15.00", returns=True)).after(11)
    assert late.closed.why == "return-not-sent"
    again = late.also(appealed("buyer"), appeal_decided("upheld", "15.00"))
    assert again.dispute.phase == "awaiting-tracking"
    done = again.also(tracked(), received())
    assert (done.outcome.refund_minor, done.outcome.revision) == (1500, 2)
    as_it_was = late.also(appealed("buyer"), appeal_decided("rejected"))
    assert ending(as_it_was) == (0, "buyer", "appeal-rejected", True, True)


def test_goods_that_are_back_do_not_go_back_again() -> None:
    back = opened().also(escalated(), ruled("15.00", returns=True), tracked(), received())
    done = back.also(appealed("seller"), appeal_decided("rejected"))
    assert ending(done) == (1500, "seller", "appeal-rejected", False, False)
    waived = opened().also(escalated(), ruled("15.00", returns=True), received())
    assert waived.also(appealed("seller"), appeal_decided("rejected")).dispute.phase == "closed"
    more = appeal_decided("upheld", "18.00")
    assert ending(back.also(appealed("buyer"), more)) == (
        1800, "seller", "appeal-upheld", False, False,
    )  # fmt: skip
    assert ending(waived.also(appealed("buyer"), more))[4]


def test_an_upheld_buyer_gets_what_it_asked_for_with_the_return_it_offered() -> None:
    lost = opened(requested=BACK).also(escalated(), ruled("0", at_fault="buyer"))
    again = lost.also(appealed("buyer"), appeal_decided("upheld"))
    assert again.dispute.phase == "awaiting-tracking"
    assert ending(again.also(tracked(), received()))[:3] == (2000, "seller", "appeal-upheld")


def test_the_newest_outcome_takes_the_place_of_the_first() -> None:
    story = UNDER_APPEAL.also(appeal_decided("upheld", "3.00"))
    outcomes = [f for f in story.facts if type(f).__name__ == "DisputeOutcomeRecorded"]
    assert [(f.revision, f.refund_minor) for f in outcomes] == [(1, 1500), (2, 300)]  # type: ignore[union-attr]


# -- who may ask --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "command", "actor", "field"),
    [
        (opened(), accepted(), "b-1", "actor"),
        (opened().also(countered()), offer_accepted(), "s-1", "actor"),
        (opened(), escalated("seller"), "", "by"),
        (opened(), escalated("s-1"), "", "by"),
        (opened(), escalated("stranger"), "", "by"),
        (opened(), escalated("buyer"), "s-1", "actor"),
        (opened().also(escalated()), evidence_requested(), "s-1", "actor"),
        (opened().also(escalated()), evidence_requested(), "b-1", "actor"),
        (opened(), evidence("stranger"), "", "by"),
        (opened(), evidence("seller"), "b-1", "actor"),
        (STORIES["to send"][1], tracked(), "s-1", "actor"),
        (STORIES["to send"][1], received(), "b-1", "actor"),
        (STORIES["ruled"][1], appealed("stranger"), "", "by"),
        (STORIES["ruled"][1], appealed("seller"), "b-1", "actor"),
        (before(), claim(buyer_id="s-1"), "", "buyer_id"),
    ],
)
def test_each_step_belongs_to_a_party(
    story: Disputed, command: DisputeCommand, actor: str, field: str
) -> None:
    story.when(command, actor).then_refused(WrongParty, field)


def test_a_role_is_never_the_other_partys_id() -> None:
    odd = opened(seller_id="buyer", buyer_id="seller")
    odd.when(escalated("buyer")).then("dispute-escalated")
    odd.when(escalated("seller")).then_refused(WrongParty, "by")


@pytest.mark.parametrize("reviewer", ["s-1", "b-1", "seller", "buyer"])
def test_no_party_judges_its_own_case(reviewer: str) -> None:
    STORIES["escalated"][1].when(ruled(reviewer=reviewer)).then_refused(
        ReviewerNotIndependent, "reviewer"
    )
    UNDER_APPEAL.when(appeal_decided(reviewer=reviewer)).then_refused(
        ReviewerNotIndependent, "reviewer"
    )


def test_who_ruled_does_not_decide_on_the_appeal() -> None:
    UNDER_APPEAL.when(appeal_decided(reviewer="ana")).then_refused(
        ReviewerNotIndependent, "reviewer", says="ana"
    )


def test_who_filed_the_appeal_does_not_decide_on_it() -> None:
    filed = STORIES["ruled"][1].when(appealed(), "agent-7").story
    filed.when(appeal_decided(reviewer="agent-7")).then_refused(
        ReviewerNotIndependent, "reviewer", says="agent-7 filed the appeal"
    )
    filed.when(appeal_decided(reviewer="bo")).then(
        "dispute-appeal-decided", "dispute-outcome-recorded", "dispute-closed"
    )


def test_too_late_is_told_before_who_asks_and_that_before_the_money() -> None:
    own = claim(buyer_id="s-1", requested=Proposal(eur("20.01")))
    before().when(own).then_refused(WrongParty, "buyer_id")
    before("2026-03-01").when(own).then_refused(DisputeProtectionOver)


# -- what may be asked for ----------------------------------------------------------------

JPY = Money("20", "JPY")
REFUSED: Final[list[tuple[Disputed, DisputeCommand, type[Refusal], str]]] = [
    (before(), claim(requested=Proposal(eur("20.01"))), RefundOverOrder, "requested.refund.amount"),
    (before(), claim(requested=Proposal(eur("0.00"))), RefundMissing, "requested.refund.amount"),
    (before(), claim(requested=Proposal(JPY)), OtherCurrency, "requested.refund.currency"),
    (before(), claim(reason="not-received", requested=BACK), ReturnNotAccepted, "requested.return"),
    (before(), claim(reason="withdrawal"), ReturnNeeded, "requested.return"),
    (before(), claim(shipped_at="2026-01-10T00:00:00.000001Z"), NotShippedYet, "shipped_at"),
    (
        before(),
        claim(receipt_confirmed_at="2026-01-11T00:00:00Z"),
        NotShippedYet,
        "receipt_confirmed_at",
    ),
    (
        before(),
        claim(receipt_confirmed_at="2025-12-31T23:59:59Z"),
        ReceivedBeforeShipped,
        "receipt_confirmed_at",
    ),
    (opened(), countered("20.01"), RefundOverOrder, "offer.refund.amount"),
    (opened(), countered("0", returns=True), ReturnNotAccepted, "offer.return"),
    (opened(reason="not-received"), countered(returns=True), ReturnNotAccepted, "offer.return"),
    (withdrawn(), rejected(), WithdrawalNotRefused, "answer"),
    (withdrawn(), countered(), WithdrawalNotRefused, "answer"),
    (STORIES["escalated"][1], ruled("20.01"), RefundOverOrder, "refund.amount"),
    (STORIES["escalated"][1], ruled("0", returns=True), ReturnNotAccepted, "return"),
    (
        opened(reason="not-received").also(escalated()),
        ruled(returns=True),
        ReturnNotAccepted,
        "return",
    ),
    (withdrawn().also(escalated()), ruled(), FaultNotAccepted, "at_fault"),
    (UNDER_APPEAL, appeal_decided("upheld", "20.01"), RefundOverOrder, "refund.amount"),
    (UNDER_APPEAL, appeal_decided("rejected", "1.00"), RefundOutOfPlace, "refund"),
    (UNDER_APPEAL, appeal_decided("rejected", at_fault="buyer"), RefundOutOfPlace, "refund"),
]


@pytest.mark.parametrize(("story", "command", "why", "field"), REFUSED)
def test_what_cannot_be_asked_for(
    story: Disputed, command: DisputeCommand, why: type[Refusal], field: str
) -> None:
    answered = story.when(command)
    answered.then_refused(why, field)
    assert answered.refusal is not None
    assert answered.refusal.accepted


def test_an_offer_comes_with_a_counter_and_only_then() -> None:
    bare = countered().__class__(dispute_id=ID, answer="counter")
    opened().when(bare).then_refused(OfferOutOfPlace, "offer")
    with_offer = countered().__class__(dispute_id=ID, answer="reject", offer=Proposal(eur("1")))
    opened().when(with_offer).then_refused(OfferOutOfPlace, "offer")


def test_who_is_asked_already_is_not_asked_again() -> None:
    asked = opened().also(escalated(), evidence_requested("seller"))
    asked.when(evidence_requested()).then_refused(DisputeWrongState, says="seller already")
    asked.when(evidence_requested("buyer")).then("dispute-evidence-requested")
    answered = asked.also(evidence("seller"))
    answered.when(evidence_requested("seller")).then("dispute-evidence-requested")


def test_evidence_from_before_a_request_does_not_answer_it() -> None:
    asked = opened().also(evidence("seller"), escalated(), evidence_requested("seller"))
    assert asked.after(4).closed.why == "no-evidence-from-seller"
    assert asked.also(evidence("seller")).after(4).dispute.phase == "escalated"


def test_too_late_to_open_or_to_appeal() -> None:
    received_at = "2025-12-26T00:00:00Z"
    early = {"shipped_at": "2025-12-20T00:00:00Z", "receipt_confirmed_at": received_at}
    before().when(claim(**early)).then("dispute-opened")
    before("2026-01-10T00:00:00.000001").when(claim(**early)).then_refused(
        DisputeProtectionOver, "receipt_confirmed_at", accepts="up to 2026-01-10T00:00:00.000000Z"
    )
    early["receipt_confirmed_at"] = "2025-12-27T00:00:00Z"
    before().when(withdrawal(**early)).then("dispute-opened")
    before("2026-01-10T00:00:00.000001").when(withdrawal(**early)).then_refused(
        DisputeProtectionOver, "receipt_confirmed_at", says="the time to withdraw"
    )
    judged = STORIES["ruled"][1]
    judged.after(15).when(appealed()).then("dispute-ruling-appealed")
    judged.until(judged.after(15).at + 1).when(appealed()).then_refused(
        DisputeTooLate, accepts="up to 2026-01-25T00:00:00.000000Z"
    )


def test_a_withdrawal_that_is_won_on_appeal_sends_the_goods_back() -> None:
    lost = withdrawn().also(escalated(), ruled("0", at_fault="neither"))
    for decision in (appeal_decided("upheld"), appeal_decided("upheld", "20.00")):
        again = lost.also(appealed("buyer"), decision)
        assert again.dispute.phase == "awaiting-tracking"
        assert ending(again.also(tracked(), received()))[:2] == (2000, "neither")
