"""What the ledger said then against what it says today about then, and the facts in between."""

import asyncio
from typing import Any, Final, NamedTuple

from api.console.asking import Asking
from api.console.pages.seller.moment import Moment
from ledger.facts.instants import format_instant, parse_instant

_MOVE_STANDINGS: Final = (
    "violation-recorded", "violation-annulled", "violation-cancelled", "sanction-imposed",
    "sanction-lifted", "sanction-waived", "sanction-found-in-error", "funds-frozen",
    "funds-released", "appeal-upheld",
)  # fmt: skip
"""What time alone brings was foreseen: it is no news about then."""
_SHOWN: Final = 30


class Row(NamedTuple):
    """One thing that a standing says, as believed then and as known now."""

    what: str
    then: Any
    now: Any

    @property
    def differs(self) -> bool:
        """Whether something was learnt."""
        return self.then != self.now


class Beliefs(NamedTuple):
    """Two standings as of one instant, side by side."""

    known_at: str
    """When the one was believed."""
    rows: list[Row]
    facts: list[dict[str, Any]]
    """What was recorded in between, oldest first."""
    more: bool

    @property
    def differ(self) -> bool:
        """Whether they are not the same."""
        return any(row.differs for row in self.rows)


async def beliefs(
    ask: Asking, seller_id: str, moment: Moment, about: str, now: str
) -> Beliefs | None:
    """Both standings as of the instant asked about; None where that is now or still to come."""
    known_at = moment.known_at or about
    believed = parse_instant(known_at, "known_at")
    if moment.is_now or believed >= parse_instant(now, "now"):
        return None
    place = f"/v1/sellers/{seller_id}/standing"
    then, today, facts = await asyncio.gather(
        ask.get(place, {"as_of": about, "known_at": known_at}),
        ask.get(place, {"as_of": about}),
        ask.get(
            "/v1/facts",
            [
                ("seller_id", seller_id),
                ("from", format_instant(believed + 1)),
                ("limit", _SHOWN + 1),
                ("kind", _MOVE_STANDINGS),
            ],
        ),
    )
    later = facts["facts"]
    return Beliefs(then["known_at"], rows(then, today), later[:_SHOWN], len(later) > _SHOWN)


def rows(then: dict[str, Any], today: dict[str, Any]) -> list[Row]:
    """What two standings say, line by line."""
    told = [Row("Status", then["status"], today["status"])]
    told += [
        Row(said, _yes(then[field]), _yes(today[field]))
        for said, field in (
            ("May sell", "can_sell"),
            ("May promote", "can_promote"),
            ("May withdraw", "can_withdraw"),
        )
    ]
    values = {b["bucket"]: b["value"] for b in then["buckets"]}
    told += [
        Row(b["bucket"].capitalize().replace("-", " "), values.get(b["bucket"]), b["value"])
        for b in today["buckets"]
    ]
    told += [
        Row("Sanctions", _named(then, "sanctions", "kind"), _named(today, "sanctions", "kind")),
        Row("Money withheld for", _named(then, "freezes", "cause"),
            _named(today, "freezes", "cause")),
        Row("Policy", then["policy"], today["policy"]),
    ]  # fmt: skip
    return told


def _yes(told: bool) -> str:
    return "yes" if told else "no"


def _named(standing: dict[str, Any], what: str, name: str) -> str:
    """What is in force, by name and id, so that two of one kind are told apart."""
    ids = {"sanctions": "sanction_id", "freezes": "freeze_id"}[what]
    told = [f"{each[name].replace('-', ' ')} ({each[ids]})" for each in standing[what]]
    return ", ".join(told) or "none"
