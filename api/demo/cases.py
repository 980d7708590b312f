"""The demonstration's appeals and disputes: for every state there is an example.

Like the lives that they belong to, they draw from a stream of chance of their own.
"""

import random
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from api.demo.statements import APPEALS, CLAIMS, REASONS, RULINGS
from ledger.facts.instants import DAY_US, SECOND_US, Instant, format_instant

Line: TypeAlias = tuple[Instant, dict[str, Any]]
"""When it is recorded, and the command."""

REVIEWERS: Final = ("reviewer-ana", "reviewer-bo", "reviewer-chidi")
CARRIERS: Final = ("DP", "CN", "LP")


class Cases:
    """What one seller challenges, and what its buyers claim. Days count back from the end."""

    def __init__(self, seed: int, number: int, until: Instant) -> None:
        self._seller_id = f"s-{number}"
        self._number = number
        self._draw = random.Random(f"{seed}/{number}/cases")
        self._until = until
        self._disputes = 0

    # -- appeals -------------------------------------------------------------------------

    def appeal(self, violation: Line, *endings: str) -> Iterator[Line]:
        """Rounds against a violation, one for each ending: upheld, rejected, lapsed, withdrawn or
        open. Only intellectual property has more than one.
        """
        notice, told = violation
        at = notice
        for number, ending in enumerate(endings, 1):
            at += self._days(0.2, 2.5)
            yield at, self._filing(told)
            reviewer = self._draw.choice([r for r in REVIEWERS if r != told["reported_by"]])
            step = {**self._about(told), "round": number}
            if ending in ("upheld", "rejected"):
                if "severity" not in told:
                    at += self._days(0.1, 1.5)
                    evidence = [f"appeal/{told['violation_id']}/{number}.pdf"]
                    yield at, {**step, "command": "add-appeal-evidence", "evidence": evidence}
                at += self._days(1, 4)
                # A round is decided by somebody who decided none before.
                yield (
                    at,
                    {
                        **step,
                        "command": "decide-appeal",
                        "outcome": ending,
                        "reviewer": f"{reviewer}-{number}",
                        "reasons": self._draw.choice(REASONS[ending]),
                    },
                )
            elif ending == "withdrawn":
                at += self._days(0.1, 1.5)
                yield at, {**step, "command": "withdraw-appeal"}

    def _filing(self, told: dict[str, Any]) -> dict[str, Any]:
        filing = {
            **self._about(told),
            "command": "file-appeal",
            "reason": self._draw.choice(APPEALS),
            "filed_by": self._seller_id,
        }
        if "severity" in told:
            filing["evidence"] = [f"licence/{told['violation_id']}.pdf"]
            if told["source"] == "platform":
                filing["brand_verification"] = f"brand/{told['violation_id']}.png"
        return filing

    def _about(self, told: dict[str, Any]) -> dict[str, Any]:
        return {"seller_id": self._seller_id, "violation_id": told["violation_id"]}

    # -- disputes ------------------------------------------------------------------------

    def dispute(self, back: float, road: str) -> Iterator[Line]:
        """A dispute opened `back` days before the end, that goes one of the `ROADS`."""
        self._disputes += 1
        dispute_id = f"d-{self._number}-{self._disputes}"
        amount = self._draw.randint(500, 20_000)
        at = self._until - max(1, round(back * DAY_US / SECOND_US)) * SECOND_US
        reason, returns = _CLAIM.get(road, ("not-as-described", False))
        buyer = f"b-{self._draw.randint(1, 99_999)}"
        opening: dict[str, Any] = {
            "command": "open-dispute",
            "dispute_id": dispute_id,
            "order_id": f"o-{self._number}-{self._disputes}",
            "seller_id": self._seller_id,
            "buyer_id": buyer,
            "reason": reason,
            "order_amount": _euros(amount),
            "shipped_at": format_instant(at - self._days(12, 18)),
            "requested": {"refund": _euros(amount), "return": returns},
            "statement": self._draw.choice(CLAIMS[reason]),
        }
        if reason != "not-received":
            opening["receipt_confirmed_at"] = format_instant(at - self._days(1, 6))
        yield at, opening
        for step in ROADS[road]:
            at += self._days(0.5, 1.3)
            yield at, self._step(dispute_id, step, amount)

    def _step(self, dispute_id: str, step: str, amount: int) -> dict[str, Any]:
        """One request of a road; those that name an amount give back half of it."""
        told: dict[str, Any] = {"dispute_id": dispute_id}
        half = _euros(amount // 2)
        match step:
            case "accept" | "reject":
                return {**told, "command": "answer-dispute", "answer": step}
            case "counter":
                return {**told, "command": "answer-dispute", "answer": step,
                        "offer": {"refund": half}}  # fmt: skip
            case "agree":
                return {**told, "command": "answer-offer", "answer": "accept"}
            case "refuse":
                return {**told, "command": "answer-offer", "answer": step}
            case "escalate":
                return {**told, "command": "escalate-dispute", "by": "buyer"}
            case "ask":
                return {**told, "command": "request-dispute-evidence", "from": ["seller", "buyer"]}
            case "seller-evidence" | "buyer-evidence":
                party = step.partition("-")[0]
                return {**told, "command": "add-dispute-evidence", "by": party,
                        "evidence": [f"dispute/{dispute_id}/{party}.jpg"]}  # fmt: skip
            case "track":
                number = f"{self._draw.choice(CARRIERS)}{self._draw.randint(10**8, 10**9 - 1)}"
                return {**told, "command": "track-return", "tracking_number": number}
            case "receive":
                return {**told, "command": "receive-return"}
            case "rule" | "rule-return":
                return {**told, "command": "rule-dispute", "refund": half,
                        "return": step == "rule-return", "at_fault": "seller",
                        "reviewer": REVIEWERS[0],
                        "reasons": self._draw.choice(RULINGS)}  # fmt: skip
            case "appeal":
                return {**told, "command": "appeal-ruling", "by": "seller",
                        "reasons": self._draw.choice(APPEALS)}  # fmt: skip
            case _:
                outcome = {"command": "decide-ruling-appeal", "outcome": step}
                return {**told, **outcome, "reviewer": REVIEWERS[1],
                        "reasons": self._draw.choice(RULINGS)}  # fmt: skip

    def _days(self, least: float, most: float) -> Instant:
        """Whole seconds of so many days."""
        return round(self._draw.uniform(least, most) * DAY_US / SECOND_US) * SECOND_US


ROADS: Final[dict[str, tuple[str, ...]]] = {
    "accepted": ("accept",),
    "silence": (),
    "agreed": ("counter", "agree"),
    "rejection accepted": ("reject", "agree"),
    "ruled": ("counter", "refuse", "ask", "seller-evidence", "buyer-evidence", "rule"),
    "appeal rejected": ("escalate", "rule", "appeal", "rejected"),
    "appeal upheld": ("reject", "refuse", "rule", "appeal", "upheld"),
    "seller gave no evidence": ("escalate", "ask", "buyer-evidence"),
    "buyer gave no evidence": ("escalate", "ask", "seller-evidence"),
    "returned": ("accept", "track", "receive"),
    "return confirmed by silence": ("accept", "track"),
    "return not sent": ("accept",),
    "withdrawal": ("accept", "track", "receive"),
    "not received": ("accept",),
    "not agreed": ("counter",),
    # How those end that are still under way.
    "waits for the seller": (),
    "waits for the buyer": ("counter",),
    "with the platform": ("escalate",),
    "waits for evidence": ("escalate", "ask"),
    "return under way": ("accept", "track"),
    "under appeal": ("escalate", "rule", "appeal"),
}
"""How a dispute may go: what is asked after its opening, the rest is done by time."""
RECENT: Final[dict[str, float]] = {
    "waits for the seller": 3.9,
    "waits for the buyer": 3.9,
    "with the platform": 3.9,
    "waits for evidence": 3.1,
    "return under way": 7,
    "under appeal": 7,
}
"""Roads that are not gone to their end, and how many days ago they began."""
_CLAIM: Final[dict[str, tuple[str, bool]]] = {
    "returned": ("not-as-described", True),
    "return confirmed by silence": ("not-as-described", True),
    "return not sent": ("not-as-described", True),
    "return under way": ("not-as-described", True),
    "withdrawal": ("withdrawal", True),
    "not received": ("not-received", False),
    "silence": ("not-received", False),
}


def _euros(cents: int) -> dict[str, str]:
    return {"amount": f"{cents // 100}.{cents % 100:02}", "currency": "EUR"}
